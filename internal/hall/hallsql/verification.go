package hallsql

import (
	"context"
	"database/sql"
	"errors"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/sqldb"
)

const verificationColumns = `enterprise_id, state, licence, reason, found_by, found_at`

func scanVerification(s sqldb.Scanner) (v hall.Verification, err error) {
	return v, s.Scan(&v.EnterpriseID, &v.State, &v.Licence, &v.Reason, &v.By, (*sqldb.Time)(&v.At))
}

// Verifications implements hall.Enterprises.
func (s *Store) Verifications(ctx context.Context, ids []string) (_ []hall.Verification, err error) {
	defer fault.Wrap(&err, "hallsql.Verifications(%d)", len(ids))
	return sqldb.All(ctx, s.db, scanVerification,
		`SELECT `+verificationColumns+` FROM hall_verification WHERE enterprise_id IN (`+sqldb.In(1, len(ids))+`)`, sqldb.Args(ids)...)
}

// touchEnterprise comes first in what must not overlap for one enterprise: the second waits, and sees what the first did.
const touchEnterprise = `UPDATE hall_enterprise SET status = status WHERE id = $1`

// Verify implements hall.Enterprises.
func (s *Store) Verify(ctx context.Context, id string, fn func(hall.Enterprise, hall.Verification, hall.Document) (hall.Verification, hall.Trace, error)) (err error) {
	defer fault.Wrap(&err, "hallsql.Verify(%s)", id)
	return s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		// Touched first, so that of two officers at once the second waits and sees what the first found.
		if _, err := tx.Exec(ctx, touchEnterprise, id); err != nil {
			return hall.Trace{}, err
		}
		e, err := one(ctx, tx, scanEnterprise, `SELECT `+enterpriseColumns+` FROM hall_enterprise WHERE id = $1`, id)
		if err != nil {
			return hall.Trace{}, err
		}
		old, err := sqldb.One(ctx, tx, scanVerification, `SELECT `+verificationColumns+` FROM hall_verification WHERE enterprise_id = $1`, id)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return hall.Trace{}, err
		}
		given, err := sqldb.All(ctx, tx, scanDocument, documentsOf, id, string(hall.LicenceDocument))
		if err != nil {
			return hall.Trace{}, err
		}
		newest := hall.Document{}
		if len(given) > 0 {
			newest = given[0]
		}
		v, t, err := fn(e, old, newest)
		if err != nil || len(t.Audits)+len(t.Events) == 0 {
			return t, err
		}
		if e.Licence == "" && v.State == hall.Verified {
			if err := setLicence(ctx, tx, id, v.Licence); err != nil {
				return t, err
			}
		}
		state := hall.DocumentConfirmed
		if v.State == hall.Refused {
			state = hall.DocumentRefused
		}
		if err := decide(ctx, tx, newest.ID, state, v.Reason, v.By, v.At); err != nil {
			return t, err
		}
		_, err = tx.Exec(ctx, `INSERT INTO hall_verification (`+verificationColumns+`) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (enterprise_id) DO UPDATE SET state = excluded.state, licence = excluded.licence, reason = excluded.reason,
			found_by = excluded.found_by, found_at = excluded.found_at`, id, string(v.State), v.Licence, v.Reason, v.By, v.At)
		return t, err
	})
}

// setLicence gives an enterprise its licence, which no other may have.
func setLicence(ctx context.Context, tx sqldb.Tx, id, licence string) error {
	if err := taken(insert(ctx, tx, insertLicences, []any{licence, id}), hall.TakenLicence); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE hall_enterprise SET licence = $1 WHERE id = $2`, licence, id)
	return err
}
