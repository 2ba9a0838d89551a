// Package routes walks the whole routing table as everybody who must not see or change a city's rows: its sister
// city's people, officers and portal, the neighbouring county's, and nobody at all. A new route is walked without
// anyone remembering it; what the walk cannot fill in fails it.
package routes

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/portal"
	"github.com/unionhall/unionhall/internal/web"
)

// open are changes that anybody signed in may make to what is everybody's, with the reason.
var open = map[string]string{
	"POST /toolbox/{tool}/helped": "a reader of the public toolbox says that an entry helped",
	"POST /me/transfer":           "any member may ask any union to take them over",
}

// drafted are those by which anybody leaves a row of their own, which nobody sees before its number is proved.
var drafted = map[string]bool{"POST /join": true}

// walk is one walk through the table.
type walk struct {
	*world
	table   []web.Route
	targets []target
	forms   *forms
	bodies  *bodies
	mux     *http.ServeMux
	before  state
	names   *regexp.Regexp
	seen    map[string]bool // marks that somebody entitled has read
	told    map[string]int  // what was wrong with a route, by route, visitor and fault
}

// wrong reports what a route did, the first time that it does it to a visitor.
func (k *walk) wrong(v *visitor, r web.Route, q request, what string, args ...any) {
	k.t.Helper()
	key := v.who + r.Method + r.Pattern + what
	if k.told[key]++; k.told[key] == 1 {
		k.t.Errorf("%s as %s: %s", q, v.who, fmt.Sprintf(what, args...))
	}
}

func TestRoutes(t *testing.T) {
	w := newWorld(t)
	k := &walk{world: w, targets: w.targets(), forms: &forms{byRoute: map[string]url.Values{}}, mux: http.NewServeMux(), seen: map[string]bool{}, told: map[string]int{}}
	k.table = w.app.Router.Routes()
	if len(k.table) < 60 {
		t.Fatalf("only %d routes", len(k.table))
	}
	for _, r := range k.table {
		k.mux.Handle(strings.TrimSpace(r.Method+" "+r.Pattern), http.NotFoundHandler())
	}
	k.bodies = w.bodies((&visitor{w: w, who: "- nobody"}).ask(request{method: "GET", path: "/v1/openapi.json"}).body)
	k.names = w.known(k.targets)

	t.Run("entitled read", func(t *testing.T) { k.in(t).entitledRead() })
	k.settled()
	k.before = w.state(k.names)
	if len(k.before) < 50 {
		t.Fatalf("city A has only %d rows", len(k.before))
	}
	t.Run("strangers", func(t *testing.T) { k.in(t).strangersWalk() })
	t.Run("nonsense", func(t *testing.T) { k.in(t).nonsense() })
	t.Run("entitled act", func(t *testing.T) { k.in(t).entitledAct() })
}

// in makes what goes wrong from here on the subtest's.
func (k *walk) in(t *testing.T) *walk {
	k.world.t = t
	return k
}

// route is the pattern that a path would be answered by, "" when none.
func (k *walk) route(method, path string) string {
	req, err := http.NewRequest(method, path, nil)
	if err != nil {
		return ""
	}
	_, pattern := k.mux.Handler(req)
	_, pattern, _ = strings.Cut(pattern, " ")
	return pattern
}

// request is a route asked for a target's rows.
func (k *walk) request(r web.Route, t target) (q request, named []string, ok bool) {
	path, named, ok := k.path(r, t)
	q = request{method: r.Method, path: path, surface: r.Surface}
	if q.method == "" {
		q.method = http.MethodGet
	}
	switch {
	case q.method == http.MethodGet:
	case r.Surface == web.API:
		q.json = k.bodies.of(r, t)
	default:
		q.form = k.filled(k.forms, r, t)
	}
	if r.Pattern == "/me/leave" {
		q.form.Del("sure") // who has left walks no further
	}
	return q, named, ok
}

func reading(r web.Route) bool { return r.Method == "" || r.Method == http.MethodGet }

// followed are the topics of live pages.
func (k *walk) followed(t target) url.Values {
	return url.Values{"topic": {"need:" + t["need"], "union:" + t["union"], "union:" + k.a.union.ID, "person:" + k.a.people["contact"].ID}}
}

// entitledRead makes sure that the walk is not empty: what strangers are refused, somebody can read, and each
// planted mark is read by somebody. It collects the forms of the pages on its way.
func (k *walk) entitledRead() {
	people := append(k.entitled(), k.highest())
	for _, r := range k.table {
		if !reading(r) || r.Surface == web.Asset {
			continue
		}
		reached := ""
		for _, t := range k.targets {
			q, _, ok := k.request(r, t)
			if !ok {
				continue
			}
			for _, v := range people {
				for _, query := range []url.Values{{}, {"engagement": {t["engagement"]}}, {"union": {t["union"]}, "period": {"all"}}} {
					a := k.once(v, r, q, query, t)
					if a.status < 400 && a.good() {
						reached = v.who
						k.note(a)
						k.forms.read(a.body, func(path string) string { return k.route(http.MethodPost, path) })
					}
				}
			}
		}
		if reached == "" && !slices.Contains([]string{"/me/calendar.ics", "/signin/directory/back", "/notices/letters/confirm", "/notices/letters/stop"}, r.Pattern) { // secrets of their own open them
			k.t.Errorf("GET %s: nobody entitled gets an answer: plant what it shows, or say who may", r.Pattern)
		}
	}
	for _, m := range slices.Sorted(maps.Keys(k.marks)) {
		if !k.seen[m] {
			k.t.Errorf("nobody entitled reads %s anywhere: it guards nothing", m)
		}
	}
}

// once asks with a query, or for the topics of a target where the route is a stream.
func (k *walk) once(v *visitor, r web.Route, q request, query url.Values, t target) answer {
	if r.Surface == web.Stream {
		query = k.followed(t)
	}
	if len(query) > 0 {
		q.path += "?" + query.Encode()
	}
	a := v.ask(q)
	if a.status >= 500 {
		k.wrong(v, r, q, "%d", a.status)
	}
	return a
}

func (k *walk) note(a answer) {
	for m := range k.marks {
		if a.says(m) {
			k.seen[m] = true
		}
	}
}

// says reports whether the answer holds a mark; numbers of telephones may be written in groups.
func (a answer) says(mark string) bool {
	if strings.Trim(mark, "0123456789") == "" {
		return strings.Contains(strings.NewReplacer(" ", "", "\u00a0", "", "-", "").Replace(a.text), mark)
	}
	return strings.Contains(a.text, mark)
}

// strangersWalk asks every route for city A's rows as everybody who has no part in them.
func (k *walk) strangersWalk() {
	for _, v := range k.strangers() {
		for _, r := range k.table {
			asked := map[string]bool{}
			for i, t := range k.targets {
				q, named, ok := k.request(r, t)
				if !ok || asked[q.path] {
					continue // the same request again
				}
				asked[q.path] = true
				if reading(r) {
					k.strangerReads(v, r, q, named, t, i == 0)
				} else if !drafted[q.method+" "+r.Pattern] && (open[q.method+" "+r.Pattern] == "" || !v.signedIn()) {
					k.strangerActs(v, r, q, named)
				}
			}
		}
		k.settled()
		k.unchanged("everything", v)
	}
}

func (k *walk) strangerReads(v *visitor, r web.Route, q request, named []string, t target, thoroughly bool) {
	tried := queries(t)
	if !thoroughly || k.gate(v, r) != 0 {
		tried = tried[:1]
	} else if strings.Contains(r.Pattern, "{") {
		tried = []url.Values{{}, {"engagement": {t["engagement"]}}}
	}
	if r.Surface == web.Stream || r.Surface == web.Asset {
		tried = tried[:1]
	}
	for _, query := range tried {
		a := k.once(v, r, q, query, t)
		q := q
		q.path += "?" + query.Encode()
		k.judge(v, r, q, named, a)
		if r.Surface == web.Stream && a.status != http.StatusNoContent {
			k.wrong(v, r, q, "%d: follows topics that are not theirs", a.status)
		}
	}
}

// strangerActs sends the form with city A's rows, and again with the visitor's own in their place where they have
// some: an officer who names their own union and somebody else's person, a master who comes with their own offer.
func (k *walk) strangerActs(v *visitor, r web.Route, q request, named []string) {
	variants := []request{q}
	if q.form != nil && v.signedIn() {
		own := q
		own.form = maps.Clone(q.form)
		own.form.Set("union", v.home.beside.ID)
		if v.home == k.b {
			own.form.Set("union", v.home.county.ID)
		}
		own.form.Set("enterprise", v.home.other.ID)
		if v.home == k.b {
			own.form.Set("enterprise", v.home.firm.ID)
		}
		own.form.Set("offer", k.offerOf(v))
		variants = append(variants, own)
	}
	for _, q := range variants {
		a := v.ask(q)
		k.judge(v, r, q, named, a)
		if a.status < 400 {
			v.refresh() // it may have been a way to end the session
			k.unchanged(q.String(), v)
		}
	}
}

func (k *walk) offerOf(v *visitor) string {
	for _, o := range must[[]string](k.world)(k.offers(v.home.people["master"].ID)) {
		return o
	}
	return ""
}

// unchanged compares city A's rows with what they were, but for those of the visitor's own person.
func (k *walk) unchanged(after string, v *visitor) {
	now := k.state(k.names)
	d := slices.DeleteFunc(k.before.changes(now), func(line string) bool { return v.signedIn() && strings.Contains(line, v.person.ID) })
	if len(d) > 0 {
		k.t.Errorf("after %s as %s city A is no longer what it was:\n  %s", after, v.who, strings.Join(d, "\n  "))
	}
	k.before = now
}

// judge holds an answer to what a stranger may get.
func (k *walk) judge(v *visitor, r web.Route, q request, named []string, a answer) {
	k.t.Helper()
	if a.status >= 500 {
		k.wrong(v, r, q, "%d", a.status)
	}
	for m := range k.marks {
		if a.says(m) && !k.own(v, m) && !q.says(m) {
			k.wrong(v, r, q, "%d says %s", a.status, m)
		}
	}
	if refused := k.gate(v, r); refused != 0 {
		led := a.status == http.StatusSeeOther && toSignIn(a.location)
		if a.status != refused && !(refused == http.StatusUnauthorized && r.Surface == web.HTML && led) {
			k.wrong(v, r, q, "%d to %q: the gate %s should have refused", a.status, a.location, r.Access)
		}
		return
	}
	if r.Access != web.Public && len(named) > 0 && a.status != http.StatusNotFound && a.status != http.StatusForbidden {
		k.wrong(v, r, q, "%d to %q: neither refused nor not found", a.status, a.location)
	}
}

// says reports whether the visitor typed the mark: a form that is shown again says what was typed.
func (q request) says(mark string) bool {
	typed := q.form.Encode() + string(q.json)
	return strings.Contains(typed, mark)
}

// own reports whether a mark is the visitor's own.
func (k *walk) own(v *visitor, mark string) bool {
	return v.signedIn() && v.person.Phone.Whole() == mark
}

// gate is the status with which the gate of a route refuses the visitor, 0 where it lets them in.
func (k *walk) gate(v *visitor, r web.Route) int {
	switch r.Access {
	case web.SignedIn:
		if !v.signedIn() {
			return http.StatusUnauthorized
		}
	case web.Officer:
		if !v.signedIn() {
			return http.StatusUnauthorized
		}
		if !v.officer() {
			return http.StatusForbidden
		}
	case web.Portal:
		if v.key == "" {
			return http.StatusUnauthorized
		}
	}
	return 0
}

// nonsense asks every route for what cannot be, as somebody who may see everything.
func (k *walk) nonsense() {
	v := k.highest()
	p := &visitor{w: k.world, who: "a portal", key: k.a.key, home: k.a}
	for _, r := range k.table {
		if r.Surface == web.Asset || r.Surface == web.Stream {
			continue
		}
		who := v
		if r.Surface == web.API {
			who = p
		}
		for _, bad := range []string{"x", "01a209fd-d2e3-7ac9-9bae-e46ea2496ccf", strings.Repeat("9", 300), "\x00", "../", "'", "😀", "\xff"} {
			q, _, _ := k.request(r, k.targets[0])
			if strings.Contains(r.Pattern, "{") {
				q.path = parameter.ReplaceAllString(r.Pattern, url.PathEscape(bad))
				if a := who.ask(q); a.status >= 500 || a.status < 400 && r.Access != web.Public {
					k.wrong(who, r, q, "%d", a.status)
				}
			} else if reading(r) {
				query := url.Values{}
				for _, name := range append([]string{"before", "after", "page", "from", "to", "period", "figure", "state", "trade", "limit", "q", "next", "key"}, asked...) {
					query.Set(name, bad)
					k.once(who, r, q, url.Values{name: {bad}}, nil)
				}
				k.once(who, r, q, query, nil)
			}
		}
	}
	// What has no route is answered as its neighbours are.
	for path, kind := range map[string]string{"/nowhere": "text/html", "/console/nowhere": "text/html", "/v1/nowhere": "application/problem+json"} {
		if a := v.ask(request{method: http.MethodGet, path: path}); a.status != http.StatusNotFound || !strings.HasPrefix(a.kind, kind) {
			k.t.Errorf("GET %s: %d %s", path, a.status, a.kind)
		}
	}
}

// entitledAct makes sure that what strangers send is something: sent by those who have a part in it, no form is
// refused for who sends it.
func (k *walk) entitledAct() {
	// What takes a row away comes last.
	acts := slices.DeleteFunc(slices.Clone(k.table), func(r web.Route) bool { return reading(r) || r.Surface == web.Asset })
	slices.SortStableFunc(acts, func(x, y web.Route) int {
		return strings.Compare(strconv.FormatBool(x.Method == http.MethodDelete), strconv.FormatBool(y.Method == http.MethodDelete))
	})
	hook := k.targets[slices.IndexFunc(k.targets, func(t target) bool { return t["hook"] != "" })]["hook"]
	hooks, deliveries := k.keep("portal_hook", "id", hook), k.keep("portal_delivery", "hook_id", hook)
	for _, r := range acts {
		if r.Pattern == "/signin/directory" {
			continue // there is none here
		}
		got := []int{}
		for _, t := range k.targets {
			q, _, ok := k.request(r, t)
			if !ok {
				continue
			}
			k.restore()
			hooks() // two routes take it away
			deliveries()
			k.must(k.app.Portals.SetStatus(context.Background(), actor.Hall, k.a.portal.ID, portal.Active))
			for _, v := range k.entitled() {
				if (v.key != "") != (r.Surface == web.API) {
					continue
				}
				if r.Pattern == "/me/sessions/{session}/end" {
					q.path = "/me/sessions/" + k.sessionOf(v.person) + "/end"
				}
				got = append(got, v.ask(q).status)
			}
		}
		passed := slices.ContainsFunc(got, func(s int) bool { return s < 500 && !slices.Contains([]int{401, 403, 404, 405}, s) })
		if !passed {
			k.t.Errorf("%s %s: refused to everybody who has a part in it: %v", r.Method, r.Pattern, got)
		}
		if i := slices.IndexFunc(got, func(s int) bool { return s >= 500 }); i >= 0 {
			k.t.Errorf("%s %s: %d", r.Method, r.Pattern, got[i])
		}
	}
}
