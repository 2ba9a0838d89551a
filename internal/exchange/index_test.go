package exchange_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/exchange/exchangetest"
	"github.com/unionhall/unionhall/internal/match"
)

// flaky is a store that cannot be read for a while.
type flaky struct {
	exchange.Store
	down bool
}

func (f *flaky) Case(ctx context.Context, needID string) (exchange.Case, error) {
	if f.down {
		return exchange.Case{}, errors.New("the store is away")
	}
	return f.Store.Case(ctx, needID)
}

// A node that could not read what an event told of says so, and finds it later all the same.
func TestWhatCouldNotBeAppliedIsMended(t *testing.T) {
	w := world(t)
	ctx := t.Context()
	store := &flaky{Store: w.Store}
	other := exchange.New(store, w.Hall, match.NewPlain(), w.Clock, slog.New(slog.DiscardHandler))
	if err := other.Load(ctx); err != nil {
		t.Fatal(err)
	}
	n := w.Post(t, exchangetest.Turning())
	h := exchange.Happened{What: exchange.NeedPosted, KindID: n.KindID, NeedID: n.ID}
	store.down = true
	if err := other.Apply(ctx, event.New(exchange.SubjectPrefix+h.What, w.Clock.Now(), h)); err == nil {
		t.Error("the error is swallowed")
	}
	store.down = false
	feed := func() int { return len(must[[]exchange.Match](t)(other.Feed(ctx, w.Near, 10))) }
	if feed() != 0 {
		t.Fatal("the need is found already: this tests nothing")
	}
	if err := other.Mend(ctx); err != nil || feed() != 1 {
		t.Fatalf("%d in the feed, %v", feed(), err)
	}
}
