package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/limit"
	"github.com/unionhall/unionhall/internal/web/layout"
)

// Handler answers a request or says why not; the surface renders the error.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Access is the first gate of a route. Which rows an actor may see is decided in services.
type Access int

// The gates. There is no zero value: a route without one does not register.
const (
	Public   Access = iota + 1
	SignedIn        // a person
	Officer         // a person with a grant
	Portal          // a partner portal with an API key
)

// String names the gate, for the routing table's readers.
func (a Access) String() string {
	return [...]string{"?", "public", "signed-in", "officer", "portal"}[a]
}

// Surface says in which form a route answers, errors included.
type Surface int

// The surfaces.
const (
	HTML   Surface = iota + 1 // pages and fragments
	API                       // JSON; errors are problem+json
	Stream                    // server-sent events: never compressed, no deadline
	Asset                     // the same for everybody: no actor, no cookies
)

// String names the surface.
func (s Surface) String() string {
	return [...]string{"?", "html", "api", "stream", "asset"}[s]
}

// Route is one line of the routing table.
type Route struct {
	Method  string // "" for any
	Pattern string // path with wildcards, as net/http's ServeMux has it
	Access  Access
	Surface Surface
}

// Options are what the router needs from the application.
type Options struct {
	// Authenticate says who is asking. An Unauthenticated fault (a session that ended) counts as
	// Anyone on pages and is answered with 401 on the API. Nil: everybody is Anyone.
	Authenticate func(*http.Request) (actor.Actor, error)
	Log          *slog.Logger
	Nav          *layout.Nav
	Live         *Live
	Version      string
	BaseURL      string                            // where the hall is reached, "https://hall.example.org"; "" for a local one
	Proxies      []netip.Prefix                    // whose X-Forwarded-For is believed
	Wrap         []func(http.Handler) http.Handler // around HTML, API and Stream handlers, outermost first: sessions
	SignIn       string                            // "/signin" when empty
	SignOut      string                            // "/signout" when empty
	Timeout      time.Duration                     // for one page or API call; 30 s when zero
	Writes       limit.Rate                        // of forms sent by one person, or from one address by nobody; 120, then 2 a second, when zero
}

// Router is the hall's routing table and what stands around every route. Register at start-up, then
// serve; registering while serving is a race.
type Router struct {
	opts   Options
	mux    *http.ServeMux
	routes []Route
	apis   map[string]bool // first words of the API's paths
	outer  http.Handler
	writes limit.Buckets
}

// New makes a router with the routes that every hall has: language and theme switches, live pages,
// static files.
func New(opts Options) *Router {
	if opts.Log == nil {
		opts.Log = slog.Default()
	}
	if opts.Nav == nil {
		opts.Nav = &layout.Nav{}
	}
	if opts.SignIn == "" {
		opts.SignIn = "/signin"
	}
	if opts.SignOut == "" {
		opts.SignOut = "/signout"
	}
	if opts.Writes.Burst == 0 {
		opts.Writes = limit.Rate{Burst: 120, Every: 500 * time.Millisecond}
	}
	if opts.Timeout == 0 {
		opts.Timeout = 30 * time.Second
	}
	rt := &Router{opts: opts, mux: http.NewServeMux(), apis: map[string]bool{}}
	rt.outer = rt.around(http.HandlerFunc(rt.dispatch))
	rt.ownRoutes()
	return rt
}

// Page registers an HTML route: Page("GET /needs/{need}", web.Public, h).
func (rt *Router) Page(pattern string, a Access, h Handler) { rt.handle(pattern, a, HTML, h) }

// API registers a JSON route whose errors are problem+json.
func (rt *Router) API(pattern string, a Access, h Handler) { rt.handle(pattern, a, API, h) }

// Mount registers a handler under each of the declared routes; what is not declared does not reach
// it.
func (rt *Router) Mount(h http.Handler, routes ...Route) {
	for _, r := range routes {
		rt.handle(strings.TrimSpace(r.Method+" "+r.Pattern), r.Access, r.Surface, func(w http.ResponseWriter, r *http.Request) error {
			h.ServeHTTP(w, r)
			return nil
		})
	}
}

// Under is a mux for libraries that register routes themselves, as huma does: every route they add is
// recorded with the access that gate gives it, and stands behind it.
func (rt *Router) Under(s Surface, gate func(method, pattern string) Access) *Group {
	return &Group{rt: rt, surface: s, gate: gate}
}

// Group records the routes of a library. It serves as the library's mux.
type Group struct {
	rt      *Router
	surface Surface
	gate    func(method, pattern string) Access
}

// HandleFunc registers a route.
func (g *Group) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	method, path := cut(pattern)
	g.rt.Mount(http.HandlerFunc(h), Route{method, path, g.gate(method, path), g.surface})
}

// ServeHTTP serves the whole router.
func (g *Group) ServeHTTP(w http.ResponseWriter, r *http.Request) { g.rt.ServeHTTP(w, r) }

// Routes is the routing table, in the order of registration.
func (rt *Router) Routes() []Route { return append([]Route(nil), rt.routes...) }

// Nav is the registry of navigation entries.
func (rt *Router) Nav() *layout.Nav { return rt.opts.Nav }

// ServeHTTP answers a request.
func (rt *Router) ServeHTTP(w http.ResponseWriter, r *http.Request) { rt.outer.ServeHTTP(w, r) }

func (rt *Router) handle(pattern string, a Access, s Surface, h Handler) {
	if a < Public || a > Portal || s < HTML || s > Asset {
		panic("web: " + pattern + ": a route needs an access and a surface")
	}
	method, path := cut(pattern)
	rt.routes = append(rt.routes, Route{method, path, a, s})
	if s == API {
		rt.apis[firstOf(path)] = true
	}
	rt.mux.Handle(pattern, rt.adapt(a, s, h))
}

func cut(pattern string) (method, path string) {
	method, path, ok := strings.Cut(pattern, " ")
	if !ok {
		return "", pattern
	}
	return method, strings.TrimSpace(path)
}

// adapt is the one place where a handler's error, or its panic, becomes an answer.
func (rt *Router) adapt(a Access, s Surface, h Handler) http.Handler {
	return rt.wrap(s, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := &recorder{ResponseWriter: w}
		var err error
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					panic(p)
				}
				err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			}
			if err != nil {
				rt.Fail(rec, r, s, err)
			}
			if r.MultipartForm != nil { // net/http removes the files only of a request that was never copied
				r.MultipartForm.RemoveAll()
			}
		}()
		if s == API {
			w.Header().Set("Cache-Control", "no-store") // unless the handler knows better
		}
		if s != Asset {
			if r, err = rt.enter(r, a, s); err != nil {
				return
			}
		}
		err = h(rec, r)
	}))
}

// wrap puts around a handler what its surface asks for.
func (rt *Router) wrap(s Surface, next http.Handler) http.Handler {
	if s == Asset {
		return next
	}
	for i := len(rt.opts.Wrap) - 1; i >= 0; i-- {
		next = rt.opts.Wrap[i](next)
	}
	if s == Stream {
		return next
	}
	return compress(timeout(next, rt.opts.Timeout))
}

// enter finds out who is asking, lets them through the gate or not, and prepares the context.
func (rt *Router) enter(r *http.Request, a Access, s Surface) (*http.Request, error) {
	who, err := rt.whoIs(r, s)
	ctx := actor.With(r.Context(), who)
	state(ctx).actor = who
	r = r.WithContext(ctx)
	if err != nil {
		return r, err
	}
	if err := admit(who, a); err != nil {
		return r, err
	}
	return r, rt.slow(r, who, s)
}

// slow keeps one sender from drowning the others. The API has limits of its own, by portal.
func (rt *Router) slow(r *http.Request, who actor.Actor, s Surface) error {
	if s != HTML || r.Method == http.MethodGet || r.Method == http.MethodHead {
		return nil
	}
	key := who.ID
	if !who.SignedIn() {
		key = ClientIP(r.Context()).String()
	}
	if wait := rt.writes.Take(key, time.Now(), rt.opts.Writes); wait > 0 {
		return limit.TooMany(wait)
	}
	return nil
}

func (rt *Router) whoIs(r *http.Request, s Surface) (actor.Actor, error) {
	if rt.opts.Authenticate == nil {
		return actor.Actor{}, nil
	}
	who, err := rt.opts.Authenticate(r)
	if err != nil && s == HTML && fault.Is(err, fault.Unauthenticated) {
		return actor.Actor{}, nil
	}
	return who, err
}

// admit is the first gate.
func admit(who actor.Actor, a Access) error {
	switch a {
	case Public:
		return nil
	case SignedIn:
		if who.SignedIn() {
			return nil
		}
	case Officer:
		if who.SignedIn() && who.Officer() {
			return nil
		}
		if who.SignedIn() {
			return fault.Refused()
		}
	case Portal:
		if who.Kind == actor.Portal {
			return nil
		}
		return fault.New(fault.Unauthenticated, "fault.no-key")
	}
	return fault.New(fault.Unauthenticated, "fault.unauthenticated")
}

// dispatch finds the route. What has none is answered on the surface that the path belongs to.
func (rt *Router) dispatch(w http.ResponseWriter, r *http.Request) {
	if _, pattern := rt.mux.Handler(r); pattern != "" {
		rt.mux.ServeHTTP(w, r)
		return
	}
	if to := rt.slashed(r); to != "" {
		http.Redirect(w, r, to, http.StatusPermanentRedirect)
		return
	}
	probe := &probe{header: http.Header{}}
	rt.mux.ServeHTTP(probe, r)
	s := rt.surfaceOf(r)
	err := error(fault.NoSuch())
	if probe.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", probe.header.Get("Allow"))
		err = errMethod
	}
	rt.unknown(s, err).ServeHTTP(w, r)
}

// slashed finds the page that a path with a slash too many means.
func (rt *Router) slashed(r *http.Request) string {
	path := strings.TrimRight(r.URL.Path, "/")
	if r.Method != http.MethodGet || path == "" || path == r.URL.Path {
		return ""
	}
	u := *r.URL
	u.Path, u.RawPath = path, ""
	again := r.Clone(r.Context())
	again.URL = &u
	if _, pattern := rt.mux.Handler(again); pattern == "" {
		return ""
	}
	return LocalPath(u.RequestURI(), "")
}

// unknown answers a path that no route has, to the person who asks if that can be told.
func (rt *Router) unknown(s Surface, cause error) http.Handler {
	return rt.wrap(s, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		entered, err := rt.enter(r, Public, s)
		if err != nil && !fault.Is(err, fault.Unauthenticated) {
			Spare(entered.Context(), "cannot tell who asks", err)
		}
		rt.Fail(&recorder{ResponseWriter: w}, entered, s, cause)
	}))
}

var errMethod = errors.New("method not allowed")

// probe takes the mux's own answer to learn its status.
type probe struct {
	header http.Header
	status int
}

func (p *probe) Header() http.Header         { return p.header }
func (p *probe) Write(b []byte) (int, error) { return len(b), nil }
func (p *probe) WriteHeader(s int)           { p.status = s }

func timeout(next http.Handler, d time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), d)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}
