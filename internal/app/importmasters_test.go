package app

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/hall/halltest"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/intake"
)

// book is a workbook as offices keep it: a title over all, a header of two rows with merged cells.
func (o *office) book(rows [][]any, merged ...string) string {
	o.t.Helper()
	f := excelize.NewFile()
	for i, r := range rows {
		o.ok(f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &r))
	}
	for _, m := range merged {
		from, to, _ := strings.Cut(m, ":")
		o.ok(f.MergeCell("Sheet1", from, to))
	}
	var buf bytes.Buffer
	o.ok(f.Write(&buf))
	return buf.String()
}

// laurels are a master's honours as name and year.
func laurels(m hall.Master) []string {
	out := []string{}
	for _, h := range m.Honours {
		out = append(out, fmt.Sprint("{", h.Name, " ", h.Year, "}"))
	}
	return out
}

func (o *office) listOfMasters() string {
	known := o.A.Worker
	return o.book([][]any{
		{"福州市劳模工匠名册（2026 年 9 月）"},
		{"序号", "姓名", "联系电话", "所在工会", "职业技能等级", "工种", "荣誉", nil, "服务半径（公里）", "专长"},
		{nil, nil, nil, nil, nil, nil, "名称", "时间"},
		{1, "林志远", "１３５００００００２１", "福州市高新区工会", "高级技师", "数控车床", "福建工匠", "2019-04-28", "80", "薄壁件"},
		{2, "陈美玉 ", 13500000022, nil, "技师", "氩弧焊、钳工", "全国五一劳动奖章（2021）；福州市劳动模范 2018年", nil, "线上", nil},
		{3, known.Name, known.Phone.Whole(), "福州市高新区工会", "技师", "数控车工"},
		{4, o.A.Expert.Name, o.A.Expert.Phone.Whole(), nil, "另一个等级", "数控车工"},
		{5, "张冠", known.Phone.Whole() + " ", nil, "技师", "数控车工"}, // the number of row 6 again
		{6, "王炼丹", 13500000023, nil, "技师", "炼丹"},
		{7, "周无年", 13500000024, nil, "技师", "数控车工", "福建工匠"},
		{8, "吴天", "135", nil, nil, "数控车工", nil, nil, "很远"},
		{9, o.B.Worker.Name, o.B.Worker.Phone.Whole(), nil, "技师", "数控车工"},
		{10, "李外", 13500000025, "泉州市高新区工会", "技师", "数控车工"},
		{nil, " ", "　"},
		{"合计", "10 人"},
	}, "A1:J1", "A2:A3", "B2:B3", "C2:C3", "D2:D3", "E2:E3", "F2:F3", "G2:H2", "I2:I3", "J2:J3")
}

func TestImportOfMasters(t *testing.T) {
	o := newOffice(t)
	o.ok(o.app.Exchange.Load(bg))
	people, masters := o.people(), func() int { return o.count(`SELECT COUNT(*) FROM hall_master`) }
	before, had := people, masters()
	body := o.listOfMasters()
	j := o.check("masters", body)
	o.wantIssues(j.ID, intake.AtCheck, "8 phone intake.bad.repeated", "9 craft intake.bad.trade", "10 honours intake.bad.honour-year",
		"11 title intake.bad.required", "12 phone hall.fault.elsewhere", "13 union hall.fault.union-outside")
	o.want(j, intake.Checked, intake.Progress{Total: 10, Handled: 10, New: 3, Differs: 1, Bad: 6})
	if masters() != had || o.people() != before {
		t.Fatal("checking must add nothing")
	}
	_, err := o.s.Start(bg, o.clerk, j.ID, intake.GoodRows, true)
	o.ok(err)
	if j = o.work(j.ID); j.Added != 3 || masters() != had+3 || o.people() != before+2 {
		t.Fatalf("%+v: %d masters, %d people", j.Progress, masters()-had, o.people()-before)
	}
	list, err := o.app.Hall.MastersIn(bg, o.clerk, o.A.Union.ID, hall.Search{Page: hall.Page{Limit: 50}})
	o.ok(err)
	got := map[string]hall.Master{}
	for _, m := range list.Rows {
		got[m.Name] = m
	}
	lin, chen, worker := got["林志远"], got["陈美玉"], got[o.A.Worker.Name]
	if fmt.Sprintln(lin.Craft, laurels(lin), lin.ReachMetre, lin.UnionID == o.A.Sub.ID, lin.Bio) != "[cnc-turning] [{福建工匠 2019}] 80000 true 薄壁件\n" {
		t.Errorf("%+v", lin)
	}
	if fmt.Sprint(chen.Craft, laurels(chen), chen.ReachMetre, chen.MaxLoad, chen.UnionID == o.A.Union.ID) !=
		"[welding fitting] [{全国五一劳动奖章 2021} {福州市劳动模范 2018}] 0 2 true" || len(chen.Calendar.Weekly) != 5 {
		t.Errorf("%+v", chen)
	}
	if h := chen.Honours[0]; h.By != o.clerk.ID || h.At.IsZero() {
		t.Errorf("nobody stands for an honour: %+v", h)
	}
	if worker.PersonID != o.A.Worker.ID {
		t.Errorf("who was there is the master: %+v", worker)
	}
	if n := o.count(`SELECT COUNT(*) FROM hall_audit WHERE what = $1`, hall.AuditMaster); n != 3 {
		t.Errorf("%d lines in the record, want one for each", n)
	}

	again := o.run("masters", body, intake.GoodRows, true)
	if again.Added != 0 || again.New != 0 || again.Same != 3 || masters() != had+3 {
		t.Fatalf("twice: %+v", again.Progress)
	}
	o.undoMasters(j.ID, lin, chen, had)
}

// undoMasters takes an import back after one of its masters was invited, and another changed their own entry.
func (o *office) undoMasters(jobID string, lin, chen hall.Master, had int) {
	t := o.t
	t.Helper()
	for _, m := range []hall.Master{lin, chen} {
		o.ok(o.app.Exchange.SyncMaster(bg, m.PersonID))
	}
	offers, err := o.app.Exchange.OffersOf(bg, lin.PersonID)
	o.ok(err)
	contact, err := o.app.Hall.Actor(bg, o.A.Contact.ID)
	o.ok(err)
	n, err := o.app.Exchange.Post(bg, contact, turning(o.A.Enterprise.ID, "主轴异响"))
	o.ok(err)
	_, err = o.app.Exchange.Invite(bg, contact, n.ID, offers[0].ID)
	o.ok(err)
	self := actor.Actor{Kind: actor.Person, ID: o.A.Worker.ID, Master: true}
	_, err = o.app.Hall.KeepMaster(bg, self, hall.MasterOwn{Craft: []string{"welding"}, MaxLoad: 1})
	o.ok(err)
	_, err = o.s.Undo(bg, o.clerk, jobID)
	o.ok(err)
	j := o.work(jobID)
	o.wantIssues(jobID, intake.AtUndo, "4  hall.left.engaged", "6  hall.left.changed")
	if j.Removed != 1 || j.Left != 2 || o.count(`SELECT COUNT(*) FROM hall_master`) != had+2 {
		t.Fatalf("%+v", j.Progress)
	}
	if o.count(`SELECT COUNT(*) FROM exchange_offer WHERE owner_id = $1`, chen.PersonID)+o.count(`SELECT COUNT(*) FROM hall_person WHERE id = $1`, chen.PersonID)+
		o.count(`SELECT COUNT(*) FROM hall_master_craft WHERE person_id = $1`, chen.PersonID) != 0 {
		t.Error("something of a master who is gone stays")
	}
}

func turning(firm, title string) exchange.Draft {
	return exchange.Draft{KindID: exchange.ExpertVisit, EnterpriseID: firm, Values: exchange.Values{
		"title": {Text: title}, "trade": {Text: "cnc-turning"}, "story": {Text: "左右差十度"}, "place": {Spot: &exchange.Spot{Lat: 26, Lng: 119, Address: "福州"}}}}
}

// Between taking masters out and their offers the process may die: the batch is given again, and nothing stays.
func TestUndoingMastersTwice(t *testing.T) {
	o := newOffice(t)
	o.ok(o.app.Exchange.Load(bg))
	target := mastersKind(o.app.Hall, o.app.Exchange).Target.(masters)
	row := intake.Row{N: 2, IDs: [2]string{id.New(), id.New()}, Values: map[string]string{"name": "林志远", "phone": "13500000021", "title": "技师", "craft": "焊工"}}
	for range 2 { // the second time changes nothing
		v, err := target.Apply(bg, o.clerk, o.A.Union.ID, false, []intake.Row{row})
		if err != nil || v[0].Outcome != intake.OutcomeNew {
			t.Fatal(v, err)
		}
	}
	o.ok(o.app.Exchange.SyncMaster(bg, row.IDs[0]))
	if _, _, err := o.app.Hall.ExpelMasters(bg, o.clerk, map[string]string{row.IDs[1]: row.IDs[0]}, o.app.Exchange.Engaged); err != nil {
		t.Fatal(err)
	}
	removed, left, err := target.Undo(bg, o.clerk, []intake.Row{row})
	if err != nil || removed != 1 || len(left) != 0 || o.count(`SELECT COUNT(*) FROM exchange_offer WHERE owner_id = $1`, row.IDs[0]) != 0 {
		t.Fatal(removed, left, err)
	}
	// Another process puts the offer of an event that it hears late.
	if err := o.app.Exchange.Apply(bg, event.New("exchange."+exchange.OfferChanged, halltest.Start, exchange.Happened{What: exchange.OfferChanged, OfferID: id.New()})); err == nil {
		t.Error("an offer that is gone is found")
	}
}

func TestHonours(t *testing.T) {
	for in, want := range map[[2]string]string{
		{"", ""}:                           "[] true",
		{"福建工匠（2019）", ""}:                 "[{福建工匠 2019}] true",
		{"2019年福建工匠", ""}:                  "[{福建工匠 2019}] true",
		{"２０１９年度福建工匠", ""}:                 "[{福建工匠 2019}] true",
		{"福建工匠", "2019"}:                   "[{福建工匠 2019}] true",
		{"福建工匠", "43583"}:                  "[{福建工匠 2019}] true", // a date as Excel keeps it
		{"福建工匠", "2019年4月28日"}:             "[{福建工匠 2019}] true",
		{"福建工匠", ""}:                       "[] false",
		{"福建工匠、八闽工匠", "2019"}:              "[] false",
		{"2019", ""}:                       "[] false",
		{"全国劳模 2020；福建工匠2018", ""}:         "[{全国劳模 2020} {福建工匠 2018}] true",
		{"优秀青年技师 (2001) 省级技术能手(2005)", ""}: "[{优秀青年技师 2001} {省级技术能手 2005}] true",
	} {
		got, ok := honoursOf(in[0], in[1])
		if s := fmt.Sprint(laurels(hall.Master{Honours: got}), " ", ok); s != want {
			t.Errorf("%q: %s, want %s", in, s, want)
		}
	}
}
