package exchange

import (
	"context"
	"errors"
	"reflect"
	"slices"
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
	begin, _, err := s.mayBegin(ctx, needID, o)
	if err != nil {
		return Engagement{}, err
	}
	var made Engagement
	_, err = s.update(ctx, a, needID, "", func(c *Case, _ *Engagement, _ Kind, as Side, now time.Time) ([]Happened, error) {
		if e := c.With(o.ID); e != nil {
			made = e.shownTo(as)
			return nil, nil
		}
		if err := begin(c, false); err != nil {
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
// the check to run within it. An invitation was to an offer that stood open; its owner may take it up later.
func (s *Service) mayBegin(ctx context.Context, needID string, o Offer) (begin func(c *Case, invited bool) error, unfit, err error) {
	seen, err := s.store.Case(ctx, needID)
	if err != nil {
		return nil, nil, err
	}
	unfit = s.unfit(ctx, seen.Need, o)
	return func(c *Case, invited bool) error {
		switch {
		case c.Need.State == NeedClosed || c.Need.State == NeedWithdrawn:
			return fault.New(fault.Conflict, "exchange.need.over")
		case c.Need.State != NeedOpen:
			return fault.New(fault.Conflict, "exchange.need.taken")
		case o.Status == OfferEnded || o.Status == OfferPaused && !invited:
			return fault.New(fault.Conflict, "exchange.offer.closed")
		case !reflect.DeepEqual(seen.Need.Values, c.Need.Values):
			return fault.New(fault.Conflict, "fault.moved")
		}
		return unfit
	}, unfit, nil
}

// unfit says why the offer cannot be engaged on the need, nil when it can.
func (s *Service) unfit(ctx context.Context, n Need, o Offer) error {
	if o.KindID != n.KindID {
		return fault.New(fault.Conflict, "exchange.offer.closed")
	}
	own := n.PosterID == o.OwnerID
	if n.EnterpriseID != "" {
		contacts, err := s.hall.Contacts(ctx, n.EnterpriseID)
		if err != nil {
			return err
		}
		own = own || slices.Contains(contacts, o.OwnerID)
	}
	if own {
		return fault.New(fault.Conflict, "exchange.offer.own")
	}
	return s.fits(ctx, n, o)
}

// unknown reports whether the actor may not even learn that the need is there: their offer does not fit it, and not
// only because they carry all they can just now, and they have no other part in it.
func unknown(a actor.Actor, c Case, unfit error) bool {
	var f *fault.Error
	if !errors.As(unfit, &f) || f.Msg == "exchange.unfit.capacity" || SideOf(a, c.Need, nil) != NoSide || a.MayRead(c.Need.UnionPath) {
		return false
	}
	return !slices.ContainsFunc(c.Engagements, func(e Engagement) bool { return e.OwnerID == a.ID })
}

// Accept takes the need with the actor's own offer, whether invited or not. When the need is taken already or
// the offer carries all it can, it is fault.Conflict and nothing changes; accepting twice changes nothing. To whom
// it does not fit, the need is not there.
func (s *Service) Accept(ctx context.Context, a actor.Actor, needID, offerID string) (_ Engagement, err error) {
	defer fault.Wrap(&err, "exchange.Accept(%s, %s)", needID, offerID)
	o, err := s.store.Offer(ctx, offerID)
	if err != nil {
		return Engagement{}, err
	}
	if !a.SignedIn() || o.OwnerID != a.ID {
		return Engagement{}, fault.NoSuch()
	}
	k, err := s.kind(o.KindID)
	if err != nil {
		return Engagement{}, err
	}
	begin, unfit, err := s.mayBegin(ctx, needID, o)
	if err != nil {
		return Engagement{}, err
	}
	p, err := s.hall.Provider(ctx, o.OwnerID)
	if err != nil {
		return Engagement{}, err
	}
	now := s.clock.Now()
	var made Engagement
	change := func(c Case) (Case, []event.Event, error) {
		e := c.With(o.ID)
		if e != nil && e.Met() {
			made = e.shownTo(OfferSide)
			return c, nil, nil // pressed twice
		}
		if err := begin(&c, e != nil); err != nil {
			if unknown(a, c, unfit) {
				err = fault.NoSuch()
			}
			return c, nil, err
		}
		if e == nil {
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
	}
	if k.Has(Capacity) {
		_, err = s.store.Accept(ctx, needID, o.ID, o.OwnerID, p.most(), change)
	} else {
		_, err = s.store.UpdateCase(ctx, needID, change)
	}
	if err != nil {
		return Engagement{}, err
	}
	s.refresh(ctx, needID, o.ID)
	return made, nil
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
// need looks for somebody again. Once a side has closed, the other closes too or an officer ends it: leaving would
// make the first one's word on the work void.
func (s *Service) Leave(ctx context.Context, a actor.Actor, needID, engagementID, reason string) (err error) {
	defer fault.Wrap(&err, "exchange.Leave(%s)", engagementID)
	offerID := ""
	_, err = s.update(ctx, a, needID, engagementID, func(c *Case, e *Engagement, _ Kind, as Side, now time.Time) ([]Happened, error) {
		if e.State != Invited && e.State != Accepted {
			return nil, fault.New(fault.Conflict, "exchange.engagement.over")
		}
		if as != HallSide && (e.NeedEnd != nil || e.OfferEnd != nil) {
			return nil, fault.New(fault.Conflict, "exchange.engagement.closing")
		}
		if e.State == Accepted && clip(reason) == "" {
			return nil, missing("reason")
		}
		what, state := EngagementLeft, Left
		if e.State == Invited && as == OfferSide {
			what, state = EngagementDeclined, Declined // who leaves what they were only asked for says no to it
		}
		e.State, e.Ended, e.Reason = state, now, clip(reason)
		e.cancelVisits(now)
		offerID = e.OfferID
		return []Happened{c.about(what, e, a.ID, as)}, nil
	})
	if err == nil {
		s.refresh(ctx, needID, offerID)
	}
	return err
}

// cancelVisits calls off what is still open.
func (e *Engagement) cancelVisits(now time.Time) {
	for i := range e.Visits {
		if v := &e.Visits[i]; v.Open() {
			v.Canceled = now
			v.Edition++
		}
	}
}

// endVisits is for an engagement that came to its end: an agreed visit that has begun took place, though nobody said
// so; what else is open is called off.
func (e *Engagement) endVisits(now time.Time) {
	for i := range e.Visits {
		if v := &e.Visits[i]; v.Open() && !v.Agreed.IsZero() && !v.From.After(now) {
			v.Done = now
			v.Edition++
		}
	}
	e.cancelVisits(now)
}

func missing(field string) error { return wrong(field, "field.required") }

// clip tidies a short remark; it is cut, not refused, at 500 characters.
func clip(s string) string {
	r := []rune(Tidy(s))
	return string(r[:min(len(r), 500)])
}

// again is how soon the same message once more is the one before it, sent twice by a button pressed twice.
const again = 30 * time.Second

// Say adds a message to the thread of an engagement at work or invited: either side or an officer. The same
// words again at once add nothing and give the first message, and so they do under the same key of one act of sending
// (once; "" for none), however late: a connection that was lost leaves the sender without knowing.
func (s *Service) Say(ctx context.Context, a actor.Actor, needID, engagementID, body string, files []File, once string) (_ Message, err error) {
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
	var m Message
	twice := false
	_, err = s.update(ctx, a, needID, engagementID, func(c *Case, e *Engagement, k Kind, as Side, now time.Time) ([]Happened, error) {
		if !k.Steps.Advice {
			return nil, fault.Refused()
		}
		if e.State == Declined || e.State == Left {
			return nil, fault.New(fault.Conflict, "exchange.engagement.over")
		}
		said := sum(a.ID, body, hashes(files))
		if twice = e.LastSum == said && (now.Sub(e.LastWord) < again || once != "" && e.LastOnce == once); twice {
			return nil, nil
		}
		m = Message{ID: id.New(), NeedID: needID, EngagementID: e.ID, AuthorID: a.ID, Side: as, Body: body, Files: files, At: now}
		c.Said = append(c.Said, m)
		e.Messages++
		e.LastWord, e.LastSum, e.LastOnce = now, said, once
		if as == OfferSide && c.Need.FirstAnswer.IsZero() {
			c.Need.FirstAnswer = now
		}
		return []Happened{c.about(EngagementSaid, e, a.ID, as)}, nil
	})
	if err != nil || !twice {
		return m, err
	}
	all, err := s.store.Messages(ctx, needID, engagementID)
	if err != nil || len(all) == 0 {
		return Message{}, err
	}
	return all[len(all)-1], nil
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
