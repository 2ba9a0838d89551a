package e2e

import (
	_ "embed"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

//go:embed testdata/axe.min.js
var axe string

var shots = flag.String("shots", "", "folder that gets a picture of every page that is audited")

// heaviest is what a page may weigh on the line when it is opened for the first time.
const heaviest = 200_000

// TestPages opens every page as every kind of user and holds it to what no page may break: accessibility in both
// themes and at both widths, no sideways scrolling, no raw identifiers, no complaint of the browser, little weight.
func TestPages(t *testing.T) {
	h := ours(t)
	before := h.log.len()
	for i, p := range people(t, h) {
		t.Run(p.key, func(t *testing.T) {
			w := open(t, h, p.key, look{lang: "zh", width: 390})
			if p.phone != "" {
				w.setCookie("session", h.session(t, p.phone))
			}
			load := weigh(w)
			for j, s := range p.sights {
				l := look{lang: "zh", width: 390}
				if (i+j)%2 == 1 {
					l.lang = "en"
				}
				audit(w, p, s, l, load)
			}
		})
	}
	for _, line := range h.log.since(before) {
		if strings.Contains(line, "news not taken way=mail") {
			continue // no mail server is there, see config
		}
		t.Errorf("the hall logged: %s", line)
	}
}

// audit opens one page and looks at it in both themes and at both widths.
func audit(w *window, p person, s sight, l look, load func() int) {
	t := w.t
	w.wear(l)
	w.setCookie("lang", l.lang)
	load()
	w.to(s.path)
	if n := load(); n > heaviest {
		t.Errorf("%s weighs %d bytes on first load", s.path, n)
	}
	const all = `{type: "tag", values: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}`
	const colours = `{type: "rule", values: ["color-contrast"]}` // all that a theme changes
	for _, l := range []look{{lang: l.lang, width: 390}, {lang: l.lang, width: 390, dark: true},
		{lang: l.lang, width: 1440}, {lang: l.lang, width: 1440, dark: true}} {
		w.wear(l)
		w.glance()
		rules := all
		if l.dark {
			rules = colours
		}
		for _, v := range violations(w, rules) {
			t.Errorf("%s (%s) as %s: %s", s.path, l, p.key, v)
		}
		if *shots != "" {
			shoot(w, filepath.Join(*shots, fmt.Sprintf("%s-%s-%s.png", p.key, s.name, l)))
		}
	}
}

// weigh lets the window load everything anew, and gives what counts the bytes that came since it was asked last.
func weigh(w *window) func() int {
	w.t.Helper()
	call(w, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true})
	var mu sync.Mutex
	sum := 0.0
	err := chromedp.Listen(w.ctx, func(ev any) {
		if e, ok := ev.(*network.EventLoadingFinished); ok {
			mu.Lock()
			sum += e.EncodedDataLength
			mu.Unlock()
		}
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return func() int {
		mu.Lock()
		defer mu.Unlock()
		n := int(sum)
		sum = 0
		return n
	}
}

// violations are what axe finds on the page as it is shown now.
func violations(w *window, rules string) []string {
	w.t.Helper()
	if !eval[bool](w, `typeof axe === "object"`) {
		eval[bool](w, axe+";true")
	}
	w.until("colours to settle", `(document.getAnimations().forEach(a => a.finish()), document.getAnimations().length === 0)`)
	return eval[[]string](w, `axe.run(document, {resultTypes: ["violations"], runOnly: `+rules+`}).then(r => r.violations.flatMap(v =>
		v.nodes.slice(0, 3).map(n => v.id + ": " + n.failureSummary.replace(/\s+/g, " ") + " " + n.html.slice(0, 160))))`)
}

// shoot keeps a picture of the whole page.
func shoot(w *window, path string) {
	w.t.Helper()
	png, err := chromedp.Run(w.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o755)
	}
	if err == nil {
		err = os.WriteFile(path, png, 0o644)
	}
	if err != nil {
		w.t.Fatalf("%s: %v", strings.TrimSuffix(filepath.Base(path), ".png"), err)
	}
}
