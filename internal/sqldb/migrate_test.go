package sqldb_test

import (
	"os"
	"reflect"
	"sync"
	"testing"

	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

func TestMigrationsHaveTheSameNames(t *testing.T) {
	names := func(folder string) (out []string) {
		entries, err := os.ReadDir("migrations/" + folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			out = append(out, e.Name())
		}
		return out
	}
	if a, b := names("sqlite"), names("postgres"); !reflect.DeepEqual(a, b) {
		t.Fatalf("sqlite %v\npostgres %v", a, b)
	}
}

func TestMigrateTwice(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		if err := db.Migrate(ctx); err != nil {
			t.Fatal(err)
		}
	})
}

func TestNodesMigrateTogether(t *testing.T) {
	dsn := sqldbtest.EmptyPostgresDSN(t)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			db, err := sqldb.Open(ctx, dsn, sqldb.WithConns(4))
			if err != nil {
				t.Error(err)
				return
			}
			defer db.Close()
			if err := db.Migrate(ctx); err != nil {
				t.Error(err)
			}
			number(t, db, `SELECT count(*) FROM sqldb_outbox`)
		})
	}
	wg.Wait()
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	for _, dsn := range []string{"", "mysql://x", "/no/scheme.db", "postgres://nobody:secret@127.0.0.1:1/x"} {
		db, err := sqldb.Open(ctx, dsn)
		if err == nil {
			_ = db.Close()
			t.Errorf("%s opened", dsn)
		}
	}
}
