package exchangeweb

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web/ui"
)

// fieldProps are what every control of a kind's field begins with.
func fieldProps(ctx context.Context, x exchange.Field, value string) ui.FieldProps {
	p := ui.FieldProps{Name: x.Key, Label: x.Label.In(ctx), Help: x.Help.In(ctx), Required: x.Required, Value: value, Unit: x.Unit}
	if most := x.Most(); most > 0 {
		p.Attrs = counted(ctx, most)
	}
	if x.Type == exchange.Number {
		p.InputMode = "decimal"
		p.Help = strings.TrimSpace(p.Help + " " + rangeHelp(ctx, x))
	}
	return p
}

// counted lets a page with scripts say how many characters are left. Nothing is cut: what is too long is kept
// and said.
func counted(ctx context.Context, most int) templ.Attributes {
	return templ.Attributes{"data-count": strconv.Itoa(most), "data-count-left": lang.T(ctx, "exchange.form.left"),
		"data-count-over": lang.T(ctx, "exchange.form.over")}
}

// rangeHelp says between what a number must lie.
func rangeHelp(ctx context.Context, x exchange.Field) string {
	switch {
	case x.Min != nil && x.Max != nil:
		return lang.T(ctx, "exchange.form.between", "min", number(*x.Min), "max", number(*x.Max))
	case x.Min != nil:
		return lang.T(ctx, "exchange.form.at-least", "min", number(*x.Min))
	case x.Max != nil:
		return lang.T(ctx, "exchange.form.at-most", "max", number(*x.Max))
	}
	return ""
}

// options are the terms of a list. Terms of one group stand together.
func options(ctx context.Context, l exchange.List) []ui.Option {
	var out []ui.Option
	for _, t := range l.Terms {
		out = append(out, ui.Option{Value: t.Code, Label: t.Name.In(ctx), Group: t.Group.In(ctx)})
	}
	return out
}

// filterFrom is how many entries a list has before a page with scripts offers to filter it by typing.
const filterFrom = 12

// filtered lets a page with scripts filter a list by what is typed: by names, and by the other words that the
// terms have.
func filtered(ctx context.Context, l exchange.List) templ.Attributes {
	if len(l.Terms) < filterFrom {
		return nil
	}
	also := map[string]string{}
	for _, t := range l.Terms {
		also[t.Code] = strings.Join(append([]string{t.Name.ZH, t.Name.EN}, t.Also...), " ")
	}
	b, err := json.Marshal(also)
	if err != nil {
		b = []byte("{}") // strings do marshal
	}
	return filterAttrs(ctx, lang.T(ctx, "exchange.form.filter", "list", l.Name.In(ctx)), string(b))
}

func filterAttrs(ctx context.Context, label, words string) templ.Attributes {
	return templ.Attributes{"data-filter": label, "data-filter-words": words, "data-filter-none": lang.T(ctx, "exchange.form.filter-none")}
}

// placeOptions are where a place can be: the enterprise's own, where it was, or one of the unions' places.
func (q asking) placeOptions(ctx context.Context, here bool) []ui.Option {
	var out []ui.Option
	if q.kept.Known() {
		out = append(out, ui.Option{Value: atKept, Label: lang.T(ctx, "exchange.place.kept")})
	}
	if q.firm.Known() {
		label := lang.T(ctx, "exchange.place.firm")
		if q.firm.Address != "" {
			label = lang.T(ctx, "exchange.place.firm-at", "address", q.firm.Address)
		}
		out = append(out, ui.Option{Value: atFirm, Label: label})
	}
	if here {
		out = append(out, ui.Option{Value: atHere, Label: lang.T(ctx, "exchange.place.here")})
	}
	for _, p := range q.places {
		group := p.Group
		if group.Empty() {
			group = p.Name
		}
		out = append(out, ui.Option{Value: p.Path, Label: placeName(p.Name).In(ctx), Group: placeName(group).In(ctx)})
	}
	return out
}

// placeName is what a place is called whose union is: 厦门市总工会 is the union of 厦门市.
func placeName(union lang.Text) lang.Text {
	zh := strings.TrimSuffix(strings.TrimSuffix(union.ZH, "工会"), "总")
	en := strings.TrimSuffix(union.EN, " Federation of Trade Unions")
	return lang.Text{ZH: or(zh, union.ZH), EN: or(en, union.EN)}
}

// urgencies are how soon somebody must answer.
func urgencies(ctx context.Context) []ui.Option {
	var out []ui.Option
	for _, u := range []string{exchange.Normal, exchange.Soon, exchange.Urgent} {
		out = append(out, ui.Option{Value: u, Label: lang.T(ctx, "exchange.urgency."+u), Help: lang.T(ctx, "exchange.urgency."+u+".help")})
	}
	return out
}

// facts say what stands in a filled form, without what the page shows elsewhere.
func facts(ctx context.Context, k exchange.Kind, f exchange.Form, v exchange.Values, without ...exchange.FieldType) []ui.Fact {
	var out []ui.Fact
	for _, x := range f.Fields {
		if slices.Contains(without, x.Type) {
			continue
		}
		if fact, ok := factOf(ctx, k, x, v[x.Key]); ok {
			fact.Term = x.Label.In(ctx)
			out = append(out, fact)
		}
	}
	return out
}

func factOf(ctx context.Context, k exchange.Kind, x exchange.Field, v exchange.Value) (ui.Fact, bool) {
	switch {
	case x.Type == exchange.Choice || x.Type == exchange.Choices:
		codes := v.Choices
		if v.Text != "" {
			codes = []string{v.Text}
		}
		return ui.Fact{Text: strings.Join(namesOf(ctx, k, x.List, codes), lang.T(ctx, "exchange.comma"))}, len(codes) > 0
	case x.Type == exchange.Urgency:
		return ui.Fact{Text: lang.T(ctx, "exchange.urgency."+or(v.Text, exchange.Normal))}, true
	case x.Type == exchange.YesNo:
		word := "exchange.no"
		if v.Yes {
			word = "exchange.yes"
		}
		return ui.Fact{Text: lang.T(ctx, word)}, true
	case x.Type == exchange.Prose:
		return ui.Fact{Body: prose(v.Text)}, v.Text != ""
	case x.Type == exchange.Date:
		t, err := time.ParseInLocation(time.DateOnly, v.Text, lang.Zone)
		return ui.Fact{Text: lang.Day(ctx, t)}, err == nil
	case v.Number != nil:
		return ui.Fact{Text: strings.TrimSpace(lang.Decimal(*v.Number, 6) + " " + x.Unit)}, true
	case v.Spot != nil:
		return ui.Fact{Text: v.Spot.Address}, v.Spot.Address != ""
	case v.Days != nil:
		return ui.Fact{Text: span(ctx, *v.Days)}, true
	case v.Measure != nil:
		return ui.Fact{Text: wish(ctx, *v.Measure)}, true
	}
	return ui.Fact{Text: v.Text}, v.Text != ""
}

func namesOf(ctx context.Context, k exchange.Kind, list string, codes []string) []string {
	var out []string
	for _, c := range codes {
		if t, ok := k.TermOf(list, c); ok {
			out = append(out, t.Name.In(ctx))
		}
	}
	return out
}

// span says a run of days; the last one is the day on which it ends.
func span(ctx context.Context, s exchange.Span) string {
	from, to := lang.Day(ctx, s.From), ""
	if !s.To.IsZero() {
		to = lang.Day(ctx, s.To.Add(-time.Second))
	}
	switch {
	case to == "":
		return lang.T(ctx, "exchange.days.from", "from", from)
	case from == "":
		return lang.T(ctx, "exchange.days.to", "to", to)
	case from == to:
		return from
	}
	return lang.T(ctx, "exchange.days.span", "from", from, "to", to)
}

// wish says what success would measure.
func wish(ctx context.Context, m exchange.Measure) string {
	return lang.T(ctx, "exchange.measure.wish", "name", m.Name, "before", lang.Decimal(m.Before, 4), "target", lang.Decimal(m.Target, 4), "unit", m.Unit)
}

// measureProps compare before, target and what was reached.
func measureProps(m exchange.Measure, after *float64) ui.MeasureProps {
	return ui.MeasureProps{Label: m.Name, Unit: m.Unit, Before: &m.Before, Target: &m.Target, After: after, More: !m.Lower()}
}

// when says a span of time on one or two days: 3月5日 周四 09:00–12:00.
func when(ctx context.Context, from, to time.Time) string {
	s := lang.WeekDay(ctx, from) + " " + lang.Clock(ctx, from)
	if day(from) == day(to) {
		return s + "–" + lang.Clock(ctx, to)
	}
	return s + " – " + lang.ShortDay(ctx, to) + " " + lang.Clock(ctx, to)
}

func reasons(ctx context.Context, list []exchange.Reason) []string {
	var out []string
	for _, r := range list {
		out = append(out, r.Say(ctx))
	}
	return out
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// The following change one thing of a control's properties.

func wide(p ui.FieldProps) ui.FieldProps { p.Rows = 6; return p }

func with(p ui.FieldProps, attrs templ.Attributes) ui.FieldProps { p.Attrs = attrs; return p }

func ofType(p ui.FieldProps, kind string) ui.FieldProps { p.Type = kind; return p }

func withValue(p ui.FieldProps, v string) ui.FieldProps { p.Value = v; return p }

func required(p ui.FieldProps) ui.FieldProps { p.Required = true; return p }

// legend is the heading of a group of controls, which says for all of them that they are optional.
func legend(ctx context.Context, p ui.FieldProps) string {
	if p.Required {
		return p.Label
	}
	return lang.T(ctx, "exchange.form.optional", "label", p.Label)
}
