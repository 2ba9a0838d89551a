package app_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

var quiet = slog.New(slog.DiscardHandler)

func open(t *testing.T, c app.Config) *app.App {
	t.Helper()
	c.Listen, c.Cheap = "127.0.0.1:0", true
	a, err := app.Open(t.Context(), c, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

// start runs the hall; the function returned stops it and waits.
func start(t *testing.T, a *app.App) (base string, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan string, 1), make(chan error, 1)
	go func() { done <- a.Run(ctx, func(addr net.Addr) { ready <- "http://" + addr.String() }) }()
	select {
	case base = <-ready:
	case err := <-done:
		t.Fatalf("the hall did not start: %v", err)
	case <-time.After(time.Minute):
		t.Fatal("the hall is not ready after a minute")
	}
	return base, func() error {
		cancel()
		select {
		case err := <-done:
			return err
		case <-time.After(time.Minute):
			return fmt.Errorf("the hall did not stop within a minute")
		}
	}
}

// The demonstration has what it promises, on both engines; a later start leaves it alone.
func TestDemonstration(t *testing.T) {
	for engine, store := range map[string]string{"sqlite": "", "postgres": sqldbtest.PostgresDSN(t)} {
		t.Run(engine, func(t *testing.T) {
			ctx := t.Context()
			c := app.Config{Dir: t.TempDir(), Store: store}
			a := open(t, c)
			accounts, err := a.LoadDemo(ctx, app.DemoSeed)
			if err != nil {
				t.Fatal(err)
			}
			if len(accounts) < 7 {
				t.Fatalf("%d accounts", len(accounts))
			}
			needs, err := a.Exchange.Count(ctx, actor.Hall, exchange.NeedFilter{})
			if err != nil || needs != 3000 {
				t.Fatalf("%d needs, %v", needs, err)
			}
			root, err := a.Hall.Root(ctx)
			if err != nil {
				t.Fatal(err)
			}
			sum, _, err := a.Hall.Tallies(ctx, actor.Hall, root.ID)
			if err != nil || sum.Enterprises != 2000 || sum.Masters != 400 || sum.People < 20_000 {
				t.Fatalf("%+v, %v", sum, err)
			}
			again, err := a.LoadDemo(ctx, app.DemoSeed)
			if err != nil || len(again) != len(accounts) || again[0] != accounts[0] {
				t.Fatalf("a second start gives the same accounts: %v, %v", again, err)
			}
			if now, _ := a.Exchange.Count(ctx, actor.Hall, exchange.NeedFilter{}); now != needs {
				t.Fatalf("a second start adds nothing: %d", now)
			}
		})
	}
}

func TestDemonstrationRefusesAHallOfItsOwn(t *testing.T) {
	a := open(t, app.Config{Dir: t.TempDir()})
	_, err := a.Hall.Found(t.Context(), hall.Founding{Name: "某省总工会", NameEN: "A province", Person: "张三", Phone: "13800138000", Password: "一二三四五六七八九十"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.LoadDemo(t.Context(), app.DemoSeed); err == nil || !strings.Contains(err.Error(), "already holds a hall") {
		t.Fatal(err)
	}
}

// An empty hall starts, answers, stops and starts again; what is open when it stops is told to come back.
func TestStartStopStart(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		a, err := app.Open(t.Context(), app.Config{Dir: dir, Listen: "127.0.0.1:0", Cheap: true}, quiet)
		if err != nil {
			t.Fatal(err)
		}
		base, stop := start(t, a)
		for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/": 200, "/console": 200, "/v1/needs": 401, "/v1/openapi.json": 200, "/none": 404} {
			res, err := http.Get(base + path) // /console leads to the sign-in page
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(res.Body)
			res.Body.Close()
			if res.StatusCode != want {
				t.Errorf("%s: %d, want %d\n%.300s", path, res.StatusCode, want, body)
			}
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestAListenerThatIsTakenIsSaid(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	a, err := app.Open(t.Context(), app.Config{Dir: t.TempDir(), Listen: l.Addr().String(), Cheap: true}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if err := a.Run(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Fatal(err)
	}
}
