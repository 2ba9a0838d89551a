package match

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
)

func TestPutReplacesMovesAndCopies(t *testing.T) {
	x := NewPlain()
	e := Entry{ID: "e", Group: "need", Capacity: Unlimited, Facets: map[string][]string{"f": {"x"}}, Place: &Place{30, 120},
		Text: []Text{{"t", 1, "椭圆度"}}}
	put(t, x, e)
	e.Facets["f"][0], e.Place.Lat, e.Text[0].Body = "y", 40, "平面度"
	ask := func(group, body string) Result {
		return top(t, x, Query{From: Entry{Place: &Place{30, 120}, Wants: Has("f", "x"), Text: []Text{{"t", 1, body}}},
			Group: group, K: 5, MinText: 0.1})
	}
	if r := ask("need", "椭圆度"); len(r.Hits) != 1 || r.Hits[0].Distance != 0 {
		t.Fatalf("the caller's change reached the index: %+v", r)
	}
	e.Group, e.Facets = "solved", map[string][]string{"f": {"x"}}
	put(t, x, e)
	if r := ask("need", "椭圆度"); r.Considered != 0 {
		t.Errorf("still in its old group: %+v", r)
	}
	if len(ask("solved", "椭圆度").Hits) != 0 || len(ask("solved", "平面度").Hits) != 1 {
		t.Error("the new text does not count, or the old one does")
	}
	x.Remove("e", "e", "nobody")
	if x.Len("need")+x.Len("solved") != 0 || len(x.groups) != 0 {
		t.Error("something is left")
	}
}

func TestPutRefusesAllWhenOneIsInvalid(t *testing.T) {
	ctx := context.Background()
	good := Entry{ID: "good", Group: "g"}
	for name, bad := range map[string]Entry{
		"no id":     {Group: "g"},
		"no group":  {ID: "a"},
		"place":     {ID: "a", Group: "g", Place: &Place{91, 0}},
		"no place":  {ID: "a", Group: "g", Place: &Place{math.NaN(), 0}},
		"reach":     {ID: "a", Group: "g", Reach: -2},
		"far":       {ID: "a", Group: "g", Reach: math.Inf(1)},
		"capacity":  {ID: "a", Group: "g", Capacity: -2},
		"quality":   {ID: "a", Group: "g", Quality: 1.1},
		"load":      {ID: "a", Group: "g", Load: -1},
		"number":    {ID: "a", Group: "g", Numbers: map[string]float64{"n": math.NaN()}},
		"window":    {ID: "a", Group: "g", Free: []Window{{day0, day0}}},
		"weight":    {ID: "a", Group: "g", Text: []Text{{"t", -1, ""}}},
		"utf-8":     {ID: "a", Group: "g", Text: []Text{{"t", 1, "\xff"}}},
		"length":    {ID: "a", Group: "g", Text: []Text{{"t", 1, string(make([]byte, maxBody+1))}}},
		"bodies":    {ID: "a", Group: "g", Text: make([]Text, maxBodies+1)},
		"predicate": {ID: "a", Group: "g", Wants: Any()},
	} {
		x := NewPlain()
		if err := x.Put(ctx, good, bad); err == nil || x.Len("g") != 0 {
			t.Errorf("%s: %v, %d in", name, err, x.Len("g"))
		}
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if err := NewPlain().Put(ended, good); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestQueriesAreChecked(t *testing.T) {
	x := NewPlain()
	put(t, x, Entry{ID: "e", Group: "g", Capacity: Unlimited})
	for _, q := range []Query{
		{Group: "g", K: -1}, {Group: "g", PerOwner: -1}, {Group: "g", MinText: 1.5}, {Group: "g", MinText: math.NaN()},
		{Group: "g", Weights: Weights{Text: -1}}, {Group: "g", Weights: Weights{Load: math.Inf(1)}},
		{Group: "g", From: Entry{Wants: Near(-1)}}, {Group: "g", From: Entry{Quality: 2}},
	} {
		if _, err := x.Top(context.Background(), q); err == nil {
			t.Errorf("%+v was answered", q)
		}
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := x.Top(ended, Query{Group: "g"}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	for _, id := range []string{"nobody", ""} {
		if _, err := x.Explain(context.Background(), Query{Group: "g"}, id); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
	}
	if _, err := x.Explain(context.Background(), Query{Group: "none"}, "e"); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	if r := top(t, x, Query{Group: "g"}); len(r.Hits) != 0 || r.Eligible != 1 || r.Considered != 1 {
		t.Errorf("K 0 counts: %+v", r)
	}
}

func TestExplainNamesWhatIsInTheWay(t *testing.T) {
	x := NewPlain()
	put(t, x, Entry{
		ID: "m", Group: "offer", Facets: map[string][]string{"trade": {"milling", "boring"}, "union": {"/0/33/01/"}},
		Numbers: map[string]float64{"years": 3}, Place: &Place{30, 120}, Reach: 50_000, Capacity: 2,
		Free: []Window{{hour(30), hour(40)}, {hour(10), hour(20)}}, Wants: Has("sector", "pumps"),
	})
	from := Entry{ID: "n", Group: "need", Facets: map[string][]string{"sector": {"pumps"}}, Place: &Place{30.2, 120},
		Free: []Window{{hour(18), hour(35)}},
		Wants: All(Has("trade", "boring", "turning"), Under("union", "/0/33/"), Range("years", 2, math.Inf(1)), ReachesMe(), Near(100_000),
			FreeIn(Window{hour(0), hour(12)}), Not(Has("trade", "welding")), Any(Has("trade", "none"), Range("years", 1, 3)))}
	d := Metres(Place{30, 120}, Place{30.2, 120})
	two, one, three := 2.0, 1.0, 3.0
	explain := func(from Entry, q Query) Verdict {
		t.Helper()
		q.From, q.Group = from, "offer"
		v, err := x.Explain(context.Background(), q, "m")
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	held := []Condition{
		{Kind: KindHas, Side: Asker, Facet: "trade", Want: []string{"boring", "turning"}, Have: []string{"boring"}},
		{Kind: KindUnder, Side: Asker, Facet: "union", Want: "/0/33/", Have: []string{"/0/33/01/"}},
		{Kind: KindRange, Side: Asker, Number: "years", Want: Bounds{Min: &two}, Have: 3.0},
		{Kind: KindReachesMe, Side: Asker, Want: d, Have: 50_000.0},
		{Kind: KindNear, Side: Asker, Want: 100_000.0, Have: d},
		{Kind: KindFreeIn, Side: Asker, Want: Window{hour(0), hour(12)}, Have: Window{hour(10), hour(12)}},
		{Kind: KindHas, Side: Asker, Not: true, Facet: "trade", Want: []string{"welding"}, Have: []string{"milling", "boring"}},
		{Kind: KindRange, Side: Asker, Number: "years", Want: Bounds{Min: &one, Max: &three}, Have: 3.0},
		{Kind: KindHas, Side: Candidate, Facet: "sector", Want: []string{"pumps"}, Have: []string{"pumps"}},
		{Kind: KindCapacity, Side: Both, Want: 1, Have: 2},
		{Kind: KindTime, Side: Both, Want: from.Free, Have: Window{hour(18), hour(20)}},
	}
	v := explain(from, Query{})
	if !v.Fits || len(v.Failed) > 0 || !reflect.DeepEqual(v.Held, held) {
		t.Errorf("got  %+v\nwant %+v", v, held)
	}
	if r := top(t, x, Query{From: from, Group: "offer", K: 1}); !reflect.DeepEqual(r.Hits[0].Held, held) || !r.Hits[0].FreeFrom.Equal(hour(18)) {
		t.Errorf("%+v", r.Hits[0])
	}

	from.Facets, from.Place = nil, nil
	from.Free = []Window{{hour(21), hour(25)}}
	from.Wants = Any(Not(All(Has("trade", "milling"), Under("union", "/0/33/"))), Near(5), All(Range("age", 1, 3), ReachesMe()))
	failed := []Condition{
		{Kind: KindAny, Side: Asker, Parts: []Condition{
			{Kind: KindAny, Side: Asker, Parts: []Condition{
				{Kind: KindHas, Side: Asker, Not: true, Facet: "trade", Want: []string{"milling"}, Have: []string{"milling"}},
				{Kind: KindUnder, Side: Asker, Not: true, Facet: "union", Want: "/0/33/", Have: []string{"/0/33/01/"}},
			}},
			{Kind: KindNear, Side: Asker, Want: 5.0},
			{Kind: KindAll, Side: Asker, Parts: []Condition{
				{Kind: KindRange, Side: Asker, Number: "age", Want: Bounds{Min: &one, Max: &three}},
				{Kind: KindReachesMe, Side: Asker, Have: 50_000.0},
			}},
		}},
		{Kind: KindHas, Side: Candidate, Facet: "sector", Want: []string{"pumps"}},
		{Kind: KindTime, Side: Both, Want: from.Free},
		{Kind: KindExcluded, Side: Both},
		{Kind: KindText, Side: Both, Want: 0.1, Have: 0.0},
	}
	v = explain(from, Query{MinText: 0.1, Exclude: map[string]bool{"m": true}})
	if v.Fits || !reflect.DeepEqual(v.Failed, failed) {
		t.Errorf("got  %+v\nwant %+v", v.Failed, failed)
	}
	if v = explain(Entry{ID: "m"}, Query{Now: hour(50)}); v.Fits || len(v.Failed) != 3 {
		t.Errorf("itself, past, and not of its sector: %+v", v.Failed)
	}
}

func TestTextDecidesAmongThoseThatFit(t *testing.T) {
	x := NewPlain()
	near, far := &Place{30, 120}, &Place{33, 120}
	text := func(s string) []Text { return []Text{{"t", 1, s}} }
	put(t, x,
		Entry{ID: "a-wrong-trade", Group: "g", Facets: map[string][]string{"trade": {"tea"}}, Capacity: Unlimited, Place: near, Text: text("不锈钢薄壁套椭圆")},
		Entry{ID: "b-full", Group: "g", Facets: map[string][]string{"trade": {"turning"}}, Capacity: 0, Place: near, Text: text("不锈钢薄壁套椭圆")},
		Entry{ID: "c-right", Group: "g", Facets: map[string][]string{"trade": {"turning"}}, Capacity: 1, Place: far, Text: text("薄壁套车削防椭圆夹具")},
		Entry{ID: "d-near", Group: "g", Facets: map[string][]string{"trade": {"turning"}}, Capacity: 1, Place: near, Quality: 1, Text: text("铸铁大件粗车")},
	)
	r := top(t, x, Query{From: Entry{ID: "n", Place: near, Wants: Has("trade", "turning"), Text: text("不锈钢薄壁套车完椭圆")}, Group: "g", K: 9})
	if r.Considered != 4 || r.Eligible != 2 || r.Hits[0].ID != "c-right" || r.Hits[1].ID != "d-near" {
		t.Errorf("%+v", r)
	}
}

// TestReadersAndWriters is for the race detector; it also holds that what Put has returned is found, and that no
// answer ever shows an entry that does not fit.
func TestReadersAndWriters(t *testing.T) {
	x := NewPlain()
	ctx := context.Background()
	_, entries := province(t, 200)
	put(t, x, entries...)
	from := longNeed(t)
	stop := make(chan struct{})
	var readers, writers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				r, err := x.Top(ctx, Query{From: from, Group: "offer", K: 20, Now: benchNow})
				if err != nil {
					t.Error(err)
					return
				}
				for _, h := range r.Hits {
					for _, c := range h.Held {
						if c.Kind == KindCapacity && c.Have.(int) <= 0 {
							t.Errorf("%s is full", h.ID)
						}
					}
				}
				if _, err := x.Explain(ctx, Query{From: from, Group: "offer"}, entries[n%200].ID); err != nil && !fault.Is(err, fault.NotFound) {
					t.Error(err)
				}
			}
		})
	}
	for w := range 2 {
		writers.Go(func() {
			for i := range 150 {
				e := entries[(i*7+w*100)%200]
				e.ID, e.Owner = fmt.Sprintf("w%d-%d", w, i%20), "w"
				e.Capacity, e.Free = i%3, nil
				if err := x.Put(ctx, e); err != nil {
					t.Error(err)
				}
				r, err := x.Top(ctx, Query{From: Entry{Facets: from.Facets}, Group: "offer", K: 1000})
				found := false
				for _, h := range r.Hits {
					found = found || h.ID == e.ID
				}
				if err != nil || found != (e.Capacity > 0) {
					t.Errorf("%s with capacity %d: found %v, %v", e.ID, e.Capacity, found, err)
				}
				if i%5 == 0 {
					x.Remove(e.ID, entries[i].ID)
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
}

func TestMetres(t *testing.T) {
	for _, c := range []struct {
		a, b Place
		want float64
	}{
		{Place{30, 120}, Place{30, 120}, 0},
		{Place{39.9042, 116.4074}, Place{31.2304, 121.4737}, 1_067_000}, // Beijing, Shanghai
		{Place{0, 179.5}, Place{0, -179.5}, 111_195},
		{Place{90, 0}, Place{-90, 77}, math.Pi * earthRadius},
		{Place{89.9, 0}, Place{89.9, 180}, 22_239},
	} {
		got, back := Metres(c.a, c.b), Metres(c.b, c.a)
		if math.Abs(got-c.want) > 0.005*c.want || got != back {
			t.Errorf("%v to %v: %.0f and back %.0f, want %.0f", c.a, c.b, got, back, c.want)
		}
	}
}

func TestTidy(t *testing.T) {
	got := tidy([]Window{{hour(5), hour(7)}, {hour(1), hour(3)}, {hour(3), hour(4)}, {hour(5), hour(6)}, {hour(6), hour(8)}})
	want := []Window{{hour(1), hour(4)}, {hour(5), hour(8)}}
	if !reflect.DeepEqual(got, want) || tidy(nil) != nil {
		t.Errorf("got %v", got)
	}
}

func TestFreeFrom(t *testing.T) {
	x := NewPlain()
	put(t, x,
		Entry{ID: "calendar", Group: "g", Capacity: Unlimited, Free: []Window{{hour(20 * 24), hour(21 * 24)}, {hour(48), hour(56)}}},
		Entry{ID: "always", Group: "g", Capacity: Unlimited},
		Entry{ID: "later", Group: "g", Capacity: Unlimited, Free: []Window{{hour(15 * 24), hour(16 * 24)}}},
	)
	for _, c := range []struct {
		from                    Entry
		now                     time.Time
		calendar, always, later time.Time
	}{
		{Entry{}, hour(0), hour(48), time.Time{}, time.Time{}},
		{Entry{}, hour(50), hour(50), time.Time{}, hour(15 * 24)},
		{Entry{}, time.Time{}, time.Time{}, time.Time{}, time.Time{}},
		{Entry{Free: []Window{{hour(55), hour(16 * 24)}}}, hour(0), hour(55), time.Time{}, hour(15 * 24)},
		{Entry{Wants: FreeIn(Window{hour(50), hour(999)})}, hour(0), hour(50), time.Time{}, hour(15 * 24)},
	} {
		for _, h := range top(t, x, Query{From: c.from, Group: "g", K: 9, Now: c.now}).Hits {
			want := map[string]time.Time{"calendar": c.calendar, "always": c.always, "later": c.later}[h.ID]
			if !h.FreeFrom.Equal(want) {
				t.Errorf("%+v at %s: %s free from %s, want %s", c.from.Free, c.now, h.ID, h.FreeFrom, want)
			}
		}
	}
}
