package stream

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/unionhall/unionhall/internal/event"
)

// Fault is what can be made to go wrong with a publish.
type Fault int

// The faults. A caller must live with all of them, as the real transport has them all.
const (
	Failed             Fault = iota + 1 // nothing is taken, an error comes back
	FailedHalfway                       // the first half is taken, an error comes back
	FailedButPublished                  // all is taken, an error comes back
	Duplicated                          // all is taken twice, no error comes back
)

// ErrInjected is the cause of every injected failure.
var ErrInjected = errors.New("stream: injected failure")

// Mem is a Stream in memory for tests, with the guarantees of the real one but durability, and with faults
// on demand. It keeps everything that was published.
type Mem struct {
	mu      sync.Mutex
	changed *sync.Cond // something was published, retried, finished, or ended
	log     []event.Event
	seen    map[string]bool
	groups  map[string]*group
	faults  []Fault
	stopped bool
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// group is what a consumer's name remembers.
type group struct {
	subjects []string
	next     int // into log
	retries  []retry
	busy     int
}

type retry struct {
	event event.Event
	tries uint64
	due   time.Time
}

// Memory makes a Mem. Failed events come again after a millisecond, and then twice that and so on up to
// fifty.
func Memory() *Mem {
	m := &Mem{seen: map[string]bool{}, groups: map[string]*group{}}
	m.changed = sync.NewCond(&m.mu)
	m.ctx, m.cancel = context.WithCancel(context.Background())
	return m
}

// Inject makes the next publishes go wrong, one fault each.
func (m *Mem) Inject(faults ...Fault) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults = append(m.faults, faults...)
}

// Published gives all that was taken, in order.
func (m *Mem) Published() []event.Event {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]event.Event(nil), m.log...)
}

// Idle waits until every consumer has worked through everything, failed events included.
func (m *Mem) Idle(ctx context.Context) error {
	defer context.AfterFunc(ctx, m.wake)()
	m.mu.Lock()
	defer m.mu.Unlock()
	for {
		behind := ""
		for name, g := range m.groups {
			m.skip(g)
			if g.next < len(m.log) || len(g.retries) > 0 || g.busy > 0 {
				behind = name
			}
		}
		if behind == "" {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("stream: consumer %s is behind: %w", behind, ctx.Err())
		}
		m.changed.Wait()
	}
}

func (m *Mem) wake() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.changed.Broadcast()
}

// Publish implements Stream.
func (m *Mem) Publish(ctx context.Context, events ...event.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stopped {
		return errClosed()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(events) == 0 {
		return nil
	}
	var fault Fault
	if len(m.faults) > 0 {
		fault, m.faults = m.faults[0], m.faults[1:]
	}
	take := events
	switch fault {
	case Failed:
		take = nil
	case FailedHalfway:
		take = events[:len(events)/2]
	}
	for _, e := range take {
		if !m.seen[e.ID] {
			m.seen[e.ID] = true
			m.log = append(m.log, e)
		}
		if fault == Duplicated {
			m.log = append(m.log, e)
		}
	}
	m.changed.Broadcast()
	if fault != 0 && fault != Duplicated {
		return unavailable(ErrInjected)
	}
	return nil
}

// begin counts a subscription in; Close waits for it.
func (m *Mem) begin(ctx context.Context) (context.Context, func(), error) {
	if m.stopped {
		return nil, nil, errClosed()
	}
	m.running.Add(1)
	ctx, cancel := context.WithCancel(ctx)
	stopClose := context.AfterFunc(m.ctx, cancel)
	stopWake := context.AfterFunc(ctx, m.wake)
	return ctx, func() { stopClose(); stopWake(); cancel(); m.running.Done() }, nil
}

// Consume implements Stream.
func (m *Mem) Consume(ctx context.Context, name string, subjects []string, fn func(context.Context, event.Event) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	ctx, end, err := m.begin(ctx)
	if err != nil {
		return err
	}
	g := m.groups[name]
	if g == nil {
		g = &group{}
		m.groups[name] = g
	}
	g.subjects = subjects
	go func() {
		defer end()
		for {
			r, ok := m.take(ctx, g)
			if !ok {
				return
			}
			m.finish(ctx, g, r, <-run(ctx, r.event, fn))
		}
	}()
	return nil
}

// take waits for the group's next event; it is false when ctx has ended.
func (m *Mem) take(ctx context.Context, g *group) (retry, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for {
		if ctx.Err() != nil {
			return retry{}, false
		}
		now := time.Now()
		for i, r := range g.retries {
			if !r.due.After(now) {
				g.retries = append(g.retries[:i:i], g.retries[i+1:]...)
				g.busy++
				return r, true
			}
		}
		m.skip(g)
		if g.next < len(m.log) {
			g.next++
			g.busy++
			return retry{event: m.log[g.next-1]}, true
		}
		m.changed.Wait()
	}
}

// skip passes over what the group does not want.
func (m *Mem) skip(g *group) {
	for g.next < len(m.log) && !matchesAny(g.subjects, m.log[g.next].Subject) {
		g.next++
	}
}

func (m *Mem) finish(ctx context.Context, g *group, r retry, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	g.busy--
	if err != nil {
		r.tries++
		wait := min(pause(time.Millisecond, r.tries), 50*time.Millisecond)
		if ctx.Err() != nil {
			wait = 0
		}
		r.due = time.Now().Add(wait)
		g.retries = append(g.retries, r)
		time.AfterFunc(wait, m.wake)
	}
	m.changed.Broadcast()
}

// Follow implements Stream.
func (m *Mem) Follow(ctx context.Context, subjects []string, fn func(event.Event)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	ctx, end, err := m.begin(ctx)
	if err != nil {
		return err
	}
	g := &group{subjects: subjects, next: len(m.log)}
	go func() {
		defer end()
		for {
			r, ok := m.take(ctx, g)
			if !ok {
				return
			}
			<-run(ctx, r.event, func(_ context.Context, e event.Event) error { fn(e); return nil })
		}
	}()
	return nil
}

// Close implements Stream.
func (m *Mem) Close() error {
	m.mu.Lock()
	m.stopped = true
	m.mu.Unlock()
	m.cancel()
	m.running.Wait()
	return nil
}
