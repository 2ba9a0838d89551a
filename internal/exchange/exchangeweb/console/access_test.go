package console_test

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/exchange/exchangetest"
	"github.com/unionhall/unionhall/internal/web"
)

// Every route of the console, walked from the routing table: what a sister union's officer asks for by path or by
// parameter is refused, whoever adds a route must say here how it is asked for.
func TestSisterUnionsAreRefusedOnEveryRoute(t *testing.T) {
	w := newWorld(t)
	n := w.Post(t, exchangetest.Turning())
	offer := w.OfferOf(t, w.Near).ID
	k := w.kindOf(w.LeadA, "kind-of-a", cityA)
	kindForm := controls(t, w.page(w.LeadA, "/console/kinds/"+k.ID), "#kind-form")
	kindForm.Set("do", "save")

	// The requests that concern what is A's, for each route; with what may come back to an officer of B.
	foreign := map[string][]*httptest.ResponseRecorder{}
	ask := func(route string, rec *httptest.ResponseRecorder) { foreign[route] = append(foreign[route], rec) }
	for _, path := range []string{"/console", "/console/desk", "/console/needs", "/console/needs.xlsx", "/console/figures", "/console/figures.xlsx", "/console/kinds"} {
		for _, u := range []string{cityA, countyA, prov, nation} {
			ask("GET "+path, w.get(w.ClerkB, query(path, "union", u)))
			ask("GET "+path, w.get(w.ClerkB, query(path, "union", u, "from", "x"))) // not even its faults
		}
		ask("GET "+path, w.get(w.ClerkB, query(path, "union", "no-such")))
	}
	ask("GET /console/needs/{need}/assign", w.get(w.ClerkB, "/console/needs/"+n.ID+"/assign"))
	ask("GET /console/needs/{need}/assign", w.get(w.ClerkB, query("/console/needs/"+n.ID+"/assign", "master", "林")))
	ask("GET /console/needs/{need}/assign", w.get(w.ClerkB, "/console/needs/none/assign"))
	ask("POST /console/needs/{need}/assign", w.post(w.ClerkB, "/console/needs/"+n.ID+"/assign", values("offer", offer)))
	leadB := exchangetest.Officer("lead-b", actor.Lead, cityB)
	w.who["lead-b"] = leadB
	ask("GET /console/kinds/new", w.get(w.ClerkB, "/console/kinds/new")) // leads nothing
	ask("GET /console/kinds/new", w.get(leadB, "/console/kinds/new?from="+k.ID))
	other := clone(kindForm)
	other.Set("id", "kind-of-b")
	other.Set("union", cityA)
	ask("POST /console/kinds/new", w.post(leadB, "/console/kinds/new", other))
	ask("POST /console/kinds/new", w.post(w.ClerkB, "/console/kinds/new", other))
	ask("GET /console/kinds/{kind}", w.get(leadB, "/console/kinds/"+k.ID))
	ask("POST /console/kinds/{kind}", w.post(leadB, "/console/kinds/"+k.ID, kindForm))
	ask("POST /console/kinds/{kind}", w.post(leadB, "/console/kinds/expert-visit", kindForm))
	ask("POST /console/kinds/{kind}/status", w.post(leadB, "/console/kinds/"+k.ID+"/status", values("status", "open", "version", "1")))
	ask("POST /console/kinds/{kind}/status", w.post(leadB, "/console/kinds/expert-visit/status", values("status", "retired", "version", "1")))

	for _, r := range w.rt.Routes() {
		if !strings.HasPrefix(r.Pattern, "/console") {
			continue
		}
		if r.Access != web.Officer {
			t.Errorf("%s %s is open to %s", r.Method, r.Pattern, r.Access)
		}
		route := r.Method + " " + r.Pattern
		if len(foreign[route]) == 0 {
			t.Errorf("%s: nobody asks whether it refuses sister unions", route)
		}
		for i, rec := range foreign[route] {
			if rec.Code != 403 && rec.Code != 404 {
				t.Errorf("%s, request %d: %d", route, i, rec.Code)
			}
			if body := rec.Body.String(); strings.Contains(body, n.Title) || strings.Contains(body, "海沧精密机械") {
				t.Errorf("%s, request %d tells of the other's needs", route, i)
			}
		}
	}
	for _, u := range []string{cityA, countyA, prov, nation} {
		if rec := w.get(w.ClerkB, query("/console", "union", u)); rec.Code != 403 {
			t.Errorf("a union that is not theirs is refused, not unknown: %d", rec.Code)
		}
	}
	if c, _, err := w.Service.Case(t.Context(), w.ClerkA, n.ID); err != nil || len(c.Engagements) != 0 {
		t.Errorf("the need has changed: %+v %v", c, err)
	}
	if now, err := w.Service.Kind(w.LeadA, k.ID); err != nil || now.Version != 1 || now.Status != exchange.KindDraft {
		t.Errorf("the kind has changed: %+v %v", now, err)
	}
}

func TestWithoutParametersOfficersSeeTheirOwnOnly(t *testing.T) {
	w := newWorld(t)
	n := w.Post(t, exchangetest.Turning())
	for _, path := range []string{"/console", "/console/needs", "/console/figures", "/console/needs?q=" + url.QueryEscape(n.Title)} {
		w.page(w.ClerkB, path).MustNotHave("main a", n.Title)
	}
	w.page(w.ClerkA, "/console/needs").MustHave("main a", n.Title)
}

func TestOnlyOfficersEnter(t *testing.T) {
	w := newWorld(t)
	for _, a := range []actor.Actor{w.Firm, w.Near, {}} {
		for _, r := range w.rt.Routes() {
			if !strings.HasPrefix(r.Pattern, "/console") {
				continue
			}
			path := strings.NewReplacer("{need}", "x", "{kind}", "expert-visit").Replace(r.Pattern)
			rec := w.do(a, httptest.NewRequestWithContext(t.Context(), r.Method, path, nil))
			if a.ID != "" && rec.Code != 403 || a.ID == "" && (rec.Code != 303 || !strings.HasPrefix(rec.Header().Get("Location"), "/signin")) {
				t.Errorf("%s %s as %q: %d", r.Method, r.Pattern, a.ID, rec.Code)
			}
		}
	}
}

// An auditor sees what a clerk of the same union sees, and no button that acts.
func TestAuditorsSeeEverythingAndActOnNothing(t *testing.T) {
	w := newWorld(t)
	w.seed(60)
	n := w.Post(t, exchangetest.Turning())
	for _, path := range []string{"/console", "/console/needs", "/console/figures", "/console/kinds", "/console/kinds/expert-visit", "/console/needs/" + n.ID + "/assign"} {
		doc := w.page(w.Auditor, path)
		doc.MustNotHave("main form[method=post]")
		doc.MustNotHave("main a[href*=/assign]")
		doc.MustNotHave("main a[href*=/kinds/new]")
	}
	clerk, auditor := w.page(w.ClerkA, "/console/needs"), w.page(w.Auditor, "/console/needs")
	if a, b := len(clerk.Select("tbody tr")), len(auditor.Select("tbody tr")); a != b || a == 0 {
		t.Errorf("the clerk sees %d rows, the auditor %d", a, b)
	}
}
