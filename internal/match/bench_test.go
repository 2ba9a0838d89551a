package match

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

var benchNow = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// province is an index of n masters, put together from the clauses of the test profiles, so that words are
// as common and as rare as in theirs.
func province(b testing.TB, n int) (*Plain, []Entry) {
	r := rand.New(rand.NewPCG(1, 2))
	profiles := rows(b, "profiles.tsv")
	clauses := [3][]string{}
	for _, p := range profiles {
		for i := range clauses {
			clauses[i] = append(clauses[i], strings.FieldsFunc(p[i+1], func(r rune) bool { return r == '、' || r == '，' || r == '。' })...)
		}
	}
	some := func(list []string, n int) string {
		var out []string
		for range n {
			out = append(out, list[r.IntN(len(list))])
		}
		return strings.Join(out, "，")
	}
	var entries []Entry
	for i := range n {
		e := Entry{
			ID: fmt.Sprintf("m%05d", i), Group: "offer", Owner: fmt.Sprintf("o%05d", i),
			Facets: map[string][]string{
				"trade": {fmt.Sprintf("t%d", r.IntN(40)), fmt.Sprintf("t%d", r.IntN(40))},
				"union": {fmt.Sprintf("/0/33/%02d/", r.IntN(9))},
				"mode":  {"advice", "visit"},
			},
			Numbers: map[string]float64{"years": float64(r.IntN(40))},
			Place:   &Place{30 + 2*r.Float64(), 119 + 3*r.Float64()}, Reach: float64(20_000 + r.IntN(300_000)),
			Capacity: 3, Quality: r.Float64(), Load: r.IntN(6), At: benchNow.Add(-time.Duration(r.IntN(1000)) * time.Hour),
			Wants: All(Has("mode", "visit", "advice"), Not(Has("sector", "none"))),
			Text: []Text{
				{"trade", 2, some(clauses[0], 1)}, {"specialities", 1.5, some(clauses[1], 5)}, {"cases", 1, some(clauses[2], 8)},
			},
		}
		for d := range 7 {
			from := benchNow.Add(time.Duration(24*(2*d+r.IntN(2))) * time.Hour)
			e.Free = append(e.Free, Window{from, from.Add(8 * time.Hour)})
		}
		entries = append(entries, e)
	}
	x := NewPlain()
	if err := x.Put(context.Background(), entries...); err != nil {
		b.Fatal(err)
	}
	return x, entries
}

// longNeed is of 200 characters.
func longNeed(b testing.TB) Entry {
	text := ""
	for _, row := range rows(b, "shortlists.tsv") {
		text += row[1]
		if len(text) > 600 {
			break
		}
	}
	return Entry{
		ID: "need", Group: "need", Place: &Place{30.3, 120.2},
		Facets: map[string][]string{"mode": {"visit"}, "sector": {"pumps"}},
		Free:   []Window{{benchNow, benchNow.Add(10 * 24 * time.Hour)}},
		Text:   []Text{{"title", 2, "不锈钢薄套车完椭圆"}, {"text", 1, string([]rune(text)[:200])}},
	}
}

func BenchmarkTop(b *testing.B) {
	x, _ := province(b, 5000)
	from := longNeed(b)
	for name, wants := range map[string]Predicate{
		"all":             All(Has("mode", "visit"), Under("union", "/0/33/")),
		"trade and reach": All(Has("trade", "t1", "t2", "t3"), Under("union", "/0/33/"), ReachesMe()),
	} {
		for _, k := range []int{20, 200} {
			b.Run(fmt.Sprintf("%s/k=%d", name, k), func(b *testing.B) {
				from.Wants = wants
				q := Query{From: from, Group: "offer", K: k, Now: benchNow}
				b.ReportAllocs()
				for b.Loop() {
					r, err := x.Top(context.Background(), q)
					if err != nil || len(r.Hits) != k {
						b.Fatal(len(r.Hits), err)
					}
				}
			})
		}
	}
}

func BenchmarkPut(b *testing.B) {
	x, entries := province(b, 5000)
	b.Run("new text", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			e := entries[i%len(entries)]
			e.Text = entries[(i+1+i/len(entries))%len(entries)].Text
			if err := x.Put(context.Background(), e); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("same text", func(b *testing.B) {
		x, entries := province(b, 5000)
		for i := 0; b.Loop(); i++ {
			e := entries[i%len(entries)]
			e.Load = i
			if err := x.Put(context.Background(), e); err != nil {
				b.Fatal(err)
			}
		}
	})
}
