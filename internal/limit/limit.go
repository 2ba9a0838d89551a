// Package limit slows down whoever asks too often: a bucket of tokens for each key, kept in the process. With
// several nodes the limit is that many times as high, which still stops guessing and floods.
package limit

import (
	"math"
	"sync"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
)

// Rate is how many tokens a bucket holds, and how long it takes for one to come back.
type Rate struct {
	Burst int
	Every time.Duration
}

// Buckets holds a bucket per key. The zero value is ready; it is safe for concurrent use. Memory is bounded: full
// buckets are forgotten, and all of them when a flood has filled the map with others.
type Buckets struct {
	mu  sync.Mutex
	all map[string]bucket
}

// bucket counts in time, which is exact: a token is worth Rate.Every.
type bucket struct {
	credit time.Duration
	at     time.Time
	rate   Rate
}

func (r Rate) full() time.Duration { return time.Duration(r.Burst) * r.Every }

const mostBuckets = 100_000

// Take spends one token of the key; without one it says how long to wait and spends nothing.
func (b *Buckets) Take(key string, now time.Time, r Rate) (wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	x := b.filled(key, now, r)
	if x.credit < r.Every {
		return r.Every - x.credit
	}
	x.credit -= r.Every
	if len(b.all) >= mostBuckets {
		b.sweep(now)
	}
	if b.all == nil {
		b.all = map[string]bucket{}
	}
	b.all[key] = x
	return 0
}

// GiveBack returns a token that turned out not to count.
func (b *Buckets) GiveBack(key string, now time.Time, r Rate) {
	b.mu.Lock()
	defer b.mu.Unlock()
	x := b.filled(key, now, r)
	if x.credit += r.Every; x.credit >= r.full() {
		delete(b.all, key)
		return
	}
	b.all[key] = x
}

// Reset fills the key's bucket.
func (b *Buckets) Reset(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.all, key)
}

// filled is the bucket as it is now, with the tokens that have come back. A changed rate holds at once.
func (b *Buckets) filled(key string, now time.Time, r Rate) bucket {
	x, ok := b.all[key]
	if !ok {
		return bucket{r.full(), now, r}
	}
	if gone := now.Sub(x.at); gone > 0 {
		x.credit += min(gone, r.full())
		x.at = now
	}
	x.credit, x.rate = min(x.credit, r.full()), r
	return x
}

func (b *Buckets) sweep(now time.Time) {
	for k, x := range b.all {
		if b.filled(k, now, x.rate).credit >= x.rate.full() {
			delete(b.all, k)
		}
	}
	if len(b.all) >= mostBuckets {
		clear(b.all)
	}
}

// TooMany is the fault that says how long to wait, under the name that the surfaces look for.
func TooMany(wait time.Duration) error {
	return fault.New(fault.TooMany, "fault.too-many", "seconds", max(1, int(math.Ceil(wait.Seconds()))))
}
