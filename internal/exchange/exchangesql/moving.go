package exchangesql

import (
	"context"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// housed are the tables whose rows follow a union. An engagement follows its need.
var housed = []sqldb.Housed{
	{Table: "exchange_need", Key: "id", ID: "union_id"},
	{Table: "exchange_offer", Key: "id", ID: "union_id"},
	{Table: "exchange_tool", Key: "id"},
}

// Rehome implements exchange.Store.
func (s *Store) Rehome(ctx context.Context, steps []actor.Moved) (n int, err error) {
	defer fault.Wrap(&err, "exchangesql.Rehome")
	defer s.summed.Clear()
	for _, m := range steps {
		if err := s.rehomeTools(ctx, m); err != nil {
			return 0, err
		}
	}
	return s.db.RehomeAll(ctx, housed, steps, sqldb.RehomeBatch)
}

// rehomeTools gives the entries of a union that is gone to the one it went into: they name their union where no query
// looks. They are few for one union, and their paths come after.
func (s *Store) rehomeTools(ctx context.Context, m actor.Moved) error {
	if m.FromID == "" {
		return nil
	}
	return s.db.Update(ctx, func(tx sqldb.Tx) error {
		list, err := sqldb.All(ctx, tx, scanTool, `SELECT `+toolColumns+` FROM exchange_tool WHERE union_path = $1`, m.From)
		if err != nil {
			return err
		}
		for _, t := range list {
			if t.UnionID != m.FromID {
				continue
			}
			t.UnionID = m.ToID
			text, err := toolText(t)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `UPDATE exchange_tool SET doc = $1 WHERE id = $2`, text, t.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

// Housed implements exchange.Store.
func (s *Store) Housed(ctx context.Context, path string) (out map[string]int, err error) {
	defer fault.Wrap(&err, "exchangesql.Housed(%s)", path)
	out = map[string]int{}
	from, until := actor.Span(path)
	for i, what := range []string{"needs", "offers", "tools"} {
		if out[what], err = housed[i].Count(ctx, s.db, from, until); err != nil {
			return nil, err
		}
	}
	out["engagements"], err = sqldb.One(ctx, s.db, sqldb.Value[int], `SELECT COUNT(*) FROM exchange_engagement
		WHERE need_id IN (SELECT id FROM exchange_need WHERE union_path >= $1 AND union_path < $2)`, from, until)
	return out, err
}
