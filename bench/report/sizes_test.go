package report_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/unionhall/unionhall/bench/report"
)

// measured is what a run prints; a figure can be left out.
func measured(without string) string {
	var b strings.Builder
	b.WriteString("# machine: Some CPU, 2 processors, memory 24 kB, Linux\n")
	for _, x := range []struct {
		members                  int
		cases, disk, rest, extra float64
	}{{1000, 50, 80, 100, 1}, {1_000_000, 50_000, 1200, 300, 2}} {
		for name, v := range map[string]float64{"cases": x.cases, "disk": x.disk, "disk-per-member": 1000, "disk-per-case": 4000, "memory-at-rest": x.rest,
			"memory-under-load": 400, "rate": 900, "p99": 120.5, "start": x.extra, "backup": 3, "backup-size": 70} {
			if name != without {
				fmt.Fprintf(&b, "sqlite/%d/%s\t%g\tx\t%g\t%g\n", x.members, name, v, v, v)
			}
		}
	}
	return b.String()
}

func TestSizes(t *testing.T) {
	var got strings.Builder
	if err := report.Sizes(&got, strings.NewReader(measured(""))); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| sqlite | 1000000 | 50000 | 2 | 1.2 GB | 300 MB | 400 MB | 900 | 120.5 ms | 2 s | 3 s | 70 MB |",
		"| sqlite | 3000000 | 150000 | 3.6 GB | 700 MB |",   // 1.2 GB, two million times 1000 and a hundred thousand times 4000 bytes
		"| sqlite | 10000000 | 500000 | 12.0 GB | 2.1 GB |", // the line through 1000: 100 and 1,000,000: 300
		"**not measured**",
	} {
		if !strings.Contains(got.String(), want) {
			t.Errorf("no %q in\n%s", want, got.String())
		}
	}
	if strings.Contains(got.String(), "| 3000 |") {
		t.Error("what follows from a small hall says little")
	}
}

// A run that was cut short becomes no table.
func TestSizesWantEveryFigure(t *testing.T) {
	for _, name := range []string{"rate", "backup", "disk-per-member", "memory-at-rest", "cases"} {
		if err := report.Sizes(&strings.Builder{}, strings.NewReader(measured(name))); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
	if err := report.Sizes(&strings.Builder{}, strings.NewReader("")); err == nil {
		t.Error("nothing was measured")
	}
}
