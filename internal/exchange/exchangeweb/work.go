package exchangeweb

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/web"
)

const (
	workCases = 100 // engagements that the page looks through
	workFeed  = 12
	workPast  = 10
)

// workView is what a master, or anybody who offers something, has to do.
type workView struct {
	feed     []feedRow
	invited  []needRow
	running  []needRow
	todo     []needRow // finished, and something is still to be done
	past     []needRow
	visits   []visitRow
	offers   bool // the reader has any
	full     bool // each of them carries all it can
	open     []exchange.Kind
	calendar string
	master   bool
}

// feedRow is a need that fits, with why.
type feedRow struct {
	exchange.Match
	kind exchange.Kind
	firm string
}

// visitRow is an agreed visit that is to come.
type visitRow struct {
	need  exchange.Need
	e     exchange.Engagement
	visit exchange.Visit
	firm  string
}

// work shows what fits the reader's offers and what they are engaged on.
func (p *Pages) work(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actor.From(r.Context())
	v, err := p.workOf(ctx, a, workFeed)
	if err != nil {
		return err
	}
	v.calendar = p.calendarHref(r, a)
	return web.Render(w, r, http.StatusOK, workPage(v, p.Clock.Now()))
}

// workOf reads it all in a number of questions that does not grow with what there is.
func (p *Pages) workOf(ctx context.Context, a actor.Actor, feed int) (v workView, err error) {
	v.master = a.Master
	offers, err := p.Exchange.OffersOf(ctx, a.ID)
	if err != nil {
		return v, err
	}
	v.offers = len(offers) > 0
	v.full = v.offers && !slices.ContainsFunc(offers, func(o exchange.Offer) bool { return !o.Full() })
	for _, k := range p.Exchange.Kinds(a) {
		if p.Exchange.MayOffer(a, k) && !slices.ContainsFunc(offers, func(o exchange.Offer) bool { return o.KindID == k.ID }) {
			v.open = append(v.open, k)
		}
	}
	var fits []exchange.Match
	if v.offers {
		if fits, err = p.Exchange.Feed(ctx, a, feed); err != nil {
			return v, err
		}
	}
	cases, err := p.Exchange.Engagements(ctx, a, workCases)
	if err != nil {
		return v, err
	}
	rows, err := p.rows(ctx, a, cases, exchange.OfferSide)
	if err != nil {
		return v, err
	}
	for i, c := range cases {
		v.sort(rows[i], c.Engagements[0])
		fits = slices.DeleteFunc(fits, func(m exchange.Match) bool { // an invitation stands above already
			return m.Need.ID == c.Need.ID && c.Engagements[0].State == exchange.Invited
		})
	}
	slices.SortFunc(v.visits, func(x, y visitRow) int { return x.visit.From.Compare(y.visit.From) })
	slices.SortStableFunc(v.running, func(x, y needRow) int { return cmp.Compare(rank(x), rank(y)) })
	v.past = v.past[:min(len(v.past), workPast)]
	v.feed, err = p.feedRows(ctx, a, fits)
	return v, err
}

// rank puts what waits for the reader first.
func rank(r needRow) int {
	if r.next.Mine {
		return 0
	}
	return 1
}

// sort puts an engagement where it belongs.
func (v *workView) sort(row needRow, e exchange.Engagement) {
	switch {
	case e.State == exchange.Invited && row.need.State == exchange.NeedOpen:
		v.invited = append(v.invited, row)
	case e.State == exchange.Accepted:
		v.running = append(v.running, row)
	case e.State == exchange.Finished && row.next.Mine:
		v.todo = append(v.todo, row)
	default:
		v.past = append(v.past, row)
	}
	for _, visit := range e.Visits {
		if visit.Open() && !visit.Agreed.IsZero() && e.State == exchange.Accepted {
			v.visits = append(v.visits, visitRow{need: row.need, e: e, visit: visit, firm: row.firm})
		}
	}
}

func (p *Pages) feedRows(ctx context.Context, a actor.Actor, fits []exchange.Match) ([]feedRow, error) {
	var ids []string
	for _, m := range fits {
		ids = append(ids, m.Need.EnterpriseID)
	}
	firms, err := p.firms(ctx, ids)
	if err != nil {
		return nil, err
	}
	var out []feedRow
	for _, m := range fits {
		k, err := p.Exchange.Kind(a, m.Need.KindID)
		if err != nil {
			return nil, err
		}
		out = append(out, feedRow{Match: m, kind: k, firm: firms[m.Need.EnterpriseID].Name})
	}
	return out, nil
}

// silence is why nothing fits.
func (v workView) silence() string {
	if v.full {
		return "exchange.work.full"
	}
	return "exchange.work.no-feed"
}
