// Package upgrade opens what earlier releases have left behind: a small hall with something of everything, as each
// release kept it.
package upgrade

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

var quiet = slog.New(slog.DiscardHandler)

// Every archive of an earlier release, on either engine, says after the upgrade what it said when it was made, and the
// hall in it goes on.
func TestHallsOfBeforeGoOn(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.tar.zst")
	if err != nil || len(archives) == 0 {
		t.Fatal("no archives", err)
	}
	for _, archive := range archives {
		release := strings.TrimSuffix(filepath.Base(archive), ".tar.zst")
		for engine, store := range map[string]func(testing.TB) string{"sqlite": func(testing.TB) string { return "" }, "postgres": sqldbtest.EmptyPostgresDSN} {
			t.Run(release+" on "+engine, func(t *testing.T) {
				dir := filepath.Join(t.TempDir(), "hall")
				c := app.Config{Dir: dir, Store: store(t), Listen: "127.0.0.1:0", Cheap: true}
				if _, err := app.Restore(t.Context(), c, archive); err != nil {
					t.Fatal(err)
				}
				a, err := app.Open(t.Context(), c, quiet)
				if err != nil {
					t.Fatal(err)
				}
				defer a.Close()
				stop := run(t, a)
				got, want := factsOf(t, a), factsIn(t, "testdata/"+release+".json")
				if _, err := a.Portals.Admit(t.Context(), want.Key); err != nil {
					t.Errorf("the portal's key is not taken: %v", err)
				}
				got.Key = want.Key
				if !reflect.DeepEqual(got, want) {
					g, _ := json.MarshalIndent(got, "", " ")
					w, _ := json.MarshalIndent(want, "", " ")
					t.Errorf("the hall says\n%s\nand said\n%s", g, w)
				}
				goesOn(t, a)
				stop()
			})
		}
	}
}

func factsIn(t *testing.T, path string) (f facts) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &f); err != nil {
		t.Fatal(err)
	}
	return f
}

// run runs the hall until stop is called.
func run(t *testing.T, a *app.App) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan net.Addr, 1), make(chan error, 1)
	go func() { ended <- a.Run(ctx, func(addr net.Addr) { ready <- addr }) }()
	select {
	case <-ready:
	case err := <-ended:
		cancel()
		t.Fatalf("the hall ended as it started: %v", err)
	case <-time.After(time.Minute):
		cancel()
		t.Fatal("the hall does not come up")
	}
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}
