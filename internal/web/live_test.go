package web

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
)

// serve runs a hall with live pages on a real port until the test ends.
func serve(t *testing.T, opts LiveOptions, change ...func(*Server)) (h *hall, live *Live, base string, stop func() error) {
	t.Helper()
	opts.MaySee = func(_ context.Context, a actor.Actor, topic string) bool { return a.SignedIn() && topic != "hidden" }
	live = NewLive(opts)
	h = newHall(t, func(o *Options) { o.Live = live })
	ctx, cancel := context.WithCancel(context.Background())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := NewServer(h.Router)
	for _, c := range change {
		c(s)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	stop = sync.OnceValue(func() error { cancel(); return <-done })
	t.Cleanup(func() { stop() })
	return h, live, "http://" + l.Addr().String(), stop
}

// follow opens a stream and gives its events, "change need:1"; the channel closes with the stream.
func follow(t *testing.T, base, query string) <-chan string {
	t.Helper()
	r, err := http.NewRequest("GET", base+"/live?"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Test-Actor", "person")
	r.Header.Set("Accept-Encoding", "gzip")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/event-stream" || res.Header.Get("Content-Encoding") != "" {
		t.Fatal(res.StatusCode, res.Header)
	}
	events := make(chan string, 100)
	go func() {
		defer close(events)
		name := ""
		for sc := bufio.NewScanner(res.Body); sc.Scan(); {
			switch key, value, _ := strings.Cut(sc.Text(), ": "); key {
			case "event":
				name = value
			case "data":
				events <- strings.TrimSpace(name + " " + value)
			case "":
				if value == "still here" {
					events <- "beat"
				}
			}
		}
	}()
	if got := next(t, events); got != "hello" {
		t.Fatal(got)
	}
	return events
}

func next(t *testing.T, events <-chan string) string {
	t.Helper()
	select {
	case e, ok := <-events:
		if !ok {
			return "closed"
		}
		return e
	case <-time.After(5 * time.Second):
		t.Fatal("nothing came")
		return ""
	}
}

func TestLiveTellsOfTopics(t *testing.T) {
	_, live, base, _ := serve(t, LiveOptions{})
	events := follow(t, base, "topic=need:1&topic=hidden&topic=need:2")
	live.Publish("hidden", "need:3", "need:2")
	if got := next(t, events); got != "change need:2" {
		t.Error(got)
	}
	live.Publish("need:1")
	if got := next(t, events); got != "change need:1" {
		t.Error(got)
	}
}

func TestLiveRefusesWhatMayNotBeSeen(t *testing.T) {
	h, _, _, _ := serve(t, LiveOptions{})
	for _, c := range []struct{ who, query string }{{"", "topic=need:1"}, {"person", "topic=hidden"}, {"person", ""}, {"person", "topic=" + strings.Repeat("x", 101)}} {
		if w := h.get("/live?"+c.query, "Test-Actor", c.who); w.Code != 204 {
			t.Errorf("%+v: %d", c, w.Code)
		}
	}
}

// A page is made before its connection stands; what changes in between must not be lost.
func TestWhatChangedWhileThePageOpened(t *testing.T) {
	_, live, base, _ := serve(t, LiveOptions{})
	before := time.Now()
	live.Publish("need:1", "hidden")
	events := follow(t, base, fmt.Sprintf("topic=need:1&topic=need:2&topic=hidden&since=%d", before.UnixMilli()))
	if got := next(t, events); got != "change need:1" {
		t.Fatalf("got %q", got)
	}
	live.Publish("need:2")
	if got := next(t, events); got != "change need:2" {
		t.Fatalf("got %q after what changed before", got)
	}
	late := follow(t, base, fmt.Sprintf("topic=need:1&topic=need:9&since=%d", time.Now().Add(time.Minute).UnixMilli()))
	live.Publish("need:9")
	if got := next(t, late); got != "change need:9" {
		t.Fatalf("got %q, which the page had on it", got)
	}
	live.Publish("need:1")
	if got := next(t, late); got != "change need:1" {
		t.Fatalf("got %q", got)
	}
}

func TestASlowReaderMissesOnlyRepetitions(t *testing.T) {
	live := NewLive(LiveOptions{})
	f, ok := live.join("p1", []string{"a", "b"}, time.Time{})
	if !ok {
		t.Fatal("joined")
	}
	for range 100_000 {
		live.Publish("a", "b", "c")
	}
	if got := fmt.Sprint(f.take()); got != "[a b]" {
		t.Error(got)
	}
	if len(f.wake) != 1 {
		t.Error("it was woken once")
	}
	live.leave(f, "p1", []string{"a", "b"})
	if len(live.byName) != 0 || len(live.each) != 0 || live.Followers() != 0 {
		t.Error("nothing stays behind")
	}
}

func TestLiveBounds(t *testing.T) {
	live := NewLive(LiveOptions{Most: 3, Each: 2})
	for i, c := range []struct {
		owner string
		want  bool
	}{{"a", true}, {"a", true}, {"a", false}, {"b", true}, {"c", false}} {
		if _, ok := live.join(c.owner, nil, time.Time{}); ok != c.want {
			t.Errorf("%d: %v", i, ok)
		}
	}
}

func TestLiveBeatsAndEnds(t *testing.T) {
	_, live, base, _ := serve(t, LiveOptions{Beat: 20 * time.Millisecond, Life: 150 * time.Millisecond})
	events := follow(t, base, "topic=need:1")
	if got := next(t, events); got != "beat" {
		t.Error(got)
	}
	for next(t, events) != "closed" {
	}
	for i := 0; live.Followers() > 0; i++ {
		if i > 100 {
			t.Fatal("it stays in the hub")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestLiveOutlivesTheServersDeadlines(t *testing.T) {
	_, live, base, _ := serve(t, LiveOptions{}, func(s *Server) {
		s.http.ReadTimeout, s.http.WriteTimeout = 100*time.Millisecond, 100*time.Millisecond
	})
	events := follow(t, base, "topic=need:1")
	time.Sleep(300 * time.Millisecond)
	live.Publish("need:1")
	if got := next(t, events); got != "change need:1" {
		t.Error(got)
	}
}

func TestLiveConcurrently(t *testing.T) {
	_, live, base, stop := serve(t, LiveOptions{})
	var wg sync.WaitGroup
	quit := make(chan struct{})
	for i := range 4 {
		wg.Go(func() {
			for {
				select {
				case <-quit:
					return
				default:
					live.Publish(fmt.Sprint("need:", i))
					time.Sleep(time.Millisecond)
				}
			}
		})
	}
	var open []<-chan string
	for i := range 8 {
		open = append(open, follow(t, base, fmt.Sprintf("topic=need:%d&topic=need:%d", i%4, (i+1)%4)))
	}
	for _, events := range open {
		if got := next(t, events); !strings.HasPrefix(got, "change need:") {
			t.Error(got)
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	close(quit)
	wg.Wait()
}

func TestShutdownLosesNoAcceptedRequest(t *testing.T) {
	h, _, base, stop := serve(t, LiveOptions{})
	begun, finish := make(chan struct{}), make(chan struct{})
	h.Page("GET /long", Public, func(w http.ResponseWriter, r *http.Request) error {
		close(begun)
		<-finish
		_, err := w.Write([]byte("done"))
		return err
	})
	events := follow(t, base, "topic=need:1")
	answer := make(chan string, 1)
	go func() {
		res, err := http.Get(base + "/long")
		if err != nil {
			answer <- err.Error()
			return
		}
		defer res.Body.Close()
		sc := bufio.NewScanner(res.Body)
		sc.Scan()
		answer <- sc.Text()
	}()
	<-begun
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	if got := next(t, events); got != "closed" {
		t.Errorf("live pages end at once: %s", got)
	}
	select {
	case err := <-stopped:
		t.Fatal("it did not wait for the request under way", err)
	case <-time.After(50 * time.Millisecond):
	}
	if _, err := http.Get(base + "/"); err == nil {
		t.Error("nothing new is accepted")
	}
	close(finish)
	if got := <-answer; got != "done" {
		t.Error(got)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}
