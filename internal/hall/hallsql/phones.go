package hallsql

import (
	"context"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// MovePhone implements hall.Phones.
func (s *Store) MovePhone(ctx context.Context, personID string, to hall.Phone, keep, asked string,
	fn func(hall.Person) (hall.Challenge, hall.Trace, error)) (err error) {
	defer fault.Wrap(&err, "hallsql.MovePhone(%s)", personID)
	return s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		old, err := one(ctx, tx, s.scanPerson, selectPerson, personID)
		if err != nil || old.Phone == to {
			return hall.Trace{}, err
		}
		left, t, err := fn(old)
		if err != nil {
			return t, err
		}
		if err := s.stripClosed(ctx, tx, to); err != nil {
			return t, err
		}
		if err := s.moveLogin(ctx, tx, personID, hall.ByPhone, string(old.Phone), string(to)); err != nil {
			return t, err
		}
		old.Phone = to
		row, err := s.personRow(old)
		if err != nil {
			return t, err
		}
		if _, err := tx.Exec(ctx, `UPDATE hall_person SET phone = $1 WHERE id = $2`, row[2], personID); err != nil {
			return t, err
		}
		if _, err := tx.Exec(ctx, deleteSessions, personID, keep); err != nil {
			return t, err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM hall_challenge WHERE person_id = $1 AND id <> $2`, personID, asked); err != nil {
			return t, err
		}
		if row, err = s.challengeRow(left); err != nil {
			return t, err
		}
		return t, insert(ctx, tx, insertChallenges, row)
	})
}

// stripClosed takes a number from a closed account, if one has it.
func (s *Store) stripClosed(ctx context.Context, tx sqldb.Tx, phone hall.Phone) error {
	had, err := s.peopleByLogin(ctx, tx, []string{string(phone)})
	for _, p := range had {
		if p.Status == hall.Closed && err == nil {
			err = s.strip(ctx, tx, p)
		}
	}
	return err
}
