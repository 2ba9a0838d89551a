package hallsql

import (
	"context"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// Known implements hall.Admissions.
func (s *Store) Known(ctx context.Context, k hall.Keys) (_ hall.Known, err error) {
	defer fault.Wrap(&err, "hallsql.Known")
	return s.known(ctx, s.db, k)
}

func (s *Store) known(ctx context.Context, q sqldb.Queryer, k hall.Keys) (out hall.Known, err error) {
	if out.People, err = s.peopleByLogin(ctx, q, k.Logins); err != nil {
		return out, err
	}
	if err = knownMasters(ctx, q, k, &out); err != nil {
		return out, err
	}
	if out.Enterprises, err = knownFirms(ctx, q, k); err != nil || len(out.Enterprises) == 0 {
		return out, err
	}
	ids := make([]string, len(out.Enterprises))
	for i, e := range out.Enterprises {
		ids[i] = e.ID
	}
	out.Contacts, err = contactsOf(ctx, q, ids)
	return out, err
}

func knownFirms(ctx context.Context, q sqldb.Queryer, k hall.Keys) (out []hall.Enterprise, err error) {
	if len(k.Licences) > 0 {
		out, err = sqldb.All(ctx, q, scanEnterprise, `SELECT `+enterpriseColumns+` FROM hall_enterprise
			WHERE id IN (SELECT enterprise_id FROM hall_licence WHERE value IN (`+sqldb.In(1, len(k.Licences))+`))`, sqldb.Args(k.Licences)...)
		if err != nil {
			return nil, err
		}
	}
	if len(k.Names) == 0 || len(k.Unions) == 0 {
		return out, nil
	}
	paths, err := sqldb.All(ctx, q, sqldb.Value[string], `SELECT path FROM hall_union WHERE id IN (`+sqldb.In(1, len(k.Unions))+`)`, sqldb.Args(k.Unions)...)
	if err != nil || len(paths) == 0 {
		return out, err
	}
	named, err := sqldb.All(ctx, q, scanEnterprise, `SELECT `+enterpriseColumns+` FROM hall_enterprise
		WHERE union_path IN (`+sqldb.In(1, len(paths))+`) AND name IN (`+sqldb.In(len(paths)+1, len(k.Names))+`)`,
		append(sqldb.Args(paths), sqldb.Args(k.Names)...)...)
	return append(out, named...), err
}

// Admit implements hall.Admissions.
func (s *Store) Admit(ctx context.Context, k hall.Keys, fn func(hall.Known) (hall.Admission, hall.Trace, error)) (err error) {
	defer fault.Wrap(&err, "hallsql.Admit")
	return s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		there, err := s.known(ctx, tx, k)
		if err != nil {
			return hall.Trace{}, err
		}
		a, t, err := fn(there)
		if err != nil {
			return t, err
		}
		people, err := s.peopleRows(a.People)
		if err != nil {
			return t, err
		}
		for _, p := range []struct {
			head  string
			rows  [][]any
			taken *fault.Error
		}{
			{insertPeople, people, hall.TakenPhone},
			{insertLogins, s.loginRows(a.People), hall.TakenPhone},
			{insertEnterprises, rows(a.Enterprises, enterpriseRow), hall.TakenLicence},
			{insertLicences, licenceRows(a.Enterprises), hall.TakenLicence},
			{insertContacts, rows(a.Contacts, contactRow), hall.TakenContact},
			{insertMasters, rows(a.Masters, masterRow), hall.TakenMaster},
			{insertCrafts, craftRows(a.Masters), hall.TakenMaster},
		} {
			if err := insert(ctx, tx, p.head, p.rows...); err != nil {
				return t, taken(err, p.taken)
			}
		}
		if err := s.fillPeople(ctx, tx, a.Fill); err != nil {
			return t, err
		}
		return t, fillFirms(ctx, tx, a.FillFirms)
	})
}

func fillFirms(ctx context.Context, tx sqldb.Tx, list []hall.Enterprise) error {
	for _, e := range list {
		_, err := tx.Exec(ctx, `UPDATE hall_enterprise SET licence = $1, address = $2, lat = $3, lng = $4 WHERE id = $5`,
			e.Licence, e.Address, e.Place.Lat, e.Place.Lng, e.ID)
		if err != nil {
			return err
		}
		if e.Licence == "" {
			continue
		}
		if _, err := tx.Exec(ctx, insertLicences+`($1, $2) ON CONFLICT (value) DO NOTHING`, e.Licence, e.ID); err != nil {
			return err
		}
	}
	return nil
}

// ExpelPeople implements hall.Admissions.
func (s *Store) ExpelPeople(ctx context.Context, ids []string, t hall.Trace) (gone []string, err error) {
	defer fault.Wrap(&err, "hallsql.ExpelPeople(%d)", len(ids))
	if len(ids) == 0 {
		return nil, nil
	}
	err = s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		gone, err = sqldb.All(ctx, tx, sqldb.Value[string], `SELECT id FROM hall_person p WHERE id IN (`+sqldb.In(1, len(ids))+`)
			AND NOT EXISTS (SELECT 1 FROM hall_password w WHERE w.person_id = p.id)
			AND NOT EXISTS (SELECT 1 FROM hall_grant g WHERE g.person_id = p.id)
			AND NOT EXISTS (SELECT 1 FROM hall_contact c WHERE c.person_id = p.id)
			AND NOT EXISTS (SELECT 1 FROM hall_master m WHERE m.person_id = p.id)`, sqldb.Args(ids)...)
		if err != nil || len(gone) == 0 {
			return hall.Trace{}, err
		}
		return t, remove(ctx, tx, gone, `hall_login WHERE person_id`, `hall_person WHERE id`)
	})
	return gone, err
}

// ExpelEnterprises implements hall.Admissions. Whoever works on an enterprise leaves an audit.
func (s *Store) ExpelEnterprises(ctx context.Context, ids []string, t hall.Trace) (gone []string, err error) {
	defer fault.Wrap(&err, "hallsql.ExpelEnterprises(%d)", len(ids))
	if len(ids) == 0 {
		return nil, nil
	}
	err = s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		gone, err = sqldb.All(ctx, tx, sqldb.Value[string], `SELECT id FROM hall_enterprise e WHERE id IN (`+sqldb.In(1, len(ids))+`)
			AND status = 'active'
			AND NOT EXISTS (SELECT 1 FROM hall_audit a WHERE a.union_path = e.union_path AND a.subject_id = e.id)`, sqldb.Args(ids)...)
		if err != nil || len(gone) == 0 {
			return hall.Trace{}, err
		}
		return t, remove(ctx, tx, gone, `hall_contact WHERE enterprise_id`, `hall_licence WHERE enterprise_id`, `hall_enterprise WHERE id`)
	})
	return gone, err
}

// remove deletes the rows of the ids.
func remove(ctx context.Context, tx sqldb.Tx, ids []string, from ...string) error {
	for _, f := range from {
		if _, err := tx.Exec(ctx, `DELETE FROM `+f+` IN (`+sqldb.In(1, len(ids))+`)`, sqldb.Args(ids)...); err != nil {
			return err
		}
	}
	return nil
}
