package exchange

import (
	"context"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/match"
)

// What a request has changed is put into the index at once, so that whoever changed it finds it. A failure here is only
// logged: the answer to the person does not depend on it, and the event of the same change puts it again.

func (s *Service) putNeed(ctx context.Context, n Need) {
	s.logIndex(ctx, "need", n.ID, s.indexNeed(ctx, n))
}

func (s *Service) putTool(ctx context.Context, t Tool) {
	s.logIndex(ctx, "tool", t.ID, s.indexTool(ctx, t))
}

func (s *Service) putOffer(ctx context.Context, o Offer) {
	s.logIndex(ctx, "offer", o.ID, s.putOffers(ctx, []Offer{o}))
}

// refresh is for a case and an offer that changed together.
func (s *Service) refresh(ctx context.Context, needID, offerID string) {
	s.logIndex(ctx, "need", needID, s.reindex(ctx, needID, offerID))
}

// refreshOwner is refresh for whoever is behind an engagement.
func (s *Service) refreshOwner(ctx context.Context, needID, engagementID string) {
	c, err := s.store.Case(ctx, needID)
	if err != nil {
		s.logIndex(ctx, "need", needID, err)
		return
	}
	if e := c.Engagement(engagementID); e != nil {
		s.refresh(ctx, needID, e.OfferID)
	}
}

func (s *Service) logIndex(ctx context.Context, what, id string, err error) {
	if err != nil && ctx.Err() == nil {
		s.log.ErrorContext(ctx, "index not updated", "what", what, "id", id, "err", err)
	}
}

// reindex reads a case, and an offer unless there is none, and puts them as they now are.
func (s *Service) reindex(ctx context.Context, needID, offerID string) error {
	c, err := s.store.Case(ctx, needID)
	if fault.Is(err, fault.NotFound) {
		s.index.Remove(needID) // it was taken out
	}
	if err != nil {
		return err
	}
	if err := s.indexNeed(ctx, c.Need); err != nil || offerID == "" {
		return err
	}
	return s.reindexOffer(ctx, offerID)
}

// reindexOffer puts the offer as it now is, with the others of its owner: what one carries the others may not.
func (s *Service) reindexOffer(ctx context.Context, offerID string) error {
	o, err := s.store.Offer(ctx, offerID)
	if fault.Is(err, fault.NotFound) {
		s.index.Remove(offerID)
	}
	if err != nil {
		return err
	}
	return s.reindexOwner(ctx, o.OwnerID)
}

func (s *Service) reindexOwner(ctx context.Context, ownerID string) error {
	offers, err := s.store.OffersOf(ctx, ownerID)
	if err != nil {
		return err
	}
	return s.putOffers(ctx, offers)
}

// loads gives what the owners carry over all their offers.
func (s *Service) loads(ctx context.Context, owners []string) (map[string]int, error) {
	offers, err := s.store.OffersOf(ctx, owners...)
	return carried(offers), err
}

// carried sums by owner what their offers carry.
func carried(offers []Offer) map[string]int {
	out := map[string]int{}
	for _, o := range offers {
		out[o.OwnerID] += o.Load
	}
	return out
}

func (s *Service) indexNeed(ctx context.Context, n Need) error {
	k, err := s.kind(n.KindID)
	switch {
	case err != nil:
		return err
	case n.State == NeedOpen:
		return s.index.Put(ctx, needEntry(k, n))
	case n.State == NeedClosed && n.Result != Unsolved:
		by, err := s.store.SolvedBy(ctx, []string{n.ID})
		if err != nil || len(by[n.ID]) == 0 {
			return err
		}
		return s.index.Put(ctx, solvedEntry(k, n, by[n.ID][0]))
	}
	s.index.Remove(n.ID)
	return nil
}

func (s *Service) indexTool(ctx context.Context, t Tool) error {
	k, err := s.kind(t.KindID)
	if err != nil {
		return err
	}
	return s.index.Put(ctx, toolEntry(k, t))
}

// putOffers brings the index up to date with offers, in a few queries whatever their number.
func (s *Service) putOffers(ctx context.Context, offers []Offer) (err error) {
	defer fault.Wrap(&err, "exchange.putOffers(%d)", len(offers))
	owners := make([]string, 0, len(offers))
	for _, o := range offers {
		if o.Status == OfferOpen {
			owners = append(owners, o.OwnerID)
		} else {
			s.index.Remove(o.ID)
		}
	}
	if len(owners) == 0 {
		return nil
	}
	people, err := s.hall.Providers(ctx, owners)
	if err != nil {
		return err
	}
	busy, err := s.store.Busy(ctx, owners, s.clock.Now())
	if err != nil {
		return err
	}
	loads, err := s.loads(ctx, owners)
	if err != nil {
		return err
	}
	var entries []match.Entry
	for _, o := range offers {
		k, err := s.kind(o.KindID)
		p, known := people[o.OwnerID]
		if err != nil || !known || o.Status != OfferOpen {
			continue
		}
		entries = append(entries, offerEntry(k, o, p, busy[o.OwnerID], loads[o.OwnerID]))
	}
	return s.index.Put(ctx, entries...)
}
