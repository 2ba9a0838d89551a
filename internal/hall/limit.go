package hall

import (
	"math"
	"sync"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
)

// limiter is a token bucket for each key. It lives in the process: with several nodes the limit is
// that many times as high, which still stops guessing.
type limiter struct {
	burst float64
	every time.Duration // one token comes back

	mu      sync.Mutex
	buckets map[string]bucket
}

type bucket struct {
	tokens float64
	at     time.Time
}

const mostBuckets = 100_000

func newLimiter(burst int, every time.Duration) *limiter {
	return &limiter{burst: float64(burst), every: every, buckets: map[string]bucket{}}
}

// take spends one token; without one it says how long to wait.
func (l *limiter) take(key string, now time.Time) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.filled(key, now)
	if b.tokens < 1 {
		return time.Duration((1 - b.tokens) * float64(l.every))
	}
	b.tokens--
	if len(l.buckets) >= mostBuckets {
		l.sweep(now)
	}
	l.buckets[key] = b
	return 0
}

// giveBack returns a token that turned out not to count.
func (l *limiter) giveBack(key string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.filled(key, now)
	if b.tokens++; b.tokens >= l.burst {
		delete(l.buckets, key)
		return
	}
	l.buckets[key] = b
}

// reset forgets the key.
func (l *limiter) reset(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.buckets, key)
}

func (l *limiter) filled(key string, now time.Time) bucket {
	b, ok := l.buckets[key]
	if !ok {
		return bucket{l.burst, now}
	}
	if gone := now.Sub(b.at); gone > 0 {
		b.tokens = math.Min(l.burst, b.tokens+float64(gone)/float64(l.every))
		b.at = now
	}
	return b
}

// sweep drops full buckets, and all when a flood has filled the map with others.
func (l *limiter) sweep(now time.Time) {
	for k := range l.buckets {
		if l.filled(k, now).tokens >= l.burst {
			delete(l.buckets, k)
		}
	}
	if len(l.buckets) >= mostBuckets {
		clear(l.buckets)
	}
}

// tooMany says how long to wait, under the name that the surfaces look for.
func tooMany(wait time.Duration) error {
	return fault.New(fault.TooMany, "fault.too-many", "seconds", max(1, int(math.Ceil(wait.Seconds()))))
}
