package hallweb

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web/ui"
)

func roleName(ctx context.Context, r actor.Role) string { return lang.T(ctx, "hall.role."+string(r)) }

func roleTone(r actor.Role) ui.Tone {
	switch r {
	case actor.Lead:
		return ui.Accent
	case actor.Clerk:
		return ui.Info
	}
	return ui.Neutral
}

func levelName(ctx context.Context, l hall.Level) string {
	return lang.T(ctx, "hall.level."+strconv.Itoa(int(l)))
}

func kindName(ctx context.Context, k hall.UnionKind) string {
	return lang.T(ctx, "hall.kind."+string(k))
}

func industryName(ctx context.Context, code string) string { return lang.T(ctx, "hall.industry."+code) }

func sizeName(ctx context.Context, s hall.Size) string { return lang.T(ctx, "hall.size."+string(s)) }

func statusName(ctx context.Context, s hall.Status) string {
	return lang.T(ctx, "hall.status."+string(s))
}

func statusTone(s hall.Status) ui.Tone {
	switch s {
	case hall.Active:
		return ui.Good
	case hall.Paused:
		return ui.Warn
	}
	return ui.Neutral
}

func chosen(yes bool) ui.Look {
	if yes {
		return ui.Primary
	}
	return ui.Secondary
}

func icon(yes bool, name string) string {
	if yes {
		return name
	}
	return ""
}

func pressed(yes bool) templ.Attributes {
	return templ.Attributes{"aria-pressed": strconv.FormatBool(yes)}
}

func deviceIcon(agent string) string {
	if handheld(agent) {
		return "smartphone"
	}
	return "monitor"
}

func meCrumbs(ctx context.Context) []ui.Link {
	return []ui.Link{{Href: "/me", Label: lang.T(ctx, "hall.me.title")}}
}

func meFacts(ctx context.Context, v account) []ui.Fact {
	facts := []ui.Fact{}
	if v.Person.Phone != "" {
		facts = append(facts, ui.Fact{Term: lang.T(ctx, "hall.person.phone"), Text: v.Person.Phone.Whole()})
	}
	if v.Person.Email != "" {
		facts = append(facts, ui.Fact{Term: lang.T(ctx, "hall.person.email"), Text: string(v.Person.Email)})
	}
	return append(facts, ui.Fact{Term: lang.T(ctx, "hall.person.union"), Text: lineName(ctx, v.Line)})
}

// lineName is the way to a union in words, without the top that everybody shares.
func lineName(ctx context.Context, line []hall.Union) string {
	if len(line) > 1 {
		line = line[1:]
	}
	out := ""
	for i, u := range line {
		if i > 0 {
			out += " › "
		}
		out += u.Name.In(ctx)
	}
	return out
}

// href is a path with its query; values that are "" are left out.
func href(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

func options[T ~string](ctx context.Context, list []T, name func(context.Context, T) string) []ui.Option {
	out := make([]ui.Option, len(list))
	for i, v := range list {
		out[i] = ui.Option{Value: string(v), Label: name(ctx, v)}
	}
	return out
}

// present are the words that are there.
func present(words ...string) []string {
	return slices.DeleteFunc(words, func(s string) bool { return s == "" })
}

// honourWords names the newest honour, and how many more there are.
func honourWords(ctx context.Context, list []hall.Honour) string {
	best := list[0]
	for _, h := range list[1:] {
		if h.Year > best.Year {
			best = h
		}
	}
	s := best.Name
	if len(list) > 1 {
		s += " " + lang.T(ctx, "hall.masters.honours.more", "count", len(list)-1, "total", len(list))
	}
	return s
}

func masterFacts(ctx context.Context, v profile) []ui.Fact {
	facts := []ui.Fact{{Term: lang.T(ctx, "hall.person.union"), Text: lineName(ctx, v.Line)}}
	if v.City != "" {
		facts = append(facts, ui.Fact{Term: lang.T(ctx, "hall.masters.city"), Text: v.City})
	}
	facts = append(facts, ui.Fact{Term: lang.T(ctx, "hall.masters.reach"), Text: reachWords(ctx, v.Master)})
	return append(facts, ui.Fact{Term: lang.T(ctx, "hall.own.load"), Text: lang.T(ctx, "hall.masters.load", "count", v.MaxLoad)})
}

func craftLabel(ctx context.Context, i int) string {
	if i == 0 {
		return lang.T(ctx, "hall.own.craft.main")
	}
	return lang.T(ctx, "hall.own.craft.also", "n", i+1)
}

func spanLabel(ctx context.Context, end string, d dayRow, i int) string {
	return lang.T(ctx, "hall.own.span."+end, "day", weekdayName(ctx, d.Day), "n", i+1)
}

type optionGroup struct {
	name string
	list []ui.Option
}

// grouped gathers options by their group, in the order in which the groups first appear.
func grouped(list []ui.Option) []optionGroup {
	var out []optionGroup
	for _, o := range list {
		i := slices.IndexFunc(out, func(g optionGroup) bool { return g.name == o.Group })
		if i < 0 {
			i = len(out)
			out = append(out, optionGroup{name: o.Group})
		}
		out[i].list = append(out[i].list, o)
	}
	return out
}
