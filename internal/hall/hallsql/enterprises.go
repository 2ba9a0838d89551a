package hallsql

import (
	"context"
	"strings"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/sqldb"
)

const (
	enterpriseColumns = `id, name, licence, industry, size, specialised, union_id, union_path, address, lat, lng, status, created_at`
	insertEnterprises = `INSERT INTO hall_enterprise (` + enterpriseColumns + `) VALUES `
	insertLicences    = `INSERT INTO hall_licence (value, enterprise_id) VALUES `
	contactColumns    = `enterprise_id, person_id, title, since`
	insertContacts    = `INSERT INTO hall_contact (` + contactColumns + `) VALUES `
)

func enterpriseRow(e hall.Enterprise) []any {
	return []any{e.ID, e.Name, e.Licence, e.Industry, string(e.Size), e.Specialised, e.UnionID, e.UnionPath, e.Address,
		e.Place.Lat, e.Place.Lng, string(e.Status), e.Created}
}

func scanEnterprise(s sqldb.Scanner) (e hall.Enterprise, err error) {
	err = s.Scan(&e.ID, &e.Name, &e.Licence, &e.Industry, &e.Size, &e.Specialised, &e.UnionID, &e.UnionPath, &e.Address,
		&e.Place.Lat, &e.Place.Lng, &e.Status, (*sqldb.Time)(&e.Created))
	return e, err
}

func licenceRows(list []hall.Enterprise) (out [][]any) {
	for _, e := range list {
		if e.Licence != "" {
			out = append(out, []any{e.Licence, e.ID})
		}
	}
	return out
}

func scanContact(s sqldb.Scanner) (c hall.Contact, err error) {
	return c, s.Scan(&c.EnterpriseID, &c.PersonID, &c.Title, (*sqldb.Time)(&c.Since))
}

func contactRow(c hall.Contact) []any { return []any{c.EnterpriseID, c.PersonID, c.Title, c.Since} }

// Enterprise implements hall.Enterprises.
func (s *Store) Enterprise(ctx context.Context, id string) (_ hall.Enterprise, err error) {
	defer fault.Wrap(&err, "hallsql.Enterprise(%s)", id)
	return one(ctx, s.db, scanEnterprise, `SELECT `+enterpriseColumns+` FROM hall_enterprise WHERE id = $1`, id)
}

// Enterprises implements hall.Enterprises.
func (s *Store) Enterprises(ctx context.Context, ids []string) (_ []hall.Enterprise, err error) {
	defer fault.Wrap(&err, "hallsql.Enterprises(%d)", len(ids))
	return sqldb.All(ctx, s.db, scanEnterprise,
		`SELECT `+enterpriseColumns+` FROM hall_enterprise WHERE id IN (`+sqldb.In(1, len(ids))+`)`, sqldb.Args(ids)...)
}

// CreateEnterprise implements hall.Enterprises.
func (s *Store) CreateEnterprise(ctx context.Context, e hall.Enterprise, t hall.Trace) (err error) {
	defer fault.Wrap(&err, "hallsql.CreateEnterprise(%s)", e.ID)
	return s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		if err := insert(ctx, tx, insertEnterprises, enterpriseRow(e)); err != nil {
			return t, err
		}
		return t, taken(insert(ctx, tx, insertLicences, licenceRows([]hall.Enterprise{e})...), hall.TakenLicence)
	})
}

// UpdateEnterprise implements hall.Enterprises.
func (s *Store) UpdateEnterprise(ctx context.Context, id string, fn hall.Change[hall.Enterprise]) (out hall.Enterprise, err error) {
	defer fault.Wrap(&err, "hallsql.UpdateEnterprise(%s)", id)
	err = s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		old, err := one(ctx, tx, scanEnterprise, `SELECT `+enterpriseColumns+` FROM hall_enterprise WHERE id = $1`, id)
		if err != nil {
			return hall.Trace{}, err
		}
		e, t, err := fn(old)
		if err != nil {
			return t, err
		}
		e.ID, e.Licence, e.UnionID, e.UnionPath, e.Created = old.ID, old.Licence, old.UnionID, old.UnionPath, old.Created
		out = e
		_, err = tx.Exec(ctx, `UPDATE hall_enterprise SET name = $1, industry = $2, size = $3, specialised = $4, address = $5, lat = $6,
			lng = $7, status = $8 WHERE id = $9`, e.Name, e.Industry, string(e.Size), e.Specialised, e.Address, e.Place.Lat, e.Place.Lng,
			string(e.Status), id)
		return t, err
	})
	return out, err
}

// ContactsOf implements hall.Enterprises.
func (s *Store) ContactsOf(ctx context.Context, ids []string) (_ []hall.Contact, err error) {
	defer fault.Wrap(&err, "hallsql.ContactsOf(%d)", len(ids))
	return contactsOf(ctx, s.db, ids)
}

func contactsOf(ctx context.Context, q sqldb.Queryer, ids []string) ([]hall.Contact, error) {
	return sqldb.All(ctx, q, scanContact, `SELECT `+contactColumns+` FROM hall_contact WHERE enterprise_id IN (`+sqldb.In(1, len(ids))+`) ORDER BY since, person_id`,
		sqldb.Args(ids)...)
}

// AddContact implements hall.Enterprises.
func (s *Store) AddContact(ctx context.Context, c hall.Contact, newcomer *hall.NewPerson, t hall.Trace) (err error) {
	defer fault.Wrap(&err, "hallsql.AddContact(%s)", c.EnterpriseID)
	return s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		if newcomer != nil {
			if err := s.insertPerson(ctx, tx, *newcomer); err != nil {
				return t, err
			}
		}
		return t, taken(insert(ctx, tx, insertContacts, contactRow(c)), hall.TakenContact)
	})
}

// RemoveContact implements hall.Enterprises.
func (s *Store) RemoveContact(ctx context.Context, enterpriseID, personID string, t hall.Trace) (err error) {
	defer fault.Wrap(&err, "hallsql.RemoveContact(%s, %s)", enterpriseID, personID)
	return s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		n, err := tx.Exec(ctx, `DELETE FROM hall_contact WHERE enterprise_id = $1 AND person_id = $2`, enterpriseID, personID)
		if err == nil && n == 0 {
			err = fault.NoSuch()
		}
		return t, err
	})
}

// ListEnterprises implements hall.Enterprises.
func (s *Store) ListEnterprises(ctx context.Context, path string, q hall.Search) (_ hall.List[hall.Enterprise], err error) {
	defer fault.Wrap(&err, "hallsql.ListEnterprises(%s)", path)
	var sp spot
	if err := sp.after(q.After); err != nil {
		return hall.List[hall.Enterprise]{}, err
	}
	from, to := actor.Span(path)
	licence := strings.ToUpper(strings.TrimSpace(q.Words))
	if licence == "" {
		licence = "-" // no enterprise has it
	}
	total, err := sqldb.One(ctx, s.db, count, `SELECT COUNT(*) FROM hall_enterprise
		WHERE union_path >= $1 AND union_path < $2 AND (lower(name) LIKE $3 ESCAPE '!' OR licence = $4)`, from, to, like(q.Words), licence)
	if err != nil {
		return hall.List[hall.Enterprise]{}, err
	}
	list, err := sqldb.All(ctx, s.db, scanEnterprise, `SELECT `+enterpriseColumns+` FROM hall_enterprise
		WHERE union_path >= $1 AND union_path < $2 AND (union_path, name, id) > ($3, $4, $5)
		AND (lower(name) LIKE $6 ESCAPE '!' OR licence = $7)
		ORDER BY union_path, name, id LIMIT 0+$8`, from, to, sp.path, sp.name, sp.id, like(q.Words), licence, q.Limit+1)
	return page(list, q.Limit, total, func(e hall.Enterprise) string { return cursor(e.UnionPath, e.Name, e.ID) }), err
}
