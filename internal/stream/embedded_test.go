package stream_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/stream"
	"github.com/unionhall/unionhall/internal/stream/streamtest"
)

var all = []string{">"}

func TestEmbeddedGoesOnAfterARestart(t *testing.T) {
	dir := t.TempDir()
	events := streamtest.Make("a.b.c", 6)
	var before, after streamtest.Box
	s := embedded(t, dir)
	must(t, s.Consume(t.Context(), "c", all, before.Put))
	must(t, s.Publish(t.Context(), events[:2]...))
	before.Wait(t, 2)
	must(t, s.Consume(t.Context(), "other", []string{"nothing.of.this"}, before.Put))
	must(t, s.Close())

	s = embedded(t, dir)
	must(t, s.Publish(t.Context(), events[1:4]...)) // one of them again: the window outlives the process
	must(t, s.Consume(t.Context(), "c", all, after.Put))
	if got := after.Wait(t, 2); got[0] != events[2].ID {
		t.Error(got)
	}
	must(t, s.Close())
}

// The power fails: the events' file falls back to what had been synced, the consumers' state did not. The
// relay publishes again, and the consumer must get what it has not seen, and may get what it has.
func TestEmbeddedRecoversFromATruncatedFile(t *testing.T) {
	dir := t.TempDir()
	events := streamtest.Make("a.b.c", 30)
	s := embedded(t, dir)
	must(t, s.Publish(t.Context(), events[:10]...))
	must(t, s.Close())
	saved := t.TempDir()
	must(t, os.CopyFS(saved, os.DirFS(dir)))

	var before, after streamtest.Box
	s = embedded(t, dir)
	must(t, s.Consume(t.Context(), "c", all, before.Put))
	must(t, s.Publish(t.Context(), events[10:20]...))
	before.Wait(t, 20)
	must(t, s.Close())
	msgs := filepath.Join(dir, "jetstream/$G/streams/HALL/msgs")
	must(t, os.RemoveAll(msgs))
	must(t, os.CopyFS(msgs, os.DirFS(filepath.Join(saved, "jetstream/$G/streams/HALL/msgs"))))

	s = embedded(t, dir)
	must(t, s.Publish(t.Context(), events...)) // the relay's last minutes, and what is new
	must(t, s.Consume(t.Context(), "c", all, after.Put))
	for end := time.Now().Add(10 * time.Second); !slices.Contains(after.IDs(), events[29].ID); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("only %d came", len(after.IDs()))
		}
	}
	for _, e := range events[20:] {
		if !slices.Contains(after.IDs(), e.ID) {
			t.Errorf("%s never came", e.ID)
		}
	}
}

func TestEmbeddedFolderHasOneOwner(t *testing.T) {
	dir := t.TempDir()
	s := embedded(t, dir)
	if second, err := stream.Embedded(dir, stream.WithLog(quiet)); err == nil {
		_ = second.Close()
		t.Fatal("two processes may write the same files")
	}
	must(t, s.Publish(t.Context(), streamtest.Make("a.b.c", 1)...)) // the first is unharmed
	must(t, s.Close())
	must(t, embedded(t, dir).Close())
}

func TestEmbeddedNamesAPoisonedEventEachTime(t *testing.T) {
	var mu sync.Mutex
	var log bytes.Buffer
	s := embedded(t, t.TempDir(), stream.WithLog(slog.New(slog.NewTextHandler(writer(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return log.Write(p)
	}), nil))))
	poison := streamtest.Make("a.b.c", 1)[0]
	tries := make(chan time.Time, 100)
	must(t, s.Consume(t.Context(), "c", all, func(context.Context, event.Event) error {
		tries <- time.Now()
		return errors.New("cannot be")
	}))
	must(t, s.Publish(t.Context(), poison))
	at := make([]time.Time, 5)
	for i := range at {
		at[i] = <-tries
	}
	if first, last := at[1].Sub(at[0]), at[4].Sub(at[3]); last < first {
		t.Errorf("the pause was %s, then %s", first, last)
	}
	mu.Lock()
	defer mu.Unlock()
	if n := strings.Count(log.String(), poison.ID); n < 4 || strings.Contains(log.String(), "INFO") {
		t.Errorf("named %d times:\n%s", n, log.String())
	}
}

// A consumer that takes longer than a dead one may is left to its work.
func TestEmbeddedLeavesSlowConsumersAlone(t *testing.T) {
	s := embedded(t, t.TempDir(), stream.WithAckWait(150*time.Millisecond))
	var box streamtest.Box
	for range 2 {
		must(t, s.Consume(t.Context(), "slow", all, func(ctx context.Context, e event.Event) error {
			defer time.Sleep(500 * time.Millisecond)
			return box.Put(ctx, e)
		}))
	}
	must(t, s.Publish(t.Context(), streamtest.Make("a.b.c", 3)...))
	time.Sleep(1500 * time.Millisecond)
	box.Wait(t, 3)
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func BenchmarkPublish(b *testing.B) {
	s := embedded(b, b.TempDir())
	for b.Loop() {
		must(b, s.Publish(context.Background(), streamtest.Make("a.b.c", 64)...))
	}
}

func BenchmarkConsume(b *testing.B) {
	s := embedded(b, b.TempDir())
	done := make(chan struct{}, 1000)
	must(b, s.Consume(context.Background(), "c", all, func(context.Context, event.Event) error { done <- struct{}{}; return nil }))
	n := 0
	for b.Loop() {
		must(b, s.Publish(context.Background(), streamtest.Make("a.b.c", 1)...))
		n++
	}
	for range n {
		select {
		case <-done:
		case <-time.After(5 * time.Second):
			b.Fatal("lost")
		}
	}
}
