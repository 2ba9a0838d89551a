package sqldb

import (
	"context"
	"fmt"
)

// Housed is a table whose rows hang on unions by a path.
type Housed struct {
	Table string
	Key   string // one column that tells its rows apart
	ID    string // the column of the union's id, "" if it has none
}

// Shift takes rows whose path is in [From, Until) and puts To in the place of the path's first bytes, as many as From has.
// Where FromID is given, that union is gone and its rows become those of ToID.
type Shift struct {
	From, Until, To string
	FromID, ToID    string
}

// Rehome shifts at most so many rows and says how many. Doing it again goes on where it was left.
func (h Housed) Rehome(ctx context.Context, tx Tx, s Shift, most int) (int, error) {
	set, args := `union_path = $1 || substr(union_path, 0+$2)`, []any{s.To, len(s.From) + 1}
	if s.FromID != "" && h.ID != "" {
		set, args = set+fmt.Sprintf(`, %s = CASE WHEN %s = $3 THEN $4 ELSE %s END`, h.ID, h.ID, h.ID), append(args, s.FromID, s.ToID)
	}
	n := len(args)
	moved, err := tx.Exec(ctx, fmt.Sprintf(`UPDATE %s SET %s WHERE %s IN (SELECT %s FROM %s
		WHERE union_path >= $%d AND union_path < $%d ORDER BY union_path LIMIT 0+$%d)`, h.Table, set, h.Key, h.Key, h.Table, n+1, n+2, n+3),
		append(args, s.From, s.Until, most)...)
	return int(moved), err
}

// Count counts the rows in [from, until).
func (h Housed) Count(ctx context.Context, q Queryer, from, until string) (int, error) {
	return One(ctx, q, Value[int], `SELECT COUNT(*) FROM `+h.Table+` WHERE union_path >= $1 AND union_path < $2`, from, until)
}

// RehomeAll shifts at most so many rows of the tables, each step in turn, and says how many. Every batch is a transaction.
func (db *DB) RehomeAll(ctx context.Context, tables []Housed, shifts []Shift, most int) (n int, err error) {
	err = db.Update(ctx, func(tx Tx) error {
		n = 0
		for _, s := range shifts {
			for _, h := range tables {
				if n >= most {
					return nil
				}
				moved, err := h.Rehome(ctx, tx, s, most-n)
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
