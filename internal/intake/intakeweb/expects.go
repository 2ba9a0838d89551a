package intakeweb

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/unionhall/unionhall/internal/intake"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/sheet"
)

// want says whether a list must have a column.
type want int

const (
	optional want = iota
	oneOf         // it or another
	required
)

// need says whether a list of the kind must have the field, and which others will do as well.
func need(ctx context.Context, k intake.Kind, f intake.Field) (want, string) {
	if f.Required {
		return required, ""
	}
	for _, group := range k.Needs {
		if !slices.Contains(group, f.Key) {
			continue
		}
		if len(group) == 1 {
			return required, ""
		}
		var others []string
		for _, key := range group {
			if o, ok := k.Field(key); ok && key != f.Key {
				others = append(others, lang.T(ctx, o.Label))
			}
		}
		return oneOf, strings.Join(others, lang.T(ctx, "intake.or"))
	}
	return optional, ""
}

// headingsShown is how many other headings of a field are named.
const headingsShown = 3

// headings are other headings under which a field is found, in the reader's language where there are any.
func headings(ctx context.Context, f intake.Field) (out []string) {
	label := sheet.Fold(lang.T(ctx, f.Label))
	latin := lang.Of(ctx) != lang.ZH
	for _, w := range f.Words {
		if sheet.Fold(w) != label && (w[0] < 0x80) == latin && len(out) < headingsShown {
			out = append(out, w)
		}
	}
	return out
}

// shown is what the template shows of a field.
func shown(ctx context.Context, f intake.Field) string {
	if f.Example == "" {
		return ""
	}
	return lang.T(ctx, f.Example)
}

// said is what stands where there is something to say, and a dash where there is not.
func said(s string) string { return cmp.Or(s, "—") }
