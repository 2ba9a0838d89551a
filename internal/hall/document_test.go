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

func TestHonoursAreConfirmedByAnOfficerOfTheMastersUnion(t *testing.T) {
	w := halltest.NewWorld(t)
	s, clk := w.Service(t, hallsql.New(sqldbtest.SQLite(t), sealtest.Box(t)))
	master, clerk := halltest.Actor(t, s, w.A.Expert), halltest.Actor(t, s, w.A.Clerk)
	in := hall.HonourInput{Name: "福建工匠", Level: hall.ProvincialHonour, Year: 2024, Issuer: "福建省总工会", Papers: papers()}
	honours := func() []hall.Honour {
		m, err := s.Master(bg, halltest.Actor(t, s, w.B.Contact), w.A.Expert.ID)
		if err != nil {
			t.Fatal(err)
		}
		return m.Honours
	}
	before := len(honours())
	for field, change := range map[string]func(*hall.HonourInput){
		"no paper": func(in *hall.HonourInput) { in.Papers = nil }, "no issuer": func(in *hall.HonourInput) { in.Issuer = " " },
		"no level": func(in *hall.HonourInput) { in.Level = "" }, "of the future": func(in *hall.HonourInput) { in.Year = 2030 },
		"no name": func(in *hall.HonourInput) { in.Name = "" }, "many papers": func(in *hall.HonourInput) {
			in.Papers = append(papers(), append(papers(), append(papers(), append(papers(), papers()...)...)...)...)
		},
	} {
		bad := in
		change(&bad)
		if _, err := s.GiveHonour(bg, master, bad); code(err) != fault.Invalid {
			t.Errorf("%s: %v", field, err)
		}
	}
	for _, p := range []hall.Person{w.A.Worker, w.A.Contact, w.A.Clerk} {
		if _, err := s.GiveHonour(bg, halltest.Actor(t, s, p), in); code(err) != fault.Denied {
			t.Errorf("%s: %v", p.Name, err)
		}
	}
	d, err := s.GiveHonour(bg, master, in)
	if err != nil || len(honours()) != before {
		t.Fatal("what waits is nobody's to see:", err, honours())
	}
	if _, err := s.GiveHonour(bg, master, in); !errors.Is(err, hall.TakenHonour) {
		t.Fatal("handed in twice:", err)
	}
	decide := func(p hall.Person, state hall.DocumentState, reason string) error {
		return s.DecideHonour(bg, halltest.Actor(t, s, p), hall.HonourDecision{DocumentID: d.ID, State: state, Reason: reason})
	}
	for want, list := range map[fault.Code][]hall.Person{fault.NotFound: {w.A.Worker, w.B.Lead, w.A.Contact}, fault.Denied: {w.A.Auditor, w.A.Expert}} {
		for _, p := range list {
			if err := decide(p, hall.DocumentConfirmed, ""); code(err) != want {
				t.Errorf("%s: %v", p.Name, err)
			}
			if _, _, err := s.Paper(bg, halltest.Actor(t, s, p), d.ID, d.Papers[0].ID); want == fault.NotFound && code(err) != want {
				t.Errorf("%s reads the certificate: %v", p.Name, err)
			}
		}
	}
	for _, bad := range []error{decide(w.A.Clerk, "", ""), decide(w.A.Clerk, hall.DocumentWaiting, ""), decide(w.A.Clerk, hall.DocumentRefused, " ")} {
		if code(bad) != fault.Invalid {
			t.Error(bad)
		}
	}
	if err := decide(w.A.Clerk, hall.DocumentRefused, "看不清"); err != nil || len(honours()) != before {
		t.Fatal(err)
	}
	if err := decide(w.A.Clerk, hall.DocumentConfirmed, ""); !errors.Is(err, hall.DocumentMoved) {
		t.Fatal("decided twice:", err)
	}
	if d, err = s.GiveHonour(bg, master, in); err != nil {
		t.Fatal("after a refusal it can be handed in again:", err)
	}
	if err := decide(w.A.Clerk, hall.DocumentConfirmed, ""); err != nil {
		t.Fatal(err)
	}
	got := honours()
	if h := got[len(got)-1]; len(got) != before+1 || h.Name != in.Name || h.By != w.A.Clerk.ID || !h.At.Equal(clk.Now()) || h.Issuer != in.Issuer || h.Level != in.Level {
		t.Fatalf("%+v", got)
	}
	// The most honoured come first: what is confirmed counts, and only that.
	if l, err := s.FindMasters(bg, hall.MasterSearch{}); err != nil || l.Rows[0].PersonID != w.A.Expert.ID {
		t.Fatalf("%+v %v", l, err)
	}

	in.Name, in.Papers = "福州市劳动模范", nil
	if _, err := s.EnterHonour(bg, clerk, w.A.Expert.ID, in); err != nil || len(honours()) != before+2 {
		t.Fatal("an officer's word:", err)
	}
	if _, err := s.EnterHonour(bg, clerk, w.A.Expert.ID, in); !errors.Is(err, hall.TakenHonour) {
		t.Fatal(err)
	}
	for want, list := range map[fault.Code][]hall.Person{fault.NotFound: {w.A.Worker, w.B.Lead, w.A.Contact, w.A.Expert}, fault.Denied: {w.A.Auditor}} {
		for _, p := range list {
			if _, err := s.EnterHonour(bg, halltest.Actor(t, s, p), w.A.Expert.ID, hall.HonourInput{Name: "x", Level: in.Level, Year: 2020, Issuer: "y"}); code(err) != want {
				t.Errorf("%s enters: %v", p.Name, err)
			}
		}
	}
	// Nobody confirms their own.
	if _, err := s.GiveGrant(bg, halltest.Actor(t, s, w.Top), hall.GrantInput{Phone: w.A.Expert.Phone.Whole(), UnionID: w.A.Union.ID, Role: "lead"}); err != nil {
		t.Fatal(err)
	}
	in.Name, in.Papers = "全国劳动模范", papers()
	if d, err = s.GiveHonour(bg, halltest.Actor(t, s, w.A.Expert), in); err != nil {
		t.Fatal(err)
	}
	if err := decide(w.A.Expert, hall.DocumentConfirmed, ""); code(err) != fault.Denied {
		t.Fatal(err)
	}
}
