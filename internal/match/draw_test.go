package match

import (
	"strings"
	"time"

	"pgregory.net/rapid"
)

// The entries that are drawn have few facets, values, places, hours and words, so that much of it meets.
var (
	facetName  = rapid.SampledFrom([]string{"f", "g"})
	facetValue = rapid.SampledFrom([]string{"x", "y", "/0/", "/0/1/", "/0/12/", "/1/"})
	aWindow    = rapid.Custom(func(t *rapid.T) Window {
		from := rapid.IntRange(0, 60).Draw(t, "from")
		return Window{hour(from), hour(from + rapid.IntRange(1, 12).Draw(t, "hours"))}
	})
	aPhrase = rapid.SampledFrom([]string{
		"薄壁件", "椭圆度", "不锈钢套", "0.09 mm", "0.09毫米", "PLC", "数控车床", "车床", "焊接气孔", "的", "我们", "HRC 58", "铣削", "S7-200", "，", " ",
	})
	aBody = rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(aPhrase, 0, 8).Draw(t, "phrases"), "")
	})
	aPlace = rapid.SampledFrom([]*Place{nil, {30, 120}, {30.2, 120.1}, {31, 121}, {-30, -179.9}, {-30, 179.9}})
)

func hour(n int) time.Time { return day0.Add(time.Duration(n) * time.Hour) }

func anEntry(group, id string) *rapid.Generator[Entry] {
	return rapid.Custom(func(t *rapid.T) Entry {
		e := Entry{
			ID: id, Group: group, Owner: rapid.SampledFrom([]string{"", "o1", "o2", "o3"}).Draw(t, "owner"),
			Facets: map[string][]string{}, Numbers: map[string]float64{},
			Place: aPlace.Draw(t, "place"), Reach: rapid.SampledFrom([]float64{0, 1, 50_000, 300_000, Everywhere}).Draw(t, "reach"),
			Free:     rapid.SliceOfN(aWindow, 0, 4).Draw(t, "free"),
			Capacity: rapid.SampledFrom([]int{Unlimited, Unlimited, 0, 1, 2}).Draw(t, "capacity"),
			Quality:  rapid.SampledFrom([]float64{0, 0.3, 1}).Draw(t, "quality"), Load: rapid.IntRange(0, 3).Draw(t, "load"),
		}
		for _, f := range []string{"f", "g"} {
			if values := rapid.SliceOfN(facetValue, 0, 3).Draw(t, f); len(values) > 0 {
				e.Facets[f] = values
			}
		}
		if rapid.Bool().Draw(t, "has n") {
			e.Numbers["n"] = float64(rapid.IntRange(0, 4).Draw(t, "n"))
		}
		if rapid.Bool().Draw(t, "has time") {
			e.At = hour(rapid.IntRange(-5000, 50).Draw(t, "at"))
		}
		for range rapid.IntRange(0, 3).Draw(t, "texts") {
			e.Text = append(e.Text, Text{
				Field:  rapid.SampledFrom([]string{"title", "text"}).Draw(t, "field"),
				Weight: rapid.SampledFrom([]float64{0, 0.7, 1, 2}).Draw(t, "weight"), Body: aBody.Draw(t, "body"),
			})
		}
		switch rapid.IntRange(0, 3).Draw(t, "wants") {
		case 0:
			e.Wants = aPredicate(2).Draw(t, "predicate")
		case 1:
			e.Wants = rapid.SampledFrom([]Predicate{ReachesMe(), Not(Near(40_000)), Has("f", "x")}).Draw(t, "a common one")
		}
		return e
	})
}

func aQuery(group string) *rapid.Generator[Query] {
	return rapid.Custom(func(t *rapid.T) Query {
		q := Query{
			From: anEntry("other", rapid.SampledFrom([]string{"", "e1", "from"}).Draw(t, "from id")).Draw(t, "from"), Group: group,
			K: rapid.IntRange(0, 12).Draw(t, "k"), PerOwner: rapid.IntRange(0, 2).Draw(t, "per owner"),
			MinText: rapid.SampledFrom([]float64{0, 0, 0.05, 0.5}).Draw(t, "least text"),
			Weights: rapid.SampledFrom([]Weights{{}, {Text: 1}, {Distance: 0.3, Text: 2}, {Load: 1}, {1, 2, 3, 4, 5}}).Draw(t, "weights"),
			Exclude: map[string]bool{},
			Brief:   rapid.IntRange(0, 4).Draw(t, "brief") == 0,
		}
		if rapid.Bool().Draw(t, "has now") {
			q.Now = hour(rapid.IntRange(-10, 70).Draw(t, "now"))
		}
		for _, id := range rapid.SliceOfN(rapid.SampledFrom([]string{"e1", "e2", "e3", "none"}), 0, 2).Draw(t, "exclude") {
			q.Exclude[id] = rapid.Bool().Draw(t, "really")
		}
		return q
	})
}
