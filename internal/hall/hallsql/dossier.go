package hallsql

import (
	"context"
	"time"

	"github.com/unionhall/unionhall/internal/dossier"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// Dossier is what the hall knows of a person.
type Dossier struct {
	s   *Store
	now func() time.Time
}

var _ dossier.Part = Dossier{}

// NewDossier makes it; now dates the events that tell of an erasure.
func NewDossier(s *Store, now func() time.Time) Dossier { return Dossier{s, now} }

// Mine implements dossier.Part.
func (d Dossier) Mine(ctx context.Context, personID string) (_ []dossier.Section, err error) {
	defer fault.Wrap(&err, "hallsql.Mine(%s)", personID)
	p, err := d.s.Person(ctx, personID)
	if err != nil {
		return nil, err
	}
	out := []dossier.Section{
		dossier.Few("account", []string{"name", "phone", "email", "union", "language", "status", "since"},
			[][]any{{p.Name, p.Phone.Whole(), string(p.Email), p.UnionPath, p.Lang, string(p.Status), p.Created}}),
	}
	m, err := d.s.Master(ctx, personID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	if err == nil {
		out = append(out, dossier.Few("master", []string{"title", "craft", "bio", "honours", "city", "latitude", "longitude", "calendar", "status", "since"},
			[][]any{{m.Title, encode(m.Craft), m.Bio, encode(m.Honours), m.City, m.Place.Lat, m.Place.Lng, encode(m.Calendar), string(m.Status), m.Created}}))
	}
	sessions, err := d.rows(ctx, 3, 2, `SELECT address, agent, id, created_at, seen_at FROM hall_session WHERE person_id = $1 ORDER BY created_at`, personID)
	if err != nil {
		return nil, err
	}
	for n, row := range sessions { // opened, and without what would let somebody in
		for i, field := range []func(string) string{addressOf, agentOf} {
			if row[i], err = d.s.box.Open(field(row[2].(string)), row[i].(string)); err != nil {
				return nil, err
			}
		}
		sessions[n] = []any{row[0], row[1], row[3], row[4]}
	}
	grants, err := d.rows(ctx, 2, 1, `SELECT role, union_path, given_at FROM hall_grant WHERE person_id = $1 ORDER BY given_at`, personID)
	if err != nil {
		return nil, err
	}
	contacts, err := d.rows(ctx, 2, 1, `SELECT e.name, c.title, c.since FROM hall_contact c JOIN hall_enterprise e ON e.id = c.enterprise_id
		WHERE c.person_id = $1 ORDER BY c.since`, personID)
	if err != nil {
		return nil, err
	}
	history, err := d.rows(ctx, 3, 1, `SELECT how, from_union, to_union, at FROM hall_membership WHERE person_id = $1 ORDER BY at, id`, personID)
	if err != nil {
		return nil, err
	}
	requests, err := d.requests(ctx, personID)
	if err != nil {
		return nil, err
	}
	passkeys, err := d.rows(ctx, 1, 2, `SELECT name, created_at, used_at FROM hall_passkey WHERE person_id = $1 ORDER BY created_at`, personID)
	if err != nil {
		return nil, err
	}
	documents, err := d.documents(ctx, personID)
	if err != nil {
		return nil, err
	}
	return append(out,
		dossier.Few("turns", []string{"how", "from", "to", "at"}, history),
		dossier.Few("requests", []string{"at", "kind", "status", "union", "name", "phone", "employer", "note", "reason"}, requests),
		dossier.Few("documents", []string{"at", "kind", "title", "status", "reason", "files"}, documents),
		dossier.Few("passkeys", []string{"name", "since", "seen"}, passkeys),
		dossier.Few("sessions", []string{"address", "device", "since", "seen"}, sessions),
		dossier.Few("grants", []string{"role", "union", "since"}, grants),
		dossier.Few("contacts", []string{"enterprise", "title", "since"}, contacts),
		dossier.Paged("audits", []string{"at", "what"}, func(ctx context.Context, after string) ([][]any, string, error) {
			return d.audits(ctx, personID, after)
		})), nil
}

// rows reads rows of so many texts and times.
func (d Dossier) rows(ctx context.Context, texts, dates int, query, personID string) ([][]any, error) {
	return sqldb.All(ctx, d.s.db, func(s sqldb.Scanner) ([]any, error) {
		words, times := make([]string, texts), make([]sqldb.Time, dates)
		into := make([]any, 0, texts+dates)
		for i := range words {
			into = append(into, &words[i])
		}
		for i := range times {
			into = append(into, &times[i])
		}
		err := s.Scan(into...)
		row := make([]any, 0, texts+dates)
		for _, w := range words {
			row = append(row, w)
		}
		for _, t := range times {
			row = append(row, time.Time(t))
		}
		return row, err
	}, query, personID)
}

// requests are those of the person to unions, of which few are kept.
func (d Dossier) requests(ctx context.Context, personID string) (out [][]any, err error) {
	all, err := sqldb.All(ctx, d.s.db, d.s.scanRequest, `SELECT `+requestColumns+` FROM hall_request WHERE person_id = $1 ORDER BY id`, personID)
	for _, r := range all {
		out = append(out, []any{r.Created, string(r.Kind), string(r.State), r.UnionPath, r.Name, r.Phone.Whole(), r.Employer, r.Note, r.Reason})
	}
	return out, err
}

// documents are what the person handed in, and what was handed in about them.
func (d Dossier) documents(ctx context.Context, personID string) (out [][]any, err error) {
	list, err := sqldb.All(ctx, d.s.db, scanDocument, selectDocuments+`WHERE d.person_id = $1 OR d.subject_id = $1 ORDER BY d.id`, personID)
	for _, x := range list {
		what := x.Honour.Name
		if x.Kind == hall.LicenceDocument {
			what = x.Subject
		}
		out = append(out, []any{x.Given, string(x.Kind), what, string(x.State), x.Reason, encode(x.Papers)})
	}
	return out, err
}

const dossierPage = 500

// audits are what was done to the person, by the page.
func (d Dossier) audits(ctx context.Context, personID, after string) ([][]any, string, error) {
	type row struct {
		id, what string
		at       sqldb.Time
	}
	found, err := sqldb.All(ctx, d.s.db, func(s sqldb.Scanner) (r row, err error) { return r, s.Scan(&r.id, &r.at, &r.what) },
		`SELECT id, at, what FROM hall_audit WHERE subject_id = $1 AND id > $2 ORDER BY id LIMIT 0+$3`, personID, after, dossierPage)
	out, next := make([][]any, len(found)), ""
	for i, r := range found {
		out[i] = []any{time.Time(r.at), r.what}
	}
	if len(found) == dossierPage {
		next = found[len(found)-1].id
	}
	return out, next, err
}

// Hinders implements dossier.Part: an officer lays their office down first, so that no union is left without anybody
// unseen.
func (d Dossier) Hinders(ctx context.Context, personID string) (_ []string, err error) {
	defer fault.Wrap(&err, "hallsql.Hinders(%s)", personID)
	n, err := sqldb.One(ctx, d.s.db, count, `SELECT COUNT(*) FROM hall_grant WHERE person_id = $1`, personID)
	if n > 0 {
		return []string{"privacy.hinder.officer"}, err
	}
	return nil, err
}

// Erase implements dossier.Part. The row stays, without anybody in it: engagements and audits name it.
func (d Dossier) Erase(ctx context.Context, personID string) (_ bool, err error) {
	defer fault.Wrap(&err, "hallsql.Erase(%s)", personID)
	return false, d.s.update(ctx, func(tx sqldb.Tx) (t hall.Trace, err error) {
		path, err := one(ctx, tx, sqldb.Value[string], `SELECT union_path FROM hall_person WHERE id = $1`, personID)
		if err != nil {
			return t, err
		}
		for _, q := range []string{
			`DELETE FROM hall_login WHERE person_id = $1`, `DELETE FROM hall_password WHERE person_id = $1`,
			`DELETE FROM hall_session WHERE person_id = $1`, `DELETE FROM hall_challenge WHERE person_id = $1`,
			`DELETE FROM hall_passkey WHERE person_id = $1`, `DELETE FROM hall_identity WHERE person_id = $1`,
			`DELETE FROM hall_grant WHERE person_id = $1`, `DELETE FROM hall_contact WHERE person_id = $1`,
			`DELETE FROM hall_request_open WHERE request_id IN (SELECT id FROM hall_request WHERE person_id = $1)`,
			`DELETE FROM hall_request WHERE person_id = $1`, `DELETE FROM hall_membership WHERE person_id = $1`,
			`DELETE FROM hall_master_craft WHERE person_id = $1`,
			`DELETE FROM hall_document WHERE subject_id = $1`,              // of honours
			`UPDATE hall_document SET person_id = '' WHERE person_id = $1`, // an enterprise's licence is not theirs to take
		} {
			if _, err := tx.Exec(ctx, q, personID); err != nil {
				return t, err
			}
		}
		empty := hall.Master{}
		_, err = tx.Exec(ctx, `UPDATE hall_master SET title = '', craft = $1, bio = '', honours = $2, city = '', lat = 0, lng = 0, reach = 0,
			calendar = $3, max_load = 0, status = 'closed', rank = 0, words = '' WHERE person_id = $4`,
			encode(empty.Craft), encode(empty.Honours), encode(empty.Calendar), personID)
		if err != nil {
			return t, err
		}
		_, err = tx.Exec(ctx, `UPDATE hall_person SET name = $1, phone = '', email = '', lang = '', status = 'closed' WHERE id = $2`, dossier.Erased, personID)
		at := d.now()
		t.Events = []event.Event{event.New(hall.PersonChanged, at, hall.Changed{ID: personID, UnionPath: path}),
			event.New(hall.MasterChanged, at, hall.Changed{ID: personID, UnionPath: path})}
		return t, err
	})
}
