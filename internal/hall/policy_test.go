package hall_test

import (
	"errors"
	"testing"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/hall/halltest"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/lang"
)

// Who may do what: every act on rows of city A, by everybody who might try.
func TestPolicy(t *testing.T) {
	w, s, _ := world(t)
	anyone := actor.Actor{}
	who := map[string]actor.Actor{
		"anyone": anyone, "system": actor.Hall, "portal": {Kind: actor.Portal, ID: "p", UnionID: w.A.Union.ID, UnionPath: w.A.Union.Path},
		"top": halltest.Actor(t, s, w.Top), "lead": halltest.Actor(t, s, w.A.Lead), "clerk": halltest.Actor(t, s, w.A.Clerk),
		"auditor": halltest.Actor(t, s, w.A.Auditor), "worker": halltest.Actor(t, s, w.A.Worker), "contact": halltest.Actor(t, s, w.A.Contact),
		"expert": halltest.Actor(t, s, w.A.Expert), "sister lead": halltest.Actor(t, s, w.B.Lead), "sister contact": halltest.Actor(t, s, w.B.Contact),
	}
	n := 0
	phone := func() string { n++; return "1399000" + string(rune('0'+n/1000%10)) + pad(n%1000) }
	const ok, no, none = "ok", string(fault.Denied), string(fault.NotFound)
	all := func(base string, except map[string]string) map[string]string {
		out := map[string]string{}
		for name := range who {
			out[name] = base
		}
		for name, v := range except {
			out[name] = v
		}
		return out
	}
	leads := map[string]string{"top": ok, "lead": ok, "system": ok}
	works := map[string]string{"top": ok, "lead": ok, "clerk": ok, "system": ok}
	reads := map[string]string{"top": ok, "lead": ok, "clerk": ok, "auditor": ok, "system": ok}
	with := func(m map[string]string, more ...string) map[string]string {
		out := map[string]string{}
		for k, v := range m {
			out[k] = v
		}
		for i := 0; i < len(more); i += 2 {
			out[more[i]] = more[i+1]
		}
		return out
	}
	for _, c := range []struct {
		name string
		do   func(a actor.Actor) error
		want map[string]string
	}{
		{"create union", func(a actor.Actor) error {
			_, err := s.CreateUnion(bg, a, hall.NewUnion{ParentID: w.A.Union.ID, Level: hall.County, Code: "n" + id.New()[30:], Name: lang.Text{ZH: "新区工会"}, Kind: hall.Region})
			return err
		}, all(no, leads)},
		{"rename union", func(a actor.Actor) error {
			_, err := s.RenameUnion(bg, a, w.A.Union.ID, lang.Text{ZH: "福州市总工会"})
			return err
		}, all(no, leads)},
		{"tallies", func(a actor.Actor) error { _, _, err := s.Tallies(bg, a, w.A.Union.ID); return err }, all(no, reads)},
		{"list workers", func(a actor.Actor) error { _, err := s.Workers(bg, a, w.A.Union.ID, hall.Search{}); return err }, all(no, reads)},
		{"list officers", func(a actor.Actor) error { _, err := s.Officers(bg, a, w.A.Union.ID, hall.Search{}); return err }, all(no, reads)},
		{"list enterprises", func(a actor.Actor) error {
			_, err := s.EnterprisesIn(bg, a, w.A.Union.ID, hall.Search{})
			return err
		}, all(no, reads)},
		{"list masters", func(a actor.Actor) error { _, err := s.MastersIn(bg, a, w.A.Union.ID, hall.Search{}); return err }, all(no, reads)},
		{"audits", func(a actor.Actor) error { _, err := s.Audits(bg, a, w.A.Union.ID, hall.Page{}); return err }, all(no, reads)},
		{"above one's node", func(a actor.Actor) error { _, err := s.Workers(bg, a, w.Province.ID, hall.Search{}); return err }, all(no, map[string]string{"top": ok, "system": ok})},
		{"read worker", func(a actor.Actor) error { _, err := s.Person(bg, a, w.A.Worker.ID); return err }, all(none, with(reads, "worker", ok))},
		{"read enterprise", func(a actor.Actor) error { _, err := s.Enterprise(bg, a, w.A.Enterprise.ID); return err }, all(none, with(reads, "contact", ok))},
		{"read master", func(a actor.Actor) error { _, err := s.Master(bg, a, w.A.Expert.ID); return err }, all(ok, nil)},
		{"read grant", func(a actor.Actor) error { _, err := s.OfficerGrant(bg, a, w.A.LeadGrant.ID); return err }, all(none, reads)},
		{"hand out a password", func(a actor.Actor) error { _, err := s.HandOutPassword(bg, a, w.A.Expert.ID); return err }, all(none, with(works, "auditor", no, "expert", no))},
		{"hand out a lead's password", func(a actor.Actor) error { _, err := s.HandOutPassword(bg, a, w.A.Lead.ID); return err }, all(none, map[string]string{"top": ok, "system": ok, "lead": no, "clerk": no, "auditor": no})},
		{"create enterprise", func(a actor.Actor) error {
			_, err := s.CreateEnterprise(bg, a, hall.EnterpriseInput{Name: "甲厂", Industry: "machinery", Size: hall.Micro, UnionID: w.A.Sub.ID})
			return err
		}, all(no, works)},
		{"add contact", func(a actor.Actor) error {
			_, err := s.AddContact(bg, a, hall.ContactInput{EnterpriseID: w.A.Enterprise.ID, Title: "厂长", Phone: phone(), Name: "新人"})
			return err
		}, all(none, with(works, "auditor", no, "contact", no))},
		{"what is under way", func(a actor.Actor) error { _, err := s.Ongoing(bg, a, w.A.Enterprise.ID); return err }, all(none, with(works, "auditor", no, "contact", no))},
		{"what was", func(a actor.Actor) error { _, err := s.Past(bg, a, w.A.Enterprise); return err }, all(none, reads)},
		{"close enterprise", func(a actor.Actor) error {
			err := s.CloseEnterprise(bg, a, w.A.Enterprise.ID, "歇业")
			if err == nil {
				err = s.ReopenEnterprise(bg, a, w.A.Enterprise.ID)
			}
			return err
		}, all(none, with(works, "auditor", no, "contact", no))},
		{"verify enterprise", func(a actor.Actor) error {
			return s.VerifyEnterprise(bg, a, hall.VerifyInput{EnterpriseID: w.A.Enterprise.ID, State: hall.Refused, Reason: "照片看不清"})
		}, all(none, with(works, "auditor", no, "contact", no))},
		{"reopen enterprise", func(a actor.Actor) error { return s.ReopenEnterprise(bg, a, w.A.Enterprise.ID) }, all(none, with(works, "auditor", no, "contact", no))},
		{"remove contact", func(a actor.Actor) error {
			err := s.RemoveContact(bg, a, w.A.Enterprise.ID, w.A.Contact.ID)
			if err == nil {
				err = s.RestoreContact(bg, a, w.A.Enterprise.ID, w.A.Contact.ID)
			}
			return err
		}, all(none, with(works, "auditor", no, "contact", no))},
		{"restore contact", func(a actor.Actor) error {
			err := s.RestoreContact(bg, a, w.A.Enterprise.ID, w.A.Contact.ID)
			if (a.Kind == actor.System || a.MayAct(w.A.Sub.Path)) && code(err) == fault.NotFound {
				return nil // nobody was removed
			}
			return err
		}, all(none, with(works, "auditor", no, "contact", no))},
		{"create master", func(a actor.Actor) error {
			_, err := s.CreateMaster(bg, a, hall.PersonInput{Name: "新匠", Phone: phone()}, hall.MasterInput{UnionID: w.A.Sub.ID, Title: "技师", MasterOwn: hall.MasterOwn{Craft: []string{"welding"}, MaxLoad: 1}})
			return err
		}, all(no, works)},
		{"keep master", func(a actor.Actor) error {
			_, err := s.KeepMaster(bg, a, hall.MasterOwn{Craft: []string{"welding"}, MaxLoad: 1})
			return err
		}, all(no, map[string]string{"expert": ok})},
		{"check grant", func(a actor.Actor) error {
			_, _, err := s.CheckGrant(bg, a, hall.GrantInput{Phone: w.A.Worker.Phone.Whole(), UnionID: w.A.Sub.ID, Role: actor.Clerk})
			return err
		}, all(no, leads)},
		{"grant above one's node", func(a actor.Actor) error {
			_, err := s.GiveGrant(bg, a, hall.GrantInput{Phone: w.A.Worker.Phone.Whole(), UnionID: w.Province.ID, Role: actor.Auditor})
			if errors.Is(err, hall.TakenGrant) {
				return nil
			}
			return err
		}, all(no, map[string]string{"top": ok, "system": ok})},
	} {
		for name, a := range who {
			if got := string(code(c.do(a))); got != c.want[name] {
				t.Errorf("%s by %s: %s, want %s", c.name, name, got, c.want[name])
			}
		}
	}
}

func pad(n int) string {
	return string([]byte{byte('0' + n/100), byte('0' + n/10%10), byte('0' + n%10)})
}

func TestGrants(t *testing.T) {
	w, s, _ := world(t)
	lead, top, sister := halltest.Actor(t, s, w.A.Lead), halltest.Actor(t, s, w.Top), halltest.Actor(t, s, w.B.Lead)
	in := hall.GrantInput{Phone: w.A.Worker.Phone.Whole(), UnionID: w.A.Sub.ID, Role: actor.Clerk}

	g, err := s.GiveGrant(bg, lead, in)
	if err != nil {
		t.Fatal(err)
	}
	if a := halltest.Actor(t, s, w.A.Worker); !a.MayAct(w.A.Sub.Path) || a.MayRead(w.A.Union.Path) {
		t.Fatalf("the grant must count at once, below its union only: %+v", a.Grants)
	}
	if _, err := s.GiveGrant(bg, lead, in); !errors.Is(err, hall.TakenGrant) {
		t.Fatal(err)
	}
	// Of somebody in a sister union one learns only that the number is taken.
	in.Phone = w.B.Worker.Phone.Whole()
	var f *fault.Error
	if _, _, err := s.CheckGrant(bg, lead, in); !errors.As(err, &f) || f.Fields[0].Msg != "hall.fault.elsewhere" {
		t.Fatal(err)
	}
	in.Phone = "13999999999"
	if _, _, err := s.CheckGrant(bg, lead, in); !errors.As(err, &f) || f.Fields[0].Msg != "hall.fault.nobody" {
		t.Fatal(err)
	}
	in.Phone, in.Role = w.A.Worker.Phone.Whole(), "king"
	if _, err := s.GiveGrant(bg, lead, in); code(err) != fault.Invalid {
		t.Fatal(err)
	}

	if err := s.WithdrawGrant(bg, sister, g.ID); code(err) != fault.NotFound {
		t.Fatal(err)
	}
	if err := s.WithdrawGrant(bg, halltest.Actor(t, s, w.A.Clerk), g.ID); code(err) != fault.Denied {
		t.Fatal(err)
	}
	if err := s.WithdrawGrant(bg, lead, g.ID); err != nil {
		t.Fatal(err)
	}
	if a := halltest.Actor(t, s, w.A.Worker); a.Officer() {
		t.Fatal("withdrawn, and still an officer")
	}
	if err := s.WithdrawGrant(bg, lead, w.A.LeadGrant.ID); !errors.Is(err, hall.LastGrant) {
		t.Fatal(err)
	}
	// Somebody above may.
	if err := s.WithdrawGrant(bg, top, w.A.LeadGrant.ID); err != nil {
		t.Fatal(err)
	}
	list, err := s.Audits(bg, top, "", hall.Page{})
	if err != nil || list.Total != 3 || list.Rows[0].What != hall.AuditWithdrawn || list.Rows[0].By != w.Top.ID || list.Rows[0].On != w.A.Lead.ID {
		t.Fatalf("%v %+v", err, list)
	}
}
