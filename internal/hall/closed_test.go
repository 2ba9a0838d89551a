package hall_test

import (
	"errors"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/hall/hallsql"
	"github.com/unionhall/unionhall/internal/hall/halltest"
	"github.com/unionhall/unionhall/internal/seal/sealtest"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

// Whose account is closed is nobody within a minute, whatever session they have, and is not let in again.
func TestAClosedAccountsSessionsAreNobodys(t *testing.T) {
	w := halltest.NewWorld(t)
	store := hallsql.New(sqldbtest.SQLite(t), sealtest.Box(t))
	s, clk := w.Service(t, store)
	p := w.A.Worker
	if err := s.SaveSession(bg, hall.Session{ID: "one", PersonID: p.ID, Expires: clk.Now().Add(hall.SessionLife)}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Actor(bg, p.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := store.UpdatePerson(bg, p.ID, func(p hall.Person) (hall.Person, hall.Trace, error) {
		p.Status = hall.Closed
		return p, hall.Trace{}, nil
	}); err != nil {
		t.Fatal(err)
	}
	clk.Move(time.Minute) // what is known of people is kept for seconds
	if a, err := s.Actor(bg, p.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("still somebody: %+v %v", a, err)
	}
	if _, err := s.SignIn(bg, hall.SignIn{Login: p.Phone.Whole(), Password: halltest.Password, Address: "192.0.2.1"}); !errors.Is(err, hall.BadSignIn) {
		t.Errorf("let in again: %v", err)
	}
}
