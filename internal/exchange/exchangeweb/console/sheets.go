package console

import (
	"cmp"
	"context"
	"net/http"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/lang"
)

// column is one column of the sheet of needs.
type column struct {
	id    string // message id under console.sheet.
	width float64
	value func(ctx context.Context, r row) any
}

var needColumns = []column{
	{"posted", 17, func(_ context.Context, r row) any { return r.Posted }},
	{"title", 44, func(_ context.Context, r row) any { return r.Title }},
	{"kind", 16, func(ctx context.Context, r row) any { return r.Kind.Name.In(ctx) }},
	{"trade", 18, func(_ context.Context, r row) any { return r.Trade }},
	{"firm", 30, func(_ context.Context, r row) any { return r.Firm }},
	{"union", 28, func(_ context.Context, r row) any { return r.Union }},
	{"urgency", 10, func(ctx context.Context, r row) any { return domain(ctx, "urgency."+r.Urgency(r.Kind)) }},
	{"state", 12, func(ctx context.Context, r row) any { return stateWord(ctx, r.Need) }},
	{"answered", 17, func(_ context.Context, r row) any { return r.FirstAnswer }},
	{"answer-hours", 12, func(_ context.Context, r row) any {
		if r.FirstAnswer.IsZero() {
			return nil
		}
		return r.FirstAnswer.Sub(r.Posted).Hours()
	}},
	{"visits", 9, func(_ context.Context, r row) any { return r.Visits }},
	{"closed", 17, func(_ context.Context, r row) any { return r.Closed }},
	{"reason", 30, func(_ context.Context, r row) any { return r.Reason }},
	{"stars", 9, func(_ context.Context, r row) any {
		if r.RatingCount == 0 {
			return nil
		}
		return float64(r.RatingSum) / float64(r.RatingCount)
	}},
	{"waits", 14, func(ctx context.Context, r row) any {
		if r.Wait.For == exchange.WaitNothing {
			return nil
		}
		return domain(ctx, "wait."+string(r.Wait.For))
	}},
	{"waits-since", 17, func(_ context.Context, r row) any { return r.Wait.Since }},
	{"waits-due", 17, func(_ context.Context, r row) any { return r.Wait.Due }},
	{"measure", 16, func(_ context.Context, r row) any {
		return measureOf(r, func(m exchange.Measure) any { return m.Name })
	}},
	{"before", 10, func(_ context.Context, r row) any {
		return measureOf(r, func(m exchange.Measure) any { return m.Before })
	}},
	{"target", 10, func(_ context.Context, r row) any {
		return measureOf(r, func(m exchange.Measure) any { return m.Target })
	}},
	{"unit", 8, func(_ context.Context, r row) any {
		return measureOf(r, func(m exchange.Measure) any { return m.Unit })
	}},
	{"id", 38, func(_ context.Context, r row) any { return r.ID }},
}

func measureOf(r row, part func(exchange.Measure) any) any {
	if m := r.Measure(r.Kind); m != nil {
		return part(*m)
	}
	return nil
}

func (c *Console) needsSheet(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := c.filterOf(r, allTime)
	if err != nil {
		return err
	}
	b, err := newWorkbook()
	if err != nil {
		return err
	}
	written, err := c.needRows(ctx, b, f)
	if err != nil {
		return err
	}
	if err := c.sheetNotes(ctx, b, f, written); err != nil {
		return err
	}
	return b.send(w, fileName(ctx, "console.sheet.needs-file", f.Place.Union, c.Clock.Now()))
}

// needRows writes the sheet of the filter's needs, and gives how many it holds.
func (c *Console) needRows(ctx context.Context, b *workbook, f filter) (written int, err error) {
	defer fault.Wrap(&err, "console.needRows")
	heads, widths := make([]string, len(needColumns)), make([]float64, len(needColumns))
	for i, col := range needColumns {
		heads[i], widths[i] = lang.T(ctx, "console.sheet."+col.id), col.width
	}
	s, err := b.sheet(lang.T(ctx, "console.sheet.needs"), heads, widths)
	if err != nil {
		return 0, err
	}
	names := c.book(ctx)
	var pending []exchange.Need
	flush := func() error {
		rows, err := c.rows(ctx, names, pending)
		if err != nil {
			return err
		}
		for _, r := range rows {
			values := make([]any, len(needColumns))
			for i, col := range needColumns {
				values[i] = col.value(ctx, r)
			}
			if err := s.add(values...); err != nil {
				return err
			}
		}
		written += len(pending)
		pending = pending[:0]
		return nil
	}
	err = c.Exchange.Walk(ctx, actor.From(ctx), f.needs(), sheetRows, func(n exchange.Need) error {
		if pending = append(pending, n); len(pending) < 1000 {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	if err != nil {
		return 0, err
	}
	return written, s.close()
}

// sheetNotes writes what the workbook is about: a sheet that is passed on must say what it counts.
func (c *Console) sheetNotes(ctx context.Context, b *workbook, f filter, written int) error {
	s, err := b.sheet(lang.T(ctx, "console.sheet.notes"), []string{lang.T(ctx, "console.sheet.what"), lang.T(ctx, "console.sheet.value")}, []float64{24, 60})
	if err != nil {
		return err
	}
	total, err := c.Exchange.Count(ctx, actor.From(ctx), f.needs())
	if err != nil {
		return err
	}
	add := func(id string, v any) {
		if err == nil && v != "" {
			err = s.add(lang.T(ctx, id), v)
		}
	}
	add("console.filter.union", f.Place.Union.Name.In(ctx))
	if f.Alone {
		add("console.filter.alone", lang.T(ctx, "console.yes"))
	}
	if k, e := c.Exchange.Kind(actor.From(ctx), f.Kind); e == nil {
		add("console.filter.kind", k.Name.In(ctx))
	}
	add("console.filter.trade", f.Trade)
	if f.State != "" {
		add("console.filter.state", domain(ctx, "state."+string(f.State)))
	}
	add("console.filter.words", f.Words)
	add("console.period.from", f.Period.From)
	add("console.period.to", f.Period.To)
	if f.Figure != "" {
		add("console.filter.figure", domain(ctx, "figure."+string(f.Figure)))
	}
	add("console.sheet.made", c.Clock.Now())
	add("console.sheet.total", total)
	add("console.sheet.written", written)
	if written < total {
		add("console.sheet.cut", lang.T(ctx, "console.sheet.cut-why", "max", lang.Number(ctx, sheetRows)))
	}
	if err != nil {
		return err
	}
	return s.close()
}

func (c *Console) figuresSheet(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, err := c.figuresView(r)
	if err != nil {
		return err
	}
	b, err := newWorkbook()
	if err != nil {
		return err
	}
	if err := figureRows(ctx, b, v); err != nil {
		return err
	}
	written, err := c.needRows(ctx, b, v.Filter)
	if err != nil {
		return err
	}
	if err := c.sheetNotes(ctx, b, v.Filter, written); err != nil {
		return err
	}
	return b.send(w, fileName(ctx, "console.sheet.figures-file", v.Filter.Place.Union, c.Clock.Now()))
}

// figureRows writes the sheet of figures: the union's own line first, then those below it.
func figureRows(ctx context.Context, b *workbook, v figuresView) error {
	heads, widths := []string{lang.T(ctx, "console.filter.union")}, []float64{32}
	for _, col := range columns {
		heads, widths = append(heads, lang.T(ctx, cmp.Or(col.Head, col.ID))), append(widths, 14)
	}
	heads, widths = append(heads, lang.T(ctx, "console.sheet.visits-done")), append(widths, 14)
	s, err := b.sheet(lang.T(ctx, "console.sheet.figures"), heads, widths)
	if err != nil {
		return err
	}
	for _, l := range append([]figureLine{v.Own}, v.Lines...) {
		values := []any{l.Name}
		for _, col := range columns {
			values = append(values, col.Exact(l.Figures))
		}
		if err := s.add(append(values, l.Figures.Visits)...); err != nil {
			return err
		}
	}
	return s.close()
}
