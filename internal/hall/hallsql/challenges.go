package hallsql

import (
	"context"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/sqldb"
)

const (
	challengeColumns = `id, person_id, purpose, secret, data, phone, tries, created_at, expires_at`
	insertChallenges = `INSERT INTO hall_challenge (` + challengeColumns + `) VALUES `
)

func (s *Store) scanChallenge(row sqldb.Scanner) (c hall.Challenge, err error) {
	if err := row.Scan(&c.ID, &c.PersonID, &c.Purpose, &c.Secret, &c.Data, &c.Phone, &c.Tries, (*sqldb.Time)(&c.Created), (*sqldb.Time)(&c.Expires)); err != nil {
		return hall.Challenge{}, err
	}
	phone, err := s.box.Open(askedOf(c.ID), string(c.Phone))
	c.Phone = hall.Phone(phone)
	return c, err
}

func (s *Store) challengeRow(c hall.Challenge) ([]any, error) {
	phone, err := s.box.Seal(askedOf(c.ID), string(c.Phone))
	return []any{c.ID, c.PersonID, string(c.Purpose), c.Secret, c.Data, phone, c.Tries, c.Created, c.Expires}, err
}

// AddChallenge implements hall.Challenges.
func (s *Store) AddChallenge(ctx context.Context, c hall.Challenge) (err error) {
	defer fault.Wrap(&err, "hallsql.AddChallenge")
	row, err := s.challengeRow(c)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx sqldb.Tx) error { return insert(ctx, tx, insertChallenges, row) })
}

// TryChallenge implements hall.Challenges.
func (s *Store) TryChallenge(ctx context.Context, id string, fn func(hall.Challenge) (hall.Challenge, bool)) (err error) {
	defer fault.Wrap(&err, "hallsql.TryChallenge")
	return s.db.Update(ctx, func(tx sqldb.Tx) error {
		c, err := one(ctx, tx, s.scanChallenge, `SELECT `+challengeColumns+` FROM hall_challenge WHERE id = $1`, id)
		if err != nil {
			return err
		}
		left, gone := fn(c)
		switch {
		case gone:
			_, err = tx.Exec(ctx, `DELETE FROM hall_challenge WHERE id = $1`, id)
		case left != c:
			_, err = tx.Exec(ctx, `UPDATE hall_challenge SET secret = $1, data = $2, tries = $3 WHERE id = $4`, left.Secret, left.Data, left.Tries, id)
		}
		return err
	})
}

// TrimChallenges implements hall.Challenges.
func (s *Store) TrimChallenges(ctx context.Context, now time.Time) (gone int, err error) {
	defer fault.Wrap(&err, "hallsql.TrimChallenges")
	return s.trim(ctx, `DELETE FROM hall_challenge WHERE id IN (SELECT id FROM hall_challenge WHERE expires_at <= $1 LIMIT 0+$2)`, now, trimAtOnce)
}

// trim deletes in small transactions, so that nobody waits for it.
func (s *Store) trim(ctx context.Context, q string, args ...any) (gone int, err error) {
	for {
		var n int64
		err := s.db.Update(ctx, func(tx sqldb.Tx) (err error) {
			n, err = tx.Exec(ctx, q, args...)
			return err
		})
		if err != nil {
			return gone, err
		}
		if gone += int(n); n < trimAtOnce {
			return gone, nil
		}
	}
}
