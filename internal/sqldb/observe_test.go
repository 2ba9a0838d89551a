package sqldb_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

// heard is an Observer that writes down what it is told.
type heard struct {
	mu    sync.Mutex
	begun []string
	ended []error
	kept  []error
}

func (h *heard) Statement(_ context.Context, text string) func(error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.begun = append(h.begun, strings.Join(strings.Fields(text), " "))
	return func(err error) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.ended = append(h.ended, err)
	}
}

func (h *heard) Update(ctx context.Context) (context.Context, func(error)) {
	return ctx, func(err error) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.kept = append(h.kept, err)
	}
}

func TestObserverHearsEveryStatementOnce(t *testing.T) {
	for name, open := range map[string]func(testing.TB, ...sqldb.Option) *sqldb.DB{"sqlite": sqldbtest.SQLite, "postgres": sqldbtest.Postgres} {
		t.Run(name, func(t *testing.T) {
			h := &heard{}
			db := open(t, sqldb.WithObserver(h))
			no := errors.New("no")
			sound(t, db.Update(ctx, func(tx sqldb.Tx) error {
				_, err := tx.Exec(ctx, `UPDATE sqldb_outbox SET at = at WHERE id = $1`, "x")
				return err
			}))
			if err := db.Update(ctx, func(sqldb.Tx) error { return no }); !errors.Is(err, no) {
				t.Fatal(err)
			}
			if _, err := sqldb.One(ctx, db, sqldb.Value[string], `SELECT id FROM sqldb_outbox WHERE id = $1`, "x"); err == nil {
				t.Fatal("found")
			}
			sound(t, db.View(ctx, func(q sqldb.Queryer) error {
				_, err := sqldb.All(ctx, q, sqldb.Value[int], `SELECT 1`)
				return err
			}))
			if _, err := sqldb.All(ctx, db, sqldb.Value[int], `SELECT nothing FROM nowhere`); err == nil {
				t.Fatal("read")
			}
			want := []string{"UPDATE sqldb_outbox SET at = at WHERE id = $1", "SELECT id FROM sqldb_outbox WHERE id = $1", "SELECT 1", "SELECT nothing FROM nowhere"}
			if strings.Join(h.begun, "\n") != strings.Join(want, "\n") {
				t.Errorf("begun: %q", h.begun)
			}
			for i, err := range h.ended {
				if (err != nil) != (i == len(want)-1) {
					t.Errorf("statement %d ended with %v", i, err)
				}
			}
			if len(h.ended) != len(want) || len(h.kept) != 2 || h.kept[0] != nil || !errors.Is(h.kept[1], no) {
				t.Errorf("ended %v, kept %v", h.ended, h.kept)
			}
			if n, err := db.Size(ctx); err != nil || n < 4096 {
				t.Errorf("the store takes %d bytes, %v", n, err)
			}
		})
	}
}

func sound(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
