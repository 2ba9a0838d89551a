package app_test

import (
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
	"github.com/unionhall/unionhall/internal/stream/streamtest"
)

// Of two halls on one PostgreSQL that have no stream in common the second does not start; when the first has stopped it
// does. Halls that share a stream let each other in, and none that has one of its own.
func TestHallsOnOneStoreShareTheStream(t *testing.T) {
	store, keys := sqldbtest.PostgresDSN(t), filepath.Join(t.TempDir(), "seal.json")
	hall := func(stream string) *app.App {
		a, err := app.Open(t.Context(), app.Config{Dir: t.TempDir(), Store: store, Stream: stream, Keys: keys, Listen: "127.0.0.1:0", Cheap: true},
			slog.New(slog.NewTextHandler(io.Discard, nil)))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = a.Close() })
		return a
	}
	refused := func(stream string) {
		t.Helper()
		var advice *app.Advice
		if err := hall(stream).Run(t.Context(), nil); !errors.As(err, &advice) || !strings.Contains(advice.Text, "--stream") {
			t.Errorf("a hall on %q: %v", stream, err)
		}
	}
	nats := streamtest.NewCluster(t, 1).Address()
	first := hall("")
	_, stop := start(t, first)
	refused("")
	refused(nats)
	if err := errors.Join(stop(), first.Close()); err != nil {
		t.Fatal(err)
	}
	_, stopA := start(t, hall(nats))
	_, stopB := start(t, hall(nats))
	refused("")
	if err := errors.Join(stopA(), stopB()); err != nil {
		t.Error(err)
	}
}
