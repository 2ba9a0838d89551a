package privacy

import (
	"context"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
)

// Rehome brings some readings and erasures after unions that moved and says how many; 0: none is behind. Doing it again
// goes on where it was left. For the program.
func (s *Service) Rehome(ctx context.Context, steps []actor.Moved) (_ int, err error) {
	defer fault.Wrap(&err, "privacy.Rehome")
	return s.store.Rehome(ctx, steps)
}
