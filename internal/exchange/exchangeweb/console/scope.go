package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/web/ui"
)

// place is the union whose subtree a page shows, and its surroundings within what the officer may see.
type place struct {
	Union    Union
	Above    []Union // from the officer's own union down to the one just above; none at the officer's own
	Children []Union
	Roots    []Union // the unions the officer may choose from at the top, when there are several
}

// placeOf finds the union that the request is about. One that is not within the officer's subtrees is refused.
func (c *Console) placeOf(r *http.Request) (place, error) {
	return c.placeAt(r.Context(), actor.From(r.Context()), r.URL.Query().Get("union"))
}

func (c *Console) placeAt(ctx context.Context, a actor.Actor, unionID string) (p place, err error) {
	defer fault.Wrap(&err, "console.placeAt(%s)", unionID)
	roots := a.Roots()
	if unionID == "" && len(roots) > 0 {
		unionID = roots[0].UnionID
	}
	if p.Union, err = c.Unions.Union(ctx, unionID); err != nil {
		return p, err
	}
	if !a.MayRead(p.Union.Path) {
		return p, fault.Refused()
	}
	line, err := c.Unions.Line(ctx, p.Union.ID)
	if err != nil {
		return p, err
	}
	for _, u := range line {
		if u.ID != p.Union.ID && a.MayRead(u.Path) {
			p.Above = append(p.Above, u)
		}
	}
	if len(roots) > 1 {
		for _, g := range roots {
			u, err := c.Unions.Union(ctx, g.UnionID)
			if err != nil {
				return p, err
			}
			p.Roots = append(p.Roots, u)
		}
	}
	p.Children, err = c.Unions.Children(ctx, p.Union.ID)
	return p, err
}

// acts reports whether the officer may work here, and not only read.
func (p place) acts(ctx context.Context) bool { return actor.From(ctx).MayAct(p.Union.Path) }

// root is the officer's own union that holds this place.
func (p place) root() Union {
	if len(p.Above) > 0 {
		return p.Above[0]
	}
	return p.Union
}

// options are the unions that one step leads to: those above, this one, those below, and the officer's others.
func (p place) options(ctx context.Context) []ui.Option {
	var out []ui.Option
	add := func(u Union, mark string) {
		if !slices.ContainsFunc(out, func(o ui.Option) bool { return o.Value == u.ID }) {
			out = append(out, ui.Option{Value: u.ID, Label: mark + u.Name.In(ctx)})
		}
	}
	for _, u := range p.Above {
		add(u, "")
	}
	add(p.Union, "")
	for _, u := range p.Children {
		add(u, "– ")
	}
	for _, u := range p.Roots {
		add(u, "")
	}
	return out
}

// crumbs lead from the officer's own union down to this one, within one page.
func (p place) crumbs(ctx context.Context, to func(Union) string) []ui.Link {
	var out []ui.Link
	for _, u := range p.Above {
		out = append(out, ui.Link{Href: to(u), Label: u.Name.In(ctx)})
	}
	return out
}

// tabs let an officer of several unions choose one.
func (p place) tabs(ctx context.Context, to func(Union) string) []ui.Tab {
	var out []ui.Tab
	for _, u := range p.Roots {
		out = append(out, ui.Tab{Label: u.Name.In(ctx), Href: to(u), Active: u.ID == p.root().ID})
	}
	return out
}

// href is an address with a query; parameters without a value are left out.
func href(path string, q url.Values) string {
	for name, vs := range q {
		if len(vs) == 0 || vs[0] == "" {
			q.Del(name)
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// unionName is what a union's rows say of it; a union that is gone says nothing.
func (c *Console) unionName(ctx context.Context, path string) string {
	u, err := c.Unions.UnionAt(ctx, path)
	if err != nil {
		return ""
	}
	return u.Name.In(ctx)
}
