package exchange_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/exchange/exchangetest"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

// harsh is how a side closes that is not content; what is not for the other's eyes yet has a word of its own.
func harsh() exchange.Closing {
	after := 0.11
	return exchange.Closing{Result: exchange.Partly, After: &after, Stars: 1, Note: "note-of-the-first", Comment: "comment-of-the-first"}
}

// judged reports whether anything of how the other was judged is in what was given, whatever its form.
func judged(t *testing.T, given any) bool {
	t.Helper()
	b, err := json.Marshal(given)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(b), "-of-the-first") || strings.Contains(string(b), `"Stars":1`)
}

// Whoever has yet to close sees that the other has, and what came of it, but not how they were judged: by nothing that
// the service gives.
func TestRatingIsBlindUntilBothHaveClosed(t *testing.T) {
	for name, needFirst := range map[string]bool{"the firm first": true, "the master first": false} {
		t.Run(name, func(t *testing.T) {
			w := world(t)
			ctx, s := t.Context(), w.Service
			n := w.Post(t, exchangetest.Turning())
			e := accept(t, w, w.Near, n.ID)
			first, late := w.Firm, w.Near
			if !needFirst {
				first, late = w.Near, w.Firm
			}
			must[exchange.Case](t)(s.Close(ctx, first, n.ID, e.ID, harsh()))

			for surface, given := range seenBy(t, w, late, n.ID, e.OfferID) {
				if judged(t, given) {
					t.Errorf("%s tells: %+v", surface, given)
				}
			}
			c, _, err := s.Case(ctx, late, n.ID)
			if err != nil {
				t.Fatal(err)
			}
			end := c.Engagements[0].NeedEnd
			if !needFirst {
				end = c.Engagements[0].OfferEnd
			}
			if end == nil || end.Result != exchange.Partly || end.After == nil || *end.After != 0.11 {
				t.Errorf("what came of it is to be seen: %+v", end)
			}
			for _, a := range []actor.Actor{first, w.ClerkA, w.Auditor, w.Lead} {
				if c, _, err := s.Case(ctx, a, n.ID); err != nil || !judged(t, c) {
					t.Errorf("%s does not see the closing: %v", a.ID, err)
				}
			}
			after := must[exchange.Case](t)(s.Close(ctx, late, n.ID, e.ID, exchange.Closing{Result: exchange.Solved, After: end.After, Stars: 5}))
			if !judged(t, after) {
				t.Error("both have closed, and it is still hidden")
			}
		})
	}
}

// seenBy is all that the service gives to somebody about a case of theirs.
func seenBy(t *testing.T, w *exchangetest.World, a actor.Actor, needID, offerID string) map[string]any {
	t.Helper()
	ctx, s := t.Context(), w.Service
	c, _, err := s.Case(ctx, a, needID)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]any{"the case": c}
	if a.ID == w.Near.ID {
		out["their engagements"] = must[[]exchange.Case](t)(s.Engagements(ctx, a, 10))
		out["accepting again"] = must[exchange.Engagement](t)(s.Accept(ctx, a, needID, offerID))
		return out
	}
	out["their needs"] = must[[]exchange.Case](t)(s.Cases(ctx, a, exchange.NeedFilter{EnterpriseID: a.Enterprises}))
	out["inviting again"] = must[exchange.Engagement](t)(s.Invite(ctx, a, needID, offerID))
	return out
}

// Of two engagements on one need, closing one does not show how the other's master has judged.
func TestClosingOneShowsNothingOfTheOther(t *testing.T) {
	w := world(t)
	change(t, w, func(k *exchange.Kind) { k.Steps.Masters = 2 })
	n := w.Post(t, exchangetest.Turning())
	a, b := accept(t, w, w.Near, n.ID), accept(t, w, another(t, w, "second"), n.ID)
	must[exchange.Case](t)(w.Service.Close(t.Context(), w.Near, n.ID, a.ID, harsh()))
	after := 0.02
	if c := must[exchange.Case](t)(w.Service.Close(t.Context(), w.Firm, n.ID, b.ID, exchange.Closing{Result: exchange.Solved, After: &after, Stars: 5})); judged(t, c) {
		t.Errorf("%+v", c)
	}
}

// Events lead to notices and webhooks: neither they nor the notices carry a word of a closing.
func TestNewsOfAClosingCarriesNoWordOfIt(t *testing.T) {
	db := sqldbtest.SQLite(t)
	w := worldOn(t, db)
	n := w.Post(t, exchangetest.Turning())
	e := accept(t, w, w.Near, n.ID)
	must[exchange.Case](t)(w.Service.Close(t.Context(), w.Firm, n.ID, e.ID, harsh()))
	var heard told
	closings := 0
	_, err := db.RelayOutbox(t.Context(), 100, func(ctx context.Context, events []event.Event) error {
		for _, ev := range events {
			if ev.Subject == exchange.SubjectPrefix+exchange.EngagementClosing {
				closings++
			}
			if strings.Contains(string(ev.Data), "-of-the-first") {
				t.Errorf("%s carries %s", ev.Subject, ev.Data)
			}
			if err := w.Service.Tell(ctx, ev, &heard); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || closings != 1 {
		t.Fatalf("%d closings told, %v", closings, err)
	}
	if said := fmt.Sprintf("%+v", heard.notes); strings.Contains(said, "-of-the-first") {
		t.Error(said)
	}
}
