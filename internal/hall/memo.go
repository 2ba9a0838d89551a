package hall

import (
	"sync"
	"time"
)

// memo keeps what was read for a few seconds, so that a page with many requests reads once. What was
// forgotten while it was being read is not kept.
type memo[T any] struct {
	now  func() time.Time
	life time.Duration
	most int

	mu      sync.Mutex
	epoch   int
	entries map[string]entry[T]
}

type entry[T any] struct {
	value T
	until time.Time
}

func newMemo[T any](now func() time.Time, life time.Duration, most int) *memo[T] {
	return &memo[T]{now: now, life: life, most: most, entries: map[string]entry[T]{}}
}

// get returns the kept value or reads it.
func (m *memo[T]) get(key string, read func() (T, error)) (T, error) {
	m.mu.Lock()
	e, ok := m.entries[key]
	epoch := m.epoch
	m.mu.Unlock()
	if ok && m.now().Before(e.until) {
		return e.value, nil
	}
	v, err := read()
	if err != nil {
		return v, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if epoch == m.epoch {
		if len(m.entries) >= m.most {
			clear(m.entries)
		}
		m.entries[key] = entry[T]{v, m.now().Add(m.life)}
	}
	return v, nil
}

// forget drops the entries that which chooses.
func (m *memo[T]) forget(which func(key string, v T) bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.epoch++
	for k, e := range m.entries {
		if which(k, e.value) {
			delete(m.entries, k)
		}
	}
}

// drop drops one entry.
func (m *memo[T]) drop(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.epoch++
	delete(m.entries, key)
}
