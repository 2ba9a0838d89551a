package exchangeweb_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/exchange"
)

func (w *world) needsOf(t *testing.T, enterprise string) []exchange.Need {
	t.Helper()
	all, err := w.store.Needs(t.Context(), exchange.NeedFilter{EnterpriseID: []string{enterprise}, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestPostingShowsWhoFitsAtOnce(t *testing.T) {
	w := newWorld(t)
	w.written(t)
	n := w.posted(t)
	page := w.get(t, contactA, "/needs/"+n).ok(t, 200)
	sections := page.Select("section.section")
	if len(sections) != 2 || sections[0].Attr("id") != "tools" || sections[1].Attr("id") != "masters" {
		t.Fatalf("the toolbox comes first, then the masters: %d sections", len(sections))
	}
	page.MustHave("#tools a[href^=/toolbox/]", "薄壁套")
	page.MustHave("#masters .chips", "数控车工", "同市 8 km", "本周有空", "解决过 1 个类似问题")
	page.MustHave("#masters form[action=/needs/" + n + "/invite] input[name=offer]")
	c, _, err := w.s.Case(t.Context(), w.who[contactA], n)
	if err != nil {
		t.Fatal(err)
	}
	v := c.Need.Values
	if m := v["measure"].Measure; m == nil || m.Before != 0.12 || m.Target != 0.03 {
		t.Errorf("full-width digits and 。 in a measure: %+v", m)
	}
	if s := v["place"].Spot; s == nil || s.Address != "海沧区新阳路 12 号" || !s.Known() {
		t.Errorf("the enterprise's own place: %+v", s)
	}
}

func TestPressedTwicePostsOnce(t *testing.T) {
	w := newWorld(t)
	form := need()
	one := w.post(t, contactA, "/needs", form).to(t, "/needs/")
	two := w.post(t, contactA, "/needs", form).to(t, "/needs/")
	if one != two || len(w.needsOf(t, firmA)) != 1 {
		t.Fatalf("%s and %s, %d needs", one, two, len(w.needsOf(t, firmA)))
	}
	form.Set("once", "nonsense") // no key of ours: a new need each time, and no error
	w.post(t, contactA, "/needs", form).to(t, "/needs/")
}

func TestBadInputIsSaidAndKept(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		name   string
		set    url.Values
		field  string // the control that is marked
		zh, en string
	}{
		{"no title", url.Values{"title": {" 　"}}, "title", "请填写此项", "Please fill this in"},
		{"a long title", url.Values{"title": {strings.Repeat("长", 81)}}, "title", "不能超过 80 个字", "At most 80 characters"},
		{"5,000 characters", url.Values{"story": {strings.Repeat("长", 5000)}}, "story", "不能超过 2000 个字", "At most 2000 characters"},
		{"no such trade", url.Values{"trade": {"alchemy"}}, "trade", "请从列表中选择", "Please choose from the list"},
		{"no trade", url.Values{"trade": {""}}, "trade", "请填写此项", "Please fill this in"},
		{"letters for a number", url.Values{"measure.before": {"十二丝"}}, "measure.before", "请填写数字", "Please enter a number"},
		{"a comma that could be either", url.Values{"measure.before": {"0,12"}}, "measure.before", "请填写数字", "Please enter a number"},
		{"half a measure", url.Values{"measure.target": {""}}, "measure.target", "请填写此项", "Please fill this in"},
		{"a measure without a name", url.Values{"measure.name": {""}}, "measure.name", "请填写此项", "Please fill this in"},
		{"nothing to gain", url.Values{"measure.target": {"0.12"}}, "measure.target", "一样", "the same"},
		{"no place", url.Values{"place": {""}, "place.at": {""}}, "place", "请填写此项", "Please fill this in"},
		{"a place that is none", url.Values{"place.at": {"/9/9/"}}, "place.at", "请从列表中选择", "Please choose from the list"},
		{"no position", url.Values{"place.at": {"here"}, "place.lat": {""}}, "place.at", "没有取得位置", "did not arrive"},
		{"days the wrong way round", url.Values{"days": {"2026-03-20"}, "days.to": {"2026-03-10"}}, "days", "结束日期不能早于开始日期", "before the first"},
		{"days that are over", url.Values{"days": {"2026-01-01"}, "days.to": {"2026-01-05"}}, "days", "已经过去", "are over"},
		{"no date", url.Values{"days": {"下周三"}}, "days", "有效的日期", "valid date"},
		{"an urgency that is none", url.Values{"urgency": {"yesterday"}}, "urgency", "请从列表中选择", "Please choose from the list"},
	} {
		t.Run(c.name, func(t *testing.T) {
			form := need()
			for k, v := range c.set {
				form[k] = v
			}
			page := w.post(t, contactA, "/needs", form).ok(t, 422)
			page.MustHave(".summary a[href=#f-"+strings.ReplaceAll(c.field, ".", "-")+"]", c.zh)
			page.MustHave(".field-error", c.zh)
			if c.field != "urgency" {
				page.MustHave("[name='" + c.field + "'][aria-invalid=true]")
			}
			if got := page.MustHave("textarea[name=story]").Raw(); strings.TrimSpace(got) != strings.TrimSpace(form.Get("story")) {
				t.Errorf("the story is not kept: %.40q", got)
			}
			if got := page.MustHave("input[name=equipment]").Attr("value"); got != "CK6150" {
				t.Errorf("equipment is not kept: %q", got)
			}
			if got := page.MustHave("input[name=once]").Attr("value"); got != form.Get("once") {
				t.Errorf("the key of this act of posting is not passed on: %q", got)
			}
			r := httptest.NewRequest("POST", "/needs", strings.NewReader(form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.AddCookie(&http.Cookie{Name: "lang", Value: "en"})
			w.ask(t, contactA, r).ok(t, 422).MustHave(".field-error", c.en)
		})
	}
	if n := len(w.needsOf(t, firmA)); n != 0 {
		t.Fatalf("%d needs were posted", n)
	}
}

// Every wrong field is said at once: those the page could not read, and those the form asks.
func TestAllThatIsWrongIsSaidAtOnce(t *testing.T) {
	w := newWorld(t)
	form := need()
	for k, v := range map[string]string{"title": "", "trade": "", "measure.before": "x", "days": "x", "place.at": "x"} {
		form.Set(k, v)
	}
	page := w.post(t, contactA, "/needs", form).ok(t, 422)
	if got := len(page.Select(".summary li")); got != 5 {
		t.Fatalf("%d lines: %s", got, page.MustHave(".summary").Text())
	}
}

func TestStrangeWordsAreJustWords(t *testing.T) {
	w := newWorld(t)
	form := need()
	form.Set("title", "<script>alert('工')</script> 😀 & \"引号\"")
	form.Set("story", "第一行\r\n第二行 <b>粗</b> 👩‍🔧\u200b")
	form.Set("place", "<img src=x onerror=alert(1)>")
	to := w.post(t, contactA, "/needs", form).to(t, "/needs/")
	page := w.get(t, contactA, to).ok(t, 200)
	page.MustHave("h1", "<script>alert('工')</script> 😀")
	page.MustNotHave("main script")
	page.MustNotHave("main img")
	page.MustHave("dd", "<b>粗</b> 👩‍🔧")
}

func TestNotAForm(t *testing.T) {
	w := newWorld(t)
	r := httptest.NewRequest("POST", "/needs", strings.NewReader("{}"))
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	w.ask(t, contactA, r).ok(t, 422)
	w.post(t, contactA, "/needs", url.Values{"kind": {"no-such"}, "enterprise": {firmA}}).ok(t, 404)
	w.post(t, contactA, "/needs", url.Values{"kind": {"expert-visit"}, "enterprise": {"nonsense"}}).ok(t, 404)
	w.post(t, contactA, "/needs", url.Values{"kind": {"expert-visit"}, "enterprise": {firmB}}).ok(t, 404)
	w.post(t, worker, "/needs", need()).ok(t, 404)
}

func TestEditing(t *testing.T) {
	w := newWorld(t)
	n := w.posted(t)
	page := w.get(t, contactA, "/needs/"+n+"/edit").ok(t, 200)
	page.MustHave("input[name='measure.before'][value='0.12']")
	page.MustHave("select[name='place.at'] option[value=kept][selected]")
	form := need()
	form.Set("version", page.MustHave("input[name=version]").Attr("value"))
	form.Set("place.at", "kept")
	form.Set("title", "改过的标题")
	form.Set("days", "2026-03-10")
	form.Set("days.to", "2026-03-12")
	w.post(t, contactA, "/needs/"+n+"/edit", form).to(t, "/needs/"+n)
	shown := w.get(t, contactA, "/needs/"+n).ok(t, 200)
	shown.MustHave("h1", "改过的标题")
	shown.MustHave("dd", "2026年3月10日 至 2026年3月12日")

	stale := w.post(t, contactA, "/needs/"+n+"/edit", form).ok(t, 409)
	stale.MustHave(".summary", "有人改过")
	form.Set("version", stale.MustHave("input[name=version]").Attr("value"))
	form.Set("title", "再改一次")
	w.post(t, contactA, "/needs/"+n+"/edit", form).to(t, "/needs/"+n)

	w.post(t, near, "/needs/"+n+"/accept", url.Values{"offer": {w.offerOf(t, near)}}).to(t, "/needs/"+n+"/engagements/")
	w.get(t, contactA, "/needs/"+n+"/edit").to(t, "/needs/"+n)
	w.post(t, contactA, "/needs/"+n+"/edit", form).to(t, "/needs/"+n)
}

func TestEmptyStatesSayWhatToDo(t *testing.T) {
	w := newWorld(t)
	w.get(t, contactA, "/needs").ok(t, 200).MustHave(".empty a[href=/needs/new]")
	w.get(t, near, "/work").ok(t, 200).MustHave("#feed .empty a[href=/me/master]")
	w.get(t, worker, "/work").ok(t, 200).MustHave("#become", "联系本单位或所在地工会")
	w.get(t, worker, "/offers").ok(t, 200).MustHave(".empty a[href=/masters]")
	w.get(t, worker, "/needs/new").ok(t, 200).MustHave(".empty")
	w.get(t, clerkA, "/needs/new?kind=expert-visit").ok(t, 200).MustHave(".empty", "企业")
	w.get(t, clerkA, "/needs/new?kind=expert-visit&enterprise="+firmA).ok(t, 200).MustHave("form[action=/needs]")
	form := need()
	form.Set("days", "2026-03-07") // a weekend
	form.Set("days.to", "2026-03-08")
	to := w.post(t, contactA, "/needs", form).to(t, "/needs/")
	page := w.get(t, contactA, to).ok(t, 200)
	page.MustHave("#masters .empty a[href="+to+"/edit]", "放宽日期")
	page.MustHave("#masters .empty", "海沧区总工会")
	page.MustHave("#tools .empty")
}

func TestSeveralFirmsAreAskedFor(t *testing.T) {
	w := newWorld(t)
	a := w.who[contactA]
	a.Enterprises = []string{firmA, firmB}
	w.who[contactA] = a
	page := w.get(t, contactA, "/needs/new").ok(t, 200)
	page.MustHave("a[href='/needs/new?enterprise="+firmB+"&kind=expert-visit']", "安溪茶业")
	w.get(t, contactA, "/needs/new?kind=expert-visit&enterprise="+firmB).ok(t, 200).MustHave(".lead", "安溪茶业")
	w.posted(t)
	w.get(t, contactA, "/needs").ok(t, 200).MustHave("article", "海沧精密机械")
}

func TestMessagesWithBadInput(t *testing.T) {
	w := newWorld(t)
	n, e := w.accepted(t)
	at := "/needs/" + n + "/engagements/" + e
	w.send(t, near, at+"/messages", url.Values{"body": {"　 "}}).ok(t, 422).MustHave("textarea[name=body][aria-invalid=true]")
	long := strings.Repeat("长", 4001)
	page := w.send(t, near, at+"/messages", url.Values{"body": {long}}).ok(t, 422)
	page.MustHave(".field-error", "不能超过 4000 个字")
	if page.MustHave("textarea[name=body]").Raw() != long {
		t.Error("what was typed is gone")
	}
	for range 2 {
		w.send(t, near, at+"/messages", url.Values{"body": {"软爪用过没有？<script>"}}).to(t, at)
	}
	if got := len(w.get(t, contactA, at+"/thread").ok(t, 200).Select("article.msg")); got != 1 {
		t.Errorf("%d messages of one that was pressed twice", got)
	}
}

func TestVisitsWithBadInput(t *testing.T) {
	w := newWorld(t)
	n, e := w.accepted(t)
	at := "/needs/" + n + "/engagements/" + e
	for _, c := range []struct{ from, hours, field, zh string }{
		{"", "3", "from", "请填写此项"},
		{"明天上午", "3", "from", "有效的日期"},
		{"2026-02-30T09:00", "3", "from", "有效的日期"},
		{"2026-02-01T09:00", "3", "from", "以后的时间"},
		{"2028-02-01T09:00", "3", "from", "一年以内"},
		{"2026-03-09T09:00", "5000", "to", "请从列表中选择"},
		{"2026-03-09T09:00", "", "to", "请从列表中选择"},
	} {
		page := w.post(t, near, at+"/visits", url.Values{"from": {c.from}, "to": {c.hours}, "address": {"二号车间"}}).ok(t, 422)
		page.MustHave("[name=" + c.field + "][aria-invalid=true]")
		page.MustHave("#propose .field-error", c.zh)
		page.MustHave("#propose input[name=address][value=二号车间]")
		if got := len(page.Select(".field-error")); got != 1 {
			t.Errorf("%+v: %d errors", c, got)
		}
	}
	w.post(t, near, at+"/visits", url.Values{"from": {"２０２６-０３-０９ 09:00"}, "to": {"3"}}).to(t, at)
	got := w.get(t, near, at).ok(t, 200)
	got.MustHave("#visits", "2026年3月9日 周一 09:00–12:00")
}

func TestClosingWithBadInput(t *testing.T) {
	w := newWorld(t)
	n, e := w.accepted(t)
	at := "/needs/" + n + "/engagements/" + e
	for _, c := range []struct {
		form  url.Values
		field string
		zh    string
	}{
		{url.Values{"stars": {"5"}, "after": {"0.02"}}, "result", "请从列表中选择"},
		{url.Values{"result": {"solved"}, "stars": {"5"}}, "after", "现在的数值"},
		{url.Values{"result": {"solved"}, "stars": {"5"}, "after": {"很小"}}, "after", "请填写数字"},
		{url.Values{"result": {"solved"}, "after": {"0.02"}}, "stars", "一到五星"},
		{url.Values{"result": {"solved"}, "after": {"0.02"}, "stars": {"9"}}, "stars", "一到五星"},
	} {
		page := w.post(t, contactA, at+"/close", c.form).ok(t, 422)
		page.MustHave("#close .summary a[href=#f-"+c.field+"]", c.zh)
	}
	w.post(t, contactA, at+"/leave", url.Values{"reason": {" "}}).ok(t, 422).MustHave("details[open] .field-error", "请填写此项")
	w.post(t, contactA, at+"/close", url.Values{"result": {"unsolved"}, "stars": {"2"}}).to(t, at)
	page := w.get(t, contactA, at).ok(t, 200)
	page.MustHave("#close input[name=result][value=unsolved][checked]")
	page.MustNotHave("form[action='" + at + "/leave']")
	w.post(t, near, at+"/leave", url.Values{"reason": {"算了"}}).to(t, at) // too late: said on the page
}

// What has changed meanwhile is said on the page that shows how things stand.
func TestWhatHasChangedIsSaidInPlace(t *testing.T) {
	w := newWorld(t)
	n := w.posted(t)
	offer := url.Values{"offer": {w.offerOf(t, near)}}
	to := w.post(t, near, "/needs/"+n+"/accept", offer).to(t, "/needs/"+n+"/engagements/")
	w.post(t, near, "/needs/"+n+"/accept", offer).to(t, to) // pressed twice
	w.post(t, near, to+"/decline", nil).to(t, to)           // not an invitation any more
	w.post(t, contactA, "/needs/"+n+"/invite", url.Values{"offer": {w.offerOf(t, far)}}).to(t, "/needs/"+n)
	w.post(t, contactA, "/needs/"+n+"/withdraw", url.Values{"reason": {"已自行解决"}}).to(t, "/needs/"+n)
	again := w.post(t, contactA, "/needs/"+n+"/withdraw", nil)
	again.to(t, "/needs/"+n)
	if len(again.flashed(t)) != 1 {
		t.Error("nothing is said of a need that is over")
	}
	w.get(t, contactA, "/needs/"+n).ok(t, 200).MustHave("#answers", "已经撤回", "已自行解决")
}

func TestLargeFormsAreBounded(t *testing.T) {
	w := newWorld(t)
	n, e := w.accepted(t)
	body := "body=" + strings.Repeat("x", 2<<20)
	r := httptest.NewRequest("POST", "/needs/"+n+"/engagements/"+e+"/close", bytes.NewReader([]byte(body)))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w.ask(t, near, r).ok(t, 413)
}

func TestOnlyTheFirstDayIsGiven(t *testing.T) {
	w := newWorld(t)
	form := need()
	form.Set("days", w.clock.Now().Add(48*time.Hour).Format(time.DateOnly))
	to := w.post(t, contactA, "/needs", form).to(t, "/needs/")
	w.get(t, contactA, to).ok(t, 200).MustHave("dd", "2026年3月4日 起")
}
