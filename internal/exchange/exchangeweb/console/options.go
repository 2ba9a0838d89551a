package console

import (
	"context"
	"slices"

	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web/ui"
)

// What the editor's selects offer.

func optionsFrom[T ~string](ctx context.Context, id string, values ...T) []ui.Option {
	out := make([]ui.Option, len(values))
	for i, v := range values {
		out[i] = ui.Option{Value: string(v), Label: lang.T(ctx, id+string(v))}
	}
	return out
}

func partyOptions(ctx context.Context) []ui.Option {
	return optionsFrom(ctx, "console.editor.party.", exchange.ByEnterprise, exchange.ByMaster, exchange.ByWorker)
}

func typeOptions(ctx context.Context) []ui.Option {
	plain := optionsFrom(ctx, "console.editor.type.", exchange.Line, exchange.Prose, exchange.Choice, exchange.Choices, exchange.Number, exchange.Date, exchange.YesNo)
	once := optionsFrom(ctx, "console.editor.type.", exchange.Title, exchange.Place, exchange.Days, exchange.Urgency, exchange.Gauge, exchange.Files)
	for i := range plain {
		plain[i].Group = word(ctx, "editor.types-plain")
	}
	for i := range once {
		once[i].Group = word(ctx, "editor.types-once")
	}
	return append(plain, once...)
}

func profileOptions(ctx context.Context) []ui.Option {
	return optionsFrom(ctx, "console.editor.profile.", exchange.FromTitle, exchange.FromCraft, exchange.FromBio, exchange.FromHonours)
}

func conditionOptions(ctx context.Context) []ui.Option {
	return optionsFrom(ctx, "console.editor.cond.", exchange.Same, exchange.Reach, exchange.Free, exchange.Capacity, exchange.AtLeast, exchange.AtMost)
}

// withChosen keeps a choice that is no longer offered visible, so that it is not lost unseen.
func withChosen(options []ui.Option, chosen string) []ui.Option {
	if chosen == "" || slices.ContainsFunc(options, func(o ui.Option) bool { return o.Value == chosen }) {
		return options
	}
	return append(options, ui.Option{Value: chosen, Label: chosen})
}

// listOptions are the lists of the form as it stands.
func (v editorView) listOptions(ctx context.Context, chosen string) []ui.Option {
	var out []ui.Option
	for _, l := range v.Draft.Lists {
		if l.Key == "" {
			continue // it has no name yet
		}
		out = append(out, ui.Option{Value: l.Key, Label: named(ctx, l.Name, l.Key)})
	}
	return withChosen(out, chosen)
}

// fieldOptions are the questions of one side.
func fieldOptions(ctx context.Context, f formDraft, chosen string) []ui.Option {
	var out []ui.Option
	for _, x := range f.Fields {
		if x.Key == "" {
			continue
		}
		out = append(out, ui.Option{Value: x.Key, Label: named(ctx, x.Label, x.Key)})
	}
	return withChosen(out, chosen)
}

func named(ctx context.Context, w words, key string) string {
	if s := w.text().In(ctx); s != "" {
		return s
	}
	return lang.T(ctx, "console.editor.unnamed", "key", key)
}
