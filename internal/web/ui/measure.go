package ui

import (
	"context"
	"math"

	"github.com/unionhall/unionhall/internal/lang"
)

type measureRow struct{ kind, label, value, width string }

// rows are the values that are known, each with the length of its bar in percent of the largest.
func (p MeasureProps) rows(ctx context.Context) []measureRow {
	most := 0.0
	for _, v := range []*float64{p.Before, p.Target, p.After} {
		if v != nil {
			most = math.Max(most, math.Abs(*v))
		}
	}
	var out []measureRow
	add := func(kind string, v *float64) {
		if v == nil {
			return
		}
		width := 0.0
		if most > 0 {
			width = 100 * math.Abs(*v) / most
		}
		out = append(out, measureRow{kind, lang.T(ctx, "ui.measure."+kind), lang.Decimal(*v, 4), lang.Decimal(math.Max(width, 1), 2)})
	}
	add("before", p.Before)
	add("target", p.Target)
	add("after", p.After)
	return out
}

func (p MeasureProps) met() bool {
	if p.More {
		return *p.After >= *p.Target
	}
	return *p.After <= *p.Target
}

func (p MeasureProps) verdict(ctx context.Context) string {
	if p.After == nil || p.Target == nil {
		return ""
	}
	if p.met() {
		return lang.T(ctx, "ui.measure.met")
	}
	return lang.T(ctx, "ui.measure.not-met")
}

func (p MeasureProps) tone() Tone {
	if p.met() {
		return Good
	}
	return Warn
}
