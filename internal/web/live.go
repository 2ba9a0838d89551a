package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
)

// LiveOptions are what live pages need.
type LiveOptions struct {
	// MaySee reports whether the actor may follow the topic. Nil allows nothing.
	MaySee func(ctx context.Context, a actor.Actor, topic string) bool
	Log    *slog.Logger
	Beat   time.Duration // between heartbeats; 20 s when zero
	Life   time.Duration // of one connection, after which the browser connects and is asked again; 10 min when zero
	Most   int           // connections at a time; 5000 when zero
	Topics int           // of one connection; 20 when zero
	Each   int           // connections of one person, or of one address where nobody is signed in; 50 when zero
}

// Live tells open pages that a topic changed; the page then fetches its fragment by the fragment's
// own route, so that policy holds there. A connection carries topics only, never content. Each
// remembers at most which of its topics changed: a slow reader misses repetitions and nothing else,
// and memory is bounded. Safe for concurrent use.
type Live struct {
	opts   LiveOptions
	mu     sync.Mutex
	byName map[string]map[*follower]bool
	count  int
	each   map[string]int       // connections by person or address
	recent map[string]time.Time // when topics changed of late
	swept  time.Time
	closed chan struct{}
	once   sync.Once
}

type follower struct {
	mu      sync.Mutex
	changed []string
	wake    chan struct{}
}

// NewLive makes a hub.
func NewLive(opts LiveOptions) *Live {
	if opts.Beat == 0 {
		opts.Beat = 20 * time.Second
	}
	if opts.Life == 0 {
		opts.Life = 10 * time.Minute
	}
	if opts.Most == 0 {
		opts.Most = 5000
	}
	if opts.Topics == 0 {
		opts.Topics = 20
	}
	if opts.Each == 0 {
		opts.Each = 50
	}
	if opts.Log == nil {
		opts.Log = slog.Default()
	}
	return &Live{opts: opts, byName: map[string]map[*follower]bool{}, each: map[string]int{}, recent: map[string]time.Time{}, closed: make(chan struct{})}
}

// Publish tells the followers of the topics; it never waits for one.
func (l *Live) Publish(topics ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	for _, t := range topics {
		l.recent[t] = now
		for f := range l.byName[t] {
			f.note(t)
		}
	}
	l.forget(now)
}

// lately is how long changes are remembered for pages that were made before and connect only now; skew is how
// far the clocks of two nodes may differ.
const (
	lately = 2 * time.Minute
	skew   = 2 * time.Second
)

// forget drops what changed too long ago for any page that is still opening.
func (l *Live) forget(now time.Time) {
	if now.Sub(l.swept) < lately {
		return
	}
	l.swept = now
	for t, at := range l.recent {
		if now.Sub(at) > lately {
			delete(l.recent, t)
		}
	}
}

// Close ends every connection; browsers come back on their own.
func (l *Live) Close() { l.once.Do(func() { close(l.closed) }) }

// Followers is how many connections are open.
func (l *Live) Followers() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count
}

func (f *follower) note(topic string) {
	f.mu.Lock()
	if !slices.Contains(f.changed, topic) {
		f.changed = append(f.changed, topic)
	}
	f.mu.Unlock()
	select {
	case f.wake <- struct{}{}:
	default: // it is already awake
	}
}

func (f *follower) take() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := f.changed
	f.changed = nil
	return out
}

// join begins to follow topics for a page that was made at since: what has changed in between is told at once.
func (l *Live) join(owner string, topics []string, since time.Time) (*follower, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.closed:
		return nil, false
	default:
	}
	if l.count >= l.opts.Most || l.each[owner] >= l.opts.Each {
		return nil, false
	}
	l.count++
	l.each[owner]++
	f := &follower{wake: make(chan struct{}, 1)}
	for _, t := range topics {
		if l.byName[t] == nil {
			l.byName[t] = map[*follower]bool{}
		}
		l.byName[t][f] = true
		if at, ok := l.recent[t]; ok && !since.IsZero() && at.After(since.Add(-skew)) {
			f.note(t)
		}
	}
	return f, true
}

func (l *Live) leave(f *follower, owner string, topics []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count--
	if l.each[owner]--; l.each[owner] == 0 {
		delete(l.each, owner)
	}
	for _, t := range topics {
		delete(l.byName[t], f)
		if len(l.byName[t]) == 0 {
			delete(l.byName, t)
		}
	}
}

// topics are those asked for that the actor may see, each once.
func (l *Live) topics(r *http.Request) []string {
	var out []string
	who := actor.From(r.Context())
	for _, t := range r.URL.Query()["topic"] {
		if len(out) == l.opts.Topics {
			break
		}
		if t == "" || len(t) > 100 || slices.Contains(out, t) {
			continue
		}
		if l.opts.MaySee != nil && l.opts.MaySee(r.Context(), who, t) {
			out = append(out, t)
		}
	}
	return out
}

// made reads when the page was made, in milliseconds; zero when it does not say.
func made(r *http.Request) time.Time {
	ms, err := strconv.ParseInt(r.URL.Query().Get("since"), 10, 64)
	if err != nil || ms <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

// ServeHTTP follows topics: GET /live?topic=need:ID&topic=…&since=MS, where since is when the page was made. Without
// a topic that the actor may see the answer is 204, which tells the browser not to come back.
func (l *Live) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	topics := l.topics(r)
	if len(topics) == 0 {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	owner := actor.From(r.Context()).ID
	if owner == "" {
		owner = ClientIP(r.Context()).String()
	}
	f, ok := l.join(owner, topics, made(r))
	if !ok {
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	defer l.leave(f, owner, topics)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	out := &sse{w: w, rc: http.NewResponseController(w), patience: l.opts.Beat}
	if err := out.rc.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return // the server's deadline for a body would end the stream
	}
	if out.send("retry: 3000\nevent: hello\ndata: \n\n") == nil {
		l.follow(r.Context(), f, out)
	}
}

func (l *Live) follow(ctx context.Context, f *follower, out *sse) {
	beat := time.NewTicker(l.opts.Beat)
	defer beat.Stop()
	end := time.NewTimer(l.opts.Life + time.Duration(rand.Int64N(int64(l.opts.Life)/4+1))) // spread, so that they do not all return at once
	defer end.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-l.closed:
			return
		case <-end.C:
			return
		case <-beat.C:
			err = out.send(": still here\n\n")
		case <-f.wake:
			for _, t := range f.take() {
				if err == nil {
					err = out.send(fmt.Sprintf("event: change\ndata: %s\n\n", t))
				}
			}
		}
		if err != nil {
			l.opts.Log.DebugContext(ctx, "live reader left", "err", err)
			return
		}
	}
}

// sse writes events, giving each write its own deadline instead of the server's.
type sse struct {
	w        io.Writer
	rc       *http.ResponseController
	patience time.Duration
}

func (s *sse) send(text string) error {
	if err := s.rc.SetWriteDeadline(time.Now().Add(s.patience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := io.WriteString(s.w, text); err != nil {
		return err
	}
	return s.rc.Flush()
}
