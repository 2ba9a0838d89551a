package console_test

import (
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/exchange/exchangetest"
	"github.com/unionhall/unionhall/internal/id"
)

// messageID is what a page shows of a message that nobody has written.
var messageID = regexp.MustCompile(`\b(console|exchange|web|ui|field|fault|lang)\.[a-z-]+(\.[a-z-]+)+`)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	w := newWorld(t)
	w.seed(120)
	n := w.Post(t, exchangetest.Turning())
	if _, err := w.Service.Invite(t.Context(), w.ClerkA, n.ID, w.OfferOf(t, w.Near).ID); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/console", query("/console", "union", countyA), "/console/needs", query("/console/needs", "q", "nothing at all"),
		query("/console/needs", "kind", "expert-visit", "trade", "tea", "state", "open", "figure", "waiting", "alone", "1", "from", "2025-01-01", "to", "2026-01-01"),
		"/console/needs/" + n.ID + "/assign", query("/console/needs/"+n.ID+"/assign", "master", "秀"), query("/console/needs/"+n.ID+"/assign", "master", "谁"),
		"/console/figures", query("/console/figures", "union", cityA, "period", "all"), "/console/kinds", "/console/kinds/new",
		"/console/kinds/new?from=expert-visit", "/console/kinds/expert-visit"} {
		for _, a := range []actor.Actor{w.Lead, w.Auditor, w.Both} {
			if strings.Contains(path, "/new") && a.ID != w.Lead.ID || strings.Contains(path, "union=") && a.ID == w.Both.ID || strings.Contains(path, "assign") && a.ID == "both" {
				continue
			}
			for _, tag := range []string{"zh", "en"} {
				r := httptest.NewRequestWithContext(t.Context(), "GET", path, nil)
				r.Header.Set("Accept-Language", tag)
				rec := w.do(a, r)
				if rec.Code != 200 {
					t.Fatalf("GET %s as %s: %d", path, a.ID, rec.Code)
				}
				doc := parse(t, rec)
				doc.Sound()
				if id := messageID.FindString(doc.Text()); id != "" {
					t.Errorf("%s in %s shows the message id %s", path, tag, id)
				}
			}
		}
	}
}

func TestTheDeskShowsWhatWaitsTooLongFirst(t *testing.T) {
	w := newWorld(t)
	n := w.Post(t, exchangetest.Turning())
	w.page(w.ClerkA, "/console").MustNotHave("#waiting tbody th", n.Title)
	w.Clock.Move(60 * time.Hour)
	later := exchangetest.Turning()
	later["title"] = exchange.Value{Text: "后来的一条"}
	late := w.Post(t, later)
	w.Clock.Move(30 * time.Hour)

	doc := w.page(w.ClerkA, "/console")
	rows := doc.Select("#waiting tbody tr")
	if len(rows) != 2 || !strings.Contains(rows[0].Text(), n.Title) || !strings.Contains(rows[1].Text(), late.Title) {
		t.Fatalf("the longest over comes first: %v", doc.MustHave("#waiting").Text())
	}
	doc.MustHave("#waiting tbody tr", "海沧精密机械有限公司", "数控车工", "海沧区总工会", "等人接单", "超 3 天")
	doc.MustHave("#waiting a[href=/console/needs/" + n.ID + "/assign]")
	doc.MustHave("body[data-live='union:" + cityA + "']")
	doc.MustHave("#desk[hx-get]")

	w.page(w.Auditor, "/console").MustNotHave("a[href*=/assign]")
	w.page(w.ClerkB, "/console").MustNotHave("#waiting tbody tr")
}

func TestTheDeskShowsTodaysVisits(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	n := w.Post(t, exchangetest.Turning())
	e, err := w.Service.Accept(ctx, w.Near, n.ID, w.OfferOf(t, w.Near).ID)
	if err != nil {
		t.Fatal(err)
	}
	from := w.Clock.Now().Add(26 * time.Hour) // tomorrow, a Tuesday
	v, err := w.Service.ProposeVisit(ctx, w.Near, n.ID, e.ID, exchange.VisitPlan{From: from, To: from.Add(3 * time.Hour), Address: "新阳路 12 号"})
	if err != nil {
		t.Fatal(err)
	}
	w.Clock.Move(24 * time.Hour)
	w.page(w.ClerkA, "/console").MustNotHave("#visits tbody tr") // proposed is not agreed
	if err := w.Service.AgreeVisit(ctx, w.Firm, n.ID, e.ID, v.ID); err != nil {
		t.Fatal(err)
	}
	doc := w.page(w.ClerkA, "/console")
	doc.MustHave("#visits tbody tr", n.Title, "林国栋", "海沧精密机械有限公司", "新阳路 12 号", "11:00")
	doc.MustHave("#visits a[href=/needs/" + n.ID + "/engagements/" + e.ID + "]")
	w.page(w.ClerkB, "/console").MustNotHave("#visits tbody tr")
	w.Clock.Move(24 * time.Hour)
	w.page(w.ClerkA, "/console").MustNotHave("#visits tbody tr") // yesterday's
}

func TestAnOfficerOfSeveralUnionsChooses(t *testing.T) {
	w := newWorld(t)
	doc := w.page(w.Both, "/console")
	doc.MustHave("nav.views a[aria-current]", "海沧区总工会")
	doc.MustHave("nav.views a", "安溪县总工会")
	w.page(w.Both, query("/console", "union", countyB)).MustHave("nav.views a[aria-current]", "安溪县总工会")
	w.page(w.Both, query("/console/needs", "union", countyB)).MustNotHave("a[href*=/assign]") // an auditor there
}

func TestPagingShowsEveryNeedOnce(t *testing.T) {
	w := newWorld(t)
	all := w.seed(137)
	for _, figure := range []string{"", "waiting"} {
		want := map[string]bool{}
		for _, n := range all {
			if figure == "" || n.Wait.For != "" && !n.Wait.Due.After(w.Clock.Now()) {
				want["/needs/"+n.ID] = true
			}
		}
		got := map[string]int{}
		path := query("/console/needs", "union", prov, "figure", figure)
		for pages := 0; path != ""; pages++ {
			if pages > 10 {
				t.Fatal("the pages do not end")
			}
			doc := w.page(w.Lead, path)
			for _, a := range doc.Select("tbody th a") {
				got[a.Attr("href")]++
			}
			path = ""
			if next := doc.Select("a[rel=next]"); len(next) > 0 {
				path = next[0].Attr("href")
			}
		}
		if len(got) != len(want) {
			t.Errorf("%q: %d of %d needs shown", figure, len(got), len(want))
		}
		for href, times := range got {
			if !want[href] || times != 1 {
				t.Errorf("%q: %s shown %d times", figure, href, times)
			}
		}
	}
}

func TestWrongDaysAreSaidClearly(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/console/figures", "/console/needs"} {
		for _, q := range [][]string{{"from", "2026-13-01"}, {"to", "yesterday"}, {"from", "2026-03-01", "to", "2026-02-01"}, {"from", "0001-01-01"}} {
			rec := w.get(w.ClerkA, query(path, q...))
			doc := parse(t, rec)
			if rec.Code != 422 {
				t.Fatalf("%s %v: %d", path, q, rec.Code)
			}
			doc.Sound()
			doc.MustHave(".summary li")
			doc.MustHave("input[aria-invalid=true]")
			if got := doc.MustHave("input[name=" + q[0] + "]").Attr("value"); got != q[1] {
				t.Errorf("what was typed is kept: %q", got)
			}
		}
		if rec := w.get(w.ClerkA, query(path+".xlsx", "from", "x")); rec.Code != 422 {
			t.Errorf("%s.xlsx: %d", path, rec.Code)
		}
	}
	doc := w.page(w.ClerkA, query("/console/figures", "from", "２０２６年3月1日"))
	if got := doc.MustHave("input[name=from]").Attr("value"); got != "2026-03-01" {
		t.Errorf("a date as people type it: %q", got)
	}
}

// Whom the firm has asked already is not assigned as well, and an officer who posts for a firm asks in its place.
func TestAssigningWhomTheFirmHasAsked(t *testing.T) {
	w := newWorld(t)
	offer := values("offer", w.OfferOf(t, w.Near).ID)
	n := w.Post(t, exchangetest.Turning())
	if _, err := w.Service.Invite(t.Context(), w.Firm, n.ID, offer.Get("offer")); err != nil {
		t.Fatal(err)
	}
	w.says(w.post(w.ClerkA, "/console/needs/"+n.ID+"/assign", offer), "企业已经邀请过林国栋")
	own, err := w.Service.Post(t.Context(), w.ClerkA, exchange.Draft{KindID: exchange.ExpertVisit, EnterpriseID: "firm-a", Values: exchangetest.Turning()})
	if err != nil {
		t.Fatal(err)
	}
	w.says(w.post(w.ClerkA, "/console/needs/"+own.ID+"/assign", offer), "已指派林国栋")
}

func TestAssigning(t *testing.T) {
	w := newWorld(t)
	n := w.Post(t, exchangetest.Turning())
	path := "/console/needs/" + n.ID + "/assign"
	doc := w.page(w.ClerkA, path)
	doc.MustHave("#masters tbody tr", "林国栋", "0 / 2")
	if rows := doc.Select("#masters tbody tr"); len(rows) != 1 {
		t.Fatalf("only who fits is offered: %d", len(rows))
	}
	offer := doc.MustHave("form[action=" + path + "] input[name=offer]").Attr("value")
	w.page(w.Auditor, path).MustNotHave("form[action=" + path + "]")

	if rec := w.post(w.Auditor, path, values("offer", offer)); rec.Code != 403 {
		t.Errorf("an auditor assigns: %d", rec.Code)
	}
	far := w.OfferOf(t, w.Far).ID
	rec := w.post(w.ClerkA, path, values("offer", far))
	if rec.Code != 409 {
		t.Fatalf("a master out of reach: %d", rec.Code)
	}
	parse(t, rec).MustHave("[role=alert]")
	rec = w.post(w.ClerkA, path, values("offer", offer))
	if rec.Code != 303 || rec.Header().Get("Location") != "/needs/"+n.ID {
		t.Fatalf("assigned: %d %s", rec.Code, rec.Header().Get("Location"))
	}
	c, _, err := w.Service.Case(t.Context(), w.ClerkA, n.ID)
	if err != nil || len(c.Engagements) != 1 || !c.Engagements[0].Assigned {
		t.Fatalf("%+v %v", c.Engagements, err)
	}
	doc = w.page(w.ClerkA, path)
	doc.MustHave("#asked tbody tr", "林国栋", "等待答复")
	doc.MustNotHave("form[action=" + path + "]")
	w.says(w.post(w.ClerkA, path, values("offer", offer)), "已指派林国栋") // pressed twice
	if _, err := w.Service.Accept(t.Context(), w.Near, n.ID, offer); err != nil {
		t.Fatal(err)
	}
	w.page(w.ClerkA, path).MustHave("#masters", "已经有工匠接单")
	w.says(w.post(w.ClerkA, path, values("offer", offer)), "林国栋已经接单") // from the page before
	if c, _, err := w.Service.Case(t.Context(), w.ClerkA, n.ID); err != nil || len(c.Engagements) != 1 {
		t.Fatalf("%+v %v", c.Engagements, err)
	}
	for _, bad := range []string{"", "x", n.ID} {
		if rec := w.post(w.ClerkA, path, values("offer", bad)); rec.Code < 400 || rec.Code >= 500 {
			t.Errorf("offer %q: %d", bad, rec.Code)
		}
	}
}

// Whoever misses a master on the page asks by name and reads why.
func TestAssigningTellsWhyNot(t *testing.T) {
	w := newWorld(t)
	v := exchangetest.Turning()
	v["days"] = exchange.Value{Days: &exchange.Span{From: exchangetest.Start, To: exchangetest.Start.AddDate(0, 0, 5)}}
	n := w.Post(t, v)
	path := "/console/needs/" + n.ID + "/assign"
	w.page(w.ClerkA, path).MustNotHave("#why tbody")
	doc := w.page(w.ClerkA, query(path, "master", "秀英"))
	doc.MustHave("#why tbody tr", "王秀英", "不合适", "工种不对口：要的是数控车工，对方是织造", "去得到", "希望的日期里有空")
	doc.MustNotHave("#why tbody form")
	doc.MustHave("#why input[name=master][value=秀英]")
	w.page(w.ClerkA, query(path, "master", "远山")).MustHave("#why tbody tr", "陈远山", "工种对口：数控车工", "对方只到 50 km 以内")
	w.page(w.ClerkA, query(path, "master", "谁")).MustHave("#why [role=status]", "没有姓名带“谁”的工匠")
	doc = w.page(w.ClerkA, query(path, "master", "林"))
	doc.MustHave("#why tbody tr", "林国栋", "手上 0/2 单")
	offer := doc.MustHave("#why tbody form[action=" + path + "] input[name=offer]").Attr("value")
	if rec := w.post(w.ClerkA, path, values("offer", offer)); rec.Code != 303 {
		t.Fatalf("assigned: %d", rec.Code)
	}
	doc = w.page(w.ClerkA, query(path, "master", "林"))
	doc.MustHave("#why tbody tr", "等待答复")
	doc.MustNotHave("#why tbody form")
	w.page(w.Auditor, query(path, "master", "林")).MustNotHave("#why")

	for i := range 15 {
		w.Hall.AddProvider(exchangetest.Master(id.New(), "同名"+string(rune('甲'+i)), cityA, []string{"tea"}, 24.5, 118.1, 60_000, "茶。"))
	}
	doc = w.page(w.ClerkA, query(path, "master", "同名"))
	doc.MustHave("#why [role=status]", "共 15 位，先列 10 位")
	doc.MustHave("#why tbody tr", "没有提供“劳模工匠助企行”")
}
