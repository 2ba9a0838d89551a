package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/a-h/templ"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/web/layout"
)

const secret = "pgx: password authentication failed for user hall"

// hall is a router with one route of each sort and a log that tests can read.
type hall struct {
	*Router
	log *lockedBuffer
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newHall(t *testing.T, change ...func(*Options)) *hall {
	t.Helper()
	log := &lockedBuffer{}
	opts := Options{
		Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Authenticate: func(r *http.Request) (actor.Actor, error) {
			switch r.Header.Get("Test-Actor") {
			case "person":
				return actor.Actor{Kind: actor.Person, ID: "p1", Name: "王丽"}, nil
			case "officer":
				return actor.Actor{Kind: actor.Person, ID: "o1", Name: "陈刚", Grants: []actor.Grant{{Role: actor.Clerk, Path: "/0/"}}}, nil
			case "portal":
				return actor.Actor{Kind: actor.Portal, ID: "k1"}, nil
			case "ended":
				return actor.Actor{}, fault.New(fault.Unauthenticated, "fault.unauthenticated")
			case "broken":
				return actor.Actor{}, errors.New(secret)
			}
			return actor.Actor{}, nil
		},
	}
	for _, c := range change {
		c(&opts)
	}
	h := &hall{New(opts), log}
	page := func(w http.ResponseWriter, r *http.Request) error {
		return Render(w, r, http.StatusOK, withText(layout.Page(layout.Props{Title: "t"}), "<h1>hello</h1>"))
	}
	h.Page("GET /{$}", Public, page)
	h.Page("GET /mine", SignedIn, page)
	h.Page("GET /console", Officer, page)
	h.Page("POST /post", Public, func(w http.ResponseWriter, r *http.Request) error {
		if _, err := ParseForm(r, Limits{Bytes: 4096, Files: 1, FileSize: 1000}); err != nil {
			return err
		}
		Flash(r.Context(), "fault.too-many", "seconds", 7)
		return Redirect(w, r, "/mine")
	})
	h.Page("GET /fragment", Public, func(w http.ResponseWriter, r *http.Request) error {
		Flash(r.Context(), "web.motto")
		return Render(w, r, http.StatusOK, templ.Raw("<p>part</p>"))
	})
	h.Page("GET /spare", Public, func(w http.ResponseWriter, r *http.Request) error {
		Spare(r.Context(), "the bell is missing", errors.New(secret))
		return page(w, r)
	})
	h.Page("GET /panic", Public, func(http.ResponseWriter, *http.Request) error { panic(secret) })
	h.Page("GET /half", Public, func(w http.ResponseWriter, r *http.Request) error {
		io.WriteString(w, "half")
		return errors.New(secret)
	})
	h.Page("GET /torn", Public, func(w http.ResponseWriter, r *http.Request) error {
		return Render(w, r, http.StatusOK, templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
			io.WriteString(w, "half a page")
			return errors.New(secret)
		}))
	})
	h.Page("GET /fault/{code}", Public, failing)
	h.API("GET /api/fault/{code}", Public, failing)
	h.API("GET /api/portal", Portal, func(w http.ResponseWriter, r *http.Request) error {
		return WriteJSON(w, http.StatusOK, map[string]string{"portal": actor.From(r.Context()).ID})
	})
	return h
}

// failing fails with the code in its path, each with a cause that nobody may see.
func failing(_ http.ResponseWriter, r *http.Request) error {
	code := fault.Code(r.PathValue("code"))
	switch code {
	case "plain":
		return errors.New(secret)
	case fault.Invalid:
		var c fault.Check
		c.Add("title", "field.required")
		return c.Err()
	case fault.TooMany:
		return fault.New(code, "fault.too-many", "seconds", 7)
	}
	return fault.New(code, "fault."+string(code)).Because(errors.New(secret))
}

func withText(c templ.Component, s string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return c.Render(templ.WithChildren(ctx, templ.Raw(s)), w)
	})
}

// do sends a request; header is name, value pairs.
func (h *hall) do(method, path string, body io.Reader, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, body)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func (h *hall) get(path string, header ...string) *httptest.ResponseRecorder {
	return h.do("GET", path, nil, header...)
}

func (h *hall) post(path, form string, header ...string) *httptest.ResponseRecorder {
	return h.do("POST", path, strings.NewReader(form), append(header, "Content-Type", "application/x-www-form-urlencoded")...)
}

func problem(t *testing.T, w *httptest.ResponseRecorder) Problem {
	t.Helper()
	if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
		t.Fatalf("content type %q", got)
	}
	var p Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func expectStatus(t *testing.T, w *httptest.ResponseRecorder, want int) {
	t.Helper()
	if w.Code != want {
		t.Fatalf("status %d, want %d: %s", w.Code, want, w.Body.String())
	}
}
