package ui

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/unionhall/unionhall/internal/lang"
)

// ChartProps describe a chart with the table that says the same. It is drawn by the server: it needs
// no script, follows the theme, prints, and its words scale with the reader's.
type ChartProps struct {
	ID     string
	Title  string
	Kind   ChartKind
	Labels []string
	Series []Series // four at most
	Unit   string
	Stack  bool // Bars on top of each other
}

// ChartKind is how values are drawn.
type ChartKind int

// The kinds. Rows are horizontal bars of the first series, for rankings with long names.
const (
	Lines ChartKind = iota
	Bars
	Rows
)

// Series is one line or one set of bars. A NaN is a gap.
type Series struct {
	Name   string
	Values []float64
}

const ticks = 4 // steps of the vertical axis

// top is the end of the vertical axis: a round number at or above every value.
func (p ChartProps) top() float64 {
	most := 0.0
	for i := range p.Labels {
		sum := 0.0
		for _, s := range p.Series {
			v := s.value(i)
			if p.Stack {
				sum += v
			} else {
				sum = math.Max(sum, v)
			}
		}
		most = math.Max(most, sum)
	}
	if most == 0 {
		return ticks
	}
	step := most / ticks
	unit := math.Pow(10, math.Floor(math.Log10(step)))
	for _, f := range []float64{1, 2, 2.5, 5, 10} {
		if f*unit >= step-1e-9 {
			return f * unit * ticks
		}
	}
	return 10 * unit * ticks
}

// value is the i-th value, 0 for a gap: bars have nothing to draw there.
func (s Series) value(i int) float64 {
	if i >= len(s.Values) || math.IsNaN(s.Values[i]) || math.IsInf(s.Values[i], 0) || s.Values[i] < 0 {
		return 0
	}
	return s.Values[i]
}

func (s Series) gap(i int) bool { return i >= len(s.Values) || math.IsNaN(s.Values[i]) }

func (s Series) text(i int) string {
	if s.gap(i) {
		return "–"
	}
	return lang.Decimal(s.Values[i], 2)
}

// axis gives the labels of the vertical axis, top first.
func (p ChartProps) axis(ctx context.Context) []string {
	var out []string
	for i := ticks; i >= 0; i-- {
		v := p.top() * float64(i) / ticks
		if v >= 10_000 {
			out = append(out, lang.Big(ctx, int64(v)))
		} else {
			out = append(out, lang.Decimal(v, 2))
		}
	}
	return out
}

// under are the labels of the horizontal axis: each one where there is room for all, otherwise the
// first, the middle and the last.
func (p ChartProps) under() (labels []string, ends bool) {
	if len(p.Labels) <= 8 {
		return p.Labels, false
	}
	last := len(p.Labels) - 1
	return []string{p.Labels[0], p.Labels[last/2], p.Labels[last]}, true
}

type bar struct{ x, y, w, h, series, title string }

// bars are the rectangles of a bar chart in a field of 100 by 100.
func (p ChartProps) bars() []bar {
	var out []bar
	slot := 100 / float64(max(len(p.Labels), 1))
	for i, label := range p.Labels {
		base := 0.0
		for j, s := range p.Series {
			h := 100 * s.value(i) / p.top()
			w := slot * 0.64
			x := slot*float64(i) + slot*0.18
			if !p.Stack {
				w /= float64(len(p.Series))
				x += w * float64(j)
			}
			out = append(out, bar{coord(x), coord(100 - base - h), coord(w * 0.94), coord(h), itoa(j % 4), p.say(label, s, i)})
			if p.Stack {
				base += h
			}
		}
	}
	return out
}

func (p ChartProps) say(label string, s Series, i int) string {
	return strings.TrimSpace(fmt.Sprintf("%s · %s %s %s", label, s.Name, s.text(i), p.Unit))
}

type line struct {
	series string
	path   string
	dots   []string
}

// lines are the paths of a line chart; a gap in the values is a gap in the line.
func (p ChartProps) lines() []line {
	var out []line
	for j, s := range p.Series {
		l := line{series: itoa(j % 4)}
		pen := "M"
		for i := range p.Labels {
			if s.gap(i) {
				pen = "M"
				continue
			}
			at := coord(p.x(i)) + " " + coord(100-100*s.value(i)/p.top())
			l.path += pen + at
			pen = "L"
			if len(p.Labels) <= 31 {
				l.dots = append(l.dots, "M"+at+"h0")
			}
		}
		out = append(out, l)
	}
	return out
}

func (p ChartProps) x(i int) float64 {
	n := len(p.Labels)
	if n <= 8 { // in the middle of its slot, above its label
		return 100 * (float64(i) + 0.5) / float64(n)
	}
	return 100 * float64(i) / float64(n-1)
}

// hits are the strips that tell a pointer the values of one label.
func (p ChartProps) hits() []bar {
	var out []bar
	n := float64(max(len(p.Labels), 1))
	for i, label := range p.Labels {
		var said []string
		for _, s := range p.Series {
			said = append(said, strings.TrimSpace(s.Name+" "+s.text(i)+" "+p.Unit))
		}
		w := 100 / n
		x := math.Max(0, p.x(i)-w/2)
		out = append(out, bar{x: coord(x), w: coord(math.Min(w, 100-x)), title: label + " · " + strings.Join(said, " · ")})
	}
	return out
}

// share is the length of a row in percent of the axis.
func (p ChartProps) share(i int) string {
	if len(p.Series) == 0 {
		return "0"
	}
	most := 0.0
	for j := range p.Labels {
		most = math.Max(most, p.Series[0].value(j))
	}
	if most == 0 {
		return "0"
	}
	return coord(100 * p.Series[0].value(i) / most)
}

func (p ChartProps) cols() []Col {
	cols := []Col{{Label: p.Title}}
	for _, s := range p.Series {
		label := s.Name
		if p.Unit != "" {
			label += " (" + p.Unit + ")"
		}
		cols = append(cols, Col{Label: label, Num: true})
	}
	return cols
}

func coord(x float64) string { return lang.Decimal(x, 2) }
