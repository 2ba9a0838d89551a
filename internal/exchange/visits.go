package exchange

import (
	"context"
	"slices"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/match"
)

// VisitPlan is a proposed date on site.
type VisitPlan struct {
	From, To time.Time
	Address  string
	Note     string
}

func (p VisitPlan) check(now time.Time) error {
	var c fault.Check
	if c.That(!p.From.IsZero(), "from", "field.required") {
		c.That(p.From.After(now), "from", "exchange.visit.past")
		c.That(p.From.Before(now.AddDate(1, 0, 0)), "from", "exchange.visit.far")
	}
	if c.That(!p.To.IsZero(), "to", "field.required") {
		c.That(p.To.After(p.From) && p.To.Sub(p.From) <= 14*24*time.Hour, "to", "exchange.visit.length")
	}
	return c.Err()
}

// ProposeVisit proposes a date; the other side agrees or proposes another. A new proposal replaces an open
// one that was not agreed.
func (s *Service) ProposeVisit(ctx context.Context, a actor.Actor, needID, engagementID string, p VisitPlan) (_ Visit, err error) {
	defer fault.Wrap(&err, "exchange.ProposeVisit(%s)", engagementID)
	if err := p.check(s.clock.Now()); err != nil {
		return Visit{}, err
	}
	var v Visit
	_, err = s.update(ctx, a, needID, engagementID, func(c *Case, e *Engagement, k Kind, as Side, now time.Time) ([]Happened, error) {
		if !k.Steps.Visit {
			return nil, fault.Refused()
		}
		if e.State != Accepted {
			return nil, fault.New(fault.Conflict, "exchange.engagement.not-working")
		}
		for i := range e.Visits {
			if old := &e.Visits[i]; old.Open() && old.Agreed.IsZero() {
				old.Canceled = now
				old.Edition++
			}
		}
		v = Visit{ID: id.New(), From: p.From.UTC(), To: p.To.UTC(), Address: clip(p.Address), Note: clip(p.Note), By: a.ID, Side: as, Proposed: now}
		e.Visits = append(e.Visits, v)
		return []Happened{c.about(VisitProposed, e, a.ID, as)}, nil
	})
	return v, err
}

// open gives a visit that is still to come or to be confirmed, of an engagement at work.
func (e *Engagement) open(visitID string) (*Visit, error) {
	if e.State != Accepted {
		return nil, fault.New(fault.Conflict, "exchange.engagement.not-working")
	}
	i := slices.IndexFunc(e.Visits, func(v Visit) bool { return v.ID == visitID })
	if i < 0 {
		return nil, fault.NoSuch()
	}
	if !e.Visits[i].Open() {
		return nil, fault.New(fault.Conflict, "exchange.visit.over")
	}
	return &e.Visits[i], nil
}

// visit runs a change of one visit of an engagement at work.
func (s *Service) visit(ctx context.Context, a actor.Actor, needID, engagementID, visitID, what string,
	act func(v *Visit, as Side, now time.Time) error) error {
	_, err := s.update(ctx, a, needID, engagementID, func(c *Case, e *Engagement, _ Kind, as Side, now time.Time) ([]Happened, error) {
		v, err := e.open(visitID)
		if err != nil {
			return nil, err
		}
		if err := act(v, as, now); err != nil {
			return nil, err
		}
		v.Edition++
		return []Happened{c.about(what, e, a.ID, as)}, nil
	})
	return err
}

// AgreeVisit accepts a proposed date: the side that did not propose it. One that the hall proposed becomes that of
// the side that agrees first, for the other to agree. Nobody is to be in two places: with a date of the same master
// that is agreed elsewhere it is fault.Conflict, also when both are agreed to at once.
func (s *Service) AgreeVisit(ctx context.Context, a actor.Actor, needID, engagementID, visitID string) (err error) {
	defer fault.Wrap(&err, "exchange.AgreeVisit(%s)", visitID)
	seen, err := s.store.Case(ctx, needID)
	if err != nil {
		return err
	}
	owner := ""
	if e := seen.Engagement(engagementID); e != nil {
		owner = e.OwnerID // it never changes
	}
	now := s.clock.Now()
	_, err = s.store.Book(ctx, needID, owner, func(c Case, busy []match.Window) (Case, []event.Event, error) {
		return s.changed(c, a, engagementID, now, func(c *Case, e *Engagement, _ Kind, as Side, now time.Time) ([]Happened, error) {
			v, err := e.open(visitID)
			if err != nil {
				return nil, err
			}
			what, err := v.agree(a, as, now)
			if err != nil {
				return nil, err
			}
			if what == VisitAgreed && slices.ContainsFunc(busy, func(w match.Window) bool { return w.From.Before(v.To) && v.From.Before(w.To) }) {
				return nil, fault.New(fault.Conflict, "exchange.visit.busy")
			}
			return []Happened{c.about(what, e, a.ID, as)}, nil
		})
	})
	if err == nil {
		s.refreshOwner(ctx, needID, engagementID)
	}
	return err
}

// agree notes that a side agrees, and gives what that makes of the visit.
func (v *Visit) agree(a actor.Actor, as Side, now time.Time) (what string, err error) {
	switch {
	case as == HallSide:
		return "", fault.Refused()
	case v.By == a.ID || v.Side == as:
		return "", fault.New(fault.Denied, "exchange.visit.own")
	case !v.Agreed.IsZero():
		return "", fault.New(fault.Conflict, "exchange.visit.agreed-already")
	}
	v.Edition++
	if v.Side == HallSide {
		v.By, v.Side = a.ID, as
		return VisitProposed, nil
	}
	v.Agreed = now
	return VisitAgreed, nil
}

// CancelVisit calls off a visit that has not taken place.
func (s *Service) CancelVisit(ctx context.Context, a actor.Actor, needID, engagementID, visitID, reason string) (err error) {
	defer fault.Wrap(&err, "exchange.CancelVisit(%s)", visitID)
	err = s.visit(ctx, a, needID, engagementID, visitID, VisitCanceled, func(v *Visit, _ Side, now time.Time) error {
		v.Canceled = now
		if r := clip(reason); r != "" {
			v.Note = r
		}
		return nil
	})
	if err == nil {
		s.refreshOwner(ctx, needID, engagementID)
	}
	return err
}

// ConfirmVisit notes that an agreed visit took place: either side or an officer, once its time has begun.
func (s *Service) ConfirmVisit(ctx context.Context, a actor.Actor, needID, engagementID, visitID string) (err error) {
	defer fault.Wrap(&err, "exchange.ConfirmVisit(%s)", visitID)
	return s.visit(ctx, a, needID, engagementID, visitID, VisitDone, func(v *Visit, _ Side, now time.Time) error {
		if v.Agreed.IsZero() {
			return fault.New(fault.Conflict, "exchange.visit.not-agreed")
		}
		if now.Before(v.From) {
			return fault.New(fault.Conflict, "exchange.visit.early")
		}
		v.Done = now
		return nil
	})
}
