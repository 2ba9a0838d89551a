package intake

import (
	"context"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
)

// Rehome brings some imports after unions that moved and says how many; 0: none is behind. Doing it again goes on where it
// was left. For the program.
func (s *Service) Rehome(ctx context.Context, steps []actor.Moved) (_ int, err error) {
	defer fault.Wrap(&err, "intake.Rehome")
	return s.Store.Rehome(ctx, steps)
}

// Housed counts the imports of a subtree. For the program.
func (s *Service) Housed(ctx context.Context, path string) (_ map[string]int, err error) {
	defer fault.Wrap(&err, "intake.Housed(%s)", path)
	n, err := s.Store.CountAt(ctx, path)
	return map[string]int{"imports": n}, err
}
