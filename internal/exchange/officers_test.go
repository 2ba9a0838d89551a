package exchange_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/exchange/exchangetest"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

func TestAWalkGivesWhatListPagesThrough(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := worldOn(t, db)
		var b exchange.Batch
		for i := range 2100 { // more than two steps
			at := w.Clock.Now().Add(-time.Duration(i) * time.Minute)
			b.Needs = append(b.Needs, exchange.Need{ID: id.At(at, [10]byte{byte(i >> 8), byte(i)}), KindID: "expert-visit", UnionID: "u",
				UnionPath: []string{exchangetest.CountyA, exchangetest.CountyB}[i%2], State: exchange.NeedOpen, Posted: at, Version: 1, Updated: at,
				Wait: exchange.Wait{For: exchange.WaitAnswer, Since: at, Due: w.Clock.Now().Add(-time.Duration(i%7) * time.Hour)}})
		}
		if err := w.Store.Load(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		walk := func(f exchange.NeedFilter, most int) (ids []string) {
			t.Helper()
			err := w.Service.Walk(t.Context(), w.Lead, f, most, func(n exchange.Need) error {
				ids = append(ids, n.ID)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return ids
		}
		for _, figure := range []exchange.Figure{"", exchange.CountWaiting} {
			f := exchange.NeedFilter{Under: []string{exchangetest.Province}, Figure: figure}
			all := walk(f, 1_000_000)
			if len(all) != 2100 || len(slices.Compact(slices.Sorted(slices.Values(all)))) != 2100 {
				t.Fatalf("%q: %d needs", figure, len(all))
			}
			f.Limit = 150
			first := must[[]exchange.Need](t)(w.Service.List(t.Context(), w.Lead, f))
			for i, n := range first {
				if all[i] != n.ID {
					t.Fatalf("%q: the order differs at %d", figure, i)
				}
			}
			if some := walk(f, 1500); !slices.Equal(some, all[:1500]) {
				t.Fatalf("%q: no more than asked for: %d", figure, len(some))
			}
		}
		stop := errors.New("enough")
		if err := w.Service.Walk(t.Context(), w.Lead, exchange.NeedFilter{}, 10, func(exchange.Need) error { return stop }); !errors.Is(err, stop) {
			t.Error(err)
		}
		want(t, w.Service.Walk(t.Context(), w.ClerkB, exchange.NeedFilter{Under: []string{exchangetest.CityA}}, 10, nil), fault.Denied)
		alone := must[int](t)(w.Service.Count(t.Context(), w.Lead, exchange.NeedFilter{Under: []string{exchangetest.CityA}, Alone: true}))
		if alone != 0 {
			t.Errorf("the city itself has none: %d", alone)
		}
		if n := len(walk(exchange.NeedFilter{Under: []string{exchangetest.CountyA}, Alone: true}, 5000)); n != 1050 {
			t.Errorf("the county itself has %d", n)
		}
	})
}

func TestVisitsOfADay(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := worldOn(t, db)
		ctx, s := t.Context(), w.Service
		k := must[exchange.Kind](t)(s.Kind(w.Lead, "expert-visit"))
		k.ID, k.Version, k.UnionID, k.UnionPath, k.Steps.Masters = "two-at-once", 0, "a", exchangetest.CityA, 2
		must[exchange.Kind](t)(s.SaveKind(ctx, actor.Hall, k))
		for _, m := range []string{"master-near", "master-two"} {
			w.Hall.AddProvider(exchangetest.Master(m, m, exchangetest.CityA, []string{"cnc-turning"}, 24.5, 118.1, 60_000, "车削"))
			if err := s.SyncMaster(ctx, m); err != nil {
				t.Fatal(err)
			}
		}
		today := w.Clock.Now()
		need := must[exchange.Need](t)(s.Post(ctx, w.Firm, exchange.Draft{KindID: "two-at-once", EnterpriseID: "firm-a", Values: exchangetest.Turning()}))
		for _, who := range []string{"master-near", "master-two"} {
			a := actor.Actor{Kind: actor.Person, ID: who, Master: true}
			offers := must[[]exchange.Offer](t)(w.Store.OffersOf(ctx, who))
			i := slices.IndexFunc(offers, func(o exchange.Offer) bool { return o.KindID == "two-at-once" })
			e := must[exchange.Engagement](t)(s.Accept(ctx, a, need.ID, offers[i].ID))
			if who == "master-two" {
				continue // nobody writes to them, which the case waits for before it waits for the other's visit
			}
			from := today.AddDate(0, 0, 5)
			v := must[exchange.Visit](t)(s.ProposeVisit(ctx, a, need.ID, e.ID, exchange.VisitPlan{From: from, To: from.Add(3 * time.Hour)}))
			if err := s.AgreeVisit(ctx, w.Firm, need.ID, e.ID, v.ID); err != nil {
				t.Fatal(err)
			}
		}
		c := must[exchange.Case](t)(w.Store.Case(ctx, need.ID))
		if c.Need.Wait.For != exchange.WaitAdvice {
			t.Fatalf("the case waits for %s first", c.Need.Wait.For)
		}
		day := func(a actor.Actor, under []string, n int) int {
			t.Helper()
			from := today.Truncate(24*time.Hour).AddDate(0, 0, n)
			return len(must[[]exchange.Case](t)(s.Visits(ctx, a, under, from, from.AddDate(0, 0, 1))))
		}
		if day(w.ClerkA, nil, 5) != 1 || day(w.Lead, []string{exchangetest.CountyA}, 5) != 1 {
			t.Error("the visit is not on its day")
		}
		if day(w.ClerkA, nil, 4) != 0 || day(w.ClerkA, nil, 6) != 0 || day(w.ClerkB, nil, 5) != 0 {
			t.Error("it is on no other day, and not at the sister city")
		}
		want(t, second(s.Visits(ctx, w.ClerkB, []string{exchangetest.CityA}, today, today)), fault.Denied)
		want(t, second(s.Visits(ctx, w.Firm, nil, today, today)), fault.Denied)

		use := must[map[string]exchange.KindUse](t)(s.KindUse(ctx, w.ClerkA))
		if got := use["two-at-once"]; got.Needs != 1 || got.Running != 1 || got.Offers != 2 {
			t.Errorf("use: %+v", got)
		}
		if use := must[map[string]exchange.KindUse](t)(s.KindUse(ctx, w.ClerkB)); use["two-at-once"].Needs != 0 {
			t.Errorf("the sister city's use: %+v", use)
		}
		want(t, second(s.KindUse(ctx, w.Near)), fault.Denied)
		want(t, second(s.FiguresOf(ctx, w.ClerkB, []exchange.Section{{Path: exchangetest.CityB}, {Path: exchangetest.CityA}}, "")), fault.Denied)
	})
}

func TestAKindMovesForwardOnly(t *testing.T) {
	w := world(t)
	k := must[exchange.Kind](t)(w.Service.Kind(w.Lead, "expert-visit"))
	k.ID, k.Version, k.Status, k.UnionID, k.UnionPath = "life", 0, exchange.KindDraft, "p", exchangetest.Province
	k = must[exchange.Kind](t)(w.Service.SaveKind(t.Context(), w.Lead, k))
	for _, step := range []struct {
		to exchange.KindStatus
		ok bool
	}{{exchange.KindRetired, false}, {exchange.KindOpen, true}, {exchange.KindDraft, false}, {exchange.KindRetired, true},
		{exchange.KindDraft, false}, {exchange.KindOpen, true}} {
		next := k
		next.Status = step.to
		saved, err := w.Service.SaveKind(t.Context(), w.Lead, next)
		if step.ok != (err == nil) || !step.ok && !fault.Is(err, fault.Invalid) {
			t.Fatalf("%s → %s: %v", k.Status, step.to, err)
		}
		if err == nil {
			k = saved
		}
	}
}
