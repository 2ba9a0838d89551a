package sqldb

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
)

func openTest(t *testing.T, opts ...Option) (*DB, *sqliteDB) {
	t.Helper()
	db, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "hall.db"), opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	err = db.Update(t.Context(), func(tx Tx) error {
		_, err := tx.Exec(t.Context(), `CREATE TABLE notes (id TEXT NOT NULL)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return db, db.engine.(*sqliteDB)
}

func write(ctx context.Context, db *DB, id string) error {
	return db.Update(ctx, func(tx Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO notes (id) VALUES ($1)`, id)
		return err
	})
}

// together runs the closures in one group: the first holds the writer until the others wait for it.
func together(t *testing.T, db *DB, fns ...func(tx Tx) error) []error {
	t.Helper()
	errs := make([]error, len(fns))
	var wg sync.WaitGroup
	begun, waiting := make(chan struct{}), make(chan struct{})
	for i, fn := range fns {
		wg.Go(func() {
			errs[i] = db.Update(t.Context(), func(tx Tx) error {
				if i == 0 {
					close(begun)
					<-waiting
				}
				return fn(tx)
			})
		})
		if i == 0 {
			<-begun
		}
	}
	time.Sleep(50 * time.Millisecond) // until they wait; were it too short, they would only be apart
	close(waiting)
	wg.Wait()
	return errs
}

// SQLite answers a full disk by rolling back the whole transaction. Everybody who shared it is told so,
// nothing of the closure that met it runs on outside, and the store works again when there is room.
func TestFullDiskTakesTheWholeGroupAndNoMore(t *testing.T) {
	db, s := openTest(t)
	ctx := t.Context()
	if _, err := s.write.Exec(`PRAGMA max_page_count = 40`); err != nil {
		t.Fatal(err)
	}
	insert := func(id string) func(tx Tx) error {
		return func(tx Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO notes (id) VALUES ($1)`, id)
			return err
		}
	}
	errs := together(t, db, insert("first"), func(tx Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO notes (id) VALUES ($1)`, strings.Repeat("x", 1<<20))
		if err == nil {
			t.Error("there was room")
		}
		// An author who does not look at errors: this must not be written by itself.
		_, _ = tx.Exec(ctx, `INSERT INTO notes (id) VALUES ('stray')`)
		return nil
	})
	for i, err := range errs {
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("closure %d: %v", i, err)
		}
	}
	var n int
	if err := db.QueryRow(ctx, `SELECT count(*) FROM notes`).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows, %v", n, err)
	}
	if err := write(ctx, db, "after"); err != nil {
		t.Error(err)
	}
}

func TestOneFailureAmongManyInOneGroup(t *testing.T) {
	db, _ := openTest(t)
	ctx := t.Context()
	fns := make([]func(tx Tx) error, 20)
	wrong := errors.New("wrong")
	for i := range fns {
		fns[i] = func(tx Tx) error {
			if _, err := tx.Exec(ctx, `INSERT INTO notes (id) VALUES ($1)`, string(rune('a'+i))); err != nil {
				return err
			}
			if i == 7 {
				return wrong
			}
			return nil
		}
	}
	for i, err := range together(t, db, fns...) {
		if i == 7 && !errors.Is(err, wrong) || i != 7 && err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
	ids, err := All(ctx, db, Value[string], `SELECT id FROM notes ORDER BY id`)
	if err != nil || strings.Join(ids, "") != "abcdefgijklmnopqrst" {
		t.Error(ids, err)
	}
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	db, _ := openTest(t)
	held, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := db.Update(t.Context(), func(Tx) error { close(held); <-release; return nil }); err != nil {
			t.Error(err)
		}
	})
	<-held
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := write(ctx, db, "a"); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	close(release)
	wg.Wait()
}

func TestSlowClosureIsNamed(t *testing.T) {
	var log bytes.Buffer
	db, s := openTest(t, WithLog(slog.New(slog.NewTextHandler(&log, nil))))
	s.slow = 10 * time.Millisecond
	err := db.Update(t.Context(), func(Tx) error { time.Sleep(50 * time.Millisecond); return nil })
	if err != nil || !strings.Contains(log.String(), "TestSlowClosureIsNamed") {
		t.Error(err, log.String())
	}
}

func TestManyTextsAreStillAnswered(t *testing.T) {
	db, s := openTest(t)
	for n := range maxStatements + 50 {
		ids := make([]string, n%40)
		q := `SELECT id FROM notes WHERE id IN (` + In(1, len(ids)) + `) OR id = '` + string(rune('一'+n)) + `'`
		if _, err := All(t.Context(), db, Value[string], q, Args(ids)...); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(s.reads.by); n > maxStatements {
		t.Errorf("%d statements are kept", n)
	}
}
