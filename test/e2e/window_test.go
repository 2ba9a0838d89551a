package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/lang"
)

// say gives the words that the hall shows this person for a message id.
func (w *window) say(id string, args ...any) string {
	w.t.Helper()
	if !lang.Has(id) {
		w.t.Fatalf("no message %s", id)
	}
	return lang.In(w.look.lang, id, args...)
}

// eval runs an expression in the page.
func eval[T any](w *window, js string) T {
	w.t.Helper()
	v, err := tryEval[T](w, js)
	if err != nil {
		w.t.Fatalf("%s: %v\nin %s", w.name, err, js)
	}
	return v
}

func tryEval[T any](w *window, js string) (T, error) {
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
}

// until waits for an expression to become true; what says what was waited for. A page that goes away meanwhile
// is waited through.
func (w *window) until(what, js string) {
	w.t.Helper()
	deadline := time.Now().Add(patience)
	var last error
	for {
		ok, err := tryEval[bool](w, "!!("+js+")")
		if ok {
			return
		}
		var thrown *chromedp.ExceptionError
		if errors.As(err, &thrown) {
			last = err
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("%s at %s: waited in vain for %s (%v)", w.name, w.path(), what, last)
		}
		time.Sleep(30 * time.Millisecond)
	}
}

// path is where the window is.
func (w *window) path() string {
	s, err := tryEval[string](w, `location.pathname + location.search`)
	if err != nil {
		return "?"
	}
	return s
}

// to opens a page that must be there, and looks it over.
func (w *window) to(path string) {
	w.t.Helper()
	if got := w.status(path); got != http.StatusOK {
		w.t.Fatalf("%s: %s answers %d", w.name, path, got)
	}
	w.glance()
}

// status opens a page and gives its status.
func (w *window) status(path string) int {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(w.h.base+path)); err != nil {
		w.t.Fatalf("%s: opening %s: %v", w.name, path, err)
	}
	w.until("the page to load", `document.readyState === "complete"`)
	return eval[int](w, `performance.getEntriesByType("navigation")[0].responseStatus`)
}

// back goes one page back in the history.
func (w *window) back() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.NavigateBack()); err != nil {
		w.t.Fatalf("%s: going back: %v", w.name, err)
	}
	w.until("the page to load", `document.readyState === "complete"`)
}

// leaving runs what leads to another page, or shows this one anew, and waits until that is there.
func (w *window) leaving(f func()) {
	w.t.Helper()
	eval[bool](w, `document.getElementById("main").stale = true`)
	f()
	w.until("the next page", `document.readyState === "complete" && document.getElementById("main") && !document.getElementById("main").stale`)
	w.glance()
}

// finder finds what a person would press: a button, link, summary or label that is shown, by its words or its name.
const finder = `((scope, words, nth) => {
  const flat = s => (s || "").replace(/\s+/g, " ").trim();
  const roots = scope ? [...document.querySelectorAll(scope)] : [document];
  const all = roots.flatMap(r => [...r.querySelectorAll("a[href],button,summary,label,[role=button],input[type=submit]")]);
  const shown = e => e.checkVisibility({visibilityProperty: true, opacityProperty: true}) && !e.disabled && e.getClientRects().length > 0;
  const named = e => e.getAttribute("aria-label") ? flat(e.getAttribute("aria-label")) : flat(e.innerText);
  const usable = all.filter(shown);
  let found = usable.filter(e => named(e) === words || flat(e.innerText) === words);
  if (!found.length) found = usable.filter(e => flat(e.innerText).includes(words) || named(e).includes(words));
  const e = found[nth];
  if (!e) return {missing: usable.map(named).filter(Boolean).slice(0, 80).join(" | ")};
  e.scrollIntoView({block: "center", inline: "center", behavior: "instant"});
  const b = [...e.getClientRects()].sort((a, b) => b.width * b.height - a.width * a.height)[0];
  const x = b.left + b.width / 2, y = b.top + b.height / 2;
  const over = document.elementFromPoint(x, y);
  const hit = over && (e === over || e.contains(over) || over.contains(e) && over.closest("a,button,summary,label") === null
    || e.tagName === "A" && e.closest(".sheet-link") && e.closest(".sheet-link").contains(over));
  window.aim = e;
  window.aimed = over;
  return {x, y, covered: hit ? "" : (over ? over.outerHTML.slice(0, 200) : "nothing: outside of the window")};
})`

type found struct {
	X, Y    float64
	Covered string
	Missing string
}

// point waits until the words can be pressed and stay where they are, and says where.
func (w *window) point(scope, words string, nth int) found {
	w.t.Helper()
	js := fmt.Sprintf("%s(%s, %s, %d)", finder, quote(scope), quote(words), nth)
	deadline := time.Now().Add(patience)
	var before found
	for {
		f, err := tryEval[found](w, js)
		if err == nil && f.Missing == "" && f.Covered == "" && f == before {
			return f
		}
		before = f
		if time.Now().After(deadline) {
			w.t.Fatalf("%s at %s: cannot press %q in %q: covered by %q; to be had: %s (%v)", w.name, w.path(), words, scope, f.Covered, f.Missing, err)
		}
		time.Sleep(30 * time.Millisecond)
	}
}

// press presses what carries the words, with the mouse, where a person would.
func (w *window) press(words string) { w.t.Helper(); w.pressIn("", words) }

// pressIn is press within the elements that a selector finds.
func (w *window) pressIn(scope, words string) {
	w.t.Helper()
	w.clickOn(scope, words)
}

// clickOn clicks what carries the words, again if it moved away just then: news may come at any time and make what
// stands above it longer.
func (w *window) clickOn(scope, words string) {
	w.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		f := w.point(scope, words, 0)
		if w.plain { // nothing hears the click there, and nothing moves either
			w.click(f.X, f.Y)
			return
		}
		// When it moved between pressing and letting go, what holds it all is clicked: that is no hit.
		eval[bool](w, `((e, over) => { e.hit = false; addEventListener("click", c => {
			e.hit = e.contains(c.target) || c.target === over }, {capture: true, once: true}); return true })(window.aim, window.aimed)`)
		w.click(f.X, f.Y)
		// A page that has gone was left by the click.
		if missed, err := tryEval[bool](w, `!!window.aim && window.aim.hit === false`); err != nil || !missed {
			return
		}
	}
	w.t.Fatalf("%s at %s: %q in %q moves away from every click", w.name, w.path(), words, scope)
}

func (w *window) click(x, y float64) {
	w.t.Helper()
	for _, typ := range []input.DispatchMouseEventType{input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased} {
		call(w, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: typ, X: x, Y: y, Button: input.MouseButtonLeft, ClickCount: 1})
	}
}

// follow presses what leads to another page.
func (w *window) follow(words string) { w.t.Helper(); w.followIn("", words) }

// followIn is follow within the elements that a selector finds.
func (w *window) followIn(scope, words string) {
	w.t.Helper()
	w.leaving(func() { w.clickOn(scope, words) })
}

// fill puts a value into a control as a person would: typed, chosen, or ticked.
func (w *window) fill(name, value string) { w.t.Helper(); w.fillIn("", name, value) }

func (w *window) fillIn(scope, name, value string) {
	w.t.Helper()
	sel := scope + ` [name="` + name + `"]`
	w.until("the field "+name, fmt.Sprintf(`document.querySelector(%s)`, quote(sel)))
	kind := eval[string](w, fmt.Sprintf(`(e => e.tagName === "SELECT" ? "select" : e.tagName === "TEXTAREA" ? "text" : e.type)(document.querySelector(%s))`, quote(sel)))
	switch kind {
	case "select", "date", "datetime-local":
		ok := eval[bool](w, fmt.Sprintf(`((e, v) => {
			e.focus(); e.value = v;
			e.dispatchEvent(new Event("input", {bubbles: true})); e.dispatchEvent(new Event("change", {bubbles: true}));
			return e.value === v })(document.querySelector(%s), %s)`, quote(sel), quote(value)))
		if !ok {
			w.t.Fatalf("%s: %s does not take %q", w.name, name, value)
		}
	case "radio", "checkbox":
		one := scope + ` [name="` + name + `"][value="` + value + `"]`
		id := eval[string](w, fmt.Sprintf(`(document.querySelector(%s) || {id: ""}).id`, quote(one)))
		if id == "" {
			w.t.Fatalf("%s: %s has no choice %q", w.name, name, value)
		}
		f := w.at(`label[for="` + id + `"]`)
		w.click(f.X, f.Y)
		w.until(name+" to be "+value, fmt.Sprintf(`document.getElementById(%s).checked`, quote(id)))
	default:
		eval[bool](w, fmt.Sprintf(`(e => { e.scrollIntoView({block: "center"}); e.focus(); e.select(); return true })(document.querySelector(%s))`, quote(sel)))
		if value == "" {
			eval[bool](w, fmt.Sprintf(`(e => { e.value = ""; return true })(document.querySelector(%s))`, quote(sel)))
		} else {
			call(w, input.InsertText, input.InsertTextParams{Text: value})
		}
		w.until(name+" to hold what was typed", fmt.Sprintf(`document.querySelector(%s).value === %s`, quote(sel), quote(value)))
	}
}

// at is the middle of the first element that a selector finds and the page shows.
func (w *window) at(sel string) found {
	w.t.Helper()
	w.until(sel+" to be shown", fmt.Sprintf(`(e => e && e.checkVisibility() && e.getClientRects().length)(document.querySelector(%s))`, quote(sel)))
	return eval[found](w, fmt.Sprintf(`(e => { e.scrollIntoView({block: "center", behavior: "instant"}); const b = e.getBoundingClientRect();
		return {x: b.left + Math.min(b.width, 40) / 2, y: b.top + b.height / 2} })(document.querySelector(%s))`, quote(sel)))
}

// attach chooses files in a control.
func (w *window) attach(name string, paths ...string) {
	w.t.Helper()
	sel := `input[type=file][name="` + name + `"]`
	w.until("the field "+name, fmt.Sprintf(`document.querySelector(%s)`, quote(sel)))
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	obj, err := chromedp.Run(ctx, chromedp.Evaluate[*runtime.RemoteObject](fmt.Sprintf(`document.querySelector(%s)`, quote(sel))))
	if err != nil {
		w.t.Fatalf("%s: %v", w.name, err)
	}
	call(w, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: paths, ObjectID: obj.ObjectID})
}

// see waits until the page shows the words. Spaces and line breaks do not count.
func (w *window) see(words string) { w.t.Helper(); w.seeIn("body", words) }

// seeIn is see within an element.
func (w *window) seeIn(sel, words string) {
	w.t.Helper()
	w.until(fmt.Sprintf("%q in %s", words, sel), fmt.Sprintf(`[...document.querySelectorAll(%s)].some(e =>
		e.innerText.replace(/\s+/g, " ").includes(%s))`, quote(sel), quote(strings.Join(strings.Fields(words), " "))))
}

// text is what an element shows; "" when there is none.
func (w *window) text(sel string) string {
	w.t.Helper()
	return eval[string](w, fmt.Sprintf(`(e => e ? e.innerText : "")(document.querySelector(%s))`, quote(sel)))
}

// count is how many elements a selector finds.
func (w *window) count(sel string) int {
	w.t.Helper()
	return eval[int](w, fmt.Sprintf(`document.querySelectorAll(%s).length`, quote(sel)))
}

// href is where a link leads.
func (w *window) href(sel string) string {
	w.t.Helper()
	w.until(sel, fmt.Sprintf(`document.querySelector(%s)`, quote(sel)))
	return eval[string](w, fmt.Sprintf(`document.querySelector(%s).getAttribute("href")`, quote(sel)))
}

// signIn goes through the form.
func (w *window) signIn(phone string) {
	w.t.Helper()
	w.to("/signin")
	w.fill("login", phone)
	w.fill("password", app.DemoPassword)
	w.followIn("main", w.say("hall.signin.submit"))
	if strings.HasPrefix(w.path(), "/signin") {
		w.t.Fatalf("%s: signing in as %s led back to the form: %s", w.name, phone, w.text("main"))
	}
}

// faults is what no page may show, found by looking at what it shows.
const faults = `(() => {
  const out = [];
  const wide = document.scrollingElement.scrollWidth - innerWidth;
  if (wide > 0) {
    const guilty = [...document.querySelectorAll("main *, header *, footer *")].filter(e => {
      const r = e.getBoundingClientRect();
      return r.width && r.right > innerWidth + 0.5 && e.checkVisibility() && !e.closest(".sr-only");
    }).slice(0, 3).map(e => e.outerHTML.slice(0, 120)).join(" … ");
    out.push("the page is " + wide + " px wider than the window: " + guilty);
  }
  const text = document.body.innerText;
  for (const re of [/\b(exchange|web|hall|ui|console|notice|fault|field|match|apidoc)\.[a-z][a-z0-9-]+(\.[a-z0-9-]+)*\b/g,
      /<no value>|%!|\{\{|\}\}|\bundefined\b|\bNaN\b|\bnull\b|\[object /g, /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/g]) {
    for (const m of text.match(re) || []) out.push("the page shows " + m);
  }
  for (const img of document.images) if (img.complete && !img.naturalWidth && img.checkVisibility()) out.push("a picture did not load: " + img.src);
  return out;
})()`

// glance looks the page over for what no page may have.
func (w *window) glance() {
	w.t.Helper()
	if strings.HasPrefix(w.path(), "/api") {
		return // it names events and codes on purpose
	}
	for _, f := range eval[[]string](w, faults) {
		w.t.Errorf("%s at %s: %s", w.name, w.path(), f)
	}
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string is always JSON
	}
	return string(b)
}
