package hall_test

import (
	"errors"
	"testing"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

func TestTransfer(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		d := deskOn(t, db)
		who := d.A.Expert
		give := func(u hall.Union, role actor.Role) {
			if _, err := d.s.GiveGrant(bg, d.as(d.Top), hall.GrantInput{Phone: who.Phone.Whole(), UnionID: u.ID, Role: role}); err != nil {
				t.Fatal(err)
			}
		}
		give(d.Province, actor.Auditor)
		give(d.A.Sub, actor.Clerk)
		me := d.as(who)
		if _, err := d.s.AskTransfer(bg, me, d.A.Sub.ID, ""); code(err) != fault.Invalid {
			t.Error("to where they are:", err)
		}
		if _, err := d.s.AskTransfer(bg, me, "nowhere", ""); code(err) != fault.Invalid {
			t.Error(err)
		}
		stay, end, err := d.s.RolesAfter(bg, me, d.B.Sub.ID)
		if err != nil || len(stay) != 1 || stay[0].UnionID != d.Province.ID || len(end) != 1 || end[0].UnionID != d.A.Sub.ID {
			t.Fatalf("%+v %+v %v", stay, end, err)
		}
		r := d.must(d.s.AskTransfer(bg, me, d.B.Sub.ID, "搬到泉州了"))
		if again := d.must(d.s.AskTransfer(bg, me, d.B.Sub.ID, "搬到泉州了")); again.ID != r.ID {
			t.Error("asked twice, filed twice")
		}
		if own := d.must(d.s.OwnTransfer(bg, me)); own.ID != r.ID || own.Name != who.Name {
			t.Errorf("%+v", own)
		}
		// The union that they leave sees it and decides nothing.
		if l, err := d.s.Requests(bg, d.as(d.A.Clerk), "", false, hall.Page{}); err != nil || l.Total != 1 {
			t.Errorf("%+v %v", l, err)
		}
		if _, err := d.decide(d.as(d.A.Lead), r, ""); code(err) != fault.Denied {
			t.Error(err)
		}
		refused := d.must(d.decide(d.as(d.B.Clerk), r, "请先办理离岗手续"))
		if refused.Reason == "" || d.as(who).UnionPath != d.A.Sub.Path {
			t.Errorf("%+v", refused)
		}
		r = d.must(d.s.AskTransfer(bg, me, d.B.Sub.ID, ""))
		d.must(d.decide(d.as(d.B.Clerk), r, ""))

		now := d.as(who)
		if now.UnionPath != d.B.Sub.Path || len(now.Grants) != 1 || now.Grants[0].UnionID != d.Province.ID || !now.Master {
			t.Errorf("%+v", now)
		}
		if m, err := d.s.Master(bg, now, who.ID); err != nil || m.UnionPath != d.B.Sub.Path {
			t.Errorf("%+v %v", m, err)
		}
		h := d.history(who)
		if len(h) != 2 || h[0].UnionID != d.B.Sub.ID || h[0].How != hall.Transferred || h[0].By != d.B.Clerk.ID ||
			h[1].UnionID != d.A.Sub.ID || h[1].Ended != hall.Transferred || !h[1].To.Equal(h[0].From) {
			t.Errorf("%+v", h)
		}
		if _, err := d.s.History(bg, d.as(d.A.Lead), who.ID); code(err) != fault.NotFound {
			t.Error("the union of before reads on:", err)
		}
	})
}

// An officer does not approve their own transfer, not even into a union that they lead.
func TestNobodyDecidesOnThemselves(t *testing.T) {
	d := deskOn(t, sqldbtest.SQLite(t))
	lead := d.as(d.A.Lead)
	r := d.must(d.s.AskTransfer(bg, lead, d.A.Sub.ID, ""))
	if _, err := d.decide(lead, r, ""); code(err) != fault.Denied || r.MayDecide(lead) {
		t.Error(err)
	}
	d.must(d.decide(d.as(d.A.Clerk), r, ""))
	// Their union's own role stays, since the county belongs to it.
	if a := d.as(d.A.Lead); len(a.Grants) != 1 || a.UnionPath != d.A.Sub.Path {
		t.Errorf("%+v", a)
	}
}

func TestLeaving(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		d := deskOn(t, db)
		who := d.A.Expert
		busy := matters{who.ID: {{Title: "薄壁套变椭圆", Href: "/needs/1"}}}
		d.s.Consult(busy)
		me := d.as(who)
		if v, err := d.s.Leaving(bg, me); err != nil || len(v.Ongoing) != 1 || v.Master != hall.Active {
			t.Errorf("%+v %v", v, err)
		}
		if err := d.s.Leave(bg, me); !errors.Is(err, hall.StillEngaged) {
			t.Fatal(err)
		}
		delete(busy, who.ID)
		if err := d.s.Leave(bg, me); err != nil {
			t.Fatal(err)
		}
		if m, err := d.s.Master(bg, actor.Hall, who.ID); err != nil || m.Status != hall.Closed {
			t.Errorf("%+v %v", m, err)
		}
		if _, err := d.s.Actor(bg, who.ID); code(err) != fault.NotFound {
			t.Error(err)
		}
		if err := d.s.Leave(bg, me); code(err) != fault.Conflict {
			t.Error("left twice:", err)
		}
		r, _ := d.join(who.Name, who.Phone.Whole())
		d.must(d.decide(d.as(d.A.Clerk), r, ""))
		if a := d.as(who); !a.Master {
			t.Error("the master who came again is none")
		}
		if err := d.s.Leave(bg, d.as(d.Top)); !errors.Is(err, hall.OnlyLead) {
			t.Error("nobody leads the federation any more:", err)
		}
		if err := d.s.Leave(bg, actor.Actor{}); code(err) != fault.Denied {
			t.Error(err)
		}
	})
}

// Who may read and decide on a request, by where they stand to the county that was asked.
func TestWhoDecidesOnRequests(t *testing.T) {
	d := deskOn(t, sqldbtest.SQLite(t))
	r, _ := d.join("许新人", "13599990008")
	officer := func(u hall.Union, role actor.Role) actor.Actor {
		return actor.Actor{Kind: actor.Person, ID: d.B.Worker.ID, Grants: []actor.Grant{{Role: role, UnionID: u.ID, Path: u.Path}}}
	}
	child := hall.Union{ID: "child", Path: hall.PathOf(d.A.Sub.Path, "01")}
	sister := hall.Union{ID: "sister", Path: hall.PathOf(d.A.Union.Path, "04")}
	for _, c := range []struct {
		name   string
		a      actor.Actor
		reads  bool
		decide fault.Code
	}{
		{"nobody", actor.Actor{}, false, fault.NotFound},
		{"worker", d.as(d.A.Worker), false, fault.NotFound},
		{"own lead", officer(d.A.Sub, actor.Lead), true, ""},
		{"own clerk", officer(d.A.Sub, actor.Clerk), true, ""},
		{"own auditor", officer(d.A.Sub, actor.Auditor), true, fault.Denied},
		{"parent clerk", officer(d.A.Union, actor.Clerk), true, ""},
		{"child lead", officer(child, actor.Lead), false, fault.NotFound},
		{"sister lead", officer(sister, actor.Lead), false, fault.NotFound},
		{"aunt lead", officer(d.B.Union, actor.Lead), false, fault.NotFound},
	} {
		if _, err := d.s.Request(bg, c.a, r.ID); (err == nil) != c.reads {
			t.Errorf("%s reads: %v", c.name, err)
		}
		if _, err := d.s.Behind(bg, c.a, r); (err == nil) != c.reads {
			t.Errorf("%s sees who is behind it: %v", c.name, err)
		}
		_, err := d.s.Decide(bg, c.a, hall.Decision{RequestID: r.ID}) // a refusal without a reason decides nothing
		want := c.decide
		if want == "" {
			want = fault.Invalid
		}
		if code(err) != want {
			t.Errorf("%s decides: %v, want %s", c.name, err, want)
		}
	}
}
