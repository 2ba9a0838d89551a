package app

import (
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange/exchangeweb"
	"github.com/unionhall/unionhall/internal/exchange/exchangeweb/api"
	"github.com/unionhall/unionhall/internal/exchange/exchangeweb/console"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/hall/hallweb"
	"github.com/unionhall/unionhall/internal/intake/intakeweb"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/match"
	"github.com/unionhall/unionhall/internal/monitor/monitorweb"
	"github.com/unionhall/unionhall/internal/notice/noticeweb"
	"github.com/unionhall/unionhall/internal/portal/portalweb"
	portalconsole "github.com/unionhall/unionhall/internal/portal/portalweb/console"
	"github.com/unionhall/unionhall/internal/privacy/privacyweb"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/apidoc"
	_ "github.com/unionhall/unionhall/internal/web/apifault" // huma's own refusals become the hall's problems
	"github.com/unionhall/unionhall/internal/web/layout"
)

// Version is the release, or what the build knows of itself.
var Version = func() string {
	if b, ok := debug.ReadBuildInfo(); ok && b.Main.Version != "" && b.Main.Version != "(devel)" {
		return b.Main.Version
	}
	return "0.1"
}()

func init() { lang.Register(match.Messages) }

// surface registers every page and operation.
func (a *App) surface() (err error) {
	defer fault.Wrap(&err, "app.surface")
	secret, err := secretFrom(a.Config.Dir, a.box)
	if err != nil {
		return err
	}
	sessions := hallweb.NewSessions(a.Hall)
	rt := web.New(web.Options{Authenticate: a.authenticate(sessions), Log: a.log, Nav: &layout.Nav{}, Live: a.live, Version: Version,
		BaseURL: a.Config.BaseURL, Proxies: a.Config.Proxies, Writes: a.Config.Writes,
		Wrap: []func(http.Handler) http.Handler{a.monitor.Wrap, sessions.Wrap}})
	a.Router = rt
	rt.Health(web.Check{Name: "store", Do: a.DB.Ping})

	n, t := names{a.Hall}, tree{a.Hall}
	exchangeweb.New(exchangeweb.Deps{Exchange: a.Exchange, Names: n, Unions: t, Blobs: a.blobs, Clock: a.clock, Numbers: a.numbers,
		Secret: secret, Actor: a.Hall.Actor, BaseURL: a.Config.BaseURL}).Register(rt)
	console.New(console.Deps{Exchange: a.Exchange, Unions: t, Names: n, Clock: a.clock}).Register(rt)
	hallweb.Routes(rt, hallweb.Options{Hall: a.Hall, Sessions: sessions, Clock: a.clock, Trades: trades{a.Exchange}, Files: a.blobs,
		Record: record{a.Exchange}, Home: home, Ask: func(m hall.Master) string { return "/needs/ask?master=" + m.PersonID },
		Post: func(e hall.Enterprise) string { return "/needs/new?enterprise=" + e.ID }})
	intakeweb.Routes(rt, intakeweb.Options{Imports: a.Imports, Names: a.Hall, Clock: a.clock, Taken: a.takenAway})
	noticeweb.Routes(rt, a.Notices, a.clock)
	proof := hallweb.NewProof(a.Hall, sessions)
	privacyweb.Routes(rt, privacyweb.Options{Privacy: a.Privacy, Names: a.Hall, Clock: a.clock, Guard: proof.Guard, Ask: proof.Page})
	portalconsole.Register(rt, portalconsole.Deps{Portals: a.Portals, Unions: portalUnions{a.Hall}, Clock: a.clock,
		Guard: hallweb.NewProof(a.Hall, sessions).Guard})
	monitorweb.Routes(rt, systemFacts{a, a.clock.Now()}, leadsAll)
	a.operations(rt, n)
	a.figures()
	return nil
}

// home is where signing in leads.
func home(who actor.Actor) string {
	if len(who.Grants) > 0 {
		return "/console"
	}
	return "/"
}

// authenticate says who asks: a portal by its key on the API, a person by their session elsewhere.
func (a *App) authenticate(sessions *hallweb.Sessions) func(*http.Request) (actor.Actor, error) {
	return func(r *http.Request) (actor.Actor, error) {
		if strings.HasPrefix(r.URL.Path, "/v1/") {
			if key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
				return a.Portals.Admit(r.Context(), key)
			}
			return actor.Actor{}, nil
		}
		return sessions.Authenticate(r)
	}
}

const openAPI = "/v1/openapi"

// operations registers the API, its description, and the page to browse it.
func (a *App) operations(rt *web.Router, n names) {
	config := huma.DefaultConfig("unionhall 职工之家", Version)
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = openAPI, "", "/v1/schemas"
	config.Info.Description = "A need meets an offer, becomes a service, and leaves evidence."
	config.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	for _, name := range []string{"Kinds", "Needs", "Engagements", "Toolbox", "Hooks"} { // as a partner comes to need them
		config.Tags = append(config.Tags, &huma.Tag{Name: name})
	}
	config.Servers = []*huma.Server{{URL: a.Config.Address()}}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"key": {Type: "http", Scheme: "bearer"}}
	config.Security = []map[string][]string{{"key": {}}}
	gate := func(_, pattern string) web.Access {
		if strings.HasPrefix(pattern, openAPI) || strings.HasPrefix(pattern, config.SchemasPath) {
			return web.Public
		}
		return web.Portal
	}
	h := humago.New(rt.Under(web.API, gate), config)
	api.Register(h, a.Exchange, a.Portals, n, a.Config.Address())
	portalweb.Register(h, a.Portals)
	rt.Page("GET /api", web.Public, apidoc.Page(h.OpenAPI(), openAPI+".json"))
	rt.Nav().Add(layout.Entry{Key: "api", Href: "/api", Label: "apidoc.title", Icon: "code", Place: layout.Foot, Order: 50})
}
