package privacysql

import (
	"context"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// housed are the tables whose rows follow a union.
var housed = []sqldb.Housed{{Table: "privacy_reading", Key: "id"}, {Table: "privacy_erasure", Key: "person_id"}}

// Rehome implements privacy.Store.
func (s *Store) Rehome(ctx context.Context, steps []actor.Moved) (_ int, err error) {
	defer fault.Wrap(&err, "privacysql.Rehome")
	return s.db.RehomeAll(ctx, housed, steps, sqldb.RehomeBatch)
}
