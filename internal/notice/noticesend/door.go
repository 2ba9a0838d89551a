package noticesend

import (
	"context"
	"sync"
	"time"

	"github.com/unionhall/unionhall/internal/notice"
)

// shutFor is how long nothing is sent by a way after its gateway has refused the hall itself. Servers lock out whoever
// knocks with a wrong password too often.
const shutFor = 10 * time.Minute

// door keeps a way shut while the hall is set up wrongly for it. Then one delivery tries at a time.
type door struct {
	mu    sync.Mutex
	until time.Time // zero while it is open
}

// pass reports whether a delivery may try; otherwise when the next may.
func (d *door) pass(now time.Time) (until time.Time, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.until.IsZero() {
		return time.Time{}, true
	}
	if d.until.After(now) {
		return d.until, false
	}
	d.until = now.Add(shutFor)
	return time.Time{}, true
}

// close shuts the way and gives the time of the next attempt; first reports whether it was open.
func (d *door) close(now time.Time) (until time.Time, first bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	first = d.until.IsZero()
	d.until = now.Add(shutFor)
	return d.until, first
}

func (d *door) open() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.until = time.Time{}
}

// spare lets wait, without counting the attempt, what cannot go until somebody has set up the hall rightly. It says so
// once.
func (s *Sender) spare(ctx context.Context, at *door, ds []notice.Delivery, lease string, r *Refusal) error {
	until, first := at.close(s.Clock.Now())
	if first {
		s.Log.ErrorContext(ctx, "nothing can be sent this way until its settings are right", "way", ds[0].Way, "why", r.Why, "next", until)
	}
	for i := range ds {
		ds[i].State, ds[i].Why, ds[i].DueAt, ds[i].Spared = notice.Waiting, r.Why, until, true
	}
	return s.Store.Settle(ctx, ds, lease)
}
