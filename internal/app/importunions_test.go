package app

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/hall/halltest"
	"github.com/unionhall/unionhall/internal/intake"
	"github.com/unionhall/unionhall/internal/intake/intakesql"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// led is the office with its lead at the desk: only leads import unions.
func led(t *testing.T) *office {
	o := newOffice(t)
	o.clerk = halltest.Actor(t, o.app.Hall, o.A.Lead)
	return o
}

func (o *office) listOfUnions() string {
	return o.fixture("unions-gbk.csv", "{sub}", o.A.Sub.Name.ZH, "{outside}", o.B.Sub.Name.ZH)
}

// below are the unions under city A as name, level, kind and parent's name, by path.
func (o *office) below() (out []string) {
	o.t.Helper()
	list, err := o.app.Hall.Subtree(bg, o.A.Union.ID, "", 0)
	o.ok(err)
	for _, u := range list[1:] {
		p, err := o.app.Hall.Union(bg, u.ParentID)
		o.ok(err)
		out = append(out, fmt.Sprint(u.Path, " ", u.Name.ZH, " ", u.Level, " ", u.Kind, " < ", p.Name.ZH))
	}
	return out
}

func TestImportOfUnions(t *testing.T) {
	o := led(t)
	before, body := o.below(), o.listOfUnions()
	j := o.check("unions", body)
	o.wantIssues(j.ID, intake.AtCheck, "9 parent hall.fault.no-parent", "10 parent hall.fault.no-parent", "11 level hall.fault.level", "12 parent hall.fault.no-parent",
		"14 name intake.bad.required", "15 level sheet.bad.choice")
	o.want(j, intake.Checked, intake.Progress{Total: 12, Handled: 12, New: 4, Same: 2, Bad: 6})
	if !slices.Equal(o.below(), before) {
		t.Fatal("checking must make nothing")
	}
	_, err := o.s.Start(bg, o.clerk, j.ID, intake.GoodRows, false)
	o.ok(err)
	j = o.work(j.ID)
	sub := o.A.Sub.Path
	want := append(slices.Clone(before), sub+"01/ 创业街道工会 5 region < "+o.A.Sub.Name.ZH, sub+"01/01/ 创业街道模具行业工会 6 trade < 创业街道工会",
		sub+"01/02/ 闽江模具有限公司工会 6 employer < 创业街道工会", sub+"02/ 还没写到的工会 5 region < "+o.A.Sub.Name.ZH)
	slices.Sort(want)
	got := o.below()
	slices.Sort(got)
	if j.Added != 4 || !slices.Equal(got, want) {
		t.Fatalf("%+v\n%s\nwant\n%s", j.Progress, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if n := o.count(`SELECT COUNT(*) FROM hall_audit WHERE what = $1`, hall.AuditUnionMade); n != 4 {
		t.Errorf("%d lines in the record, want one for each", n)
	}
	again := o.run("unions", body, intake.GoodRows, false)
	if again.Added != 1 || again.Same != 6 { // the union that hung on a later row finds it now
		t.Fatalf("twice: %+v", again.Progress)
	}
	if third := o.run("unions", body, intake.GoodRows, false); third.Added != 0 {
		t.Fatalf("three times: %+v", third.Progress)
	}
	o.undoUnions(j.ID, again.ID)
}

// undoUnions takes imports back after one union was given a member, and one was renamed.
func (o *office) undoUnions(first, second string) {
	o.t.Helper()
	at := func(name string) hall.Union {
		list, err := o.app.Hall.Subtree(bg, o.A.Union.ID, name, 1)
		o.ok(err)
		return list[0]
	}
	o.run("workers", "姓名,手机号,所在工会\n张伟,13500000001,创业街道模具行业工会\n", intake.AllRows, false)
	_, err := o.app.Hall.RenameUnion(bg, o.clerk, at("后来工会").ID, lang.Text{ZH: "后来改名工会"})
	o.ok(err)
	for _, id := range []string{second, first} {
		_, err := o.s.Undo(bg, o.clerk, id)
		o.ok(err)
		o.work(id)
	}
	o.wantIssues(second, intake.AtUndo, "12  hall.left.changed")
	o.wantIssues(first, intake.AtUndo, "4  hall.left.below", "5  hall.left.housed", "13  hall.left.below")
	for _, name := range []string{"闽江模具"} {
		if list, err := o.app.Hall.Subtree(bg, o.A.Union.ID, name, 1); err != nil || len(list) != 0 {
			o.t.Errorf("%s stays: %v %v", name, list, err)
		}
	}
}

// A list of more than a batch: what the check promises across batches, the run makes, and the undoing takes back from the
// end, also when the process dies in the middle.
func TestUnionsAcrossBatches(t *testing.T) {
	o := led(t)
	var b strings.Builder
	b.WriteString("工会名称,上级工会,层级\n甲街道工会," + o.A.Sub.Name.ZH + ",街道\n")
	const n = 1200
	for i := range n {
		fmt.Fprintf(&b, "甲企业%d工会,甲街道工会,基层\n", i)
	}
	before := o.below()
	j := o.run("unions", b.String(), intake.AllRows, false)
	o.want(j, intake.Done, intake.Progress{Total: n + 1, Handled: n + 1, New: n + 1, Added: n + 1})
	for range 2 { // a union may stand where one stood before
		_, err := o.s.Undo(bg, o.clerk, j.ID)
		o.ok(err)
		opts := o.s.Options
		opts.Store = &dying{Store: intakesql.New(o.app.DB), left: 2}
		if _, err := intake.New(opts).Step(bg); !errors.Is(err, errDead) {
			t.Fatal(err)
		}
		o.clock.Move(time.Minute) // the claim of the dead runs out
		if j = o.work(j.ID); j.State != intake.Undone || j.Left != 0 || !slices.Equal(o.below(), before) {
			t.Fatalf("%s %+v, %d unions", j.State, j.Progress, len(o.below()))
		}
		j = o.run("unions", b.String(), intake.AllRows, false)
	}
}

// Making unions by hand asks for a lead of the union above; so does a list, at every step.
func TestOnlyLeadsImportUnions(t *testing.T) {
	o := led(t)
	lead, clerk := o.clerk, halltest.Actor(t, o.app.Hall, o.A.Clerk)
	j := o.check("unions", o.listOfUnions())
	_, err := o.s.Upload(bg, clerk, intake.Upload{Kind: "unions", UnionID: o.A.Union.ID, Name: "名单.csv", Body: strings.NewReader(o.listOfUnions())})
	if !fault.Is(err, fault.Denied) {
		t.Errorf("a clerk uploads: %v", err)
	}
	for what, do := range map[string]func() error{
		"see":   func() error { _, err := o.s.Job(bg, clerk, j.ID); return err },
		"start": func() error { _, err := o.s.Start(bg, clerk, j.ID, intake.GoodRows, false); return err },
		"undo":  func() error { _, err := o.s.Undo(bg, clerk, j.ID); return err },
	} {
		if err := do(); !fault.Is(err, fault.Denied) {
			t.Errorf("a clerk may %s: %v", what, err)
		}
	}
	if u, list, err := o.s.List(bg, clerk, "", "", 10); err != nil || len(list) != 0 || len(o.s.KindsFor(clerk, u)) != len(o.s.Kinds)-1 {
		t.Errorf("a clerk is shown %v, %v", list, err)
	}
	if u, list, err := o.s.List(bg, lead, "", "", 10); err != nil || len(list) != 1 || len(o.s.KindsFor(lead, u)) != len(o.s.Kinds) {
		t.Errorf("a lead is shown %v, %v", list, err)
	}
	// What a clerk is not shown takes no place on their pages.
	workers := o.upload("workers", crowdOf(1))
	for range 4 {
		o.upload("unions", o.listOfUnions())
	}
	if _, list, err := o.s.List(bg, clerk, "", "", 2); err != nil || len(list) != 1 || list[0].ID != workers.ID {
		t.Errorf("a clerk is shown %v, %v", list, err)
	}
	target := unionsKind(o.app.Hall).Target
	for who, a := range map[string]actor.Actor{"clerk": clerk, "lead of another city": halltest.Actor(t, o.app.Hall, o.B.Lead), "auditor": halltest.Actor(t, o.app.Hall, o.A.Auditor)} {
		if v, err := target.Apply(bg, a, o.A.Union.ID, false, []intake.Row{{N: 2, Values: map[string]string{"name": "甲", "level": "6"}}}); !fault.Is(err, fault.Denied) {
			t.Errorf("%s makes a union: %v %v", who, v, err)
		}
	}
	// A lead who becomes a clerk while it runs stops.
	_, err = o.s.Start(bg, lead, j.ID, intake.GoodRows, false)
	o.ok(err)
	top := halltest.Actor(t, o.app.Hall, o.Top)
	o.ok(o.app.Hall.WithdrawGrant(bg, top, o.A.LeadGrant.ID))
	o.clerk = top
	if j = o.work(j.ID); j.State != intake.Failed || j.Fault != "intake.fault.no-office" {
		t.Errorf("%s %s", j.State, j.Fault)
	}
}

// While a union moves, rows may not have come to where they belong: nothing is made and nothing taken back.
func TestUnionsWaitForAMove(t *testing.T) {
	o := led(t)
	j := o.run("unions", "工会名称,上级工会,层级\n甲街道工会,"+o.A.Sub.Name.ZH+",街道\n", intake.AllRows, false)
	top := halltest.Actor(t, o.app.Hall, o.Top)
	_, err := o.app.Hall.MoveUnion(bg, top, hall.MoveInput{UnionID: o.B.Sub.ID, IntoID: o.A.Union.ID})
	o.ok(err)
	target := unionsKind(o.app.Hall).Target
	row := intake.Row{N: 2, IDs: [2]string{"0197-a", "0197-b"}, Values: map[string]string{"name": "乙街道工会", "level": "5"}}
	if _, err := target.Apply(bg, o.clerk, o.A.Union.ID, false, []intake.Row{row}); !errors.Is(err, hall.MoveRunning) {
		t.Errorf("a union is made: %v", err)
	}
	_, err = o.s.Undo(bg, o.clerk, j.ID)
	o.ok(err)
	if j = o.work(j.ID); j.State != intake.Failed || j.Fault != hall.MoveRunning.Msg || j.Removed != 0 {
		t.Errorf("a union is taken back: %s %q %+v", j.State, j.Fault, j.Progress)
	}
}

// Lists make the tree that making one union after the other by hand makes; the rows that by hand are refused are the bad
// ones; and undoing gives back what was there.
func TestListsOfUnionsAgreeWithMakingThemByHand(t *testing.T) {
	o := led(t)
	target := unionsKind(o.app.Hall).Target.(*unionsTarget)
	start := o.below()
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		var rows []intake.Row
		for i := range rapid.IntRange(1, 12).Draw(rt, "rows") {
			name := fmt.Sprint("工会", rapid.IntRange(0, 7).Draw(rt, "name"))
			parent := fmt.Sprint("工会", rapid.IntRange(0, 7).Draw(rt, "parent"))
			if rapid.IntRange(0, 2).Draw(rt, "top") == 0 {
				parent = ""
			}
			rows = append(rows, intake.Row{N: i + 2, IDs: [2]string{fmt.Sprint("u", round, "-", i), fmt.Sprint("a", round, "-", i)},
				Values: map[string]string{"name": name, "parent": parent, "level": fmt.Sprint(rapid.IntRange(3, 6).Draw(rt, "level"))}})
		}
		cut := rapid.IntRange(0, len(rows)).Draw(rt, "cut")
		fresh := target.Fresh()
		var promised []intake.Outcome
		var good [2][]intake.Row // a run leaves out what was bad when checked
		for i, part := range [][]intake.Row{rows[:cut], rows[cut:]} {
			v, err := fresh.Check(bg, o.clerk, o.A.Union.ID, part)
			o.ok(err)
			for j := range v {
				if promised = append(promised, v[j].Outcome); v[j].Outcome != intake.OutcomeBad {
					good[i] = append(good[i], part[j])
				}
			}
		}
		for _, part := range [][]intake.Row{good[0], good[1], good[1]} { // the last is given again
			v, err := target.Apply(bg, o.clerk, o.A.Union.ID, false, part)
			o.ok(err)
			for j := range v {
				if want := promised[part[j].N-2]; v[j].Outcome != want {
					rt.Fatalf("row %d: promised %s, made %s", part[j].N, want, v[j].Outcome)
				}
			}
		}
		got := o.below()
		back := slices.Clone(rows)
		slices.Reverse(back)
		removed, left, err := target.Undo(bg, o.clerk, back)
		o.ok(err)
		if now := o.below(); len(left) != 0 || removed != len(got)-len(start) || !slices.Equal(now, start) {
			rt.Fatalf("undone %d, left %v:\n%s", removed, left, strings.Join(now, "\n"))
		}
		want, verdicts := o.byHand(rows)
		if !slices.Equal(got, want) {
			rt.Fatalf("list\n%s\nby hand\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		for i, v := range verdicts {
			if promised[i] != v {
				rt.Fatalf("row %d: promised %s, by hand %s", i, promised[i], v)
			}
		}
	})
}

// byHand makes the rows' unions one after the other, and takes them away again.
func (o *office) byHand(rows []intake.Row) (tree []string, out []intake.Outcome) {
	made := map[string]hall.Union{} // by parent and name
	defer func() {
		o.ok(o.app.DB.Update(bg, func(tx sqldb.Tx) error {
			for _, u := range made {
				if _, err := tx.Exec(bg, `DELETE FROM hall_union WHERE id = $1`, u.ID); err != nil {
					return err
				}
			}
			return nil
		}))
		o.ok(o.app.Hall.Load(bg, hall.Batch{})) // reads the tree anew
	}()
	codes := map[string]int{o.A.Union.ID: 0}
	for _, r := range rows {
		parent, n := o.A.Union, 0
		if want := r.Values["parent"]; want != "" {
			n = -1
			for _, u := range made {
				if u.Name.ZH == want {
					parent = u
					n++
				}
			}
			if n != 0 {
				out = append(out, intake.OutcomeBad)
				continue
			}
		}
		level := hall.Level(r.Values["level"][0] - '0')
		if old, there := made[parent.ID+r.Values["name"]]; there && level > parent.Level {
			out = append(out, map[bool]intake.Outcome{true: intake.OutcomeSame, false: intake.OutcomeChanged}[old.Level == level])
			continue
		}
		for {
			u, err := o.app.Hall.CreateUnion(bg, o.clerk, hall.NewUnion{ParentID: parent.ID, Level: level, Code: fmt.Sprintf("%02d", codes[parent.ID]+1),
				Name: lang.Text{ZH: r.Values["name"]}, Kind: usualKind(level)})
			if err == nil {
				made[parent.ID+u.Name.ZH] = u
				out = append(out, intake.OutcomeNew)
				break
			}
			if fault.Is(err, fault.Conflict) {
				codes[parent.ID]++
				continue
			}
			out = append(out, intake.OutcomeBad)
			break
		}
	}
	return o.below(), out
}
