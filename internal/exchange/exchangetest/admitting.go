package exchangetest

import (
	"slices"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/id"
)

func storeAdmissions(t *testing.T, s exchange.Store) {
	ctx := t.Context()
	there := add(t, s, NeedAt(CountyA, Start))
	fresh, other := NeedAt(CountyA, Start.Add(time.Second)), NeedAt(CountyA, Start.Add(2*time.Second))
	fresh.Title, other.Title, other.EnterpriseID = "砂轮崩边", there.Title, "firm-b"
	keys := exchange.NeedKeys{IDs: []string{fresh.ID, other.ID}, Enterprises: []string{"firm-a"}, Titles: []string{there.Title, fresh.Title}}
	known := func() (out []string) {
		list, err := s.KnownNeeds(ctx, keys)
		check(t, err)
		for _, n := range list {
			if !slices.Contains(out, n.ID) {
				out = append(out, n.ID)
			}
		}
		slices.Sort(out)
		return out
	}
	if got := known(); !slices.Equal(got, []string{there.ID}) {
		t.Fatalf("before: %v", got)
	}
	check(t, s.AdmitNeeds(ctx, keys, func(list []exchange.Need) ([]exchange.Need, []event.Event) {
		if len(list) != 1 || list[0].ID != there.ID {
			t.Errorf("in the transaction: %+v", list)
		}
		return []exchange.Need{fresh, other}, []event.Event{event.New("exchange.need.posted", Start, nil)}
	}))
	want := []string{there.ID, fresh.ID, other.ID}
	slices.Sort(want)
	if got := known(); !slices.Equal(got, want) {
		t.Fatalf("after: %v, want %v", got, want)
	}
	twice := fresh
	twice.Title = "又一次"
	if err := s.AdmitNeeds(ctx, keys, func([]exchange.Need) ([]exchange.Need, []event.Event) {
		return []exchange.Need{NeedAt(CountyA, Start), twice}, nil
	}); err == nil {
		t.Error("an identifier that is taken is taken twice")
	}
	storeExpulsions(t, s, there, fresh)
}

// storeExpulsions: engaged is at work, and fresh is not.
func storeExpulsions(t *testing.T, s exchange.Store, engaged, fresh exchange.Need) {
	ctx := t.Context()
	_, err := s.UpdateCase(ctx, engaged.ID, func(c exchange.Case) (exchange.Case, []event.Event, error) {
		c.Engagements = append(c.Engagements, exchange.Engagement{ID: id.New(), NeedID: engaged.ID, OfferID: "o", OwnerID: "p", State: exchange.Declined})
		return c, nil, nil
	})
	check(t, err)
	at, err := s.Engaged(ctx, []string{"p", "q"})
	check(t, err)
	if !at["p"] || at["q"] {
		t.Errorf("engaged: %v", at)
	}
	check(t, s.ExpelNeeds(ctx, []string{engaged.ID, fresh.ID, id.New()}, func(cases []exchange.Case) ([]string, []event.Event) {
		if len(cases) != 2 {
			t.Errorf("%d are there", len(cases))
		}
		for _, c := range cases {
			if got := len(c.Engagements); got != map[string]int{engaged.ID: 1}[c.Need.ID] {
				t.Errorf("%s has %d engagements", c.Need.ID, got)
			}
		}
		return []string{fresh.ID}, nil
	}))
	if _, err := s.Case(ctx, fresh.ID); err == nil {
		t.Error("it stays")
	}
	if c, err := s.Case(ctx, engaged.ID); err != nil || len(c.Engagements) != 1 {
		t.Errorf("the other: %+v %v", c, err)
	}
	mine, others := offer(t, s, "p", 1), offer(t, s, "q", 1)
	var told []string
	gone, err := s.ExpelOffers(ctx, []string{"p"}, []string{"expert-visit", "another"}, func(o exchange.Offer) event.Event {
		told = append(told, o.ID)
		return event.New("exchange.offer.changed", Start, nil)
	})
	check(t, err)
	if left, err := s.OffersOf(ctx, "p", "q"); err != nil || len(left) != 1 || left[0].ID != others.ID || len(gone) != 1 || gone[0].ID != mine.ID || !slices.Contains(told, mine.ID) {
		t.Errorf("left %+v, gone %+v, told %v, %v", left, gone, told, err)
	}
}
