package exchangetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/match"
)

// Store is what every exchange.Store must pass. open gives an empty one.
func Store(t *testing.T, open func(t *testing.T) exchange.Store) {
	for name, test := range map[string]func(*testing.T, exchange.Store){
		"kinds": storeKinds, "once": storeOnce, "change": storeChange, "accept": storeAccept, "pages": storePages,
		"offers": storeOffers, "tools": storeTools, "walks": storeWalks, "figures": storeFigures, "busy": storeBusy, "admissions": storeAdmissions,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// NeedAt makes a need as a store sees it.
func NeedAt(path string, posted time.Time) exchange.Need {
	return exchange.Need{ID: id.New(), KindID: "expert-visit", UnionID: path, UnionPath: path, EnterpriseID: "firm-a", PosterID: "contact-a",
		Title: "主轴 100% 异响_A", Trades: []string{"cnc-turning"}, Values: Turning(), State: exchange.NeedOpen, Posted: posted, Updated: posted, Version: 1}
}

func add(t testing.TB, s exchange.Store, n exchange.Need) exchange.Need {
	t.Helper()
	kept, _, err := s.AddNeed(t.Context(), n, "")
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

func code(t testing.TB, err error, want fault.Code) {
	t.Helper()
	if !fault.Is(err, want) {
		t.Fatalf("want %s, got %v", want, err)
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func storeKinds(t *testing.T, s exchange.Store) {
	ctx := t.Context()
	k := exchange.BuiltIn()[0]
	k.Version = 1
	check(t, s.SaveKind(ctx, k))
	code(t, s.SaveKind(ctx, k), fault.Conflict)
	k.Version, k.Name.ZH = 2, "新名"
	check(t, s.SaveKind(ctx, k))
	code(t, s.SaveKind(ctx, k), fault.Conflict)
	k.Version = 4
	code(t, s.SaveKind(ctx, k), fault.Conflict)
	kept, err := s.Kinds(ctx)
	check(t, err)
	if len(kept) != 1 || kept[0].Version != 2 || kept[0].Name.ZH != "新名" || len(kept[0].Lists[0].Terms) != 40 {
		t.Fatalf("%+v", kept)
	}
}

func storeOnce(t *testing.T, s exchange.Store) {
	ctx := t.Context()
	first, fresh, err := s.AddNeed(ctx, NeedAt(CountyA, Start), "k")
	check(t, err)
	again, freshAgain, err := s.AddNeed(ctx, NeedAt(CountyA, Start), "k")
	check(t, err)
	if !fresh || freshAgain || again.ID != first.ID {
		t.Fatalf("%v %v %s %s", fresh, freshAgain, first.ID, again.ID)
	}
	other := NeedAt(CountyA, Start)
	other.PosterID = "somebody"
	if _, fresh, err := s.AddNeed(ctx, other, "k"); err != nil || !fresh {
		t.Fatalf("another's key is another key: %v %v", fresh, err)
	}
	c, err := s.Case(ctx, first.ID)
	check(t, err)
	if c.Need.Values["measure"].Measure.Target != 0.03 || !c.Need.Posted.Equal(Start) || c.Need.Trades[0] != "cnc-turning" {
		t.Fatalf("what was kept comes back: %+v", c.Need)
	}
	_, err = s.Case(ctx, id.New())
	code(t, err, fault.NotFound)
}

func storeChange(t *testing.T, s exchange.Store) {
	ctx := t.Context()
	n := add(t, s, NeedAt(CountyA, Start))
	broken := errors.New("policy says no")
	_, err := s.UpdateCase(ctx, n.ID, func(c exchange.Case) (exchange.Case, []event.Event, error) {
		c.Need.Title = "changed"
		c.Engagements = append(c.Engagements, exchange.Engagement{ID: id.New(), NeedID: n.ID})
		return c, nil, broken
	})
	if !errors.Is(err, broken) {
		t.Fatal(err)
	}
	c, err := s.Case(ctx, n.ID)
	check(t, err)
	if c.Need.Title != n.Title || len(c.Engagements) != 0 || c.Need.Version != 1 {
		t.Fatalf("a refused change leaves everything: %+v", c)
	}
	e := exchange.Engagement{ID: id.New(), NeedID: n.ID, OfferID: "o", OwnerID: "p", State: exchange.Invited, Invited: Start}
	c, err = s.UpdateCase(ctx, n.ID, func(c exchange.Case) (exchange.Case, []event.Event, error) {
		c.Engagements = append(c.Engagements, e)
		c.Said = append(c.Said, exchange.Message{ID: id.New(), NeedID: n.ID, EngagementID: e.ID, AuthorID: "p", Side: exchange.OfferSide, Body: "在吗", At: Start})
		c.Need.Updated = Start.Add(time.Hour)
		return c, nil, nil
	})
	check(t, err)
	if c.Need.Version != 2 || len(c.Said) != 0 {
		t.Fatalf("%+v", c)
	}
	said, err := s.Messages(ctx, n.ID, e.ID)
	check(t, err)
	if len(said) != 1 || said[0].Body != "在吗" {
		t.Fatalf("%+v", said)
	}
	cases, err := s.EngagementsOf(ctx, "p", 10)
	check(t, err)
	if len(cases) != 1 || cases[0].Need.ID != n.ID || cases[0].Engagements[0].ID != e.ID {
		t.Fatalf("%+v", cases)
	}
	code(t, second(s.UpdateCase(ctx, id.New(), nil)), fault.NotFound)
}

func second[T any](_ T, err error) error { return err }

func offer(t *testing.T, s exchange.Store, owner string, capacity int) exchange.Offer {
	t.Helper()
	o, err := s.SaveOffer(t.Context(), owner, "expert-visit", func(o exchange.Offer) (exchange.Offer, []event.Event, error) {
		o.ID, o.OwnerID, o.KindID, o.Capacity, o.Status, o.Updated = id.New(), owner, "expert-visit", capacity, exchange.OfferOpen, Start
		return o, nil, nil
	})
	check(t, err)
	return o
}

func storeAccept(t *testing.T, s exchange.Store) {
	ctx := t.Context()
	o := offer(t, s, "p", 1)
	take := func(n exchange.Need) error {
		_, err := s.Accept(ctx, n.ID, o.ID, "p", 0, func(c exchange.Case) (exchange.Case, []event.Event, error) {
			c.Engagements = append(c.Engagements, exchange.Engagement{ID: id.New(), NeedID: n.ID, OfferID: o.ID, OwnerID: "p", State: exchange.Accepted})
			return c, nil, nil
		})
		return err
	}
	a, b := add(t, s, NeedAt(CountyA, Start)), add(t, s, NeedAt(CountyA, Start))
	check(t, take(a))
	code(t, take(b), fault.Conflict)
	if c, err := s.Case(ctx, b.ID); err != nil || len(c.Engagements) != 0 {
		t.Fatalf("a refused acceptance leaves nothing: %+v %v", c, err)
	}
	_, err := s.UpdateCase(ctx, a.ID, func(c exchange.Case) (exchange.Case, []event.Event, error) {
		c.Engagements[0].State = exchange.Finished
		c.Engagements[0].NeedEnd = &exchange.Closing{Result: exchange.Solved, Stars: 4}
		return c, nil, nil
	})
	check(t, err)
	kept, err := s.Offer(ctx, o.ID)
	check(t, err)
	if kept.Load != 0 || kept.RatingSum != 4 || kept.SolvedCount != 1 {
		t.Fatalf("%+v", kept)
	}
	check(t, take(b))

	// Over all offers of one owner there is a limit too, whatever each of them could carry.
	big := offer(t, s, "q", 9)
	other, err := s.SaveOffer(ctx, "q", "another", func(o exchange.Offer) (exchange.Offer, []event.Event, error) {
		o.ID, o.OwnerID, o.KindID, o.Capacity, o.Status, o.Updated = id.New(), "q", "another", 9, exchange.OfferOpen, Start
		return o, nil, nil
	})
	check(t, err)
	for i, offerID := range []string{big.ID, other.ID, other.ID, big.ID} {
		n := add(t, s, NeedAt(CountyA, Start))
		_, err := s.Accept(ctx, n.ID, offerID, "q", 3, func(c exchange.Case) (exchange.Case, []event.Event, error) {
			c.Engagements = append(c.Engagements, exchange.Engagement{ID: id.New(), NeedID: n.ID, OfferID: offerID, OwnerID: "q", State: exchange.Accepted})
			return c, nil, nil
		})
		if i < 3 {
			check(t, err)
		} else {
			code(t, err, fault.Conflict)
		}
	}
}

func storePages(t *testing.T, s exchange.Store) {
	ctx := t.Context()
	var all []string
	for i := range 25 {
		n := NeedAt(CountyA, Start.Add(time.Duration(i)*time.Minute))
		if i%5 == 0 {
			n.UnionPath = CountyB
			n.Title = "茶 50% 含水_b"
		}
		n.Wait = exchange.Wait{For: exchange.WaitAnswer, Since: n.Posted, Due: Start.Add(time.Duration(25-i/2) * time.Minute)}
		all = append(all, add(t, s, n).ID)
	}
	walk := func(f exchange.NeedFilter) []string {
		var got []string
		for range 30 {
			f.Limit = 4
			rows, err := s.Needs(ctx, f)
			check(t, err)
			for _, n := range rows {
				got = append(got, n.ID)
				f.Before, f.After = n.ID, n.Wait.Due
			}
			if len(rows) < 4 {
				break
			}
		}
		return got
	}
	backwards := slices.Clone(all)
	slices.Reverse(backwards)
	if got := walk(exchange.NeedFilter{Under: []string{Province}}); !slices.Equal(got, backwards) {
		t.Errorf("pages: %v", got)
	}
	if got := walk(exchange.NeedFilter{Under: []string{CityA, CityB}, WaitingAt: Start.Add(time.Hour)}); len(got) != 25 {
		t.Errorf("the waiting, with ties: %d of 25", len(got))
	}
	for _, f := range []exchange.NeedFilter{{Under: []string{CityB}}, {Words: "50% 含"}, {Words: "_B"}} {
		n, err := s.CountNeeds(ctx, f)
		check(t, err)
		if got := walk(f); len(got) != 5 || n != 5 {
			t.Errorf("%+v: %d rows, counted %d", f, len(got), n)
		}
	}
	if n, err := s.CountNeeds(ctx, exchange.NeedFilter{Trade: "cnc%"}); err != nil || n != 0 {
		t.Errorf("a pattern is taken literally: %d %v", n, err)
	}
}

func storeOffers(t *testing.T, s exchange.Store) {
	ctx := t.Context()
	o := offer(t, s, "p", 3)
	reach, capacity := 5000.0, 3
	same, err := s.SaveOffer(ctx, "p", "expert-visit", func(o exchange.Offer) (exchange.Offer, []event.Event, error) {
		o.Title, o.Trades, o.Reach = "高级技师", []string{"weaving"}, 5000
		o.OwnReach, o.OwnCapacity = &reach, &capacity
		return o, []event.Event{event.New("exchange.offer.changed", Start, nil)}, nil
	})
	check(t, err)
	kept, err := s.OffersOf(ctx, "p")
	check(t, err)
	if same.ID != o.ID || len(kept) != 1 || kept[0].Title != "高级技师" || kept[0].Reach != 5000 || kept[0].Version != 2 {
		t.Fatalf("a person has one offer of a kind: %+v", kept)
	}
	if kept[0].OwnReach == nil || *kept[0].OwnReach != reach || kept[0].OwnCapacity == nil || *kept[0].OwnCapacity != capacity {
		t.Fatalf("what its owner said of it comes back: %+v", kept[0])
	}
}

func storeTools(t *testing.T, s exchange.Store) {
	ctx := t.Context()
	n := add(t, s, NeedAt(CountyA, Start))
	after := 0.02
	entry := exchange.Tool{ID: id.New(), KindID: "expert-visit", OwnerID: "p", NeedID: n.ID, UnionPath: CountyA, Title: "软爪", Trades: []string{"cnc-turning"},
		Problem: "椭圆", Method: "镗软爪", Measure: &exchange.Measure{Name: "圆度", Before: 0.1, Target: 0.03, Unit: "mm"}, After: &after, Published: Start, Updated: Start, Version: 1}
	stop := errors.New("stop")
	err := s.AddTool(ctx, entry, func(c exchange.Case) (exchange.Case, []event.Event, error) { return c, nil, stop })
	if !errors.Is(err, stop) {
		t.Fatal(err)
	}
	code(t, second(s.Tool(ctx, entry.ID)), fault.NotFound)
	check(t, s.AddTool(ctx, entry, func(c exchange.Case) (exchange.Case, []event.Event, error) { return c, nil, nil }))
	for range 3 {
		check(t, s.Helped(ctx, entry.ID, "reader"))
	}
	code(t, s.Helped(ctx, id.New(), "reader"), fault.NotFound)
	kept, err := s.Tool(ctx, entry.ID)
	check(t, err)
	if kept.Helped != 1 || *kept.After != after || kept.Measure.Unit != "mm" || kept.Trades[0] != "cnc-turning" {
		t.Fatalf("%+v", kept)
	}
	rows, err := s.Tools(ctx, exchange.ToolFilter{Trade: "cnc-turning", Words: "软", OwnerID: "p", KindID: "expert-visit", Limit: 5})
	check(t, err)
	if len(rows) != 1 {
		t.Fatalf("%+v", rows)
	}
}

func storeWalks(t *testing.T, s exchange.Store) {
	ctx := t.Context()
	var b exchange.Batch
	for i := range 1203 {
		n := NeedAt(CountyA, Start.Add(time.Duration(i)*time.Second))
		n.ID = fmt.Sprintf("need-%05d", i)
		b.Needs = append(b.Needs, n)
		b.Offers = append(b.Offers, exchange.Offer{ID: id.New(), OwnerID: fmt.Sprintf("p%05d", i), KindID: "expert-visit", Status: exchange.OfferOpen})
		b.Tools = append(b.Tools, exchange.Tool{ID: id.New(), KindID: "expert-visit", Title: "t"})
	}
	check(t, s.Load(ctx, b))
	needs, offers, tools := map[string]bool{}, map[string]bool{}, map[string]bool{}
	check(t, s.EachNeed(ctx, []exchange.NeedState{exchange.NeedOpen}, func(n exchange.Need) error { needs[n.ID] = true; return nil }))
	check(t, s.EachOffer(ctx, func(o exchange.Offer) error { offers[o.ID] = true; return nil }))
	check(t, s.EachTool(ctx, func(e exchange.Tool) error { tools[e.ID] = true; return nil }))
	if len(needs) != 1203 || len(offers) != 1203 || len(tools) != 1203 {
		t.Fatalf("%d needs, %d offers, %d tools", len(needs), len(offers), len(tools))
	}
}

func storeBusy(t *testing.T, s exchange.Store) {
	ctx := t.Context()
	n := add(t, s, NeedAt(CountyA, Start))
	day := Start.Add(24 * time.Hour)
	visits := []exchange.Visit{
		{ID: "agreed", From: day, To: day.Add(time.Hour), Agreed: Start},
		{ID: "open", From: day, To: day.Add(2 * time.Hour)},
		{ID: "off", From: day, To: day.Add(3 * time.Hour), Agreed: Start, Canceled: Start},
		{ID: "past", From: Start.Add(-2 * time.Hour), To: Start.Add(-time.Hour), Agreed: Start},
	}
	_, err := s.UpdateCase(ctx, n.ID, func(c exchange.Case) (exchange.Case, []event.Event, error) {
		c.Engagements = append(c.Engagements, exchange.Engagement{ID: id.New(), NeedID: n.ID, OwnerID: "p", State: exchange.Accepted, Visits: visits})
		return c, nil, nil
	})
	check(t, err)
	busy, err := s.Busy(ctx, []string{"p", "q"}, Start)
	check(t, err)
	if len(busy["p"]) != 1 || !busy["p"][0].To.Equal(day.Add(time.Hour)) || len(busy["q"]) != 0 {
		t.Fatalf("%+v", busy)
	}
	other := add(t, s, NeedAt(CountyA, Start))
	stop := errors.New("stop")
	_, err = s.Book(ctx, other.ID, "p", func(c exchange.Case, busy []match.Window) (exchange.Case, []event.Event, error) {
		if c.Need.ID != other.ID || !slices.ContainsFunc(busy, func(w match.Window) bool { return w.To.Equal(day.Add(time.Hour)) }) {
			t.Errorf("a booking sees the dates of other cases: %+v", busy)
		}
		return c, nil, stop
	})
	if !errors.Is(err, stop) {
		t.Fatal(err)
	}
}

// storeFigures compares the figures, and the rows beneath each, with a plain loop.
func storeFigures(t *testing.T, s exchange.Store) {
	ctx := t.Context()
	now := Start.Add(1000 * time.Hour)
	paths := []string{Province, CityA, CountyA, CityB, "/0/35/09/"}
	var all []exchange.Need
	rapid.Check(t, func(r *rapid.T) {
		var b exchange.Batch
		for range rapid.IntRange(1, 8).Draw(r, "more") {
			b.Needs = append(b.Needs, drawNeed(r))
		}
		all = append(all, b.Needs...)
		if err := s.Load(ctx, b); err != nil {
			r.Fatal(err)
		}
		from := Start.Add(time.Duration(rapid.IntRange(0, 200).Draw(r, "from")) * time.Hour)
		to := from.Add(time.Duration(rapid.IntRange(1, 300).Draw(r, "length")) * time.Hour)
		var sections []exchange.Section
		for _, p := range paths {
			sections = append(sections, exchange.Section{Path: p, From: from, To: to})
		}
		sections = append(sections, exchange.Section{Path: CityA, Alone: true, From: from, To: to})
		got, err := s.Figures(ctx, sections, "", now)
		if err != nil {
			r.Fatal(err)
		}
		if want := naive(all, sections[len(paths)], now); got[len(paths)] != want {
			r.Fatalf("%s alone:\n got %+v\nwant %+v", CityA, got[len(paths)], want)
		}
		for i, p := range paths {
			if want := naive(all, sections[i], now); got[i] != want {
				r.Fatalf("%s:\n got %+v\nwant %+v", p, got[i], want)
			}
			for _, which := range exchange.AllFigures {
				f := exchange.NeedFilter{Under: []string{p}, From: from, To: to, Figure: which}
				if which == exchange.CountWaiting {
					f.WaitingAt = now
				}
				if n, err := s.CountNeeds(ctx, f); err != nil || n != got[i].Count(which) {
					r.Fatalf("%s of %s: figure %d, rows %d, %v", which, p, got[i].Count(which), n, err)
				}
			}
		}
	})
}

func drawNeed(r *rapid.T) exchange.Need {
	posted := Start.Add(time.Duration(rapid.IntRange(0, 400).Draw(r, "posted")) * time.Hour)
	n := NeedAt(rapid.SampledFrom([]string{CityA, CountyA, CountyB, "/0/35/011/"}).Draw(r, "path"), posted)
	if rapid.Bool().Draw(r, "answered") {
		n.FirstAnswer = posted.Add(time.Duration(rapid.IntRange(0, 5).Draw(r, "took")) * time.Hour)
	}
	n.Visits = rapid.IntRange(0, 2).Draw(r, "visits")
	if rapid.Bool().Draw(r, "closed") {
		n.State, n.Closed = exchange.NeedClosed, posted.Add(500*time.Hour)
		n.Result = rapid.SampledFrom([]exchange.Result{exchange.Solved, exchange.Partly, exchange.Unsolved}).Draw(r, "result")
		n.RatingCount = rapid.IntRange(0, 1).Draw(r, "rated")
		n.RatingSum = n.RatingCount * rapid.IntRange(1, 5).Draw(r, "stars")
	} else if rapid.Bool().Draw(r, "waits") {
		n.Wait = exchange.Wait{For: exchange.WaitAnswer, Since: posted, Due: posted.Add(time.Duration(rapid.IntRange(1, 2000).Draw(r, "due")) * time.Hour)}
	}
	return n
}

func naive(all []exchange.Need, x exchange.Section, now time.Time) exchange.Figures {
	f := exchange.Figures{Path: x.Path}
	var took []time.Duration
	count := func(n *int, ok bool) {
		if ok {
			*n++
		}
	}
	for _, n := range all {
		if !strings.HasPrefix(n.UnionPath, x.Path) || x.Alone && n.UnionPath != x.Path || n.Posted.Before(x.From) || !n.Posted.Before(x.To) {
			continue
		}
		f.Needs++
		f.Visits += n.Visits
		f.RatingSum += n.RatingSum
		f.RatingCount += n.RatingCount
		count(&f.Answered, !n.FirstAnswer.IsZero())
		count(&f.Visited, n.Visits > 0)
		count(&f.Closed, n.State == exchange.NeedClosed)
		count(&f.Solved, n.State == exchange.NeedClosed && n.Result == exchange.Solved)
		count(&f.Rated, n.RatingCount > 0)
		count(&f.Waiting, !n.Wait.Due.IsZero() && !n.Wait.Due.After(now))
		if !n.FirstAnswer.IsZero() {
			took = append(took, n.FirstAnswer.Sub(n.Posted))
		}
	}
	slices.Sort(took)
	if k := len(took); k > 0 {
		f.MedianAnswer = (took[(k-1)/2] + took[k/2]) / 2
	}
	return f
}
