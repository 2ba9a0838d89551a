// Package exchangesql keeps the exchange in SQL, in either dialect.
package exchangesql

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/memo"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// Store implements exchange.Store. Close it before the database.
type Store struct {
	db      *sqldb.DB
	accepts *sqldb.Batcher[accept, exchange.Case]
	summed  *memo.Memo[[]exchange.Figures]
}

var _ exchange.Store = (*Store)(nil)

// New makes a store on a migrated database.
func New(db *sqldb.DB) *Store {
	s := &Store{db: db, summed: memo.New[[]exchange.Figures](time.Now, time.Minute, 500)}
	s.accepts = sqldb.NewBatcher(db, sqldb.BatcherOptions{}, applyAccept)
	return s
}

// changeNeeds is an update after which figures are read anew.
func (s *Store) changeNeeds(ctx context.Context, fn func(sqldb.Tx) error) error {
	defer s.summed.Clear()
	return s.db.Update(ctx, fn)
}

// Close waits for what is under way.
func (s *Store) Close() { s.accepts.Close() }

// none turns a missing row into the fault that callers expect.
func none(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fault.NoSuch()
	}
	return err
}

// doc writes what no query looks into.
func doc(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

// Kinds implements exchange.Store.
func (s *Store) Kinds(ctx context.Context) (_ []exchange.Kind, err error) {
	defer fault.Wrap(&err, "exchangesql.Kinds")
	return sqldb.All(ctx, s.db, scanKind, `SELECT doc, version, updated_at FROM exchange_kind ORDER BY id`)
}

func scanKind(row sqldb.Scanner) (k exchange.Kind, err error) {
	var text string
	var version int
	var updated int64
	if err := row.Scan(&text, &version, &updated); err != nil {
		return k, err
	}
	err = json.Unmarshal([]byte(text), &k)
	k.Version, k.Updated = version, sqldb.FromMicros(updated)
	return k, err
}

// SaveKind implements exchange.Store.
func (s *Store) SaveKind(ctx context.Context, k exchange.Kind, events ...event.Event) (err error) {
	defer fault.Wrap(&err, "exchangesql.SaveKind(%s)", k.ID)
	text, err := doc(k)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx sqldb.Tx) error {
		var n int64
		var err error
		if k.Version == 1 {
			n, err = tx.Exec(ctx, `INSERT INTO exchange_kind (id, version, doc, updated_at) VALUES ($1, $2, $3, $4)
				ON CONFLICT DO NOTHING`, k.ID, k.Version, text, sqldb.Micros(k.Updated))
		} else {
			n, err = tx.Exec(ctx, `UPDATE exchange_kind SET version = $1, doc = $2, updated_at = $3 WHERE id = $4 AND version = $5`,
				k.Version, text, sqldb.Micros(k.Updated), k.ID, k.Version-1)
		}
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Conflict, "fault.moved")
		}
		return tx.Emit(ctx, events...)
	})
}

// values is how many placeholders one INSERT of Load carries at most. SQLite's cost of binding grows with the square of
// their number (20,000 messages: 0.4 s at 80, 4 s at 4,000), PostgreSQL's trips to the server shrink with it.
const values = 100

// Load implements exchange.Store.
func (s *Store) Load(ctx context.Context, b exchange.Batch) (err error) {
	defer fault.Wrap(&err, "exchangesql.Load")
	return s.changeNeeds(ctx, func(tx sqldb.Tx) error {
		if err := insertAll(ctx, tx, needTable, b.Needs, needRow); err != nil {
			return err
		}
		if err := insertAll(ctx, tx, engagementTable, b.Engagements, engagementRow); err != nil {
			return err
		}
		if err := insertAll(ctx, tx, messageTable, b.Messages, messageRow); err != nil {
			return err
		}
		if err := insertAll(ctx, tx, offerTable, b.Offers, offerRow); err != nil {
			return err
		}
		return insertAll(ctx, tx, toolTable, b.Tools, toolRow)
	})
}

// table is what an INSERT names.
type table struct {
	name    string
	columns []string
}

func (t table) insert(rows int) string {
	n := len(t.columns)
	var b strings.Builder
	b.WriteString("INSERT INTO " + t.name + " (" + strings.Join(t.columns, ", ") + ") VALUES ")
	for i := range rows {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("(" + sqldb.In(1+i*n, n) + ")")
	}
	return b.String()
}

func insertAll[T any](ctx context.Context, tx sqldb.Tx, t table, rows []T, row func(T) ([]any, error)) error {
	for len(rows) > 0 {
		n := min(max(1, values/len(t.columns)), len(rows))
		args := make([]any, 0, n*len(t.columns))
		for _, r := range rows[:n] {
			vals, err := row(r)
			if err != nil {
				return err
			}
			args = append(args, vals...)
		}
		if _, err := tx.Exec(ctx, t.insert(n), args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}
