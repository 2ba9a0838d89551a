package exchange_test

import (
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/exchange/exchangetest"
	"github.com/unionhall/unionhall/internal/fault"
)

func TestDaysThatAreOverAreRefused(t *testing.T) {
	w := world(t)
	v := exchangetest.Turning()
	v["days"] = exchange.Value{Days: &exchange.Span{To: w.Clock.Now().Add(-time.Hour)}}
	_, err := w.Service.Post(t.Context(), w.Firm, exchange.Draft{KindID: "expert-visit", EnterpriseID: "firm-a", Values: v})
	want(t, err, fault.Invalid)
}

func TestAPlaceWithoutAPointIsTheFirmsOwn(t *testing.T) {
	w := world(t)
	v := exchangetest.Turning()
	v["place"] = exchange.Value{Spot: &exchange.Spot{Address: "新阳路 12 号"}}
	n := w.Post(t, v)
	if s := n.Values["place"].Spot; s.Lat != 24.48 || s.Address != "新阳路 12 号" {
		t.Fatalf("%+v", s)
	}
}

func TestWhoMayPostWhat(t *testing.T) {
	w := world(t)
	s, ctx := w.Service, t.Context()
	if got := s.KindsToPost(w.Firm, []string{exchangetest.CountyA}); len(got) != 1 {
		t.Fatalf("a contact: %v", got)
	}
	if got := s.KindsToPost(w.Near, nil); len(got) != 0 {
		t.Fatalf("a master without a firm: %v", got)
	}
	if got := s.KindsToPost(actor.Actor{}, []string{exchangetest.CountyA}); len(got) != 0 {
		t.Fatalf("nobody: %v", got)
	}
	for _, c := range []struct {
		who  actor.Actor
		code fault.Code
	}{{w.Firm, ""}, {w.ClerkA, ""}, {w.Other, fault.NotFound}, {w.ClerkB, fault.NotFound}, {w.Auditor, fault.NotFound},
		{w.Near, fault.NotFound}, {actor.Actor{}, fault.Unauthenticated}} {
		_, _, err := s.MayPost(ctx, c.who, "expert-visit", "firm-a")
		if c.code == "" && err != nil || c.code != "" && !fault.Is(err, c.code) {
			t.Errorf("%s: %v", c.who.ID, err)
		}
	}
}

func TestAVisitIsAgreedByTheOtherSide(t *testing.T) {
	w := world(t)
	s, ctx := w.Service, t.Context()
	n := w.Post(t, exchangetest.Turning())
	e := must[exchange.Engagement](t)(s.Accept(ctx, w.Near, n.ID, w.OfferOf(t, w.Near).ID))
	from := w.Clock.Now().Add(48 * time.Hour)
	v := must[exchange.Visit](t)(s.ProposeVisit(ctx, w.Firm, n.ID, e.ID, exchange.VisitPlan{From: from, To: from.Add(time.Hour)}))
	colleague := w.Firm
	colleague.ID = "contact-a2"
	want(t, s.AgreeVisit(ctx, colleague, n.ID, e.ID, v.ID), fault.Denied)
	if err := s.AgreeVisit(ctx, w.Near, n.ID, e.ID, v.ID); err != nil {
		t.Fatal(err)
	}
	if err := s.Withdraw(ctx, w.Firm, n.ID, "已自行解决"); err != nil {
		t.Fatal(err)
	}
	c, _, err := s.Case(ctx, w.Firm, n.ID)
	if err != nil || c.Engagements[0].Visits[0].Open() {
		t.Fatalf("a visit outlived its need: %+v %v", c.Engagements[0].Visits, err)
	}
}

func TestAMessageSentTwiceIsOne(t *testing.T) {
	w := world(t)
	s, ctx := w.Service, t.Context()
	n := w.Post(t, exchangetest.Turning())
	e := must[exchange.Engagement](t)(s.Accept(ctx, w.Near, n.ID, w.OfferOf(t, w.Near).ID))
	first := must[exchange.Message](t)(s.Say(ctx, w.Near, n.ID, e.ID, "软爪用过没有？", nil, ""))
	again := must[exchange.Message](t)(s.Say(ctx, w.Near, n.ID, e.ID, " 软爪用过没有？ ", nil, ""))
	if again.ID != first.ID {
		t.Fatal("the same words at once are two messages")
	}
	w.Clock.Move(time.Minute)
	must[exchange.Message](t)(s.Say(ctx, w.Near, n.ID, e.ID, "软爪用过没有？", nil, ""))
	if m := must[[]exchange.Message](t)(s.Thread(ctx, w.Near, n.ID, e.ID)); len(m) != 2 {
		t.Fatalf("%d messages", len(m))
	}
}
