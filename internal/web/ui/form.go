package ui

import (
	"context"
	"slices"
	"strings"

	"github.com/unionhall/unionhall/internal/lang"
)

type group struct {
	name    string
	options []Option
}

// groups gathers options by their group, in the order the groups first appear.
func groups(options []Option) []group {
	var out []group
	for _, o := range options {
		i := slices.IndexFunc(out, func(g group) bool { return g.name == o.Group })
		if i < 0 {
			out = append(out, group{name: o.Group})
			i = len(out) - 1
		}
		out[i].options = append(out[i].options, o)
	}
	return out
}

// choiceID is the id of the i-th option. The first carries the field's own id, so that the error
// summary's link lands on it.
func choiceID(id string, i int) string {
	if i == 0 {
		return id
	}
	return id + "-" + itoa(i)
}

func contains(chosen []string, v string) bool { return slices.Contains(chosen, v) }

func orOn(v string) string {
	if v == "" {
		return "on"
	}
	return v
}

func (p SearchProps) name() string {
	if p.Name == "" {
		return "q"
	}
	return p.Name
}

// fileHelp adds the limits to the help, so that they are known before the choice.
func fileHelp(ctx context.Context, p FileProps) string {
	var parts []string
	if p.Help != "" {
		parts = append(parts, p.Help)
	}
	if p.MaxFiles > 1 {
		parts = append(parts, lang.T(ctx, "ui.file.limit-count", "count", p.MaxFiles))
	}
	if p.MaxBytes > 0 {
		parts = append(parts, lang.T(ctx, "ui.file.limit-size", "max", lang.Bytes(p.MaxBytes)))
	}
	return strings.Join(parts, " ")
}
