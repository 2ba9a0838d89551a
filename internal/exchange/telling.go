package exchange

import (
	"context"
	"slices"

	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
)

// Note is one piece of news for one person: a message id with name, value pairs, and where it leads.
type Note struct {
	PersonID string
	Msg      string
	Args     []string
	Link     string
}

// Teller brings news to people. Telling the same notes of one event again must tell nobody twice.
type Teller interface {
	Tell(ctx context.Context, eventID string, notes []Note) error
}

// Tell tells those whom an event of the exchange concerns. It is to be run by a durable consumer: an error
// means that the event should come again.
func (s *Service) Tell(ctx context.Context, e event.Event, to Teller) (err error) {
	defer fault.Wrap(&err, "exchange.Tell(%s, %s)", e.Subject, e.ID)
	h, err := ReadEvent(e)
	if err != nil || h.NeedID == "" {
		return err
	}
	c, err := s.store.Case(ctx, h.NeedID)
	if fault.Is(err, fault.NotFound) {
		return nil // gone since
	}
	if err != nil {
		return err
	}
	var notes []Note
	if h.What == NeedPosted {
		notes, err = s.tellFitting(ctx, c.Need)
	} else {
		notes, err = s.tellSides(ctx, h, c.Need)
	}
	if err != nil {
		return err
	}
	notes = slices.DeleteFunc(notes, func(n Note) bool { return n.PersonID == "" || n.PersonID == h.By })
	if len(notes) == 0 {
		return nil
	}
	return to.Tell(ctx, e.ID, notes)
}

// tellFitting gives news of a need to the providers it fits best, and of an urgent one to its officers.
func (s *Service) tellFitting(ctx context.Context, n Need) ([]Note, error) {
	k, err := s.kind(n.KindID)
	if err != nil || n.State != NeedOpen {
		return nil, err
	}
	var notes []Note
	if k.Steps.TellFirst > 0 {
		best, _, err := s.bestOffers(ctx, k, n, k.Steps.TellFirst)
		if err != nil {
			return nil, err
		}
		for _, m := range best {
			notes = append(notes, Note{PersonID: m.Offer.OwnerID, Msg: "notice.exchange.fits", Args: []string{"title", n.Title},
				Link: "/needs/" + n.ID})
		}
	}
	if n.Urgency(k) == Urgent {
		officers, err := s.hall.Officers(ctx, n.UnionPath)
		if err != nil {
			return nil, err
		}
		for _, o := range officers {
			notes = append(notes, Note{PersonID: o, Msg: "notice.exchange.urgent", Args: []string{"title", n.Title}, Link: "/needs/" + n.ID})
		}
	}
	return notes, nil
}

// told says, for what happens to a case, which sides hear of it. Whoever did it does not.
var told = map[string][]Side{
	EngagementInvited:  {OfferSide},
	EngagementAccepted: {NeedSide},
	EngagementDeclined: {NeedSide},
	EngagementLeft:     {NeedSide, OfferSide},
	EngagementSaid:     {NeedSide, OfferSide},
	EngagementClosing:  {NeedSide, OfferSide},
	EngagementFinished: {NeedSide, OfferSide},
	VisitProposed:      {NeedSide, OfferSide},
	VisitAgreed:        {NeedSide, OfferSide},
	VisitCanceled:      {NeedSide, OfferSide},
	VisitDone:          {NeedSide, OfferSide},
	FollowUpAsked:      {NeedSide},
	FollowUpAnswered:   {OfferSide},
	ToolPublished:      {NeedSide},
	NeedWithdrew:       {NeedSide},
}

func (s *Service) tellSides(ctx context.Context, h Happened, n Need) ([]Note, error) {
	msg, link := "notice.exchange."+h.What, "/needs/"+n.ID+"/engagements/"+h.EngagementID
	switch {
	case h.EngagementID == "":
		link = "/needs/" + n.ID
	case h.What == ToolPublished:
		link = "/toolbox/" + h.ToolID
	case h.What == EngagementInvited && h.Assigned:
		msg += "-assigned"
	}
	var notes []Note
	note := func(person string) {
		if !slices.ContainsFunc(notes, func(x Note) bool { return x.PersonID == person }) {
			notes = append(notes, Note{PersonID: person, Msg: msg, Args: []string{"title", n.Title}, Link: link})
		}
	}
	for _, side := range told[h.What] {
		if side == h.Side {
			continue // one's own side did it
		}
		if side == OfferSide {
			note(h.OwnerID)
			continue
		}
		note(n.PosterID)
		if n.EnterpriseID == "" {
			continue
		}
		contacts, err := s.hall.Contacts(ctx, n.EnterpriseID)
		if err != nil {
			return nil, err
		}
		for _, p := range contacts {
			note(p)
		}
	}
	return notes, nil
}
