package portal

import (
	"context"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
)

// Rehome brings some portals after unions that moved and says how many; 0: none is behind. Doing it again goes on where it
// was left. Every node lets them act there within CacheTime. For the program.
func (s *Service) Rehome(ctx context.Context, steps []actor.Moved) (_ int, err error) {
	defer fault.Wrap(&err, "portal.Rehome")
	return s.store.Rehome(ctx, steps)
}

// Housed counts the portals of a subtree. For the program.
func (s *Service) Housed(ctx context.Context, path string) (_ map[string]int, err error) {
	defer fault.Wrap(&err, "portal.Housed(%s)", path)
	list, err := s.store.Portals(ctx, path)
	return map[string]int{"portals": len(list)}, err
}
