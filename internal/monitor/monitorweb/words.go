package monitorweb

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web/ui"
)

func (f Facts) late() bool {
	return slices.ContainsFunc(f.Backlogs, func(b Backlog) bool { return b.Late })
}

func (f Facts) running(ctx context.Context) []ui.Fact {
	return []ui.Fact{
		{Term: lang.T(ctx, "monitor.version"), Text: f.Version},
		{Term: lang.T(ctx, "monitor.engine"), Text: f.Engine},
		{Term: lang.T(ctx, "monitor.since"), Body: ui.When(f.Since, f.Now)},
		{Term: lang.T(ctx, "monitor.live"), Text: lang.Number(ctx, f.Live)},
	}
}

func backlogColumns(ctx context.Context) []ui.Col {
	return []ui.Col{{Label: lang.T(ctx, "monitor.backlog")}, {Label: lang.T(ctx, "monitor.count"), Num: true},
		{Label: lang.T(ctx, "monitor.oldest")}, {Label: lang.T(ctx, "monitor.state")}}
}

func slowColumns(ctx context.Context) []ui.Col {
	return []ui.Col{{Label: lang.T(ctx, "monitor.slow.text")}, {Label: lang.T(ctx, "monitor.slow.worst"), Num: true},
		{Label: lang.T(ctx, "monitor.slow.mean"), Num: true}, {Label: lang.T(ctx, "monitor.count"), Num: true}, {Label: lang.T(ctx, "monitor.slow.when")}}
}

// millis shows tenths of a millisecond of what is quick, and whole ones of the rest.
func millis(ctx context.Context, d time.Duration) string {
	ms := float64(d) / float64(time.Millisecond)
	if ms < 10 {
		return lang.T(ctx, "monitor.ms", "n", fmt.Sprintf("%.1f", ms))
	}
	return lang.T(ctx, "monitor.ms", "n", lang.Number(ctx, int64(ms+.5)))
}
