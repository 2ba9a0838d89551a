package noticesend_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/notice"
	"github.com/unionhall/unionhall/internal/notice/noticesend"
	"github.com/unionhall/unionhall/internal/notice/noticesql"
	"github.com/unionhall/unionhall/internal/seal"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

// t0 is noon at the hall's place, a Wednesday.
var t0 = time.Date(2026, 3, 4, 4, 0, 0, 0, time.UTC)

const visit = "notice.exchange.visit.agreed"

var li = actor.Actor{Kind: actor.Person, ID: "li"}

// stores are the engines' addresses.
func stores(t *testing.T, fn func(t *testing.T, dsn string)) {
	t.Run("sqlite", func(t *testing.T) { fn(t, "sqlite:"+filepath.Join(t.TempDir(), "hall.db")) })
	t.Run("postgres", func(t *testing.T) { fn(t, sqldbtest.PostgresDSN(t)) })
}

// world is one process of a hall.
type world struct {
	t     *testing.T
	db    *sqldb.DB
	out   *noticesql.Outgoing
	items *noticesql.Store
	s     *notice.Service
	clock *clock.Fake
	box   *seal.Box

	objects bool // li does not want to be told beyond the hall's pages
}

// process opens a store, with keys that may be there already.
func process(t *testing.T, dsn string, box *seal.Box) *world {
	t.Helper()
	db, err := sqldb.Open(context.Background(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := db.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	if box == nil {
		if box, err = seal.Make(filepath.Join(t.TempDir(), "seal.json"), seal.AES); err != nil {
			t.Fatal(err)
		}
	}
	w := &world{t: t, db: db, out: noticesql.NewOutgoing(db, box), items: noticesql.New(db), clock: clock.At(t0), box: box}
	w.s = notice.NewService(w.items, w.clock)
	w.s.Leave(notice.LeavingOptions{Store: w.out, Offered: []notice.Way{notice.Mail, notice.Text, notice.Digest}, Mark: box.Mark,
		Mail: func(s string) (string, bool) { return s, s != "" }})
	return w
}

// reachable gives li an address that is theirs.
func (w *world) reachable() notice.Address {
	w.t.Helper()
	ctx := context.Background()
	if err := w.s.EnterMail(ctx, li, "li@mail.example"); err != nil {
		w.t.Fatal(err)
	}
	w.once(&gateway{})
	at := w.address()
	if err := w.s.Confirm(ctx, notice.Token(w.box.Mark, notice.LinkConfirm, "li", at.ID)); err != nil {
		w.t.Fatal(err)
	}
	return w.address()
}

func (w *world) address() notice.Address {
	w.t.Helper()
	tell, err := w.s.Telling(context.Background(), li)
	if err != nil {
		w.t.Fatal(err)
	}
	a, _ := tell.Mail()
	return a
}

func (w *world) choose(change func(*notice.Choices)) {
	w.t.Helper()
	c := notice.Default()
	c.Ways = map[notice.Kind]notice.Way{}
	change(&c)
	if err := w.s.Choose(context.Background(), li, c); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) tell(msg string, events ...string) {
	w.t.Helper()
	for _, e := range events {
		err := w.s.Tell(context.Background(), []notice.New{{PersonID: "li", EventID: e, Msg: msg, Link: "/needs/" + e}})
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) sender(g noticesend.Gateway) *noticesend.Sender {
	return noticesend.New(noticesend.Options{Store: w.out, Items: w.items, Clock: w.clock, Mark: w.box.Mark, BaseURL: "https://hall.example",
		Gateways: map[notice.Way]noticesend.Gateway{notice.Mail: g, notice.Text: g, notice.Push: g},
		Contact: func(context.Context, string) (noticesend.Contact, error) {
			return noticesend.Contact{Lang: "zh", Phone: "+8613900000001", Objected: w.objects}, nil
		},
		Text: func(_ string, it notice.Item) string { return "news " + it.EventID },
		Log:  slog.New(slog.NewTextHandler(io.Discard, nil)), Poll: 5 * time.Millisecond})
}

func (w *world) once(g noticesend.Gateway) {
	w.t.Helper()
	if _, err := w.sender(g).Once(context.Background()); err != nil {
		w.t.Fatal(err)
	}
}

// state gives the state of what was told of the event.
func (w *world) state(event string) string {
	w.t.Helper()
	all, err := sqldb.All(context.Background(), w.db, func(s sqldb.Scanner) (string, error) {
		var state, why string
		err := s.Scan(&state, &why)
		return state + " " + why, err
	}, `SELECT state, why FROM notice_delivery WHERE event_id = $1`, event)
	if err != nil || len(all) != 1 {
		w.t.Fatal(event, all, err)
	}
	return all[0]
}

func (w *world) wantState(event, want string) {
	w.t.Helper()
	if got := w.state(event); got != want {
		w.t.Fatalf("%s: %q, want %q", event, got, want)
	}
}

// gateway keeps what it took, after it has failed as often as it was told to.
type gateway struct {
	mu    sync.Mutex
	took  []noticesend.Letter
	tries int
	fails []error
	takes bool // it takes the letter though it fails
}

func (g *gateway) Send(_ context.Context, l noticesend.Letter) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tries++
	if len(g.fails) > 0 {
		err := g.fails[0]
		g.fails = g.fails[1:]
		if g.takes {
			g.took = append(g.took, l)
		}
		return err
	}
	g.took = append(g.took, l)
	return nil
}

func (g *gateway) want(t *testing.T, tries, took int) {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.tries != tries || len(g.took) != took {
		t.Fatalf("%d attempts, %d taken; want %d and %d: %v", g.tries, len(g.took), tries, took, g.took)
	}
}

var errSilent = errors.New("connection lost")

func events(n int) (out []string) {
	for i := range n {
		out = append(out, fmt.Sprint("e", i))
	}
	return out
}
