package web

import (
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/fault"
)

// Limiter is a token bucket per key (an address, an account). It remembers at most the given number
// of keys: the ones not seen for longest are forgotten, and start afresh. Safe for concurrent use.
type Limiter struct {
	mu    sync.Mutex
	clock clock.Clock
	every rate.Limit
	burst int
	most  int
	now   map[string]*rate.Limiter
	old   map[string]*rate.Limiter // the generation before; a key seen again moves to now
}

// NewLimiter allows burst at once and then one each interval, per key.
func NewLimiter(c clock.Clock, interval time.Duration, burst, keys int) *Limiter {
	return &Limiter{clock: c, every: rate.Every(interval), burst: burst, most: max(keys/2, 1), now: map[string]*rate.Limiter{}}
}

// Check takes one token of the key, or is a TooMany fault that says how long to wait.
func (l *Limiter) Check(key string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.clock.Now()
	b := l.bucket(key)
	if b.AllowN(at, 1) {
		return nil
	}
	r := b.ReserveN(at, 1)
	wait := int(math.Ceil(r.DelayFrom(at).Seconds()))
	r.CancelAt(at)
	return fault.New(fault.TooMany, "fault.too-many", "seconds", max(wait, 1))
}

// Forget gives a key its full burst again, as after a sign-in that succeeded.
func (l *Limiter) Forget(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.now, key)
	delete(l.old, key)
}

func (l *Limiter) bucket(key string) *rate.Limiter {
	if b, ok := l.now[key]; ok {
		return b
	}
	b, ok := l.old[key]
	if !ok {
		b = rate.NewLimiter(l.every, l.burst)
	}
	if len(l.now) >= l.most {
		l.old, l.now = l.now, map[string]*rate.Limiter{}
	}
	l.now[key] = b
	return b
}
