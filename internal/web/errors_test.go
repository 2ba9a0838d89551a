package web

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/web/htmlcheck"
)

var codes = map[fault.Code]int{
	fault.Invalid: 422, fault.Denied: 403, fault.NotFound: 404, fault.Conflict: 409, fault.TooMany: 429,
	fault.Unavailable: 503, fault.Internal: 500, "plain": 500,
}

// noLeak fails if an answer holds what only the log may.
func noLeak(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	body := fmt.Sprint(w.Header()) + w.Body.String()
	for _, s := range []string{secret, "pgx", ".go:", "goroutine", "internal/web"} {
		if strings.Contains(body, s) {
			t.Errorf("%q leaks: %s", s, body)
		}
	}
}

func TestErrorPages(t *testing.T) {
	h := newHall(t)
	for code, status := range codes {
		for _, tag := range []string{"zh", "en"} {
			w := h.get("/fault/"+string(code), "Cookie", "lang="+tag)
			expectStatus(t, w, status)
			noLeak(t, w)
			id := w.Header().Get("X-Request-Id")
			body := w.Body.String()
			if strings.Contains(body, ">web.") || strings.Contains(body, ">fault.") || strings.Contains(body, "no value") {
				t.Errorf("%s in %s lacks a message", code, tag)
			}
			if (status >= 500) != strings.Contains(body, id) {
				t.Errorf("%s: the number to quote belongs on our own failures, and there only", code)
			}
			htmlcheck.Parse(t, strings.NewReader(body)).Sound()
		}
	}
	if !strings.Contains(h.log.String(), secret) {
		t.Error("the cause belongs in the log")
	}
	if got := h.get("/fault/too-many").Header().Get("Retry-After"); got != "7" {
		t.Errorf("Retry-After %q", got)
	}
}

func TestErrorFragments(t *testing.T) {
	h := newHall(t)
	for code, status := range codes {
		w := h.get("/fault/"+string(code), "HX-Request", "true")
		expectStatus(t, w, status)
		noLeak(t, w)
		if w.Header().Get("HX-Retarget") != "#notes" || strings.Contains(w.Body.String(), "<html") {
			t.Errorf("%s: %v %s", code, w.Header(), w.Body)
		}
		htmlcheck.Parse(t, w.Body).MustHave(".toast-note.tone-bad p")
	}
}

func TestProblems(t *testing.T) {
	h := newHall(t)
	for code, status := range codes {
		w := h.get("/api/fault/"+string(code), "Accept-Language", "en")
		expectStatus(t, w, status)
		noLeak(t, w)
		p := problem(t, w)
		if p.Status != status || p.Title == "" || p.Detail == "" || p.Type != "about:blank" || p.Instance != "urn:request:"+w.Header().Get("X-Request-Id") {
			t.Errorf("%s: %+v", code, p)
		}
	}
	p := problem(t, h.get("/api/fault/invalid"))
	if len(p.Errors) != 1 || p.Errors[0] != (ProblemField{"title", "请填写此项"}) {
		t.Errorf("%+v", p.Errors)
	}
}

func TestAPanicIsAnErrorPage(t *testing.T) {
	h := newHall(t)
	w := h.get("/panic")
	expectStatus(t, w, 500)
	noLeak(t, w)
	htmlcheck.Parse(t, w.Body).MustHave("h1", "系统出了问题")
	if log := h.log.String(); !strings.Contains(log, secret) || !strings.Contains(log, "goroutine") {
		t.Error("the log must say where it happened")
	}
}

func TestHalfAPageIsNeverSent(t *testing.T) {
	h := newHall(t)
	w := h.get("/torn")
	expectStatus(t, w, 500)
	if strings.Contains(w.Body.String(), "half a page") {
		t.Error("what was rendered before the failure must not be sent")
	}
	w = h.get("/half") // a handler that wrote for itself
	noLeak(t, w)
	if w.Body.String() != "half" {
		t.Errorf("nothing may be put behind what is out: %s", w.Body)
	}
}

func TestAReaderWhoLeftIsNotOurError(t *testing.T) {
	h := newHall(t)
	r := httptest.NewRequest("GET", "/fault/plain", nil)
	ctx, cancel := context.WithCancel(r.Context())
	cancel()
	h.ServeHTTP(httptest.NewRecorder(), r.WithContext(ctx))
	if log := h.log.String(); strings.Contains(log, "request failed") || !strings.Contains(log, "status=499") {
		t.Error(log)
	}
}

func TestAPageGoesWithoutASparePart(t *testing.T) {
	h := newHall(t)
	if w := h.get("/spare"); w.Code != http.StatusOK || strings.Contains(w.Body.String(), secret) {
		t.Error(w.Code, w.Body)
	}
	if log := h.log.String(); !strings.Contains(log, "level=WARN msg=\"the bell is missing\"") || !strings.Contains(log, secret) {
		t.Error(log)
	}
	h = newHall(t)
	r := httptest.NewRequest("GET", "/spare", nil)
	ctx, cancel := context.WithCancel(r.Context())
	cancel() // what failed may have failed because of that
	h.ServeHTTP(httptest.NewRecorder(), r.WithContext(ctx))
	if log := h.log.String(); strings.Contains(log, "the bell") {
		t.Error(log)
	}
}

func TestSlowHandlersEnd(t *testing.T) {
	h := newHall(t, func(o *Options) { o.Timeout = 10 * time.Millisecond })
	h.Page("GET /slow", Public, func(_ http.ResponseWriter, r *http.Request) error {
		<-r.Context().Done()
		return fmt.Errorf("query: %w", r.Context().Err())
	})
	w := h.get("/slow")
	expectStatus(t, w, 503)
	if w.Header().Get("Retry-After") == "" {
		t.Error("it should say when to come back")
	}
}
