package sqldb_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

func tables(t *testing.T, db *sqldb.DB) []sqldb.Table {
	t.Helper()
	out, err := db.Tables(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Both engines have the same tables with the same columns of the same kinds, and the same keys: what is copied from one
// fits the other.
func TestTablesAreTheSameOnBothEngines(t *testing.T) {
	lite, pg := tables(t, sqldbtest.SQLite(t)), tables(t, sqldbtest.Postgres(t))
	if !reflect.DeepEqual(lite, pg) {
		t.Errorf("sqlite   %v\npostgres %v", lite, pg)
	}
	i := slices.IndexFunc(lite, func(t sqldb.Table) bool { return t.Name == "exchange_message" })
	if i < 0 || !slices.Equal(lite[i].Key, []string{"need_id", "engagement_id", "id"}) ||
		!slices.Contains(lite[i].Columns, sqldb.Column{Name: "at", Kind: sqldb.Integer}) {
		t.Errorf("%v", lite)
	}
}

func TestATableThatCannotBeCopiedIsNamed(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		for name, ddl := range map[string]string{"no primary key": `CREATE TABLE odd (a TEXT)`, "odd.a": `CREATE TABLE odd (a TIMESTAMP NOT NULL PRIMARY KEY)`} {
			exec(t, db, ddl)
			if _, err := db.Tables(ctx, db); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s: %v", name, err)
			}
			exec(t, db, `DROP TABLE odd`)
		}
	})
}

func TestSomeStepsThenAll(t *testing.T) {
	for name, dsn := range map[string]string{"sqlite": "sqlite:" + t.TempDir() + "/new.db", "postgres": sqldbtest.EmptyPostgresDSN(t)} {
		t.Run(name, func(t *testing.T) {
			db, err := sqldb.Open(ctx, dsn)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if steps, err := db.Steps(ctx, db); err != nil || len(steps) != 0 {
				t.Fatalf("%v %v", steps, err)
			}
			known := sqldb.KnownSteps()
			some := []int64{known[0], known[2]}
			for range 2 {
				if err := db.MigrateTo(ctx, some); err != nil {
					t.Fatal(err)
				}
			}
			if steps, err := db.Steps(ctx, db); err != nil || !slices.Equal(steps, some) {
				t.Errorf("%v %v", steps, err)
			}
			if err := db.MigrateTo(ctx, []int64{9999}); err == nil || !strings.Contains(err.Error(), "newer unionhall") {
				t.Errorf("%v", err)
			}
			if err := db.Migrate(ctx); err != nil {
				t.Fatal(err)
			}
			if steps, err := db.Steps(ctx, db); err != nil || !slices.Equal(steps, known) {
				t.Errorf("%v %v", steps, err)
			}
		})
	}
}
