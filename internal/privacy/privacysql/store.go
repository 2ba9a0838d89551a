// Package privacysql keeps consents, sensitive values, readings and erasures in SQL, in both dialects with the same text.
package privacysql

import (
	"context"
	"database/sql"
	"errors"
	"strconv"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/privacy"
	"github.com/unionhall/unionhall/internal/seal"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// Store implements privacy.Store. Sensitive values are sealed in its tables.
type Store struct {
	db  *sqldb.DB
	box *seal.Box
}

var _ privacy.Store = (*Store)(nil)

// New makes the store on a migrated database, with the keys of its personal data.
func New(db *sqldb.DB, box *seal.Box) *Store { return &Store{db, box} }

// place names a value, so that it opens there only.
func place(personID string, f privacy.Field) string {
	return "privacy_field.value/" + personID + "/" + string(f)
}

func none(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fault.NoSuch()
	}
	return err
}

const actColumns = `person_id, id, purpose, version, given, by_id, at`

func scanAct(s sqldb.Scanner) (a privacy.Act, err error) {
	return a, s.Scan(&a.PersonID, &a.ID, &a.Purpose, &a.Version, &a.Given, &a.By, (*sqldb.Time)(&a.At))
}

func insertAct(ctx context.Context, tx sqldb.Tx, a privacy.Act) error {
	_, err := tx.Exec(ctx, `INSERT INTO privacy_consent (`+actColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		a.PersonID, a.ID, a.Purpose, a.Version, a.Given, a.By, a.At)
	return err
}

// AddAct implements privacy.Store.
func (s *Store) AddAct(ctx context.Context, a privacy.Act) (err error) {
	defer fault.Wrap(&err, "privacysql.AddAct(%s)", a.PersonID)
	return s.db.Update(ctx, func(tx sqldb.Tx) error { return insertAct(ctx, tx, a) })
}

// Acts implements privacy.Store.
func (s *Store) Acts(ctx context.Context, personID string) (_ []privacy.Act, err error) {
	defer fault.Wrap(&err, "privacysql.Acts(%s)", personID)
	return sqldb.All(ctx, s.db, scanAct, `SELECT `+actColumns+` FROM privacy_consent WHERE person_id = $1 ORDER BY id`, personID)
}

// LastActs implements privacy.Store.
func (s *Store) LastActs(ctx context.Context, personIDs []string, purpose string) (_ map[string]privacy.Act, err error) {
	defer fault.Wrap(&err, "privacysql.LastActs(%d)", len(personIDs))
	out := map[string]privacy.Act{}
	if len(personIDs) == 0 {
		return out, nil
	}
	acts, err := sqldb.All(ctx, s.db, scanAct, `SELECT `+actColumns+` FROM privacy_consent
		WHERE person_id IN (`+sqldb.In(1, len(personIDs))+`) AND purpose = $`+strconv.Itoa(len(personIDs)+1)+` ORDER BY id`,
		sqldb.Args(personIDs, purpose)...)
	for _, a := range acts {
		out[a.PersonID] = a
	}
	return out, err
}

// SetValue implements privacy.Store.
func (s *Store) SetValue(ctx context.Context, v privacy.Value, acts []privacy.Act) (err error) {
	defer fault.Wrap(&err, "privacysql.SetValue(%s, %s)", v.PersonID, v.Field)
	sealed, err := s.box.Seal(place(v.PersonID, v.Field), v.Text)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx sqldb.Tx) error {
		for _, a := range acts {
			if err := insertAct(ctx, tx, a); err != nil {
				return err
			}
		}
		if err := s.remark(ctx, tx, v); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO privacy_field (person_id, kind, value, by_id, at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (person_id, kind) DO UPDATE SET value = excluded.value, by_id = excluded.by_id, at = excluded.at`,
			v.PersonID, v.Field, sealed, v.By, v.At)
		return err
	})
}

// remark gives a person the mark of a value that is one person's alone, in the place of the one they had.
func (s *Store) remark(ctx context.Context, tx sqldb.Tx, v privacy.Value) error {
	if v.Field != privacy.IdentityField {
		return nil
	}
	if _, err := tx.Exec(ctx, `DELETE FROM privacy_mark WHERE person_id = $1 AND kind = $2`, v.PersonID, v.Field); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO privacy_mark (value, kind, person_id) VALUES ($1, $2, $3)`,
		s.box.Mark(string(v.Field), v.Text), v.Field, v.PersonID)
	if sqldb.IsUnique(err) {
		return privacy.TakenID
	}
	return err
}

// RemoveValue implements privacy.Store.
func (s *Store) RemoveValue(ctx context.Context, personID string, f privacy.Field) (err error) {
	defer fault.Wrap(&err, "privacysql.RemoveValue(%s, %s)", personID, f)
	return s.db.Update(ctx, func(tx sqldb.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM privacy_mark WHERE person_id = $1 AND kind = $2`, personID, f); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `DELETE FROM privacy_field WHERE person_id = $1 AND kind = $2`, personID, f)
		return err
	})
}

// Values implements privacy.Store.
func (s *Store) Values(ctx context.Context, personID string) (_ []privacy.Value, err error) {
	defer fault.Wrap(&err, "privacysql.Values(%s)", personID)
	return sqldb.All(ctx, s.db, func(row sqldb.Scanner) (v privacy.Value, err error) {
		var sealed string
		if err := row.Scan(&v.PersonID, &v.Field, &sealed, &v.By, (*sqldb.Time)(&v.At)); err != nil {
			return v, err
		}
		v.Text, err = s.box.Open(place(v.PersonID, v.Field), sealed)
		return v, err
	}, `SELECT person_id, kind, value, by_id, at FROM privacy_field WHERE person_id = $1 ORDER BY kind`, personID)
}

// FindValue implements privacy.Store.
func (s *Store) FindValue(ctx context.Context, f privacy.Field, text string) (_ string, err error) {
	defer fault.Wrap(&err, "privacysql.FindValue(%s)", f)
	personID, err := sqldb.One(ctx, s.db, sqldb.Value[string], `SELECT person_id FROM privacy_mark WHERE value = $1`, s.box.Mark(string(f), text))
	return personID, none(err)
}

// Forget implements privacy.Store.
func (s *Store) Forget(ctx context.Context, personID string) (err error) {
	defer fault.Wrap(&err, "privacysql.Forget(%s)", personID)
	return s.db.Update(ctx, func(tx sqldb.Tx) error {
		for _, q := range []string{`DELETE FROM privacy_mark WHERE person_id = $1`, `DELETE FROM privacy_field WHERE person_id = $1`,
			`UPDATE privacy_reading SET note = '' WHERE person_id = $1`} {
			if _, err := tx.Exec(ctx, q, personID); err != nil {
				return err
			}
		}
		return nil
	})
}

// Reseal seals with the newest key what older ones have sealed, and says how many rows that were. It may run beside a
// running hall, and again after it was cut short.
func (s *Store) Reseal(ctx context.Context) (n int, err error) {
	defer fault.Wrap(&err, "privacysql.Reseal")
	const query = `SELECT person_id, kind, value FROM privacy_field WHERE (person_id, kind) > ($1, $2) ORDER BY person_id, kind LIMIT 0+$3`
	return s.db.ChangeRows(ctx, query, 2, 3, func(tx sqldb.Tx, r []string) (bool, error) {
		value, err := s.box.Renew(place(r[0], privacy.Field(r[1])), r[2])
		if err != nil || value == r[2] {
			return false, err
		}
		_, err = tx.Exec(ctx, `UPDATE privacy_field SET value = $1 WHERE person_id = $2 AND kind = $3`, value, r[0], r[1])
		return true, err
	})
}
