package app

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
)

// Rehomer is a module whose rows hang on unions.
type Rehomer interface {
	// Rehome brings some rows after unions that moved and says how many; 0: none is behind. It works in short transactions,
	// and doing it again, in this process or in several at once, goes on where it was left.
	Rehome(ctx context.Context, steps []actor.Moved) (int, error)
}

// rehomers come in the order in which a module's rows are made from another's: a need takes its union from an enterprise,
// so that none is written for the old place once the enterprises have left it.
func (a *App) rehomers() []Rehomer {
	return []Rehomer{a.Hall, a.Portals, a.Imports, a.Exchange, a.Privacy}
}

// followEvery is how soon rows set out after their union.
const followEvery = 3 * time.Second

// FollowMoves brings all rows after the move that is under way. Whatever ends it in the middle, the next turn goes on.
func (a *App) FollowMoves(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "app.FollowMoves")
	moves, err := a.Hall.MoveUnderWay(ctx)
	if err != nil {
		return err
	}
	for _, m := range moves {
		n, err := a.follow(ctx, m)
		if err != nil {
			return err
		}
		if n > 0 {
			a.log.InfoContext(ctx, "rows followed their union", "move", m.ID, "count", n)
		}
		if err := a.Hall.Followed(ctx, m, n > 0); err != nil {
			return err
		}
	}
	return nil
}

func (a *App) follow(ctx context.Context, m hall.Move) (sum int, err error) {
	for _, r := range a.rehomers() {
		for {
			if going, err := a.goesOn(ctx, m); err != nil || !going {
				return sum, err
			}
			n, err := r.Rehome(ctx, m.Steps)
			sum += n
			if err != nil {
				return sum, err
			}
			if n == 0 {
				break
			}
		}
	}
	return sum, nil
}

// goesOn reports whether a move is still under way. Once another process has ended it, somebody may take the old place.
func (a *App) goesOn(ctx context.Context, m hall.Move) (bool, error) {
	moves, err := a.Hall.MoveUnderWay(ctx)
	return slices.ContainsFunc(moves, func(now hall.Move) bool { return now.ID == m.ID }), err
}

// followLate looks for rows that a process wrote to an old place after the move was over, not having heard of it. One batch
// at a time, for somebody may be taking the old place this moment.
func (a *App) followLate(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "app.followLate")
	moves, err := a.Hall.LateMoves(ctx)
	if err != nil {
		return err
	}
	for _, m := range moves {
		for _, r := range a.rehomers() {
			n, err := r.Rehome(ctx, m.Steps)
			if err != nil {
				return err
			}
			if n > 0 {
				a.log.WarnContext(ctx, "rows came late to the old place of a union and followed it", "move", m.ID, "count", n)
			}
		}
	}
	return nil
}

// moved has this process read its index anew when unions have moved: where a master sets out from may hang on them.
func (a *App) moved(e event.Event) {
	if c, err := hall.ChangedIn(e); err == nil && e.Subject == hall.UnionChanged && c.ID == "" {
		a.Exchange.Outdated()
	}
}

// houses counts for a preview what the other modules have.
type houses struct{ app *App }

// Housed implements hall.Houses.
func (h houses) Housed(ctx context.Context, path string) (map[string]int, error) {
	out := map[string]int{}
	for _, m := range []hall.Houses{h.app.Exchange, h.app.Portals, h.app.Imports} {
		n, err := m.Housed(ctx, path)
		if err != nil {
			return nil, err
		}
		maps.Copy(out, n)
	}
	return out, nil
}
