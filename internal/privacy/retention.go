package privacy

import (
	"context"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
)

// How many days things are kept. EvidenceDays is the three years for which the law (个人信息保护法 art. 56) wants records
// of how personal information was handled.
const (
	EvidenceDays = 3 * 365
	ImportDays   = 90
)

// Keep is a kind of row that is kept for a time. Its name is "privacy.keep.KIND".
type Keep struct {
	Kind string
	Days int
	// Trim deletes what is older, at most limit at once, and says how many that were.
	Trim func(ctx context.Context, before time.Time, limit int) (int, error)
}

// Sweep is when a kind was last tidied up.
type Sweep struct {
	Kind    string
	At      time.Time
	Removed int // by the last run
	Total   int // ever
	Failed  bool
}

func (s *Service) ownKeeps() []Keep {
	return []Keep{
		{"readings", EvidenceDays, s.store.TrimReadings},
		{"consents", EvidenceDays, s.store.TrimActs},
		{"erasures", EvidenceDays, s.store.TrimErasures},
	}
}

// Kept is a line of the table that officers see.
type Kept struct {
	Keep
	Last Sweep // zero when it never ran
}

// Kept gives every kind with its term and when it was last tidied up, to officers.
func (s *Service) Kept(ctx context.Context, a actor.Actor) (_ []Kept, err error) {
	defer fault.Wrap(&err, "privacy.Kept")
	if !a.Officer() {
		return nil, fault.Refused()
	}
	last, err := s.store.Sweeps(ctx)
	out := make([]Kept, len(s.keep))
	for i, k := range s.keep {
		out[i] = Kept{k, last[k.Kind]}
	}
	return out, err
}

const (
	sweepEvery = 24 * time.Hour
	sweepBatch = 500
)

// SweepDue tidies up what was not for a day: in batches, so that no writer waits long. Several processes may do it; what
// one has deleted the other does not find.
func (s *Service) SweepDue(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "privacy.SweepDue")
	last, err := s.store.Sweeps(ctx)
	if err != nil {
		return err
	}
	for _, k := range s.keep {
		w := last[k.Kind]
		now := s.clock.Now()
		if now.Sub(w.At) < sweepEvery {
			continue
		}
		n, err := trim(ctx, k, now)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			s.log.ErrorContext(ctx, "not tidied up", "kind", k.Kind, "err", err)
		}
		if n > 0 {
			s.log.InfoContext(ctx, "tidied up", "kind", k.Kind, "count", n)
		}
		if err := s.store.SaveSweep(ctx, Sweep{Kind: k.Kind, At: now, Removed: n, Failed: err != nil}); err != nil {
			return err
		}
	}
	return nil
}

func trim(ctx context.Context, k Keep, now time.Time) (n int, err error) {
	before := now.AddDate(0, 0, -k.Days)
	for {
		some, err := k.Trim(ctx, before, sweepBatch)
		n += some
		if err != nil || some < sweepBatch {
			return n, err
		}
	}
}

// Run erases and tidies up until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(10 * time.Minute)
	defer tick.Stop()
	for {
		if _, err := s.EraseDue(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "erasures failed", "err", err)
		}
		if err := s.SweepDue(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "tidying up failed", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
