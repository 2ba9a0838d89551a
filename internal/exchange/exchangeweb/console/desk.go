package console

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web"
)

// deskRows is how many waiting needs the desk shows; the rest is one click away.
const deskRows = 10

// deskView is the officer's desk.
type deskView struct {
	Place   place
	Now     time.Time
	Waiting []row
	Late    int // how many wait too long in all
	Visits  []visit
	Months  []deskLine // this month, this year
	MayAct  bool
	All     string // every waiting need
}

// visit is a date on site today.
type visit struct {
	exchange.Visit
	Need   exchange.Need
	Firm   string
	Master string
	Href   string
}

// deskLine is a stretch of time with its figures, and those of the same stretch before.
type deskLine struct {
	Name, Before string // message ids
	Filter       filter
	Then         filter
	Figures      exchange.Figures
	Was          exchange.Figures
}

func (c *Console) desk(w http.ResponseWriter, r *http.Request) error {
	v, err := c.deskView(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, deskPage(v))
}

// deskParts is what a desk that follows its union fetches again.
func (c *Console) deskParts(w http.ResponseWriter, r *http.Request) error {
	v, err := c.deskView(r)
	if err != nil {
		return err
	}
	if !web.Fragment(r) {
		return web.Redirect(w, r, href("/console", r.URL.Query()))
	}
	return web.Render(w, r, http.StatusOK, deskBody(v))
}

func (c *Console) deskView(r *http.Request) (v deskView, err error) {
	defer fault.Wrap(&err, "console.deskView")
	ctx := r.Context()
	v.Now = c.Clock.Now()
	if v.Place, err = c.placeOf(r); err != nil {
		return v, err
	}
	v.MayAct = v.Place.acts(ctx)
	f := filter{Place: v.Place, Figure: exchange.CountWaiting, Period: upTo(allTime, time.Time{})}
	v.All = f.rows()
	if err := c.deskWaiting(ctx, f, &v); err != nil {
		return v, err
	}
	if v.Visits, err = c.visitsToday(ctx, v.Place, v.Now); err != nil {
		return v, err
	}
	return v, c.deskFigures(ctx, &v)
}

func (c *Console) deskWaiting(ctx context.Context, f filter, v *deskView) error {
	a, nf := actor.From(ctx), f.needs()
	nf.Limit = deskRows
	needs, err := c.Exchange.List(ctx, a, nf)
	if err != nil {
		return err
	}
	v.Late = len(needs)
	if v.Late == deskRows {
		if v.Late, err = c.Exchange.Count(ctx, a, nf); err != nil {
			return err
		}
	}
	v.Waiting, err = c.rows(ctx, c.book(ctx), needs)
	return err
}

// visitsToday gives today's visits, the earliest first.
func (c *Console) visitsToday(ctx context.Context, p place, now time.Time) ([]visit, error) {
	today := now.In(lang.Zone)
	from := time.Date(today.Year(), today.Month(), today.Day(), 0, 0, 0, 0, lang.Zone)
	to := from.AddDate(0, 0, 1)
	cases, err := c.Exchange.Visits(ctx, actor.From(ctx), []string{p.Union.Path}, from, to)
	if err != nil || len(cases) == 0 {
		return nil, err
	}
	var out []visit
	var firms, people []string
	for _, k := range cases {
		for _, e := range k.Engagements {
			for _, v := range e.Visits {
				if v.Open() && !v.Agreed.IsZero() && v.From.Before(to) && v.To.After(from) {
					out = append(out, visit{Visit: v, Need: k.Need, Master: e.OwnerID, Href: "/needs/" + k.Need.ID + "/engagements/" + e.ID})
					people = append(people, e.OwnerID)
					if k.Need.EnterpriseID != "" {
						firms = append(firms, k.Need.EnterpriseID)
					}
				}
			}
		}
	}
	slices.SortStableFunc(out, func(x, y visit) int { return x.From.Compare(y.From) })
	persons, err := c.Names.Persons(ctx, people)
	if err != nil {
		return nil, err
	}
	names, err := c.Names.Enterprises(ctx, firms)
	for i := range out {
		out[i].Master, out[i].Firm = persons[out[i].Master], names[out[i].Need.EnterpriseID]
	}
	return out, err
}

// deskFigures sums this month and this year and the same stretches before, in one question.
func (c *Console) deskFigures(ctx context.Context, v *deskView) error {
	for _, preset := range []string{thisMonth, thisYear} {
		start, _ := presetStart(preset, v.Now)
		v.Months = append(v.Months, deskLine{Name: "console.period." + preset, Before: "console.period.before-" + preset,
			Filter: filter{Place: v.Place, Period: upTo(preset, start)}, Then: filter{Place: v.Place, Period: before(preset, v.Now)}})
	}
	var sections []exchange.Section
	for _, l := range v.Months {
		sections = append(sections, l.Filter.section(), l.Then.section())
	}
	got, err := c.Exchange.FiguresOf(ctx, actor.From(ctx), sections, "")
	if err != nil {
		return err
	}
	for i := range v.Months {
		v.Months[i].Figures, v.Months[i].Was = got[2*i], got[2*i+1]
	}
	return nil
}
