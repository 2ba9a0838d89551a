package match

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// oracle answers by looping over all entries, and by hours over all times.
type oracle map[string]Entry

func free(e Entry, at time.Time) bool {
	for _, w := range e.Free {
		if !at.Before(w.From) && at.Before(w.To) {
			return true
		}
	}
	return len(e.Free) == 0
}

// firstHour is the first that is not past and that all accept; every window starts on the hour.
func firstHour(now time.Time, accept func(time.Time) bool) (time.Time, bool) {
	for h := -100; h < 1000; h++ {
		if at := hour(h); !at.Before(now) && accept(at) {
			return at, true
		}
	}
	return time.Time{}, false
}

func within(w Window, at time.Time) bool { return !at.Before(w.From) && at.Before(w.To) }

func wants(p Predicate, mine, other Entry, now time.Time) bool {
	some := func(yes func(string) bool) bool { return slices.ContainsFunc(other.Facets[p.name], yes) }
	switch p.op {
	case KindAll:
		return !slices.ContainsFunc(p.parts, func(p Predicate) bool { return !wants(p, mine, other, now) })
	case KindAny:
		return slices.ContainsFunc(p.parts, func(p Predicate) bool { return wants(p, mine, other, now) })
	case KindNot:
		return !wants(p.parts[0], mine, other, now)
	case KindHas:
		return some(func(v string) bool { return slices.Contains(p.values, v) })
	case KindUnder:
		return some(func(v string) bool { return strings.HasPrefix(v, p.values[0]) })
	case KindRange:
		n, ok := other.Numbers[p.name]
		return ok && p.min <= n && n <= p.max
	case KindNear:
		return mine.Place != nil && other.Place != nil && Metres(*mine.Place, *other.Place) <= p.min
	case KindReachesMe:
		if other.Reach == Everywhere {
			return true
		}
		return other.Reach > 0 && mine.Place != nil && other.Place != nil && Metres(*mine.Place, *other.Place) <= other.Reach
	case KindFreeIn:
		_, ok := firstHour(now, func(at time.Time) bool { return within(p.window, at) && free(other, at) })
		return ok
	}
	return true
}

func (o oracle) fits(q Query, e Entry) bool {
	if e.Group != q.Group || e.ID == q.From.ID || q.Exclude[e.ID] || e.Capacity == 0 {
		return false
	}
	if len(e.Free)+len(q.From.Free) > 0 {
		if _, ok := firstHour(q.Now, func(at time.Time) bool { return free(e, at) && free(q.From, at) }); !ok {
			return false
		}
	}
	return wants(q.From.Wants, q.From, e, q.Now) && wants(e.Wants, e, q.From, q.Now)
}

// counts are the words of an entry's fields in order, by counting anew.
type counts struct {
	name   string
	length int
	amount map[string]float64
}

func count(texts []Text) (fields []*counts, order []string, forms map[string]form) {
	forms = map[string]form{}
	for _, text := range texts {
		i := slices.IndexFunc(fields, func(c *counts) bool { return c.name == text.Field })
		if i < 0 {
			i = len(fields)
			fields = append(fields, &counts{name: text.Field, amount: map[string]float64{}})
		}
		for _, tk := range tokens(text.Body) {
			if _, ok := forms[tk.term]; !ok {
				order = append(order, tk.term)
				forms[tk.term] = tk.form
			}
			fields[i].length++
			fields[i].amount[tk.term] += text.Weight
		}
	}
	return fields, order, forms
}

// covered is the BM25F of the package, written once more.
func (o oracle) covered(q Query, of Entry) float64 {
	having, n := map[string]int{}, 0
	words, docs := map[string]int{}, map[string]int{}
	for _, e := range o {
		if e.Group != q.Group {
			continue
		}
		n++
		fields, order, _ := count(e.Text)
		for _, term := range order {
			having[term]++
		}
		for _, f := range fields {
			words[f.name] += f.length
			docs[f.name]++
		}
	}
	fields, _, _ := count(of.Text)
	_, order, forms := count(q.From.Text)
	amount := map[string]float64{}
	for _, text := range q.From.Text {
		for _, tk := range tokens(text.Body) {
			amount[tk.term] += text.Weight
		}
	}
	sum, mass := 0.0, 0.0
	for _, term := range order {
		weight := math.Log1p((float64(n-having[term])+0.5)/(float64(having[term])+0.5)) * (3 * amount[term] / (2 + amount[term]))
		if forms[term] == single {
			weight *= 0.5
		}
		mass += weight
		dense := 0.0
		for _, f := range fields {
			if a, ok := f.amount[term]; ok {
				thin := 0.75 * float64(docs[f.name]) / float64(words[f.name])
				dense += float64(float32(a)) / (0.25 + float64(thin*float64(f.length)))
			}
		}
		sum += float64(weight * (2.2 * dense / (1.2 + dense)))
	}
	if mass == 0 {
		return 0
	}
	return min(1, sum/mass)
}

func (o oracle) top(q Query) Result {
	r := Result{}
	full := 0.15
	for _, e := range o {
		if e.Group != q.Group {
			continue
		}
		r.Considered++
		if !o.fits(q, e) {
			continue
		}
		h := Hit{ID: e.ID, Owner: e.Owner, Covered: o.covered(q, e), Distance: -1}
		if h.Covered < q.MinText {
			continue
		}
		if e.Place != nil && q.From.Place != nil {
			h.Distance = Metres(*e.Place, *q.From.Place)
		}
		full = max(full, h.Covered)
		r.Hits = append(r.Hits, h)
	}
	r.Eligible = len(r.Hits)
	w := q.Weights
	if w == (Weights{}) {
		w = DefaultWeights
	}
	for i := range r.Hits {
		h := &r.Hits[i]
		e := o[h.ID]
		near, fresh := 0.0, 0.0
		if h.Distance >= 0 {
			near = 30_000 / (30_000 + h.Distance)
		}
		if !e.At.IsZero() && !q.Now.IsZero() {
			fresh = float64(halfFresh) / float64(halfFresh+max(0, q.Now.Sub(e.At)))
		}
		sum := w.Text + w.Distance + w.Freshness + w.Quality + w.Load
		h.Terms = []Term{{"text", h.Covered / full, w.Text / sum}, {"distance", near, w.Distance / sum}, {"freshness", fresh, w.Freshness / sum},
			{"quality", e.Quality, w.Quality / sum}, {"load", 2 / (2 + float64(e.Load)), w.Load / sum}}
		for _, term := range h.Terms {
			h.Score += float64(term.Value * term.Weight)
		}
		if len(e.Free) > 0 {
			h.FreeFrom, _ = firstHour(q.Now, func(at time.Time) bool { return free(e, at) && o.asked(q, at) })
		}
	}
	slices.SortFunc(r.Hits, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), strings.Compare(a.ID, b.ID))
	})
	had := map[string]int{}
	r.Hits = slices.DeleteFunc(r.Hits, func(h Hit) bool {
		had[h.Owner]++
		return q.PerOwner > 0 && h.Owner != "" && had[h.Owner] > q.PerOwner
	})
	r.Hits = r.Hits[:min(q.K, len(r.Hits))]
	for i, h := range r.Hits {
		if q.Brief {
			r.Hits[i] = Hit{ID: h.ID, Owner: h.Owner, Score: h.Score, Covered: h.Covered, Distance: h.Distance}
		}
	}
	return r
}

// asked reports whether the asker would like to know a candidate free at that hour.
func (o oracle) asked(q Query, at time.Time) bool {
	if len(q.From.Free) > 0 {
		return free(q.From, at)
	}
	var in []Window
	for _, p := range append(slices.Clone(q.From.Wants.parts), q.From.Wants) {
		if p.op == KindFreeIn && (q.From.Wants.op == KindAll || q.From.Wants.op == KindFreeIn) {
			in = append(in, p.window)
		}
		if p.op == KindAll && q.From.Wants.op == KindAll {
			for _, p := range p.parts {
				if p.op == KindFreeIn {
					in = append(in, p.window)
				}
			}
		}
	}
	if len(in) > 0 {
		return slices.ContainsFunc(in, func(w Window) bool { return within(w, at) })
	}
	return !q.Now.IsZero() && !at.Before(q.Now) && at.Before(q.Now.Add(14*24*time.Hour))
}

// same compares a result with the oracle's, which tells neither words nor conditions.
func same(t *rapid.T, q Query, got, want Result) {
	got.Hits = slices.Clone(got.Hits)
	for i := range got.Hits {
		got.Hits[i].Words, got.Hits[i].Held = nil, nil
	}
	if len(got.Hits) == 0 && len(want.Hits) == 0 {
		got.Hits, want.Hits = nil, nil
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%+v\ngot  %+v\nwant %+v", q, got, want)
	}
}

// TestIndexIsTheNestedLoop puts, replaces, moves and removes entries, and asks in between.
func TestIndexIsTheNestedLoop(t *testing.T) {
	ctx := context.Background()
	rapid.Check(t, func(t *rapid.T) {
		x, o := NewPlain(), oracle{}
		id := rapid.SampledFrom([]string{"e1", "e2", "e3", "e4", "e5", "e6", "e7", "e8"})
		group := rapid.SampledFrom([]string{"a", "a", "a", "b"})
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				var entries []Entry
				for range rapid.IntRange(1, 4).Draw(t, "entries") {
					e := anEntry(group.Draw(t, "group"), id.Draw(t, "id")).Draw(t, "entry")
					entries = append(entries, e)
					o[e.ID] = e
				}
				if err := x.Put(ctx, entries...); err != nil {
					t.Fatal(err)
				}
			},
			"change": func(t *rapid.T) {
				e, ok := o[id.Draw(t, "id")]
				if !ok {
					t.Skip()
				}
				e.Load, e.Capacity = rapid.IntRange(0, 3).Draw(t, "load"), rapid.IntRange(-1, 1).Draw(t, "capacity")
				e.Facets = map[string][]string{"f": {facetValue.Draw(t, "value")}}
				o[e.ID] = e
				if err := x.Put(ctx, e); err != nil {
					t.Fatal(err)
				}
			},
			"remove": func(t *rapid.T) {
				gone := id.Draw(t, "id")
				delete(o, gone)
				x.Remove(gone, "nobody")
			},
			"ask": func(t *rapid.T) {
				q := aQuery(group.Draw(t, "group")).Draw(t, "query")
				got, err := x.Top(ctx, q)
				if err != nil {
					t.Fatal(err)
				}
				same(t, q, got, o.top(q))
			},
			"explain": func(t *rapid.T) {
				q := aQuery("a").Draw(t, "query")
				e := id.Draw(t, "id")
				v, err := x.Explain(ctx, q, e)
				if o[e].Group != "a" {
					if err == nil {
						t.Fatal("explained an entry that is not there")
					}
					return
				}
				fits := o.fits(q, o[e]) && o.covered(q, o[e]) >= q.MinText
				if err != nil || v.Fits != fits || v.Fits != (len(v.Failed) == 0) {
					t.Fatalf("%+v\n%+v\ngot %+v, want %v", q, o[e], v, fits)
				}
				q.Exclude = nil
				if v, err := Judge(q.From, o[e], q.Now); err != nil || v.Fits != o.fits(q, o[e]) {
					t.Fatalf("%+v\n%+v\njudged %+v, %v", q, o[e], v, err)
				}
			},
			"": func(t *rapid.T) {
				for _, g := range []string{"a", "b", "none"} {
					n := 0
					for _, e := range o {
						if e.Group == g {
							n++
						}
					}
					if x.Len(g) != n {
						t.Fatalf("%d in %s, want %d", x.Len(g), g, n)
					}
				}
			},
		})
	})
}

// TestOrderDoesNotMatter builds an index straight and another with detours; the answers are the same to the bit,
// words and conditions included.
func TestOrderDoesNotMatter(t *testing.T) {
	ctx := context.Background()
	rapid.Check(t, func(t *rapid.T) {
		var entries []Entry
		for i := range rapid.IntRange(1, 12).Draw(t, "entries") {
			entries = append(entries, anEntry("a", fmt.Sprintf("e%d", i)).Draw(t, "entry"))
		}
		straight, winding := NewPlain(), NewPlain()
		if err := straight.Put(ctx, entries...); err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		for _, i := range r.Perm(len(entries)) {
			detour := anEntry(rapid.SampledFrom([]string{"a", "b"}).Draw(t, "group"), fmt.Sprintf("e%d", r.IntN(20))).Draw(t, "detour")
			if err := winding.Put(ctx, detour, entries[i]); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 20 {
			winding.Remove(fmt.Sprintf("e%d", i))
		}
		for _, i := range r.Perm(len(entries)) {
			if err := winding.Put(ctx, entries[i]); err != nil {
				t.Fatal(err)
			}
		}
		q := aQuery("a").Draw(t, "query")
		a, err := straight.Top(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		b, err := winding.Top(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(a, b) {
			t.Fatalf("%+v\nstraight %+v\nwinding  %+v", q, a, b)
		}
	})
}
