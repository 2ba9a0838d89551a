package hallsql_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/hall/hallsql"
	"github.com/unionhall/unionhall/internal/hall/halltest"
	"github.com/unionhall/unionhall/internal/seal"
	"github.com/unionhall/unionhall/internal/seal/sealtest"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

var (
	bg    = context.Background()
	quiet = slog.New(slog.DiscardHandler)
)

func exec(t *testing.T, db *sqldb.DB, q string, args ...any) {
	t.Helper()
	if err := db.Update(bg, func(tx sqldb.Tx) error { _, err := tx.Exec(bg, q, args...); return err }); err != nil {
		t.Fatal(err)
	}
}

func values(t *testing.T, db *sqldb.DB, q string, args ...any) []string {
	t.Helper()
	list, err := sqldb.All(bg, db, sqldb.Value[string], q, args...)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// kept is all that is sealed or marked.
func kept(t *testing.T, db *sqldb.DB) []string {
	t.Helper()
	return values(t, db, `SELECT phone FROM hall_person UNION ALL SELECT email FROM hall_person UNION ALL SELECT value FROM hall_login
		UNION ALL SELECT address FROM hall_session UNION ALL SELECT agent FROM hall_session`)
}

const before = 450 // more than two transactions take

// upgraded is a store as the version before sealing has left it.
func upgraded(t *testing.T, db *sqldb.DB) {
	t.Helper()
	err := db.Update(bg, func(tx sqldb.Tx) error {
		for i := range before {
			id, phone, email := fmt.Sprintf("p%04d", i), fmt.Sprintf("+8613500%06d", i), fmt.Sprintf("w%d@example.com", i)
			if i%3 == 0 {
				email = ""
			}
			if _, err := tx.Exec(bg, `INSERT INTO hall_person (id, name, phone, email, union_id, union_path, lang, status, created_at)
				VALUES ($1, $2, $3, $4, 'u', '/0/', 'zh', 'active', 1)`, id, "职工"+id, phone, email); err != nil {
				return err
			}
			for kind, value := range map[string]string{"phone": phone, "email": email} {
				if value == "" {
					continue
				}
				if _, err := tx.Exec(bg, `INSERT INTO hall_login (value, kind, person_id) VALUES ($1, $2, $3)`, value, kind, id); err != nil {
					return err
				}
			}
		}
		_, err := tx.Exec(bg, `INSERT INTO hall_session (id, person_id, created_at, seen_at, expires_at, address, agent, data)
			VALUES ('s', 'p0001', 1, 1, 2, '203.0.113.7', 'Browser/1', '{}')`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestRowsOfBeforeAreSealed(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		upgraded(t, db)
		box := sealtest.Box(t)
		s := hallsql.New(db, box)
		// A start that is cut short goes on at the next. What stands in the way is the mark of a login that is still clear.
		exec(t, db, `INSERT INTO hall_login (value, kind, person_id) VALUES ($1, 'phone', 'other')`, box.Mark("phone", "+8613500000300"))
		if err := s.Settle(bg, quiet); err == nil {
			t.Fatal("nothing stood in the way")
		}
		exec(t, db, `DELETE FROM hall_login WHERE person_id = 'other'`)
		exec(t, db, `UPDATE hall_person SET phone = '+8613500000007' WHERE id = 'p0007'`) // as if its batch had been left
		if err := s.Settle(bg, quiet); err != nil {
			t.Fatal(err)
		}
		for _, v := range kept(t, db) {
			if v != "" && !seal.Sealed(v) && !seal.Marked(v) {
				t.Fatalf("in the clear: %s", v)
			}
		}
		for _, i := range []int{0, 7, 199, 200, 300, before - 1} {
			id, phone := fmt.Sprintf("p%04d", i), hall.Phone(fmt.Sprintf("+8613500%06d", i))
			p, err := s.Person(bg, id)
			if err != nil || p.Phone != phone || (i%3 == 0) != (p.Email == "") {
				t.Fatalf("%s: %+v, %v", id, p, err)
			}
			for _, login := range []string{string(p.Phone), string(p.Email)} {
				if c, err := s.Credential(bg, login); login != "" && (err != nil || c.PersonID != id) {
					t.Fatalf("%s signs in as %+v, %v", id, c, err)
				}
			}
			l, err := s.ListPeople(bg, "/0/", hall.Search{Words: phone.Whole(), Page: hall.Page{Limit: 5}})
			if err != nil || len(l.Rows) != 1 || l.Rows[0].ID != id {
				t.Fatalf("%s is found as %+v, %v", id, l, err)
			}
		}
		if se, err := s.Session(bg, "s"); err != nil || se.Address != "203.0.113.7" || se.Agent != "Browser/1" {
			t.Fatalf("%+v, %v", se, err)
		}
		rows := kept(t, db)
		if err := s.Settle(bg, quiet); err != nil || strings.Join(kept(t, db), " ") != strings.Join(rows, " ") {
			t.Fatalf("a later start changes nothing: %v", err)
		}
	})
}

func TestTheKeysMustBeTheStores(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		if was, err := hallsql.IsSealed(bg, db); err != nil || was {
			t.Fatalf("an empty store is sealed: %v", err)
		}
		if err := hallsql.New(db, sealtest.Box(t)).Settle(bg, quiet); err != nil {
			t.Fatal(err)
		}
		if was, err := hallsql.IsSealed(bg, db); err != nil || !was {
			t.Fatalf("not sealed: %v", err)
		}
		if err := hallsql.New(db, sealtest.Box(t)).Settle(bg, quiet); !errors.Is(err, hallsql.ErrKeys) {
			t.Fatalf("other keys: %v", err)
		}
	})
}

// What was changed behind the hall's back is told with its column and row, and looks like nobody's value.
func TestWhatWasChangedBehindTheHall(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w, s := halltest.NewWorld(t), hallsql.New(db, sealtest.Box(t))
		if err := s.Load(bg, w.Batch); err != nil {
			t.Fatal(err)
		}
		a, b := w.A.Worker, w.B.Worker
		sealed := values(t, db, `SELECT phone FROM hall_person WHERE id = $1`, a.ID)[0]
		for _, bad := range []string{sealed, "+8613900000000", sealed[:30]} {
			exec(t, db, `UPDATE hall_person SET phone = $1 WHERE id = $2`, bad, b.ID)
			for name, read := range map[string]func() (any, error){
				"one":      func() (any, error) { return s.Person(bg, b.ID) },
				"many":     func() (any, error) { return s.People(bg, []string{b.ID}) },
				"list":     func() (any, error) { return s.ListPeople(bg, b.UnionPath, hall.Search{Page: hall.Page{Limit: 9}}) },
				"by phone": func() (any, error) { return s.ListPeople(bg, b.UnionPath, hall.Search{Words: string(b.Phone)}) },
				"changed":  func() (any, error) { return s.UpdatePerson(bg, b.ID, nil) },
			} {
				got, err := read()
				if fault.CodeOf(err) != fault.Internal || !strings.Contains(err.Error(), "hall_person.phone/"+b.ID) || strings.Contains(err.Error(), bad[1:]) {
					t.Errorf("%s: %+v, %v", name, got, err)
				}
			}
		}
		exec(t, db, `UPDATE hall_person SET phone = $1 WHERE id = $2`, sealed, w.A.Lead.ID)
		if _, err := s.ListOfficers(bg, w.A.Union.Path, hall.Search{Page: hall.Page{Limit: 9}}); err == nil || !strings.Contains(err.Error(), "hall_person.phone/") {
			t.Errorf("officers: %v", err)
		}
	})
}

func TestRowsAreSealedAnewWithANewKey(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		path := filepath.Join(t.TempDir(), "seal.json")
		box, err := seal.Make(path, seal.AES)
		if err != nil {
			t.Fatal(err)
		}
		running, err := seal.Load(path) // another process
		if err != nil {
			t.Fatal(err)
		}
		w, s := halltest.NewWorld(t), hallsql.New(db, box)
		if err := errors.Join(s.Settle(bg, quiet), s.Load(bg, w.Batch)); err != nil {
			t.Fatal(err)
		}
		logins := values(t, db, `SELECT value FROM hall_login ORDER BY value`)
		if err := box.Rotate(seal.SM4); err != nil {
			t.Fatal(err)
		}
		n, err := s.Reseal(bg)
		if err != nil || n != len(w.Batch.People) {
			t.Fatalf("%d rows, %v", n, err)
		}
		for _, v := range values(t, db, `SELECT phone FROM hall_person UNION ALL SELECT email FROM hall_person
			UNION ALL SELECT value FROM hall_seal WHERE name = 'proof'`) {
			if !strings.HasPrefix(v, "s1:sm4:") {
				t.Fatalf("under an old key: %.10s", v)
			}
		}
		if got := values(t, db, `SELECT value FROM hall_login ORDER BY value`); strings.Join(got, " ") != strings.Join(logins, " ") {
			t.Fatal("marks have changed")
		}
		for _, box := range []*seal.Box{box, running} {
			if p, err := hallsql.New(db, box).Person(bg, w.A.Worker.ID); err != nil || p != w.A.Worker {
				t.Fatalf("%+v, %v", p, err)
			}
		}
		if n, err := s.Reseal(bg); err != nil || n != 0 {
			t.Fatalf("once more: %d, %v", n, err)
		}
	})
}
