package console

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/ui"
)

// figuresView is a union's figures, with a line for each union below it.
type figuresView struct {
	Filter filter
	Errors ui.Errors
	Kinds  []ui.Option
	Own    figureLine
	Lines  []figureLine
	Months []month
	Sheet  string
}

// figureLine is one line of figures. Open leads to the union's own page; "" for a line that has none below.
type figureLine struct {
	Name    string
	Open    string
	Filter  filter
	Figures exchange.Figures
}

// month is one step of the chart.
type month struct {
	Start  time.Time
	Needs  int
	Solved int
}

func (c *Console) figures(w http.ResponseWriter, r *http.Request) error {
	v, err := c.figuresView(r)
	if e, ok := web.FormErrors(r.Context(), err); ok {
		v.Errors = e
		return web.Render(w, r, http.StatusUnprocessableEntity, figuresPage(v))
	}
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, figuresPage(v))
}

func (c *Console) figuresView(r *http.Request) (v figuresView, err error) {
	defer fault.Wrap(&err, "console.figuresView")
	ctx := r.Context()
	f, err := c.filterOf(r, thisYear)
	// Figures take no other part of a filter; what is left of it would make rows that they do not count.
	f.Trade, f.State, f.Words, f.Figure, f.Alone = "", "", "", "", false
	v.Filter, v.Kinds = f, c.kindOptions(ctx)
	if err != nil {
		return v, err
	}
	v.Sheet = href("/console/figures.xlsx", f.query())
	v.lines(ctx)
	months := f.Period.months(c.Clock.Now())
	sections := []exchange.Section{f.section()}
	for _, l := range v.Lines {
		sections = append(sections, l.Filter.section())
	}
	first := len(sections)
	for _, m := range months {
		sections = append(sections, exchange.Section{Path: f.Place.Union.Path, From: m, To: m.AddDate(0, 1, 0)})
	}
	got, err := c.Exchange.FiguresOf(ctx, actor.From(ctx), sections, f.Kind)
	if err != nil {
		return v, err
	}
	v.Own.Figures = got[0]
	for i := range v.Lines {
		v.Lines[i].Figures = got[1+i]
	}
	for i, m := range months {
		v.Months = append(v.Months, month{m, got[first+i].Needs, got[first+i].Solved})
	}
	v.dropEmptyAlone()
	return v, nil
}

// lines prepares the union's own line, one for each union below, and one for what is kept at the union itself.
func (v *figuresView) lines(ctx context.Context) {
	f := v.Filter
	v.Own = figureLine{Name: f.Place.Union.Name.In(ctx), Filter: f}
	for _, u := range f.Place.Children {
		child := f.of(u, false, "")
		v.Lines = append(v.Lines, figureLine{Name: u.Name.In(ctx), Open: figuresHref(child), Filter: child})
	}
	if len(f.Place.Children) > 0 {
		v.Lines = append(v.Lines, figureLine{Name: lang.T(ctx, "console.figures.alone"), Filter: f.of(f.Place.Union, true, "")})
	}
}

// dropEmptyAlone leaves out the line of what is kept at the union itself where there is nothing.
func (v *figuresView) dropEmptyAlone() {
	if n := len(v.Lines); n > 0 && v.Lines[n-1].Filter.Alone && v.Lines[n-1].Figures.Needs == 0 {
		v.Lines = v.Lines[:n-1]
	}
}

// figuresHref is where the figures of a filter are shown.
func figuresHref(f filter) string {
	q := url.Values{"union": {f.Place.Union.ID}, "kind": {f.Kind}}
	if f.Period.Preset != "" {
		q.Set("period", f.Period.Preset)
	} else {
		q.Set("from", f.Period.From)
		q.Set("to", f.Period.To)
	}
	return href("/console/figures", q)
}

// preset is the same page for another period.
func (v figuresView) preset(name string) string {
	f := v.Filter
	f.Period = period{Preset: name}
	return figuresHref(f)
}

// chart is needs and solved by month.
func (v figuresView) chart(ctx context.Context) ui.ChartProps {
	p := ui.ChartProps{ID: "months", Title: lang.T(ctx, "console.figures.chart"), Kind: ui.Bars,
		Series: []ui.Series{{Name: domain(ctx, "figure.needs")}, {Name: domain(ctx, "figure.solved")}}}
	for _, m := range v.Months {
		p.Labels = append(p.Labels, lang.Month(ctx, m.Start))
		p.Series[0].Values = append(p.Series[0].Values, float64(m.Needs))
		p.Series[1].Values = append(p.Series[1].Values, float64(m.Solved))
	}
	return p
}
