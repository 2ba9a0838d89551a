package hall_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/hall/hallsql"
	"github.com/unionhall/unionhall/internal/hall/halltest"
	"github.com/unionhall/unionhall/internal/seal/sealtest"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

// matters are what is under way, by enterprise.
type matters map[string][]hall.Matter

func (m matters) OngoingOf(_ context.Context, personID string, _ int) ([]hall.Matter, error) {
	return m[personID], nil
}

func (m matters) Ongoing(_ context.Context, enterpriseID string, limit int) ([]hall.Matter, error) {
	list := m[enterpriseID]
	return list[:min(limit, len(list))], nil
}

func TestRemovingAContact(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w, box := halltest.NewWorld(t), sealtest.Box(t)
		s, clk := w.Service(t, hallsql.New(db, box))
		other := hall.New(hallsql.New(db, box), clk, hall.NewHasher(halltest.Cheap)) // another process
		clerk, firm, who := halltest.Actor(t, s, w.A.Clerk), w.A.Enterprise.ID, w.A.Contact
		if !halltest.Actor(t, s, who).SpeaksFor(firm) || !halltest.Actor(t, other, who).SpeaksFor(firm) {
			t.Fatal("speaks for the firm at first")
		}
		if err := s.RemoveContact(bg, clerk, firm, who.ID); err != nil {
			t.Fatal("the last one too:", err)
		}
		if halltest.Actor(t, s, who).SpeaksFor(firm) {
			t.Fatal("it must count at once")
		}
		heard := 0
		for _, e := range emitted(t, db) {
			if c, err := hall.ChangedIn(e); err == nil && e.Subject == hall.PersonChanged && c.ID == who.ID {
				other.Hear(bg, e)
				heard++
			}
		}
		if heard == 0 || halltest.Actor(t, other, who).SpeaksFor(firm) {
			t.Fatalf("other processes hear of it: %d events", heard)
		}
		if _, err := s.SignIn(bg, hall.SignIn{Login: string(who.Phone), Password: halltest.Password}); err != nil {
			t.Fatal("the person stays:", err)
		}
		if err := s.RemoveContact(bg, clerk, firm, who.ID); code(err) != fault.NotFound {
			t.Fatal(err)
		}
		if err := s.RemoveContact(bg, clerk, w.B.Enterprise.ID, w.B.Contact.ID); code(err) != fault.NotFound {
			t.Fatal(err)
		}

		past, err := s.Past(bg, clerk, w.A.Enterprise)
		if err != nil || len(past.Removed) != 1 || past.Removed[0].Title != "设备科长" || !past.Removed[0].Since.Equal(halltest.Start) {
			t.Fatalf("%+v %v", past, err)
		}
		if err := s.RestoreContact(bg, clerk, firm, w.A.Worker.ID); code(err) != fault.NotFound {
			t.Fatal("only who was removed:", err)
		}
		if err := s.RestoreContact(bg, clerk, firm, who.ID); err != nil {
			t.Fatal(err)
		}
		contacts, err := s.Contacts(bg, []string{firm})
		if c := contacts[firm]; err != nil || len(c) != 1 || c[0].Title != "设备科长" || !c[0].Since.Equal(halltest.Start) || !halltest.Actor(t, s, who).SpeaksFor(firm) {
			t.Fatalf("as it was: %+v %v", c, err)
		}
		if past, err := s.Past(bg, clerk, w.A.Enterprise); err != nil || len(past.Removed) != 0 {
			t.Fatalf("%+v %v", past, err)
		}
		if err := s.RestoreContact(bg, clerk, firm, who.ID); code(err) != fault.NotFound {
			t.Fatal("twice:", err)
		}

		if err := s.RemoveContact(bg, clerk, firm, who.ID); err != nil {
			t.Fatal(err)
		}
		clk.Move(31 * 24 * time.Hour)
		if err := s.RestoreContact(bg, clerk, firm, who.ID); code(err) != fault.NotFound {
			t.Fatal("a month later they are added anew:", err)
		}
		if _, err := s.AddContact(bg, clerk, hall.ContactInput{EnterpriseID: firm, Phone: who.Phone.Whole(), Title: "顾问"}); err != nil {
			t.Fatal(err)
		}
		list, err := s.Audits(bg, clerk, w.A.Sub.ID, hall.Page{})
		var did []string
		for _, a := range list.Rows {
			did = append(did, a.What)
		}
		if got := strings.Join(did, " "); err != nil || got != "hall.contact.added hall.contact.removed hall.contact.added hall.contact.removed" {
			t.Fatal(got, err)
		}
	})
}

func TestClosingAnEnterprise(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := halltest.NewWorld(t)
		s, _ := w.Service(t, hallsql.New(db, sealtest.Box(t)))
		clerk, firm := halltest.Actor(t, s, w.A.Clerk), w.A.Enterprise.ID
		busy := matters{firm: {{Title: "薄壁套变椭圆", Href: "/needs/1"}}}
		s.Consult(busy)
		status := func() hall.Status {
			e, err := s.Enterprise(bg, actor.Hall, firm)
			if err != nil {
				t.Fatal(err)
			}
			return e.Status
		}
		if err := s.CloseEnterprise(bg, clerk, firm, "歇业"); !errors.Is(err, hall.EnterpriseBusy) || status() != hall.Active {
			t.Fatal("while something is under way:", err)
		}
		if list, err := s.Ongoing(bg, clerk, firm); err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		delete(busy, firm)
		for _, bad := range []string{"", "  ", strings.Repeat("长", 101)} {
			if err := s.CloseEnterprise(bg, clerk, firm, bad); code(err) != fault.Invalid {
				t.Errorf("reason %q: %v", bad, err)
			}
		}
		for range 2 { // pressed twice
			if err := s.CloseEnterprise(bg, clerk, firm, " 歇业 "); err != nil || status() != hall.Closed {
				t.Fatal(err)
			}
		}
		if past, err := s.Past(bg, clerk, w.A.Enterprise); err != nil || past.Reason != "歇业" || !past.Closed.Equal(halltest.Start) {
			t.Fatalf("%+v %v", past, err)
		}
		if a := halltest.Actor(t, s, w.A.Contact); !a.SpeaksFor(firm) {
			t.Fatal("its contacts go on reading what it did")
		}
		in := hall.ContactInput{EnterpriseID: firm, Phone: w.A.Worker.Phone.Whole()}
		if _, err := s.AddContact(bg, clerk, in); !errors.Is(err, hall.EnterpriseClosed) {
			t.Fatal(err)
		}
		if _, err := s.AddContact(bg, halltest.Actor(t, s, w.A.Auditor), in); code(err) != fault.Denied {
			t.Fatal(err)
		}
		for range 2 {
			if err := s.ReopenEnterprise(bg, clerk, firm); err != nil || status() != hall.Active {
				t.Fatal(err)
			}
		}
		if _, err := s.AddContact(bg, clerk, in); err != nil {
			t.Fatal(err)
		}
		list, err := s.Audits(bg, clerk, w.A.Sub.ID, hall.Page{})
		if err != nil || list.Total != 3 || list.Rows[2].What != hall.AuditEnterpriseClosed || list.Rows[1].What != hall.AuditEnterpriseReopened {
			t.Fatalf("one trace of each: %+v %v", list, err)
		}
		told := 0
		for _, e := range emitted(t, db) {
			if c, err := hall.ChangedIn(e); err == nil && e.Subject == hall.EnterpriseChanged && c.ID == firm {
				told++
			}
		}
		if told != 3 { // closed, opened, a contact
			t.Fatalf("%d events", told)
		}
	})
}

// emitted are the events in the outbox.
func emitted(t *testing.T, db *sqldb.DB) []event.Event {
	t.Helper()
	rows, err := sqldb.All(bg, db, func(s sqldb.Scanner) (e event.Event, err error) {
		var data string
		err = s.Scan(&e.ID, &e.Subject, &data)
		e.Data = []byte(data)
		return e, err
	}, `SELECT id, subject, data FROM sqldb_outbox ORDER BY id`)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}
