package exchange

import (
	"context"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
)

// Walk gives fn, one after the other and in List's order, the needs that List would page through, at most so
// many of them. An error of fn ends the walk and is given back.
func (s *Service) Walk(ctx context.Context, a actor.Actor, f NeedFilter, most int, fn func(Need) error) (err error) {
	defer fault.Wrap(&err, "exchange.Walk")
	if f, err = s.scope(a, f); err != nil {
		return err
	}
	const batch = 1000
	for most > 0 {
		f.Limit = min(batch, most)
		rows, err := s.store.Needs(ctx, f)
		if err != nil {
			return err
		}
		for _, n := range f.readable(a, rows) {
			if err := fn(n); err != nil {
				return err
			}
		}
		if len(rows) > 0 {
			f.Before, f.After = rows[len(rows)-1].ID, rows[len(rows)-1].Wait.Due
		}
		if len(rows) < f.Limit {
			return nil
		}
		most -= len(rows)
	}
	return nil
}

// Visits gives the cases of the actor's subtrees, or of those given, that have an agreed visit which overlaps
// [from, to) and is still to be confirmed, with their engagements at work. It is for officers.
func (s *Service) Visits(ctx context.Context, a actor.Actor, under []string, from, to time.Time) (_ []Case, err error) {
	defer fault.Wrap(&err, "exchange.Visits")
	if under, err = officersPaths(a, under); err != nil {
		return nil, err
	}
	var several []string
	for _, k := range s.Kinds(actor.Hall) {
		if k.Steps.Masters > 1 {
			several = append(several, k.ID)
		}
	}
	cases, err := s.store.Visits(ctx, under, from, to, several)
	return shownTo(a, actor.Readable(a, cases, func(c Case) string { return c.Need.UnionPath }), err)
}

// FiguresOf sums the sections, which must be the actor's to read, in the order given: several periods or
// subtrees at the price of one question.
func (s *Service) FiguresOf(ctx context.Context, a actor.Actor, sections []Section, kindID string) (_ []Figures, err error) {
	defer fault.Wrap(&err, "exchange.FiguresOf")
	for _, x := range sections {
		if !a.MayRead(x.Path) {
			return nil, fault.Refused()
		}
	}
	if len(sections) == 0 {
		return nil, nil
	}
	return s.store.Figures(ctx, sections, kindID, s.clock.Now())
}

// KindUse counts, by kind, needs and offers within the actor's subtrees. It is for officers.
func (s *Service) KindUse(ctx context.Context, a actor.Actor) (_ map[string]KindUse, err error) {
	defer fault.Wrap(&err, "exchange.KindUse")
	under, err := officersPaths(a, nil)
	if err != nil {
		return nil, err
	}
	return s.store.KindUse(ctx, under)
}

// officersPaths are the paths given, all of them the officer's to read, or else the roots of what is.
func officersPaths(a actor.Actor, under []string) ([]string, error) {
	for _, p := range under {
		if !a.MayRead(p) {
			return nil, fault.Refused()
		}
	}
	if len(under) > 0 {
		return under, nil
	}
	for _, g := range a.Roots() {
		under = append(under, g.Path)
	}
	if len(under) == 0 {
		return nil, fault.Refused()
	}
	return under, nil
}
