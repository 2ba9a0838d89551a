package exchange

import (
	"context"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
)

// NeedEntry is one need of a list. ID is the identifier that the need gets if it is new: given again with the same ID, an
// entry is new and adds nothing.
type NeedEntry struct {
	ID           string
	EnterpriseID string
	Values       Values
}

// Standing says what an entry comes to, beside what is there.
type Standing struct {
	State EntryState
	Err   error
}

// EntryState is what an entry is; one that cannot be taken in has none but an error.
type EntryState string

// The states of an entry.
const (
	EntryNew     EntryState = "new"
	EntrySame    EntryState = "same"    // the enterprise has a need of exactly these words
	EntryChanged EntryState = "changed" // it has one under this title that is not over and says something else
)

// Admissions takes needs in many at a time, beside what is there, and takes them out again.
type Admissions interface {
	// KnownNeeds finds needs by identifier, or by enterprise and title.
	KnownNeeds(ctx context.Context, k NeedKeys) ([]Need, error)
	// AdmitNeeds runs fn on KnownNeeds and, in the same transaction, adds what it returns. fn may run twice.
	AdmitNeeds(ctx context.Context, k NeedKeys, fn func(known []Need) ([]Need, []event.Event)) error
	// ExpelNeeds runs fn on those of the needs that are there and, in the same transaction, removes those it returns. fn
	// may run twice.
	ExpelNeeds(ctx context.Context, ids []string, fn func(there []Case) (gone []string, events []event.Event)) error
	// Engaged gives those of the persons who were ever asked or at work on a need.
	Engaged(ctx context.Context, ownerIDs []string) (map[string]bool, error)
	// ExpelOffers removes the persons' offers of the kinds, with an event for each.
	ExpelOffers(ctx context.Context, ownerIDs, kindIDs []string, event func(Offer) event.Event) ([]Offer, error)
}

// NeedKeys name needs.
type NeedKeys struct {
	IDs         []string
	Enterprises []string
	Titles      []string // of those enterprises' needs
}

// JudgeNeeds says what entries of a kind would come to, to whoever may post them. It changes nothing.
func (s *Service) JudgeNeeds(ctx context.Context, a actor.Actor, kindID string, list []NeedEntry) (_ []Standing, err error) {
	defer fault.Wrap(&err, "exchange.JudgeNeeds(%s, %d)", kindID, len(list))
	d, err := s.draw(ctx, a, kindID, list)
	if err != nil {
		return nil, err
	}
	known, err := s.store.KnownNeeds(ctx, d.keys)
	if err != nil {
		return nil, err
	}
	d.decide(known)
	return d.standings, nil
}

// AdmitNeeds posts the entries that can be posted, all of them in one transaction, as Post does with each. The answers are
// those of JudgeNeeds at the moment of adding.
func (s *Service) AdmitNeeds(ctx context.Context, a actor.Actor, kindID string, list []NeedEntry) (_ []Standing, err error) {
	defer fault.Wrap(&err, "exchange.AdmitNeeds(%s, %d)", kindID, len(list))
	d, err := s.draw(ctx, a, kindID, list)
	if err != nil {
		return nil, err
	}
	err = s.store.AdmitNeeds(ctx, d.keys, func(known []Need) ([]Need, []event.Event) {
		d.decide(known)
		events := make([]event.Event, len(d.fresh))
		for i, n := range d.fresh {
			c := Case{Need: n}
			h := c.about(NeedPosted, nil, a.ID, NeedSide)
			events[i] = h.event(d.now)
		}
		return d.fresh, events
	})
	if err != nil {
		return nil, err
	}
	for _, n := range d.fresh {
		s.putNeed(ctx, n)
	}
	return d.standings, nil
}

// drawn is a batch of entries, each made the need that Post would make of it.
type drawn struct {
	now       time.Time
	needs     []Need
	late      []error // what a need that is not there yet may not say any more
	keys      NeedKeys
	judged    []Standing // of those that cannot be one
	standings []Standing
	fresh     []Need
}

// draw makes the needs of a kind whose needs are enterprises'.
func (s *Service) draw(ctx context.Context, a actor.Actor, kindID string, list []NeedEntry) (*drawn, error) {
	k, err := s.kind(kindID)
	switch {
	case err != nil:
		return nil, err
	case !a.SignedIn():
		return nil, fault.New(fault.Unauthenticated, "fault.unauthenticated")
	case k.Status != KindOpen || k.Need.By != ByEnterprise:
		return nil, fault.New(fault.Conflict, "exchange.kind.closed")
	}
	d := &drawn{now: s.clock.Now(), needs: make([]Need, len(list)), late: make([]error, len(list)), judged: make([]Standing, len(list))}
	asked := map[string]bool{}
	for _, e := range list {
		if !asked[e.EnterpriseID] {
			asked[e.EnterpriseID] = true
			d.keys.Enterprises = append(d.keys.Enterprises, e.EnterpriseID)
		}
	}
	firms, err := s.hall.Enterprises(ctx, d.keys.Enterprises)
	if err != nil {
		return nil, err
	}
	for i, e := range list {
		firm, there := firms[e.EnterpriseID]
		if !there {
			return nil, fault.NoSuch()
		}
		if _, _, err := mayPost(a, k, firm); fault.Is(err, fault.NotFound) {
			return nil, err // it is somebody else's, and asking for it is no slip in a list
		} else if err != nil {
			d.judged[i].Err = err
			continue
		}
		d.add(i, e, k, firm, a)
	}
	return d, nil
}

func (d *drawn) add(i int, e NeedEntry, k Kind, firm Firm, a actor.Actor) {
	n, err := k.drawNeed(a, firm, Draft{EnterpriseID: e.EnterpriseID, Values: e.Values}, d.now)
	if err != nil {
		d.judged[i].Err = err
		return
	}
	n.ID = e.ID
	d.needs[i], d.late[i] = n, k.notOver(n.Values, d.now)
	d.keys.IDs, d.keys.Titles = append(d.keys.IDs, e.ID), append(d.keys.Titles, n.Title)
}

// decide compares the entries with what is there. What one adds counts as there for those that follow.
func (d *drawn) decide(known []Need) {
	d.standings, d.fresh = make([]Standing, len(d.needs)), nil
	ids, words, titles := map[string]bool{}, map[string]bool{}, map[string]bool{}
	know := func(n Need) {
		ids[n.ID] = true
		words[n.EnterpriseID+"\x00"+n.Sum] = true
		if n.State == NeedOpen || n.State == NeedEngaged {
			titles[n.EnterpriseID+"\x00"+n.Title] = true
		}
	}
	for _, n := range known {
		know(n)
	}
	for i, n := range d.needs {
		switch st := &d.standings[i]; {
		case d.judged[i].Err != nil:
			*st = d.judged[i]
		case ids[n.ID]:
			st.State = EntryNew
		case words[n.EnterpriseID+"\x00"+n.Sum]:
			st.State = EntrySame
		case titles[n.EnterpriseID+"\x00"+n.Title]:
			st.State = EntryChanged
		case d.late[i] != nil:
			st.Err = d.late[i]
		default:
			st.State = EntryNew
			d.fresh = append(d.fresh, n)
			know(n)
		}
	}
}

// Spared is what a list made and an undoing leaves, with the message id of why.
type Spared struct{ ID, Why string }

// ExpelNeeds undoes AdmitNeeds for the needs that nobody has touched since, by officers who work on their unions.
func (s *Service) ExpelNeeds(ctx context.Context, a actor.Actor, ids []string) (removed int, left []Spared, err error) {
	defer fault.Wrap(&err, "exchange.ExpelNeeds(%d)", len(ids))
	var gone []string
	err = s.store.ExpelNeeds(ctx, ids, func(there []Case) ([]string, []event.Event) {
		gone, left = nil, nil
		var events []event.Event
		for _, c := range there {
			if why := c.stays(a); why != "" {
				left = append(left, Spared{c.Need.ID, why})
				continue
			}
			gone = append(gone, c.Need.ID)
			h := c.about(NeedWithdrew, nil, a.ID, HallSide)
			events = append(events, h.event(s.clock.Now()))
		}
		return gone, events
	})
	if err == nil {
		s.index.Remove(gone...)
	}
	return len(gone), left, err
}

// stays says why a need is not taken back, "" when it can be.
func (c *Case) stays(a actor.Actor) string {
	switch {
	case !a.MayAct(c.Need.UnionPath):
		return "exchange.left.elsewhere"
	case len(c.Engagements) > 0:
		return "exchange.left.engaged"
	case c.Need.Version > 1:
		return "exchange.left.changed"
	}
	return ""
}

// Engaged gives those of the persons who were ever asked or at work on a need. For the program.
func (s *Service) Engaged(ctx context.Context, ownerIDs []string) (map[string]bool, error) {
	return s.store.Engaged(ctx, ownerIDs)
}

// ExpelOffers removes the offers that followed from the entries of masters who are none any more, since a list that made
// them is undone. For the program, which has seen to it that nobody is at work with one.
func (s *Service) ExpelOffers(ctx context.Context, ownerIDs []string) (err error) {
	defer fault.Wrap(&err, "exchange.ExpelOffers(%d)", len(ownerIDs))
	var kinds []string
	for _, k := range s.Kinds(actor.Hall) {
		if f, _ := k.Offer.Of(Title); k.Offer.By == ByMaster && f.From != "" {
			kinds = append(kinds, k.ID)
		}
	}
	now := s.clock.Now()
	gone, err := s.store.ExpelOffers(ctx, ownerIDs, kinds, func(o Offer) event.Event {
		return Happened{What: OfferChanged, KindID: o.KindID, OfferID: o.ID, OwnerID: o.OwnerID, UnionPath: o.UnionPath, By: actor.Hall.ID}.event(now)
	})
	for _, o := range gone {
		s.index.Remove(o.ID)
	}
	return err
}
