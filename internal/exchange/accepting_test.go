package exchange_test

import (
	"sync"
	"testing"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/exchange/exchangetest"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

// Asking whether an offer fits must not make it findable: neither a paused one, nor one of another kind.
func TestARefusedAcceptanceLeavesTheIndexAlone(t *testing.T) {
	w := world(t)
	ctx, s := t.Context(), w.Service
	n := w.Post(t, exchangetest.Turning())
	found := func(needID string) int {
		t.Helper()
		m := must[exchange.Matches](t)(s.Matches(ctx, w.Firm, needID, 10))
		return len(m.Offers)
	}
	offer := w.OfferOf(t, w.Near)
	terms := exchange.OfferTerms{Values: offer.Values, Paused: true}
	must[exchange.Offer](t)(s.SaveOffer(ctx, w.Near, exchange.ExpertVisit, terms))
	if found(n.ID) != 0 {
		t.Fatal("a paused offer is found")
	}
	want(t, second(s.Accept(ctx, w.Near, n.ID, offer.ID)), fault.Conflict)
	if found(n.ID) != 0 {
		t.Error("a paused offer is found after its owner pressed accept")
	}
	terms.Paused = false
	must[exchange.Offer](t)(s.SaveOffer(ctx, w.Near, exchange.ExpertVisit, terms))

	k := must[exchange.Kind](t)(s.Kind(actor.Hall, exchange.ExpertVisit))
	k.ID, k.Version, k.Offer.Fields[0].From = "night-help", 0, ""
	must[exchange.Kind](t)(s.SaveKind(ctx, actor.Hall, k))
	night := must[exchange.Need](t)(s.Post(ctx, w.Firm, exchange.Draft{KindID: "night-help", EnterpriseID: "firm-a", Values: exchangetest.Turning()}))
	want(t, second(s.Accept(ctx, w.Near, night.ID, offer.ID)), fault.NotFound)
	if found(night.ID) != 0 {
		t.Error("an offer of one kind is found for a need of another")
	}
	if found(n.ID) != 1 {
		t.Error("the offer is lost to its own kind")
	}
}

// An invitation is no way around a hard condition that has changed since.
func TestAnInvitationStillHasToFit(t *testing.T) {
	w := world(t)
	ctx, s := t.Context(), w.Service
	n := w.Post(t, exchangetest.Turning())
	offer := w.OfferOf(t, w.Near)
	must[exchange.Engagement](t)(s.Invite(ctx, w.Firm, n.ID, offer.ID))
	c, _, err := s.Case(ctx, w.Firm, n.ID)
	if err != nil {
		t.Fatal(err)
	}
	v := exchangetest.Turning()
	v["trade"] = exchange.Value{Text: "weaving"}
	must[exchange.Need](t)(s.Edit(ctx, w.Firm, n.ID, v, nil, c.Need.Version))
	want(t, second(s.Accept(ctx, w.Near, n.ID, offer.ID)), fault.Conflict)
}

// Who speaks for a firm solves its needs without the hall: there would be nobody on the other side.
func TestNobodyAcceptsTheNeedOfTheirOwnFirm(t *testing.T) {
	w := world(t)
	ctx, s := t.Context(), w.Service
	w.Hall.Speakers["firm-a"] = append(w.Hall.Speakers["firm-a"], w.Near.ID)
	near := w.Near
	near.Enterprises = []string{"firm-a"}
	n := w.Post(t, exchangetest.Turning())
	offer := w.OfferOf(t, w.Near)
	want(t, second(s.Accept(ctx, near, n.ID, offer.ID)), fault.Conflict)
	want(t, second(s.Invite(ctx, w.Firm, n.ID, offer.ID)), fault.Conflict)
	if feed := must[[]exchange.Match](t)(s.Feed(ctx, near, 10)); len(feed) != 0 {
		t.Error("it is offered to them all the same")
	}
}

// A button pressed twice, at the same moment, accepts once and says so twice.
func TestAcceptingTwiceAtOnceIsAcceptingOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := worldOn(t, db)
		n := w.Post(t, exchangetest.Turning())
		offer := w.OfferOf(t, w.Near)
		var wg sync.WaitGroup
		var ids sync.Map
		for range 6 {
			wg.Go(func() {
				e, err := w.Service.Accept(t.Context(), w.Near, n.ID, offer.ID)
				if err != nil {
					t.Error(err)
				}
				ids.Store(e.ID, true)
			})
		}
		wg.Wait()
		count := 0
		ids.Range(func(any, any) bool { count++; return true })
		if o := w.OfferOf(t, w.Near); count != 1 || o.Load != 1 {
			t.Errorf("%d engagements, load %d", count, o.Load)
		}
	})
}

// A kind that does not set capacity as a condition does not refuse for it.
func TestWithoutTheConditionCapacityRefusesNobody(t *testing.T) {
	w := world(t)
	change(t, w, func(k *exchange.Kind) {
		k.Conditions = k.Conditions[:1] // the trade
	})
	for range 4 { // the offer says two
		accept(t, w, w.Near, w.Post(t, exchangetest.Turning()).ID)
	}
}

// Who posted for a firm and no longer speaks for it has no part in its needs any more; an officer who did keeps the case.
func TestWhoLeftTheFirmLeavesItsNeeds(t *testing.T) {
	w := world(t)
	ctx, s := t.Context(), w.Service
	n := w.Post(t, exchangetest.Turning())
	gone := w.Firm
	gone.Enterprises = nil
	_, _, err := s.Case(ctx, gone, n.ID)
	want(t, err, fault.NotFound)
	want(t, s.Withdraw(ctx, gone, n.ID, "x"), fault.NotFound)
	for _, f := range []exchange.NeedFilter{{}, {PosterID: gone.ID}} {
		if rows := must[[]exchange.Need](t)(s.List(ctx, gone, f)); len(rows) != 0 {
			t.Errorf("%+v still lists it", f)
		}
	}
	mine := must[exchange.Need](t)(s.Post(ctx, w.ClerkA, exchange.Draft{KindID: exchange.ExpertVisit, EnterpriseID: "firm-a", Values: exchangetest.Turning()}))
	if _, as, err := s.Case(ctx, w.ClerkA, mine.ID); err != nil || as != exchange.NeedSide {
		t.Errorf("an officer who posted for a firm: %q, %v", as, err)
	}
}
