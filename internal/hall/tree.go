package hall

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
)

// tree is the process's copy of all unions. It is read on every page and changes rarely: a change
// replaces one node, and everything is read again from time to time in case an event was missed.
type tree struct {
	load  func(context.Context) ([]Union, error)
	moves func(context.Context) ([]Move, error)
	one   func(context.Context, string) (Union, error)
	now   func() time.Time
	fresh time.Duration

	loading  sync.Mutex
	mu       sync.RWMutex
	loaded   time.Time // zero: read everything before the next use
	byID     map[string]Union
	byPath   map[string]string   // path → id
	children map[string][]string // parent id → ids by code
	went     []Move              // the first first: where what is no longer there has gone
}

// ready reads the tree if it has not been read or is stale.
func (t *tree) ready(ctx context.Context) error {
	if t.isFresh() {
		return nil
	}
	t.loading.Lock()
	defer t.loading.Unlock()
	if t.isFresh() {
		return nil
	}
	at := t.now()
	all, err := t.load(ctx)
	if err != nil {
		return err
	}
	went, err := t.moves(ctx)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.went = went
	t.byID = make(map[string]Union, len(all))
	t.byPath = make(map[string]string, len(all))
	t.children = make(map[string][]string, len(all)/4+1)
	for _, u := range all {
		t.byID[u.ID], t.byPath[u.Path] = u, u.ID
		t.children[u.ParentID] = append(t.children[u.ParentID], u.ID)
	}
	for _, ids := range t.children {
		slices.SortFunc(ids, t.byCode)
	}
	t.loaded = at
	return nil
}

func (t *tree) isFresh() bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return !t.loaded.IsZero() && t.now().Sub(t.loaded) < t.fresh
}

func (t *tree) byCode(a, b string) int { return strings.Compare(t.byID[a].Code, t.byID[b].Code) }

// stale makes the next use read everything.
func (t *tree) stale() {
	t.mu.Lock()
	t.loaded = time.Time{}
	t.mu.Unlock()
}

// refresh reads one union again; when that fails, all of them at the next use.
func (t *tree) refresh(ctx context.Context, id string) {
	u, err := t.one(ctx, id)
	if id == "" || err != nil {
		t.stale()
		return
	}
	t.put(u)
}

// put adds or replaces one node.
func (t *tree) put(u Union) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.loaded.IsZero() {
		return // everything will be read
	}
	_, known := t.byID[u.ID]
	t.byID[u.ID], t.byPath[u.Path] = u, u.ID
	if known {
		return
	}
	ids := t.children[u.ParentID]
	at, _ := slices.BinarySearchFunc(ids, u.ID, t.byCode)
	t.children[u.ParentID] = slices.Insert(slices.Clone(ids), at, u.ID)
}

func (t *tree) get(id string) (Union, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.find(id)
}

// find gives a union, or the one into which it went. The lock is held.
func (t *tree) find(id string) (Union, bool) {
	u, ok := t.byID[id]
	for i := 0; !ok && i < len(t.went); i++ { // it went into another, which may have done so since
		if m := t.went[i]; m.Merge && m.UnionID == id {
			id = m.IntoID
			u, ok = t.byID[id]
		}
	}
	return u, ok
}

// at gives the union at a path, or at the place to which what was there has moved.
func (t *tree) at(path string) (Union, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	u, ok := t.byID[t.byPath[path]]
	for i := 0; !ok && i < len(t.went); i++ {
		path = actor.NowAt(t.went[i].Steps, path)
		u, ok = t.byID[t.byPath[path]]
	}
	return u, ok
}

// all gives every union, in no order.
func (t *tree) all() []Union {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return slices.Collect(maps.Values(t.byID))
}

func (t *tree) below(id string) []Union {
	t.mu.RLock()
	defer t.mu.RUnlock()
	ids := t.children[id]
	out := make([]Union, len(ids))
	for i, c := range ids {
		out[i] = t.byID[c]
	}
	return out
}

// line gives the nodes from the root to the union, itself included.
func (t *tree) line(id string) []Union {
	t.mu.RLock()
	defer t.mu.RUnlock()
	var out []Union
	for u, ok := t.find(id); ok; u, ok = t.byID[u.ParentID] {
		out = append(out, u)
		if u.ParentID == "" || len(out) > int(Grassroots) {
			break
		}
	}
	slices.Reverse(out)
	return out
}

// walk visits the subtree, parents before children, siblings by code, until fn returns false.
func (t *tree) walk(id string, fn func(Union) bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	t.descend(id, fn)
}

func (t *tree) descend(id string, fn func(Union) bool) bool {
	u, ok := t.byID[id]
	if !ok {
		return true
	}
	if !fn(u) {
		return false
	}
	for _, c := range t.children[id] {
		if !t.descend(c, fn) {
			return false
		}
	}
	return true
}
