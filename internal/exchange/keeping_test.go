package exchange_test

import (
	"context"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/exchange/exchangetest"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

// A button pressed twice sends both at the same moment.
func TestAMessageSentTwiceAtOnceIsOne(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := worldOn(t, db)
		n := w.Post(t, exchangetest.Turning())
		e := accept(t, w, w.Near, n.ID)
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() {
				if m, err := w.Service.Say(t.Context(), w.Near, n.ID, e.ID, "软爪用过没有？", nil, ""); err != nil || m.Body == "" {
					t.Error(m, err)
				}
			})
		}
		wg.Wait()
		if m := must[[]exchange.Message](t)(w.Service.Thread(t.Context(), w.Near, n.ID, e.ID)); len(m) != 1 {
			t.Fatalf("%d messages", len(m))
		}
	})
}

// Whoever got no answer sends the same once more, later than anybody presses twice. The same words of another act are said.
func TestAMessageSentAgainUnderItsKeyIsOne(t *testing.T) {
	w := world(t)
	n := w.Post(t, exchangetest.Turning())
	e := accept(t, w, w.Near, n.ID)
	for _, once := range []string{"k1", "k1", "k2", ""} {
		w.Clock.Move(time.Hour)
		must[exchange.Message](t)(w.Service.Say(t.Context(), w.Near, n.ID, e.ID, "收到", nil, once))
	}
	if m := must[[]exchange.Message](t)(w.Service.Thread(t.Context(), w.Near, n.ID, e.ID)); len(m) != 3 {
		t.Fatalf("%d messages", len(m))
	}
}

// The same words with a file that was forgotten before are another message.
func TestTheForgottenFileArrives(t *testing.T) {
	w := world(t)
	n := w.Post(t, exchangetest.Turning())
	e := accept(t, w, w.Near, n.ID)
	must[exchange.Message](t)(w.Service.Say(t.Context(), w.Near, n.ID, e.ID, "见图", nil, ""))
	m := must[exchange.Message](t)(w.Service.Say(t.Context(), w.Near, n.ID, e.ID, "见图", []exchange.File{{ID: "f", Name: "a.jpg", Hash: "h"}}, ""))
	if len(m.Files) != 1 {
		t.Fatal("the file is lost")
	}
}

// A key that was used for something else is said to be; the same act again is the same need, edited since or not.
func TestAKeyIsForOneActOfPosting(t *testing.T) {
	w := world(t)
	ctx, s := t.Context(), w.Service
	d := exchange.Draft{KindID: exchange.ExpertVisit, EnterpriseID: "firm-a", Values: exchangetest.Turning(), Once: "k1"}
	first := must[exchange.Need](t)(s.Post(ctx, w.Firm, d))
	other := d
	other.Values = exchangetest.Turning()
	other.Values["title"] = exchange.Value{Text: "铝套也椭圆"}
	want(t, second(s.Post(ctx, w.Firm, other)), fault.Conflict)
	must[exchange.Need](t)(s.Edit(ctx, w.Firm, first.ID, other.Values, nil, first.Version))
	if again := must[exchange.Need](t)(s.Post(ctx, w.Firm, d)); again.ID != first.ID {
		t.Error("the same act made another need")
	}
}

// What an officer changes of a kind counts for what was there before: the conditions, and the offers that follow from
// masters' entries.
func TestAChangedKindMatchesByWhatItNowSays(t *testing.T) {
	w := world(t)
	ctx, s := t.Context(), w.Service
	n := w.Post(t, exchangetest.Turning())
	change(t, w, func(k *exchange.Kind) {
		k.Conditions = k.Conditions[:1] // how far somebody travels no longer counts
	})
	h := exchange.Happened{What: exchange.KindChanged, KindID: exchange.ExpertVisit}
	if err := s.Apply(ctx, event.New(exchange.SubjectPrefix+h.What, w.Clock.Now(), h)); err != nil {
		t.Fatal(err)
	}
	if m := must[exchange.Matches](t)(s.Matches(ctx, w.Firm, n.ID, 10)); len(m.Offers) != 2 {
		t.Fatalf("%d fit; the far master does too now", len(m.Offers))
	}
}

// An offer that the index would refuse is refused before it is kept, or the hall would not start again.
func TestAnOfferFromNowhereIsRefused(t *testing.T) {
	w := world(t)
	o := w.OfferOf(t, w.Near)
	for _, spot := range []exchange.Spot{{Lat: 200, Lng: 1}, {Lat: math.NaN(), Lng: 1}} {
		terms := exchange.OfferTerms{Values: o.Values, Spot: &spot}
		want(t, second(w.Service.SaveOffer(t.Context(), w.Near, exchange.ExpertVisit, terms)), fault.Invalid)
	}
}

// One follow-up that cannot be asked does not hold up the others.
func TestFollowUpsAreAskedPastOneThatFails(t *testing.T) {
	w := world(t)
	k := must[exchange.Kind](t)(w.Service.Kind(actor.Hall, exchange.ExpertVisit))
	bad := exchangetest.NeedAt(exchangetest.CountyA, w.Clock.Now())
	bad.KindID, bad.State, bad.AskAt = "gone", exchange.NeedClosed, w.Clock.Now()
	if _, _, err := w.Store.AddNeed(t.Context(), bad, ""); err != nil {
		t.Fatal(err)
	}
	n := w.Post(t, exchangetest.Turning())
	finish(t, w, w.Near, accept(t, w, w.Near, n.ID), exchange.Solved)
	w.Clock.Move(time.Duration(k.Steps.FollowUps[0]+1) * 24 * time.Hour)
	if asked, err := w.Service.AskDue(t.Context()); asked != 1 || err == nil {
		t.Fatalf("asked %d, %v", asked, err)
	}
}

type told struct{ notes []exchange.Note }

func (t *told) Tell(_ context.Context, _ string, notes []exchange.Note) error {
	t.notes = append(t.notes, notes...)
	return nil
}

// A firm whose need an officer withdraws hears of it, and finds why.
func TestAFirmHearsThatItsNeedWasWithdrawn(t *testing.T) {
	w := world(t)
	n := w.Post(t, exchangetest.Turning())
	if err := w.Service.Withdraw(t.Context(), w.ClerkA, n.ID, "重复提交"); err != nil {
		t.Fatal(err)
	}
	h := exchange.Happened{What: exchange.NeedWithdrew, NeedID: n.ID, EnterpriseID: "firm-a", PosterID: n.PosterID, By: w.ClerkA.ID, Side: exchange.HallSide}
	var heard told
	if err := w.Service.Tell(t.Context(), event.New(exchange.SubjectPrefix+h.What, w.Clock.Now(), h), &heard); err != nil {
		t.Fatal(err)
	}
	if len(heard.notes) != 1 || heard.notes[0].PersonID != w.Firm.ID || heard.notes[0].Link != "/needs/"+n.ID {
		t.Fatalf("%+v", heard.notes)
	}
	c, _, err := w.Service.Case(t.Context(), w.Firm, n.ID)
	if err != nil || c.Need.Reason != "重复提交" {
		t.Fatalf("%q, %v", c.Need.Reason, err)
	}
}
