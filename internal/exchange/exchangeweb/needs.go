package exchangeweb

import (
	"context"
	"net/http"
	"slices"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/ui"
)

const needsPage = 20 // needs on one page of a list

// ownCases gives the latest needs of the actor's enterprises, or of the actor who speaks for none.
func (p *Pages) ownCases(ctx context.Context, a actor.Actor, limit int) ([]exchange.Case, error) {
	f := exchange.NeedFilter{EnterpriseID: a.Enterprises, Limit: limit}
	if len(a.Enterprises) == 0 {
		f.PosterID = a.ID
	}
	return p.Exchange.Cases(ctx, a, f)
}

// needRow is one need in a list.
type needRow struct {
	need exchange.Need
	kind exchange.Kind
	firm string // where the reader speaks for several
	who  []string
	next step
}

// rows prepares cases for a list, in one question to the hall for all names.
func (p *Pages) rows(ctx context.Context, a actor.Actor, cases []exchange.Case, as exchange.Side) ([]needRow, error) {
	var people, firms []string
	for _, c := range cases {
		if as == exchange.OfferSide || len(a.Enterprises) > 1 {
			firms = append(firms, c.Need.EnterpriseID)
		}
		for _, e := range c.Engagements {
			if as == exchange.NeedSide && (e.Live() || e.State == exchange.Finished || e.State == exchange.Invited) {
				people = append(people, e.OwnerID)
			}
		}
	}
	names, err := p.people(ctx, people)
	if err != nil {
		return nil, err
	}
	of, err := p.firms(ctx, firms)
	if err != nil {
		return nil, err
	}
	now := p.Clock.Now()
	var out []needRow
	for _, c := range cases {
		k, err := p.Exchange.Kind(a, c.Need.KindID)
		if err != nil {
			return nil, err
		}
		row := needRow{need: c.Need, kind: k, firm: of[c.Need.EnterpriseID].Name, next: nextOf(k, c, as, now)}
		for _, e := range c.Engagements {
			if n := names[e.OwnerID].Name; n != "" && !slices.Contains(row.who, n) && (e.Live() || e.State == exchange.Finished) {
				row.who = append(row.who, n)
			}
		}
		out = append(out, row)
	}
	return out, nil
}

// people and firms ask the hall for those that are named, each once, and not at all when nobody is.
func (p *Pages) people(ctx context.Context, ids []string) (map[string]Person, error) {
	if ids = distinct(ids); len(ids) == 0 {
		return nil, nil
	}
	return p.Names.People(ctx, ids)
}

func (p *Pages) firms(ctx context.Context, ids []string) (map[string]Firm, error) {
	if ids = distinct(ids); len(ids) == 0 {
		return nil, nil
	}
	return p.Names.Firms(ctx, ids)
}

func distinct(ids []string) []string {
	ids = slices.DeleteFunc(slices.Clone(ids), func(s string) bool { return s == "" })
	slices.Sort(ids)
	return slices.Compact(ids)
}

// needsView is the list of needs.
type needsView struct {
	rows   []needRow
	mine   bool // only those that the reader posted
	choice bool // there is a choice between the two
	next   string
	first  bool
	post   bool

	calendar string
}

// needs lists the needs of the reader's enterprises, or those that the reader posted.
func (p *Pages) needs(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actor.From(r.Context())
	q := r.URL.Query()
	v := needsView{choice: len(a.Enterprises) > 0, mine: len(a.Enterprises) == 0 || q.Get("by") == "me", first: true}
	f := exchange.NeedFilter{Limit: needsPage + 1}
	if v.mine {
		f.PosterID = a.ID
	} else {
		f.EnterpriseID = a.Enterprises
	}
	if before := q.Get("before"); before != "" {
		if !id.Valid(before) {
			return fault.NoSuch()
		}
		f.Before, v.first = before, false
	}
	cases, err := p.Exchange.Cases(ctx, a, f)
	if err != nil {
		return err
	}
	if len(cases) > needsPage {
		cases = cases[:needsPage]
		v.next = "/needs?before=" + cases[needsPage-1].Need.ID
		if v.mine && v.choice {
			v.next += "&by=me"
		}
	}
	if v.rows, err = p.rows(ctx, a, cases, exchange.NeedSide); err != nil {
		return err
	}
	kinds, err := p.toPost(ctx, a)
	if err != nil {
		return err
	}
	v.post, v.calendar = len(kinds) > 0, p.calendarHref(r, a)
	return web.Render(w, r, http.StatusOK, needsPageView(v, p.Clock.Now()))
}

// toPost gives the kinds of which the actor may post a need.
func (p *Pages) toPost(ctx context.Context, a actor.Actor) ([]exchange.Kind, error) {
	firms, err := p.firms(ctx, a.Enterprises)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, f := range firms {
		if !f.Closed {
			paths = append(paths, f.UnionPath)
		}
	}
	return p.Exchange.KindsToPost(a, paths), nil
}

// rowHref leads to where the next step is taken.
func rowHref(row needRow) string {
	to := "/needs/" + row.need.ID
	if row.next.Engagement != "" {
		to += "/engagements/" + row.next.Engagement
	}
	return to
}

func rowTone(row needRow) ui.Tone {
	if row.next.Mine {
		return ui.Accent
	}
	return ui.Neutral
}

func resultTone(r exchange.Result) ui.Tone {
	switch r {
	case exchange.Solved:
		return ui.Good
	case exchange.Partly:
		return ui.Info
	}
	return ui.Neutral
}

// nextText says a step; those about a visit say when it is.
func nextText(ctx context.Context, s step) string {
	if s.At.IsZero() {
		return lang.T(ctx, "exchange.next."+s.ID)
	}
	return lang.T(ctx, "exchange.next."+s.ID, "when", lang.ShortWeekDay(ctx, s.At)+" "+lang.Clock(ctx, s.At))
}
