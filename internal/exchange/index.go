package exchange

import (
	"context"
	"strings"

	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/match"
)

// indexBatch is how many entries are put at once when the index is built.
const indexBatch = 500

// Load reads kinds and builds the index from the store. Events that arrive meanwhile may be applied at the same
// time: putting an entry twice does no harm.
func (s *Service) Load(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "exchange.Load")
	if err := s.LoadKinds(ctx); err != nil {
		return err
	}
	return s.loadEntries(ctx)
}

func (s *Service) loadEntries(ctx context.Context) error {
	if err := s.LoadOffers(ctx); err != nil {
		return err
	}
	if err := s.loadNeeds(ctx); err != nil {
		return err
	}
	var tools []match.Entry
	err := s.store.EachTool(ctx, func(t Tool) error {
		if k, err := s.kind(t.KindID); err == nil {
			tools = append(tools, toolEntry(k, t))
		}
		return s.flush(ctx, &tools, indexBatch)
	})
	if err != nil {
		return err
	}
	return s.flush(ctx, &tools, 1)
}

// flush puts the entries when there are at least so many.
func (s *Service) flush(ctx context.Context, entries *[]match.Entry, atLeast int) error {
	if len(*entries) < atLeast {
		return nil
	}
	err := s.index.Put(ctx, *entries...)
	*entries = (*entries)[:0]
	return err
}

// LoadOffers brings the index up to date with every offer. Calendars are read some weeks ahead, so that it is to be
// run every few hours.
func (s *Service) LoadOffers(ctx context.Context) error {
	var offers []Offer
	err := s.store.EachOffer(ctx, func(o Offer) error {
		offers = append(offers, o)
		if len(offers) < indexBatch {
			return nil
		}
		err := s.putOffers(ctx, offers)
		offers = offers[:0]
		return err
	})
	if err != nil {
		return err
	}
	return s.putOffers(ctx, offers)
}

func (s *Service) loadNeeds(ctx context.Context) error {
	var open, solved []match.Entry
	var closed []Need
	putClosed := func() error {
		ids := make([]string, len(closed))
		for i, n := range closed {
			ids[i] = n.ID
		}
		by, err := s.store.SolvedBy(ctx, ids)
		if err != nil {
			return err
		}
		for _, n := range closed {
			if k, err := s.kind(n.KindID); err == nil && len(by[n.ID]) > 0 {
				solved = append(solved, solvedEntry(k, n, by[n.ID][0]))
			}
		}
		closed = closed[:0]
		return s.flush(ctx, &solved, 1)
	}
	err := s.store.EachNeed(ctx, []NeedState{NeedOpen, NeedClosed}, func(n Need) error {
		if n.State == NeedOpen {
			if k, err := s.kind(n.KindID); err == nil {
				open = append(open, needEntry(k, n))
			}
			return s.flush(ctx, &open, indexBatch)
		}
		if n.Result == Unsolved {
			return nil
		}
		if closed = append(closed, n); len(closed) < indexBatch {
			return nil
		}
		return putClosed()
	})
	if err != nil {
		return err
	}
	if err := putClosed(); err != nil {
		return err
	}
	return s.flush(ctx, &open, 1)
}

// Apply brings this process's index and kinds up to date after an event of any process. It is idempotent. What it could
// not do, Mend does later.
func (s *Service) Apply(ctx context.Context, e event.Event) (err error) {
	defer fault.Wrap(&err, "exchange.Apply(%s)", e.Subject)
	if !strings.HasPrefix(e.Subject, SubjectPrefix) {
		return nil
	}
	h, err := ReadEvent(e)
	if err != nil {
		return err
	}
	if err = s.apply(ctx, h); err != nil && !fault.Is(err, fault.NotFound) {
		s.behind.Store(true)
	}
	return err
}

func (s *Service) apply(ctx context.Context, h Happened) error {
	switch {
	case h.What == KindChanged:
		return s.applyKind(ctx, h.KindID)
	case h.What == EngagementSaid, h.What == FollowUpAsked, h.What == FollowUpAnswered:
		return nil // nothing that matching reads
	case h.What == ToolPublished:
		t, err := s.store.Tool(ctx, h.ToolID)
		if err != nil {
			return err
		}
		return s.indexTool(ctx, t)
	case h.NeedID != "":
		return s.reindex(ctx, h.NeedID, h.OfferID)
	case h.OfferID != "":
		return s.reindexOffer(ctx, h.OfferID)
	}
	return nil
}

// Mend reads everything anew when an event could not be applied. It is to be run every so often.
func (s *Service) Mend(ctx context.Context) error {
	if !s.behind.Swap(false) {
		return nil
	}
	err := s.Load(ctx)
	if err != nil {
		s.behind.Store(true)
	}
	return err
}

// applyKind reads the kinds anew. What the index holds was made by the kind as it was, so that of one in use everything
// is put again; texts that stayed the same are not read again. Nobody is matched by a draft.
func (s *Service) applyKind(ctx context.Context, kindID string) error {
	if err := s.LoadKinds(ctx); err != nil {
		return err
	}
	if k, err := s.kind(kindID); err != nil || k.Status == KindDraft {
		return nil
	}
	return s.loadEntries(ctx)
}
