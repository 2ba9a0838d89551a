package hallsql

import (
	"context"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// identityMark is what an identity is kept and found by. Issuers are addresses, which hold no line break.
func (s *Store) identityMark(i hall.Identity) string {
	return s.box.Mark("identity", i.Issuer+"\n"+i.Subject)
}

// IdentityOf implements hall.Identities.
func (s *Store) IdentityOf(ctx context.Context, i hall.Identity) (_ string, err error) {
	defer fault.Wrap(&err, "hallsql.IdentityOf")
	return one(ctx, s.db, sqldb.Value[string], `SELECT person_id FROM hall_identity WHERE mark = $1`, s.identityMark(i))
}

// AddIdentity implements hall.Identities.
func (s *Store) AddIdentity(ctx context.Context, i hall.Identity, personID string, at time.Time, t hall.Trace) (err error) {
	defer fault.Wrap(&err, "hallsql.AddIdentity(%s)", personID)
	return s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		n, err := tx.Exec(ctx, `INSERT INTO hall_identity (mark, person_id, created_at) VALUES ($1, $2, $3) ON CONFLICT (mark) DO NOTHING`,
			s.identityMark(i), personID, at)
		if n == 0 {
			return hall.Trace{}, err
		}
		return t, err
	})
}
