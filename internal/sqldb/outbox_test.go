package sqldb_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

func insert2(ctx context.Context, tx sqldb.Tx) error {
	_, err := tx.Exec(ctx, `INSERT INTO seats (id, free) VALUES ($1, 1)`, "counted")
	return err
}

func emit(t testing.TB, db *sqldb.DB, n int) []string {
	t.Helper()
	ids := make([]string, n)
	events := make([]event.Event, n)
	for i := range events {
		events[i] = event.New("test.thing.made", time.Now(), map[string]int{"n": i})
		ids[i] = events[i].ID
	}
	if err := db.Update(ctx, func(tx sqldb.Tx) error { return tx.Emit(ctx, events...) }); err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestOutboxHandsOverInOrderUntilTaken(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ids := emit(t, db, 75) // more than one INSERT
		refuse := func(context.Context, []event.Event) error { return errRefused }
		if n, err := db.RelayOutbox(ctx, 50, refuse); n != 0 || !errors.Is(err, errRefused) {
			t.Fatal(n, err)
		}
		var got []string
		take := func(_ context.Context, es []event.Event) error {
			for _, e := range es {
				got = append(got, e.ID)
			}
			return nil
		}
		for {
			n, err := db.RelayOutbox(ctx, 50, take)
			if err != nil {
				t.Fatal(err)
			}
			if n == 0 {
				break
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(ids) {
			t.Fatalf("%d of %d, or out of order", len(got), len(ids))
		}
	})
}

func TestOutboxIsEmptyAfterARollback(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		_ = db.Update(ctx, func(tx sqldb.Tx) error {
			if err := tx.Emit(ctx, event.New("test.thing.made", time.Now(), nil)); err != nil {
				t.Error(err)
			}
			return errRefused
		})
		if n := number(t, db, `SELECT count(*) FROM sqldb_outbox`); n != 0 {
			t.Fatal(n)
		}
	})
}

func TestEmitRefusesWhatNoTransportTakes(t *testing.T) {
	db := sqldbtest.SQLite(t)
	good := event.New("test.thing.made", time.Now(), nil)
	for name, spoil := range map[string]func(e *event.Event){
		"no subject":  func(e *event.Event) { e.Subject = "" },
		"one word":    func(e *event.Event) { e.Subject = "thing" },
		"a wildcard":  func(e *event.Event) { e.Subject = "test.*.made" },
		"a space":     func(e *event.Event) { e.Subject = "test.a thing.made" },
		"no id":       func(e *event.Event) { e.ID = "" },
		"a line feed": func(e *event.Event) { e.ID = "a\nb" },
		"too much":    func(e *event.Event) { e.Data = make([]byte, 100<<10) },
	} {
		e := good
		spoil(&e)
		if err := db.Update(ctx, func(tx sqldb.Tx) error { return tx.Emit(ctx, good, e) }); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if n := number(t, db, `SELECT count(*) FROM sqldb_outbox`); n != 0 {
		t.Error(n)
	}
}

func TestOutboxRepublishAndTrim(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		before := time.Now().Add(-time.Second)
		ids := emit(t, db, 5)
		if again, err := db.PublishedSince(ctx, before, "", 10); err != nil || len(again) != 0 {
			t.Fatal("what waits is not published", again, err)
		}
		if _, err := db.RelayOutbox(ctx, 3, func(context.Context, []event.Event) error { return nil }); err != nil {
			t.Fatal(err)
		}
		again, err := db.PublishedSince(ctx, before, "", 2)
		if err != nil || len(again) != 2 || again[1].ID != ids[1] {
			t.Fatal(again, err)
		}
		if again, err = db.PublishedSince(ctx, before, again[1].ID, 2); err != nil || len(again) != 1 || again[0].ID != ids[2] {
			t.Fatal(again, err)
		}
		if n, err := db.TrimOutbox(ctx, before, 10); n != 0 || err != nil {
			t.Fatal(n, err)
		}
		if n, err := db.TrimOutbox(ctx, time.Now().Add(time.Second), 2); n != 2 || err != nil {
			t.Fatal(n, err)
		}
		if n, err := db.TrimOutbox(ctx, time.Now().Add(time.Second), 2); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		if n := number(t, db, `SELECT count(*) FROM sqldb_outbox WHERE published_at = 0`); n != 2 {
			t.Fatal("what waits must never be trimmed", n)
		}
	})
}

// The relays of several nodes: no row is handed to two of them while both succeed.
func TestOutboxRelaysShareTheRows(t *testing.T) {
	db := sqldbtest.Postgres(t)
	emit(t, db, 200)
	var mu sync.Mutex
	times := map[string]int{}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				n, err := db.RelayOutbox(ctx, 7, func(_ context.Context, es []event.Event) error {
					mu.Lock()
					defer mu.Unlock()
					for _, e := range es {
						times[e.ID]++
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
				if n == 0 || err != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	for id, n := range times {
		if n != 1 {
			t.Errorf("%s: %d times", id, n)
		}
	}
	if waiting := number(t, db, `SELECT count(*) FROM sqldb_outbox WHERE published_at = 0`); waiting != 0 || len(times) != 200 {
		t.Fatal(waiting, len(times))
	}
}
