package match

import (
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
	"pgregory.net/rapid"
)

var (
	day0 = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	week = Window{day0, day0.AddDate(0, 0, 7)}
)

func TestPredicateReadsAndWrites(t *testing.T) {
	for _, c := range []struct {
		p          Predicate
		text, json string
	}{
		{Predicate{}, `everything`, `{}`},
		{All(), `everything`, `{}`},
		{All(Near(5), Predicate{}), `near(5)`, `{"near":{"metres":5}}`},
		{All(Has("trade", "车", `"`), Not(Under("union", "/0/33/"))), `all(has("trade", "车", "\""), not(under("union", "/0/33/")))`,
			`{"all":[{"has":{"facet":"trade","values":["车","\""]}},{"not":{"under":{"facet":"union","root":"/0/33/"}}}]}`},
		{Any(Range("years", 5, math.Inf(1)), ReachesMe()), `any(range("years", 5, +Inf), reachesMe())`,
			`{"any":[{"range":{"min":5,"number":"years"}},{"reachesMe":{}}]}`},
		{FreeIn(week), `freeIn(2026-03-02T00:00:00Z, 2026-03-09T00:00:00Z)`,
			`{"freeIn":{"from":"2026-03-02T00:00:00Z","to":"2026-03-09T00:00:00Z"}}`},
	} {
		if c.p.String() != c.text {
			t.Errorf("got %s, want %s", c.p, c.text)
		}
		raw, err := json.Marshal(c.p)
		if err != nil || string(raw) != c.json {
			t.Errorf("got %s, %v, want %s", raw, err, c.json)
		}
		back, err := ParsePredicate(raw)
		if err != nil || !reflect.DeepEqual(back, c.p) {
			t.Errorf("%s came back as %s, %v", c.p, back, err)
		}
	}
}

func TestParsePredicateIsStrict(t *testing.T) {
	for in, want := range map[string]string{
		``:                                     `: match.predicate.json`,
		`nonsense`:                             `: match.predicate.json`,
		`null`:                                 `: match.predicate.type`,
		`[]`:                                   `: match.predicate.type`,
		`{"all":[]}`:                           `all: match.predicate.no-parts`,
		`{"any":[{}]}`:                         `any[0]: match.predicate.no-parts`,
		`{"not":{}}`:                           `not: match.predicate.no-parts`,
		`{"all":{}}`:                           `all: match.predicate.type`,
		`{"ALL":[]}`:                           `ALL: match.predicate.unknown`,
		`{"gender":{}}`:                        `gender: match.predicate.unknown`,
		`{} {}`:                                `: match.predicate.json`,
		`{"reachesMe":{}`:                      `: match.predicate.json`,
		`{"reachesMe":null}`:                   `reachesMe: match.predicate.type`,
		`{"reachesMe":{"x":1}}`:                `reachesMe.x: match.predicate.unknown`,
		`{"reachesMe":{},"near":{"metres":1}}`: `: match.predicate.one-kind`,
		`{"near":{}}`:                          `near.metres: match.predicate.missing`,
		`{"near":{"metres":"5"}}`:              `near.metres: match.predicate.type`,
		`{"near":{"metres":null}}`:             `near.metres: match.predicate.type`,
		`{"near":{"metres":0}}`:                `near.metres: match.predicate.metres`,
		`{"near":{"metres":1e999}}`:            `near.metres: match.predicate.json`,
		`{"near":{"metres":1,"metres":2}}`:     `near.metres: match.predicate.doubled`,
		`{"all":[{"near":{"metres":1}},{"has":{"facet":"a","values":[]}}]}`:             `all[1].has.values: match.predicate.no-values`,
		`{"has":{"facet":"a","values":["b",1]}}`:                                        `has.values[1]: match.predicate.type`,
		`{"has":{"facet":"","values":["b"]}}`:                                           `has.facet: match.predicate.word`,
		`{"has":{"values":["b"]}}`:                                                      `has.facet: match.predicate.missing`,
		`{"under":{"facet":"a","root":"0/33"}}`:                                         `under.root: match.predicate.root`,
		`{"range":{"number":"a"}}`:                                                      `range: match.predicate.no-bounds`,
		`{"range":{"number":"a","min":2,"max":1}}`:                                      `range: match.predicate.range`,
		`{"freeIn":{"from":"2026-03-02T00:00:00Z"}}`:                                    `freeIn.to: match.predicate.missing`,
		`{"freeIn":{"from":"2026-03-02T00:00:00Z","to":"tomorrow"}}`:                    `freeIn.to: match.predicate.type`,
		`{"freeIn":{"from":"2026-03-02T00:00:00Z","to":"2026-03-01T00:00:00Z"}}`:        `freeIn: match.predicate.window`,
		strings.Repeat(`{"not":`, 20) + `{"reachesMe":{}}` + strings.Repeat(`}`, 20):    strings.Repeat("not.", 15) + `not: match.predicate.deep`,
		`{"all":[` + strings.Repeat(`{"reachesMe":{}},`, MaxParts) + `{}]}`:             `: match.predicate.large`,
		`{"has":{"facet":"a","values":["` + strings.Repeat(`b","`, MaxValues) + `c"]}}`: `: match.predicate.values`,
		`"` + strings.Repeat(" ", MaxJSON) + `"`:                                        `: match.predicate.large`,
	} {
		_, err := ParsePredicate([]byte(in))
		var f *fault.Error
		if !errors.As(err, &f) || f.Code != fault.Invalid || len(f.Fields) == 0 {
			t.Errorf("%.60s: got %v, want an Invalid fault", in, err)
			continue
		}
		if got := f.Fields[0].Path + ": " + f.Fields[0].Msg; got != want {
			t.Errorf("%.60s: got %s, want %s", in, got, want)
		}
	}
}

func TestValidateRefusesWhatCannotBeMeant(t *testing.T) {
	deep := ReachesMe()
	for range MaxDepth {
		deep = Not(deep)
	}
	for _, p := range []Predicate{
		Any(), Not(All()), Any(Predicate{}, Near(1)), Has("a"), Has("", "b"), Has("a", "\xff"), Has("a", strings.Repeat("b", MaxString+1)),
		Under("a", ""), Under("a", "0/"), Range("a", math.NaN(), 1), Range("a", math.Inf(1), math.Inf(1)),
		Range("a", math.Inf(-1), math.Inf(1)), Near(-1), Near(math.NaN()), Near(math.Inf(1)), FreeIn(Window{}),
		FreeIn(Window{day0, day0}), FreeIn(Window{day0, day0.AddDate(9000, 0, 0)}), deep,
	} {
		if err := p.Validate(); fault.CodeOf(err) != fault.Invalid || err == nil {
			t.Errorf("%s: %v", p, err)
		}
		if _, err := json.Marshal(p); err == nil {
			t.Errorf("%s was written", p)
		}
	}
}

func TestPredicateCannotBeChanged(t *testing.T) {
	values, parts := []string{"a"}, []Predicate{Near(1), Near(2)}
	p, q, r := Has("f", values...), All(parts...), Any(parts...)
	values[0], parts[0] = "b", Near(3)
	if p.String()+q.String()+r.String() != `has("f", "a")all(near(1), near(2))any(near(1), near(2))` {
		t.Error(p, q, r)
	}
}

// aPredicate draws over the same few facets, numbers and places as anEntry.
func aPredicate(depth int) *rapid.Generator[Predicate] {
	return rapid.Custom(func(t *rapid.T) Predicate {
		kinds := 6
		if depth > 0 {
			kinds = 9
		}
		several := func(label string) []Predicate {
			return rapid.SliceOfN(aPredicate(depth-1), 1, 3).Draw(t, label)
		}
		switch rapid.IntRange(0, kinds).Draw(t, "kind") {
		case 0:
			return Has(facetName.Draw(t, "facet"), rapid.SliceOfN(facetValue, 1, 3).Draw(t, "values")...)
		case 1:
			return Under(facetName.Draw(t, "facet"), rapid.SampledFrom([]string{"/", "/0/", "/0/1/", "/0/12/", "/1/"}).Draw(t, "root"))
		case 2:
			low := rapid.SampledFrom([]float64{math.Inf(-1), 0, 1, 2}).Draw(t, "min")
			high := rapid.SampledFrom([]float64{math.Inf(1), 2, 3}).Draw(t, "max")
			if math.IsInf(low, 0) && math.IsInf(high, 0) {
				low = 1
			}
			return Range(rapid.SampledFrom([]string{"n", "m"}).Draw(t, "number"), low, high)
		case 3:
			return Near(rapid.SampledFrom([]float64{1, 40_000, 200_000}).Draw(t, "metres"))
		case 4:
			return ReachesMe()
		case 5, 6:
			return FreeIn(aWindow.Draw(t, "window"))
		case 7:
			return All(several("all")...)
		case 8:
			return Any(several("any")...)
		}
		return Not(aPredicate(depth-1).Draw(t, "not"))
	})
}

func TestPredicateRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := aPredicate(4).Draw(t, "p")
		raw, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var back Predicate
		if err := json.Unmarshal(raw, &back); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(p, back) || p.String() != back.String() {
			t.Fatalf("%s came back as %s", p, back)
		}
	})
}

func FuzzParsePredicate(f *testing.F) {
	for _, s := range []string{
		`{}`, `{"all":[{"near":{"metres":1.5e3}},{"not":{"reachesMe":{}}}]}`, `{"has":{"facet":"a","values":["b","\u0000"]}}`,
		`{"range":{"number":"n","max":-0}}`, `{"freeIn":{"from":"2026-03-02T00:00:00.000000001+08:00","to":"9999-12-31T23:59:59Z"}}`,
		`{"under":{"facet":"u","root":"/"}}`, `{"all":`, `{"a":{"a":{"a":`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := ParsePredicate(raw)
		if err != nil {
			if fault.CodeOf(err) != fault.Invalid {
				t.Fatal(err)
			}
			return
		}
		again, err := json.Marshal(p)
		if err != nil {
			t.Fatalf("%s was read and cannot be written: %v", p, err)
		}
		q, err := ParsePredicate(again)
		if err != nil || q.String() != p.String() || !reflect.DeepEqual(p, q) {
			t.Fatalf("%s came back as %s: %v", p, q, err)
		}
		m := meeting{asker: &Entry{ID: "a"}, candidate: &Entry{ID: "b"}}
		var v Verdict
		if m.holds(&p, Asker) != m.judge(&p, Asker, true, &v) || m.holds(&p, Asker) != (len(v.Failed) == 0) {
			t.Fatalf("%s is judged in two ways: %+v", p, v)
		}
	})
}

// TestMessagesAreThere: each message id in the code is in both language files, and each there is used.
func TestMessagesAreThere(t *testing.T) {
	code := ""
	for _, name := range []string{"predicate.go", "predicatejson.go"} {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		code += string(raw)
	}
	used := map[string]bool{}
	for _, id := range regexp.MustCompile(`match\.predicate\.[a-z-]+`).FindAllString(code, -1) {
		used[id] = true
	}
	for _, name := range []string{"zh.json", "en.json"} {
		raw, err := fs.ReadFile(Messages, name)
		if err != nil {
			t.Fatal(err)
		}
		var said map[string]string
		if err := json.Unmarshal(raw, &said); err != nil {
			t.Fatal(err)
		}
		for id := range used {
			if said[id] == "" {
				t.Errorf("%s lacks %s", name, id)
			}
		}
		for id := range said {
			if !used[id] {
				t.Errorf("%s has %s, which nobody says", name, id)
			}
		}
	}
}
