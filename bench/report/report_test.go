package report

import (
	"bytes"
	"strings"
	"testing"
)

func TestFromRoundsToDocument(t *testing.T) {
	var out, doc bytes.Buffer
	Machine(&out, "engine: none")
	ours, peer := Of("things", "1/s", []float64{30, 10, 20, 50, 40}), Of("bare", "1/s", []float64{60, 60})
	ours.Print(&out)
	Ratio(&out, "things", ours, peer)
	if !strings.Contains(out.String(), "things\t30\t1/s\t10\t50\n") || !strings.Contains(out.String(), "ratio/things\t0.5\tx\n") {
		t.Fatal(out.String())
	}
	if err := Markdown(&doc, "Things", &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"## Things", "- engine: none", "| things | 30 | 1/s | 10 | 50 |", "| ratio/things | 0.5 | x |"} {
		if !strings.Contains(doc.String(), want) {
			t.Errorf("%q is missing in\n%s", want, doc.String())
		}
	}
}

func TestAFailedRunIsNoDocument(t *testing.T) {
	for _, bad := range []string{"", "panic: x", "things\tmany\t1/s\t1\t2", "# only remarks"} {
		if err := Markdown(&bytes.Buffer{}, "Things", strings.NewReader(bad)); err == nil {
			t.Errorf("%q became a document", bad)
		}
	}
}

func TestSectionsAreTakenApartAndKept(t *testing.T) {
	got := Sections("# Benchmarks\n\nWords.\n\n## make bench-a\n\n- x\n\n## make bench-b\n\n| y |\n")
	if len(got) != 2 || got["make bench-a"] != "## make bench-a\n\n- x\n" || got["make bench-b"] != "## make bench-b\n\n| y |\n" {
		t.Errorf("%q", got)
	}
}
