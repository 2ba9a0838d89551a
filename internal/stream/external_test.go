package stream_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
	"github.com/unionhall/unionhall/internal/stream"
	"github.com/unionhall/unionhall/internal/stream/streamtest"
)

func external(t testing.TB, address string, opts ...stream.Option) stream.Stream {
	t.Helper()
	s, err := stream.External(address, append([]stream.Option{
		stream.WithLog(quiet), stream.WithRetry(5 * time.Millisecond), stream.WithAckWait(500 * time.Millisecond),
		stream.WithMaxBytes(32 << 20), // servers put as much aside for each stream
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestExternal(t *testing.T) {
	c := streamtest.NewCluster(t, 3)
	n := 0
	streamtest.Run(t, func(t *testing.T) stream.Stream {
		n++
		return external(t, fmt.Sprintf("%s?name=hall-%d", c.Address(), n))
	})
}

// One server without a cluster is a hall's too.
func TestExternalOnOneServer(t *testing.T) {
	c := streamtest.NewCluster(t, 1)
	streamtest.Run(t, func(t *testing.T) stream.Stream {
		return external(t, fmt.Sprintf("%s?name=h%d", c.Address(), time.Now().UnixNano()%1_000_000_000))
	})
}

// steadily publishes events one by one until told to stop, each as often as it takes, as the relay does.
func steadily(t *testing.T, s stream.Stream) (stop func() (published []string)) {
	t.Helper()
	end, out := make(chan struct{}), make(chan []string)
	go func() {
		var ids []string
		for {
			select {
			case <-end:
				out <- ids
				return
			case <-time.After(2 * time.Millisecond):
			}
			e := streamtest.Make("a.b.c", 1)
			for {
				ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
				err := s.Publish(ctx, e...)
				cancel()
				if err == nil {
					break
				}
				time.Sleep(20 * time.Millisecond)
			}
			ids = append(ids, e[0].ID)
		}
	}()
	return func() []string { close(end); return <-out }
}

// seenAll waits until every id is in the box.
func seenAll(t *testing.T, what string, b *streamtest.Box, ids []string) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		got, missing := map[string]bool{}, 0
		for _, id := range b.IDs() {
			got[id] = true
		}
		for _, id := range ids {
			if !got[id] {
				missing++
			}
		}
		if missing == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s: %d of %d events did not come", what, missing, len(ids))
		}
	}
}

// Each node in turn goes and comes back, the leader first, while two halls publish, consume and follow. Each event is
// consumed by one of them, and both followers see every one.
func TestExternalOutlivesEachNode(t *testing.T) {
	c := streamtest.NewCluster(t, 3)
	var consumed streamtest.Box
	followed := make([]streamtest.Box, 2)
	halls := make([]stream.Stream, 2)
	var stops []func() []string
	for i := range halls {
		halls[i] = external(t, c.Address(), stream.WithAckWait(3*time.Second))
		must(t, halls[i].Consume(t.Context(), "c", all, consumed.Put))
		must(t, halls[i].Follow(t.Context(), all, func(e event.Event) { _ = followed[i].Put(t.Context(), e) }))
	}
	for _, s := range halls {
		stops = append(stops, steadily(t, s))
	}
	first := max(0, c.Leader("HALL"))
	for i := range c.Nodes {
		n := (first + i) % len(c.Nodes)
		c.Stop(n)
		time.Sleep(1500 * time.Millisecond)
		c.Start(n)
		time.Sleep(1500 * time.Millisecond) // for it to catch up: two away at a time are too many
	}
	ids := append(stops[0](), stops[1]()...)
	if len(ids) < 500 {
		t.Errorf("only %d events were published meanwhile", len(ids))
	}
	seenAll(t, "consumed", &consumed, ids)
	for i := range followed {
		seenAll(t, fmt.Sprintf("followed by %d", i), &followed[i], ids)
		if got := followed[i].IDs(); len(got) != len(ids) {
			t.Errorf("%d: followed %d of %d", i, len(got), len(ids))
		}
	}
	// An answer that died with a node lets an event come twice, no more.
	if n := len(consumed.IDs()); n > len(ids)+50 {
		t.Errorf("%d events were consumed %d times", len(ids), n)
	}
}

// All nodes go. Publishing says so at once, the relay waits, and when they are back all of it is handed on.
func TestRelayWaitsForTheCluster(t *testing.T) {
	db := sqldbtest.SQLite(t)
	c := streamtest.NewCluster(t, 3)
	s := external(t, c.Address())
	effects := newEffects(t, db)
	must(t, s.Consume(t.Context(), "effects", all, effects.on))
	relaying(t, db, s)
	emit(t, db, 20)
	eventually(t, "the first effects", func() bool { return effects.total(t) == 20 })
	c.Stop()
	emit(t, db, 30)
	begun := time.Now()
	if err := s.Publish(t.Context(), streamtest.Make("a.b.c", 1)...); !fault.Is(err, fault.Unavailable) || time.Since(begun) > time.Second {
		t.Errorf("%v after %s", err, time.Since(begun))
	}
	time.Sleep(500 * time.Millisecond)
	if n := waiting(t, db); n != 30 {
		t.Errorf("%d events wait", n)
	}
	c.Start()
	eventually(t, "an empty outbox", func() bool { return waiting(t, db) == 0 })
	eventually(t, "all effects", func() bool { return effects.total(t) == 50 })
}

// The servers lose all they had. The stream is made anew, what the outbox keeps is published again, and those who
// consumed and followed before go on.
func TestExternalIsMadeAnewWhenItIsLost(t *testing.T) {
	db := sqldbtest.SQLite(t)
	c := streamtest.NewCluster(t, 1)
	s := external(t, c.Address())
	var consumed, followed streamtest.Box
	must(t, s.Consume(t.Context(), "c", all, consumed.Put))
	must(t, s.Follow(t.Context(), all, func(e event.Event) { _ = followed.Put(t.Context(), e) }))
	relaying(t, db, s)
	emit(t, db, 10)
	consumed.Wait(t, 10)
	followed.Wait(t, 10)
	c.Stop()
	must(t, os.RemoveAll(c.Nodes[0].Dir))
	c.Start()
	emit(t, db, 3)
	distinct := func(b *streamtest.Box) int {
		ids := b.IDs()
		slices.Sort(ids)
		return len(slices.Compact(ids))
	}
	eventually(t, "the new events, by the consumer", func() bool { return distinct(&consumed) == 13 })
	eventually(t, "the new events, by the follower", func() bool { return distinct(&followed) == 13 })
	eventually(t, "the old events again", func() bool { return len(consumed.IDs()) >= 23 })
}

// wire stands between a hall and a node, and can be cut: nothing passes, and nobody is told.
type wire struct {
	net.Listener
	cut atomic.Bool
	mu  sync.Mutex
	all []net.Conn
}

func newWire(t *testing.T, to int) *wire {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	w := &wire{Listener: l}
	t.Cleanup(func() { l.Close(); w.drop() })
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", to))
			if err != nil {
				near.Close()
				continue
			}
			w.mu.Lock()
			w.all = append(w.all, near, far)
			w.mu.Unlock()
			go w.pass(near, far)
			go w.pass(far, near)
		}
	}()
	return w
}

func (w *wire) pass(to, from net.Conn) {
	defer to.Close()
	_, _ = io.Copy(writer(func(p []byte) (int, error) {
		if w.cut.Load() {
			return len(p), nil
		}
		return to.Write(p)
	}), from)
}

func (w *wire) drop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.all {
		c.Close()
	}
	w.all = nil
}

// A hall is cut off from the servers without a word. What it was doing is done by the other; when the wire is mended it
// goes on, and its follower has missed nothing.
func TestExternalOutlivesAPartition(t *testing.T) {
	c := streamtest.NewCluster(t, 1)
	w := newWire(t, c.Nodes[0].Port)
	here := external(t, c.Address())
	there := external(t, "nats://"+w.Addr().String())
	var consumed, followed streamtest.Box
	must(t, there.Consume(t.Context(), "c", all, consumed.Put))
	must(t, there.Follow(t.Context(), all, func(e event.Event) { _ = followed.Put(t.Context(), e) }))
	must(t, here.Publish(t.Context(), streamtest.Make("a.b.c", 2)...))
	consumed.Wait(t, 2)
	followed.Wait(t, 2)
	w.cut.Store(true)
	must(t, here.Consume(t.Context(), "c", all, consumed.Put))
	must(t, here.Publish(t.Context(), streamtest.Make("a.b.c", 5)...))
	eventually(t, "the work of the one that is cut off", func() bool { return len(consumed.IDs()) == 7 })
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if err := there.Publish(ctx, streamtest.Make("a.b.c", 1)...); err == nil {
		t.Error("published through a cut wire")
	}
	w.cut.Store(false)
	w.drop()
	must(t, here.Publish(t.Context(), streamtest.Make("a.b.c", 1)...))
	eventually(t, "what was missed", func() bool { return len(followed.IDs()) >= 8 })
}

// A hall dies in the middle of an event: the other gets it.
func TestExternalGivesADeadHallsEventToAnother(t *testing.T) {
	c := streamtest.NewCluster(t, 1)
	w := newWire(t, c.Nodes[0].Port)
	dying, living := external(t, "nats://"+w.Addr().String()), external(t, c.Address())
	began := make(chan struct{})
	must(t, dying.Consume(t.Context(), "c", all, func(ctx context.Context, _ event.Event) error {
		close(began)
		<-ctx.Done()
		return nil
	}))
	e := streamtest.Make("a.b.c", 1)
	must(t, living.Publish(t.Context(), e...))
	<-began
	w.cut.Store(true)
	var box streamtest.Box
	must(t, living.Consume(t.Context(), "c", all, box.Put))
	if got := box.Wait(t, 1); got[0] != e[0].ID {
		t.Error(got)
	}
}

func TestExternalKeepsThreeCopiesOnThreeNodes(t *testing.T) {
	c := streamtest.NewCluster(t, 3)
	external(t, streamtest.Address(c.Nodes[0])) // the others make themselves known
	h, err := stream.Look(t.Context(), c.Address())
	if err != nil || h.Copies != 3 || h.Servers != 3 {
		t.Fatalf("%+v %v", h, err)
	}
	external(t, c.Address()+"?replicas=1") // takes none away
	if h, err = stream.Look(t.Context(), c.Address()); err != nil || h.Copies != 3 {
		t.Fatalf("%+v %v", h, err)
	}
}

func TestLook(t *testing.T) {
	c := streamtest.NewCluster(t, 3)
	if h, err := stream.Look(t.Context(), c.Address()); err != nil || h.Made {
		t.Fatalf("%+v %v", h, err)
	}
	s := external(t, c.Address())
	var box streamtest.Box
	must(t, s.Publish(t.Context(), streamtest.Make("a.b.c", 1)...))
	if h, err := stream.Look(t.Context(), c.Address()); err != nil || !h.Made || h.Used || h.Current != 3 {
		t.Fatalf("%+v %v", h, err)
	}
	must(t, s.Consume(t.Context(), "c", all, box.Put))
	eventually(t, "a hall at work", func() bool {
		h, err := stream.Look(t.Context(), c.Address())
		return err == nil && h.Used
	})
	c.Stop(2)
	eventually(t, "a copy that is behind", func() bool {
		h, err := stream.Look(t.Context(), c.Address())
		return err == nil && h.Copies == 3 && h.Current == 2
	})
	c.Stop()
	if _, err := stream.Look(t.Context(), c.Address()); err == nil {
		t.Error("nobody is there")
	}
}

func TestAddressesThatAreRefused(t *testing.T) {
	for address, want := range map[string]string{
		"nats://u:hunter2@a:4222":         "secrets",
		"nats://a,nats://hunter2@b:4222":  "secrets",
		"nats://a,tls://b":                "TLS",
		"http://a":                        "want nats://",
		"a:4222":                          "want nats://",
		"nats://a/x":                      "want nats://",
		"nats://a?token=hunter2":          "no token",
		"nats://a?replicas=none":          "replicas",
		"nats://a?name=A.b":               "name",
		"nats://hunter2:x y@:99999999999": "want nats://",
		"nats://a?credentials=/nowhere/x": "/nowhere/x",
		"tls://127.0.0.1:1?ca=/nowhere/c": "/nowhere/c",
	} {
		_, err := stream.External(address, stream.WithLog(quiet), stream.WithSettle(time.Millisecond))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// A server with a user and no encryption for somebody else: the password comes from the environment and is not told.
func TestExternalWithAPassword(t *testing.T) {
	n := streamtest.Nodes(t, 1)[0]
	srv, err := n.Run(func(o *server.Options) { o.Username, o.Password = "hall", "hunter2" })
	must(t, err)
	defer srv.Shutdown()
	if _, err := stream.External(streamtest.Address(n), stream.WithLog(quiet), stream.WithSettle(time.Millisecond)); err == nil {
		t.Error("let in without a password")
	}
	t.Setenv("NATS_USER", "hall")
	t.Setenv("NATS_PASSWORD", "hunter2")
	must(t, external(t, streamtest.Address(n)).Publish(t.Context(), streamtest.Make("a.b.c", 1)...))
	file := filepath.Join(t.TempDir(), "none.creds")
	if _, err := stream.External(streamtest.Address(n)+"?credentials="+file, stream.WithLog(quiet), stream.WithSettle(time.Millisecond)); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
