package hallsql

import (
	"context"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/sqldb"
)

const (
	membershipColumns = `person_id, id, at, how, from_union, to_union, by_id`
	insertMemberships = `INSERT INTO hall_membership (` + membershipColumns + `) VALUES `
)

func membershipRow(m hall.Membership) []any {
	return []any{m.PersonID, m.ID, m.At, string(m.How), m.FromUnion, m.ToUnion, m.By}
}

func scanMembership(s sqldb.Scanner) (m hall.Membership, err error) {
	return m, s.Scan(&m.PersonID, &m.ID, (*sqldb.Time)(&m.At), &m.How, &m.FromUnion, &m.ToUnion, &m.By)
}

// MembershipsOf implements hall.Memberships.
func (s *Store) MembershipsOf(ctx context.Context, personID string) (_ []hall.Membership, err error) {
	defer fault.Wrap(&err, "hallsql.MembershipsOf(%s)", personID)
	return sqldb.All(ctx, s.db, scanMembership, `SELECT `+membershipColumns+` FROM hall_membership WHERE person_id = $1 ORDER BY at, id`, personID)
}

// Belonging implements hall.Memberships.
func (s *Store) Belonging(ctx context.Context, personID string) (_ hall.Belonging, err error) {
	defer fault.Wrap(&err, "hallsql.Belonging(%s)", personID)
	return s.belonging(ctx, s.db, personID)
}

func (s *Store) belonging(ctx context.Context, q sqldb.Queryer, personID string) (b hall.Belonging, err error) {
	if b.Person, err = one(ctx, q, s.scanPerson, selectPerson, personID); err != nil {
		return b, err
	}
	b.Grants, err = sqldb.All(ctx, q, scanGrant, `SELECT `+grantColumns+` FROM hall_grant WHERE person_id = $1 ORDER BY id`, personID)
	if err != nil {
		return b, err
	}
	b.Contacts, err = sqldb.All(ctx, q, scanContact, `SELECT `+contactColumns+` FROM hall_contact WHERE person_id = $1 ORDER BY since, enterprise_id`, personID)
	if err != nil {
		return b, err
	}
	status, err := sqldb.All(ctx, q, sqldb.Value[string], `SELECT status FROM hall_master WHERE person_id = $1`, personID)
	if len(status) > 0 {
		b.Master = hall.Status(status[0])
	}
	return b, err
}

// Turn implements hall.Memberships.
func (s *Store) Turn(ctx context.Context, personID string, fn func(hall.Belonging) (hall.Turned, hall.Trace, error)) (err error) {
	defer fault.Wrap(&err, "hallsql.Turn(%s)", personID)
	return s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		old, err := s.held(ctx, tx, personID)
		if err != nil {
			return hall.Trace{}, err
		}
		now, t, err := fn(old)
		if err != nil {
			return t, err
		}
		return t, s.turn(ctx, tx, old, now)
	})
}

// held gives who belongs where for a turn. The person is touched first, so that of two turns at once the second waits and
// sees what the first left.
func (s *Store) held(ctx context.Context, tx sqldb.Tx, personID string) (hall.Belonging, error) {
	if _, err := tx.Exec(ctx, `UPDATE hall_person SET status = status WHERE id = $1`, personID); err != nil {
		return hall.Belonging{}, err
	}
	return s.belonging(ctx, tx, personID)
}

// turn makes a person, and all that hangs on where they belong, what they turned to.
func (s *Store) turn(ctx context.Context, tx sqldb.Tx, old hall.Belonging, now hall.Turned) error {
	id, p := old.Person.ID, now.Person
	if _, err := tx.Exec(ctx, `UPDATE hall_person SET union_id = $1, union_path = $2, status = $3 WHERE id = $4`, p.UnionID, p.UnionPath, string(p.Status), id); err != nil {
		return err
	}
	if old.Master != "" {
		if _, err := tx.Exec(ctx, `UPDATE hall_master SET union_id = $1, union_path = $2, status = $3 WHERE person_id = $4`,
			p.UnionID, p.UnionPath, string(now.Master), id); err != nil {
			return err
		}
	}
	for _, g := range old.Grants {
		if !holds(now.Grants, g.ID) {
			if _, err := tx.Exec(ctx, `DELETE FROM hall_grant WHERE id = $1`, g.ID); err != nil {
				return err
			}
		}
	}
	if !now.Contacts {
		if _, err := tx.Exec(ctx, `DELETE FROM hall_contact WHERE person_id = $1`, id); err != nil {
			return err
		}
	}
	if !now.Sessions {
		if _, err := tx.Exec(ctx, deleteSessions, id, ""); err != nil {
			return err
		}
	}
	if err := withdrawOpen(ctx, tx, id, now.Entry); err != nil {
		return err
	}
	return insert(ctx, tx, insertMemberships, membershipRow(now.Entry))
}

// withdrawOpen takes back the transfer of a member that waits: where they belong has turned without it.
func withdrawOpen(ctx context.Context, tx sqldb.Tx, personID string, by hall.Membership) error {
	_, err := tx.Exec(ctx, `UPDATE hall_request SET state = 'withdrawn', decided_at = $1 WHERE kind = 'transfer' AND state = 'waiting' AND person_id = $2`, by.At, personID)
	if err == nil {
		_, err = tx.Exec(ctx, `DELETE FROM hall_request_open WHERE value = $1`, openPerson(personID))
	}
	return err
}
