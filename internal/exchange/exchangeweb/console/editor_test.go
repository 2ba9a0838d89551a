package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/exchange/exchangetest"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web/htmlcheck"
	"github.com/unionhall/unionhall/internal/web/ui"
)

// kindOf makes a kind of a union as its lead, a copy of the built-in one.
func (w *world) kindOf(a actor.Actor, kindID, union string) exchange.Kind {
	w.t.Helper()
	k, err := w.Service.Kind(a, "expert-visit")
	if err != nil {
		w.t.Fatal(err)
	}
	k.ID, k.Version, k.Status, k.UnionID, k.UnionPath = kindID, 0, exchange.KindDraft, union, union
	if k, err = w.Service.SaveKind(w.t.Context(), a, k); err != nil {
		w.t.Fatal(err)
	}
	return k
}

// click sends a form with one of its buttons, and gives the page that comes back.
func (w *world) click(a actor.Actor, path string, v url.Values, do string) (*htmlcheck.Doc, int) {
	w.t.Helper()
	v = clone(v)
	v.Set("do", do)
	rec := w.post(a, path, v)
	if rec.Code == http.StatusSeeOther {
		return w.page(a, rec.Header().Get("Location")), rec.Code
	}
	doc := htmlcheck.Parse(w.t, rec.Body)
	doc.Sound()
	return doc, rec.Code
}

// A lead makes a whole kind by the forms alone, without scripts, opens it, and it serves at once.
func TestAKindMadeThroughTheFormsTakesNeeds(t *testing.T) {
	w := newWorld(t)
	const path = "/console/kinds/new"
	v := controls(t, w.page(w.LeadA, path), "#kind-form")
	press := func(do string) {
		t.Helper()
		doc, code := w.click(w.LeadA, path, v, do)
		if code != http.StatusOK {
			t.Fatalf("%s: %d", do, code)
		}
		kept := controls(t, doc, "#kind-form")
		for name, was := range v { // everything typed is still there
			if !strings.Contains(do, "remove") && !strings.Contains(do, "up") && !reflect.DeepEqual(kept[name], was) && name != "do" && !strings.HasSuffix(name, ".key") {
				t.Fatalf("%s: %s was %q, is %q", do, name, was, kept[name])
			}
		}
		v = kept
	}
	set := func(pairs ...string) {
		for i := 0; i < len(pairs); i += 2 {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	set("id", "tea-advice", "union", cityA, "name.zh", "茶叶加工指导", "name.en", "Tea advice", "summary.zh", "做青、烘焙", "summary.en", "Tea",
		"need.label.zh", "做茶难题", "need.label.en", "Tea problem", "offer.label.zh", "制茶师傅", "offer.label.en", "Tea master",
		"need.fields[0].label.zh", "一句话", "need.fields[0].label.en", "In one line", "need.fields[1].label.zh", "情况", "need.fields[1].label.en", "What happens",
		"offer.fields[0].label.zh", "头衔", "offer.fields[0].label.en", "Title", "offer.fields[1].label.zh", "专长", "offer.fields[1].label.en", "Speciality")
	press("lists:add")
	set("lists[0].name.zh", "茶类", "lists[0].name.en", "Kind of tea", "lists[0].terms", "# 青茶 | Oolong\nyancha\t岩茶\tRock tea\t武夷茶,大红袍\ntieguanyin | 铁观音 | Tieguanyin\n白茶, White tea")
	press("need.fields:add")
	set("need.fields[2].label.zh", "什么茶", "need.fields[2].label.en", "Which tea", "need.fields[2].type", "choice", "need.fields[2].required", "on", "need.fields[2].list", "kind_of_tea")
	press("need.fields:add")
	set("need.fields[3].label.zh", "多少斤", "need.fields[3].label.en", "How much", "need.fields[3].type", "number", "need.fields[3].unit", "斤", "need.fields[3].min", "1", "need.fields[3].max", "5，000")
	press("offer.fields:add")
	set("offer.fields[2].label.zh", "会做的茶", "offer.fields[2].label.en", "Teas", "offer.fields[2].type", "choices", "offer.fields[2].list", "kind_of_tea")
	press("offer.fields:add") // one too many
	press("offer.fields[3]:remove")
	press("conditions:add")
	set("conditions[1].kind", "same", "conditions[1].need", "which_tea", "conditions[1].offer", "teas")
	press("conditions[1]:up")
	set("steps.visit", "on", "steps.toolbox", "on", "steps.follow_ups", "15、45", "steps.masters", "2")

	doc, code := w.click(w.LeadA, path, v, "save")
	if code != http.StatusSeeOther {
		t.Fatalf("%d: %s", code, doc.MustHave(".summary").Text())
	}
	doc.MustHave("h1", "茶叶加工指导", "草稿")
	k, err := w.Service.Kind(w.LeadA, "tea-advice")
	if err != nil {
		t.Fatal(err)
	}
	if k.UnionPath != cityA || k.Status != exchange.KindDraft || k.Steps.Masters != 2 || !reflect.DeepEqual(k.Steps.FollowUps, []int{15, 45}) || *k.Need.Fields[3].Max != 5000 {
		t.Errorf("%+v", k)
	}
	want := []exchange.Term{{Code: "yancha", Name: lang.Text{ZH: "岩茶", EN: "Rock tea"}, Group: lang.Text{ZH: "青茶", EN: "Oolong"}, Also: []string{"武夷茶", "大红袍"}},
		{Code: "tieguanyin", Name: lang.Text{ZH: "铁观音", EN: "Tieguanyin"}, Group: lang.Text{ZH: "青茶", EN: "Oolong"}},
		{Code: "white-tea", Name: lang.Text{ZH: "白茶", EN: "White tea"}, Group: lang.Text{ZH: "青茶", EN: "Oolong"}}}
	if !reflect.DeepEqual(k.Lists[0].Terms, want) {
		t.Errorf("terms: %+v", k.Lists[0].Terms)
	}
	if !reflect.DeepEqual(k.Conditions, []exchange.Condition{{Kind: exchange.Same, Need: "which_tea", Offer: "teas"}, {Kind: exchange.Capacity}}) {
		t.Errorf("conditions: %+v", k.Conditions)
	}

	draft := exchange.Draft{KindID: "tea-advice", EnterpriseID: "firm-a", Values: exchange.Values{"title": {Text: "岩茶焙火有焦味"},
		"story": {Text: "炭焙第二道就焦"}, "which_tea": {Text: "yancha"}, "how_much": {Text: "300"}}}
	if _, err := w.Service.Post(t.Context(), w.Firm, draft); err == nil {
		t.Error("a draft takes no needs")
	}
	status := controls(t, doc, "form[action=/console/kinds/tea-advice/status]")
	if rec := w.post(w.LeadA, "/console/kinds/tea-advice/status", status); rec.Code != http.StatusSeeOther {
		t.Fatalf("opening: %d %s", rec.Code, rec.Body)
	}
	n, err := w.Service.Post(t.Context(), w.Firm, draft)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Service.SyncMaster(t.Context(), w.Near.ID); err != nil {
		t.Fatal(err)
	}
	w.page(w.ClerkA, "/console/needs").MustHave("tbody tr", n.Title, "岩茶", "茶叶加工指导")
	w.page(w.LeadA, "/console/kinds").MustHave("tbody tr", "茶叶加工指导", "开放", "厦门市总工会")
}

// What the editor shows of a kind and gets back unchanged is the kind: through the page, as a browser sends it.
func TestTheEditorLosesNothing(t *testing.T) {
	w := newWorld(t)
	w.who["root"] = exchangetest.Officer("root", actor.Lead, nation)
	same := func(k exchange.Kind, save func() exchange.Kind) {
		t.Helper()
		got := save()
		k.Version, k.Updated = got.Version, got.Updated
		if !reflect.DeepEqual(got, k) {
			t.Errorf("\n got %+v\nwant %+v", got, k)
		}
	}
	built, err := w.Service.Kind(w.Lead, "expert-visit")
	if err != nil {
		t.Fatal(err)
	}
	same(built, func() exchange.Kind { return w.resave(t, w.who["root"], built) })
	i := 0
	rapid.Check(t, func(r *rapid.T) {
		k := drawKind(r)
		i++
		k.ID = fmt.Sprintf("drawn-%d", i)
		k, err := w.Service.SaveKind(t.Context(), w.LeadA, k)
		if err != nil {
			r.Fatalf("the drawn kind is no kind: %v", err)
		}
		got := w.resave(t, w.LeadA, k)
		k.Version, k.Updated = got.Version, got.Updated
		if !reflect.DeepEqual(got, k) {
			r.Fatalf("\n got %+v\nwant %+v", got, k)
		}
	})
}

// resave opens the editor and saves what it shows.
func (w *world) resave(t *testing.T, a actor.Actor, k exchange.Kind) exchange.Kind {
	t.Helper()
	path := "/console/kinds/" + k.ID
	v := controls(t, parse(t, w.get(a, path)), "#kind-form")
	v.Set("do", "save")
	if rec := w.post(a, path, v); rec.Code != http.StatusSeeOther {
		t.Fatalf("%d: %s", rec.Code, parse(t, rec).MustHave(".summary").Text())
	}
	got, err := w.Service.Kind(a, k.ID)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func drawText(r *rapid.T, name string) lang.Text {
	// What can be typed into one line: no outer, double or control blanks, which are tidied away.
	part := rapid.StringMatching(`[一-龥a-zA-Z0-9|\\#、,;"'<>&=／]{1,12}( [一-龥a-z|\\、,#]{1,6})?`)
	return lang.Text{ZH: part.Draw(r, name+".zh"), EN: part.Draw(r, name+".en")}
}

func drawKind(r *rapid.T) exchange.Kind {
	k := exchange.Kind{Status: exchange.KindDraft, UnionID: cityA, UnionPath: cityA, Name: drawText(r, "name"), Summary: drawText(r, "summary")}
	for i := range rapid.IntRange(1, 3).Draw(r, "lists") {
		l := exchange.List{Key: fmt.Sprintf("list_%d", i), Name: drawText(r, "list")}
		for j := range rapid.IntRange(1, 5).Draw(r, "terms") {
			term := exchange.Term{Code: fmt.Sprintf("t-%d", j), Name: drawText(r, "term")}
			if rapid.Bool().Draw(r, "grouped") {
				term.Group = drawText(r, "group")
			}
			for range rapid.IntRange(0, 3).Draw(r, "also") {
				term.Also = append(term.Also, drawText(r, "also").ZH)
			}
			l.Terms = append(l.Terms, term)
		}
		k.Lists = append(k.Lists, l)
	}
	k.Need, k.Offer = drawForm(r, "need", len(k.Lists)), drawForm(r, "offer", len(k.Lists))
	k.Conditions = []exchange.Condition{{Kind: exchange.Capacity}}
	if rapid.Bool().Draw(r, "same") {
		k.Need.Fields = append(k.Need.Fields, exchange.Field{Key: "pick", Type: exchange.Choice, List: "list_0", Label: drawText(r, "pick")})
		k.Offer.Fields = append(k.Offer.Fields, exchange.Field{Key: "picks", Type: exchange.Choices, List: "list_0", Label: drawText(r, "picks")})
		k.Conditions = append(k.Conditions, exchange.Condition{Kind: exchange.Same, Need: "pick", Offer: "picks"})
	}
	day := 0
	for range rapid.IntRange(0, 3).Draw(r, "follow-ups") {
		day += rapid.IntRange(1, 90).Draw(r, "days")
		k.Steps.FollowUps = append(k.Steps.FollowUps, day)
	}
	s := &k.Steps
	s.Masters, s.TellFirst = rapid.IntRange(1, 20).Draw(r, "masters"), rapid.IntRange(0, 100).Draw(r, "tell")
	for name, b := range map[string]*bool{"advice": &s.Advice, "visit": &s.Visit, "outcome": &s.Outcome, "rating": &s.Rating, "toolbox": &s.Toolbox, "anonymous": &s.Anonymous} {
		*b = rapid.Bool().Draw(r, name)
	}
	s.Waits = exchange.Waits{AnswerUrgent: rapid.IntRange(0, 99).Draw(r, "urgent"), Closing: rapid.IntRange(0, 999).Draw(r, "closing")}
	weight := rapid.Float64Range(0, 100)
	k.Weights = exchange.Weights{Text: weight.Draw(r, "text"), Distance: weight.Draw(r, "distance"), Quality: weight.Draw(r, "quality")}
	return k
}

func drawForm(r *rapid.T, name string, lists int) exchange.Form {
	types := []exchange.FieldType{exchange.Line, exchange.Prose, exchange.Choice, exchange.Choices, exchange.Number, exchange.Date, exchange.YesNo}
	once := []exchange.FieldType{exchange.Place, exchange.Days, exchange.Urgency, exchange.Gauge, exchange.Files}
	f := exchange.Form{By: rapid.SampledFrom([]exchange.Party{exchange.ByEnterprise, exchange.ByMaster, exchange.ByWorker}).Draw(r, "by"), Label: drawText(r, name)}
	f.Fields = []exchange.Field{{Key: "title", Type: exchange.Title, Label: drawText(r, "title"), Required: true,
		From: rapid.SampledFrom([]exchange.Profile{"", exchange.FromTitle}).Draw(r, "from")}}
	for i := range rapid.IntRange(0, 5).Draw(r, "fields") {
		x := exchange.Field{Key: fmt.Sprintf("f%d", i), Type: rapid.SampledFrom(types).Draw(r, "type"), Label: drawText(r, "label"),
			Required: rapid.Bool().Draw(r, "required"), Limit: rapid.IntRange(0, 500).Draw(r, "limit"), Weight: rapid.Float64Range(0, 10).Draw(r, "weight")}
		if i < len(once) && rapid.Bool().Draw(r, "once") {
			x.Type = once[i]
		}
		if rapid.Bool().Draw(r, "help") {
			x.Help = drawText(r, "help")
		}
		if x.Type == exchange.Choice || x.Type == exchange.Choices {
			x.List = fmt.Sprintf("list_%d", rapid.IntRange(0, lists-1).Draw(r, "list"))
		}
		if x.Type == exchange.Number {
			lo, hi := rapid.Float64Range(-1e6, 0).Draw(r, "min"), rapid.Float64Range(0, 1e9).Draw(r, "max")
			x.Min, x.Max, x.Unit = &lo, &hi, "mm"
		}
		f.Fields = append(f.Fields, x)
	}
	return f
}

// Faults stand where they are mended.
func TestFaultsStandAtTheirRows(t *testing.T) {
	w := newWorld(t)
	v := controls(t, w.page(w.LeadA, "/console/kinds/new?from=expert-visit"), "#kind-form")
	v.Set("id", "Not A Slug")
	v.Set("need.fields[2].label.en", "")
	v.Set("need.fields[1].list", "")
	v.Set("need.fields[3].min", "many")
	v.Set("offer.label.zh", "")
	v.Set("lists[0].terms", "a | 甲 | A\nb | 乙\na | 丙 | C")
	v.Set("conditions[0].offer", "title")
	v.Set("steps.follow_ups", "90, 30")
	v.Set("steps.masters", "0")
	v.Set("weights.load", "1000")
	doc, code := w.click(w.LeadA, "/console/kinds/new", v, "save")
	if code != http.StatusUnprocessableEntity {
		t.Fatalf("%d", code)
	}
	for _, name := range []string{"id", "need.fields[2].label.en", "need.fields[1].list", "need.fields[3].min", "offer.label.zh", "lists[0].terms",
		"conditions[0].kind", "steps.follow_ups", "steps.masters", "weights.load"} {
		doc.MustHave("#" + ui.FieldID(name) + "[aria-invalid=true]")
	}
	doc.MustHave("#f-lists-0--terms-error", "第 2 行")
	doc.MustHave("#" + ui.FieldID("need.fields[3].open") + "[checked]") // what is wrong is not folded away
	kept := controls(t, doc, "#kind-form")
	if kept.Get("need.fields[3].min") != "many" || kept.Get("lists[0].terms") != v.Get("lists[0].terms") {
		t.Error("what was typed is kept")
	}
	for _, a := range doc.Select(".summary a") {
		if !strings.HasPrefix(a.Attr("href"), "#f-") {
			t.Errorf("%s leads to %s", a.Text(), a.Attr("href"))
		}
	}

	v = controls(t, w.page(w.LeadA, "/console/kinds/new?from=expert-visit"), "#kind-form")
	for _, taken := range []string{"expert-visit", "new"} {
		v.Set("id", taken)
		doc, code = w.click(w.LeadA, "/console/kinds/new", v, "save")
		if code != http.StatusUnprocessableEntity {
			t.Fatalf("%s: %d", taken, code)
		}
		doc.MustHave("[name=id][aria-invalid=true]")
	}
}

// Whoever saves second is told, loses nothing, and chooses.
func TestTwoLeadsAtOnce(t *testing.T) {
	w := newWorld(t)
	k := w.kindOf(w.LeadA, "shared", cityA)
	path := "/console/kinds/shared"
	first, second := controls(t, w.page(w.LeadA, path), "#kind-form"), controls(t, w.page(w.Lead, path), "#kind-form")
	first.Set("name.zh", "甲改的名")
	if _, code := w.click(w.LeadA, path, first, "save"); code != http.StatusSeeOther {
		t.Fatal(code)
	}
	second.Set("steps.masters", "7")
	second.Set("name.zh", "乙改的名")
	doc, code := w.click(w.Lead, path, second, "save")
	if code != http.StatusConflict {
		t.Fatal(code)
	}
	doc.MustHave("[role=alert]", "第 2 版", "基本情况", "步骤")
	kept := controls(t, doc, "#kind-form")
	if kept.Get("name.zh") != "乙改的名" || kept.Get("steps.masters") != "7" {
		t.Error("what was typed is kept")
	}
	if now, _ := w.Service.Kind(w.Lead, k.ID); now.Name.ZH != "甲改的名" {
		t.Error("nothing was saved yet")
	}
	over := doc.MustHave("button[form=kind-form]").Attr("value")
	if _, code := w.click(w.Lead, path, kept, over); code != http.StatusSeeOther {
		t.Fatal(code)
	}
	if now, _ := w.Service.Kind(w.Lead, k.ID); now.Name.ZH != "乙改的名" || now.Version != 3 {
		t.Errorf("%+v", now.Name)
	}
	if rec := w.post(w.LeadA, path+"/status", values("status", "open", "version", "1")); rec.Code != http.StatusConflict {
		t.Errorf("opening what has changed since: %d", rec.Code)
	}
}

func TestAKindsLife(t *testing.T) {
	w := newWorld(t)
	k := w.kindOf(w.LeadA, "life", cityA)
	to := func(status string, want int) {
		t.Helper()
		now, err := w.Service.Kind(w.LeadA, k.ID)
		if err != nil {
			t.Fatal(err)
		}
		rec := w.post(w.LeadA, "/console/kinds/life/status", values("status", status, "version", fmt.Sprint(now.Version)))
		if rec.Code != want {
			t.Errorf("%s → %s: %d", now.Status, status, rec.Code)
		}
	}
	to("retired", http.StatusUnprocessableEntity)
	to("open", http.StatusSeeOther)
	to("draft", http.StatusUnprocessableEntity)
	w.page(w.LeadA, "/console/kinds/life").MustHave("form[action=/console/kinds/life/status] button", "停用")
	to("retired", http.StatusSeeOther)
	to("open", http.StatusSeeOther)

	v := controls(t, w.page(w.LeadA, "/console/kinds/life"), "#kind-form")
	v.Set("need.fields[2].type", "line")
	doc, code := w.click(w.LeadA, "/console/kinds/life", v, "save")
	if code != http.StatusUnprocessableEntity {
		t.Fatalf("the type of an answered question is fixed: %d", code)
	}
	doc.MustHave("#" + ui.FieldID("need.fields[2].type") + "[aria-invalid=true]")
	w.page(w.ClerkA, "/console/kinds/life").MustNotHave("#kind-form") // a clerk reads
}
