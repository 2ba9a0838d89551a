package exchange

import (
	"slices"

	"github.com/unionhall/unionhall/internal/actor"
)

// Blind reports whether a side must not yet see how the other has judged it: until it has closed itself it sees that the
// other has, and what came of it, so that nobody rates in answer to a rating. Officers are no side and see both.
func (e Engagement) Blind(as Side) bool {
	switch as {
	case NeedSide:
		return e.NeedEnd == nil && e.OfferEnd != nil
	case OfferSide:
		return e.OfferEnd == nil && e.NeedEnd != nil
	}
	return false
}

// shownTo is the engagement as a side may see it.
func (e Engagement) shownTo(as Side) Engagement {
	switch {
	case !e.Blind(as):
	case as == NeedSide:
		e.OfferEnd = e.OfferEnd.outcome()
	default:
		e.NeedEnd = e.NeedEnd.outcome()
	}
	return e
}

// outcome is the closing without what its side thinks of the other.
func (c *Closing) outcome() *Closing {
	return &Closing{By: c.By, At: c.At, Result: c.Result, After: c.After}
}

// shownTo is the case as the actor may see it. Whatever leaves the service goes through here.
func (c Case) shownTo(a actor.Actor) Case {
	c.Engagements = slices.Clone(c.Engagements)
	for i, e := range c.Engagements {
		c.Engagements[i] = e.shownTo(SideOf(a, c.Need, &e))
	}
	return c
}

func shownTo(a actor.Actor, cases []Case, err error) ([]Case, error) {
	for i := range cases {
		cases[i] = cases[i].shownTo(a)
	}
	return cases, err
}
