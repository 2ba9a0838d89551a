package exchange_test

import (
	"sync"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/exchange/exchangetest"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

// change makes the built-in kind what edit says, as the hall itself.
func change(t *testing.T, w *exchangetest.World, edit func(*exchange.Kind)) {
	t.Helper()
	k := must[exchange.Kind](t)(w.Service.Kind(actor.Hall, exchange.ExpertVisit))
	edit(&k)
	must[exchange.Kind](t)(w.Service.SaveKind(t.Context(), actor.Hall, k))
}

// another adds one more master near the firm.
func another(t *testing.T, w *exchangetest.World, id string) actor.Actor {
	t.Helper()
	a := w.Hall.AddProvider(exchangetest.Master(id, id, exchangetest.CityA, []string{"cnc-turning"}, 24.5, 118.1, 60_000, "车削"))
	if err := w.Service.SyncMaster(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	return a
}

func accept(t *testing.T, w *exchangetest.World, a actor.Actor, needID string) exchange.Engagement {
	t.Helper()
	return must[exchange.Engagement](t)(w.Service.Accept(t.Context(), a, needID, w.OfferOf(t, a).ID))
}

// finish closes an engagement on both sides.
func finish(t *testing.T, w *exchangetest.World, a actor.Actor, e exchange.Engagement, r exchange.Result) exchange.Case {
	t.Helper()
	after := 0.02
	end := exchange.Closing{Result: r, After: &after, Stars: 4}
	must[exchange.Case](t)(w.Service.Close(t.Context(), a, e.NeedID, e.ID, end))
	return must[exchange.Case](t)(w.Service.Close(t.Context(), w.Firm, e.NeedID, e.ID, end))
}

// Of several masters at work the best result counts, in whatever order they end; who was only invited is free again.
func TestTheBestOfSeveralResultsCounts(t *testing.T) {
	w := world(t)
	change(t, w, func(k *exchange.Kind) { k.Steps.Masters = 2 })
	second, third := another(t, w, "second"), another(t, w, "third")
	n := w.Post(t, exchangetest.Turning())
	must[exchange.Engagement](t)(w.Service.Invite(t.Context(), w.Firm, n.ID, w.OfferOf(t, third).ID))
	a, b := accept(t, w, w.Near, n.ID), accept(t, w, second, n.ID)

	c := finish(t, w, w.Near, a, exchange.Solved)
	closed := c.Need.Closed
	if c.Need.State != exchange.NeedClosed || c.Need.Result != exchange.Solved {
		t.Fatalf("%+v", c.Need)
	}
	if e := c.With(w.OfferOf(t, third).ID); e != nil {
		t.Errorf("an invitation outlives its need: %+v", e)
	}
	w.Clock.Move(time.Hour)
	c = finish(t, w, second, b, exchange.Unsolved)
	if c.Need.Result != exchange.Solved || !c.Need.Closed.Equal(closed) {
		t.Errorf("what was solved is no longer: %s at %s, was closed at %s", c.Need.Result, c.Need.Closed, closed)
	}
	if o := w.OfferOf(t, second); o.Load != 0 {
		t.Errorf("load %d", o.Load)
	}
}

// A visit that both agreed to and whose time has come is no cancelled one because nobody pressed a button.
func TestAVisitNobodyConfirmedIsNotCalledOff(t *testing.T) {
	w := world(t)
	n := w.Post(t, exchangetest.Turning())
	e := accept(t, w, w.Near, n.ID)
	from := w.Clock.Now().Add(24 * time.Hour)
	plan := exchange.VisitPlan{From: from, To: from.Add(time.Hour)}
	v := must[exchange.Visit](t)(w.Service.ProposeVisit(t.Context(), w.Near, n.ID, e.ID, plan))
	if err := w.Service.AgreeVisit(t.Context(), w.Firm, n.ID, e.ID, v.ID); err != nil {
		t.Fatal(err)
	}
	w.Clock.Move(48 * time.Hour)
	c := finish(t, w, w.Near, e, exchange.Solved)
	if v := c.Engagements[0].Visits[0]; !v.Canceled.IsZero() || v.Done.IsZero() || c.Need.Visits != 1 {
		t.Fatalf("%+v, %d visits", v, c.Need.Visits)
	}
}

// Once one side has closed, neither can make the closing void by leaving; an officer can end what nobody ends.
func TestLeavingIsNoWayAroundARating(t *testing.T) {
	w := world(t)
	ctx, s := t.Context(), w.Service
	n := w.Post(t, exchangetest.Turning())
	e := accept(t, w, w.Near, n.ID)
	c := must[exchange.Case](t)(s.Close(ctx, w.Firm, n.ID, e.ID, exchange.Closing{Result: exchange.Unsolved, Stars: 1}))
	if c.Need.RatingCount != 0 {
		t.Errorf("a rating counts before both have closed")
	}
	for _, a := range []actor.Actor{w.Near, w.Firm} {
		want(t, s.Leave(ctx, a, n.ID, e.ID, "不想评"), fault.Conflict)
	}
	if err := s.Leave(ctx, w.ClerkA, n.ID, e.ID, "师傅长期不填"); err != nil {
		t.Fatal(err)
	}
}

// A date that the hall proposes needs both sides, and the hall agrees to none in their place.
func TestTheHallDoesNotAgreeForTheSides(t *testing.T) {
	w := world(t)
	ctx, s := t.Context(), w.Service
	n := w.Post(t, exchangetest.Turning())
	e := accept(t, w, w.Near, n.ID)
	from := w.Clock.Now().Add(24 * time.Hour)
	plan := exchange.VisitPlan{From: from, To: from.Add(time.Hour)}
	v := must[exchange.Visit](t)(s.ProposeVisit(ctx, w.Near, n.ID, e.ID, plan))
	want(t, s.AgreeVisit(ctx, w.ClerkA, n.ID, e.ID, v.ID), fault.Denied)

	v = must[exchange.Visit](t)(s.ProposeVisit(ctx, w.ClerkA, n.ID, e.ID, plan))
	agreed := func() bool {
		c, _, err := s.Case(ctx, w.Firm, n.ID)
		if err != nil {
			t.Fatal(err)
		}
		return !c.Engagements[0].Visits[1].Agreed.IsZero()
	}
	if err := s.AgreeVisit(ctx, w.Firm, n.ID, e.ID, v.ID); err != nil || agreed() {
		t.Fatalf("one side alone agreed: %v", err)
	}
	want(t, s.AgreeVisit(ctx, w.Firm, n.ID, e.ID, v.ID), fault.Denied)
	if err := s.AgreeVisit(ctx, w.Near, n.ID, e.ID, v.ID); err != nil || !agreed() {
		t.Fatalf("both sides agreed: %v", err)
	}
}

// Two firms that agree to the same hour of one master at once: one of them has it.
func TestNobodyIsInTwoPlacesAtOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := worldOn(t, db)
		from := w.Clock.Now().Add(24 * time.Hour)
		type deal struct{ need, engagement, visit string }
		var deals []deal
		for i := range 2 {
			n := w.Post(t, exchangetest.Turning())
			e := accept(t, w, w.Near, n.ID)
			at := from.Add(time.Duration(i) * time.Hour)
			v := must[exchange.Visit](t)(w.Service.ProposeVisit(t.Context(), w.Near, n.ID, e.ID, exchange.VisitPlan{From: at, To: at.Add(2 * time.Hour)}))
			deals = append(deals, deal{n.ID, e.ID, v.ID})
		}
		var wg sync.WaitGroup
		errs := make([]error, len(deals))
		for i, d := range deals {
			wg.Go(func() { errs[i] = w.Service.AgreeVisit(t.Context(), w.Firm, d.need, d.engagement, d.visit) })
		}
		wg.Wait()
		lost := 0
		for _, err := range errs {
			if fault.Is(err, fault.Conflict) {
				lost++
			} else if err != nil {
				t.Error(err)
			}
		}
		if lost != 1 {
			t.Fatalf("%d of two were refused: %v", lost, errs)
		}
	})
}
