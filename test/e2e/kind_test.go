package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/lang"
)

// TestKindMadeAtRunTime has an officer make a kind of need that the hall has never heard of (lessons that a worker
// gives in a workshop, with fields, a list and conditions of its own), and takes it through everything by its people:
// the worker offers, a firm asks, they meet, agree on a day, close, and leave what was learned.
func TestKindMadeAtRunTime(t *testing.T) {
	h := must[*house](t)(runHouse("kinds", nil))
	before := h.log.len()
	makeLessons(as(t, h, lead, "lead", look{lang: "zh", width: 1440}))
	w := as(t, h, worker, "worker", look{lang: "zh", width: 390})
	offerLessons(w)
	c := as(t, h, contact, "contact", look{lang: "zh", width: 390})
	askForLesson(c, w)
	for _, line := range h.log.since(before) {
		t.Errorf("the hall logged: %s", line)
	}
}

// row fills in several controls of one row of the editor.
func row(w *window, at string, values ...string) {
	w.t.Helper()
	for i := 0; i+1 < len(values); i += 2 {
		w.fill(at+"."+values[i], values[i+1])
	}
}

// add presses the button that adds a row to a list of the editor, and waits until it is there.
func add(w *window, list string, n int) string {
	w.t.Helper()
	at := fmt.Sprintf("%s[%d]", list, n)
	b := w.at(`button[value="` + list + `:add"]`)
	w.click(b.X, b.Y)
	w.until("the row "+at, fmt.Sprintf(`document.querySelector(%s)`, quote(`[name="`+at+`"]`)))
	return at
}

func makeLessons(w *window) {
	w.to("/console/kinds")
	w.followIn("main", w.say("console.kinds.new"))
	row(w, "name", "zh", "上门讲一课", "en", "A lesson on site")
	row(w, "summary", "zh", "懂行的职工到车间讲一课，人数、内容、时间对得上就成。", "en", "Somebody who knows gives a lesson in the workshop.")
	w.fill("id", "lesson")

	w.fill("need.by", "enterprise")
	row(w, "need.label", "zh", "想听的课", "en", "Lesson wanted")
	row(w, "need.fields[0].label", "zh", "想听什么", "en", "What about")
	row(w, "need.fields[1].label", "zh", "大家平时卡在哪里", "en", "Where people get stuck")
	w.fill("offer.by", "worker")
	row(w, "offer.label", "zh", "能讲的课", "en", "Lesson offered")
	row(w, "offer.fields[0].label", "zh", "这门课叫什么", "en", "Name of the lesson")
	row(w, "offer.fields[1].label", "zh", "讲些什么", "en", "What it tells")
	for _, at := range []string{"offer.fields[0]", "offer.fields[1]"} {
		w.fill(at+".open", "on")
		w.fill(at+".from", "")
	}

	at := add(w, "lists", 0)
	row(w, at, "name.zh", "课程", "name.en", "Topic", "terms", "# 安全 | Safety\nfirst-aid | 急救 | First aid | 心肺复苏、包扎\nfire | 消防 | Fire | 灭火器\n# 电脑 | Computers\nsheets | 电子表格 | Spreadsheets | Excel")

	at = add(w, "need.fields", 2)
	row(w, at, "label.zh", "哪一门", "label.en", "Topic", "type", "choice")
	w.fill(at+".list", "topic")
	w.fill(at+".required", "on")
	at = add(w, "need.fields", 3)
	row(w, at, "label.zh", "多少人听", "label.en", "Listeners", "type", "number")
	w.fill(at+".required", "on")
	at = add(w, "need.fields", 4)
	row(w, at, "label.zh", "在哪里讲", "label.en", "Where", "type", "place")
	w.fill(at+".required", "on")
	at = add(w, "need.fields", 5)
	row(w, at, "label.zh", "怎样算学会", "label.en", "What counts as learned", "type", "measure")

	at = add(w, "offer.fields", 2)
	row(w, at, "label.zh", "能讲哪几门", "label.en", "Topics", "type", "choices")
	w.fill(at+".list", "topic")
	w.fill(at+".required", "on")
	at = add(w, "offer.fields", 3)
	row(w, at, "label.zh", "最多带多少人", "label.en", "Seats", "type", "number")
	w.fill(at+".required", "on")

	at = add(w, "conditions", 1)
	w.fill(at+".kind", "same")
	row(w, at, "need", "topic", "offer", "topics")
	at = add(w, "conditions", 2)
	w.fill(at+".kind", "at-least")
	row(w, at, "need", "listeners", "offer", "seats")
	at = add(w, "conditions", 3)
	w.fill(at+".kind", "reach")
	w.fill("steps.visit", "on")
	w.fill("steps.toolbox", "on")
	w.followIn("#kind-form", w.say("console.editor.save"))
	w.see(w.say("console.editor.saved", "name", "上门讲一课", "version", 1))
	w.press(w.say("console.kind.to-open"))
	w.followIn(".ask:popover-open", w.say("console.kind.to-open"))
	w.see(w.say("console.kind.now-open", "name", "上门讲一课"))
}

func offerLessons(w *window) {
	w.to("/offers")
	w.seeIn("main", "能讲的课")
	w.followIn("main", w.say("exchange.offers.make"))
	w.fill("title", "心肺复苏动手练")
	w.fill("about", "每人都在假人身上按够五分钟，讲清什么时候按、按多深。")
	w.fill("topics", "first-aid")
	w.fill("seats", "30")
	w.fill("base", "泉州市丰泽区")
	w.fill("base.at", option(w, "base.at", "丰泽"))
	w.fill("reach", "60")
	w.fill("capacity", "2")
	w.followIn("main form", w.say("exchange.offers.save"))
	w.to("/offers")
	w.seeIn("main", "心肺复苏动手练")
}

// option is the value of the first choice whose words contain some.
func option(w *window, name, words string) string {
	w.t.Helper()
	return eval[string](w, fmt.Sprintf(`([...document.querySelectorAll(%s)].find(o => o.textContent.includes(%s)) || {value: ""}).value`,
		quote(`[name="`+name+`"] option`), quote(words)))
}

func askForLesson(c, w *window) {
	t := c.t
	w.to("/work")
	heard := unread(w)
	c.to("/needs/new")
	c.followIn("main", "上门讲一课")
	ask := func(listeners string) {
		c.fill("title", "给夜班讲一次心肺复苏")
		c.fill("story", "上个月有人在车间晕倒，没人敢动手。")
		c.fill("topic", "first-aid")
		c.fill("listeners", listeners)
		c.fill("measure.name", "会按的人")
		c.fill("measure.unit", "人")
		c.fill("measure.before", "2")
		c.fill("measure.target", "20")
		c.followIn("main form", c.say("exchange.draft.post"))
	}
	ask("500") // more than anybody takes
	c.seeIn("#masters", c.say("exchange.need.no-masters"))
	c.to("/needs/new")
	c.followIn("main", "上门讲一课")
	ask("24")
	c.seeIn("#masters", "心肺复苏动手练")
	c.seeIn("#masters .chips", "急救")
	need := c.path()

	rings(w, heard)
	w.to("/notices")
	w.followIn("#notices", w.say("notice.exchange.fits", "title", "给夜班讲一次心肺复苏"))
	if w.path() != need {
		t.Errorf("the notice leads to %s", w.path())
	}
	w.followIn("main", w.say("exchange.need.take"))
	deal := w.path()
	c.to(deal)
	w.fillIn("#say", "body", "带两个假人过来，要一块两米见方的空地。")
	w.followIn("#say", w.say("exchange.thread.send"))
	c.seeIn("#thread", "两米见方的空地")

	from := c.h.clock.Now().In(lang.Zone).AddDate(0, 0, 1).Truncate(time.Hour)
	w.press(w.say("exchange.visit.propose"))
	w.fill("from", from.Format("2006-01-02T15:04"))
	w.followIn("#propose", w.say("exchange.visit.propose.do"))
	c.seeIn("#progress", c.say("exchange.visit.agree"))
	c.followIn("#progress", c.say("exchange.visit.agree"))
	c.h.later(t, 30*time.Hour)
	c.to(deal)
	c.followIn("#progress", c.say("exchange.visit.confirm"))

	for i, x := range []*window{c, w} {
		x.to(deal)
		if i == 0 {
			x.press(x.say("exchange.close.title"))
		}
		x.fillIn("#close", "result", "solved")
		x.fillIn("#close", "after", "22")
		x.fillIn("#close", "stars", "5")
		x.followIn("#close", x.say("exchange.close.do"))
	}
	w.fillIn("#tool", "title", "车间里怎么练心肺复苏")
	w.fillIn("#tool", "problem", "有人晕倒没人敢按。")
	w.fillIn("#tool", "method", "1. 先喊人、打电话。\n2. 按两寸深，一秒两下。")
	w.followIn("#tool", w.say("exchange.tool.publish"))
	w.seeIn("h1", "车间里怎么练心肺复苏")
	w.seeIn("main", "22")
}
