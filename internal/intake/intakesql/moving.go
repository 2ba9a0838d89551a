package intakesql

import (
	"context"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// housed are the tables whose rows follow a union.
var housed = []sqldb.Housed{{Table: "intake_job", Key: "id", ID: "union_id"}}

// Rehome implements intake.Store.
func (s *Store) Rehome(ctx context.Context, steps []actor.Moved) (_ int, err error) {
	defer fault.Wrap(&err, "intakesql.Rehome")
	for _, m := range steps {
		if err := s.rehomeColumns(ctx, m); err != nil {
			return 0, err
		}
	}
	return s.db.RehomeAll(ctx, housed, steps, sqldb.RehomeBatch)
}

// rehomeColumns gives what a union that is gone knew of columns to the one it went into, where that knows nothing itself.
func (s *Store) rehomeColumns(ctx context.Context, m actor.Moved) error {
	if m.FromID == "" {
		return nil
	}
	return s.db.Update(ctx, func(tx sqldb.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM intake_columns WHERE union_id = $1 AND EXISTS (SELECT 1 FROM intake_columns c
			WHERE c.kind = intake_columns.kind AND c.header = intake_columns.header AND c.union_id = $2)`, m.FromID, m.ToID)
		if err == nil {
			_, err = tx.Exec(ctx, `UPDATE intake_columns SET union_id = $1 WHERE union_id = $2`, m.ToID, m.FromID)
		}
		return err
	})
}

// CountAt implements intake.Store.
func (s *Store) CountAt(ctx context.Context, path string) (_ int, err error) {
	defer fault.Wrap(&err, "intakesql.CountAt(%s)", path)
	from, until := actor.Span(path)
	return housed[0].Count(ctx, s.db, from, until)
}
