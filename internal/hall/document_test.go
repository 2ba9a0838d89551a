package hall_test

import (
	"errors"
	"testing"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/hall/hallsql"
	"github.com/unionhall/unionhall/internal/hall/halltest"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/seal/sealtest"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

func papers() []hall.Paper {
	return []hall.Paper{{ID: id.New(), Name: "a.jpg", Type: "image/jpeg", Size: 1, Hash: "00"}}
}

func TestHandingInALicence(t *testing.T) {
	w := halltest.NewWorld(t)
	s, _ := w.Service(t, hallsql.New(sqldbtest.SQLite(t), sealtest.Box(t)))
	contact, clerk := halltest.Actor(t, s, w.A.Contact), halltest.Actor(t, s, w.A.Clerk)
	firm, number := w.A.Enterprise.ID, hall.LicenceFrom("91350100MA2XN0031")
	if _, err := s.GiveLicence(bg, contact, firm, nil); code(err) != fault.Invalid {
		t.Fatal("without a file:", err)
	}
	for who, p := range map[string]hall.Person{"worker": w.A.Worker, "sister contact": w.B.Contact, "expert": w.A.Expert} {
		if _, err := s.GiveLicence(bg, halltest.Actor(t, s, p), firm, papers()); code(err) != fault.NotFound {
			t.Errorf("%s: %v", who, err)
		}
	}
	if _, err := s.GiveLicence(bg, clerk, firm, papers()); code(err) != code(fault.Refused()) {
		t.Error("an officer hands in nothing for an enterprise:", err)
	}
	d, err := s.GiveLicence(bg, contact, firm, papers())
	if err != nil {
		t.Fatal(err)
	}
	reads := func(p hall.Person) error {
		_, _, err := s.Paper(bg, halltest.Actor(t, s, p), d.ID, d.Papers[0].ID)
		return err
	}
	for who, p := range map[string]hall.Person{"contact": w.A.Contact, "clerk": w.A.Clerk, "auditor": w.A.Auditor, "lead of all": w.Top} {
		if err := reads(p); err != nil {
			t.Errorf("%s: %v", who, err)
		}
	}
	for who, p := range map[string]hall.Person{"worker": w.A.Worker, "expert": w.A.Expert, "sister contact": w.B.Contact, "sister lead": w.B.Lead} {
		if err := reads(p); code(err) != fault.NotFound {
			t.Errorf("%s: %v", who, err)
		}
	}
	verify := func(f hall.Finding, document string) error {
		return s.VerifyEnterprise(bg, clerk, hall.VerifyInput{EnterpriseID: firm, State: f, Licence: number, Reason: "看不清", DocumentID: document})
	}
	state := func() hall.Finding {
		m, err := s.Verifications(bg, contact, []hall.Enterprise{w.A.Enterprise})
		if err != nil {
			t.Fatal(err)
		}
		return m[firm].State
	}
	// The officer decides about what they looked at, and nothing else.
	for _, other := range []string{"", id.New()} {
		if err := verify(hall.Verified, other); !errors.Is(err, hall.DocumentMoved) || state() != "" {
			t.Fatal(err)
		}
	}
	if err := verify(hall.Verified, d.ID); err != nil || state() != hall.Verified {
		t.Fatal(err)
	}
	// A new one is to be looked at before anybody trusts the finding again.
	again, err := s.GiveLicence(bg, contact, firm, papers())
	if err != nil || state() != "" {
		t.Fatal(err, state())
	}
	if err := verify(hall.Verified, d.ID); !errors.Is(err, hall.DocumentMoved) {
		t.Fatal(err)
	}
	if err := verify(hall.Refused, again.ID); err != nil || state() != hall.Refused {
		t.Fatal(err)
	}
	if got, err := s.Document(bg, contact, again.ID); err != nil || got.State != hall.DocumentRefused || got.Reason != "看不清" || got.By != w.A.Clerk.ID {
		t.Fatalf("%+v %v", got, err)
	}
	if err := s.CloseEnterprise(bg, clerk, firm, "歇业"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.GiveLicence(bg, contact, firm, papers()); !errors.Is(err, hall.EnterpriseClosed) {
		t.Fatal(err)
	}
}

func TestWaitingDocumentsAreForOfficersOfTheSubtree(t *testing.T) {
	w := halltest.NewWorld(t)
	s, _ := w.Service(t, hallsql.New(sqldbtest.SQLite(t), sealtest.Box(t)))
	if _, err := s.GiveLicence(bg, halltest.Actor(t, s, w.A.Contact), w.A.Enterprise.ID, papers()); err != nil {
		t.Fatal(err)
	}
	for who, n := range map[hall.Person]int{w.A.Clerk: 1, w.A.Auditor: 1, w.Top: 1, w.B.Lead: 0} {
		if l, err := s.WaitingDocuments(bg, halltest.Actor(t, s, who), "", hall.Search{}); err != nil || len(l.Rows) != n || l.Total != n {
			t.Errorf("%s: %+v %v", who.Name, l, err)
		}
	}
	for _, who := range []hall.Person{w.A.Worker, w.A.Contact} {
		if _, err := s.WaitingDocuments(bg, halltest.Actor(t, s, who), "", hall.Search{}); err == nil {
			t.Errorf("%s reads the list", who.Name)
		}
	}
	if _, err := s.WaitingDocuments(bg, halltest.Actor(t, s, w.B.Lead), w.A.Union.ID, hall.Search{}); err == nil {
		t.Error("a sister's lead reads the list")
	}
}
