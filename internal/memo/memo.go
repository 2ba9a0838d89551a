// Package memo keeps for a short while what was read from the store.
package memo

import (
	"sync"
	"time"
)

// Memo keeps what was read for a few seconds, so that what is asked often is read once. What was forgotten while
// it was being read is not kept: a reader that begins after Forget has returned never gets what was there before.
// It is safe for concurrent use; those who ask together for what is not kept all read it.
type Memo[T any] struct {
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

// New makes a memo that keeps at most so many values, each for life by the clock now.
func New[T any](now func() time.Time, life time.Duration, most int) *Memo[T] {
	return &Memo[T]{now: now, life: life, most: most, entries: map[string]entry[T]{}}
}

// Get returns the kept value or reads it.
func (m *Memo[T]) Get(key string, read func() (T, error)) (T, error) {
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

// Forget drops the entries that which chooses.
func (m *Memo[T]) Forget(which func(key string, v T) bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.epoch++
	for k, e := range m.entries {
		if which(k, e.value) {
			delete(m.entries, k)
		}
	}
}

// Drop drops one entry.
func (m *Memo[T]) Drop(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.epoch++
	delete(m.entries, key)
}

// Clear drops everything.
func (m *Memo[T]) Clear() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.epoch++
	clear(m.entries)
}
