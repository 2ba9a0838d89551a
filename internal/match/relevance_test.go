package match

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// rows reads a file of testdata: fields divided by tabs, '#' for remarks.
func rows(t testing.TB, name string) [][]string {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for line := range strings.Lines(string(raw)) {
		if !strings.HasPrefix(line, "#") {
			out = append(out, strings.Split(strings.TrimSpace(line), "\t"))
		}
	}
	return out
}

// masters is an index of the test profiles. They carry nothing but text: in earnest the trade is asked
// for as well.
func masters(t testing.TB) *Plain {
	t.Helper()
	x := NewPlain()
	for _, row := range rows(t, "profiles.tsv") {
		put(t, x, Entry{ID: row[0], Group: "offer", Owner: row[0], Capacity: Unlimited, Text: []Text{
			{"trade", 2, row[1]}, {"specialities", 1.5, row[2]}, {"cases", 1, row[3]},
		}})
	}
	return x
}

func put(t testing.TB, x Index, entries ...Entry) {
	t.Helper()
	if err := x.Put(context.Background(), entries...); err != nil {
		t.Fatal(err)
	}
}

func top(t testing.TB, x Index, q Query) Result {
	t.Helper()
	r, err := x.Top(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestRelevance ranks 120 profiles, half of them written to resemble the other half and half of them full of the
// prose of honours, for 88 needs in people's own words. The floors are a little below what was reached
// when they were set.
func TestRelevance(t *testing.T) {
	x := masters(t)
	for _, c := range []struct {
		name, file            string
		text                  func(row []string) []Text
		first, reciprocal, p3 float64
	}{
		{"one sentence", "needs.tsv", func(row []string) []Text { return []Text{{"text", 1, row[0]}} }, 0.90, 0.94, 0.98},
		{"at length", "shortlists.tsv", func(row []string) []Text {
			return []Text{{"title", 2, row[0]}, {"text", 1, row[1]}}
		}, 0.94, 0.93, 0.86},
		{"at length, no title", "shortlists.tsv", func(row []string) []Text { return []Text{{"text", 1, row[1]}} }, 0.94, 0.88, 0.83},
	} {
		var first, reciprocal, p3 float64
		needs := rows(t, c.file)
		for _, row := range needs {
			want := strings.Fields(row[len(row)-1])
			r := top(t, x, Query{From: Entry{Text: c.text(row)}, Group: "offer", K: 10, Weights: Weights{Text: 1}})
			for rank, h := range r.Hits {
				right := slices.Contains(want, h.ID)
				if rank == 0 && right {
					first++
				}
				if rank < 3 && right {
					p3 += 1 / float64(min(3, len(want)))
				}
				if h.ID == want[0] {
					reciprocal += 1 / float64(rank+1)
				}
			}
		}
		n := float64(len(needs))
		first, reciprocal, p3 = first/n, reciprocal/n, p3/n
		t.Logf("%-20s %d needs: first is right %.3f, reciprocal rank of the one %.3f, P@3 of what can be had %.3f",
			c.name, len(needs), first, reciprocal, p3)
		if first < c.first || reciprocal < c.reciprocal || p3 < c.p3 {
			t.Errorf("%s: below the floor of %.3f, %.3f, %.3f", c.name, c.first, c.reciprocal, c.p3)
		}
	}
}

// TestMinTextTellsAlike is where the advice at Query.MinText comes from.
func TestMinTextTellsAlike(t *testing.T) {
	x := NewPlain()
	resembles := map[string]string{}
	for i, row := range rows(t, "solved.tsv") {
		id := fmt.Sprintf("s%02d", i)
		resembles[id] = row[0]
		put(t, x, Entry{ID: id, Group: "solved", Capacity: Unlimited, Text: []Text{{"asked", 1, row[1]}, {"done", 0.5, row[2]}}})
	}
	var alike, other []float64
	for _, row := range rows(t, "shortlists.tsv") {
		from := Entry{Text: []Text{{"title", 2, row[0]}, {"text", 1, row[1]}}}
		for _, h := range top(t, x, Query{From: from, Group: "solved", K: 200}).Hits {
			if resembles[h.ID] == row[0] {
				alike = append(alike, h.Covered)
			} else {
				other = append(other, h.Covered)
			}
		}
	}
	slices.Sort(alike)
	slices.Sort(other)
	t.Logf("%d alike: least %.3f, median %.3f; %d others: 99 of 100 below %.3f, most %.3f", len(alike), alike[0],
		alike[len(alike)/2], len(other), other[len(other)*99/100], other[len(other)-1])
	if alike[0] < 0.07 || other[len(other)-1] >= 0.07 {
		t.Error("0.07 no longer divides the alike from the others")
	}
}
