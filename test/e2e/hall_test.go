// Package e2e drives the whole hall, with its demonstration province, in a real browser.
package e2e

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/clock"
)

// The phones of the demonstration accounts.
const (
	contact = "15400000001" // speaks for an enterprise in Quanzhou
	master  = "15400000002"
	worker  = "15400000003"
	lead    = "15400000004" // of the province
	clerk   = "15400000005" // of Quanzhou
	sister  = "15400000006" // clerk of Xiamen
	auditor = "15400000007"
	steward = "15400000008" // of the whole federation
)

// patience is how long a test waits for what must come: far longer than it takes, for slow machines.
const patience = 45 * time.Second

var suite struct {
	dir    string // everything temporary
	loaded func() (string, error)
	shared func() (*house, error)
	chrome func() (context.Context, error)
	ends   []func()
}

// TestMain keeps what the tests share: a folder with the demonstration loaded, one running hall, one browser. Each
// is made when the first test asks for it.
func TestMain(m *testing.M) {
	flag.Parse()
	dir, err := os.MkdirTemp("", "unionhall-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	suite.dir = dir
	suite.loaded = sync.OnceValues(loadDemo)
	suite.shared = sync.OnceValues(func() (*house, error) { return runHouse("shared", nil) })
	suite.chrome = sync.OnceValues(startBrowser)
	code := m.Run()
	for i := len(suite.ends) - 1; i >= 0; i-- {
		suite.ends[i]()
	}
	os.RemoveAll(dir)
	os.Exit(code)
}

// moving is the machine's clock, turned forward as tests need it.
type moving struct {
	mu    sync.Mutex
	ahead time.Duration
}

// Now implements clock.Clock.
func (m *moving) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return clock.System{}.Now().Add(m.ahead)
}

func (m *moving) forward(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ahead += d
}

// later turns the clock forward and does what the hall would have done by then: read calendars again, ask follow-ups.
func (h *house) later(t testing.TB, d time.Duration) {
	t.Helper()
	h.clock.forward(d)
	ctx := context.Background()
	if err := h.app.Exchange.LoadOffers(ctx); err != nil {
		t.Fatal(err)
	}
	for {
		n, err := h.app.Exchange.AskDue(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

// house is one running hall.
type house struct {
	app    *app.App
	clock  *moving
	base   string // http://127.0.0.1:PORT
	keys   map[string]string
	log    *alarm
	cookie sync.Map // phone → session cookie
}

func config(dir string, c clock.Clock) app.Config {
	return app.Config{Listen: "127.0.0.1:0", Dir: dir, Private: true, Cheap: true, Clock: c,
		Mail: app.Mail{Server: "smtp+plain://127.0.0.1:9", From: "hall@union.example"}} // nobody listens there, and the pages offer it
}

// loadDemo fills a folder from which every house of the suite is copied.
func loadDemo() (dir string, err error) {
	dir = filepath.Join(suite.dir, "loaded")
	ctx := context.Background()
	a, err := app.Open(ctx, config(dir, nil), slog.New(slog.DiscardHandler))
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	_, err = a.LoadDemo(ctx, app.DemoSeed)
	return dir, err
}

// runHouse runs a hall of its own on a copy of the demonstration. before may change the open hall before it runs.
func runHouse(name string, before func(*app.App) error) (*house, error) {
	return runHouseAs(name, before, func(*app.Config) {})
}

// runHouseAs is runHouse with another configuration.
func runHouseAs(name string, before func(*app.App) error, change func(*app.Config)) (*house, error) {
	loaded, err := suite.loaded()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(suite.dir, name)
	if err := os.CopyFS(dir, os.DirFS(loaded)); err != nil {
		return nil, err
	}
	h := &house{clock: &moving{}, log: &alarm{}}
	ctx, stop := context.WithCancel(context.Background())
	c := config(dir, h.clock)
	change(&c)
	if h.app, err = app.Open(ctx, c, slog.New(h.log)); err != nil {
		stop()
		return nil, err
	}
	accounts, err := h.app.LoadDemo(ctx, app.DemoSeed) // known already; gives the portal's key
	if err == nil && before != nil {
		err = before(h.app)
	}
	if err != nil {
		stop()
		return nil, errors.Join(err, h.app.Close())
	}
	h.keys = map[string]string{}
	for _, a := range accounts {
		h.keys[a.Who] = a.Login
	}
	ready, done := make(chan string, 1), make(chan error, 1)
	go func() { done <- h.app.Run(ctx, func(a net.Addr) { ready <- "http://" + a.String() }) }()
	suite.ends = append(suite.ends, func() {
		stop()
		if err := errors.Join(<-done, h.app.Close()); err != nil {
			fmt.Fprintln(os.Stderr, name, "did not end well:", err)
		}
	})
	select {
	case h.base = <-ready:
		if c.BaseURL != "" {
			h.base = c.BaseURL
		}
		return h, nil
	case err := <-done:
		done <- err
		return nil, fmt.Errorf("the hall stopped before it was ready: %w", err)
	case <-time.After(3 * time.Minute):
		return nil, errors.New("the hall did not become ready in three minutes")
	}
}

// ours is the house that most tests share. Tests that turn the clock or break something run one of their own.
func ours(t testing.TB) *house {
	t.Helper()
	h, err := suite.shared()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// alarm is a log that keeps what no run may log, and is quiet about the rest.
type alarm struct {
	mu    sync.Mutex
	lines []string
}

// Enabled implements slog.Handler.
func (a *alarm) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelWarn }

// Handle implements slog.Handler.
func (a *alarm) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", r.Level, r.Message)
	r.Attrs(func(x slog.Attr) bool {
		fmt.Fprintf(&b, " %s=%v", x.Key, x.Value)
		return true
	})
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lines = append(a.lines, b.String())
	return nil
}

// WithAttrs implements slog.Handler.
func (a *alarm) WithAttrs([]slog.Attr) slog.Handler { return a }

// WithGroup implements slog.Handler.
func (a *alarm) WithGroup(string) slog.Handler { return a }

// since gives the lines after the first n.
func (a *alarm) since(n int) []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]string(nil), a.lines[n:]...)
}

func (a *alarm) len() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.lines)
}

// client signs a person in without a browser, for what a test needs beside it. It follows no redirects.
func (h *house) client(t testing.TB, phone string) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Jar: jar, Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.PostForm(h.base+"/signin", url.Values{"login": {phone}, "password": {app.DemoPassword}})
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusSeeOther {
		t.Fatalf("signing in as %s: %s", phone, res.Status)
	}
	return c
}

// session is a session cookie of the person, made once.
func (h *house) session(t testing.TB, phone string) string {
	t.Helper()
	if v, ok := h.cookie.Load(phone); ok {
		return v.(string)
	}
	u, err := url.Parse(h.base)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range h.client(t, phone).Jar.Cookies(u) {
		if c.Name == "session" {
			h.cookie.Store(phone, c.Value)
			return c.Value
		}
	}
	t.Fatalf("no session for %s", phone)
	return ""
}
