package exchangeweb_test

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"

	"github.com/unionhall/unionhall/internal/exchange"
)

func (w *world) caseOf(t *testing.T, needID string) exchange.Case {
	t.Helper()
	c, err := w.store.Case(t.Context(), needID)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The whole way of a need, by nothing but the pages: what each side is told to do next, does.
func TestTheWholeWay(t *testing.T) {
	w := newWorld(t)
	n := w.posted(t)
	w.get(t, contactA, "/needs").ok(t, 200).MustHave("article", "还没有人接单")
	w.post(t, contactA, "/needs/"+n+"/invite", url.Values{"offer": {w.offerOf(t, near)}}).to(t, "/needs/"+n)
	w.get(t, contactA, "/needs/"+n).ok(t, 200).MustHave("#masters", "已邀请")
	w.get(t, contactA, "/needs/"+n+"/answers").ok(t, 200).MustHave("#answers[hx-get='/needs/"+n+"/answers'] article", "林国栋", "等对方答复")

	at := w.get(t, near, "/work").ok(t, 200).MustHave("#invited a", "不锈钢").Attr("href")
	page := w.get(t, near, at).ok(t, 200)
	page.MustHave("section", "海沧精密机械有限公司邀请您帮忙")
	page.MustNotHave("a[href^=tel:]")
	w.post(t, near, "/needs/"+n+"/accept", url.Values{"offer": {page.MustHave("input[name=offer]").Attr("value")}}).to(t, at)

	page = w.get(t, near, at).ok(t, 200)
	page.MustHave(".path-current", "在线支招")
	page.MustHave("a[href^=tel:]")
	page.MustHave(".notice", "轮到您了", "先说说您的看法")
	w.send(t, near, at+"/messages", url.Values{"body": {"用的硬爪还是软爪？"}}).to(t, at)
	w.send(t, contactA, at+"/messages", url.Values{"body": {"硬爪。"}}).to(t, at)
	w.send(t, clerkA, at+"/messages", url.Values{"body": {"工会已知悉。"}}).to(t, at)
	w.get(t, contactA, at+"/thread").ok(t, 200).MustHave("#thread article", "赵干事", "工会")

	w.post(t, near, at+"/visits", url.Values{"from": {"2026-03-09T09:00"}, "to": {"3"}, "address": {"2 号车间"}, "visit_note": {"带开口套"}}).to(t, at)
	visit := w.caseOf(t, n).Engagements[0].Visits[0]
	v := at + "/visits/" + visit.ID
	if want := time.Date(2026, 3, 9, 1, 0, 0, 0, time.UTC); !visit.From.Equal(want) {
		t.Fatalf("nine in the morning here is %v", visit.From)
	}
	w.get(t, near, at).ok(t, 200).MustNotHave("form[action='" + v + "/agree']")
	w.post(t, near, v+"/agree", nil).ok(t, 403)
	w.get(t, contactA, at).ok(t, 200).MustHave("form[action='" + v + "/agree']")
	w.post(t, contactA, v+"/agree", nil).to(t, at)
	w.get(t, near, "/work").ok(t, 200).MustHave("#visits li", "2026年3月9日 周一 09:00–12:00", "2 号车间")
	w.post(t, near, v+"/confirm", nil).to(t, at) // too early: said on the page
	w.days(8)
	w.post(t, near, v+"/confirm", nil).to(t, at)
	if w.caseOf(t, n).Need.Visits != 1 {
		t.Fatal("the visit is not confirmed")
	}

	w.post(t, near, at+"/close", url.Values{"result": {"solved"}, "after": {"０．０２"}, "stars": {"5"}, "note": {"1. 开口套\n2. 精车"}}).to(t, at)
	page = w.get(t, contactA, at).ok(t, 200)
	page.MustHave("#close h2", "填写结果") // stands open, since it is what comes next
	w.post(t, contactA, at+"/close", url.Values{"result": {"solved"}, "after": {"0.02"}, "stars": {"4"}, "comment": {"很管用"}}).to(t, at)
	page = w.get(t, near, at).ok(t, 200)
	page.MustHave("#outcome figure.measure", "0.12", "0.03", "0.02", "达到目标")
	page.MustHave("#tool textarea[name=problem]", "304 不锈钢套")
	page.MustHave("#tool textarea[name=method]", "开口套")
	page.MustHave("#tool input[name=title][value^=不锈钢]")
	w.post(t, near, at+"/tool", url.Values{"title": {"开口套"}, "problem": {"椭圆"}}).ok(t, 422).MustHave("#tool textarea[name=method][aria-invalid=true]")
	tool := url.Values{"title": {"开口套"}, "problem": {"椭圆"}, "method": {"开口套装夹"}}
	to := w.post(t, near, at+"/tool", tool).to(t, "/toolbox/")
	w.post(t, near, at+"/tool", tool).to(t, at) // pressed twice
	w.get(t, contactA, at).ok(t, 200).MustHave("#outcome a[href=" + to + "]")

	w.post(t, contactA, at+"/followups/30", url.Values{"holds": {"holds"}}).to(t, at) // too early
	w.days(31)
	if _, err := w.s.AskDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.get(t, contactA, "/").ok(t, 200).MustHave("#todo article", "回访")
	w.get(t, contactA, at).ok(t, 200).MustHave("#follow h2", "30 天过去了")
	w.post(t, contactA, at+"/followups/30", url.Values{"value": {"x"}}).ok(t, 422).MustHave("#follow .field-error", "请填写数字")
	w.post(t, contactA, at+"/followups/30", url.Values{"holds": {"maybe"}}).ok(t, 422).MustHave("#follow .field-error", "请从列表中选择")
	w.post(t, contactA, at+"/followups/nonsense", url.Values{"holds": {"holds"}}).ok(t, 404)
	w.post(t, contactA, at+"/followups/30", url.Values{"holds": {"slipped"}, "value": {"0.05"}, "gain_note": {"换了新批次材料"}}).to(t, at)
	w.get(t, near, at).ok(t, 200).MustHave("#outcome li", "有些反弹", "0.05", "换了新批次材料")
}

func TestDecliningAndLeaving(t *testing.T) {
	w := newWorld(t)
	n := w.posted(t)
	w.post(t, clerkA, "/needs/"+n+"/invite", url.Values{"offer": {w.offerOf(t, near)}}).to(t, "/needs/"+n)
	at := "/needs/" + n + "/engagements/" + w.caseOf(t, n).Engagements[0].ID
	w.get(t, near, at).ok(t, 200).MustHave("section", "工会请您帮忙")
	w.post(t, near, at+"/decline", url.Values{"reason": {"正在外地"}}).to(t, at)
	w.get(t, contactA, at).ok(t, 200).MustHave(".notice", "正在外地")
	w.get(t, contactA, at).MustHave(".path-failed")

	w.post(t, near, "/needs/"+n+"/accept", url.Values{"offer": {w.offerOf(t, near)}}).to(t, "/needs/"+n+"/engagements/")
	at = "/needs/" + n + "/engagements/" + w.caseOf(t, n).Engagements[1].ID
	w.post(t, near, at+"/visits", url.Values{"from": {"2026-03-09T09:00"}, "to": {"3"}}).to(t, at)
	visit := w.caseOf(t, n).Engagements[1].Visits[0].ID
	w.post(t, contactA, at+"/visits/"+visit+"/cancel", url.Values{"reason-" + visit: {"停电检修"}}).to(t, at)
	w.get(t, near, at).ok(t, 200).MustHave("#visits li", "已取消", "停电检修")
	w.post(t, contactA, at+"/leave", url.Values{"reason": {"另有安排"}}).to(t, at)
	if c := w.caseOf(t, n); c.Need.State != exchange.NeedOpen {
		t.Fatalf("%+v", c.Need)
	}
}

// Why a need was withdrawn is said to all who may still read it: its side, its officers, and a master who had a part in it.
func TestWhyANeedWasWithdrawnIsSaid(t *testing.T) {
	w := newWorld(t)
	n := w.posted(t)
	w.post(t, contactA, "/needs/"+n+"/invite", url.Values{"offer": {w.offerOf(t, near)}}).to(t, "/needs/"+n)
	w.post(t, near, "/needs/"+n+"/engagements/"+w.caseOf(t, n).Engagements[0].ID+"/decline", nil)
	w.post(t, clerkA, "/needs/"+n+"/withdraw", url.Values{"reason": {"与上一条重复"}}).to(t, "/needs/"+n)
	for _, who := range []string{contactA, clerkA, auditorA, near} {
		w.get(t, who, "/needs/"+n).ok(t, 200).MustHave("#answers .notice", "已经撤回", "撤回原因：与上一条重复")
	}
	w.english(t, contactA, "/needs/"+n).ok(t, 200).MustHave("#answers .notice", "Reason: 与上一条重复")
	w.get(t, contactB, "/needs/"+n).ok(t, 404)
}

func TestVisitInACalendar(t *testing.T) {
	w := newWorld(t)
	n, e := w.accepted(t)
	at := "/needs/" + n + "/engagements/" + e
	w.post(t, near, at+"/visits", url.Values{"from": {"2026-03-09T09:00"}, "to": {"3"}, "address": {"海沧区新阳路 12 号; 2 号车间, 北门"}}).to(t, at)
	id := w.caseOf(t, n).Engagements[0].Visits[0].ID
	fetch := func(who string) (*ics.Calendar, *ics.VEvent, string) {
		t.Helper()
		got := w.get(t, who, at+"/visits/"+id+"/calendar.ics")
		if got.Code != 200 || !strings.HasPrefix(got.Header().Get("Content-Type"), "text/calendar") {
			t.Fatalf("%d %s", got.Code, got.Header().Get("Content-Type"))
		}
		text := got.Body.String()
		for _, line := range strings.Split(text, "\r\n") {
			if len(line) > 75 {
				t.Errorf("a line of %d bytes: %s", len(line), line)
			}
		}
		cal, err := ics.ParseCalendar(strings.NewReader(text))
		if err != nil || len(cal.Events()) != 1 {
			t.Fatalf("%v: %s", err, text)
		}
		return cal, cal.Events()[0], strings.ReplaceAll(text, "\r\n ", "")
	}
	prop := func(ev *ics.VEvent, p ics.ComponentProperty) string {
		if x := ev.GetProperty(p); x != nil {
			return x.Value
		}
		return ""
	}
	_, proposed, _ := fetch(near)
	if s := prop(proposed, ics.ComponentPropertyStatus); s != "TENTATIVE" {
		t.Error(s)
	}
	w.post(t, contactA, at+"/visits/"+id+"/agree", nil).to(t, at)
	_, ev, text := fetch(contactA)
	start, err := ev.GetStartAt()
	if err != nil || !start.Equal(time.Date(2026, 3, 9, 1, 0, 0, 0, time.UTC)) {
		t.Errorf("begins %v %v", start, err)
	}
	for p, want := range map[ics.ComponentProperty]string{ics.ComponentPropertyStatus: "CONFIRMED", ics.ComponentPropertySequence: "1",
		ics.ComponentPropertyUniqueId: id + "@unionhall", ics.ComponentPropertyOrganizer: "mailto:no-reply@example.com"} {
		if got := prop(ev, p); got != want {
			t.Errorf("%s is %q, want %q", p, got, want)
		}
	}
	if !strings.Contains(text, "METHOD:REQUEST") || !strings.Contains(text, `LOCATION:海沧区新阳路 12 号\; 2 号车间\, 北门`) {
		t.Error(text)
	}
	if strings.Contains(text, "138") || strings.Contains(text, "tel:") {
		t.Error("a telephone number travels with it")
	}
	w.post(t, near, at+"/visits/"+id+"/cancel", nil).to(t, at)
	_, gone, text := fetch(contactA)
	if prop(gone, ics.ComponentPropertyStatus) != "CANCELLED" || prop(gone, ics.ComponentPropertySequence) != "2" || !strings.Contains(text, "METHOD:CANCEL") {
		t.Error(text)
	}
}

func TestPersonalCalendar(t *testing.T) {
	w := newWorld(t)
	n, e := w.accepted(t)
	at := "/needs/" + n + "/engagements/" + e
	w.post(t, near, at+"/visits", url.Values{"from": {"2026-03-09T09:00"}, "to": {"3"}}).to(t, at)
	id := w.caseOf(t, n).Engagements[0].Visits[0].ID
	address := w.get(t, near, "/work").ok(t, 200).MustHave("input[name=calendar]").Attr("value")
	path := strings.TrimPrefix(address, "http://example.com")
	events := func(path string) int {
		t.Helper()
		got := w.ask(t, "", httptest.NewRequest("GET", path, nil))
		cal, err := ics.ParseCalendar(strings.NewReader(got.Body.String()))
		if got.Code != 200 || err != nil {
			t.Fatalf("%d %v", got.Code, err)
		}
		return len(cal.Events())
	}
	if got := events(path); got != 0 {
		t.Fatalf("%d events of a visit that is not agreed", got)
	}
	w.post(t, contactA, at+"/visits/"+id+"/agree", nil).to(t, at)
	if got := events(path); got != 1 {
		t.Fatalf("%d events for the master", got)
	}
	w.days(100)
	if got := events(path); got != 0 {
		t.Fatalf("%d events long after", got)
	}
	for _, wrong := range []string{path[:len(path)-2] + "AA", strings.Replace(path, near, contactA, 1), strings.Replace(path, near, worker, 1)} {
		w.get(t, "", wrong).ok(t, 404)
	}
}
