package sqldb

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/unionhall/unionhall/internal/fault"
)

// Kind is what the values of a column are, whatever the engine calls it.
type Kind string

// The kinds. A migration that needs another names it here, for both engines.
const (
	Text    Kind = "text"
	Integer Kind = "integer"
	Float   Kind = "float"
	Boolean Kind = "boolean"
	Bytes   Kind = "bytes"
)

// kinds are the types that migrations may use, by the names that either engine gives them.
var kinds = map[string]Kind{
	"text": Text, "smallint": Integer, "integer": Integer, "bigint": Integer, "double precision": Float, "boolean": Boolean,
	"blob": Bytes, "bytea": Bytes,
}

// Column is a column of a table.
type Column struct {
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
}

// Table is a table as it is found in the store: its columns by name, and which of them are its primary key, in the
// order of the key.
type Table struct {
	Name    string   `json:"name"`
	Columns []Column `json:"columns"`
	Key     []string `json:"key"`
}

// versionTable is where goose notes what it has done.
const versionTable = "sqldb_version"

// Tables finds every table of the schema but the one that notes its version, by name. The same migrations give the
// same tables on both engines.
func (db *DB) Tables(ctx context.Context, q Queryer) (_ []Table, err error) {
	defer fault.Wrap(&err, "sqldb.Tables(%s)", db.dialect)
	columns, err := All(ctx, q, scanFound, db.engine.catalogue())
	if err != nil {
		return nil, err
	}
	var out []Table
	for _, c := range columns {
		if c.table == versionTable {
			continue
		}
		if len(out) == 0 || out[len(out)-1].Name != c.table {
			out = append(out, Table{Name: c.table})
		}
		t := &out[len(out)-1]
		kind, ok := kinds[strings.ToLower(c.declared)]
		if !ok {
			return nil, fmt.Errorf("%s.%s is %q: that type is none of those a store may have", c.table, c.column, c.declared)
		}
		t.Columns = append(t.Columns, Column{Name: c.column, Kind: kind})
	}
	keyed(out, columns)
	for _, t := range out {
		if len(t.Key) == 0 {
			return nil, fmt.Errorf("table %s has no primary key, and so no order of its rows", t.Name)
		}
	}
	return out, nil
}

// found is a column as the catalogue of either engine describes it; key is its place in the primary key, 0 for none.
type found struct {
	table, column, declared string
	key                     int
}

func scanFound(s Scanner) (f found, err error) {
	err = s.Scan(&f.table, &f.column, &f.declared, &f.key)
	return f, err
}

// keyed gives each table its primary key.
func keyed(tables []Table, columns []found) {
	inKey := slices.DeleteFunc(slices.Clone(columns), func(f found) bool { return f.key == 0 })
	slices.SortFunc(inKey, func(a, b found) int {
		return cmp.Or(strings.Compare(a.table, b.table), cmp.Compare(a.key, b.key))
	})
	for i := range tables {
		for _, f := range inKey {
			if f.table == tables[i].Name {
				tables[i].Key = append(tables[i].Key, f.column)
			}
		}
	}
}

// Steps are the numbers of the migrations that have been done, in order; none for a store without a schema.
func (db *DB) Steps(ctx context.Context, q Queryer) (_ []int64, err error) {
	defer fault.Wrap(&err, "sqldb.Steps")
	n, err := One(ctx, q, Value[int], db.engine.versioned())
	if err != nil || n == 0 {
		return nil, err
	}
	return All(ctx, q, Value[int64], `SELECT DISTINCT version_id FROM sqldb_version WHERE version_id > 0 ORDER BY version_id`)
}

// Check lets the engine look for damage in its own files, and gives what it finds, at most some twenty lines. A whole
// check reads everything; the other leaves out what is costly. PostgreSQL finds nothing here: it checks what it reads.
func (db *DB) Check(ctx context.Context, whole bool) (_ []string, err error) {
	defer fault.Wrap(&err, "sqldb.Check")
	lines, err := db.engine.check(ctx, db, whole)
	return slices.DeleteFunc(lines, func(s string) bool { return s == "ok" }), err
}
