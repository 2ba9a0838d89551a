package sqldb_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

var ctx = context.Background()

func seats(t testing.TB, db *sqldb.DB) {
	t.Helper()
	exec(t, db, `CREATE TABLE seats (id TEXT PRIMARY KEY, free BIGINT NOT NULL)`)
}

func exec(t testing.TB, db *sqldb.DB, q string, args ...any) {
	t.Helper()
	if err := db.Update(ctx, func(tx sqldb.Tx) error { _, err := tx.Exec(ctx, q, args...); return err }); err != nil {
		t.Fatal(err)
	}
}

func number(t testing.TB, q sqldb.Queryer, query string, args ...any) int64 {
	t.Helper()
	n, err := sqldb.One(ctx, q, sqldb.Value[int64], query, args...)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestUpdateAndRead(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		seats(t, db)
		exec(t, db, `INSERT INTO seats (id, free) VALUES ($1, $2), ($3, $4)`, "a", 3, "b", 4)
		ids, err := sqldb.All(ctx, db, sqldb.Value[string], `SELECT id FROM seats WHERE id IN (`+sqldb.In(1, 2)+`) ORDER BY id`,
			sqldb.Args([]string{"a", "b"})...)
		if err != nil || len(ids) != 2 {
			t.Fatal(ids, err)
		}
		if _, err := sqldb.One(ctx, db, sqldb.Value[string], `SELECT id FROM seats WHERE id = $1`, "c"); !errors.Is(err, sql.ErrNoRows) {
			t.Fatal(err)
		}
		err = db.Update(ctx, func(tx sqldb.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO seats (id, free) VALUES ($1, 1)`, "a")
			return err
		})
		if !sqldb.IsUnique(err) {
			t.Fatal(err)
		}
		err = db.Update(ctx, func(tx sqldb.Tx) error {
			return tx.Emit(ctx, event.New("test.seat.made", time.Now(), map[string]string{"seat": "a"}))
		})
		if err != nil {
			t.Fatal(err)
		}
		<-db.Emitted()
		n, err := db.RelayOutbox(ctx, 10, func(_ context.Context, es []event.Event) error {
			if es[0].Subject != "test.seat.made" || string(es[0].Data) != `{"seat":"a"}` {
				t.Error(es)
			}
			return nil
		})
		if n != 1 || err != nil {
			t.Fatal(n, err)
		}
		if n, err = db.RelayOutbox(ctx, 10, nil); n != 0 || err != nil {
			t.Fatal(n, err)
		}
	})
}
