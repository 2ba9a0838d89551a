package exchangeweb

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/ui"
)

// askView is one master, with the reader's open needs for which they could be asked.
type askView struct {
	who   exchange.Prospect
	fit   []exchange.Judged
	unfit []exchange.Judged
	kinds []exchange.Kind // of which the reader may post another need for them
}

// ask lets the reader choose for what to ask a master. Without one it leads to the masters.
func (p *Pages) ask(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actor.From(r.Context())
	personID, err := invitee(r.URL.Query())
	if err != nil {
		return err
	}
	if personID == "" {
		return web.Redirect(w, r, "/masters")
	}
	var v askView
	if v.who, err = p.Exchange.Prospect(ctx, a, personID); err != nil {
		return err
	}
	for _, j := range v.who.Needs {
		if j.Fits() || j.Asked != "" {
			v.fit = append(v.fit, j)
		} else {
			v.unfit = append(v.unfit, j)
		}
	}
	if v.kinds, err = p.toPost(ctx, a); err != nil {
		return err
	}
	v.kinds = slices.DeleteFunc(v.kinds, func(k exchange.Kind) bool { return !slices.Contains(v.who.Kinds, k.ID) })
	return web.Render(w, r, http.StatusOK, askPage(v))
}

// noneText says why there is nothing to choose.
func noneText(ctx context.Context, v askView) string {
	if len(v.unfit) > 0 {
		return lang.T(ctx, "exchange.ask.none.unfit")
	}
	return lang.T(ctx, "exchange.ask.none.text")
}

// invitee is the person whom a page or a form is to ask, "" when it names nobody.
func invitee(q url.Values) (string, error) {
	v := q.Get("master")
	if v != "" && !id.Valid(v) {
		return "", fault.NoSuch()
	}
	return v, nil
}

// nameInvitee puts into the form of a new need whom it is for. Somebody who is no master is nobody.
func (p *Pages) nameInvitee(ctx context.Context, d *draft, personID string) error {
	if personID == "" {
		return nil
	}
	cards, err := p.Names.Masters(ctx, []string{personID})
	if err != nil {
		return err
	}
	if m, ok := cards[personID]; ok {
		d.invitee, d.inviteeName = personID, m.Name
	}
	return nil
}

// askFor invites whom a need was posted for. The need stands whatever comes of it; the page says what did.
func (p *Pages) askFor(ctx context.Context, a actor.Actor, n exchange.Need, personID, name string) {
	err := p.inviteOwner(ctx, a, n, personID)
	f, ok := faultOf(err)
	switch {
	case err == nil:
		web.Flash(ctx, "exchange.flash.posted-invited", "name", name)
	case ok:
		web.FlashTone(ctx, ui.Warn, "exchange.flash.posted-not-invited", "name", name, "why", lang.T(ctx, f.Msg, f.Args...))
	default:
		web.Spare(ctx, "nobody invited to a new need", err)
		web.FlashTone(ctx, ui.Warn, "exchange.flash.posted-not-invited", "name", name, "why", lang.T(ctx, "fault.internal"))
	}
}

func (p *Pages) inviteOwner(ctx context.Context, a actor.Actor, n exchange.Need, personID string) error {
	offers, err := p.Exchange.OffersOf(ctx, personID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(offers, func(o exchange.Offer) bool { return o.KindID == n.KindID })
	if i < 0 {
		return fault.New(fault.Conflict, "exchange.offer.closed")
	}
	_, err = p.Exchange.Invite(ctx, a, n.ID, offers[i].ID)
	return err
}
