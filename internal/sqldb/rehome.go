package sqldb

import (
	"context"
	"fmt"

	"github.com/unionhall/unionhall/internal/actor"
)

// Housed is a table whose rows hang on unions by a path.
type Housed struct {
	Table string
	Key   string // one column that tells its rows apart
	ID    string // the column of the union's id, "" if it has none
}

// Rehome takes at most so many rows along with a step and says how many. Doing it again goes on where it was left.
func (h Housed) Rehome(ctx context.Context, tx Tx, m actor.Moved, most int) (int, error) {
	from, until := m.Span()
	set, args := `union_path = $1 || substr(union_path, 0+$2)`, []any{m.To, len(m.From) + 1}
	if m.FromID != "" && h.ID != "" {
		set, args = set+fmt.Sprintf(`, %s = CASE WHEN %s = $3 THEN $4 ELSE %s END`, h.ID, h.ID, h.ID), append(args, m.FromID, m.ToID)
	}
	n := len(args)
	moved, err := tx.Exec(ctx, fmt.Sprintf(`UPDATE %s SET %s WHERE %s IN (SELECT %s FROM %s
		WHERE union_path >= $%d AND union_path < $%d ORDER BY union_path LIMIT 0+$%d)`, h.Table, set, h.Key, h.Key, h.Table, n+1, n+2, n+3),
		append(args, from, until, most)...)
	return int(moved), err
}

// Count counts the rows in [from, until).
func (h Housed) Count(ctx context.Context, q Queryer, from, until string) (int, error) {
	return One(ctx, q, Value[int], `SELECT COUNT(*) FROM `+h.Table+` WHERE union_path >= $1 AND union_path < $2`, from, until)
}

// RehomeAll takes at most so many rows of the tables along, each step in turn, in one transaction, and says how many.
func (db *DB) RehomeAll(ctx context.Context, tables []Housed, steps []actor.Moved, most int) (n int, err error) {
	err = db.Update(ctx, func(tx Tx) error {
		n = 0
		for _, m := range steps {
			for _, h := range tables {
				if n >= most {
					return nil
				}
				moved, err := h.Rehome(ctx, tx, m, most-n)
				if err != nil {
					return err
				}
				n += moved
			}
		}
		return nil
	})
	return n, err
}
