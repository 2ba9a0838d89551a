package exchangeweb_test

import (
	"net/url"
	"testing"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/lang"
)

// lending is a kind with a field of every type, made while the hall runs: workers lend tools to firms.
func lending() exchange.Kind {
	both := func(s string) lang.Text { return lang.Text{ZH: s, EN: s} }
	lo, hi := 1.0, 50.0
	return exchange.Kind{
		ID: "tool-lending", Status: exchange.KindOpen, Name: lang.Text{ZH: "工具互助", EN: "Tool lending"}, Summary: both("借工具"),
		Need: exchange.Form{By: exchange.ByWorker, Label: lang.Text{ZH: "借用需求", EN: "Wish to borrow"}, Fields: []exchange.Field{
			{Key: "what", Type: exchange.Title, Label: lang.Text{ZH: "借什么", EN: "What"}, Required: true},
			{Key: "tools", Type: exchange.Choices, List: "tool", Label: both("种类"), Required: true},
			{Key: "why", Type: exchange.Prose, Label: both("用途")},
			{Key: "brand", Type: exchange.Line, Label: both("品牌"), Limit: 10},
			{Key: "pieces", Type: exchange.Number, Label: both("数量"), Required: true, Min: &lo, Max: &hi, Unit: "件"},
			{Key: "back", Type: exchange.Date, Label: both("归还日期")},
			{Key: "insured", Type: exchange.YesNo, Label: both("需要保险")},
			{Key: "where", Type: exchange.Place, Label: both("地点"), Required: true},
			{Key: "when", Type: exchange.Days, Label: both("日期"), Required: true},
			{Key: "haste", Type: exchange.Urgency, Label: both("急不急")},
			{Key: "gain", Type: exchange.Gauge, Label: both("指标"), Required: true},
			{Key: "papers", Type: exchange.Files, Label: both("文件")},
		}},
		Offer: exchange.Form{By: exchange.ByWorker, Label: lang.Text{ZH: "出借工具", EN: "Tools to lend"}, Fields: []exchange.Field{
			{Key: "what", Type: exchange.Title, Label: both("出借什么"), Required: true},
			{Key: "tools", Type: exchange.Choices, List: "tool", Label: both("种类"), Required: true},
			{Key: "pieces", Type: exchange.Number, Label: both("最多几件"), Required: true},
		}},
		Lists: []exchange.List{{Key: "tool", Name: both("种类"), Terms: []exchange.Term{
			{Code: "drill", Name: lang.Text{ZH: "电钻", EN: "Drill"}}, {Code: "gauge", Name: lang.Text{ZH: "量具", EN: "Gauge"}}}}},
		Conditions: []exchange.Condition{{Kind: exchange.Same, Need: "tools", Offer: "tools"}, {Kind: exchange.Reach}, {Kind: exchange.Capacity},
			{Kind: exchange.AtLeast, Need: "pieces", Offer: "pieces"}},
		Steps: exchange.Steps{Masters: 2, Advice: true, Outcome: true},
	}
}

// A kind made at run time has its pages at once, whatever fields it asks.
func TestAKindMadeAtRunTime(t *testing.T) {
	w := newWorld(t)
	if _, err := w.s.SaveKind(t.Context(), actor.Hall, lending()); err != nil {
		t.Fatal(err)
	}
	w.get(t, contactA, "/needs/new").ok(t, 200).MustHave("a[href='/needs/new?kind=tool-lending']", "工具互助")
	w.get(t, worker, "/work").ok(t, 200).MustHave("a[href=/offers/tool-lending]", "出借工具")

	// Somebody offers.
	page := w.get(t, worker, "/offers/tool-lending").ok(t, 200)
	page.MustHave("select[name='base.at']")
	offer := url.Values{"what": {"冲击钻两把"}, "tools": {"drill", "gauge"}, "pieces": {"２"}, "base.at": {"/0/35/01/03/"}, "reach": {"30"}, "capacity": {"1"}}
	for field, bad := range map[string]string{"what": "", "reach": "很远", "capacity": "1.5", "pieces": "", "base.at": "/nowhere/"} {
		form := url.Values{}
		for k, v := range offer {
			form[k] = v
		}
		form.Set(field, bad)
		w.post(t, worker, "/offers/tool-lending", form).ok(t, 422).MustHave("[name='" + field + "'][aria-invalid=true]")
	}
	w.post(t, worker, "/offers/tool-lending", offer).to(t, "/offers")
	w.get(t, worker, "/offers").ok(t, 200).MustHave("article", "冲击钻两把", "接单中", "电钻")

	// Somebody needs.
	page = w.get(t, weaver, "/needs/new?kind=tool-lending").ok(t, 200)
	page.MustHave("input[type=checkbox][name=tools][value=drill]")
	page.MustHave("input[type=date][name=back]")
	page.MustHave("input[type=checkbox][name=insured]")
	form := url.Values{"kind": {"tool-lending"}, "what": {"借冲击钻"}, "tools": {"drill"}, "pieces": {"１"}, "back": {"2026-04-01"}, "insured": {"on"},
		"where": {"集美区"}, "where.at": {"/0/35/01/"}, "when": {"2026-03-10"}, "when.to": {"2026-03-12"}, "haste": {"urgent"}, "brand": {"博世"},
		"gain.name": {"孔数"}, "gain.before": {"0"}, "gain.target": {"200"}, "gain.unit": {"个"}}
	for field, c := range map[string]struct{ bad, control string }{"tools": {"", "tools"}, "pieces": {"99", "pieces"}, "back": {"四月", "back"},
		"brand": {"一二三四五六七八九十十一", "brand"}, "when": {"", "when"}, "where.at": {"", "where.at"}} {
		bad := url.Values{}
		for k, v := range form {
			bad[k] = v
		}
		bad.Set(field, c.bad)
		if field == "when" {
			bad.Set("when.to", "")
		}
		w.post(t, weaver, "/needs", bad).ok(t, 422).MustHave(".field-wrong [name='" + c.control + "']")
	}
	empty := url.Values{}
	for k, v := range form {
		empty[k] = v
	}
	for _, k := range []string{"gain.name", "gain.before", "gain.target", "gain.unit"} {
		empty.Set(k, "")
	}
	w.post(t, weaver, "/needs", empty).ok(t, 422).MustHave("input[name='gain.name'][aria-invalid=true]")
	to := w.post(t, weaver, "/needs", form).to(t, "/needs/")
	page = w.get(t, weaver, to).ok(t, 200)
	page.MustHave("#masters li", "黄小满")
	page.MustHave("dl", "电钻", "1 件", "2026年4月1日", "是", "博世", "紧急")
	page.MustNotHave("#masters a[href^=/masters/]") // who is no master has no page there
	w.get(t, weaver, "/needs").ok(t, 200).MustHave("article", "借冲击钻")

	// And it goes on: no visit, no rating, no toolbox in this kind.
	at := w.post(t, worker, to+"/accept", url.Values{"offer": {w.offerOf(t, worker)}}).to(t, to+"/engagements/")
	page = w.get(t, worker, at).ok(t, 200)
	if got := len(page.Select(".path > li")); got != 3 {
		t.Errorf("%d steps", got)
	}
	page.MustNotHave("#propose")
	page.MustNotHave("input[name=stars]")
	w.post(t, worker, at+"/visits", url.Values{"from": {"2026-03-10T09:00"}, "to": {"3"}}).ok(t, 403)
	w.post(t, worker, at+"/close", url.Values{"result": {"solved"}, "after": {"200"}}).to(t, at)
	w.post(t, weaver, at+"/close", url.Values{"result": {"solved"}, "after": {"210"}}).to(t, at)
	w.get(t, weaver, at).ok(t, 200).MustHave("#outcome", "210", "达到目标")
	w.english(t, weaver, to).ok(t, 200).MustHave(".eyebrow", "Wish to borrow")
}

func TestAMastersOfferFollowsTheEntry(t *testing.T) {
	w := newWorld(t)
	page := w.get(t, near, "/offers/expert-visit").ok(t, 200)
	page.MustHave("dl", "高级技师", "数控车工")
	page.MustNotHave("input[name=title]")
	w.post(t, near, "/offers/expert-visit", url.Values{"reach": {"15"}, "capacity": {"3"}, "paused": {"on"}}).to(t, "/offers")
	o, err := w.store.OffersOf(t.Context(), near)
	if err != nil || o[0].Reach != 15_000 || o[0].Capacity != 3 || o[0].Status != exchange.OfferPaused || o[0].Title != "高级技师" || !o[0].Spot.Known() {
		t.Fatalf("%+v %v", o, err)
	}
	w.get(t, near, "/offers").ok(t, 200).MustHave("article", "已暂停")

	// What was said of the offer itself outlives a change of the entry, and can be left to it again.
	p := w.hall.People[near]
	p.Reach, p.MaxLoad, p.Title = 90_000, 6, "特级技师"
	w.hall.People[near] = p
	kept := func(reach float64, capacity int) {
		t.Helper()
		if err := w.s.SyncMaster(t.Context(), near); err != nil {
			t.Fatal(err)
		}
		if o, err := w.store.OffersOf(t.Context(), near); err != nil || o[0].Reach != reach || o[0].Capacity != capacity || o[0].Title != "特级技师" {
			t.Fatalf("%+v %v", o, err)
		}
	}
	kept(15_000, 3)
	page = w.get(t, near, "/offers/expert-visit").ok(t, 200)
	page.MustHave("input[name=reach][value='15']")
	page.MustHave("input[name=capacity][value='3']")
	w.post(t, near, "/offers/expert-visit", url.Values{"reach": {"x"}, "capacity": {"0"}}).ok(t, 422).MustHave("[name=reach][aria-invalid=true]")
	w.post(t, near, "/offers/expert-visit", url.Values{"reach": {""}, "capacity": {"4"}, "paused": {"on"}}).to(t, "/offers")
	kept(90_000, 4)
	w.post(t, near, "/offers/expert-visit", url.Values{"paused": {"on"}}).to(t, "/offers")
	kept(90_000, 6)
	if v := w.get(t, near, "/offers/expert-visit").ok(t, 200).MustHave("input[name=reach]").Attr("value"); v != "" {
		t.Errorf("what is left to the entry is filled in as %q", v)
	}
	n := w.posted(t)
	w.get(t, near, "/needs/"+n).ok(t, 404) // a paused offer is shown nothing
	w.get(t, near, "/offers/no-such").ok(t, 404)
}
