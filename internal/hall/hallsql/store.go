// Package hallsql keeps what the hall knows in SQL, in both dialects with the same text.
package hallsql

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/seal"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// Store implements hall.Store. Who may call it has telephone numbers and addresses in the clear; its tables have them
// sealed.
type Store struct {
	db  *sqldb.DB
	box *seal.Box
}

var _ hall.Store = (*Store)(nil)

// New makes the store on an open and migrated database, with the keys of its personal data. One that may hold rows of
// before they were sealed needs Settle first.
func New(db *sqldb.DB, box *seal.Box) *Store { return &Store{db, box} }

// update runs fn in a transaction that also takes the trace fn returns.
func (s *Store) update(ctx context.Context, fn func(tx sqldb.Tx) (hall.Trace, error)) error {
	return s.db.Update(ctx, func(tx sqldb.Tx) error {
		t, err := fn(tx)
		if err != nil {
			return err
		}
		if err := insertAudits(ctx, tx, t.Audits); err != nil {
			return err
		}
		return tx.Emit(ctx, t.Events...)
	})
}

// one reads a row; without one it is fault.NoSuch.
func one[T any](ctx context.Context, q sqldb.Queryer, scan func(sqldb.Scanner) (T, error), query string, args ...any) (T, error) {
	v, err := sqldb.One(ctx, q, scan, query, args...)
	if errors.Is(err, sql.ErrNoRows) {
		return v, fault.NoSuch()
	}
	return v, err
}

// taken turns the violation of a unique key into the fault that names it, so that errors.Is finds it.
func taken(err error, f *fault.Error) error {
	if sqldb.IsUnique(err) {
		return f
	}
	return err
}

// like is the pattern for text that contains the words, to be used with ESCAPE '!'. Upper and lower
// case are one for ASCII, as far as both engines agree.
func like(words string) string {
	words = strings.ToLower(strings.TrimSpace(words))
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(words) + "%"
}

// A cursor is the sort key of the last row of a page. Nobody else reads it.

func cursor(key ...any) string {
	b, err := json.Marshal(key)
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func after(cur string, key ...any) error {
	if cur == "" {
		return nil
	}
	b, err := base64.RawURLEncoding.DecodeString(cur)
	if err == nil {
		var parts []json.RawMessage
		if err = json.Unmarshal(b, &parts); err == nil && len(parts) != len(key) {
			err = fmt.Errorf("cursor has %d parts", len(parts))
		}
		for i := 0; err == nil && i < len(key); i++ {
			err = json.Unmarshal(parts[i], key[i])
		}
	}
	if err != nil {
		return fault.New(fault.Invalid, "hall.fault.cursor").Because(err)
	}
	return nil
}

// page cuts the row that was read beyond the page and makes its cursor.
func page[T any](rows []T, limit, total int, key func(T) string) hall.List[T] {
	l := hall.List[T]{Rows: rows, Total: total}
	if len(rows) > limit {
		l.Rows = rows[:limit]
		l.Next = key(l.Rows[limit-1])
	}
	return l
}

// spot is the key of lists by union and name.
type spot struct{ path, name, id string }

func (sp *spot) after(cur string) error { return after(cur, &sp.path, &sp.name, &sp.id) }

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain structs always marshal
	}
	return string(b)
}

func count(s sqldb.Scanner) (n int, err error) { return n, s.Scan(&n) }
