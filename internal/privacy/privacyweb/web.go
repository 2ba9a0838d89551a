// Package privacyweb shows people their rights over their data, and officers the sensitive data of others, under a
// record, with the record itself.
package privacyweb

import (
	"context"
	"net/http"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/privacy"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/layout"
	"github.com/unionhall/unionhall/internal/web/ui"
)

// Names names people.
type Names interface {
	Names(ctx context.Context, ids []string) (map[string]string, error)
}

// Options are what the pages need.
type Options struct {
	Privacy *privacy.Service
	Names   Names
	Clock   clock.Clock
	Guard   func(web.Handler) web.Handler // asks for proof before what matters is done; nil: nobody is asked
	Ask     func(web.Handler) web.Handler // and before a page that leads to it
}

type handlers struct {
	Options
	s *privacy.Service
}

// Routes registers the pages and their navigation.
func Routes(rt *web.Router, o Options) {
	if o.Guard == nil {
		o.Guard = func(h web.Handler) web.Handler { return h }
	}
	if o.Ask == nil {
		o.Ask = o.Guard
	}
	h := &handlers{o, o.Privacy}
	rt.Page("GET /me/privacy", web.SignedIn, h.mine)
	rt.Page("POST /me/privacy/consents/{purpose}", web.SignedIn, h.decide)
	rt.Page("GET /me/privacy/fields/{field}", web.SignedIn, h.ownField)
	rt.Page("POST /me/privacy/fields/{field}", web.SignedIn, h.setOwn)
	rt.Page("POST /me/privacy/fields/{field}/show", web.SignedIn, o.Guard(h.showOwn))
	rt.Page("POST /me/privacy/fields/{field}/remove", web.SignedIn, h.removeOwn)
	rt.Page("GET /me/privacy/readings", web.SignedIn, h.ownReadings)
	rt.Page("GET /me/privacy/export", web.SignedIn, o.Ask(h.exportPage))
	rt.Page("POST /me/privacy/export", web.SignedIn, o.Guard(h.export))
	rt.Page("GET /me/privacy/erase", web.SignedIn, h.farewell)
	rt.Page("POST /me/privacy/erase", web.SignedIn, o.Guard(h.erase))
	rt.Page("POST /me/privacy/erase/recall", web.SignedIn, h.recall)

	rt.Page("GET /console/workers/{person}/private", web.Officer, h.sheet)
	rt.Page("POST /console/workers/{person}/private/show", web.Officer, o.Guard(h.show))
	rt.Page("POST /console/workers/{person}/private/identity", web.Officer, h.setIdentity)
	rt.Page("GET /console/private", web.Officer, h.desk)
	rt.Page("POST /console/private/find", web.Officer, h.find)
	rt.Page("GET /console/readings", web.Officer, h.readings)
	rt.Page("GET /console/readings.csv", web.Officer, h.readingsFile)
	rt.Nav().Add(
		layout.Entry{Key: "me-privacy", Href: "/me/privacy", Label: "privacy.title", Icon: "lock", Place: layout.Account, Order: 82},
		layout.Entry{Key: "console-private", Href: "/console/private", Label: "privacy.desk", Icon: "lock", Place: layout.Rail, Group: "hall.nav.federation", Order: 67},
		layout.Entry{Key: "console-readings", Href: "/console/readings", Label: "privacy.readings", Icon: "eye", Place: layout.Rail, Group: "hall.nav.federation", Order: 68},
	)
}

// field is the sensitive field that the path names, one that is kept here.
func field(r *http.Request) (privacy.Field, error) {
	f := privacy.Field(r.PathValue("field"))
	if f != privacy.IdentityField && f != privacy.HealthField {
		return "", fault.NoSuch()
	}
	return f, nil
}

// given is the person that the path names.
func given(r *http.Request) (string, error) {
	v := r.PathValue("person")
	if !id.Valid(v) {
		return "", fault.NoSuch()
	}
	return v, nil
}

func fieldName(ctx context.Context, f privacy.Field) string {
	return lang.T(ctx, "privacy.field."+string(f))
}

func reasonName(ctx context.Context, reason string) string {
	return lang.T(ctx, "privacy.reason."+reason)
}

// roleName is as what somebody read.
func roleName(ctx context.Context, role string) string { return lang.T(ctx, "privacy.role."+role) }

func cols(ctx context.Context, ids ...string) []ui.Col {
	out := make([]ui.Col, len(ids))
	for i, id := range ids {
		out[i] = ui.Col{Label: lang.T(ctx, id)}
	}
	return out
}

// named gives the names of everybody in readings, in one query.
func (h *handlers) named(ctx context.Context, rows []privacy.Reading) (map[string]string, error) {
	var ids []string
	seen := map[string]bool{"": true}
	for _, r := range rows {
		for _, v := range []string{r.ReaderID, r.PersonID} {
			if !seen[v] {
				seen[v] = true
				ids = append(ids, v)
			}
		}
	}
	return h.Names.Names(ctx, ids)
}

// quiet keeps a page with sensitive values out of every cache.
func quiet(w http.ResponseWriter) { w.Header().Set("Cache-Control", "no-store") }

func mine(r *http.Request) (context.Context, actor.Actor) {
	return r.Context(), actor.From(r.Context())
}
