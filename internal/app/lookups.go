package app

import (
	"context"
	"slices"
	"strings"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/exchange/exchangeweb"
	"github.com/unionhall/unionhall/internal/exchange/exchangeweb/console"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/hall/hallweb"
	"github.com/unionhall/unionhall/internal/lang"
	portalconsole "github.com/unionhall/unionhall/internal/portal/portalweb/console"
)

// What the pages of one module ask of another, each in the words of the one that asks.

// names answers the exchange's pages.
type names struct{ hall *hall.Service }

// People implements exchangeweb.Names.
func (n names) People(ctx context.Context, ids []string) (map[string]exchangeweb.Person, error) {
	found, err := n.hall.People(ctx, actor.Hall, ids)
	out := make(map[string]exchangeweb.Person, len(found))
	for id, p := range found {
		out[id] = exchangeweb.Person{Name: p.Name}
	}
	return out, err
}

// Firms implements exchangeweb.Names.
func (n names) Firms(ctx context.Context, ids []string) (map[string]exchangeweb.Firm, error) {
	found, err := n.hall.Enterprises(ctx, ids)
	out := make(map[string]exchangeweb.Firm, len(found))
	for id, e := range found {
		out[id] = exchangeweb.Firm{Name: e.Name, UnionPath: e.UnionPath, Closed: e.Status == hall.Closed,
			Spot: exchange.Spot{Lat: e.Place.Lat, Lng: e.Place.Lng, Address: e.Address}}
	}
	return out, err
}

// Contacts implements exchangeweb.Names.
func (n names) Contacts(ctx context.Context, firmIDs []string) (map[string][]string, error) {
	found, err := n.hall.Contacts(ctx, firmIDs)
	out := make(map[string][]string, len(found))
	for id, list := range found {
		for _, c := range list {
			out[id] = append(out[id], c.PersonID)
		}
	}
	return out, err
}

// Masters implements exchangeweb.Names.
func (n names) Masters(ctx context.Context, ids []string) (map[string]exchangeweb.Master, error) {
	found, err := n.hall.Masters(ctx, ids)
	out := make(map[string]exchangeweb.Master, len(found))
	for id, m := range found {
		card := exchangeweb.Master{Name: m.Name, Title: m.Title, City: m.City}
		for _, h := range m.Honours {
			card.Honours = append(card.Honours, h.Name)
		}
		out[id] = card
	}
	return out, err
}

// CountMasters implements exchangeweb.Names.
func (n names) CountMasters(ctx context.Context) (int, error) {
	found, err := n.hall.FindMasters(ctx, hall.MasterSearch{Search: hall.Search{Page: hall.Page{Limit: 1}}})
	return found.Total, err
}

// Persons implements console.Names.
func (n names) Persons(ctx context.Context, ids []string) (map[string]string, error) {
	return n.hall.Names(ctx, ids)
}

// Enterprises implements console.Names.
func (n names) Enterprises(ctx context.Context, ids []string) (map[string]string, error) {
	found, err := n.hall.Enterprises(ctx, ids)
	out := make(map[string]string, len(found))
	for id, e := range found {
		out[id] = e.Name
	}
	return out, err
}

// Names implements api.Firms.
func (n names) Names(ctx context.Context, ids []string) (map[string]string, error) {
	return n.hall.Names(ctx, ids)
}

// ByLicence implements api.Firms.
func (n names) ByLicence(ctx context.Context, portal actor.Actor, licence string) (string, error) {
	licence = strings.ToUpper(strings.TrimSpace(licence))
	if !hall.ValidLicence(licence) {
		return "", fault.NoSuch()
	}
	found, err := n.hall.EnterprisesIn(ctx, actor.Hall, portal.UnionID, hall.Search{Words: licence, Page: hall.Page{Limit: 10}})
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(found.Rows, func(e hall.Enterprise) bool { return e.Licence == licence })
	if i < 0 {
		return "", fault.NoSuch()
	}
	return found.Rows[i].ID, nil
}

// tree shows the union tree to the exchange's pages. The hall keeps it in memory.
type tree struct{ hall *hall.Service }

func unionOf(u hall.Union) console.Union {
	return console.Union{ID: u.ID, Path: u.Path, Name: u.Name}
}

func unionsOf(list []hall.Union, err error) ([]console.Union, error) {
	out := make([]console.Union, len(list))
	for i, u := range list {
		out[i] = unionOf(u)
	}
	return out, err
}

// Union implements console.Unions.
func (t tree) Union(ctx context.Context, id string) (console.Union, error) {
	u, err := t.hall.Union(ctx, id)
	return unionOf(u), err
}

// UnionAt implements console.Unions.
func (t tree) UnionAt(ctx context.Context, path string) (console.Union, error) {
	u, err := t.hall.UnionAt(ctx, path)
	return unionOf(u), err
}

// Children implements console.Unions.
func (t tree) Children(ctx context.Context, id string) ([]console.Union, error) {
	return unionsOf(t.hall.Children(ctx, id))
}

// Line implements console.Unions.
func (t tree) Line(ctx context.Context, id string) ([]console.Union, error) {
	return unionsOf(t.hall.Line(ctx, id))
}

// Name implements exchangeweb.Unions.
func (t tree) Name(path string) lang.Text {
	u, err := t.hall.UnionAt(context.Background(), path)
	if err != nil {
		return lang.Text{}
	}
	return u.Name
}

// Places implements exchangeweb.Unions: the cities and counties that have a point, in the tree's order.
func (t tree) Places() []exchangeweb.Place {
	ctx := context.Background()
	root, err := t.hall.Root(ctx)
	if err != nil {
		return nil
	}
	all, err := t.hall.Subtree(ctx, root.ID, "", 1_000_000)
	if err != nil {
		return nil
	}
	cities := map[string]lang.Text{}
	var out []exchangeweb.Place
	for _, u := range all {
		if u.Level == hall.City {
			cities[u.Path] = u.Name
		}
	}
	for _, u := range all {
		if (u.Level != hall.City && u.Level != hall.County) || !u.Place.Known() {
			continue
		}
		p := exchangeweb.Place{Path: u.Path, Name: u.Name, Lat: u.Place.Lat, Lng: u.Place.Lng}
		for path := u.Path; path != "" && p.Group.Empty(); path = parent(path) {
			p.Group = cities[path]
		}
		out = append(out, p)
	}
	return out
}

// trades names the trades of masters: the list that the built-in kind sorts by, as officers have edited it.
type trades struct{ exchange *exchange.Service }

func (t trades) list() []exchange.Term {
	k, err := t.exchange.Kind(actor.Hall, exchange.ExpertVisit)
	if err != nil {
		return nil
	}
	f, _, _ := k.Trade()
	l, _ := k.ListOf(f.List)
	return l.Terms
}

// Trade implements hallweb.Trades.
func (t trades) Trade(code string) (lang.Text, bool) {
	for _, x := range t.list() {
		if x.Code == code {
			return x.Name, true
		}
	}
	return lang.Text{}, false
}

// All implements hallweb.Trades.
func (t trades) All() []hallweb.Trade {
	var out []hallweb.Trade
	for _, x := range t.list() {
		out = append(out, hallweb.Trade{Code: x.Code, Name: x.Name, Group: x.Group})
	}
	return out
}

// record tells what masters have done, from the exchange.
type record struct{ exchange *exchange.Service }

// Deeds implements hallweb.Record.
func (r record) Deeds(ctx context.Context, _ actor.Actor, personIDs []string) (map[string]hallweb.Deeds, error) {
	offers, err := r.exchange.OffersOf(ctx, personIDs...)
	out := map[string]hallweb.Deeds{}
	for _, o := range offers {
		d := out[o.OwnerID]
		sum := d.Rating*float64(d.Ratings) + float64(o.RatingSum)
		d.Solved += o.SolvedCount
		if d.Ratings += o.RatingCount; d.Ratings > 0 {
			d.Rating = sum / float64(d.Ratings)
		}
		out[o.OwnerID] = d
	}
	return out, err
}

// Tools implements hallweb.Record.
func (r record) Tools(ctx context.Context, _ actor.Actor, personID string, limit int) ([]hallweb.Tool, error) {
	found, err := r.exchange.Tools(ctx, exchange.ToolFilter{OwnerID: personID, Limit: limit})
	var out []hallweb.Tool
	for _, t := range found {
		out = append(out, hallweb.Tool{Title: t.Title, Summary: t.Problem, Href: "/toolbox/" + t.ID})
	}
	return out, err
}

// matters tells the hall what is under way for an enterprise in the exchange.
type matters struct{ exchange *exchange.Service }

// Ongoing implements hall.Matters.
func (m matters) Ongoing(ctx context.Context, enterpriseID string, limit int) ([]hall.Matter, error) {
	needs, err := m.exchange.List(ctx, actor.Hall, exchange.NeedFilter{EnterpriseID: []string{enterpriseID}, Limit: limit,
		States: []exchange.NeedState{exchange.NeedOpen, exchange.NeedEngaged}})
	out := make([]hall.Matter, len(needs))
	for i, n := range needs {
		out[i] = hall.Matter{Title: n.Title, Href: "/needs/" + n.ID}
	}
	return out, err
}

// portalUnions names unions for the portals' pages.
type portalUnions struct{ hall *hall.Service }

// UnionNames implements portalconsole.Unions. The tree is held in memory.
func (u portalUnions) UnionNames(ctx context.Context, ids []string) (map[string]lang.Text, error) {
	out := make(map[string]lang.Text, len(ids))
	for _, id := range ids {
		found, err := u.hall.Union(ctx, id)
		if err != nil {
			return nil, err
		}
		out[id] = found.Name
	}
	return out, nil
}

// Leads implements portalconsole.Unions: the unions that the actor leads and those directly below them.
func (u portalUnions) Leads(ctx context.Context, a actor.Actor) ([]portalconsole.Union, error) {
	var out []portalconsole.Union
	seen := map[string]bool{}
	add := func(found hall.Union) {
		if !seen[found.ID] {
			seen[found.ID] = true
			out = append(out, portalconsole.Union{ID: found.ID, Name: found.Name})
		}
	}
	for _, g := range a.Grants {
		if g.Role != actor.Lead {
			continue
		}
		top, err := u.hall.Union(ctx, g.UnionID)
		if err != nil {
			return nil, err
		}
		add(top)
		below, err := u.hall.Children(ctx, g.UnionID)
		if err != nil {
			return nil, err
		}
		for _, b := range below {
			add(b)
		}
	}
	return out, nil
}
