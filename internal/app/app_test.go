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
	"github.com/unionhall/unionhall/internal/doctor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/lang"
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
			if broken, err := doctor.Broken(ctx, a.DB); err != nil || len(broken) > 0 {
				t.Errorf("%v %v", broken, err)
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

// A master entered without coordinates sets out from the nearest union that has some; nowhere would be out of reach
// of every need.
func TestAMasterWithoutAPlaceSetsOutFromTheUnion(t *testing.T) {
	a, ctx := open(t, app.Config{Dir: t.TempDir()}), t.Context()
	p, err := a.Hall.Found(ctx, hall.Founding{Name: "某省总工会", NameEN: "A province", Level: hall.Province, Person: "张三", Phone: "13800138000", Password: "一二三四五六七八九十"})
	if err != nil {
		t.Fatal(err)
	}
	city, err := a.Hall.CreateUnion(ctx, actor.Hall, hall.NewUnion{ParentID: p.UnionID, Level: hall.City, Kind: hall.Region, Code: "01",
		Name: lang.Text{ZH: "某市总工会", EN: "A city"}, Place: hall.Place{Lat: 24.9, Lng: 118.6}})
	if err != nil {
		t.Fatal(err)
	}
	county, err := a.Hall.CreateUnion(ctx, actor.Hall, hall.NewUnion{ParentID: city.ID, Level: hall.County, Kind: hall.Region, Code: "01",
		Name: lang.Text{ZH: "某县总工会", EN: "A county"}})
	if err != nil {
		t.Fatal(err)
	}
	who := hall.PersonInput{Name: "柯启明", Phone: "13800138001", UnionID: county.ID}
	own := hall.MasterOwn{Craft: []string{"fitting"}, ReachMetre: 50_000, MaxLoad: 2}
	m, err := a.Hall.CreateMaster(ctx, actor.Hall, who, hall.MasterInput{Title: "高级技师", UnionID: county.ID, MasterOwn: own})
	if err != nil {
		t.Fatal(err)
	}
	_, stop := start(t, a)
	var offers []exchange.Offer
	for end := time.Now().Add(time.Minute); len(offers) == 0 && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if offers, err = a.Exchange.OffersOf(ctx, m.Person.ID); err != nil {
			t.Fatal(err)
		}
	}
	if len(offers) != 1 || offers[0].Spot.Lat != 24.9 || offers[0].Spot.Lng != 118.6 {
		t.Errorf("offers %+v", offers)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}
