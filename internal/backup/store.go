package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/unionhall/unionhall/internal/blob"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// Source is a store to copy from; *sqldb.DB is one. View sees one snapshot, beside whoever writes.
type Source interface {
	Dialect() sqldb.Dialect
	View(ctx context.Context, fn func(q sqldb.Queryer) error) error
	Tables(ctx context.Context, q sqldb.Queryer) ([]sqldb.Table, error)
	Steps(ctx context.Context, q sqldb.Queryer) ([]int64, error)
}

// Target is a store to copy into; *sqldb.DB is one. Update keeps all of its writes or none.
type Target interface {
	Source
	Update(ctx context.Context, fn func(tx sqldb.Tx) error) error
	MigrateTo(ctx context.Context, steps []int64) error
	Migrate(ctx context.Context) error
	Analyze(ctx context.Context) error
}

// Contents are the files to copy from, and Shelf those to copy into; a blob.Store is both.
type Contents interface {
	List(ctx context.Context, fn func(blob.Ref) error) error
	Open(ctx context.Context, hash string) (io.ReadSeekCloser, error)
}

// Shelf keeps contents under their hashes.
type Shelf interface {
	Put(ctx context.Context, r io.Reader) (blob.Ref, error)
}

func quote(names ...string) string { return `"` + strings.Join(names, `", "`) + `"` }

func columnNames(t sqldb.Table) []string {
	out := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		out[i] = c.Name
	}
	return out
}

// sum reads a table in the order of its key, which both engines sort by code point, and hands each row to each, as
// values and as a line; both are each's only until it returns.
func sum(ctx context.Context, q sqldb.Queryer, t sqldb.Table, each func(values []any, line []byte) error) (_ Sum, err error) {
	defer fault.Wrap(&err, "table %s", t.Name)
	rows, err := q.Query(ctx, "SELECT "+quote(columnNames(t)...)+" FROM "+quote(t.Name)+" ORDER BY "+quote(t.Key...))
	if err != nil {
		return Sum{}, err
	}
	defer rows.Close()
	out, hash := Sum{Table: t.Name}, sha256.New()
	values, into := make([]any, len(t.Columns)), make([]any, len(t.Columns))
	for i := range values {
		into[i] = &values[i]
	}
	var line []byte
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return Sum{}, err
		}
		if line, err = appendRow(line[:0], t.Columns, values); err != nil {
			return Sum{}, fmt.Errorf("row %d: %w", out.Rows+1, err)
		}
		out.Rows++
		hash.Write(line)
		if each == nil {
			continue
		}
		if err := each(values, line); err != nil {
			return Sum{}, err
		}
	}
	out.SHA256 = hex.EncodeToString(hash.Sum(nil))
	return out, rows.Err()
}

// Sums counts and sums every table as one snapshot holds them.
func Sums(ctx context.Context, s Source) (out []Sum, err error) {
	err = s.View(ctx, func(q sqldb.Queryer) error {
		tables, err := s.Tables(ctx, q)
		if err != nil {
			return err
		}
		out, err = sums(ctx, q, tables)
		return err
	})
	return out, err
}

func sums(ctx context.Context, q sqldb.Queryer, tables []sqldb.Table) ([]Sum, error) {
	out := make([]Sum, len(tables))
	for i, t := range tables {
		var err error
		if out[i], err = sum(ctx, q, t, nil); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// differ names the first table whose sums are not the same.
func differ(a, b []Sum) string {
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			return a[i].Table
		}
	}
	return ""
}

// empty is an error that names a table with rows.
func empty(ctx context.Context, q sqldb.Queryer, tables []sqldb.Table) error {
	for _, t := range tables {
		n, err := sqldb.One(ctx, q, sqldb.Value[int], "SELECT count(*) FROM (SELECT 1 FROM "+quote(t.Name)+" LIMIT 1) AS first")
		if err != nil {
			return err
		}
		if n > 0 {
			return &Occupied{t.Name}
		}
	}
	return nil
}

// Occupied says that a store to copy into holds something already.
type Occupied struct{ Table string }

// Error is one sentence.
func (o *Occupied) Error() string {
	return fmt.Sprintf("the store to copy into is not empty: its table %s has rows; give it an empty database", o.Table)
}

// prepare gives an empty store the tables of the copy.
func prepare(ctx context.Context, to Target, steps []int64, want []sqldb.Table) error {
	var have []int64
	var tables []sqldb.Table
	look := func(q sqldb.Queryer) (err error) {
		if have, err = to.Steps(ctx, q); err == nil {
			tables, err = to.Tables(ctx, q)
		}
		return err
	}
	err := to.View(ctx, func(q sqldb.Queryer) error {
		if err := look(q); err != nil {
			return err
		}
		return empty(ctx, q, tables)
	})
	if err != nil {
		return err
	}
	if err := to.MigrateTo(ctx, steps); err != nil {
		return err
	}
	if err := to.View(ctx, look); err != nil {
		return err
	}
	if !slices.Equal(have, steps) {
		return fmt.Errorf("the store to copy into has a newer schema than the copy: give it a database without tables")
	}
	return sameTables(tables, want)
}

// sameTables says where the tables of a store are not those of a copy.
func sameTables(have, want []sqldb.Table) error {
	byName := map[string]sqldb.Table{}
	for _, t := range have {
		byName[t.Name] = t
	}
	for _, t := range want {
		h, ok := byName[t.Name]
		if !ok {
			return fmt.Errorf("the copy has a table %s, which the schema of the hall has not", t.Name)
		}
		delete(byName, t.Name)
		if !slices.Equal(h.Columns, t.Columns) || !slices.Equal(h.Key, t.Key) {
			return fmt.Errorf("table %s has other columns in the copy (%v, key %v) than in the store (%v, key %v)", t.Name, t.Columns, t.Key, h.Columns, h.Key)
		}
	}
	for name := range byName {
		return fmt.Errorf("the store has a table %s, which the copy has not", name)
	}
	return nil
}

// argumentsAtOnce is about how many values one INSERT brings.
const argumentsAtOnce = 1000

// loader inserts rows, many with one statement.
type loader struct {
	ctx   context.Context
	tx    sqldb.Tx
	table sqldb.Table
	most  int
	args  []any
}

func newLoader(ctx context.Context, tx sqldb.Tx, t sqldb.Table) *loader {
	return &loader{ctx: ctx, tx: tx, table: t, most: max(1, argumentsAtOnce/len(t.Columns)) * len(t.Columns)}
}

func (l *loader) add(values []any) error {
	l.args = append(l.args, values...)
	if len(l.args) < l.most {
		return nil
	}
	return l.flush()
}

func (l *loader) flush() (err error) {
	if len(l.args) == 0 {
		return nil
	}
	defer fault.Wrap(&err, "table %s", l.table.Name)
	var q strings.Builder
	q.WriteString("INSERT INTO " + quote(l.table.Name) + " (" + quote(columnNames(l.table)...) + ") VALUES ")
	n := len(l.table.Columns)
	for i := 0; i < len(l.args); i += n {
		if i > 0 {
			q.WriteString(", ")
		}
		q.WriteString("(" + sqldb.In(i+1, n) + ")")
	}
	_, err = l.tx.Exec(l.ctx, q.String(), l.args...)
	clear(l.args)
	l.args = l.args[:0]
	return err
}
