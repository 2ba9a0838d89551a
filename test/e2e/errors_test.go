package e2e

import (
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/unionhall/unionhall/internal/sqldb"
)

// inner are words that tell how the hall is made. No page may say them.
var inner = regexp.MustCompile(`(?i)goroutine|panic|\.go:\d|sqlite|postgres|no such table|syntax error|exchange_need|exchange\.|hall\.|fault\.|internal/|/home/|/root/|/tmp/|stack|runtime error|nil pointer`)

var brokenHouse = sync.OnceValues(func() (*house, error) {
	h, err := runHouse("broken", nil)
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	return h, h.app.DB.Update(ctx, func(tx sqldb.Tx) error {
		_, err := tx.Exec(ctx, `ALTER TABLE exchange_need RENAME TO exchange_need_away`)
		return err
	})
})

// failing is a hall whose needs can neither be read nor kept.
func failing(t *testing.T) *house {
	t.Helper()
	return must[*house](t)(brokenHouse())
}

// TestErrorPages shows each kind of error in both languages: it says what is wrong and what to do, and nothing of
// how the hall is made.
func TestErrorPages(t *testing.T) {
	h, broken := ours(t), failing(t)
	for _, c := range []struct {
		h      *house
		phone  string
		path   string
		status int
		title  string
	}{
		{h, "", "/no/such/page", 404, "web.error.404.title"},
		{h, sister, "/needs/01930000-0000-7000-8000-000000000000", 404, "web.error.404.title"},
		{h, worker, "/console", 403, "web.error.403.title"},
		{broken, contact, "/needs", 500, "web.error.500.title"},
		{broken, lead, "/console/figures", 500, "web.error.500.title"},
	} {
		for _, l := range []look{{lang: "zh", width: 390}, {lang: "en", width: 1440}} {
			t.Run(strings.Trim(c.path, "/")+"/"+l.String(), func(t *testing.T) {
				w := open(t, c.h, "reader", l)
				if c.phone != "" {
					w.setCookie("session", c.h.session(t, c.phone))
				}
				w.expect("status of [45]")
				if got := w.status(c.path); got != c.status {
					t.Errorf("answers %d", got)
				}
				w.seeIn("h1", w.say(c.title))
				w.glance()
				if m := inner.FindString(w.text("body")); m != "" {
					t.Errorf("the page says %q", m)
				}
				for _, v := range violations(w, `{type: "tag", values: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}`) {
					t.Error(v)
				}
			})
		}
	}
}

// TestErrorsInPlace sends forms that the hall refuses or cannot keep, with scripts: the page stays, says what is
// wrong, and what was typed is still there.
func TestErrorsInPlace(t *testing.T) {
	broken, h := failing(t), ours(t)
	for _, l := range []look{{lang: "zh", width: 390}, {lang: "en", width: 1440}} {
		t.Run(l.String(), func(t *testing.T) {
			w := as(t, h, contact, "contact", l)
			w.expect("status of 422")
			w.to("/needs/new")
			w.fill("title", "only a title")
			w.followIn("main form", w.say("exchange.draft.post"))
			w.until("the summary to have the focus", `document.activeElement.matches(".summary")`)
			if n := w.count(".field-wrong"); n != 2 {
				t.Errorf("%d fields are marked", n)
			}
			if got := w.path(); got != "/needs/new" {
				t.Errorf("a wrong form leads to %s", got)
			}
			w.fill("trade", "welding")
			w.fill("story", "and a story, after all")
			w.followIn("main form", w.say("exchange.draft.post"))
			w.seeIn("h1", "only a title")

			b := as(t, broken, contact, "contact-broken", l)
			b.expect("status of 500")
			b.to("/needs/new")
			b.fill("title", "nobody can keep this")
			b.fill("trade", "welding")
			b.fill("story", "because the store is gone")
			b.pressIn("main form", b.say("exchange.draft.post"))
			b.seeIn("#notes", b.say("fault.internal"))
			if m := inner.FindString(b.text("body")); m != "" {
				t.Errorf("the page says %q", m)
			}
			if got := eval[string](b, `document.querySelector("[name=story]").value`); got != "because the store is gone" {
				t.Errorf("what was typed is now %q", got)
			}
		})
	}
}

// TestErrorsOfTheAPI reads the same failures as a program does.
func TestErrorsOfTheAPI(t *testing.T) {
	h := ours(t)
	var key string
	for who, login := range h.keys {
		if strings.Contains(who, "门户") || strings.Contains(who, "平台") {
			key = login
		}
	}
	for _, c := range []struct {
		method, path, key, body string
		status                  int
	}{
		{"GET", "/v1/needs", "", "", 401},
		{"GET", "/v1/needs/01930000-0000-7000-8000-000000000000", key, "", 404},
		{"POST", "/v1/needs", key, `{"kind":`, 400},
		{"POST", "/v1/needs", key, `{"kind":"no-such-kind"}`, 422},
		{"GET", "/v1/nowhere", key, "", 404},
	} {
		r, err := http.NewRequest(c.method, h.base+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		if c.key != "" {
			r.Header.Set("Authorization", "Bearer "+c.key)
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != c.status || !strings.HasPrefix(res.Header.Get("Content-Type"), "application/problem+json") {
			t.Errorf("%s %s: %s %s %s, not %d", c.method, c.path, res.Status, res.Header.Get("Content-Type"), b, c.status)
		}
		if m := inner.Find(b); m != nil {
			t.Errorf("%s %s says %q: %s", c.method, c.path, m, b)
		}
	}
}
