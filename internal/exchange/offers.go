package exchange

import (
	"context"
	"reflect"
	"strings"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
)

// Terms on which an offer is given, beside its form.
type OfferTerms struct {
	Values   Values
	Spot     *Spot    // nil: where the provider's own entry says
	Reach    *float64 // metres; nil: as that entry says
	Capacity *int     // nil: as that entry says
	Paused   bool
}

// SaveOffer makes or changes the actor's own offer of a kind.
func (s *Service) SaveOffer(ctx context.Context, a actor.Actor, kindID string, t OfferTerms) (_ Offer, err error) {
	defer fault.Wrap(&err, "exchange.SaveOffer(%s)", kindID)
	k, err := s.Kind(a, kindID)
	if err != nil {
		return Offer{}, err
	}
	if !s.MayOffer(a, k) {
		return Offer{}, fault.Refused()
	}
	p, err := s.hall.Provider(ctx, a.ID)
	if err != nil {
		return Offer{}, err
	}
	values, err := k.Check(k.Offer, t.Values)
	if err != nil {
		return Offer{}, err
	}
	var c fault.Check
	c.That(t.Reach == nil || *t.Reach >= 0 && *t.Reach <= 2_000_000, "reach", "field.range", "min", 0, "max", 2000)
	c.That(t.Capacity == nil || *t.Capacity >= 1 && *t.Capacity <= 1000, "capacity", "field.range", "min", 1, "max", 1000)
	if t.Spot != nil {
		checkSpot(&c, Field{Key: "place"}, Value{Spot: t.Spot})
	}
	if err := c.Err(); err != nil {
		return Offer{}, err
	}
	spot := p.Spot
	if t.Spot != nil {
		spot = *t.Spot
	}
	o, err := s.changeOffer(ctx, k, p, a.ID, func(o *Offer) {
		o.Values, o.Spot, o.OwnReach, o.OwnCapacity, o.Status = values, spot, t.Reach, t.Capacity, OfferOpen
		o.settle(k, p)
		if t.Paused {
			o.Status = OfferPaused
		}
	})
	if err == nil {
		s.putOffer(ctx, o)
	}
	return o, err
}

// MayOffer reports whether the actor may make an offer of the kind.
func (s *Service) MayOffer(a actor.Actor, k Kind) bool {
	if !a.SignedIn() || k.Status != KindOpen || k.UnionPath != "" && !actor.Within(a.UnionPath, k.UnionPath) {
		return false
	}
	switch k.Offer.By {
	case ByMaster:
		return a.Master
	case ByEnterprise:
		return len(a.Enterprises) > 0
	}
	return true
}

// changeOffer runs change on the provider's offer of the kind; an offer that comes out as it was is not kept
// anew.
func (s *Service) changeOffer(ctx context.Context, k Kind, p Provider, by string, change func(*Offer)) (Offer, error) {
	now := s.clock.Now()
	return s.store.SaveOffer(ctx, p.ID, k.ID, func(old Offer) (Offer, []event.Event, error) {
		o := old
		if o.ID == "" {
			o.ID, o.KindID, o.OwnerID = id.New(), k.ID, p.ID
		}
		o.UnionID, o.UnionPath = p.UnionID, p.UnionPath
		change(&o)
		k.sortOffer(&o)
		if reflect.DeepEqual(o, old) {
			return o, nil, nil
		}
		o.Updated = now
		h := Happened{What: OfferChanged, KindID: k.ID, OfferID: o.ID, OwnerID: o.OwnerID, UnionPath: o.UnionPath, By: by}
		return o, eventsOf([]Happened{h}, now), nil
	})
}

// Offer gives an offer to anybody: it is what its owner shows to the public.
func (s *Service) Offer(ctx context.Context, offerID string) (Offer, error) {
	return s.store.Offer(ctx, offerID)
}

// OffersOf gives the offers of persons, to anybody.
func (s *Service) OffersOf(ctx context.Context, personIDs ...string) ([]Offer, error) {
	return s.store.OffersOf(ctx, personIDs...)
}

// Engagements gives the actor's own engagements, the latest first, each in its case.
func (s *Service) Engagements(ctx context.Context, a actor.Actor, limit int) ([]Case, error) {
	if !a.SignedIn() {
		return nil, fault.New(fault.Unauthenticated, "fault.unauthenticated")
	}
	cases, err := s.store.EngagementsOf(ctx, a.ID, limit)
	return shownTo(a, cases, err)
}

// SyncMaster makes or updates the offers that follow from a master's entry in the hall. It is idempotent.
func (s *Service) SyncMaster(ctx context.Context, personID string) (err error) {
	defer fault.Wrap(&err, "exchange.SyncMaster(%s)", personID)
	p, err := s.hall.Provider(ctx, personID)
	if err != nil {
		return err
	}
	for _, k := range s.Kinds(actor.Hall) {
		f, _ := k.Offer.Of(Title)
		if k.Status != KindOpen || k.Offer.By != ByMaster || f.From == "" {
			continue
		}
		if k.UnionPath != "" && !actor.Within(p.UnionPath, k.UnionPath) {
			continue
		}
		_, err := s.changeOffer(ctx, k, p, actor.Hall.ID, func(o *Offer) {
			*o = FromProvider(k, *o, p)
		})
		if err != nil {
			return err
		}
	}
	s.logIndex(ctx, "offers of", p.ID, s.reindexOwner(ctx, p.ID)) // all of them: together they carry what the entry says
	return nil
}

// FollowOwner takes the offers of a person along to the union to which they belong now. Those of a kind that is not for
// that union end, and all of them do when the person has left. It is idempotent.
func (s *Service) FollowOwner(ctx context.Context, personID string) (err error) {
	defer fault.Wrap(&err, "exchange.FollowOwner(%s)", personID)
	p, err := s.hall.Provider(ctx, personID)
	if err != nil {
		return err
	}
	offers, err := s.store.OffersOf(ctx, personID)
	if err != nil || len(offers) == 0 {
		return err
	}
	for _, o := range offers {
		k, err := s.Kind(actor.Hall, o.KindID)
		if err != nil {
			return err
		}
		_, err = s.changeOffer(ctx, k, p, actor.Hall.ID, func(o *Offer) {
			if p.Left || k.UnionPath != "" && !actor.Within(p.UnionPath, k.UnionPath) {
				o.Status = OfferEnded
			}
		})
		if err != nil {
			return err
		}
	}
	s.logIndex(ctx, "offers of", p.ID, s.reindexOwner(ctx, p.ID))
	return nil
}

// FromProvider fills an offer from its owner's entry in the hall. What its owner has said of the offer itself stays.
func FromProvider(k Kind, o Offer, p Provider) Offer {
	v := Values{}
	for key, val := range o.Values {
		v[key] = val
	}
	for _, f := range k.Offer.Fields {
		switch f.From {
		case FromTitle:
			v[f.Key] = Value{Text: p.Title}
		case FromBio:
			v[f.Key] = Value{Text: p.Bio}
		case FromHonours:
			v[f.Key] = Value{Text: strings.Join(p.Honours, "、")}
		case FromCraft:
			v[f.Key] = Value{Choices: p.Craft}
		}
	}
	o.Values, o.Spot = v, p.Spot
	o.settle(k, p)
	if !p.Master {
		o.Status = OfferEnded
	} else if o.Status == "" || o.Status == OfferEnded {
		o.Status = OfferOpen
	}
	k.sortOffer(&o)
	return o
}
