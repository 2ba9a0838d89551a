package exchange

import (
	"context"
	"reflect"
	"time"
	"unicode/utf8"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
)

// Invite asks an offer's owner to take the need: by the need's side, or by an officer, which is an assignment.
// The offer must fit; inviting twice changes nothing.
func (s *Service) Invite(ctx context.Context, a actor.Actor, needID, offerID string) (_ Engagement, err error) {
	defer fault.Wrap(&err, "exchange.Invite(%s, %s)", needID, offerID)
	o, err := s.store.Offer(ctx, offerID)
	if err != nil {
		return Engagement{}, err
	}
	begin, err := s.mayBegin(ctx, needID, o)
	if err != nil {
		return Engagement{}, err
	}
	var made Engagement
	_, err = s.update(ctx, a, needID, "", func(c *Case, _ *Engagement, _ Kind, as Side, now time.Time) ([]Happened, error) {
		if e := c.With(o.ID); e != nil {
			made = *e
			return nil, nil
		}
		if err := begin(c); err != nil {
			return nil, err
		}
		e := Engagement{ID: id.New(), NeedID: c.Need.ID, OfferID: o.ID, OwnerID: o.OwnerID, State: Invited,
			InvitedBy: a.ID, Assigned: as == HallSide, Invited: now}
		c.Engagements = append(c.Engagements, e)
		made = e
		return []Happened{c.about(EngagementInvited, &e, a.ID, as)}, nil
	})
	return made, err
}

// mayBegin asks whether the offer fits the need before the transaction, since that reads elsewhere, and gives
// the check to run within it.
func (s *Service) mayBegin(ctx context.Context, needID string, o Offer) (func(*Case) error, error) {
	seen, err := s.store.Case(ctx, needID)
	if err != nil {
		return nil, err
	}
	unfit := s.fits(ctx, seen.Need, o)
	return func(c *Case) error {
		switch {
		case c.Need.State != NeedOpen:
			return fault.New(fault.Conflict, "exchange.need.taken")
		case o.KindID != c.Need.KindID || o.Status != OfferOpen:
			return fault.New(fault.Conflict, "exchange.offer.closed")
		case c.Need.PosterID == o.OwnerID:
			return fault.New(fault.Conflict, "exchange.offer.own")
		case !reflect.DeepEqual(seen.Need.Values, c.Need.Values):
			return fault.New(fault.Conflict, "fault.moved")
		}
		return unfit
	}, nil
}

// Accept takes the need with the actor's own offer, whether invited or not. When the need is taken already or
// the offer carries all it can, it is fault.Conflict and nothing changes; accepting twice changes nothing.
func (s *Service) Accept(ctx context.Context, a actor.Actor, needID, offerID string) (_ Engagement, err error) {
	defer fault.Wrap(&err, "exchange.Accept(%s, %s)", needID, offerID)
	o, err := s.store.Offer(ctx, offerID)
	if err != nil {
		return Engagement{}, err
	}
	if !a.SignedIn() || o.OwnerID != a.ID {
		return Engagement{}, fault.NoSuch()
	}
	seen, err := s.store.Case(ctx, needID)
	if err != nil {
		return Engagement{}, err
	}
	if e := seen.With(o.ID); e != nil && e.State != Invited {
		return *e, nil // pressed twice
	}
	begin, err := s.mayBegin(ctx, needID, o)
	if err != nil {
		return Engagement{}, err
	}
	now := s.clock.Now()
	var made Engagement
	_, err = s.store.Accept(ctx, needID, o.ID, o.OwnerID, func(c Case) (Case, []event.Event, error) {
		k, err := s.kind(c.Need.KindID)
		if err != nil {
			return c, nil, err
		}
		e := c.With(o.ID)
		switch {
		case e != nil && e.State != Invited, e != nil && c.Need.State != NeedOpen:
			return c, nil, fault.New(fault.Conflict, "exchange.need.taken")
		case e == nil:
			if err := begin(&c); err != nil {
				return c, nil, err
			}
			c.Engagements = append(c.Engagements, Engagement{ID: id.New(), NeedID: needID, OfferID: o.ID, OwnerID: o.OwnerID})
			e = &c.Engagements[len(c.Engagements)-1]
		}
		e.State, e.Accepted = Accepted, now
		if c.Need.FirstAnswer.IsZero() {
			c.Need.FirstAnswer = now
		}
		made = *e
		told := []Happened{c.about(EngagementAccepted, e, a.ID, OfferSide)}
		c.Settle(k, now)
		return c, eventsOf(told, now), nil
	})
	if err == nil {
		s.refresh(ctx, needID, o.ID)
	}
	return made, err
}

// Decline answers an invitation with no.
func (s *Service) Decline(ctx context.Context, a actor.Actor, needID, engagementID, reason string) (err error) {
	defer fault.Wrap(&err, "exchange.Decline(%s)", engagementID)
	_, err = s.update(ctx, a, needID, engagementID, func(c *Case, e *Engagement, _ Kind, as Side, now time.Time) ([]Happened, error) {
		if as != OfferSide {
			return nil, fault.Refused()
		}
		if e.State != Invited {
			return nil, fault.New(fault.Conflict, "exchange.engagement.not-invited")
		}
		e.State, e.Ended, e.Reason = Declined, now, clip(reason)
		return []Happened{c.about(EngagementDeclined, e, a.ID, as)}, nil
	})
	return err
}

// Leave gives up an engagement, or takes back an invitation: either side or an officer, with a reason. The
// need looks for somebody again.
func (s *Service) Leave(ctx context.Context, a actor.Actor, needID, engagementID, reason string) (err error) {
	defer fault.Wrap(&err, "exchange.Leave(%s)", engagementID)
	offerID := ""
	_, err = s.update(ctx, a, needID, engagementID, func(c *Case, e *Engagement, _ Kind, as Side, now time.Time) ([]Happened, error) {
		if e.State != Invited && e.State != Accepted {
			return nil, fault.New(fault.Conflict, "exchange.engagement.over")
		}
		if e.State == Accepted && clip(reason) == "" {
			return nil, missing("reason")
		}
		e.State, e.Ended, e.Reason = Left, now, clip(reason)
		cancelVisits(e, now)
		offerID = e.OfferID
		return []Happened{c.about(EngagementLeft, e, a.ID, as)}, nil
	})
	if err == nil {
		s.refresh(ctx, needID, offerID)
	}
	return err
}

func cancelVisits(e *Engagement, now time.Time) {
	for i := range e.Visits {
		if v := &e.Visits[i]; v.Open() {
			v.Canceled = now
			v.Edition++
		}
	}
}

func missing(field string) error { return wrong(field, "field.required") }

// clip tidies a short remark; it is cut, not refused, at 500 characters.
func clip(s string) string {
	r := []rune(Tidy(s))
	return string(r[:min(len(r), 500)])
}

// again is how soon the same words are the same message, sent twice by a button pressed twice.
const again = 30 * time.Second

// said finds the actor's message that was the last of the thread a moment ago and says the same.
func (s *Service) said(ctx context.Context, a actor.Actor, needID, engagementID, body string) (Message, bool, error) {
	all, err := s.store.Messages(ctx, needID, engagementID)
	if err != nil || len(all) == 0 {
		return Message{}, false, err
	}
	m := all[len(all)-1]
	return m, m.AuthorID == a.ID && m.Body == body && body != "" && s.clock.Now().Sub(m.At) < again, nil
}

// Say adds a message to the thread of an engagement at work or invited: either side or an officer. The same
// words again at once add nothing and give the first message.
func (s *Service) Say(ctx context.Context, a actor.Actor, needID, engagementID, body string, files []File) (_ Message, err error) {
	defer fault.Wrap(&err, "exchange.Say(%s)", engagementID)
	body = Tidy(body)
	var c fault.Check
	c.That(body != "" || len(files) > 0, "body", "field.required")
	n := utf8.RuneCountInString(body)
	c.That(n <= ProseMost, "body", "field.too-long", "max", ProseMost, "length", n)
	c.That(len(files) <= FileLimit, "files", "exchange.files.many", "max", FileLimit)
	if err := c.Err(); err != nil {
		return Message{}, err
	}
	m, twice, err := s.said(ctx, a, needID, engagementID, body)
	if err != nil || twice {
		return m, err
	}
	_, err = s.update(ctx, a, needID, engagementID, func(c *Case, e *Engagement, k Kind, as Side, now time.Time) ([]Happened, error) {
		if !k.Steps.Advice {
			return nil, fault.Refused()
		}
		if e.State == Declined || e.State == Left {
			return nil, fault.New(fault.Conflict, "exchange.engagement.over")
		}
		m = Message{ID: id.New(), NeedID: needID, EngagementID: e.ID, AuthorID: a.ID, Side: as, Body: body, Files: files, At: now}
		c.Said = append(c.Said, m)
		e.Messages++
		e.LastWord = now
		if as == OfferSide && c.Need.FirstAnswer.IsZero() {
			c.Need.FirstAnswer = now
		}
		return []Happened{c.about(EngagementSaid, e, a.ID, as)}, nil
	})
	return m, err
}

// Thread gives an engagement's messages, oldest first, to those who may see the engagement.
func (s *Service) Thread(ctx context.Context, a actor.Actor, needID, engagementID string) (_ []Message, err error) {
	defer fault.Wrap(&err, "exchange.Thread(%s)", engagementID)
	c, _, err := s.Case(ctx, a, needID)
	if err != nil {
		return nil, err
	}
	if c.Engagement(engagementID) == nil {
		return nil, fault.NoSuch()
	}
	return s.store.Messages(ctx, needID, engagementID)
}

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

// visit runs a change of one visit of an engagement at work.
func (s *Service) visit(ctx context.Context, a actor.Actor, needID, engagementID, visitID, what string,
	act func(v *Visit, as Side, now time.Time) error) error {
	_, err := s.update(ctx, a, needID, engagementID, func(c *Case, e *Engagement, _ Kind, as Side, now time.Time) ([]Happened, error) {
		if e.State != Accepted {
			return nil, fault.New(fault.Conflict, "exchange.engagement.not-working")
		}
		for i := range e.Visits {
			v := &e.Visits[i]
			if v.ID != visitID {
				continue
			}
			if !v.Open() {
				return nil, fault.New(fault.Conflict, "exchange.visit.over")
			}
			if err := act(v, as, now); err != nil {
				return nil, err
			}
			v.Edition++
			return []Happened{c.about(what, e, a.ID, as)}, nil
		}
		return nil, fault.NoSuch()
	})
	return err
}

// AgreeVisit accepts a proposed date; the side that proposed it cannot.
func (s *Service) AgreeVisit(ctx context.Context, a actor.Actor, needID, engagementID, visitID string) (err error) {
	defer fault.Wrap(&err, "exchange.AgreeVisit(%s)", visitID)
	err = s.visit(ctx, a, needID, engagementID, visitID, VisitAgreed, func(v *Visit, as Side, now time.Time) error {
		if v.By == a.ID || v.Side == as {
			return fault.New(fault.Denied, "exchange.visit.own")
		}
		if !v.Agreed.IsZero() {
			return fault.New(fault.Conflict, "exchange.visit.agreed-already")
		}
		v.Agreed = now
		return nil
	})
	if err == nil {
		s.refreshOwner(ctx, needID, engagementID)
	}
	return err
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
