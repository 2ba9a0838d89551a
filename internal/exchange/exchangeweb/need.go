package exchangeweb

import (
	"context"
	"net/http"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/web"
)

const mastersShown = 8 // of those that fit a need

// needView is one need as its reader may see it.
type needView struct {
	exchange.Case
	kind    exchange.Kind
	as      exchange.Side
	officer bool // may read it as one
	firm    string
	union   string
	next    step
	answers []answer
	matches exchange.Matches
	offer   *exchange.Offer // with which the reader could take the need
}

// answer is one engagement as the need's side sees it.
type answer struct {
	exchange.Engagement
	name   string
	master Master
	next   step
}

// need shows a need: to its own side and its officers with who and what fits it, to a master with the button
// that takes it.
func (p *Pages) need(w http.ResponseWriter, r *http.Request) error {
	v, err := p.needOf(r)
	if err != nil {
		return err
	}
	ctx, a := r.Context(), actor.From(r.Context())
	if v.Need.State == exchange.NeedOpen && (v.as == exchange.NeedSide || v.officer) {
		if v.matches, err = p.Exchange.Matches(ctx, a, v.Need.ID, mastersShown); err != nil {
			return err
		}
	}
	if !v.officer && v.as != exchange.NeedSide && v.Need.State == exchange.NeedOpen {
		if v.offer, err = p.offerFor(ctx, a, v.Case); err != nil {
			return err
		}
	}
	return web.Render(w, r, http.StatusOK, needPage(v, p.Clock.Now()))
}

// needOf reads a need with its engagements and the names that go with them.
func (p *Pages) needOf(r *http.Request) (v needView, err error) {
	ctx, a := r.Context(), actor.From(r.Context())
	needID, err := given(r, "need")
	if err != nil {
		return v, err
	}
	if v.Case, v.as, err = p.Exchange.Case(ctx, a, needID); err != nil {
		return v, err
	}
	if v.kind, err = p.Exchange.Kind(a, v.Need.KindID); err != nil {
		return v, err
	}
	v.officer = a.MayRead(v.Need.UnionPath)
	v.union = p.Unions.Name(v.Need.UnionPath).In(ctx)
	v.next = nextOf(v.kind, v.Case, v.as, p.Clock.Now())
	firms, err := p.firms(ctx, []string{v.Need.EnterpriseID})
	if err != nil {
		return v, err
	}
	v.firm = firms[v.Need.EnterpriseID].Name
	v.answers, err = p.answersOf(ctx, v)
	return v, err
}

func (p *Pages) answersOf(ctx context.Context, v needView) ([]answer, error) {
	var owners []string
	for _, e := range v.Engagements {
		owners = append(owners, e.OwnerID)
	}
	if len(owners) == 0 {
		return nil, nil
	}
	people, err := p.people(ctx, owners)
	if err != nil {
		return nil, err
	}
	cards, err := p.Names.Masters(ctx, distinct(owners))
	if err != nil {
		return nil, err
	}
	var out []answer
	for i := len(v.Engagements) - 1; i >= 0; i-- { // the latest first
		e := v.Engagements[i]
		out = append(out, answer{Engagement: e, name: people[e.OwnerID].Name, master: cards[e.OwnerID],
			next: nextIn(v.kind, v.Need, e, v.as, p.Clock.Now())})
	}
	return out, nil
}

// answers is the part of the page that follows what happens.
func (p *Pages) answers(w http.ResponseWriter, r *http.Request) error {
	v, err := p.needOf(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, answersPart(v, p.Clock.Now()))
}

// offerFor gives the reader's offer of the need's kind, unless it is engaged on the need already. That it fits
// is what let the reader see the need.
func (p *Pages) offerFor(ctx context.Context, a actor.Actor, c exchange.Case) (*exchange.Offer, error) {
	offers, err := p.Exchange.OffersOf(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	for _, o := range offers {
		if o.KindID == c.Need.KindID && o.Status == exchange.OfferOpen && c.With(o.ID) == nil {
			return &o, nil
		}
	}
	return nil, nil
}

// withdraw ends a need without a result.
func (p *Pages) withdraw(w http.ResponseWriter, r *http.Request) error {
	needID, err := given(r, "need")
	if err != nil {
		return err
	}
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	err = p.Exchange.Withdraw(r.Context(), actor.From(r.Context()), needID, f.Get("reason"))
	return done(w, r, err, "/needs/"+needID, "exchange.flash.withdrawn")
}

// pressed reads a button that names an offer.
func pressed(r *http.Request) (needID, offerID string, err error) {
	if needID, err = given(r, "need"); err != nil {
		return "", "", err
	}
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return "", "", err
	}
	if offerID = f.Get("offer"); !id.Valid(offerID) {
		return "", "", fault.NoSuch()
	}
	return needID, offerID, nil
}

// invite asks a master to take the need; by an officer it is an assignment. One who has come meanwhile is not asked.
func (p *Pages) invite(w http.ResponseWriter, r *http.Request) error {
	needID, offerID, err := pressed(r)
	if err != nil {
		return err
	}
	e, err := p.Exchange.Invite(r.Context(), actor.From(r.Context()), needID, offerID)
	msg := "exchange.flash.invited"
	switch {
	case e.Met():
		msg = "exchange.flash.came-already"
	case e.Assigned:
		msg = "exchange.flash.assigned"
	}
	return done(w, r, err, "/needs/"+needID, msg)
}

// accept takes the need with the reader's own offer.
func (p *Pages) accept(w http.ResponseWriter, r *http.Request) error {
	needID, offerID, err := pressed(r)
	if err != nil {
		return err
	}
	e, err := p.Exchange.Accept(r.Context(), actor.From(r.Context()), needID, offerID)
	if fault.Is(err, fault.Conflict) {
		if _, _, gone := p.Exchange.Case(r.Context(), actor.From(r.Context()), needID); gone != nil {
			return done(w, r, err, "/work", "") // taken by somebody else, so that there is nothing here to see any more
		}
		return done(w, r, err, "/needs/"+needID, "")
	}
	msg := "exchange.flash.accepted"
	if e.State == exchange.Finished {
		msg = "" // from a page of long ago: there is nobody to greet any more
	}
	return done(w, r, err, "/needs/"+needID+"/engagements/"+e.ID, msg)
}
