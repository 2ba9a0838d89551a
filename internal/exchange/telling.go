package exchange

import (
	"context"
	"slices"

	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
)

// Note is one piece of news for one person: a message id with name, value pairs, and where it leads. With First it is
// none for somebody who was told before of what it leads to.
type Note struct {
	PersonID string
	Msg      string
	Args     []string
	Link     string
	First    bool
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
	switch h.What {
	case NeedPosted, NeedEdited:
		notes, err = s.tellOfNeed(ctx, c)
	case NeedReopened:
		notes, err = s.tellFitting(ctx, c, Note{Msg: "notice.exchange.need.reopened"})
	default:
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

// tellOfNeed gives news of a need as it now is, posted or edited, to the providers it fits best, and of an urgent one to
// its officers: to each but once, however often it is edited.
func (s *Service) tellOfNeed(ctx context.Context, c Case) ([]Note, error) {
	notes, err := s.tellFitting(ctx, c, Note{Msg: "notice.exchange.fits", First: true})
	if err != nil {
		return nil, err
	}
	k, err := s.kind(c.Need.KindID)
	if err != nil || c.Need.State != NeedOpen || c.Need.Urgency(k) != Urgent {
		return notes, err
	}
	officers, err := s.hall.Officers(ctx, c.Need.UnionPath)
	for _, o := range officers {
		notes = append(notes, c.note(o, Note{Msg: "notice.exchange.urgent", First: true}))
	}
	return notes, err
}

// tellFitting gives the news to the providers whom an open need fits best, but for those who know better. What is told
// first of a need is no news to whoever was invited to it.
func (s *Service) tellFitting(ctx context.Context, c Case, news Note) ([]Note, error) {
	k, err := s.kind(c.Need.KindID)
	if err != nil || c.Need.State != NeedOpen || k.Steps.TellFirst == 0 {
		return nil, err
	}
	know := map[string]bool{}
	for _, e := range c.Engagements {
		know[e.OfferID] = know[e.OfferID] || news.First || e.knows()
	}
	best, _, err := s.bestOffers(ctx, k, c.Need, k.Steps.TellFirst, know)
	notes := make([]Note, len(best))
	for i, m := range best {
		notes[i] = c.note(m.Offer.OwnerID, news)
	}
	return notes, err
}

// note is the news for one person, with the need that it is about.
func (c *Case) note(personID string, news Note) Note {
	news.PersonID, news.Args, news.Link = personID, []string{"title", c.Need.Title}, "/needs/"+c.Need.ID
	return news
}

// knows reports whether whoever is behind the offer knows how the need stands from their own part in it: they said no, or
// were at work on it and are no longer.
func (e Engagement) knows() bool {
	return e.State == Declined || !e.Accepted.IsZero()
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
