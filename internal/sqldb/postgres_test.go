package sqldb_test

import (
	"strings"
	"testing"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

// The server ends a connection in the middle: the caller is told to come again, nothing is kept, and the
// next update gets another connection.
func TestLostConnection(t *testing.T) {
	db := sqldbtest.Postgres(t)
	seats(t, db)
	err := db.Update(ctx, func(tx sqldb.Tx) error {
		if err := insert(tx, "a"); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `SELECT pg_terminate_backend(pg_backend_pid())`)
		return err
	})
	if !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
	exec(t, db, `INSERT INTO seats (id, free) VALUES ($1, 1)`, "b")
	if n := number(t, db, `SELECT count(*) FROM seats`); n != 1 {
		t.Errorf("%d rows", n)
	}
}

func TestDatabaseThatSortsByLanguageIsRefused(t *testing.T) {
	admin := sqldbtest.Postgres(t)
	have := number(t, admin, `SELECT count(*) FROM pg_collation WHERE collname = 'en-x-icu'`)
	if have == 0 {
		t.Skip("this PostgreSQL was built without ICU, and the machine may have no other language")
	}
	dsn := sqldbtest.LocalePostgresDSN(t, "en")
	db, err := sqldb.Open(ctx, dsn)
	if err == nil {
		_ = db.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "LOCALE 'C'") {
		t.Errorf("got %v", err)
	}
}
