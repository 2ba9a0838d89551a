package portal

import (
	"sync"
	"time"
)

const knownMost = 4096 // entries of one memory; then it starts anew

// known is what a node remembers between requests. The zero value is ready to use.
type known struct {
	keys    memory[holding]
	portals memory[Portal]

	mu      sync.Mutex
	touched map[string]time.Time // key id → the use of it that was noted last
}

type holding struct {
	key    Key
	portal Portal
}

func (k *known) clear() {
	k.keys.clear()
	k.portals.clear()
}

// touch reports whether this use is to be noted, and takes it for noted: of many requests at once, one
// writes.
func (k *known) touch(key Key, now time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	last := k.touched[key.ID]
	if key.LastUsedAt.After(last) {
		last = key.LastUsedAt
	}
	if now.Sub(last) < touchEvery {
		return false
	}
	if k.touched == nil || len(k.touched) >= knownMost {
		k.touched = map[string]time.Time{}
	}
	k.touched[key.ID] = now
	return true
}

// memory keeps values for CacheTime.
type memory[V any] struct {
	mu     sync.Mutex
	values map[string]remembered[V]
}

type remembered[V any] struct {
	value V
	at    time.Time
}

func (m *memory[V]) get(id string, now time.Time) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.values[id]
	return r.value, ok && now.Sub(r.at) < CacheTime
}

func (m *memory[V]) put(id string, v V, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.values == nil || len(m.values) >= knownMost {
		m.values = map[string]remembered[V]{}
	}
	m.values[id] = remembered[V]{v, now}
}

func (m *memory[V]) clear() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.values = nil
}
