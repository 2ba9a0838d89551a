package console

import (
	"context"
	"math"

	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/lang"
)

// shown is one figure as pages show it: a value in words, and the rows that it opens to.
type shown struct {
	ID    string // message id of its name
	Which exchange.Figure
	Value func(ctx context.Context, f exchange.Figures) string
	Exact func(f exchange.Figures) any // for sheets: a number, or nil when there is none
	Head  string                       // message id of its name in sheets, where that says the number's unit
}

func countOf(which exchange.Figure) shown {
	return shown{ID: "exchange.figure." + string(which), Which: which,
		Value: func(ctx context.Context, f exchange.Figures) string { return lang.Number(ctx, f.Count(which)) },
		Exact: func(f exchange.Figures) any { return f.Count(which) }}
}

// columns are the figures in the order of the page's table. Each opens to the rows its Which counts; a median
// opens to the answered, a share to the solved, a mean to the rated.
var columns = []shown{
	countOf(exchange.CountNeeds),
	countOf(exchange.CountAnswered),
	{ID: "console.figure.median", Head: "console.sheet.median-hours", Which: exchange.CountAnswered, Value: median, Exact: func(f exchange.Figures) any {
		if f.Answered == 0 {
			return nil
		}
		return math.Round(f.MedianAnswer.Hours()*100) / 100
	}},
	countOf(exchange.CountVisited),
	countOf(exchange.CountClosed),
	countOf(exchange.CountSolved),
	{ID: "console.figure.share", Which: exchange.CountSolved, Value: share, Exact: func(f exchange.Figures) any {
		s, ok := f.SolvedShare()
		if !ok {
			return nil
		}
		return fraction(s)
	}},
	{ID: "console.figure.satisfaction", Which: exchange.CountRated, Value: satisfaction, Exact: func(f exchange.Figures) any {
		s, ok := f.Satisfaction()
		if !ok {
			return nil
		}
		return math.Round(s*100) / 100
	}},
	countOf(exchange.CountWaiting),
}

// none stands where a figure has nothing to say.
const none = "–"

func median(ctx context.Context, f exchange.Figures) string {
	if f.Answered == 0 {
		return none
	}
	return lang.Span(ctx, f.MedianAnswer)
}

func share(_ context.Context, f exchange.Figures) string {
	s, ok := f.SolvedShare()
	if !ok {
		return none
	}
	return lang.Percent(s)
}

func satisfaction(_ context.Context, f exchange.Figures) string {
	s, ok := f.Satisfaction()
	if !ok {
		return none
	}
	return lang.Decimal(s, 2)
}

func (s shown) label(ctx context.Context) string { return lang.T(ctx, s.ID) }

// opens is where the figure's rows are, "" when it counts none.
func (s shown) opens(f filter, x exchange.Figures) string {
	if x.Count(s.Which) == 0 {
		return ""
	}
	return f.of(f.Place.Union, f.Alone, s.Which).rows()
}
