package sqldb_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

func insert(tx sqldb.Tx, id string) error {
	_, err := tx.Exec(ctx, `INSERT INTO seats (id, free) VALUES ($1, 1)`, id)
	return err
}

var errRefused = errors.New("refused")

// Many closures at once, of which some fail in every way a closure can: what is there afterwards is
// exactly what the ones that got nil wrote.
func TestUpdateKeepsExactlyWhatItAnswered(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		seats(t, db)
		const workers, rounds = 24, 15
		var wg sync.WaitGroup
		var kept sync.Map
		for w := range workers {
			wg.Go(func() {
				for r := range rounds {
					id := fmt.Sprintf("%d/%d", w, r)
					if err := oneOfManyWays(db, id, (w+r)%6); err == nil {
						kept.Store(id, true)
					}
				}
			})
		}
		wg.Wait()
		want := 0
		kept.Range(func(any, any) bool { want++; return true })
		ids, err := sqldb.All(ctx, db, sqldb.Value[string], `SELECT id FROM seats`)
		if err != nil || len(ids) != want || want != workers*rounds/6 {
			t.Fatalf("%d rows, %d answered, %v", len(ids), want, err)
		}
		for _, id := range ids {
			if _, ok := kept.Load(id); !ok {
				t.Errorf("%s is there, its caller was told otherwise", id)
			}
		}
	})
}

func oneOfManyWays(db *sqldb.DB, id string, way int) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if way == 5 {
		cancel()
	}
	return db.Update(ctx, func(tx sqldb.Tx) error {
		if err := insert(tx, id); err != nil {
			return err
		}
		switch way {
		case 1:
			return errRefused
		case 2:
			panic("in the closure")
		case 3:
			return insert(tx, id) // a second time: unique
		case 4:
			_ = insert(tx, id) // ignored: must still fail
		}
		return nil // only way 0 comes here with all its statements done
	})
}

func TestUpdateWithEndedContextDoesNotBegin(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		err := db.Update(ctx, func(sqldb.Tx) error { t.Error("began"); return nil })
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	})
}

func TestUpdateHandsBackPanic(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		seats(t, db)
		func() {
			defer func() {
				if v := recover(); v != "mine" {
					t.Errorf("got %v", v)
				}
			}()
			_ = db.Update(ctx, func(tx sqldb.Tx) error { _ = insert(tx, "a"); panic("mine") })
		}()
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			_ = db.Update(ctx, func(tx sqldb.Tx) error { _ = insert(tx, "b"); runtime.Goexit(); return nil })
		}()
		<-gone
		exec(t, db, `INSERT INTO seats (id, free) VALUES ($1, 1)`, "c")
		if n := number(t, db, `SELECT count(*) FROM seats`); n != 1 {
			t.Fatalf("%d rows", n)
		}
	})
}

func TestTxEndsWithItsClosure(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		seats(t, db)
		var escaped sqldb.Tx
		if err := db.Update(ctx, func(tx sqldb.Tx) error { escaped = tx; return nil }); err != nil {
			t.Fatal(err)
		}
		if err := insert(escaped, "a"); err == nil {
			t.Error("wrote after the end")
		}
		if _, err := sqldb.One(ctx, escaped, sqldb.Value[int64], `SELECT 1`); err == nil {
			t.Error("read after the end")
		}
		var view sqldb.Queryer
		if err := db.View(ctx, func(q sqldb.Queryer) error { view = q; return nil }); err != nil {
			t.Fatal(err)
		}
		if _, err := sqldb.One(ctx, view, sqldb.Value[int64], `SELECT 1`); err == nil {
			t.Error("viewed after the end")
		}
	})
}

func TestFailedStatementEndsItsTransaction(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		seats(t, db)
		err := db.Update(ctx, func(tx sqldb.Tx) error {
			if err := insert(tx, "a"); err != nil {
				return err
			}
			if err := insert(tx, "a"); !sqldb.IsUnique(err) {
				return fmt.Errorf("want unique, got %w", err)
			}
			if err := insert(tx, "b"); err == nil {
				t.Error("the transaction went on after a failure")
			}
			return nil
		})
		if err == nil || number(t, db, `SELECT count(*) FROM seats`) != 0 {
			t.Fatal(err)
		}
	})
}

func TestSavepointUndoesItsOwnPart(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		seats(t, db)
		err := db.Update(ctx, func(tx sqldb.Tx) error {
			if err := insert(tx, "a"); err != nil {
				return err
			}
			err := sqldb.Savepoint(ctx, tx, func() error {
				if err := insert(tx, "b"); err != nil {
					return err
				}
				if err := tx.Emit(ctx, event.New("test.x.y", time.Now(), nil)); err != nil {
					return err
				}
				inner := sqldb.Savepoint(ctx, tx, func() error { return insert(tx, "a") })
				if !sqldb.IsUnique(inner) {
					t.Errorf("inner: %v", inner)
				}
				return errRefused
			})
			if !errors.Is(err, errRefused) {
				t.Errorf("outer: %v", err)
			}
			return insert(tx, "c")
		})
		if err != nil {
			t.Fatal(err)
		}
		ids, _ := sqldb.All(ctx, db, sqldb.Value[string], `SELECT id FROM seats ORDER BY id`)
		if strings.Join(ids, "") != "ac" || number(t, db, `SELECT count(*) FROM sqldb_outbox`) != 0 {
			t.Fatal(ids)
		}
		select {
		case <-db.Emitted():
			t.Error("what was undone was announced")
		default:
		}
	})
}

// Two closures that each read what the other changes: run one after the other, the second sees the
// first's write, so one of them must be refused.
func TestUpdatesAreSerializable(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		seats(t, db)
		for round := range 20 {
			exec(t, db, `DELETE FROM seats`)
			exec(t, db, `INSERT INTO seats (id, free) VALUES ($1, 1), ($2, 1)`, "a", "b")
			var wg sync.WaitGroup
			for _, id := range []string{"a", "b"} {
				wg.Go(func() {
					err := db.Update(ctx, func(tx sqldb.Tx) error { // one seat must stay free
						n, err := sqldb.One(ctx, tx, sqldb.Value[int64], `SELECT sum(free) FROM seats`)
						if err != nil {
							return err
						}
						if n < 2 {
							return errRefused
						}
						runtime.Gosched()
						_, err = tx.Exec(ctx, `UPDATE seats SET free = 0 WHERE id = $1`, id)
						return err
					})
					if err != nil && !errors.Is(err, errRefused) {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if n := number(t, db, `SELECT sum(free) FROM seats`); n != 1 {
				t.Fatalf("round %d: %d seats are free", round, n)
			}
		}
	})
}

func TestReadModifyWriteLosesNothing(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		seats(t, db)
		exec(t, db, `INSERT INTO seats (id, free) VALUES ($1, 0)`, "a")
		var wg sync.WaitGroup
		var applied atomic.Int64
		for range 8 {
			wg.Go(func() {
				for range 10 {
					err := db.Update(ctx, func(tx sqldb.Tx) error {
						n, err := sqldb.One(ctx, tx, sqldb.Value[int64], `SELECT free FROM seats WHERE id = $1`, "a")
						if err != nil {
							return err
						}
						_, err = tx.Exec(ctx, `UPDATE seats SET free = $1 WHERE id = $2`, n+1, "a")
						return err
					})
					switch {
					case err == nil:
						applied.Add(1)
					case !fault.Is(err, fault.Unavailable):
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if n := number(t, db, `SELECT free FROM seats`); n != applied.Load() || n == 0 {
			t.Fatalf("%d of %d", n, applied.Load())
		}
	})
}

func TestViewSeesOneMoment(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		seats(t, db)
		err := db.View(ctx, func(q sqldb.Queryer) error {
			before := number(t, q, `SELECT count(*) FROM seats`)
			exec(t, db, `INSERT INTO seats (id, free) VALUES ($1, 1)`, "a") // a reader does not hold up the writer
			if after := number(t, q, `SELECT count(*) FROM seats`); after != before {
				t.Errorf("%d, then %d", before, after)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestReadersDoNotWaitForTheWriter(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		seats(t, db)
		err := db.Update(ctx, func(tx sqldb.Tx) error {
			if err := insert(tx, "a"); err != nil {
				return err
			}
			if n := number(t, db, `SELECT count(*) FROM seats`); n != 0 {
				t.Errorf("%d rows before the commit", n)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestReadsCannotWrite(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		seats(t, db)
		err := db.View(ctx, func(q sqldb.Queryer) error {
			var id string
			return q.QueryRow(ctx, `INSERT INTO seats (id, free) VALUES ($1, 1) RETURNING id`, "a").Scan(&id)
		})
		if err == nil {
			t.Fatal("a view wrote")
		}
	})
}

func TestCloseSeesBegunUpdatesThrough(t *testing.T) {
	dsn := sqldbtest.SQLiteDSN(t)
	db, err := sqldb.Open(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	seats(t, db)
	var wg sync.WaitGroup
	var kept atomic.Int64
	for w := range 16 {
		wg.Go(func() {
			for i := 0; ; i++ {
				err := db.Update(ctx, func(tx sqldb.Tx) error { return insert(tx, fmt.Sprintf("%d/%d", w, i)) })
				if err != nil {
					if !fault.Is(err, fault.Unavailable) {
						t.Error(err)
					}
					return
				}
				kept.Add(1)
			}
		})
	}
	time.Sleep(30 * time.Millisecond)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	if db, err = sqldb.Open(ctx, dsn); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if n := number(t, db, `SELECT count(*) FROM seats`); n != kept.Load() || n == 0 {
		t.Fatalf("%d rows, %d answered", n, kept.Load())
	}
}
