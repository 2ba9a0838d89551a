package hallsql

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/sqldb"
)

const (
	grantColumns = `id, person_id, union_id, union_path, role, given_by, given_at`
	insertGrants = `INSERT INTO hall_grant (` + grantColumns + `) VALUES `
	auditColumns = `id, at, actor_id, what, union_path, subject_id, detail`
)

func grantRow(g hall.Grant) []any {
	return []any{g.ID, g.PersonID, g.UnionID, g.UnionPath, string(g.Role), g.GivenBy, g.Given}
}

func grantFields(g *hall.Grant) []any {
	return []any{&g.ID, &g.PersonID, &g.UnionID, &g.UnionPath, &g.Role, &g.GivenBy, (*sqldb.Time)(&g.Given)}
}

func scanGrant(s sqldb.Scanner) (g hall.Grant, err error) { return g, s.Scan(grantFields(&g)...) }

// Powers implements hall.Officers.
func (s *Store) Powers(ctx context.Context, personID string) (out hall.Powers, err error) {
	defer fault.Wrap(&err, "hallsql.Powers(%s)", personID)
	type row struct{ what, a, b, c string }
	rows, err := sqldb.All(ctx, s.db, func(s sqldb.Scanner) (r row, err error) { return r, s.Scan(&r.what, &r.a, &r.b, &r.c) }, `
		SELECT 'grant', role, union_id, union_path FROM hall_grant WHERE person_id = $1
		UNION ALL
		SELECT 'enterprise', enterprise_id, '', '' FROM hall_contact WHERE person_id = $2
		UNION ALL
		SELECT 'master', status, '', '' FROM hall_master WHERE person_id = $3
		UNION ALL
		SELECT 'move', plan, '', '' FROM hall_move WHERE done_at = 0`, personID, personID, personID)
	for _, r := range rows {
		switch r.what {
		case "grant":
			out.Grants = append(out.Grants, actor.Grant{Role: actor.Role(r.a), UnionID: r.b, Path: r.c})
		case "enterprise":
			out.Enterprises = append(out.Enterprises, r.a)
		case "master":
			out.Master = hall.Status(r.a) != hall.Closed
		case "move":
			if err := json.Unmarshal([]byte(r.a), &out.Moving); err != nil {
				return hall.Powers{}, err
			}
		}
	}
	slices.SortFunc(out.Grants, func(a, b actor.Grant) int {
		return slices.Compare([]string{a.Path, string(a.Role)}, []string{b.Path, string(b.Role)})
	})
	slices.Sort(out.Enterprises)
	return out, err
}

// Grant implements hall.Officers.
func (s *Store) Grant(ctx context.Context, id string) (_ hall.Grant, err error) {
	defer fault.Wrap(&err, "hallsql.Grant(%s)", id)
	return one(ctx, s.db, scanGrant, `SELECT `+grantColumns+` FROM hall_grant WHERE id = $1`, id)
}

// UpdateGrants implements hall.Officers. Transactions are serializable, so two calls for one person
// behave as if one came after the other.
func (s *Store) UpdateGrants(ctx context.Context, personID string, fn hall.Change[[]hall.Grant]) (err error) {
	defer fault.Wrap(&err, "hallsql.UpdateGrants(%s)", personID)
	return s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		old, err := sqldb.All(ctx, tx, scanGrant, `SELECT `+grantColumns+` FROM hall_grant WHERE person_id = $1 ORDER BY id`, personID)
		if err != nil {
			return hall.Trace{}, err
		}
		now, t, err := fn(slices.Clone(old))
		if err != nil {
			return t, err
		}
		for _, g := range old {
			if !holds(now, g.ID) {
				if _, err := tx.Exec(ctx, `DELETE FROM hall_grant WHERE id = $1`, g.ID); err != nil {
					return t, err
				}
			}
		}
		for _, g := range now {
			if !holds(old, g.ID) {
				if err := insert(ctx, tx, insertGrants, grantRow(g)); err != nil {
					return t, taken(err, hall.TakenGrant)
				}
			}
		}
		return t, nil
	})
}

func holds(list []hall.Grant, id string) bool {
	return slices.ContainsFunc(list, func(g hall.Grant) bool { return g.ID == id })
}

const officerColumns = `g.id, g.person_id, g.union_id, g.union_path, g.role, g.given_by, g.given_at,
	p.id, p.name, p.phone, p.email, p.union_id, p.union_path, p.lang, p.status, p.created_at`

func (s *Store) scanOfficer(row sqldb.Scanner) (o hall.Officer, err error) {
	if err := row.Scan(append(grantFields(&o.Grant), personFields(&o.Person)...)...); err != nil {
		return hall.Officer{}, err
	}
	return o, s.openPerson(&o.Person)
}

// ListOfficers implements hall.Officers.
func (s *Store) ListOfficers(ctx context.Context, path string, q hall.Search) (_ hall.List[hall.Officer], err error) {
	defer fault.Wrap(&err, "hallsql.ListOfficers(%s)", path)
	var sp spot
	if err := sp.after(q.After); err != nil {
		return hall.List[hall.Officer]{}, err
	}
	from, to := actor.Span(path)
	total, err := sqldb.One(ctx, s.db, count, `SELECT COUNT(*) FROM hall_grant g JOIN hall_person p ON p.id = g.person_id
		WHERE g.union_path >= $1 AND g.union_path < $2 AND lower(p.name) LIKE $3 ESCAPE '!'`, from, to, like(q.Words))
	if err != nil {
		return hall.List[hall.Officer]{}, err
	}
	list, err := sqldb.All(ctx, s.db, s.scanOfficer, `SELECT `+officerColumns+`
		FROM hall_grant g JOIN hall_person p ON p.id = g.person_id
		WHERE g.union_path >= $1 AND g.union_path < $2 AND (g.union_path, p.name, g.id) > ($3, $4, $5) AND lower(p.name) LIKE $6 ESCAPE '!'
		ORDER BY g.union_path, p.name, g.id LIMIT 0+$7`, from, to, sp.path, sp.name, sp.id, like(q.Words), q.Limit+1)
	return page(list, q.Limit, total, func(o hall.Officer) string { return cursor(o.Grant.UnionPath, o.Person.Name, o.Grant.ID) }), err
}

func insertAudits(ctx context.Context, tx sqldb.Tx, audits []hall.Audit) error {
	return insert(ctx, tx, `INSERT INTO hall_audit (`+auditColumns+`) VALUES `, rows(audits, func(a hall.Audit) []any {
		return []any{a.ID, a.At, a.By, a.What, a.UnionPath, a.On, string(a.Detail)}
	})...)
}

// Audits implements hall.Store.
func (s *Store) Audits(ctx context.Context, path string, p hall.Page) (_ hall.List[hall.Audit], err error) {
	defer fault.Wrap(&err, "hallsql.Audits(%s)", path)
	last := "~" // after every id
	if err := after(p.After, &last); err != nil {
		return hall.List[hall.Audit]{}, err
	}
	from, to := actor.Span(path)
	total, err := sqldb.One(ctx, s.db, count, `SELECT COUNT(*) FROM hall_audit WHERE union_path >= $1 AND union_path < $2`, from, to)
	if err != nil {
		return hall.List[hall.Audit]{}, err
	}
	list, err := sqldb.All(ctx, s.db, scanAudit, `SELECT `+auditColumns+` FROM hall_audit WHERE union_path >= $1 AND union_path < $2 AND id < $3 ORDER BY id DESC LIMIT 0+$4`,
		from, to, last, p.Limit+1)
	return page(list, p.Limit, total, func(a hall.Audit) string { return cursor(a.ID) }), err
}

func scanAudit(s sqldb.Scanner) (a hall.Audit, err error) {
	var detail string
	err = s.Scan(&a.ID, (*sqldb.Time)(&a.At), &a.By, &a.What, &a.UnionPath, &a.On, &detail)
	a.Detail = []byte(detail)
	return a, err
}

// AuditsOn implements hall.Store. The index is by union, which has few changes of its own.
func (s *Store) AuditsOn(ctx context.Context, path, on string, what []string, limit int) (_ []hall.Audit, err error) {
	defer fault.Wrap(&err, "hallsql.AuditsOn(%s, %s)", path, on)
	args := append([]any{path, on}, sqldb.Args(what)...)
	return sqldb.All(ctx, s.db, scanAudit, fmt.Sprintf(`SELECT `+auditColumns+` FROM hall_audit
		WHERE union_path = $1 AND subject_id = $2 AND what IN (%s) ORDER BY id DESC LIMIT 0+$%d`, sqldb.In(3, len(what)), len(args)+1),
		append(args, limit)...)
}
