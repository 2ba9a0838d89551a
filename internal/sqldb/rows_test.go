package sqldb_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

type state string

func TestInAndArgs(t *testing.T) {
	for _, c := range []struct {
		first, n int
		want     string
	}{{3, 3, "$3, $4, $5"}, {1, 1, "$1"}, {9, 2, "$9, $10"}, {4, 0, "NULL"}} {
		if got := sqldb.In(c.first, c.n); got != c.want {
			t.Errorf("In(%d, %d) = %s", c.first, c.n, got)
		}
	}
	got := sqldb.Args("a", []string{"b", "c"}, []int64{1}, 2, []byte("raw"), []state{"open"}, nil, []any{true})
	want := []any{"a", "b", "c", int64(1), 2, []byte("raw"), state("open"), nil, true}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%#v", got)
	}
}

func TestNoneIsInAnEmptyList(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		if n := number(t, db, `SELECT count(*) FROM sqldb_outbox WHERE id IN (`+sqldb.In(1, 0)+`)`); n != 0 {
			t.Fatal(n)
		}
	})
}

// What goes in comes out the same from both engines, and is stored as text and numbers that compare.
func TestValuesRoundTrip(t *testing.T) {
	type row struct {
		at, none time.Time
		ok       bool
		doc      string
		state    state
		raw      []byte
		measure  float64
	}
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		bytes := map[sqldb.Dialect]string{sqldb.SQLite: "BLOB", sqldb.Postgres: "BYTEA"}[db.Dialect()]
		exec(t, db, `CREATE TABLE things (at BIGINT NOT NULL, none BIGINT NOT NULL, ok BOOLEAN NOT NULL, doc TEXT NOT NULL,
			state TEXT NOT NULL, raw `+bytes+` NOT NULL, measure DOUBLE PRECISION NOT NULL)`)
		at := time.Date(2026, 5, 1, 9, 30, 0, 123456000, time.FixedZone("", 8*3600))
		exec(t, db, `INSERT INTO things (at, none, ok, doc, state, raw, measure) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			at, sqldb.Time{}, true, json.RawMessage(`{"a":"工"}`), state("open"), []byte{0, 255}, 0.09)
		got, err := sqldb.One(ctx, db, func(s sqldb.Scanner) (r row, err error) {
			err = s.Scan((*sqldb.Time)(&r.at), (*sqldb.Time)(&r.none), &r.ok, &r.doc, &r.state, &r.raw, &r.measure)
			return r, err
		}, `SELECT at, none, ok, doc, state, raw, measure FROM things
			WHERE at = $1 AND doc = $2 AND state = $3 AND ok AND measure = $4`,
			sqldb.Micros(at), `{"a":"工"}`, "open", 0.09)
		want := row{at.UTC(), time.Time{}, true, `{"a":"工"}`, "open", []byte{0, 255}, 0.09}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v %v", got, err)
		}
	})
}

// Text sorts by code point in both, so that keyset pages and prefixes agree.
func TestTextSortsByCodePoint(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		seats(t, db)
		exec(t, db, `INSERT INTO seats (id, free) VALUES ($1, 0), ($2, 0), ($3, 0), ($4, 0)`, "b", "A", "工", "a-")
		ids, err := sqldb.All(ctx, db, sqldb.Value[string], `SELECT id FROM seats ORDER BY id`)
		if err != nil || !reflect.DeepEqual(ids, []string{"A", "a-", "b", "工"}) {
			t.Fatal(ids, err)
		}
	})
}

func TestCountQueriesSeesEveryPath(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		seats(t, db)
		ctx, n := sqldb.CountQueries(ctx)
		one := func(q sqldb.Queryer) {
			if _, err := sqldb.One(ctx, q, sqldb.Value[int64], `SELECT count(*) FROM seats`); err != nil {
				t.Fatal(err)
			}
			if _, err := sqldb.All(ctx, q, sqldb.Value[string], `SELECT id FROM seats`); err != nil {
				t.Fatal(err)
			}
		}
		one(db)
		_ = db.View(ctx, func(q sqldb.Queryer) error { one(q); return nil })
		err := db.Update(ctx, func(tx sqldb.Tx) error { one(tx); return insert2(ctx, tx) })
		if err != nil || n.N() != 7 {
			t.Fatal(err, n.Texts())
		}
	})
}
