package exchangeweb_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/unionhall/unionhall/internal/exchange"
)

func TestAskingAMasterForAnOpenNeed(t *testing.T) {
	w := newWorld(t)
	n := w.posted(t)
	other := need()
	other.Set("trade", "weaving")
	other.Set("title", "喷气织机断纬停台")
	woven := strings.TrimPrefix(w.post(t, contactA, "/needs", other).to(t, "/needs/"), "/needs/")

	page := w.get(t, contactA, "/needs/ask?master="+near).ok(t, 200)
	page.MustHave("h1", "请林国栋帮忙")
	page.MustHave("#fit .sheet", "不锈钢薄壁套车完一松卡爪就椭圆", "工种对口：数控车工")
	page.MustHave("#unfit .sheet", "喷气织机断纬停台", "工种不对口：要的是织造，对方是数控车工")
	page.MustNotHave("#unfit form")
	page.MustNotHave("form[action=/needs/" + woven + "/invite]")
	w.english(t, contactA, "/needs/ask?master="+near).ok(t, 200)
	form := page.MustHave("#fit form[action=/needs/" + n + "/invite] input[name=offer]")
	w.post(t, contactA, "/needs/"+n+"/invite", url.Values{"offer": {form.Attr("value")}}).to(t, "/needs/"+n)
	page = w.get(t, contactA, "/needs/ask?master="+near).ok(t, 200)
	page.MustNotHave("#fit form")
	page.MustHave("#fit a[href=/needs/" + n + "]")

	// Others are shown their own needs and nobody else's.
	for _, who := range []string{contactB, clerkA, worker} {
		p := w.get(t, who, "/needs/ask?master="+near).ok(t, 200)
		p.MustNotHave("main", "薄壁套")
		p.MustNotHave("main form")
	}
	w.get(t, contactA, "/needs/ask").to(t, "/masters")
	for _, bad := range []string{"x", pid(99), worker} {
		w.get(t, contactA, "/needs/ask?master="+bad).ok(t, 404)
		if bad != worker {
			w.get(t, contactA, "/needs/new?master=x").ok(t, 404)
		}
	}
	w.get(t, "", "/needs/ask?master="+near).to(t, "/signin")
}

func TestPostingANeedForAMaster(t *testing.T) {
	w := newWorld(t)
	to := w.get(t, contactA, "/needs/ask?master="+near).ok(t, 200).MustHave("#new a.btn").Attr("href")
	form := w.get(t, contactA, to).ok(t, 200)
	form.MustHave("form input[name=master][value=" + near + "]")
	form.MustHave("form", "发布后会邀请林国栋")

	v := need()
	v.Set("master", near)
	v.Set("title", "")
	w.post(t, contactA, "/needs", v).ok(t, http.StatusUnprocessableEntity).MustHave("form input[name=master][value=" + near + "]")
	v.Set("title", "薄壁套变椭圆")
	once := w.post(t, contactA, "/needs", v).to(t, "/needs/")
	if again := w.post(t, contactA, "/needs", v).to(t, "/needs/"); again != once {
		t.Fatalf("posted twice: %s and %s", once, again)
	}
	c, _, err := w.s.Case(t.Context(), w.who[contactA], strings.TrimPrefix(once, "/needs/"))
	if err != nil || len(c.Engagements) != 1 || c.Engagements[0].OwnerID != near || c.Engagements[0].State != exchange.Invited {
		t.Fatalf("the master is invited once: %+v %v", c.Engagements, err)
	}

	// Whom it does not fit is not invited, and the need stands.
	v = need()
	v.Set("master", weaver)
	kept := w.post(t, contactA, "/needs", v)
	id := strings.TrimPrefix(kept.to(t, "/needs/"), "/needs/")
	if said := strings.Join(kept.flashed(t), " "); said == "" {
		t.Fatal("nothing is said of it")
	}
	if c, _, err := w.s.Case(t.Context(), w.who[contactA], id); err != nil || len(c.Engagements) != 0 || c.Need.State != exchange.NeedOpen {
		t.Fatalf("%+v %v", c, err)
	}
	v.Set("master", "x")
	w.post(t, contactA, "/needs", v).ok(t, 404)
}

// A person who speaks for several enterprises chooses among those in business, and whom to ask is kept on the way.
func TestClosedEnterprisesAreNotOffered(t *testing.T) {
	w := newWorld(t)
	both := w.who[contactA]
	both.Enterprises = append(both.Enterprises, firmB)
	w.who[contactA] = both
	page := w.get(t, contactA, "/needs/new?master="+near).ok(t, 200)
	page.MustHave("a[href*=enterprise]", "海沧精密机械有限公司")
	page.MustHave("a[href*=enterprise]", "安溪茶业有限公司")
	page.MustHave("a[href*='master=" + near + "']")

	close := func(id string) {
		f := w.hall.Firms[id]
		f.Closed = true
		w.hall.Firms[id] = f
	}
	close(firmA)
	w.get(t, contactA, "/needs/new").ok(t, 200).MustHave("form input[name=enterprise][value=" + firmB + "]")
	close(firmB)
	w.get(t, contactA, "/needs/new").ok(t, http.StatusConflict).MustHave("main", "这家企业已经停用")
	w.get(t, contactA, "/needs").ok(t, 200).MustNotHave("main a[href=/needs/new]")
	w.post(t, contactA, "/needs", need()).ok(t, http.StatusConflict)
}

// A master who takes nothing says so, and the enterprise still sees what it could ask.
func TestAskingAPausedMaster(t *testing.T) {
	w := newWorld(t)
	w.posted(t)
	p := w.hall.People[near]
	p.Master = false
	w.hall.AddProvider(p)
	if err := w.s.SyncMaster(t.Context(), near); err != nil {
		t.Fatal(err)
	}
	page := w.get(t, contactA, "/needs/ask?master="+near).ok(t, 200)
	page.MustHave(".notice", "对方目前不接单")
	page.MustHave("#unfit .sheet", "对方目前不接单")
	page.MustNotHave("#new")
	page.MustNotHave("main form")
}
