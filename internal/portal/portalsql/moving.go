package portalsql

import (
	"context"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// housed are the tables whose rows follow a union.
var housed = []sqldb.Housed{{Table: "portal_portal", Key: "id", ID: "union_id"}}

// Rehome implements portal.Store.
func (s *Store) Rehome(ctx context.Context, steps []actor.Moved) (_ int, err error) {
	defer fault.Wrap(&err, "portalsql.Rehome")
	return s.db.RehomeAll(ctx, housed, steps, sqldb.RehomeBatch)
}
