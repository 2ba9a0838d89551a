package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/hall/halltest"
	"github.com/unionhall/unionhall/internal/intake"
	"github.com/unionhall/unionhall/internal/intake/intakesql"
	"github.com/unionhall/unionhall/internal/sqldb"
)

var bg = context.Background()

// office is a hall with two cities, and an officer of city A who imports.
type office struct {
	*halltest.World
	t     *testing.T
	app   *App
	s     *intake.Service
	clock *clock.Fake
	clerk actor.Actor
}

func newOffice(t *testing.T) *office {
	t.Helper()
	clk := clock.At(halltest.Start)
	a, err := Open(bg, Config{Dir: t.TempDir(), Clock: clk, Cheap: true}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	w := halltest.NewWorld(t)
	if err := a.Hall.Load(bg, w.Batch); err != nil {
		t.Fatal(err)
	}
	return &office{World: w, t: t, app: a, s: a.Imports, clock: clk, clerk: halltest.Actor(t, a.Hall, w.A.Clerk)}
}

func (o *office) ok(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) upload(kind, body string) intake.Job {
	o.t.Helper()
	j, err := o.s.Upload(bg, o.clerk, intake.Upload{Kind: kind, UnionID: o.A.Union.ID, Name: "名册.csv", Body: strings.NewReader(body)})
	o.ok(err)
	return j
}

// work does all there is to do.
func (o *office) work(id string) intake.Job {
	o.t.Helper()
	for {
		worked, err := o.s.Step(bg)
		o.ok(err)
		if !worked {
			break
		}
	}
	j, err := o.s.Job(bg, o.clerk, id)
	o.ok(err)
	return j
}

func (o *office) check(kind, body string) intake.Job {
	o.t.Helper()
	j := o.upload(kind, body)
	_, err := o.s.SetColumns(bg, o.clerk, j.ID, j.Columns)
	o.ok(err)
	return o.work(j.ID)
}

func (o *office) run(kind, body string, mode intake.Mode, fill bool) intake.Job {
	o.t.Helper()
	j := o.check(kind, body)
	_, err := o.s.Start(bg, o.clerk, j.ID, mode, fill)
	o.ok(err)
	return o.work(j.ID)
}

func (o *office) count(query string, args ...any) int {
	o.t.Helper()
	n, err := sqldb.One(bg, o.app.DB, sqldb.Value[int], query, args...)
	o.ok(err)
	return n
}

func (o *office) people() int { return o.count(`SELECT COUNT(*) FROM hall_person`) }

func (o *office) want(j intake.Job, state intake.State, want intake.Progress) {
	o.t.Helper()
	if j.State != state || j.Progress != want {
		o.t.Fatalf("%s %+v\nwant %s %+v", j.State, j.Progress, state, want)
	}
}

func (o *office) issues(id string, phase intake.Phase) (out []string) {
	o.t.Helper()
	list, err := o.s.Issues(bg, o.clerk, id, phase, 0, 1000)
	o.ok(err)
	for _, i := range list {
		out = append(out, fmt.Sprint(i.Row, " ", i.Field, " ", i.Msg))
	}
	return out
}

func (o *office) wantIssues(id string, phase intake.Phase, want ...string) {
	o.t.Helper()
	if got := o.issues(id, phase); strings.Join(got, "\n") != strings.Join(want, "\n") {
		o.t.Fatalf("issues\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func crowdOf(n int) string {
	var b strings.Builder
	b.WriteString("姓名,手机号,所在工会\n")
	for i := range n {
		fmt.Fprintf(&b, "职工%d,135%08d,福州市高新区工会\n", i, i)
	}
	return b.String()
}

func TestImportOfWorkers(t *testing.T) {
	o := newOffice(t)
	before := o.people()
	body := "福州市总工会会员花名册,,,\n姓名,手机号,邮箱,所在工会\n" +
		"张伟,13500000001,,福州市高新区工会\n" + // 3: new
		"李娜,1.3500000002E+10,li@example.com,\n" + // 4: new, in the union of the import
		o.A.Worker.Name + "," + o.A.Worker.Phone.Whole() + ",,福州市高新区工会\n" + // 5: there
		"另名," + o.A.Expert.Phone.Whole() + ",,\n" + // 6: there, with another name
		",13500000003,,\n" + // 7: no name
		"王芳,135000,,\n" + // 8: no phone
		"赵云,13500000001,,\n" + // 9: as row 3
		"孙权,13500000004,,泉州市高新区工会\n" + // 10: a union outside
		"周瑜,13500000005,,天上工会\n" + // 11: no such union
		"外人," + o.B.Worker.Phone.Whole() + ",,\n" + // 12: somebody of another city
		"合计,10,,\n"
	j := o.check("workers", body)
	o.want(j, intake.Checked, intake.Progress{Total: 10, Handled: 10, New: 2, Same: 1, Differs: 1, Bad: 6})
	o.wantIssues(j.ID, intake.AtCheck, "7 name intake.bad.required", "8 phone hall.fault.phone", "9 phone intake.bad.repeated",
		"10 union hall.fault.union-outside", "11 union hall.fault.no-union", "12 phone hall.fault.elsewhere")
	if o.people() != before {
		t.Fatal("checking must add nothing")
	}
	if _, err := o.s.Start(bg, o.clerk, j.ID, intake.AllRows, false); !fault.Is(err, fault.Conflict) {
		t.Fatalf("all rows with bad ones: %v", err)
	}
	if _, err := o.s.Start(bg, o.clerk, j.ID, intake.GoodRows, false); err != nil {
		t.Fatal(err)
	}
	j = o.work(j.ID)
	if j.State != intake.Done || j.Added != 2 || o.people() != before+2 {
		t.Fatalf("%s %+v, %d people", j.State, j.Progress, o.people()-before)
	}
	u := o.count(`SELECT COUNT(*) FROM hall_person WHERE name = '张伟' AND union_id = $1`, o.A.Sub.ID)
	v := o.count(`SELECT COUNT(*) FROM hall_person WHERE name = '李娜' AND union_id = $1`, o.A.Union.ID)
	if u != 1 || v != 1 {
		t.Error("the new are not where the list says")
	}

	again := o.run("workers", body, intake.GoodRows, true)
	if again.Added != 0 || again.New != 0 || o.people() != before+2 {
		t.Fatalf("the same file twice: %+v", again.Progress)
	}
	if twin, ok, err := o.s.Twin(bg, o.clerk, again); err != nil || !ok || twin.ID != j.ID {
		t.Errorf("the earlier import of the file: %v %v %v", twin.ID, ok, err)
	}

	// One of the two is handed a password: they stay.
	list, err := o.app.Hall.Workers(bg, o.clerk, o.A.Union.ID, hall.Search{Words: "13500000001", Page: hall.Page{Limit: 1}})
	o.ok(err)
	_, err = o.app.Hall.HandOutPassword(bg, o.clerk, list.Rows[0].ID)
	o.ok(err)
	_, err = o.s.Undo(bg, o.clerk, j.ID)
	o.ok(err)
	j = o.work(j.ID)
	if j.State != intake.Undone || j.Removed != 1 || j.Left != 1 || o.people() != before+1 {
		t.Fatalf("undo: %s %+v, %d people", j.State, j.Progress, o.people()-before)
	}
	o.wantIssues(j.ID, intake.AtUndo, "3  intake.left.used")
	if o.count(`SELECT COUNT(*) FROM hall_login WHERE person_id NOT IN (SELECT id FROM hall_person)`) != 0 {
		t.Error("a login without a person stays")
	}
	if got := o.count(`SELECT COUNT(*) FROM hall_audit WHERE what IN ('hall.import.begun', 'hall.import.ended', 'hall.import.undone')`); got != 5 {
		t.Errorf("%d lines in the record, want 5", got)
	}
}

func TestImportFillsBlanksOnlyWhenAsked(t *testing.T) {
	o := newOffice(t)
	o.run("workers", "姓名,手机号\n张伟,13500000001\n", intake.AllRows, false)
	body := "姓名,手机号,邮箱\n张大伟,13500000001,zw@example.com\n"
	mail := func() int {
		list, err := o.app.Hall.Workers(bg, o.clerk, o.A.Union.ID, hall.Search{Words: "13500000001", Page: hall.Page{Limit: 1}})
		o.ok(err)
		if p := list.Rows[0]; p.Name == "张伟" && p.Email == "zw@example.com" {
			return 1
		}
		return 0
	}
	j := o.run("workers", body, intake.AllRows, false)
	if j.Fillable != 1 || j.Filled != 0 || mail() != 0 {
		t.Fatalf("left as they are: %+v", j.Progress)
	}
	if j = o.run("workers", body, intake.AllRows, true); j.Filled != 1 || mail() != 1 {
		t.Fatalf("filled: %+v", j.Progress)
	}
}

// dying is a store whose process dies at a moment: after so many batches, before or after a batch is written down.
type dying struct {
	intake.Store
	left    int
	written bool
}

var errDead = errors.New("killed")

func (d *dying) Advance(ctx context.Context, id, worker string, until time.Time, phase intake.Phase, issues []intake.Issue, fn func(intake.Job) (intake.Job, error)) (intake.Job, error) {
	d.left--
	if d.left == 0 && d.written {
		d.Store.Advance(ctx, id, worker, until, phase, issues, fn)
	}
	if d.left <= 0 {
		return intake.Job{}, errDead
	}
	return d.Store.Advance(ctx, id, worker, until, phase, issues, fn)
}

func TestImportResumesAfterKill(t *testing.T) {
	for _, state := range []intake.State{intake.Checking, intake.Running, intake.Undoing} {
		for _, written := range []bool{false, true} {
			for left := 1; left <= 4; left++ {
				t.Run(fmt.Sprint(state, written, left), func(t *testing.T) { killed(t, state, left, written) })
			}
		}
	}
}

func killed(t *testing.T, state intake.State, left int, written bool) {
	o := newOffice(t)
	before := o.people()
	const n = 1234
	j := o.upload("workers", crowdOf(n)+"坏行,1,\n")
	die := func(at intake.State) {
		if at != state {
			return
		}
		opts := o.s.Options
		opts.Store = &dying{Store: intakesql.New(o.app.DB), left: left, written: written}
		if _, err := intake.New(opts).Step(bg); !errors.Is(err, errDead) && err != nil {
			t.Fatal(err)
		}
		o.clock.Move(time.Minute) // the claim of the dead runs out
	}
	_, err := o.s.SetColumns(bg, o.clerk, j.ID, j.Columns)
	o.ok(err)
	die(intake.Checking)
	o.want(o.work(j.ID), intake.Checked, intake.Progress{Total: n + 1, Handled: n + 1, New: n, Bad: 1})
	_, err = o.s.Start(bg, o.clerk, j.ID, intake.GoodRows, false)
	o.ok(err)
	die(intake.Running)
	o.want(o.work(j.ID), intake.Done, intake.Progress{Total: n + 1, Handled: n + 1, New: n, Bad: 1, Added: n})
	if got := o.people() - before; got != n {
		t.Fatalf("%d people, want %d", got, n)
	}
	_, err = o.s.Undo(bg, o.clerk, j.ID)
	o.ok(err)
	die(intake.Undoing)
	if j = o.work(j.ID); j.State != intake.Undone || o.people() != before {
		t.Fatalf("undone: %s %+v, %d people left", j.State, j.Progress, o.people()-before)
	}
}

// racing is a target beside whose run somebody enters a phone of the list.
type racing struct {
	intake.Target
	race func()
}

func (r racing) Apply(ctx context.Context, a actor.Actor, unionID string, fill bool, rows []intake.Row) ([]intake.Verdict, error) {
	if rows[0].N > 600 {
		r.race()
	}
	return r.Target.Apply(ctx, a, unionID, fill, rows)
}

func (o *office) with(race func()) {
	opts := o.s.Options
	opts.Kinds = []intake.Kind{opts.Kinds[0]}
	opts.Kinds[0].Target = racing{opts.Kinds[0].Target, race}
	o.s = intake.New(opts)
}

func TestAllRowsTakesBackWhatALateBadRowSpoils(t *testing.T) {
	o := newOffice(t)
	before := o.people()
	o.with(func() {
		p := o.Batch.People[0]
		p.ID, p.Email, p.Phone, p.UnionID, p.UnionPath = "0197-other", "", "+8613500001000", o.B.Sub.ID, o.B.Sub.Path
		o.app.Hall.Load(bg, hall.Batch{People: []hall.NewPerson{p}})
	})
	j := o.run("workers", crowdOf(1200), intake.AllRows, false)
	if j.State != intake.Failed || j.Fault != "intake.fault.late" || o.people() != before+1 || j.Added != 0 {
		t.Fatalf("%s %+v, %d people", j.State, j.Progress, o.people()-before)
	}
	o.wantIssues(j.ID, intake.AtRun, "1002 phone hall.fault.elsewhere")
}

func TestCancel(t *testing.T) {
	for mode, want := range map[intake.Mode]int{intake.AllRows: 0, intake.GoodRows: 1500} {
		o := newOffice(t)
		before := o.people()
		var id string
		o.with(func() {
			_, err := o.s.Cancel(bg, o.clerk, id)
			o.ok(err)
		})
		j := o.check("workers", crowdOf(1800))
		id = j.ID
		_, err := o.s.Start(bg, o.clerk, id, mode, false)
		o.ok(err)
		j = o.work(id)
		if j.State != intake.Canceled || o.people()-before != want || j.Added != want {
			t.Fatalf("%s: %s %+v, %d people", mode, j.State, j.Progress, o.people()-before)
		}
	}
}

func TestOfficerWhoLosesTheOfficeStops(t *testing.T) {
	o := newOffice(t)
	before := o.people()
	lead := halltest.Actor(t, o.app.Hall, o.A.Lead)
	o.with(func() {
		o.ok(o.app.Hall.WithdrawGrant(bg, lead, o.A.ClerkGrant.ID))
	})
	j := o.check("workers", crowdOf(1800))
	_, err := o.s.Start(bg, o.clerk, j.ID, intake.AllRows, false)
	o.ok(err)
	for worked := true; worked; {
		worked, err = o.s.Step(bg)
		o.ok(err)
	}
	j, err = o.s.Job(bg, lead, j.ID)
	if err != nil || j.State != intake.Failed || j.Fault != "intake.fault.no-office" || o.people() != before {
		t.Fatalf("%v %s %s, %d people", err, j.State, j.Fault, o.people()-before)
	}
}

func TestImportPolicy(t *testing.T) {
	o := newOffice(t)
	j := o.check("workers", crowdOf(3))
	who := map[string]struct {
		p    hall.Person
		want fault.Code
	}{
		"auditor": {o.A.Auditor, fault.Denied}, "worker": {o.A.Worker, fault.NotFound}, "lead of another city": {o.B.Lead, fault.NotFound},
		"lead": {o.A.Lead, ""}, "top": {o.Top, ""},
	}
	for name, c := range who {
		a := halltest.Actor(t, o.app.Hall, c.p)
		for what, do := range map[string]func() error{
			"see":  func() error { _, err := o.s.Job(bg, a, j.ID); return err },
			"read": func() error { _, err := o.s.Draft(bg, a, j.ID); return err },
			"bad": func() error {
				return o.s.EachBad(bg, a, j.ID, func([]string, []intake.Issue) error { return nil })
			},
			"issues": func() error { _, err := o.s.Issues(bg, a, j.ID, intake.AtCheck, 0, 1); return err },
		} {
			if got := codeOf(do()); got != c.want {
				t.Errorf("%s may %s: %q, want %q", name, what, got, c.want)
			}
		}
		if c.want == "" {
			continue
		}
		for what, do := range map[string]func() error{
			"start":   func() error { _, err := o.s.Start(bg, a, j.ID, intake.GoodRows, false); return err },
			"cancel":  func() error { _, err := o.s.Cancel(bg, a, j.ID); return err },
			"reopen":  func() error { _, err := o.s.Reopen(bg, a, j.ID); return err },
			"columns": func() error { _, err := o.s.SetColumns(bg, a, j.ID, j.Columns); return err },
			"undo":    func() error { _, err := o.s.Undo(bg, a, j.ID); return err },
			"upload": func() error {
				_, err := o.s.Upload(bg, a, intake.Upload{Kind: "workers", UnionID: o.A.Union.ID, Body: strings.NewReader(crowdOf(1))})
				return err
			},
		} {
			if err := do(); err == nil {
				t.Errorf("%s may %s", name, what)
			}
		}
	}
}

func codeOf(err error) fault.Code {
	if err == nil {
		return ""
	}
	return fault.CodeOf(err)
}

func TestColumnsAreRemembered(t *testing.T) {
	o := newOffice(t)
	body := "甲,乙,丙\n张伟,13500000001,13900000001\n李娜,13500000002,13900000002\n"
	j := o.upload("workers", body)
	if j.Known || strings.Join(j.Columns, ",") != "name,phone," {
		t.Fatalf("guessed %q", j.Columns)
	}
	mine := []string{"name", "", "phone"}
	_, err := o.s.SetColumns(bg, o.clerk, j.ID, mine)
	o.ok(err)
	if j = o.upload("workers", body+"王芳,13500000003,13900000003\n"); !j.Known || strings.Join(j.Columns, ",") != "name,,phone" {
		t.Fatalf("remembered %v %q", j.Known, j.Columns)
	}
	_, err = o.s.SetColumns(bg, o.clerk, j.ID, []string{"name", "name", ""})
	var f *fault.Error
	if !errors.As(err, &f) || len(f.Fields) != 2 {
		t.Fatalf("a field twice and no phone: %v", err)
	}
}

func TestImportOfEnterprises(t *testing.T) {
	o := newOffice(t)
	before, firms := o.people(), func() int { return o.count(`SELECT COUNT(*) FROM hall_enterprise`) }
	had := firms()
	a, b := hall.LicenceFrom("91350100MA2XN0001"), hall.LicenceFrom("91350100MA2XN0002")
	f := excelize.NewFile()
	for i, r := range [][]any{
		{"建会企业名册"}, {"序号", "企业名称", "统一社会信用代码", "行业", "规模", "地址", "联系人", nil, nil, "工会"},
		{nil, nil, nil, nil, nil, nil, "姓名", "电话", "职务"},
		{1, "闽江模具有限公司", a, "模具", "小型", "创业路 1 号", "黄明", 13500000011, "厂长", "福州市高新区工会"},
		{2, "乌山茶业有限公司", b, "茶叶加工", "微型", nil, o.A.Contact.Name, o.A.Contact.Phone.Whole(), nil, "福州市高新区工会"},
		{3, o.A.Enterprise.Name, nil, "通用与专用设备", "小型", nil, nil, nil, nil, "福州市高新区工会"},
		{4, "错码公司", "91350100MA2XN00010", "模具", "小型"},
		{5, "无业公司", nil, "炼丹", "小型"},
		{6, "无名联系人公司", nil, "模具", "小型", nil, nil, 13500000012},
		{7, "丙公司", nil, "模具", "中型"},
	} {
		f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &r)
	}
	var buf bytes.Buffer
	o.ok(f.Write(&buf))
	j := o.check("enterprises", buf.String())
	o.wantIssues(j.ID, intake.AtCheck, "7 licence hall.fault.licence", "8 industry sheet.bad.choice", "9 contact_name hall.fault.required")
	o.want(j, intake.Checked, intake.Progress{Total: 7, Handled: 7, New: 3, Same: 1, Bad: 3})
	_, err := o.s.Start(bg, o.clerk, j.ID, intake.GoodRows, true)
	o.ok(err)
	if j = o.work(j.ID); j.Added != 3 || firms() != had+3 || o.people() != before+1 {
		t.Fatalf("%+v: %d enterprises, %d people", j.Progress, firms()-had, o.people()-before)
	}
	again := o.run("enterprises", buf.String(), intake.GoodRows, true)
	if again.Added != 0 || again.Filled != 0 || firms() != had+3 {
		t.Fatalf("twice: %+v", again.Progress)
	}
	contact, err := o.app.Hall.Actor(bg, o.A.Contact.ID)
	if err != nil || len(contact.Enterprises) != 2 {
		t.Fatalf("the contact speaks for %v, %v", contact.Enterprises, err)
	}

	// A need was posted for one of them: it stays, and so does who speaks for it.
	id, err := sqldb.One(bg, o.app.DB, sqldb.Value[string], `SELECT id FROM hall_enterprise WHERE licence = $1`, b)
	o.ok(err)
	o.ok(o.app.Exchange.Load(bg))
	_, err = o.app.Exchange.Post(bg, contact, exchange.Draft{KindID: exchange.ExpertVisit, EnterpriseID: id, Values: exchange.Values{
		"title": {Text: "炒茶机温度不匀"}, "trade": {Text: "cnc-turning"}, "story": {Text: "左右差十度"}, "place": {Spot: &exchange.Spot{Lat: 26, Lng: 119, Address: "福州"}},
		"measure": {Measure: &exchange.Measure{Name: "温差", Before: 10, Target: 2, Unit: "℃"}}}})
	o.ok(err)
	_, err = o.s.Undo(bg, o.clerk, j.ID)
	o.ok(err)
	if j = o.work(j.ID); j.Removed != 2 || j.Left != 1 || firms() != had+1 || o.people() != before {
		t.Fatalf("undo %+v: %d enterprises, %d people", j.Progress, firms()-had, o.people()-before)
	}
	o.wantIssues(j.ID, intake.AtUndo, "5  intake.left.used")
}

func TestEachBadRepeatsTheFile(t *testing.T) {
	o := newOffice(t)
	j := o.check("workers", "姓名,手机号,备注\n张伟,13500000001,好\n,坏,照抄\n")
	var got []string
	o.ok(o.s.EachBad(bg, o.clerk, j.ID, func(cells []string, wrong []intake.Issue) error {
		got = append(got, strings.Join(cells, "|"), fmt.Sprint(len(wrong)))
		return nil
	}))
	if strings.Join(got, " ") != "|坏|照抄 1" {
		t.Fatalf("%q", got)
	}
}

func TestFilesThatAreTooLarge(t *testing.T) {
	o := newOffice(t)
	_, err := o.s.Upload(bg, o.clerk, intake.Upload{Kind: "workers", UnionID: o.A.Union.ID, Body: io.LimitReader(zeros{}, intake.MaxFile+5)})
	if !fault.Is(err, fault.TooLarge) {
		t.Fatal(err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
