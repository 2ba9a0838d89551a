package hall_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/hall/halltest"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

// mover is a hall in which people change their numbers.
type mover struct {
	desk
	db  *sqldb.DB
	out []event.Event
}

func moverOn(t *testing.T, db *sqldb.DB) *mover { return &mover{desk: deskOn(t, db), db: db} }

func (m *mover) phone(p hall.Person) hall.Phone {
	m.t.Helper()
	now, err := m.s.Person(bg, actor.Hall, p.ID)
	if err != nil {
		m.t.Fatal(err)
	}
	return now.Phone
}

// asks has somebody ask for a number, and gives the token and the code that came to it.
func (m *mover) asks(p hall.Person, phone string) (token, code string) {
	m.t.Helper()
	m.clk.Move(time.Minute)
	token, err := m.s.SendPhoneCode(bg, m.as(p), phone, here)
	if err != nil {
		m.t.Fatal(err)
	}
	got := m.sms.next(m.t)
	if want, _ := hall.ParsePhone(phone); got.to != want || len(got.code) != 6 {
		m.t.Fatalf("%+v", got)
	}
	return token, got.code
}

// told gives the events that a change of number left.
func (m *mover) told(p hall.Person) (out []event.Event) {
	m.t.Helper()
	for n := 1; n > 0; {
		var err error
		n, err = m.db.RelayOutbox(bg, 1000, func(_ context.Context, some []event.Event) error { m.out = append(m.out, some...); return nil })
		if err != nil {
			m.t.Fatal(err)
		}
	}
	for _, e := range m.out {
		var c hall.Changed
		if json.Unmarshal(e.Data, &c) == nil && e.Subject == hall.PhoneChanged && c.ID == p.ID {
			out = append(out, e)
		}
	}
	return out
}

func TestChangingOnesPhone(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		m := moverOn(t, db)
		who := m.A.Worker
		for _, id := range []string{"this", "that"} {
			if err := m.s.SaveSession(bg, hall.Session{ID: id, PersonID: who.ID, Expires: m.clk.Now().Add(time.Hour)}); err != nil {
				t.Fatal(err)
			}
		}
		oldCode, err := m.s.SendCode(bg, hall.CodeSignIn, who.Phone.Whole(), here)
		if err != nil {
			t.Fatal(err)
		}
		atOld := m.sms.next(t).code
		token, code := m.asks(who, " +86 １３９ 0000-0021 ")
		if n, err := m.s.NewPhone(bg, m.as(who), token); err != nil || n != "+8613900000021" {
			t.Error(n, err)
		}
		if _, err := m.s.NewPhone(bg, m.as(m.A.Clerk), token); !errors.Is(err, hall.BadCode) {
			t.Error("somebody else reads the number:", err)
		}
		if err := m.s.ChangePhone(bg, m.as(m.A.Clerk), token, code, here, ""); !errors.Is(err, hall.BadCode) {
			t.Error("somebody else's code:", err)
		}
		if err := m.s.ChangePhone(bg, m.as(who), token, "x"+code[1:], here, "this"); !errors.Is(err, hall.BadCode) {
			t.Error(err)
		}
		var wg sync.WaitGroup
		for range 6 { // pressed more than once
			wg.Go(func() {
				if err := m.s.ChangePhone(bg, m.as(who), token, code, here, "this"); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if m.phone(who) != "+8613900000021" {
			t.Error("it is not changed")
		}
		if _, err := m.s.Session(bg, "this"); err != nil {
			t.Error(err)
		}
		if _, err := m.s.Session(bg, "that"); !fault.Is(err, fault.NotFound) {
			t.Error("another device is still signed in:", err)
		}
		if _, err := m.s.SignInByCode(bg, oldCode, atOld, here); !errors.Is(err, hall.BadCode) {
			t.Error("a code that the old number got is still good:", err)
		}
		for login, want := range map[string]error{who.Phone.Whole(): hall.BadSignIn, "13900000021": nil} {
			if _, err := m.s.SignIn(bg, hall.SignIn{Login: login, Password: halltest.Password, Address: here}); !errors.Is(err, want) {
				t.Errorf("%s: %v", login, err)
			}
		}
		audits, err := m.s.Audits(bg, m.as(m.A.Lead), m.A.Sub.ID, hall.Page{Limit: 10})
		if err != nil || len(audits.Rows) != 1 || audits.Rows[0].What != hall.AuditPhone || audits.Rows[0].By != who.ID || audits.Rows[0].On != who.ID {
			t.Errorf("%+v %v", audits, err)
		}
		told := m.told(who)
		if len(told) != 1 {
			t.Fatalf("%d events", len(told))
		}
		for range 3 { // the event comes again
			if err := m.s.TellNumbers(bg, told[0]); err != nil {
				t.Error(err)
			}
		}
		got := m.sms.next(t)
		if got.to != who.Phone || got.code != "" {
			t.Errorf("%+v", got)
		}
		if len(m.sms) != 0 {
			t.Error("told twice")
		}
	})
}

// The page answers alike for a number that somebody has, until the code has come from it.
func TestANumberOfAnotherAccount(t *testing.T) {
	m := moverOn(t, sqldbtest.SQLite(t))
	who, other := m.A.Worker, m.B.Worker
	token, code := m.asks(who, other.Phone.Whole())
	if err := m.s.ChangePhone(bg, m.as(who), token, "x"+code[1:], here, ""); !errors.Is(err, hall.BadCode) {
		t.Error(err)
	}
	if err := m.s.ChangePhone(bg, m.as(who), token, code, here, ""); !errors.Is(err, hall.PhoneHeld) {
		t.Error(err)
	}
	if m.phone(who) != who.Phone || m.phone(other) != other.Phone || len(m.told(who)) != 0 {
		t.Error("something changed")
	}
	// Whose account is closed has no need of it any more.
	if err := m.s.Leave(bg, m.as(m.B.Contact)); err != nil {
		t.Fatal(err)
	}
	token, code = m.asks(who, m.B.Contact.Phone.Whole())
	if err := m.s.ChangePhone(bg, m.as(who), token, code, here, ""); err != nil || m.phone(who) != m.B.Contact.Phone || m.phone(m.B.Contact) != "" {
		t.Error(err)
	}
}

func TestChangingOnesPhoneIsSlowed(t *testing.T) {
	m := moverOn(t, sqldbtest.SQLite(t))
	who := m.A.Worker
	send := func(phone string) error { _, err := m.s.SendPhoneCode(bg, m.as(who), phone, here); return err }
	for _, bad := range []string{"", "12", "1380000123x", who.Phone.Whole(), "+86 " + who.Phone.Whole()} {
		if err := send(bad); code(err) != fault.Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := m.s.SendPhoneCode(bg, actor.Actor{}, "13900000031", here); err == nil {
		t.Error("nobody has a number")
	}
	token, right := m.asks(who, "13900000031")
	if err := send("13900000031"); code(err) != fault.TooMany {
		t.Error("a second code within the minute:", err)
	}
	for range 5 {
		if err := m.s.ChangePhone(bg, m.as(who), token, "x"+right[1:], here, ""); !errors.Is(err, hall.BadCode) {
			t.Error(err)
		}
	}
	if err := m.s.ChangePhone(bg, m.as(who), token, right, here, ""); !errors.Is(err, hall.BadCode) {
		t.Error("after five wrong ones the right one is still good:", err)
	}
	if _, err := m.s.NewPhone(bg, m.as(who), token); !errors.Is(err, hall.BadCode) {
		t.Error(err)
	}
	var err error
	for i := range 6 { // a stranger's telephone each time
		if err = send(fmt.Sprintf("139000001%02d", i)); err == nil {
			m.sms.next(t)
		}
	}
	if code(err) != fault.TooMany {
		t.Error("one person sends codes to as many numbers as they like:", err)
	}
	m.clk.Move(2 * time.Hour)
	token, right = m.asks(who, "13900000032")
	m.clk.Move(hall.CodeLife)
	if err := m.s.ChangePhone(bg, m.as(who), token, right, here, ""); !errors.Is(err, hall.BadCode) {
		t.Error("a code too old:", err)
	}
}

// What failed leaves the code good, and what failed but was kept is answered well when it is pressed again; the old number
// is told once.
func TestChangingOnesPhoneWhileTheStoreFails(t *testing.T) {
	f := &faulty{}
	m := moverOn(t, sqldbtest.SQLite(t, sqldb.WithFaults(f)))
	who := m.A.Worker
	full, cut := errors.New("full"), errors.New("cut")
	token, right := m.asks(who, "13900000041")
	for _, c := range []struct{ before, after error }{{full, nil}, {nil, cut}} {
		f.set(c.before, c.after)
		if err := m.s.ChangePhone(bg, m.as(who), token, right, here, ""); code(err) != fault.Unavailable {
			t.Errorf("%+v: %v", c, err)
		}
	}
	f.set(nil, nil)
	if err := m.s.ChangePhone(bg, m.as(who), token, right, here, ""); err != nil || m.phone(who) != "+8613900000041" {
		t.Error(err)
	}
	if n := len(m.told(who)); n != 1 {
		t.Errorf("%d events", n)
	}
}

// An officer who may hand somebody a password may correct their number, and nobody else may; both numbers are told.
func TestCorrectingANumber(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		m := moverOn(t, db)
		who, clerk := m.A.Worker, m.as(m.A.Clerk)
		if err := m.s.SaveSession(bg, hall.Session{ID: "theirs", PersonID: who.ID, Expires: m.clk.Now().Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			by   hall.Person
			whom hall.Person
			want fault.Code
		}{
			"an auditor": {m.A.Auditor, who, fault.Denied}, "their own": {m.A.Clerk, m.A.Clerk, fault.Denied}, "a sister union": {m.B.Lead, who, fault.NotFound},
			"a colleague": {m.A.Contact, who, fault.NotFound}, "a clerk's lead": {m.A.Clerk, m.A.Lead, fault.Denied},
		} {
			_, err := m.s.CorrectPhone(bg, m.as(c.by), c.whom.ID, "13900000051")
			if _, err2 := m.s.CheckPhone(bg, m.as(c.by), c.whom.ID); code(err) != c.want || code(err2) != c.want {
				t.Errorf("%s: %v, %v", name, err, err2)
			}
		}
		if err := m.s.Leave(bg, m.as(m.B.Contact)); err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"", "12", m.B.Worker.Phone.Whole(), m.B.Contact.Phone.Whole()} {
			if _, err := m.s.CorrectPhone(bg, clerk, who.ID, bad); code(err) != fault.Invalid {
				t.Errorf("%q: %v", bad, err)
			}
		}
		for range 2 { // pressed twice
			if to, err := m.s.CorrectPhone(bg, clerk, who.ID, "139 0000 0051"); err != nil || to != "+8613900000051" || m.phone(who) != to {
				t.Error(to, err)
			}
		}
		if _, err := m.s.Session(bg, "theirs"); !fault.Is(err, fault.NotFound) {
			t.Error("a device is still signed in:", err)
		}
		audits, err := m.s.Audits(bg, m.as(m.A.Lead), m.A.Sub.ID, hall.Page{Limit: 10})
		if err != nil || len(audits.Rows) != 1 || audits.Rows[0].What != hall.AuditPhoneCorrected || audits.Rows[0].By != clerk.ID {
			t.Errorf("%+v %v", audits, err)
		}
		told := m.told(who)
		if len(told) != 1 {
			t.Fatalf("%d events", len(told))
		}
		for range 2 {
			if err := m.s.TellNumbers(bg, told[0]); err != nil {
				t.Error(err)
			}
		}
		if old, now := m.sms.next(t), m.sms.next(t); old.to != who.Phone || now.to != "+8613900000051" || len(m.sms) != 0 {
			t.Errorf("%+v %+v and %d more", old, now, len(m.sms))
		}
	})
}
