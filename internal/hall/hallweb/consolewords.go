package hallweb

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web/ui"
)

// unionCrumbs is the way down to the union of a page, by links to the same page for each union above.
func unionCrumbs(ctx context.Context, path string, line []hall.Union) []ui.Link {
	var out []ui.Link
	for _, u := range line[:max(0, len(line)-1)] {
		out = append(out, ui.Link{Href: href(path, "union", u.ID), Label: u.Name.In(ctx)})
	}
	return out
}

// backTo is the way back to the list that a form was opened from.
func backTo(path, unionID, label string) []ui.Link {
	return []ui.Link{{Href: href(path, "union", unionID), Label: label}}
}

func nextHref(path, words, union, next string) string {
	if next == "" {
		return ""
	}
	return href(path, "union", union, "q", words, "after", next)
}

// cols are the heads of a table, by message id.
func cols(ctx context.Context, ids ...string) []ui.Col {
	out := make([]ui.Col, len(ids))
	for i, id := range ids {
		out[i] = ui.Col{Label: lang.T(ctx, id)}
	}
	return out
}

func unionCols(ctx context.Context) []ui.Col {
	out := cols(ctx, "hall.union.name", "hall.union.level", "hall.tally.unions", "hall.tally.people", "hall.tally.enterprises", "hall.tally.masters")
	for i := 2; i < len(out); i++ {
		out[i].Num = true
	}
	return out
}

func levelsBelow(ctx context.Context, above hall.Level) []ui.Option {
	var out []ui.Option
	for l := above + 1; l <= hall.Grassroots; l++ {
		out = append(out, ui.Option{Value: strconv.Itoa(int(l)), Label: levelName(ctx, l)})
	}
	return out
}

func roleOptions(ctx context.Context) []ui.Option {
	out := options(ctx, hall.Roles, roleName)
	for i, r := range hall.Roles {
		out[i].Help = lang.T(ctx, "hall.role."+string(r)+".may")
	}
	return out
}

func firmFacts(ctx context.Context, v firm) []ui.Fact {
	facts := []ui.Fact{
		{Term: lang.T(ctx, "hall.person.union"), Text: lineName(ctx, v.Line)},
		{Term: lang.T(ctx, "hall.enterprise.industry"), Text: industryName(ctx, v.Industry)},
		{Term: lang.T(ctx, "hall.enterprise.size"), Text: sizeName(ctx, v.Size)},
	}
	for _, f := range []ui.Fact{{Term: lang.T(ctx, "hall.enterprise.licence"), Text: v.Licence}, {Term: lang.T(ctx, "hall.enterprise.address"), Text: v.Address}} {
		if f.Text != "" {
			facts = append(facts, f)
		}
	}
	return append(facts, ui.Fact{Term: lang.T(ctx, "hall.enterprise.since"), Text: lang.Day(ctx, v.Created)})
}

func contactCols(ctx context.Context, v firm) []ui.Col {
	ids := []string{"hall.person.name", "hall.contact.position", "hall.person.phone", "hall.contact.since"}
	if v.May.Act {
		ids = append(ids, "hall.console.actions")
	}
	return cols(ctx, ids...)
}

func workerFacts(ctx context.Context, p hall.Person, line []hall.Union) []ui.Fact {
	facts := []ui.Fact{{Term: lang.T(ctx, "hall.person.union"), Text: lineName(ctx, line)}}
	if p.Phone != "" {
		facts = append(facts, ui.Fact{Term: lang.T(ctx, "hall.person.phone"), Text: p.Phone.Masked()})
	}
	if p.Email != "" {
		facts = append(facts, ui.Fact{Term: lang.T(ctx, "hall.person.email"), Text: p.Email.Masked()})
	}
	return append(facts, ui.Fact{Term: lang.T(ctx, "hall.person.status"), Text: statusName(ctx, p.Status)},
		ui.Fact{Term: lang.T(ctx, "hall.person.since"), Text: lang.Day(ctx, p.Created)})
}

// loginOf names, masked, what the person signs in with.
func loginOf(p hall.Person) string {
	if p.Phone != "" {
		return p.Phone.Masked()
	}
	return p.Email.Masked()
}

// auditWords say what was done; of a grant also which role, of a contact who, of a closing why.
func auditWords(ctx context.Context, a hall.Audit, names map[string]string) string {
	words := []string{lang.T(ctx, "hall.audit."+strings.TrimPrefix(a.What, "hall."))}
	d := auditDetail(a)
	if d.Role != "" {
		words = append(words, roleName(ctx, d.Role))
	}
	return strings.Join(present(append(words, names[d.Person], d.Reason)...), " · ")
}

// told is what the list of changes says of an audit's detail.
type told struct {
	Role   actor.Role `json:"role"`
	Person string     `json:"person"`
	Reason string     `json:"reason"`
}

func auditDetail(a hall.Audit) (d told) {
	if err := json.Unmarshal(a.Detail, &d); err != nil {
		return told{} // of a kind that says none of it
	}
	return d
}

func auditBy(ctx context.Context, a hall.Audit, names map[string]string) string {
	if a.By == actor.Hall.ID {
		return lang.T(ctx, "hall.audit.system")
	}
	return names[a.By]
}
