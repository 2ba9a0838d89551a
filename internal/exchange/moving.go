package exchange

import (
	"context"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
)

// Rehome brings some rows after unions that moved and says how many; 0: none is behind. Doing it again goes on where it
// was left. For the program.
func (s *Service) Rehome(ctx context.Context, steps []actor.Moved) (n int, err error) {
	defer fault.Wrap(&err, "exchange.Rehome")
	if n, err = s.rehomeKinds(ctx, steps); err != nil || n > 0 {
		return n, err
	}
	return s.store.Rehome(ctx, steps)
}

// rehomeKinds are few, and every process hears of each.
func (s *Service) rehomeKinds(ctx context.Context, steps []actor.Moved) (n int, err error) {
	kinds, err := s.store.Kinds(ctx)
	if err != nil {
		return 0, err
	}
	for _, k := range kinds {
		at := actor.NowAt(steps, k.UnionPath)
		if at == k.UnionPath {
			continue
		}
		for _, m := range steps {
			if m.FromID != "" && m.FromID == k.UnionID {
				k.UnionID = m.ToID
			}
		}
		k.UnionPath, k.Version, k.Updated = at, k.Version+1, s.clock.Now()
		h := Happened{What: KindChanged, KindID: k.ID, UnionPath: k.UnionPath, By: actor.Hall.ID}
		if err := s.store.SaveKind(ctx, k, h.event(k.Updated)); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// Housed counts what a subtree has here, by what it is. For the program.
func (s *Service) Housed(ctx context.Context, path string) (_ map[string]int, err error) {
	defer fault.Wrap(&err, "exchange.Housed(%s)", path)
	out, err := s.store.Housed(ctx, path)
	if err != nil {
		return nil, err
	}
	kinds, err := s.store.Kinds(ctx)
	for _, k := range kinds {
		if actor.Within(k.UnionPath, path) {
			out["kinds"]++
		}
	}
	return out, err
}

// Outdated has the next Mend read everything anew: what unions are and where they stand has changed under what is kept in
// memory.
func (s *Service) Outdated() { s.behind.Store(true) }
