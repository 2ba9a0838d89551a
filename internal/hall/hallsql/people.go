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
	personColumns   = `id, name, phone, email, union_id, union_path, lang, status, created_at`
	insertPeople    = `INSERT INTO hall_person (` + personColumns + `) VALUES `
	insertLogins    = `INSERT INTO hall_login (value, kind, person_id) VALUES `
	insertPasswords = `INSERT INTO hall_password (person_id, hash, handed_out) VALUES `
	selectPerson    = `SELECT ` + personColumns + ` FROM hall_person WHERE id = $1`
)

// personRow is a person as they are kept: what reaches them is sealed.
func (s *Store) personRow(p hall.Person) ([]any, error) {
	phone, err := s.box.Seal(phoneOf(p.ID), string(p.Phone))
	if err != nil {
		return nil, err
	}
	email, err := s.box.Seal(emailOf(p.ID), string(p.Email))
	return []any{p.ID, p.Name, phone, email, p.UnionID, p.UnionPath, p.Lang, string(p.Status), p.Created}, err
}

func (s *Store) peopleRows(people []hall.NewPerson) ([][]any, error) {
	out := make([][]any, len(people))
	for i, p := range people {
		var err error
		if out[i], err = s.personRow(p.Person); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// personFields are where a row goes; openPerson has to follow.
func personFields(p *hall.Person) []any {
	return []any{&p.ID, &p.Name, &p.Phone, &p.Email, &p.UnionID, &p.UnionPath, &p.Lang, &p.Status, (*sqldb.Time)(&p.Created)}
}

func (s *Store) openPerson(p *hall.Person) error {
	phone, err := s.box.Open(phoneOf(p.ID), string(p.Phone))
	if err != nil {
		return err
	}
	email, err := s.box.Open(emailOf(p.ID), string(p.Email))
	p.Phone, p.Email = hall.Phone(phone), hall.Email(email)
	return err
}

func (s *Store) scanPerson(row sqldb.Scanner) (p hall.Person, err error) {
	if err := row.Scan(personFields(&p)...); err != nil {
		return hall.Person{}, err
	}
	if err := s.openPerson(&p); err != nil {
		return hall.Person{}, err
	}
	return p, nil
}

// mark is what a login is kept and found by.
func (s *Store) mark(kind hall.LoginKind, value string) string {
	return s.box.Mark(string(kind), value)
}

func (s *Store) loginRows(people []hall.NewPerson) (out [][]any) {
	for _, p := range people {
		if p.Phone != "" {
			out = append(out, []any{s.mark(hall.ByPhone, string(p.Phone)), string(hall.ByPhone), p.ID})
		}
		if p.Email != "" {
			out = append(out, []any{s.mark(hall.ByEmail, string(p.Email)), string(hall.ByEmail), p.ID})
		}
	}
	return out
}

func passwordRows(people []hall.NewPerson) (out [][]any) {
	for _, p := range people {
		if p.Hash != "" {
			out = append(out, []any{p.ID, p.Hash, p.First})
		}
	}
	return out
}

// insertPerson adds a person with logins and password.
func (s *Store) insertPerson(ctx context.Context, tx sqldb.Tx, p hall.NewPerson) error {
	row, err := s.personRow(p.Person)
	if err != nil {
		return err
	}
	if err := insert(ctx, tx, insertPeople, row); err != nil {
		return err
	}
	if err := s.insertLogin(ctx, tx, p.ID, hall.ByPhone, string(p.Phone)); err != nil {
		return err
	}
	if err := s.insertLogin(ctx, tx, p.ID, hall.ByEmail, string(p.Email)); err != nil {
		return err
	}
	return insert(ctx, tx, insertPasswords, passwordRows([]hall.NewPerson{p})...)
}

func (s *Store) insertLogin(ctx context.Context, tx sqldb.Tx, personID string, kind hall.LoginKind, value string) error {
	if value == "" {
		return nil
	}
	f := hall.TakenPhone
	if kind == hall.ByEmail {
		f = hall.TakenEmail
	}
	return taken(insert(ctx, tx, insertLogins, []any{s.mark(kind, value), string(kind), personID}), f)
}

// Person implements hall.People.
func (s *Store) Person(ctx context.Context, id string) (_ hall.Person, err error) {
	defer fault.Wrap(&err, "hallsql.Person(%s)", id)
	return one(ctx, s.db, s.scanPerson, selectPerson, id)
}

// People implements hall.People.
func (s *Store) People(ctx context.Context, ids []string) (_ []hall.Person, err error) {
	defer fault.Wrap(&err, "hallsql.People(%d)", len(ids))
	return sqldb.All(ctx, s.db, s.scanPerson,
		`SELECT `+personColumns+` FROM hall_person WHERE id IN (`+sqldb.In(1, len(ids))+`)`, sqldb.Args(ids)...)
}

// Credential implements hall.People. Both statements run for an unknown login too, so that it takes no
// less time.
func (s *Store) Credential(ctx context.Context, login string) (_ hall.Credential, err error) {
	defer fault.Wrap(&err, "hallsql.Credential")
	_, kind, _ := hall.ParseLogin(login)
	ids, err := sqldb.All(ctx, s.db, sqldb.Value[string], `SELECT person_id FROM hall_login WHERE value = $1`, s.mark(kind, login))
	if err != nil {
		return hall.Credential{}, err
	}
	id := ""
	if len(ids) > 0 {
		id = ids[0]
	}
	return s.CredentialOf(ctx, id)
}

// CredentialOf implements hall.People.
func (s *Store) CredentialOf(ctx context.Context, personID string) (_ hall.Credential, err error) {
	defer fault.Wrap(&err, "hallsql.CredentialOf(%s)", personID)
	return one(ctx, s.db, func(s sqldb.Scanner) (c hall.Credential, err error) {
		return c, s.Scan(&c.PersonID, &c.Status, &c.Hash, &c.First)
	}, `SELECT p.id, p.status, COALESCE(w.hash, ''), COALESCE(w.handed_out, FALSE)
		FROM hall_person p LEFT JOIN hall_password w ON w.person_id = p.id WHERE p.id = $1`, personID)
}

// CreatePerson implements hall.People.
func (s *Store) CreatePerson(ctx context.Context, p hall.NewPerson, t hall.Trace) (err error) {
	defer fault.Wrap(&err, "hallsql.CreatePerson(%s)", p.ID)
	return s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) { return t, s.insertPerson(ctx, tx, p) })
}

// UpdatePerson implements hall.People.
func (s *Store) UpdatePerson(ctx context.Context, id string, fn hall.Change[hall.Person]) (out hall.Person, err error) {
	defer fault.Wrap(&err, "hallsql.UpdatePerson(%s)", id)
	err = s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		old, err := one(ctx, tx, s.scanPerson, selectPerson, id)
		if err != nil {
			return hall.Trace{}, err
		}
		p, t, err := fn(old)
		if err != nil {
			return t, err
		}
		p.ID, p.UnionID, p.UnionPath, p.Created = old.ID, old.UnionID, old.UnionPath, old.Created
		out = p
		if err := s.moveLogin(ctx, tx, id, hall.ByPhone, string(old.Phone), string(p.Phone)); err != nil {
			return t, err
		}
		if err := s.moveLogin(ctx, tx, id, hall.ByEmail, string(old.Email), string(p.Email)); err != nil {
			return t, err
		}
		row, err := s.personRow(p)
		if err != nil {
			return t, err
		}
		_, err = tx.Exec(ctx, `UPDATE hall_person SET name = $1, phone = $2, email = $3, lang = $4, status = $5 WHERE id = $6`,
			p.Name, row[2], row[3], p.Lang, string(p.Status), id)
		return t, err
	})
	return out, err
}

func (s *Store) moveLogin(ctx context.Context, tx sqldb.Tx, personID string, kind hall.LoginKind, old, value string) error {
	if old == value {
		return nil
	}
	if old != "" {
		if _, err := tx.Exec(ctx, `DELETE FROM hall_login WHERE value = $1 AND person_id = $2`, s.mark(kind, old), personID); err != nil {
			return err
		}
	}
	return s.insertLogin(ctx, tx, personID, kind, value)
}

// SetPassword implements hall.People.
func (s *Store) SetPassword(ctx context.Context, personID, old, hash, keep string, t hall.Trace) (err error) {
	defer fault.Wrap(&err, "hallsql.SetPassword(%s)", personID)
	return s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		n, err := tx.Exec(ctx, `UPDATE hall_password SET hash = $1, handed_out = FALSE WHERE person_id = $2 AND hash = $3`, hash, personID, old)
		if err != nil {
			return t, err
		}
		if n == 0 {
			return t, fault.New(fault.Conflict, "hall.fault.password-moved")
		}
		_, err = tx.Exec(ctx, deleteSessions, personID, keep)
		return t, err
	})
}

// HandOut implements hall.People.
func (s *Store) HandOut(ctx context.Context, personID, hash string, first bool, t hall.Trace) (err error) {
	defer fault.Wrap(&err, "hallsql.HandOut(%s)", personID)
	return s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		if _, err := one(ctx, tx, s.scanPerson, selectPerson, personID); err != nil {
			return t, err
		}
		_, err := tx.Exec(ctx, `INSERT INTO hall_password (person_id, hash, handed_out) VALUES ($1, $2, $3)
			ON CONFLICT (person_id) DO UPDATE SET hash = excluded.hash, handed_out = excluded.handed_out`, personID, hash, first)
		if err != nil {
			return t, err
		}
		_, err = tx.Exec(ctx, deleteSessions, personID, "")
		return t, err
	})
}

// Rehash implements hall.People.
func (s *Store) Rehash(ctx context.Context, personID, old, hash string) (err error) {
	defer fault.Wrap(&err, "hallsql.Rehash(%s)", personID)
	return s.db.Update(ctx, func(tx sqldb.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE hall_password SET hash = $1 WHERE person_id = $2 AND hash = $3`, hash, personID, old)
		return err
	})
}

// ListPeople implements hall.People.
func (s *Store) ListPeople(ctx context.Context, path string, q hall.Search) (_ hall.List[hall.Person], err error) {
	defer fault.Wrap(&err, "hallsql.ListPeople(%s)", path)
	if phone, ok := hall.ParsePhone(q.Words); ok {
		return s.byPhone(ctx, path, phone)
	}
	var sp spot
	if err := sp.after(q.After); err != nil {
		return hall.List[hall.Person]{}, err
	}
	from, to := actor.Span(path)
	total, err := s.countPeople(ctx, from, to, q.Words)
	if err != nil {
		return hall.List[hall.Person]{}, err
	}
	list, err := sqldb.All(ctx, s.db, s.scanPerson, `SELECT `+personColumns+` FROM hall_person
		WHERE union_path >= $1 AND union_path < $2 AND (union_path, name, id) > ($3, $4, $5) AND lower(name) LIKE $6 ESCAPE '!'
		ORDER BY union_path, name, id LIMIT 0+$7`, from, to, sp.path, sp.name, sp.id, like(q.Words), q.Limit+1)
	return page(list, q.Limit, total, func(p hall.Person) string { return cursor(p.UnionPath, p.Name, p.ID) }), err
}

// countPeople counts by the index alone where no words are asked for: looking at a million names takes ten times as long.
func (s *Store) countPeople(ctx context.Context, from, to, words string) (int, error) {
	all, args := `SELECT COUNT(*) FROM hall_person WHERE union_path >= $1 AND union_path < $2`, []any{from, to}
	if words != "" {
		all, args = all+` AND lower(name) LIKE $3 ESCAPE '!'`, append(args, like(words))
	}
	return sqldb.One(ctx, s.db, count, all, args...)
}

func (s *Store) byPhone(ctx context.Context, path string, phone hall.Phone) (hall.List[hall.Person], error) {
	from, to := actor.Span(path)
	list, err := sqldb.All(ctx, s.db, s.scanPerson, `SELECT `+personColumns+` FROM hall_person
		WHERE id IN (SELECT person_id FROM hall_login WHERE value = $1) AND union_path >= $2 AND union_path < $3`,
		s.mark(hall.ByPhone, string(phone)), from, to)
	return hall.List[hall.Person]{Rows: list, Total: len(list)}, err
}

// peopleByLogin gives who signs in with the phones and addresses, in no order.
func (s *Store) peopleByLogin(ctx context.Context, q sqldb.Queryer, logins []string) ([]hall.Person, error) {
	if len(logins) == 0 {
		return nil, nil
	}
	marks := make([]string, len(logins))
	for i, v := range logins {
		kind := hall.ByPhone
		if strings.Contains(v, "@") {
			kind = hall.ByEmail
		}
		marks[i] = s.mark(kind, v)
	}
	return sqldb.All(ctx, q, s.scanPerson, `SELECT `+personColumns+` FROM hall_person
		WHERE id IN (SELECT person_id FROM hall_login WHERE value IN (`+sqldb.In(1, len(marks))+`))`, sqldb.Args(marks)...)
}

// fillPeople sets phone and e-mail of persons who had a blank there.
func (s *Store) fillPeople(ctx context.Context, tx sqldb.Tx, list []hall.Person) error {
	for _, p := range list {
		old, err := one(ctx, tx, s.scanPerson, selectPerson, p.ID)
		if err != nil {
			return err
		}
		if err := s.moveLogin(ctx, tx, p.ID, hall.ByPhone, string(old.Phone), string(p.Phone)); err != nil {
			return err
		}
		if err := s.moveLogin(ctx, tx, p.ID, hall.ByEmail, string(old.Email), string(p.Email)); err != nil {
			return err
		}
		row, err := s.personRow(p)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE hall_person SET phone = $1, email = $2 WHERE id = $3`, row[2], row[3], p.ID); err != nil {
			return err
		}
	}
	return nil
}
