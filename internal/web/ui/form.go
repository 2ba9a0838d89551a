package ui

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"

	"github.com/a-h/templ"

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

// prompt is what the button of a file control says.
func (p FileProps) prompt(ctx context.Context) string {
	if p.Multiple {
		return lang.T(ctx, "ui.file.choose-many")
	}
	return lang.T(ctx, "ui.file.choose")
}

// labelBook is what a form learns from its fields while they render: how each is called. It hands
// them the form's errors.
type labelBook struct {
	errors Errors
	labels map[string]string
}

type labelKey struct{}

// Form is a form with its error summary first. Its errors reach every field within, and the summary
// calls each field by its label. The browser's own checks are off, because they speak the browser's
// language and not the page's; the service checks.
func Form(p FormProps) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		book := &labelBook{errors: p.Errors, labels: map[string]string{}}
		var body bytes.Buffer
		fields := templ.GetChildren(ctx)
		ctx = templ.ClearChildren(ctx)
		if err := fields.Render(context.WithValue(ctx, labelKey{}, book), &body); err != nil {
			return err
		}
		return formShell(p, body.String(), book).Render(ctx, w)
	})
}

// enter notes a field with the form that it is in, and gives its id and what is wrong with it.
func enter(ctx context.Context, name, label string, own Errors) (id, wrong string) {
	if book, ok := ctx.Value(labelKey{}).(*labelBook); ok {
		book.labels[name] = label
		if !own.Any() {
			own = book.errors
		}
	}
	return FieldID(name), own.Of(ctx, name)
}

func (b *labelBook) has(name string) bool {
	_, ok := b.labels[name]
	return ok
}

// say is a line of the summary: the field's label and what is wrong with it.
func (b *labelBook) say(ctx context.Context, w Wrong) string {
	if b == nil || b.labels[w.Name] == "" {
		return w.Text
	}
	return lang.T(ctx, "ui.wrong", "label", b.labels[w.Name], "text", w.Text)
}
