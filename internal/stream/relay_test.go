package stream_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
	"github.com/unionhall/unionhall/internal/stream"
	"github.com/unionhall/unionhall/internal/stream/streamtest"
)

// effects is what an idempotent consumer does: it writes a row under the event's id, and whoever comes
// second changes nothing. It fails now and then, before and after its commit.
type effects struct {
	db  *sqldb.DB
	mu  sync.Mutex
	got map[string]int
}

func newEffects(t *testing.T, db *sqldb.DB) *effects {
	must(t, db.Update(t.Context(), func(tx sqldb.Tx) error {
		_, err := tx.Exec(t.Context(), `CREATE TABLE effects (event TEXT PRIMARY KEY)`)
		if err == nil {
			_, err = tx.Exec(t.Context(), `CREATE TABLE effects_total (id TEXT PRIMARY KEY, n BIGINT NOT NULL)`)
		}
		if err == nil {
			_, err = tx.Exec(t.Context(), `INSERT INTO effects_total (id, n) VALUES ('all', 0)`)
		}
		return err
	}))
	return &effects{db: db, got: map[string]int{}}
}

func (f *effects) on(ctx context.Context, e event.Event) error {
	f.mu.Lock()
	f.got[e.ID]++
	f.mu.Unlock()
	if rand.IntN(10) == 0 {
		return errors.New("before")
	}
	err := f.db.Update(ctx, func(tx sqldb.Tx) error {
		n, err := tx.Exec(ctx, `INSERT INTO effects (event) VALUES ($1) ON CONFLICT (event) DO NOTHING`, e.ID)
		if err != nil || n == 0 {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE effects_total SET n = n + 1 WHERE id = 'all'`)
		return err
	})
	if err == nil && rand.IntN(10) == 0 {
		err = errors.New("after")
	}
	return err
}

// seen is how many different events came; one that comes again may do so at any time.
func (f *effects) seen() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.got)
}

func (f *effects) total(t *testing.T) int64 {
	t.Helper()
	n, err := sqldb.One(t.Context(), f.db, sqldb.Value[int64], `SELECT n FROM effects_total WHERE id = 'all'`)
	must(t, err)
	return n
}

// emit commits n events one by one, and some that are rolled back.
func emit(t *testing.T, db *sqldb.DB, n int) {
	t.Helper()
	for i, e := range streamtest.Make("test.thing.made", n) {
		must(t, db.Update(t.Context(), func(tx sqldb.Tx) error { return tx.Emit(t.Context(), e) }))
		if i%10 == 0 {
			_ = db.Update(t.Context(), func(tx sqldb.Tx) error {
				_ = tx.Emit(t.Context(), streamtest.Make("test.thing.unmade", 1)...)
				return errors.New("never mind")
			})
		}
	}
}

// relaying runs a relay until the returned function is called.
func relaying(t *testing.T, db *sqldb.DB, s stream.Stream) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- stream.Relay(ctx, db, s, quiet) }()
	stop = sync.OnceFunc(func() { cancel(); must(t, <-ended) })
	t.Cleanup(stop)
	return stop
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("not in time: " + what)
		}
	}
}

func waiting(t *testing.T, db *sqldb.DB) int64 {
	t.Helper()
	n, err := sqldb.One(t.Context(), db, sqldb.Value[int64], `SELECT count(*) FROM sqldb_outbox WHERE published_at = 0`)
	must(t, err)
	return n
}

// Publishing fails in every way it can. Each committed event still arrives at least once, each that was
// rolled back never, and the consumer's effect is there exactly once.
func TestRelaySurvivesEveryFault(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s := stream.Memory()
		defer s.Close()
		effects := newEffects(t, db)
		must(t, s.Consume(t.Context(), "effects", all, effects.on))
		for range 4 {
			s.Inject(stream.FailedButPublished, stream.Failed, stream.Duplicated, stream.FailedHalfway, 0)
		}
		stop := relaying(t, db, s)
		const n = 120
		emit(t, db, n)
		eventually(t, "an empty outbox", func() bool { return waiting(t, db) == 0 })
		stop()
		must(t, s.Idle(t.Context()))
		if got := effects.total(t); got != n || effects.seen() != n {
			t.Errorf("%d effects of %d events, %d seen", got, n, effects.seen())
		}
	})
}

// The same with the real transport, and a process that ends and begins again in the middle.
func TestRelayThroughEmbedded(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		effects := newEffects(t, db)
		dir := t.TempDir()
		const rounds, n = 3, 40
		for range rounds {
			s := embedded(t, dir)
			must(t, s.Consume(t.Context(), "effects", all, effects.on))
			stop := relaying(t, db, s)
			emit(t, db, n)
			stop()
			must(t, s.Close())
		}
		s := embedded(t, dir)
		must(t, s.Consume(t.Context(), "effects", all, effects.on))
		relaying(t, db, s)
		eventually(t, "every effect", func() bool { return effects.total(t) == rounds*n })
		if effects.seen() != rounds*n {
			t.Errorf("%d seen", effects.seen())
		}
	})
}

// The folder of the transport is lost: what the outbox keeps is published once more.
func TestRelayFillsAnEmptyTransport(t *testing.T) {
	db := sqldbtest.SQLite(t)
	root := t.TempDir()
	for i, want := range []int{5, 10} {
		s := embedded(t, filepath.Join(root, fmt.Sprint(i)))
		stop := relaying(t, db, s)
		emit(t, db, 5)
		var box streamtest.Box
		must(t, s.Consume(t.Context(), "c", all, box.Put))
		box.Wait(t, want)
		stop()
		must(t, s.Close())
		// Published long ago, as far as the relay is concerned.
		must(t, db.Update(t.Context(), func(tx sqldb.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE sqldb_outbox SET published_at = $1`, time.Now().Add(-time.Hour))
			return err
		}))
	}
}

func TestRelayTrimsWhatIsOld(t *testing.T) {
	db := sqldbtest.SQLite(t)
	emit(t, db, 3)
	must(t, db.Update(t.Context(), func(tx sqldb.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE sqldb_outbox SET published_at = $1`, time.Now().Add(-8*24*time.Hour))
		return err
	}))
	s := stream.Memory()
	defer s.Close()
	relaying(t, db, s)
	eventually(t, "a trimmed outbox", func() bool {
		n, err := sqldb.One(t.Context(), db, sqldb.Value[int64], `SELECT count(*) FROM sqldb_outbox`)
		return err == nil && n == 0
	})
}

// The signal of a commit wakes the relay; it does not wait for its next look.
func TestRelayIsPrompt(t *testing.T) {
	db := sqldbtest.SQLite(t)
	s := stream.Memory()
	defer s.Close()
	relaying(t, db, s)
	time.Sleep(50 * time.Millisecond)
	begin := time.Now()
	for i := range 5 {
		emit(t, db, 1)
		eventually(t, "the event", func() bool { return len(s.Published()) == i+1 })
	}
	if took := time.Since(begin); took > 900*time.Millisecond {
		t.Errorf("five events took %s", took)
	}
}
