package exchangeweb

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/ui"
)

// offerRow is one kind with the reader's offer of it, if there is one.
type offerRow struct {
	kind  exchange.Kind
	offer exchange.Offer
	may   bool // make or change it
}

// offers lists the reader's offers, and the kinds of which they could make one.
func (p *Pages) offers(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actor.From(r.Context())
	own, err := p.Exchange.OffersOf(ctx, a.ID)
	if err != nil {
		return err
	}
	var rows []offerRow
	for _, k := range p.Exchange.Kinds(a) {
		row := offerRow{kind: k, may: p.Exchange.MayOffer(a, k)}
		if i := slices.IndexFunc(own, func(o exchange.Offer) bool { return o.KindID == k.ID }); i >= 0 {
			row.offer = own[i]
		}
		if row.may || row.offer.ID != "" {
			rows = append(rows, row)
		}
	}
	return web.Render(w, r, http.StatusOK, offersPage(rows, a.Master))
}

// terms is an offer's form as it is shown.
type terms struct {
	asking
	offer  exchange.Offer
	text   url.Values
	errors ui.Errors
}

// profiled reports whether the offer follows the master's entry in the hall.
func (t terms) profiled() bool {
	f, _ := t.form.Of(exchange.Title)
	return f.From != ""
}

// placed reports whether the form must ask where the offer is, since nothing else says so.
func (t terms) placed() bool {
	_, asks := t.form.Of(exchange.Place)
	return t.kind.Has(exchange.Reach) && !asks && !t.profiled()
}

// placeField is the question for a place in the form of a kind that has none of its own.
var placeField = exchange.Field{Key: "base", Type: exchange.Place}

// terms prepares the form of a kind of which the actor may make an offer.
func (p *Pages) terms(ctx context.Context, a actor.Actor, kindID string) (t terms, err error) {
	k, err := p.Exchange.Kind(a, kindID)
	if err != nil {
		return t, err
	}
	if !p.Exchange.MayOffer(a, k) {
		return t, fault.Refused()
	}
	own, err := p.Exchange.OffersOf(ctx, a.ID)
	if err != nil {
		return t, err
	}
	t.asking = asking{kind: k, form: k.Offer, places: p.Unions.Places()}
	for _, o := range own {
		if o.KindID == k.ID {
			t.offer, t.kept = o, o.Spot
		}
	}
	if f, ok := k.Offer.Of(exchange.Place); ok && t.offer.Values[f.Key].Spot != nil {
		t.kept = *t.offer.Values[f.Key].Spot
	}
	return t, nil
}

// reach is what stands in the field: what was said of this offer, or nothing where the master's entry says it.
func (t terms) reach() string {
	switch {
	case t.offer.OwnReach != nil:
		return number(*t.offer.OwnReach / 1000)
	case t.profiled():
		return ""
	case t.offer.ID == "":
		return "20"
	}
	return number(t.offer.Reach / 1000)
}

func (t terms) capacity() string {
	switch {
	case t.offer.OwnCapacity != nil:
		return strconv.Itoa(*t.offer.OwnCapacity)
	case t.profiled():
		return ""
	case t.offer.ID == "":
		return "1"
	}
	return strconv.Itoa(t.offer.Capacity)
}

// reachHelp and capacityHelp say what a field means; where it may be left empty, that the master's entry counts then.
func (t terms) reachHelp() string {
	if t.profiled() {
		return "exchange.offers.reach.help.entry"
	}
	return "exchange.offers.reach.help"
}

func (t terms) capacityHelp() string {
	if t.profiled() {
		return "exchange.offers.capacity.help.entry"
	}
	return "exchange.offers.capacity.help"
}

func (p *Pages) offer(w http.ResponseWriter, r *http.Request) error {
	t, err := p.terms(r.Context(), actor.From(r.Context()), r.PathValue("kind"))
	if err != nil {
		return err
	}
	t.text = t.typed(t.offer.Values)
	t.text.Set("reach", t.reach())
	t.text.Set("capacity", t.capacity())
	if t.offer.ID != "" {
		if t.offer.Status == exchange.OfferPaused {
			t.text.Set("paused", "on")
		}
		if t.placed() && t.kept.Known() {
			t.text.Set(placeField.Key, t.kept.Address)
			t.text.Set(placeField.Key+".at", atKept)
		}
	}
	return web.Render(w, r, http.StatusOK, offerPage(t))
}

// saveOffer keeps the reader's offer. What follows from the master's entry in the hall stays as it is there.
func (p *Pages) saveOffer(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actor.From(r.Context())
	t, err := p.terms(ctx, a, r.PathValue("kind"))
	if err != nil {
		return err
	}
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	t.text = f.Values
	given, err := t.given(f)
	if err == nil {
		_, err = p.Exchange.SaveOffer(ctx, a, t.kind.ID, given)
	}
	if errs, status, ok := again(ctx, err); ok {
		t.errors = errs
		return web.Render(w, r, status, offerPage(t))
	}
	return done(w, r, err, "/offers", "exchange.flash.offer-saved")
}

// given reads the form.
func (t terms) given(f *web.Form) (exchange.OfferTerms, error) {
	var c fault.Check
	out := exchange.OfferTerms{Values: t.read(f, &c), Paused: f.Has("paused")}
	for _, x := range t.form.Fields {
		if x.From == "" {
			continue
		}
		delete(out.Values, x.Key)
		if v, ok := t.offer.Values[x.Key]; ok {
			out.Values[x.Key] = v
		}
	}
	if n := t.number(f, "reach", exchange.Reach, &c); n != nil {
		metres := *n * 1000
		out.Reach = &metres
	}
	if n := t.number(f, "capacity", exchange.Capacity, &c); n != nil {
		c.That(*n == float64(int(*n)), "capacity", "field.number")
		count := int(*n)
		out.Capacity = &count
	}
	if x, ok := t.form.Of(exchange.Place); ok {
		out.Spot = out.Values[x.Key].Spot
	} else if t.placed() {
		out.Spot = t.readSpot(placeField, f, &c)
		c.That(out.Spot != nil, placeField.Key, "field.required")
	}
	if t.profiled() && t.offer.ID != "" {
		s := t.offer.Spot
		out.Spot = &s
	}
	return out, t.check(out.Values, c)
}

// number reads a field that the form has where the kind sets the condition, nil where it is left to the master's entry.
func (t terms) number(f *web.Form, field string, cond exchange.ConditionKind, c *fault.Check) *float64 {
	v := f.Get(field)
	if !t.kind.Has(cond) || v == "" && t.profiled() {
		return nil
	}
	if !c.That(v != "", field, "field.required") {
		return nil
	}
	n, ok := exchange.ParseNumber(v)
	c.That(ok, field, "field.number")
	return &n
}

func offerTone(s exchange.OfferStatus) ui.Tone {
	switch s {
	case exchange.OfferOpen:
		return ui.Good
	case exchange.OfferPaused:
		return ui.Warn
	}
	return ui.Neutral
}

// tradeNamesOfOffer gives the names of what the offer sorts by.
func tradeNamesOfOffer(ctx context.Context, k exchange.Kind, o exchange.Offer) []string {
	_, f, _ := k.Trade()
	return namesOf(ctx, k, f.List, o.Trades)
}
