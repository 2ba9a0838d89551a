package exchange

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/match"
)

// Judged is a provider held against one need: which hard conditions hold and which fail, in words that tell nothing
// which the provider does not show to everybody.
type Judged struct {
	Need    Need
	Owner   Provider
	Offer   Offer           // of the need's kind; zero where they make none
	Asked   EngagementState // "" when they were not asked, or it came to nothing
	For     []Reason
	Against []Reason
}

// Fits reports whether Invite would take it while the need stands open.
func (j Judged) Fits() bool { return len(j.Against) == 0 }

// Consider says of the masters with a name whether each fits a need, and why not, at most so many; total is how many
// have the name, or a part like it. It is for the officers who may assign the need.
func (s *Service) Consider(ctx context.Context, a actor.Actor, needID, name string, most int) (_ []Judged, total int, err error) {
	defer fault.Wrap(&err, "exchange.Consider(%s)", needID)
	c, err := s.store.Case(ctx, needID)
	if err != nil {
		return nil, 0, err
	}
	if !a.MayAct(c.Need.UnionPath) {
		return nil, 0, s.hidden(a, c.Need)
	}
	if name = clip(name); name == "" {
		return nil, 0, nil
	}
	people, total, err := s.hall.Named(ctx, name, most)
	if err != nil || len(people) == 0 {
		return nil, 0, err
	}
	ids := make([]string, len(people))
	for i, p := range people {
		ids[i] = p.ID
	}
	j, err := s.judging(ctx, ids, []Case{c})
	if err != nil {
		return nil, 0, err
	}
	out := make([]Judged, len(people))
	for i, p := range people {
		if out[i], err = j.judge(s, c, p); err != nil {
			return nil, 0, err
		}
	}
	return out, total, nil
}

// Prospect is a provider as the actor could ask them.
type Prospect struct {
	Provider
	Kinds []string // of which they have an open offer
	Needs []Judged // the actor's own open ones, the latest first
}

// ownOpen is how many of the actor's own needs a Prospect holds the provider against.
const ownOpen = 50

// Prospect holds a provider against the actor's own open needs: of the enterprises they speak for, or their own.
func (s *Service) Prospect(ctx context.Context, a actor.Actor, personID string) (_ Prospect, err error) {
	defer fault.Wrap(&err, "exchange.Prospect(%s)", personID)
	if !a.SignedIn() {
		return Prospect{}, fault.New(fault.Unauthenticated, "fault.unauthenticated")
	}
	p, err := s.hall.Provider(ctx, personID)
	if err != nil {
		return Prospect{}, err
	}
	f := NeedFilter{EnterpriseID: a.Enterprises, States: []NeedState{NeedOpen}, Limit: ownOpen}
	if len(a.Enterprises) == 0 {
		f.PosterID = a.ID
	}
	cases, err := s.Cases(ctx, a, f)
	if err != nil {
		return Prospect{}, err
	}
	j, err := s.judging(ctx, []string{p.ID}, cases)
	if err != nil {
		return Prospect{}, err
	}
	if p.Left || len(j.offers) == 0 {
		return Prospect{}, fault.NoSuch() // nobody who offers anything
	}
	out := Prospect{Provider: p}
	out.Free = nil
	for _, o := range j.offers {
		if o.Status == OfferOpen {
			out.Kinds = append(out.Kinds, o.KindID)
		}
	}
	for _, c := range cases {
		one, err := j.judge(s, c, p)
		if err != nil {
			return Prospect{}, err
		}
		out.Needs = append(out.Needs, one)
	}
	return out, nil
}

// judging is what has to be read to hold some providers against some cases, whatever the number of either.
type judging struct {
	offers   []Offer
	busy     map[string][]match.Window
	speakers map[string][]string // by enterprise
	now      time.Time
}

// judging reads: one question for the offers, one for the visits, and one for each enterprise, of which there are few.
func (s *Service) judging(ctx context.Context, personIDs []string, cases []Case) (j judging, err error) {
	j.now, j.speakers = s.clock.Now(), map[string][]string{"": nil}
	if j.offers, err = s.store.OffersOf(ctx, personIDs...); err != nil {
		return j, err
	}
	if j.busy, err = s.store.Busy(ctx, personIDs, j.now); err != nil {
		return j, err
	}
	for _, c := range cases {
		firm := c.Need.EnterpriseID
		if _, known := j.speakers[firm]; known {
			continue
		}
		if j.speakers[firm], err = s.hall.Contacts(ctx, firm); err != nil {
			return j, err
		}
	}
	return j, nil
}

// judge asks what mayBegin asks, but gives every answer and not only the first no.
func (j judging) judge(s *Service, c Case, p Provider) (Judged, error) {
	out := Judged{Need: c.Need, Owner: p}
	out.Owner.Free = nil // when exactly they are free is theirs to tell
	k, err := s.kind(c.Need.KindID)
	if err != nil {
		return out, err
	}
	if c.Need.PosterID == p.ID || slices.Contains(j.speakers[c.Need.EnterpriseID], p.ID) {
		out.Against = append(out.Against, Reason{Msg: "exchange.unfit.own"})
	}
	i := slices.IndexFunc(j.offers, func(o Offer) bool { return o.OwnerID == p.ID && o.KindID == k.ID })
	if i < 0 {
		out.Against = append(out.Against, Reason{Msg: "exchange.unfit.no-offer", Args: []any{"kind", k.Name}})
		return out, nil
	}
	out.Offer = j.offers[i]
	if e := c.With(out.Offer.ID); e != nil {
		out.Asked = e.State
	}
	if out.Offer.Status != OfferOpen {
		out.Against = append(out.Against, Reason{Msg: "exchange.offer.closed"})
	}
	v, err := match.Judge(needEntry(k, c.Need), offerEntry(k, out.Offer, p, j.busy[p.ID], carried(j.offers)[p.ID]), j.now)
	if err != nil {
		return out, err
	}
	for _, x := range v.Failed {
		out.Against = append(out.Against, k.against(out.Offer, x)...)
	}
	for _, x := range v.Held {
		out.For = append(out.For, k.inFavour(out.Offer, x)...)
	}
	return out, nil
}

// against says what a condition that failed asks, and what there is instead, as far as that is known.
func (k Kind) against(o Offer, c match.Condition) []Reason {
	general := Reason{Msg: "exchange.unfit." + string(c.Kind)}
	f, _ := k.Offer.FieldOf(c.Facet + c.Number)
	switch c.Kind {
	case match.KindAll, match.KindAny:
		var out []Reason
		for _, part := range c.Parts {
			out = append(out, k.against(o, part)...)
		}
		return out
	case match.KindHas:
		if want, have := k.named(f, c.Want), k.named(f, c.Have); len(want) > 0 && len(have) > 0 {
			return []Reason{{Msg: "exchange.unfit.has-named", Args: []any{"field", f.Label, "want", want, "have", have}}}
		}
	case match.KindRange:
		return []Reason{rangeAgainst(f, c)}
	case match.KindReachesMe:
		metres, ok := c.Want.(float64)
		switch {
		case ok && o.Reach == 0:
			return []Reason{{Msg: "exchange.unfit.reach-online"}}
		case ok:
			return []Reason{{Msg: "exchange.unfit.reach-km", Args: []any{"km", math.Ceil(metres / 1000), "reach", math.Floor(o.Reach / 1000)}}}
		}
	case match.KindCapacity:
		if !k.Has(Capacity) || !o.Full() { // offerEntry's way to say that no time is free
			return []Reason{{Msg: "exchange.unfit.never"}}
		}
		return []Reason{{Msg: "exchange.unfit.full", Args: []any{"load", o.Load, "capacity", o.Capacity}}}
	case match.KindTime:
		if c.Want == nil {
			return []Reason{{Msg: "exchange.unfit.never"}}
		}
	}
	return []Reason{general}
}

func rangeAgainst(f Field, c match.Condition) Reason {
	have, given := c.Have.(float64)
	want, ok := c.Want.(match.Bounds)
	switch {
	case !given:
		return Reason{Msg: "exchange.unfit.range-none", Args: []any{"field", f.Label}}
	case ok && want.Min != nil && have < *want.Min:
		return Reason{Msg: "exchange.unfit.range-least", Args: []any{"field", f.Label, "want", *want.Min, "have", have, "unit", f.Unit}}
	case ok && want.Max != nil:
		return Reason{Msg: "exchange.unfit.range-most", Args: []any{"field", f.Label, "want", *want.Max, "have", have, "unit", f.Unit}}
	}
	return Reason{Msg: "exchange.unfit.range"}
}

// inFavour says what a condition that holds found; nothing where that goes without saying.
func (k Kind) inFavour(o Offer, c match.Condition) []Reason {
	f, _ := k.Offer.FieldOf(c.Facet + c.Number)
	switch c.Kind {
	case match.KindHas:
		return []Reason{{Msg: "exchange.fit.has", Args: []any{"field", f.Label, "have", k.named(f, c.Have)}}}
	case match.KindRange:
		return []Reason{{Msg: "exchange.fit.range", Args: []any{"field", f.Label, "have", c.Have, "unit", f.Unit}}}
	case match.KindReachesMe:
		if metres, ok := c.Want.(float64); ok {
			return []Reason{{Msg: "exchange.fit.reach", Args: []any{"km", math.Ceil(metres / 1000)}}}
		}
	case match.KindCapacity:
		return []Reason{{Msg: "exchange.fit.capacity", Args: []any{"load", o.Load, "capacity", o.Capacity}}}
	case match.KindTime:
		return []Reason{{Msg: "exchange.fit.time"}}
	}
	return nil
}

// named gives the names of codes in a field's list.
func (k Kind) named(f Field, codes any) []lang.Text {
	list, _ := codes.([]string)
	var out []lang.Text
	for _, code := range list {
		if t, ok := k.TermOf(f.List, code); ok {
			out = append(out, t.Name)
		}
	}
	return out
}
