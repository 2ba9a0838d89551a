// Package console is where officers work the exchange: what waits too long, every need of their subtree,
// assigning masters, figures that open to their rows, and the kinds of service as data.
//
// It decides nothing: whether an officer may see or do something is the exchange's answer. Pages take the
// union whose subtree they show from the parameter union; without it they show the officer's own.
package console

import (
	"context"
	"embed"
	"io/fs"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/layout"
)

//go:embed locale/*.json
var locale embed.FS

func init() {
	sub, err := fs.Sub(locale, "locale")
	if err != nil {
		panic("console: " + err.Error()) // the folder is embedded above
	}
	lang.Register(sub)
}

// Union is a node of the tree as the console shows it.
type Union struct {
	ID   string
	Path string
	Name lang.Text
}

// Unions is the hall's tree. It is asked for every row of a page, so that it must answer from memory. What does
// not exist is fault.NotFound.
type Unions interface {
	Union(ctx context.Context, id string) (Union, error)
	UnionAt(ctx context.Context, path string) (Union, error)
	// Children gives the unions directly below, in the order in which they are shown.
	Children(ctx context.Context, id string) ([]Union, error)
	// Line gives the unions from the root to this one, itself included.
	Line(ctx context.Context, id string) ([]Union, error)
}

// Names says what people and firms are called; those unknown are left out. Each call is one question for all.
type Names interface {
	Persons(ctx context.Context, ids []string) (map[string]string, error)
	Enterprises(ctx context.Context, ids []string) (map[string]string, error)
}

// Deps are what the console needs.
type Deps struct {
	Exchange *exchange.Service
	Unions   Unions
	Names    Names
	Clock    clock.Clock
}

// Console serves the officers' pages.
type Console struct{ Deps }

// New makes a console.
func New(d Deps) *Console { return &Console{d} }

// Register adds the pages and their navigation.
func (c *Console) Register(rt *web.Router) {
	rt.Page("GET /console", web.Officer, c.desk)
	rt.Page("GET /console/desk", web.Officer, c.deskParts)
	rt.Page("GET /console/needs", web.Officer, c.needs)
	rt.Page("GET /console/needs.xlsx", web.Officer, c.needsSheet)
	rt.Page("GET /console/needs/{need}/assign", web.Officer, c.assignPage)
	rt.Page("POST /console/needs/{need}/assign", web.Officer, c.assign)
	rt.Page("GET /console/figures", web.Officer, c.figures)
	rt.Page("GET /console/figures.xlsx", web.Officer, c.figuresSheet)
	rt.Page("GET /console/kinds", web.Officer, c.kinds)
	rt.Page("GET /console/kinds/new", web.Officer, c.newKind)
	rt.Page("POST /console/kinds/new", web.Officer, c.createKind)
	rt.Page("GET /console/kinds/{kind}", web.Officer, c.kind)
	rt.Page("POST /console/kinds/{kind}", web.Officer, c.saveKind)
	rt.Page("POST /console/kinds/{kind}/status", web.Officer, c.kindStatus)
	navigation(rt.Nav())
}

// The keys of the navigation entries.
const (
	navDesk    = "console-desk"
	navNeeds   = "console-needs"
	navFigures = "console-figures"
	navKinds   = "console-kinds"
)

func navigation(nav *layout.Nav) {
	const group = "console.nav.group"
	nav.Add(
		layout.Entry{Key: "console", Href: "/console", Label: "console.nav.console", Icon: "monitor", Place: layout.Bottom, Order: 90,
			Show: actor.Actor.Officer},
		layout.Entry{Key: navDesk, Href: "/console", Label: "console.nav.desk", Icon: "inbox", Place: layout.Rail, Group: group, Order: 10},
		layout.Entry{Key: navNeeds, Href: "/console/needs", Label: "console.nav.needs", Icon: "clipboard-list", Place: layout.Rail, Group: group, Order: 11},
		layout.Entry{Key: navFigures, Href: "/console/figures", Label: "console.nav.figures", Icon: "chart-column", Place: layout.Rail, Group: group, Order: 12},
		layout.Entry{Key: navKinds, Href: "/console/kinds", Label: "console.nav.kinds", Icon: "layers", Place: layout.Rail, Group: group, Order: 13},
	)
}
