package hallsql

import (
	"context"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/sqldb"
)

const passkeyColumns = `id, person_id, name, data, created_at, used_at`

func scanPasskey(row sqldb.Scanner) (k hall.Passkey, err error) {
	return k, row.Scan(&k.ID, &k.PersonID, &k.Name, &k.Data, (*sqldb.Time)(&k.Created), (*sqldb.Time)(&k.Used))
}

// AddPasskey implements hall.PasskeyStore.
func (s *Store) AddPasskey(ctx context.Context, k hall.Passkey, most int, t hall.Trace) (err error) {
	defer fault.Wrap(&err, "hallsql.AddPasskey(%s)", k.PersonID)
	return s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		n, err := sqldb.One(ctx, tx, sqldb.Value[int], `SELECT count(*) FROM hall_passkey WHERE person_id = $1`, k.PersonID)
		if err != nil {
			return t, err
		}
		if n >= most {
			return t, hall.TooManyPasskeys
		}
		return t, taken(insert(ctx, tx, `INSERT INTO hall_passkey (`+passkeyColumns+`) VALUES `,
			[]any{k.ID, k.PersonID, k.Name, k.Data, k.Created, k.Used}), hall.TakenPasskey)
	})
}

// PasskeysOf implements hall.PasskeyStore.
func (s *Store) PasskeysOf(ctx context.Context, personID string) (_ []hall.Passkey, err error) {
	defer fault.Wrap(&err, "hallsql.PasskeysOf(%s)", personID)
	return sqldb.All(ctx, s.db, scanPasskey, `SELECT `+passkeyColumns+` FROM hall_passkey WHERE person_id = $1 ORDER BY created_at, id LIMIT 100`, personID)
}

// Passkey implements hall.PasskeyStore.
func (s *Store) Passkey(ctx context.Context, id string) (_ hall.Passkey, err error) {
	defer fault.Wrap(&err, "hallsql.Passkey")
	return one(ctx, s.db, scanPasskey, `SELECT `+passkeyColumns+` FROM hall_passkey WHERE id = $1`, id)
}

// UsePasskey implements hall.PasskeyStore.
func (s *Store) UsePasskey(ctx context.Context, id, old, data string, at time.Time) (err error) {
	defer fault.Wrap(&err, "hallsql.UsePasskey")
	return s.db.Update(ctx, func(tx sqldb.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE hall_passkey SET data = $1, used_at = $2 WHERE id = $3 AND data = $4`, data, at, id, old)
		if err == nil && n == 0 {
			return fault.New(fault.Conflict, "fault.conflict")
		}
		return err
	})
}

// DropPasskey implements hall.PasskeyStore.
func (s *Store) DropPasskey(ctx context.Context, personID, id string, t hall.Trace) (err error) {
	defer fault.Wrap(&err, "hallsql.DropPasskey(%s)", personID)
	return s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		n, err := tx.Exec(ctx, `DELETE FROM hall_passkey WHERE person_id = $1 AND id = $2`, personID, id)
		if err == nil && n == 0 {
			err = fault.NoSuch()
		}
		return t, err
	})
}
