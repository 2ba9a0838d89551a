package sqldb_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
	"pgregory.net/rapid"
)

var errNoneLeft = fault.New(fault.Conflict, "fault.conflict")

// take books one seat, if one is free.
func take(ctx context.Context, tx sqldb.Tx, id string) (int64, error) {
	n, err := tx.Exec(ctx, `UPDATE seats SET free = free - 1 WHERE id = $1 AND free > 0`, id)
	if err == nil && n == 0 {
		err = errNoneLeft
	}
	return n, err
}

// durable is a PostgreSQL that waits for the disk.
func durable(t testing.TB) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(ctx, sqldbtest.DurableCluster(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestBatcherNeverOversells(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		seats(t, db)
		exec(t, db, `CREATE TABLE bookings (seat TEXT NOT NULL, who TEXT NOT NULL, PRIMARY KEY (seat, who))`)
		const free = 50
		exec(t, db, `INSERT INTO seats (id, free) VALUES ($1, $2), ($3, $4)`, "a", free, "b", free)
		type booking struct{ seat, who string }
		// It writes first and is refused after, so that batches have to be undone in part. Two batchers
		// stand for two nodes.
		apply := func(ctx context.Context, tx sqldb.Tx, c booking) (int64, error) {
			if _, err := tx.Exec(ctx, `INSERT INTO bookings (seat, who) VALUES ($1, $2)`, c.seat, c.who); err != nil {
				return 0, err
			}
			return take(ctx, tx, c.seat)
		}
		var nodes [2]*sqldb.Batcher[booking, int64]
		for i := range nodes {
			nodes[i] = sqldb.NewBatcher(db, sqldb.BatcherOptions{Max: 16}, apply)
			defer nodes[i].Close()
		}
		var sold, refused, twice atomic.Int64
		var wg sync.WaitGroup
		for g := range 64 {
			wg.Go(func() {
				for i := range 4 {
					c := booking{[]string{"a", "b"}[i%2], fmt.Sprint(g, i/3)} // the last repeats the second
					_, err := nodes[g%2].Do(ctx, c.seat, c)
					switch {
					case err == nil:
						sold.Add(1)
					case errors.Is(err, errNoneLeft):
						refused.Add(1)
					case sqldb.IsUnique(err):
						twice.Add(1)
					default:
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		left := number(t, db, `SELECT sum(free) FROM seats`)
		rows := number(t, db, `SELECT count(*) FROM bookings`)
		if left != 0 || rows != 2*free || sold.Load() != 2*free {
			t.Fatalf("left %d, rows %d, sold %d, refused %d, twice %d", left, rows, sold.Load(), refused.Load(), twice.Load())
		}
	})
}

// command is one step of the property test: it adds to a counter, under a unique key of its own, and then
// perhaps fails.
type command struct {
	counter string
	by      int64
	key     string
	fail    int // 0 not, 1 before writing, 2 after, 3 by a panic after, 4 by ignoring a failed statement
}

func (c command) apply(ctx context.Context, tx sqldb.Tx) (int64, error) {
	if c.fail == 1 {
		return 0, errRefused
	}
	if _, err := tx.Exec(ctx, `INSERT INTO done (counter, key) VALUES ($1, $2)`, c.counter, c.key); err != nil {
		return 0, err
	}
	n, err := sqldb.One(ctx, tx, sqldb.Value[int64],
		`UPDATE seats SET free = free + $1 WHERE id = $2 RETURNING free`, c.by, c.counter)
	switch c.fail {
	case 2:
		return 0, errRefused
	case 3:
		panic("in apply")
	case 4:
		_, _ = tx.Exec(ctx, `INSERT INTO done (counter, key) VALUES ($1, $2)`, c.counter, c.key)
	}
	return n, err
}

// The oracle: commands of one key one after the other, in the order of the calls.
func TestBatcherAgreesWithOneAtATime(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		seats(t, db)
		exec(t, db, `CREATE TABLE done (counter TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (counter, key))`)
		rapid.Check(t, func(rt *rapid.T) {
			exec(t, db, `DELETE FROM done`)
			exec(t, db, `DELETE FROM seats`)
			exec(t, db, `INSERT INTO seats (id, free) VALUES ($1, 0), ($2, 0), ($3, 0)`, "a", "b", "c")
			b := sqldb.NewBatcher(db, sqldb.BatcherOptions{Lanes: rapid.IntRange(1, 4).Draw(rt, "lanes"), Max: rapid.IntRange(1, 8).Draw(rt, "max")},
				func(ctx context.Context, tx sqldb.Tx, c command) (int64, error) { return c.apply(ctx, tx) })
			defer b.Close()
			var wg sync.WaitGroup
			for _, counter := range []string{"a", "b", "c"} {
				cmds := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) command {
					return command{
						counter: counter,
						by:      rapid.Int64Range(-5, 5).Draw(rt, "by"),
						key:     fmt.Sprint(rapid.IntRange(0, 6).Draw(rt, "key")),
						fail:    rapid.SampledFrom([]int{0, 0, 0, 0, 0, 1, 2, 3, 4}).Draw(rt, "fail"),
					}
				}), 0, 8).Draw(rt, counter)
				wg.Go(func() { against(t, b, cmds) })
			}
			wg.Wait()
		})
	})
}

func against(t *testing.T, b *sqldb.Batcher[command, int64], cmds []command) {
	sum, done := int64(0), map[string]bool{}
	for _, c := range cmds {
		want := sum + c.by
		ok := c.fail == 0 && !done[c.key]
		got, err := func() (n int64, err error) {
			defer func() {
				if p, is := recover().(*sqldb.Panicked); is {
					err = p
				}
			}()
			return b.Do(ctx, c.counter, c)
		}()
		if (err == nil) != ok || ok && got != want {
			t.Errorf("%+v: got %d %v; want %d ok %v", c, got, err, want, ok)
		}
		if ok {
			sum, done[c.key] = want, true
		}
	}
}

// Callers who give up: what each was told may be "gone", but nothing is applied twice, and what was
// answered is there.
func TestBatcherCancelNeitherLosesNorDoubles(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		exec(t, db, `CREATE TABLE notes (id TEXT NOT NULL)`) // no unique key that would hide a double
		b := sqldb.NewBatcher(db, sqldb.BatcherOptions{Lanes: 2}, func(ctx context.Context, tx sqldb.Tx, id string) (int64, error) {
			return tx.Exec(ctx, `INSERT INTO notes (id) VALUES ($1)`, id)
		})
		var answered sync.Map
		var wg sync.WaitGroup
		for g := range 32 {
			wg.Go(func() {
				for i := range 20 {
					id := fmt.Sprint(g, "/", i)
					ctx, cancel := context.WithTimeout(ctx, time.Duration(rand.IntN(2000))*time.Microsecond)
					if _, err := b.Do(ctx, id, id); err == nil {
						answered.Store(id, true)
					} else if !errors.Is(err, context.DeadlineExceeded) {
						t.Error(err)
					}
					cancel()
				}
			})
		}
		wg.Wait()
		b.Close()
		if n := number(t, db, `SELECT count(*) - count(DISTINCT id) FROM notes`); n != 0 {
			t.Errorf("%d were applied twice", n)
		}
		ids, err := sqldb.All(ctx, db, sqldb.Value[string], `SELECT id FROM notes`)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			answered.Delete(id)
		}
		answered.Range(func(id, _ any) bool { t.Errorf("%v was answered and is not there", id); return true })
	})
}

func TestBatcherAfterClose(t *testing.T) {
	db := sqldbtest.SQLite(t)
	b := sqldb.NewBatcher(db, sqldb.BatcherOptions{}, take)
	b.Close()
	if _, err := b.Do(ctx, "a", "a"); !fault.Is(err, fault.Unavailable) {
		t.Fatal(err)
	}
}

func TestBatcherTurnsAwayWhatItCannotHold(t *testing.T) {
	db := sqldbtest.SQLite(t)
	begun, release := make(chan struct{}), make(chan struct{})
	b := sqldb.NewBatcher(db, sqldb.BatcherOptions{Lanes: 1, Max: 1, Waiting: 2},
		func(context.Context, sqldb.Tx, int) (int, error) {
			begun <- struct{}{}
			<-release
			return 0, nil
		})
	var wg sync.WaitGroup
	do := func() { _, _ = b.Do(ctx, "a", 0) }
	wg.Go(do)
	<-begun
	full := false
	for range 3 { // two may wait
		err := make(chan error, 1)
		wg.Go(func() { _, e := b.Do(ctx, "a", 0); err <- e })
		select {
		case e := <-err:
			full = fault.Is(e, fault.Unavailable)
		case <-time.After(50 * time.Millisecond):
		}
	}
	if !full {
		t.Error("the third was let in")
	}
	close(release)
	for range 2 {
		<-begun
	}
	wg.Wait()
	b.Close()
}

func TestBatcherCountsEachCommandsStatements(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		seats(t, db)
		exec(t, db, `INSERT INTO seats (id, free) VALUES ($1, 9)`, "a")
		b := sqldb.NewBatcher(db, sqldb.BatcherOptions{}, take)
		defer b.Close()
		ctx, n := sqldb.CountQueries(ctx)
		if _, err := b.Do(ctx, "a", "a"); err != nil || n.N() != 1 {
			t.Fatal(err, n.Texts())
		}
	})
}
