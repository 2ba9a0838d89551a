package exchangeweb_test

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/unionhall/unionhall/internal/id"
)

// Every page is whole for those who may see it and says no to everybody else, in both languages.
func TestWhoSeesWhat(t *testing.T) {
	w := newWorld(t)
	toolID := w.written(t)
	doneNeed, doneEngagement := w.finished(t)
	n, e := w.accepted(t)
	fresh := w.posted(t)
	at := "/needs/" + n + "/engagements/" + e
	w.post(t, near, at+"/visits", url.Values{"from": {"2026-03-09T09:00"}, "to": {"3"}}).to(t, at)
	c, _, err := w.s.Case(t.Context(), w.who[near], n)
	if err != nil {
		t.Fatal(err)
	}
	visit := at + "/visits/" + c.Engagements[0].Visits[0].ID + "/calendar.ics"
	everybody := []string{"", contactA, contactB, near, far, weaver, worker, clerkA, clerkB, auditorA, leadP}
	in := func(who string, list []string) bool {
		for _, x := range list {
			if x == who {
				return true
			}
		}
		return false
	}
	signedIn := everybody[1:]
	officersA := []string{clerkA, auditorA, leadP}
	side := append([]string{contactA}, officersA...)
	for _, p := range []struct {
		path   string
		may    []string
		denied int // for those who are signed in and may not
	}{
		{"/", everybody, 0},
		{"/toolbox", everybody, 0},
		{"/toolbox?q=" + url.QueryEscape("椭圆 薄壁"), everybody, 0},
		{"/toolbox?trade=weaving", everybody, 0},
		{"/toolbox/" + toolID, everybody, 0},
		{"/toolbox/" + toolID + "/edit", []string{near, clerkA, leadP}, 403},
		{"/needs", signedIn, 0},
		{"/needs?by=me", signedIn, 0},
		{"/needs/new", signedIn, 0},
		{"/needs/new?kind=expert-visit&enterprise=" + firmA, []string{contactA, clerkA, leadP}, 404},
		{"/work", signedIn, 0},
		{"/offers", signedIn, 0},
		{"/offers/expert-visit", []string{near, far, weaver}, 403},
		{"/needs/" + fresh, append([]string{near}, side...), 404},
		{"/needs/" + fresh + "/answers", append([]string{near}, side...), 404},
		{"/needs/" + fresh + "/edit", []string{contactA}, 404},
		{"/needs/" + n, append([]string{near}, side...), 404},
		{at, append([]string{near}, side...), 404},
		{at + "/thread", append([]string{near}, side...), 404},
		{at + "/progress", append([]string{near}, side...), 404},
		{visit, append([]string{near}, side...), 404},
		{"/needs/" + doneNeed + "/engagements/" + doneEngagement, append([]string{near}, side...), 404},
		{"/needs/" + id.New(), nil, 404},
		{"/needs/nonsense", nil, 404},
		{"/needs/" + n + "/engagements/nonsense", nil, 404},
		{"/toolbox/nonsense", nil, 404},
		{"/me/calendar.ics?key=nonsense", nil, 404},
		{"/me/calendar.ics?key=" + near + ".bm8", nil, 404},
	} {
		for _, who := range everybody {
			got := w.get(t, who, p.path)
			public := strings.HasPrefix(p.path, "/toolbox/") && !strings.HasSuffix(p.path, "/edit") || strings.HasPrefix(p.path, "/me/")
			switch {
			case in(who, p.may):
				got.ok(t, 200)
				w.english(t, who, p.path).ok(t, 200)
			case who == "" && !public:
				got.to(t, "/signin?next=")
			case strings.HasSuffix(p.path, "/edit") && in(who, []string{near, clerkA, auditorA, leadP}): // may know of the need
				got.ok(t, 403)
			default:
				if got.Code != p.denied {
					t.Errorf("%s as %s: %d, want %d", p.path, w.who[who].Name, got.Code, p.denied)
				}
			}
		}
	}
}

// What nobody but the right side may press is refused to all others, and nothing comes of it.
func TestWhoPressesWhat(t *testing.T) {
	w := newWorld(t)
	n, e := w.accepted(t)
	fresh := w.posted(t)
	at := "/needs/" + n + "/engagements/" + e
	w.post(t, near, at+"/visits", url.Values{"from": {"2026-03-09T09:00"}, "to": {"3"}}).to(t, at)
	c, _, err := w.s.Case(t.Context(), w.who[near], n)
	if err != nil {
		t.Fatal(err)
	}
	v := at + "/visits/" + c.Engagements[0].Visits[0].ID
	offer := url.Values{"offer": {w.offerOf(t, near)}}
	closing := url.Values{"result": {"solved"}, "after": {"0.02"}, "stars": {"5"}}
	for path, form := range map[string]url.Values{
		"/needs/" + fresh + "/edit": need(), "/needs/" + fresh + "/withdraw": {}, "/needs/" + fresh + "/invite": offer,
		at + "/messages": {"body": {"我也说一句"}}, at + "/leave": {"reason": {"x"}}, at + "/decline": {}, at + "/close": closing,
		at + "/visits": {"from": {"2026-03-10T09:00"}, "to": {"3"}}, v + "/agree": {}, v + "/cancel": {}, v + "/confirm": {},
		at + "/tool": {"title": {"t"}, "problem": {"p"}, "method": {"m"}}, at + "/followups/30": {"holds": {"holds"}},
	} {
		for who, want := range map[string]int{contactB: 404, far: 404, weaver: 404, worker: 404, clerkB: 404, auditorA: 403} {
			if got := w.post(t, who, path, form); got.Code != want {
				t.Errorf("POST %s as %s: %d, want %d: %s", path, w.who[who].Name, got.Code, want, firstWords(got.Text()))
			}
		}
		w.post(t, "", path, form).to(t, "/signin")
	}
	// An offer is its owner's alone: nobody accepts for somebody else.
	for _, who := range []string{contactA, far, weaver, clerkA} {
		if got := w.post(t, who, "/needs/"+fresh+"/accept", offer); got.Code != 404 {
			t.Errorf("accept as %s: %d", w.who[who].Name, got.Code)
		}
	}
	after, _, err := w.s.Case(t.Context(), w.who[near], n)
	if err != nil || after.Engagements[0].Messages != 0 || len(after.Engagements[0].Visits) != 1 || after.Engagements[0].NeedEnd != nil {
		t.Fatalf("something came of it: %+v %v", after.Engagements[0], err)
	}
}

func TestRoutesHaveTheNamesThatTestsKnow(t *testing.T) {
	known := map[string]bool{"{$}": true, "{need}": true, "{engagement}": true, "{visit}": true, "{tool}": true, "{file}": true, "{kind}": true, "{days}": true}
	w := newWorld(t)
	for _, r := range w.router.Routes() {
		for _, part := range strings.Split(r.Pattern, "/") {
			if strings.HasPrefix(part, "{") && !known[part] {
				t.Errorf("%s %s: %s is new to the test that walks all routes", r.Method, r.Pattern, part)
			}
		}
	}
}

func TestHomeTellsWhoSheIsTo(t *testing.T) {
	w := newWorld(t)
	w.get(t, "", "/").ok(t, 200).MustHave("a[href=/needs/new]")
	w.accepted(t)
	w.posted(t)
	a := w.get(t, contactA, "/").ok(t, 200)
	a.MustHave("h1", "周文斌")
	a.MustHave("section#todo a", "不锈钢")
	m := w.get(t, near, "/").ok(t, 200)
	m.MustHave("section#running", "已接单，先说说您的看法")
	m.MustHave("section#feed .chips", "数控车工", "同市 8 km")
	w.get(t, worker, "/").ok(t, 200).MustHave("section#become")
	w.days(10)
	w.get(t, clerkA, "/").ok(t, 200).MustHave("section#waiting a[href=/console]", "2 条需求等得太久了")
	w.get(t, clerkB, "/").ok(t, 200).MustHave("section#waiting", "没有等得太久")
}

// The figures that anybody sees are read once a minute, whoever asks.
func TestPublicFiguresAreKeptForAMinute(t *testing.T) {
	w := newWorld(t)
	w.posted(t)
	first := w.get(t, "", "/").ok(t, 200)
	first.MustHave("#figures .figure-value", "1")
	n := w.seen.N()
	w.posted(t)
	w.get(t, "", "/").MustHave("#figures .figure-value", "1")
	if w.seen.N() >= n {
		t.Errorf("%d statements, %d the first time", w.seen.N(), n)
	}
	w.clock.Move(2 * 60e9)
	w.get(t, "", "/").MustHave("#figures .figure-value", "2")
}

func TestToolboxSearchAndPages(t *testing.T) {
	w := newWorld(t)
	for range 3 {
		w.written(t)
		w.clock.Move(60e9)
	}
	if got := w.get(t, "", "/toolbox?q="+url.QueryEscape("薄壁 椭圆")).ok(t, 200); len(got.Select(".cards article")) != 3 {
		t.Fatalf("found %d", len(got.Select(".cards article")))
	}
	w.get(t, "", "/toolbox?trade=cnc-turning&q="+url.QueryEscape("开口套")).ok(t, 200).MustHave("[role=status]", "3 条")
	w.get(t, "", "/toolbox?trade=weaving").ok(t, 200).MustHave(".empty")
	w.get(t, "", "/toolbox?q="+url.QueryEscape("量子计算机")).ok(t, 200).MustHave(".empty a[href=/needs/new]")
	w.get(t, "", "/toolbox?q=%3Cscript%3Ealert(1)%3C/script%3E").ok(t, 200).MustNotHave("main script")
	w.get(t, "", "/toolbox?page=999&q="+url.QueryEscape("薄壁")).ok(t, 200)
	w.get(t, "", "/toolbox?before=nonsense").ok(t, 404)
	for range 11 {
		w.written(t)
		w.clock.Move(60e9)
	}
	one := w.get(t, "", "/toolbox").ok(t, 200)
	next := one.MustHave("a[rel=next]").Attr("href")
	two := w.get(t, "", next).ok(t, 200)
	if a, b := len(one.Select(".cards article")), len(two.Select(".cards article")); a != 12 || b != 2 {
		t.Fatalf("%d and %d entries", a, b)
	}
	two.MustHave("a[rel=prev]")
}

func TestToolPageAndHelped(t *testing.T) {
	w := newWorld(t)
	toolID := w.written(t)
	page := w.get(t, "", "/toolbox/"+toolID).ok(t, 200)
	page.MustHave("#method ol li", "做一个开口套")
	page.MustHave("figure.measure", "0.02")
	page.MustHave("aside a[href=/masters/"+near+"]", "林国栋")
	w.post(t, "", "/toolbox/"+toolID+"/helped", nil).to(t, "/signin")
	for range 2 {
		w.post(t, worker, "/toolbox/"+toolID+"/helped", nil).to(t, "/toolbox/"+toolID)
	}
	w.post(t, near, "/toolbox/"+toolID+"/helped", nil).ok(t, 403)
	if n := len(w.get(t, near, "/toolbox/"+toolID).Select("form[action$=helped]")); n != 0 {
		t.Error("the author is asked whether it helped")
	}
	w.get(t, "", "/toolbox/"+toolID).MustHave("dd", "1 人说有帮助")
	edit := url.Values{"version": {"1"}, "title": {"改过的标题"}, "problem": {"椭圆"}, "method": {"开口套"}}
	w.post(t, near, "/toolbox/"+toolID+"/edit", edit).to(t, "/toolbox/"+toolID)
	stale := w.post(t, near, "/toolbox/"+toolID+"/edit", edit).ok(t, 409)
	stale.MustHave(".summary", "有人改过")
	stale.MustHave("input[name=version][value=2]")
	w.post(t, far, "/toolbox/"+toolID+"/edit", edit).ok(t, 403)
	w.post(t, near, "/toolbox/"+toolID+"/edit", url.Values{"version": {"2"}, "title": {""}}).ok(t, 422).MustHave("input[name=title][aria-invalid=true]")
}

// A language other than Chinese has no Chinese left in what the hall itself says.
func TestEnglishIsComplete(t *testing.T) {
	w := newWorld(t)
	page := w.english(t, contactA, "/needs/new").ok(t, 200)
	for _, label := range page.Select("label, legend, .field-help, h1, h2, button") {
		if s := label.Text(); hasHan(s) && !strings.Contains(s, "新阳路") && s != "中文" {
			t.Errorf("Chinese on an English page: %q", s)
		}
	}
}

func hasHan(s string) bool {
	for _, r := range s {
		if r >= 0x4e00 && r <= 0x9fff {
			return true
		}
	}
	return false
}

func TestScriptIsServed(t *testing.T) {
	w := newWorld(t)
	src := w.get(t, contactA, "/needs/new").MustHave("script[src^=/static/exchange/form.js]").Attr("src")
	got := w.ask(t, "", httptest.NewRequest("GET", src, nil))
	if got.Code != 200 || !strings.Contains(got.Header().Get("Cache-Control"), "immutable") {
		t.Fatalf("%d %s", got.Code, got.Header().Get("Cache-Control"))
	}
}
