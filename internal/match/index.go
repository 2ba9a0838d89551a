package match

import (
	"context"
	"fmt"
	"sync"

	"github.com/unionhall/unionhall/internal/fault"
)

// Plain is an Index of maps and slices in memory, for some ten thousand entries a group.
//
// Texts are read before the lock is taken, and it is let go between the entries of a batch, so a reader
// waits for one entry to be put and not for a batch; a writer waits for the queries under way.
type Plain struct {
	mu     sync.RWMutex
	groups map[string]*group
	home   map[string]string // id → group
}

var _ Index = (*Plain)(nil)

// NewPlain makes an empty index.
func NewPlain() *Plain {
	return &Plain{groups: map[string]*group{}, home: map[string]string{}}
}

// Put implements Index.
func (x *Plain) Put(ctx context.Context, entries ...Entry) (err error) {
	defer fault.Wrap(&err, "match.Put(%d entries)", len(entries))
	for _, e := range entries {
		if err := e.Validate(); err != nil {
			return err
		}
	}
	for i, e := range entries {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("%d are in: %w", i, err)
		}
		e = e.clone()
		e.Free = tidy(e.Free)
		var a *analysis
		if !x.reads(e) {
			a = analyse(e.Text)
		}
		x.put(e, a)
	}
	return nil
}

// reads reports whether the index holds the entry's text already, so that it need not be analysed: a change
// of load or capacity is cheap.
func (x *Plain) reads(e Entry) bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	g := x.groups[e.Group]
	return g != nil && g.reads(e)
}

func (x *Plain) put(e Entry, a *analysis) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if home, ok := x.home[e.ID]; ok && home != e.Group {
		x.remove(e.ID)
	}
	g := x.groups[e.Group]
	if g == nil {
		g = newGroup()
		x.groups[e.Group] = g
	}
	g.put(e, a)
	x.home[e.ID] = e.Group
}

// Remove implements Index.
func (x *Plain) Remove(ids ...string) {
	for _, id := range ids {
		x.mu.Lock()
		x.remove(id)
		x.mu.Unlock()
	}
}

func (x *Plain) remove(id string) {
	home, ok := x.home[id]
	if !ok {
		return
	}
	g := x.groups[home]
	g.remove(id)
	if len(g.byID) == 0 {
		delete(x.groups, home)
	}
	delete(x.home, id)
}

// Len implements Index.
func (x *Plain) Len(name string) int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if g := x.groups[name]; g != nil {
		return len(g.byID)
	}
	return 0
}

// Top implements Index.
func (x *Plain) Top(ctx context.Context, q Query) (r Result, err error) {
	defer fault.Wrap(&err, "match.Top(%s, %s)", q.Group, q.From.ID)
	s, err := newSearch(q)
	if err != nil {
		return Result{}, err
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	g := x.groups[q.Group]
	if g == nil {
		return Result{}, ctx.Err()
	}
	return s.top(ctx, g)
}

// Explain implements Index.
func (x *Plain) Explain(ctx context.Context, q Query, id string) (v Verdict, err error) {
	defer fault.Wrap(&err, "match.Explain(%s, %s, %s)", q.Group, q.From.ID, id)
	s, err := newSearch(q)
	if err != nil {
		return Verdict{}, err
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	g := x.groups[q.Group]
	if g == nil {
		return Verdict{}, fault.NoSuch()
	}
	at, ok := g.byID[id]
	if !ok {
		return Verdict{}, fault.NoSuch()
	}
	return s.explain(g, at), ctx.Err()
}
