package e2e

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"
	"github.com/xuri/excelize/v2"

	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/lang"
)

// story is what the people of the flow type, in one language.
type story struct {
	look                              look
	title, what, machine              string
	measure, before, target, unit     string
	ask, answer                       string // the two messages
	door                              string // note to the visit
	note, praise, cause, method, gear string
	again, againWhat                  string // the next firm's words for a like problem
	firm, name, phone, password       string // the next firm and its contact
}

var stories = []story{
	{
		look:  look{lang: "zh", width: 390},
		title: "细长轴车出来中间粗两头细，换了跟刀架还是鼓肚子", what: "车一批长 820、直径 22 的调质轴，中间比两头大 0.11，图纸只让 0.03。尾座、顶尖、跟刀架都校过，转速进给也降过，一松开还弯。月底要交 300 根。",
		machine: "CK6140 数控车床，45 号钢调质", measure: "圆柱度", before: "0.11", target: "0.03", unit: "mm",
		ask: "陈师傅您好，跟刀架换的是两爪的，顶尖是死顶尖，要不要换活顶尖？", answer: "先别动顶尖。把跟刀架爪子磨成圆弧贴上去，反向走刀试一根，拍个视频给我。",
		door: "走西门，到了打车间电话，安全帽我们备好", note: "反向走刀加弹性顶尖，20 根抽检都在 0.025 以内", praise: "来得快，讲得明白",
		cause: "正向走刀时轴受压弯曲，热伸长又被死顶尖顶住。", method: "1. 改成反向走刀，轴受拉不受压。\n2. 换弹性活顶尖，让出热伸长。\n3. 跟刀架爪磨成与工件同径的圆弧。",
		gear:  "弹性活顶尖、三爪跟刀架、75° 反偏刀",
		again: "长光杆车削鼓形超差，尾座已经校过", againWhat: "车直径 25、长 900 的光杆，中间粗两头细，鼓肚子差 0.09，换了跟刀架也不行，热了以后更弯，求个办法。",
		firm: "泉州海丝光杆有限公司", name: "吴海生", phone: "15400000051", password: "guanggan-chezhi-26",
	},
	{
		look:  look{lang: "en", width: 1440},
		title: "Slender shafts come off the CK6140 barrel-shaped: 细长轴 鼓形 0.12", what: "Turning 38CrMoAl shafts, 900 long and 25 across, on a CNC lathe. The middle is 0.12 larger than the ends (车细长轴 中间粗 让刀). Follow rest and tailstock are aligned, feed and speed lowered; it still bows once it is warm.",
		machine: "CK6140 CNC lathe, 38CrMoAl", measure: "cylindricity", before: "0.12", target: "0.02", unit: "mm",
		ask: "Good morning, the follow rest has two jaws and the centre is dead. Shall we change the centre first?", answer: "Leave the centre. Grind the jaws to the radius of the shaft, turn one towards the tailstock, and send me a picture.",
		door: "West gate; ring the workshop, a helmet is waiting for you", note: "Feeding towards the tailstock with a spring centre: twenty pieces within 0.018", praise: "Came at once and explained it well",
		cause: "Feeding towards the chuck presses the shaft until it bows, and a dead centre leaves its heat nowhere to go.", method: "1. Feed towards the tailstock, so that the shaft is pulled.\n2. Use a spring-loaded live centre.\n3. Grind the jaws of the follow rest to the radius of the work.",
		gear:  "spring-loaded live centre, three-jaw follow rest",
		again: "Long polished rods turn out barrel-shaped: 细长轴 鼓形", againWhat: "Rods 30 across and 1100 long (车细长轴 中间粗) come off 0.1 larger in the middle, follow rest or not, and bow when they get warm.",
		firm: "Quanzhou Harbour Rods Ltd.", name: "Lin Haisheng", phone: "15400000052", password: "rods-and-lathes-26",
	},
}

var flowHouse = sync.OnceValues(func() (*house, error) { return runHouse("flow", nil) })

// TestExpertVisit clicks the whole exchange through, from a need to what holds ninety days later, each step in the
// windows of those who take it: a firm's contact, a master, an officer, and the next firm.
func TestExpertVisit(t *testing.T) {
	h, err := flowHouse()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range stories {
		t.Run(s.look.String(), func(t *testing.T) {
			f := &flow{story: s, t: t, h: h}
			before := h.log.len()
			f.enter()
			f.post()
			f.accept()
			f.talk()
			f.visit()
			f.close()
			f.learn()
			f.nextFirm()
			f.hold()
			f.oversee()
			for _, line := range h.log.since(before) {
				t.Errorf("the hall logged: %s", line)
			}
		})
	}
}

// flow is one run with the windows of its people.
type flow struct {
	story
	t                    *testing.T
	h                    *house
	firmWin, masterWin   *window
	need, deal, toolHref string
	masterName           string
}

func (f *flow) enter() {
	f.firmWin = open(f.t, f.h, "contact", f.look)
	f.firmWin.signIn(contact)
	f.masterWin = open(f.t, f.h, "master", f.look)
	f.masterWin.signIn(master)
	f.masterName = rows{f.t, f.h}.actor(master).Name
}

// unread is the number on the bell.
func unread(w *window) int {
	w.t.Helper()
	n, _ := strconv.Atoi(regexp.MustCompile(`\d+`).FindString(w.text("#bell"))) // no number is none
	return n
}

// rings waits until the bell says more than before, on the page as it stands.
func rings(w *window, before int) {
	w.t.Helper()
	w.until("the bell to ring", fmt.Sprintf(`Number((document.querySelector("#bell").innerText.match(/\d+/) || [0])[0]) > %d`, before))
}

// post writes a need with a photo and finds toolbox entries and masters at once.
func (f *flow) post() {
	c, m := f.firmWin, f.masterWin
	m.to("/work")
	heard := unread(m)
	c.to("/needs")
	c.followIn("main", c.say("exchange.needs.new"))
	c.fill("title", f.title)
	c.fill("trade", "cnc-turning")
	c.fill("story", f.what)
	c.fill("equipment", f.machine)
	c.fill("measure.name", f.measure)
	c.fill("measure.unit", f.unit)
	c.fill("measure.before", f.before)
	c.fill("measure.target", f.target)
	c.fill("urgency", "soon")
	c.attach("files", photo(f.t, "轴.jpg"))
	c.see("轴.jpg")
	c.followIn("main form", c.say("exchange.draft.post"))
	c.see(c.say("exchange.flash.posted"))
	f.need = c.path()
	c.seeIn("h1", f.title)
	c.until("the toolbox before the masters", `document.querySelector("#tools").compareDocumentPosition(document.querySelector("#masters")) & Node.DOCUMENT_POSITION_FOLLOWING`)
	if n := c.count("#tools article"); n == 0 {
		f.t.Error("the toolbox has nothing on slender shafts")
	}
	if n := c.count("#masters li.sheet"); n < 3 {
		f.t.Errorf("%d masters fit", n)
	}
	if n := eval[int](c, `[...document.querySelectorAll("#masters li.sheet")].filter(e => e.querySelectorAll(".chips li").length < 2).length`); n > 0 {
		f.t.Errorf("%d masters are named with hardly a reason", n)
	}
	bare(f.t, c.fetch(c.href(`main a[href*="/files/"]`)))
	rings(m, heard)
}

// accept follows the notice to the need and takes it; the firm sees it without reloading.
func (f *flow) accept() {
	c, m := f.firmWin, f.masterWin
	m.followIn("#bell", m.say("notice.bell.some", "count", unread(m)))
	m.followIn("#notices", m.say("notice.exchange.fits", "title", f.title))
	if m.path() != f.need {
		f.t.Errorf("the notice leads to %s instead of %s", m.path(), f.need)
	}
	m.followIn("main", m.say("exchange.need.take"))
	f.deal = m.path()
	c.seeIn("#answers", f.masterName)
	c.seeIn("#answers", c.say("exchange.engagement.accepted"))
	c.followIn("#answers", f.masterName)
}

// talk writes both ways; each sees the other's words as they come.
func (f *flow) talk() {
	c, m := f.firmWin, f.masterWin
	c.fillIn("#say", "body", f.ask)
	c.followIn("#say", c.say("exchange.thread.send"))
	c.seeIn("#thread", f.ask)
	m.seeIn("#thread", f.ask)
	m.fillIn("#say", "body", f.answer)
	m.attach("files", photo(f.t, "跟刀架.jpg"))
	m.followIn("#say", m.say("exchange.thread.send"))
	c.seeIn("#thread", f.answer)
	c.until("the picture in the thread", `document.querySelector("#thread img")`)
	if n := strings.Count(c.text("#thread"), f.ask); n != 1 {
		f.t.Errorf("the message stands there %d times", n)
	}
}

// visit agrees on a date, puts it into calendars, and confirms it once it has passed.
func (f *flow) visit() {
	c, m := f.firmWin, f.masterWin
	from := f.freeHour(3 * time.Hour)
	c.press(c.say("exchange.visit.propose"))
	c.fill("from", from.Format("2006-01-02T15:04"))
	c.fill("to", "3")
	c.fill("visit_note", f.door)
	c.followIn("#propose", c.say("exchange.visit.propose.do"))
	c.seeIn("#progress", c.say("exchange.visit.state.asked"))
	m.seeIn("#progress", f.door)
	m.followIn("#progress", m.say("exchange.visit.agree"))
	c.seeIn("#progress", c.say("exchange.visit.state.agreed"))
	for _, w := range []*window{c, m} {
		if e := event(f.t, w.fetch(w.href(`#progress a[href$=".ics"]`)), f.title); !e.Equal(from) {
			f.t.Errorf("%s's calendar has the visit at %s instead of %s", w.name, e, from)
		}
	}
	m.to("/work")
	m.press(m.say("exchange.calendar.follow"))
	address := eval[string](m, `document.querySelector("[name=calendar]").value`)
	if e := event(f.t, m.fetch(strings.TrimPrefix(address, f.h.base)), f.title); !e.Equal(from) {
		f.t.Errorf("the calendar that follows has the visit at %s instead of %s", e, from)
	}
	f.h.later(f.t, from.Add(4*time.Hour).Sub(f.h.clock.Now()))
	m.to(f.deal)
	m.followIn("#progress", m.say("exchange.visit.confirm"))
	c.seeIn("#progress", c.say("exchange.visit.state.done"))
}

// freeHour is the first full hour, two days on, from which the master has no other visit for so long: what the
// demonstration has them do that day depends on the day.
func (f *flow) freeHour(long time.Duration) time.Time {
	f.t.Helper()
	cases, err := f.h.app.Exchange.Engagements(f.t.Context(), rows{f.t, f.h}.actor(master), 200)
	if err != nil {
		f.t.Fatal(err)
	}
	from := f.h.clock.Now().In(lang.Zone).AddDate(0, 0, 2).Truncate(time.Hour)
	for taken := true; taken; {
		taken = false
		for _, c := range cases {
			for _, v := range c.Engagements[0].Visits {
				if v.Open() && v.From.Before(from.Add(long)) && from.Before(v.To) {
					from, taken = from.Add(time.Hour), true
				}
			}
		}
	}
	return from
}

// close has both sides say what came of it, measured, and rate each other.
func (f *flow) close() {
	c, m := f.firmWin, f.masterWin
	c.to(f.deal)
	for i, w := range []*window{c, m} {
		if i == 0 {
			w.press(w.say("exchange.close.title"))
		} else {
			w.seeIn("#progress", w.say("exchange.next.close-too"))
			w.to(f.deal)
		}
		w.fillIn("#close", "result", "solved")
		w.fillIn("#close", "after", "0.018")
		w.fillIn("#close", "note", f.note)
		w.fillIn("#close", "stars", strconv.Itoa(5-i))
		w.fillIn("#close", "comment", f.praise)
		w.followIn("#close", w.say("exchange.close.do"))
	}
	m.seeIn("main", m.say("exchange.engagement.finished"))
	c.to(f.deal)
	c.seeIn("#outcome", "0.018")
	c.seeIn("#outcome", f.praise)
}

// learn writes the toolbox entry.
func (f *flow) learn() {
	m := f.masterWin
	m.fillIn("#tool", "title", f.title)
	m.fillIn("#tool", "cause", f.cause)
	m.fillIn("#tool", "method", f.method)
	m.fillIn("#tool", "gear", f.gear)
	m.followIn("#tool", m.say("exchange.tool.publish"))
	f.toolHref = m.path()
	m.seeIn("h1", f.title)
	for _, part := range []string{f.cause, f.gear, "0.018"} {
		m.seeIn("main", part)
	}
	f.firmWin.to(f.toolHref)
	f.firmWin.seeIn("h1", f.title)
}

// nextFirm has an officer enter a firm with its contact, who signs in for the first time, posts a like problem and
// is shown the new entry before all others.
func (f *flow) nextFirm() {
	o := open(f.t, f.h, "officer", f.look)
	o.signIn(clerk)
	o.to("/console/enterprises")
	o.followIn("main", o.say("hall.enterprise.new"))
	o.fill("name", f.firm)
	o.fill("industry", "machinery")
	o.fill("address", "南安市光伏产业园 18 号")
	o.followIn("main form", o.say("hall.enterprise.create"))
	o.fill("phone", f.phone)
	o.fill("name", f.name)
	o.fill("title", "生产厂长")
	o.followIn("aside", o.say("hall.contact.submit"))
	o.see(o.say("hall.newcomer.once"))
	first := eval[string](o, `document.querySelector("main code, main kbd, main .secret, main output").innerText.trim()`)

	w := open(f.t, f.h, "newcomer", f.look)
	w.to("/signin")
	w.fill("login", f.phone)
	w.fill("password", first)
	w.followIn("main", w.say("hall.signin.submit"))
	w.fill("old", first)
	w.fill("password", f.password)
	w.fill("again", f.password)
	w.followIn("main", w.say("hall.password.submit"))
	w.to("/needs/new")
	w.fill("title", f.again)
	w.fill("trade", "cnc-turning")
	w.fill("story", f.againWhat)
	if eval[bool](w, `document.querySelector("[name='place']").value === ""`) {
		w.fill("place", "南安市光伏产业园 18 号")
	}
	if eval[bool](w, `document.querySelector("[name='place.at']").value === ""`) {
		at := eval[string](w, `[...document.querySelectorAll("[name='place.at'] option")].find(o => /南安|Nan.an/.test(o.textContent)).value`)
		w.fill("place.at", at)
	}
	w.followIn("main form", w.say("exchange.draft.post"))
	if got := w.href("#tools article a"); got != f.toolHref {
		f.t.Errorf("the first entry that the next firm sees is %s (%s) and not %s", got, w.text("#tools article h3"), f.toolHref)
	}
}

// hold asks after thirty and ninety days whether the gain holds.
func (f *flow) hold() {
	c, m := f.firmWin, f.masterWin
	for i, days := range []int{30, 90} {
		f.h.later(f.t, time.Duration([]int{31, 60}[i])*24*time.Hour)
		if got := c.status(f.deal); got != 200 || !strings.HasPrefix(c.path(), "/signin") {
			f.t.Errorf("a month later the session still leads to %s (%d)", c.path(), got)
		}
		c.fill("login", contact)
		c.fill("password", app.DemoPassword)
		c.followIn("main", c.say("hall.signin.submit"))
		if c.path() != f.deal {
			f.t.Errorf("signing in leads to %s instead of back to %s", c.path(), f.deal)
		}
		c.seeIn("#follow", c.say("exchange.follow.ask", "count", days))
		c.fillIn("#follow", "holds", "holds")
		c.fillIn("#follow", "value", []string{"0.019", "0.02"}[i])
		c.fillIn("#follow", "gain_note", f.praise)
		c.followIn("#follow", c.say("exchange.follow.do"))
		c.seeIn("#outcome", c.say("exchange.gain.holds"))
	}
	m.signIn(master)
	m.to("/notices")
	m.see(m.say("notice.exchange.followup.answered", "title", f.title))
}

// oversee has the officer find what waits, and open and export the figures.
func (f *flow) oversee() {
	o := open(f.t, f.h, "officer-later", f.look)
	o.signIn(clerk)
	if o.path() != "/console" {
		f.t.Errorf("an officer's sign-in leads to %s", o.path())
	}
	if n := o.count("#waiting tbody tr"); n == 0 {
		f.t.Error("after three months nothing waits too long")
	}
	o.to("/console/figures")
	o.follow(o.say("console.period.all"))
	const solved = `#lines tbody tr:first-child a[href*="only=solved"], #lines tbody tr:first-child a[href*="figure=solved"]`
	number := func(s string) int {
		n, err := strconv.Atoi(strings.NewReplacer(",", "", " ", "", " ", "").Replace(s))
		if err != nil {
			f.t.Fatalf("the figure says %q", s)
		}
		return n
	}
	count := number(strings.TrimSpace(o.text(solved)))
	at := o.at(solved)
	o.leaving(func() { o.click(at.X, at.Y) })
	o.see(o.say("console.needs.total", "count", count, "number", lang.Number(lang.With(context.Background(), f.look.lang), count)))
	book, err := excelize.OpenReader(bytes.NewReader(o.fetch(o.href(`main a[href*="needs.xlsx"]`))))
	if err != nil {
		f.t.Fatal(err)
	}
	defer book.Close()
	lines, err := book.GetRows(book.GetSheetName(0))
	if err != nil {
		f.t.Fatal(err)
	}
	if len(lines)-1 != count {
		f.t.Errorf("the figure says %d, the sheet has %d rows", count, len(lines)-1)
	}
	if !strings.Contains(fmt.Sprint(lines), f.title) {
		f.t.Error("the sheet lacks the need that was just solved")
	}
}

// fetch gets a path with the window's own session.
func (w *window) fetch(path string) []byte {
	w.t.Helper()
	s := eval[string](w, fmt.Sprintf(`fetch(%s).then(r => { if (!r.ok) throw new Error(r.url + " answers " + r.status); return r.blob() })
		.then(b => new Promise(ok => { const r = new FileReader(); r.onload = () => ok(r.result); r.readAsDataURL(b) }))`, quote(path)))
	_, data, _ := strings.Cut(s, ",")
	b, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

// event is when a calendar's event about something begins.
func event(t *testing.T, b []byte, about string) time.Time {
	t.Helper()
	cal, err := ics.ParseCalendar(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("no calendar: %v\n%s", err, b)
	}
	for _, e := range cal.Events() {
		if p := e.GetProperty(ics.ComponentPropertySummary); p != nil && strings.Contains(ics.FromText(p.Value), about) {
			at, err := e.GetStartAt()
			if err != nil {
				t.Fatal(err)
			}
			return at
		}
	}
	t.Errorf("no event about %q in\n%s", about, b)
	return time.Time{}
}
