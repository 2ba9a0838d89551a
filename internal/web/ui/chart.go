package ui

import (
	"encoding/json"

	"github.com/unionhall/unionhall/internal/lang"
)

// spec is what the drawing script reads.
func (p ChartProps) spec() string {
	b, err := json.Marshal(struct {
		Kind   string   `json:"kind"`
		Labels []string `json:"labels"`
		Series []Series `json:"series"`
		Unit   string   `json:"unit,omitempty"`
		Stack  bool     `json:"stack,omitempty"`
		Across bool     `json:"across,omitempty"`
	}{p.Kind, p.Labels, p.Series, p.Unit, p.Stack, p.Across})
	if err != nil {
		return "{}" // NaN and infinities; the table still says what there is
	}
	return string(b)
}

func (p ChartProps) cols() []Col {
	cols := []Col{{}}
	for _, s := range p.Series {
		label := s.Name
		if p.Unit != "" {
			label += " (" + p.Unit + ")"
		}
		cols = append(cols, Col{Label: label, Num: true})
	}
	return cols
}

func (s Series) at(i int) string {
	if i >= len(s.Values) {
		return ""
	}
	return lang.Decimal(s.Values[i], 2)
}
