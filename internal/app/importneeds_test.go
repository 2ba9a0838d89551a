package app

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/hall/halltest"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/intake"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// fixture is a list as an office sent it, with the names of this world in it.
func (o *office) fixture(name string, names ...string) string {
	o.t.Helper()
	raw, err := os.ReadFile("testdata/" + name)
	o.ok(err)
	text, err := simplifiedchinese.GBK.NewDecoder().String(string(raw))
	o.ok(err)
	text, err = simplifiedchinese.GBK.NewEncoder().String(strings.NewReplacer(names...).Replace(text))
	o.ok(err)
	return text
}

var teaLicence = hall.LicenceFrom("91350100MA2XN0001")

func (o *office) listOfNeeds() string {
	return o.fixture("needs-gbk.csv", "{firm}", o.A.Enterprise.Name, "{licence}", teaLicence, "{outside}", o.B.Enterprise.Name)
}

func TestImportOfNeeds(t *testing.T) {
	o := newOffice(t)
	o.ok(o.app.Exchange.Load(bg))
	o.run("enterprises", "企业名称,统一社会信用代码,行业,规模,地址\n乌山茶业（福州）有限公司,"+teaLicence+",茶叶加工,微型,创业路 1 号\n", intake.AllRows, false)
	rows := func() int { return o.count(`SELECT COUNT(*) FROM exchange_need`) }
	body := o.listOfNeeds()
	j := o.check("needs", body)
	o.wantIssues(j.ID, intake.AtCheck, "6 enterprise hall.fault.no-firm", "7 enterprise hall.fault.no-firm", "8 trade intake.bad.trade", "9 trade intake.bad.one-trade",
		"10 need_title intake.bad.required", "11 measure_target exchange.measure.same", "12 from sheet.bad.date", "12 urgency sheet.bad.choice")
	o.want(j, intake.Checked, intake.Progress{Total: 11, Handled: 11, New: 3, Differs: 1, Bad: 7})
	if rows() != 0 {
		t.Fatal("checking must post nothing")
	}
	_, err := o.s.Start(bg, o.clerk, j.ID, intake.GoodRows, false)
	o.ok(err)
	if j = o.work(j.ID); j.Added != 3 || rows() != 3 {
		t.Fatalf("%+v, %d needs", j.Progress, rows())
	}
	list, err := o.app.Exchange.List(bg, o.clerk, exchange.NeedFilter{Under: []string{o.A.Union.Path}})
	o.ok(err)
	of := map[string]exchange.Need{}
	for _, n := range list {
		of[n.Title] = n
	}
	oval, weld, tea := of["薄壁套车完变椭圆"], of["焊缝有气孔"], of["炒茶机温度不匀"]
	if m := oval.Values["measure"].Measure; m == nil || m.Before != 0.12 || m.Target != 0.03 || oval.Values["urgency"].Text != exchange.Urgent || oval.Trades[0] != "cnc-turning" ||
		oval.Values["days"].Days.From.In(time.FixedZone("", 8*3600)).Format(time.DateOnly) != "2026-04-01" || oval.PosterID != o.clerk.ID || oval.EnterpriseID != o.A.Enterprise.ID {
		t.Errorf("%+v", oval)
	}
	if weld.Values["story"].Text != `二保焊也试过，"还是有"` || weld.Values["place"].Spot.Address != "创业路 1 号" || weld.Trades[0] != "welding" || tea.EnterpriseID != weld.EnterpriseID {
		t.Errorf("%+v, %+v", weld, tea)
	}
	told := o.count(`SELECT COUNT(*) FROM sqldb_outbox WHERE subject = $1`, exchange.SubjectPrefix+exchange.NeedPosted)
	if told != 3 {
		t.Errorf("%d events of posting, want one for each", told)
	}

	again := o.run("needs", body, intake.GoodRows, true)
	if again.Added != 0 || again.Same != 3 || rows() != 3 {
		t.Fatalf("twice: %+v", again.Progress)
	}
	o.undoNeeds(j.ID, weld, rows)
	if last := o.run("needs", body, intake.GoodRows, false); last.Added != 2 || rows() != 3 {
		t.Fatalf("what was taken back can be imported again: %+v", last.Progress)
	}
}

// undoNeeds takes an import back after an officer has edited one of its needs.
func (o *office) undoNeeds(jobID string, edited exchange.Need, rows func() int) {
	o.t.Helper()
	v := edited.Values
	v["story"] = exchange.Value{Text: "又试了一次"}
	_, err := o.app.Exchange.Edit(bg, o.clerk, edited.ID, v, nil, edited.Version)
	o.ok(err)
	_, err = o.s.Undo(bg, o.clerk, jobID)
	o.ok(err)
	j := o.work(jobID)
	if j.Removed != 2 || j.Left != 1 || rows() != 1 {
		o.t.Fatalf("%+v, %d needs", j.Progress, rows())
	}
	o.wantIssues(jobID, intake.AtUndo, "5  exchange.left.changed")
}

// A batch that is given again, since the process died before it was written down, posts nothing twice.
func TestNeedsOfABatchGivenTwice(t *testing.T) {
	o := newOffice(t)
	o.ok(o.app.Exchange.Load(bg))
	target := needsKind(o.app.Hall, o.app.Exchange).Target
	row := intake.Row{N: 2, IDs: [2]string{"0197-a", "0197-b"}, Values: map[string]string{"enterprise": o.A.Enterprise.Name, "need_title": "主轴异响", "trade": "焊工", "story": "响"}}
	for range 2 {
		v, err := target.Apply(bg, o.clerk, o.A.Union.ID, false, []intake.Row{row})
		if err != nil || v[0].Outcome != intake.OutcomeNew || o.count(`SELECT COUNT(*) FROM exchange_need`) != 1 {
			t.Fatal(v, err)
		}
	}
	for range 2 {
		if _, left, err := target.Undo(bg, o.clerk, []intake.Row{row}); err != nil || len(left) != 0 || o.count(`SELECT COUNT(*) FROM exchange_need`) != 0 {
			t.Fatal(left, err)
		}
	}
}

// Whoever may not post by hand may not post by a list: nobody of another city, no auditor, no worker, whatever they ask.
func TestNewKindsOfListAskTheServices(t *testing.T) {
	o := newOffice(t)
	o.ok(o.app.Exchange.Load(bg))
	for _, k := range o.app.importKinds() {
		clerk := o.clerk
		if k.Lead {
			clerk = halltest.Actor(t, o.app.Hall, o.A.Lead)
		}
		row := intake.Row{N: 2, IDs: [2]string{id.New(), id.New()}, Values: map[string]string{"name": "林志远", "phone": "13500000021", "title": "技师", "craft": "焊工",
			"enterprise": o.A.Enterprise.Name, "need_title": "主轴异响", "trade": "焊工", "story": "响", "industry": "mould", "size": "small", "level": "6"}}
		for who, p := range map[string]hall.Person{"auditor": o.A.Auditor, "worker": o.A.Worker, "lead of another city": o.B.Lead} {
			a := halltest.Actor(t, o.app.Hall, p)
			for name, do := range map[string]func() ([]intake.Verdict, error){
				"check": func() ([]intake.Verdict, error) { return k.Target.Check(bg, a, o.A.Union.ID, []intake.Row{row}) },
				"apply": func() ([]intake.Verdict, error) {
					return k.Target.Apply(bg, a, o.A.Union.ID, false, []intake.Row{row})
				},
			} {
				if v, err := do(); !fault.Is(err, fault.Denied) && !fault.Is(err, fault.NotFound) {
					t.Errorf("%s may %s %s: %+v %v", who, name, k.Key, v, err)
				}
			}
		}
		if v, err := k.Target.Apply(bg, clerk, o.A.Union.ID, false, []intake.Row{row}); err != nil || v[0].Outcome != intake.OutcomeNew {
			t.Errorf("%s: the clerk may: %+v %v", k.Key, v, err)
			continue
		}
		for who, a := range map[string]actor.Actor{"auditor": halltest.Actor(t, o.app.Hall, o.A.Auditor), "lead of another city": halltest.Actor(t, o.app.Hall, o.B.Lead)} {
			if removed, left, err := k.Target.Undo(bg, a, []intake.Row{row}); removed != 0 || len(left) != 1 {
				t.Errorf("%s takes back %s: %d %v %v", who, k.Key, removed, left, err)
			}
		}
		if removed, left, err := k.Target.Undo(bg, clerk, []intake.Row{row}); err != nil || removed != 1 || len(left) != 0 {
			t.Errorf("%s is not taken back: %d %v %v", k.Key, removed, left, err)
		}
	}
}

// What a batch costs does not grow with its rows.
func TestBatchesOfNewKindsCostTheSame(t *testing.T) {
	o := newOffice(t)
	o.ok(o.app.Exchange.Load(bg))
	lead := halltest.Actor(t, o.app.Hall, o.A.Lead)
	for _, k := range o.app.importKinds() {
		cost := func(n int) int {
			var rows []intake.Row
			for i := range n {
				rows = append(rows, intake.Row{N: i + 2, IDs: [2]string{id.New(), id.New()}, Values: map[string]string{
					"name": fmt.Sprint("林志远", i), "phone": fmt.Sprint(13500000000 + n*100 + i), "title": "技师", "craft": "焊工", "enterprise": o.A.Enterprise.Name,
					"need_title": fmt.Sprint("难题", n, i), "trade": "焊工", "story": "响", "industry": "mould", "size": "small", "level": "6"}})
			}
			ctx, q := sqldb.CountQueries(bg)
			v, err := k.Target.Check(ctx, lead, o.A.Union.ID, rows)
			o.ok(err)
			if v[n-1].Outcome != intake.OutcomeNew {
				t.Fatal(k.Key, v[n-1])
			}
			return q.N()
		}
		if few, many := cost(2), cost(60); many > few {
			t.Errorf("%s: %d queries for 2 rows, %d for 60", k.Key, few, many)
		}
	}
}
