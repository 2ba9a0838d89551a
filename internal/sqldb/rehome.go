package sqldb

import (
	"cmp"
	"context"
	"fmt"

	"github.com/unionhall/unionhall/internal/actor"
)

// Housed is a table whose rows hang on unions by a path.
type Housed struct {
	Table string
	Key   string // one column that tells its rows apart
	ID    string // the column of the union's id, "" if it has none
	Path  string // the column of the path, "" for union_path
}

// Rehome takes at most so many rows along with a step and says how many. Doing it again goes on where it was left.
func (h Housed) Rehome(ctx context.Context, tx Tx, m actor.Moved, most int) (int, error) {
	from, until := m.Span()
	path := cmp.Or(h.Path, "union_path")
	set, args := fmt.Sprintf(`%s = $1 || substr(%s, 0+$2)`, path, path), []any{m.To, len(m.From) + 1}
	if m.FromID != "" && h.ID != "" {
		set, args = set+fmt.Sprintf(`, %s = CASE WHEN %s = $3 THEN $4 ELSE %s END`, h.ID, h.ID, h.ID), append(args, m.FromID, m.ToID)
	}
	n := len(args)
	moved, err := tx.Exec(ctx, fmt.Sprintf(`UPDATE %s SET %s WHERE %s IN (SELECT %s FROM %s
		WHERE %s >= $%d AND %s < $%d ORDER BY %s LIMIT 0+$%d)`, h.Table, set, h.Key, h.Key, h.Table, path, n+1, path, n+2, path, n+3),
		append(args, from, until, most)...)
	return int(moved), err
}

// Count counts the rows in [from, until).
func (h Housed) Count(ctx context.Context, q Queryer, from, until string) (int, error) {
	path := cmp.Or(h.Path, "union_path")
	return One(ctx, q, Value[int], fmt.Sprintf(`SELECT COUNT(*) FROM %s WHERE %s >= $1 AND %s < $2`, h.Table, path, path), from, until)
}

// RehomeBatch is how many rows one transaction takes along: short enough to let others write in between.
const RehomeBatch = 1000

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
