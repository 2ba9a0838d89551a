package exchange_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/exchange/exchangetest"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/match"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

// enter changes a master's entry in the hall, and lets the exchange hear of it.
func enter(t *testing.T, w *exchangetest.World, id string, change func(*exchange.Provider)) {
	t.Helper()
	p := w.Hall.People[id]
	change(&p)
	w.Hall.People[id] = p
	if err := w.Service.SyncMaster(t.Context(), id); err != nil {
		t.Fatal(err)
	}
}

// say keeps what a master says of an offer of theirs.
func say(t *testing.T, w *exchangetest.World, a actor.Actor, kindID string, reach *float64, capacity *int) exchange.Offer {
	t.Helper()
	return must[exchange.Offer](t)(w.Service.SaveOffer(t.Context(), a, kindID,
		exchange.OfferTerms{Values: offerOf(t, w, a, kindID).Values, Reach: reach, Capacity: capacity}))
}

// What a master says of an offer counts whatever their entry says; the entry fills in what they leave open, and what the
// kind does not ask for.
func TestAnOffersOwnWordOutlivesTheEntry(t *testing.T) {
	w := world(t)
	reach, capacity := 15_000.0, 1
	for name, c := range map[string]struct {
		reach    *float64
		capacity *int
		want     string
	}{
		"both said":     {&reach, &capacity, "15000 1"},
		"reach left":    {nil, &capacity, "90000 1"},
		"capacity left": {&reach, nil, "15000 6"},
		"both left":     {nil, nil, "90000 6"},
	} {
		enter(t, w, w.Near.ID, func(p *exchange.Provider) { p.Reach, p.MaxLoad = 60_000, 2 })
		say(t, w, w.Near, exchange.ExpertVisit, c.reach, c.capacity)
		enter(t, w, w.Near.ID, func(p *exchange.Provider) { p.Reach, p.MaxLoad = 90_000, 6 })
		if o := w.OfferOf(t, w.Near); fmt.Sprint(o.Reach, o.Capacity) != c.want {
			t.Errorf("%s: %v, %d, want %s", name, o.Reach, o.Capacity, c.want)
		}
	}
	change(t, w, func(k *exchange.Kind) { k.Conditions = k.Conditions[:1] }) // asks for neither now
	say(t, w, w.Near, exchange.ExpertVisit, &reach, &capacity)
	if o := w.OfferOf(t, w.Near); o.Reach != 90_000 || o.Capacity != 6 {
		t.Errorf("what the kind does not ask for: %v, %d", o.Reach, o.Capacity)
	}
}

// twoKinds gives every master an offer of a second kind, and Near much room in both.
func twoKinds(t *testing.T, w *exchangetest.World) {
	t.Helper()
	k := must[exchange.Kind](t)(w.Service.Kind(actor.Hall, exchange.ExpertVisit))
	k.ID, k.Version = "night-help", 0
	must[exchange.Kind](t)(w.Service.SaveKind(t.Context(), actor.Hall, k))
	enter(t, w, w.Near.ID, func(*exchange.Provider) {})
	many := 5
	for _, kind := range []string{exchange.ExpertVisit, "night-help"} {
		say(t, w, w.Near, kind, nil, &many)
	}
}

func postOf(t *testing.T, w *exchangetest.World, kindID string) exchange.Need {
	t.Helper()
	return must[exchange.Need](t)(w.Service.Post(t.Context(), w.Firm, exchange.Draft{KindID: kindID, EnterpriseID: "firm-a", Values: exchangetest.Turning()}))
}

func offerOf(t *testing.T, w *exchangetest.World, a actor.Actor, kindID string) exchange.Offer {
	t.Helper()
	for _, o := range must[[]exchange.Offer](t)(w.Store.OffersOf(t.Context(), a.ID)) {
		if o.KindID == kindID {
			return o
		}
	}
	t.Fatalf("%s has no offer of %s", a.ID, kindID)
	return exchange.Offer{}
}

// However much each offer could carry, together they carry what the master's entry says, and the index knows it on every node.
func TestAMasterCarriesWhatTheEntrySaysOverAllOffers(t *testing.T) {
	w := world(t)
	twoKinds(t, w)
	ctx, s := t.Context(), w.Service
	other := exchange.New(w.Store, w.Hall, match.NewPlain(), w.Clock, nil)
	if err := other.Load(ctx); err != nil {
		t.Fatal(err)
	}
	third := postOf(t, w, "night-help")
	found := func(want int) {
		t.Helper()
		for name, s := range map[string]*exchange.Service{"here": s, "on another node": other} {
			if m := must[exchange.Matches](t)(s.Matches(ctx, w.Firm, third.ID, 10)); len(m.Offers) != want {
				t.Fatalf("%s %d fit, want %d", name, len(m.Offers), want)
			}
		}
	}
	hear := func(what string, e exchange.Engagement) {
		t.Helper()
		h := exchange.Happened{What: what, NeedID: e.NeedID, EngagementID: e.ID, OfferID: e.OfferID}
		if err := other.Apply(ctx, event.New(exchange.SubjectPrefix+what, w.Clock.Now(), h)); err != nil {
			t.Fatal(err)
		}
	}
	found(1)
	var last exchange.Engagement
	for range 2 { // the entry says two
		n := postOf(t, w, exchange.ExpertVisit)
		last = must[exchange.Engagement](t)(s.Accept(ctx, w.Near, n.ID, offerOf(t, w, w.Near, exchange.ExpertVisit).ID))
		hear(exchange.EngagementAccepted, last)
	}
	found(0)
	want(t, second(s.Accept(ctx, w.Near, third.ID, offerOf(t, w, w.Near, "night-help").ID)), fault.Conflict)
	if err := s.Leave(ctx, w.Near, last.NeedID, last.ID, "另有安排"); err != nil {
		t.Fatal(err)
	}
	hear(exchange.EngagementLeft, last)
	found(1)
	must[exchange.Engagement](t)(s.Accept(ctx, w.Near, third.ID, offerOf(t, w, w.Near, "night-help").ID))
}

// Accepting on several offers at once goes no way around it, on either engine.
func TestAcceptingOnSeveralOffersAtOnceKeepsTheLimit(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := worldOn(t, db)
		twoKinds(t, w)
		type pair struct{ need, offer string }
		var pairs []pair
		for i := range 6 {
			kind := []string{exchange.ExpertVisit, "night-help"}[i%2]
			pairs = append(pairs, pair{postOf(t, w, kind).ID, offerOf(t, w, w.Near, kind).ID})
		}
		var wg sync.WaitGroup
		errs := make([]error, len(pairs))
		for i, p := range pairs {
			wg.Go(func() { _, errs[i] = w.Service.Accept(t.Context(), w.Near, p.need, p.offer) })
		}
		wg.Wait()
		taken := 0
		for _, err := range errs {
			switch {
			case err == nil:
				taken++
			case !fault.Is(err, fault.Conflict):
				t.Error(err)
			}
		}
		if taken != 2 {
			t.Errorf("took %d, the entry says 2: %v", taken, errs)
		}
	})
}
