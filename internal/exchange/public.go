package exchange

import (
	"context"

	"github.com/unionhall/unionhall/internal/fault"
)

// PublicFigures sums the whole exchange, for anybody.
func (s *Service) PublicFigures(ctx context.Context) (_ Figures, err error) {
	defer fault.Wrap(&err, "exchange.PublicFigures")
	all, err := s.store.Figures(ctx, []Section{{Path: "/"}}, "", s.clock.Now())
	if err != nil {
		return Figures{}, err
	}
	return all[0], nil
}
