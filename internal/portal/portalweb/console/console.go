// Package console lets whoever leads a union manage its partner portals: their keys, their hooks, and what went over them.
package console

import (
	"context"
	"embed"
	"io/fs"
	"net/http"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/portal"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/layout"
	"github.com/unionhall/unionhall/internal/web/ui"
)

//go:embed locale/*.json
var messages embed.FS

func init() {
	sub, err := fs.Sub(messages, "locale")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	lang.Register(sub)
}

// Unions names unions.
type Unions interface {
	// UnionNames gives the names of those that exist.
	UnionNames(ctx context.Context, ids []string) (map[string]lang.Text, error)
	// Leads gives the unions that an actor may make a portal for, from the top of what they lead.
	Leads(ctx context.Context, a actor.Actor) ([]Union, error)
}

// Union is one that can answer for a portal.
type Union struct {
	ID   string
	Name lang.Text
}

// Deps are what the pages need.
type Deps struct {
	Portals *portal.Service
	Unions  Unions
	Clock   clock.Clock
	// Guard asks who somebody is once more before they get what opens the API to whoever has it.
	Guard func(web.Handler) web.Handler
}

type handlers struct{ Deps }

// Register adds the pages and their navigation.
func Register(rt *web.Router, d Deps) {
	h := &handlers{d}
	rt.Page("GET /console/portals", web.Officer, h.list)
	rt.Page("GET /console/portals/new", web.Officer, h.newPage)
	rt.Page("POST /console/portals", web.Officer, d.Guard(h.add))
	rt.Page("GET /console/portals/{portal}", web.Officer, h.page)
	rt.Page("POST /console/portals/{portal}/status", web.Officer, d.Guard(h.status))
	rt.Page("POST /console/portals/{portal}/keys", web.Officer, d.Guard(h.addKey))
	rt.Page("POST /console/portals/{portal}/keys/{key}/revoke", web.Officer, h.revoke)
	rt.Page("POST /console/portals/{portal}/hooks", web.Officer, d.Guard(h.addHook))
	rt.Page("GET /console/portals/{portal}/hooks/{hook}", web.Officer, h.hook)
	rt.Page("POST /console/portals/{portal}/hooks/{hook}/drop", web.Officer, h.dropHook)
	rt.Page("POST /console/portals/{portal}/hooks/{hook}/resume", web.Officer, h.resumeHook)
	rt.Page("POST /console/portals/{portal}/hooks/{hook}/deliveries/{delivery}/redeliver", web.Officer, h.redeliver)
	rt.Nav().Add(layout.Entry{Key: "console-portals", Href: "/console/portals", Label: "console.portals.title", Icon: "plug", Place: layout.Rail,
		Group: "hall.nav.federation", Order: 80, Show: leads})
}

func leads(a actor.Actor) bool {
	for _, g := range a.Grants {
		if g.Role == actor.Lead {
			return true
		}
	}
	return false
}

// given is an identifier in the path; what cannot be one names nothing.
func given(r *http.Request, name string) (string, error) {
	v := r.PathValue(name)
	if !id.Valid(v) {
		return "", fault.NoSuch()
	}
	return v, nil
}

// listed is the list of portals.
type listed struct {
	Portals []portal.Portal
	Unions  map[string]lang.Text
}

func (h *handlers) list(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if !leads(actor.From(ctx)) {
		return fault.Refused()
	}
	found, err := h.Portals.List(ctx, actor.From(ctx))
	if err != nil {
		return err
	}
	v := listed{Portals: found}
	var ids []string
	for _, p := range found {
		ids = append(ids, p.UnionID)
	}
	if v.Unions, err = h.Unions.UnionNames(ctx, ids); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, listPage(v))
}

// draft is a new portal as typed.
type draft struct {
	Name, UnionID, Rate string
	Scopes              []string
	Unions              []Union
}

func (h *handlers) newPage(w http.ResponseWriter, r *http.Request) error {
	d, err := h.draft(r.Context())
	if err != nil {
		return err
	}
	d.Scopes = portal.AllScopes
	return web.Render(w, r, http.StatusOK, newPage(d, ui.Errors{}))
}

// draft has the unions to choose from; who leads none has no use for the form.
func (h *handlers) draft(ctx context.Context) (d draft, err error) {
	d.Unions, err = h.Unions.Leads(ctx, actor.From(ctx))
	if err == nil && len(d.Unions) == 0 {
		err = fault.Refused()
	}
	return d, err
}

func (h *handlers) add(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	if !id.Valid(f.Get("union")) {
		return fault.NoSuch()
	}
	var c fault.Check
	rate := f.Int("rate", &c)
	p, err := portal.Portal{}, c.Err()
	if err == nil {
		p, err = h.Portals.Add(ctx, actor.From(ctx), portal.Draft{Name: f.Get("name"), UnionID: f.Get("union"), Scopes: f.All("scopes"), RatePerMinute: rate})
	}
	if e, ok := web.FormErrors(ctx, err); ok {
		d, err := h.draft(ctx)
		if err != nil {
			return err
		}
		d.Name, d.UnionID, d.Rate, d.Scopes = f.Get("name"), f.Get("union"), f.Get("rate"), f.All("scopes")
		return web.Render(w, r, http.StatusUnprocessableEntity, newPage(d, e))
	}
	if err != nil {
		return err
	}
	web.Flash(ctx, "console.portals.added", "name", p.Name)
	return web.Redirect(w, r, "/console/portals/"+p.ID)
}

// one is one portal with all that belongs to it.
type one struct {
	Portal portal.Portal
	Union  lang.Text
	Keys   []portal.Key
	Hooks  []portal.Hook
	Topics []portal.Topic // that its scopes allow
	Now    time.Time
	URL    string // of a hook as typed
	Days   string // of a key as typed
	Events []string

	KeyErrors, HookErrors ui.Errors // of the two forms
}

func (h *handlers) one(r *http.Request) (v one, err error) {
	ctx, a := r.Context(), actor.From(r.Context())
	portalID, err := given(r, "portal")
	if err != nil {
		return v, err
	}
	if v.Keys, err = h.Portals.Keys(ctx, a, portalID); err != nil { // for who manages it only
		return v, err
	}
	if v.Portal, err = h.Portals.Portal(ctx, a, portalID); err != nil {
		return v, err
	}
	if v.Hooks, err = h.Portals.Hooks(ctx, a, portalID); err != nil {
		return v, err
	}
	names, err := h.Unions.UnionNames(ctx, []string{v.Portal.UnionID})
	if err != nil {
		return v, err
	}
	for _, t := range h.Portals.Topics() {
		if v.Portal.May(t.Scope) {
			v.Topics = append(v.Topics, t)
		}
	}
	v.Union, v.Now = names[v.Portal.UnionID], h.Clock.Now()
	return v, nil
}

func (h *handlers) page(w http.ResponseWriter, r *http.Request) error {
	v, err := h.one(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, portalPage(v))
}

// again shows the page with what is wrong in one of its forms.
func (h *handlers) again(w http.ResponseWriter, r *http.Request, f *web.Form, keys, hooks ui.Errors) error {
	v, err := h.one(r)
	if err != nil {
		return err
	}
	v.URL, v.Days, v.Events = f.Get("url"), f.Get("days"), f.All("events")
	v.KeyErrors, v.HookErrors = keys, hooks
	return web.Render(w, r, http.StatusUnprocessableEntity, portalPage(v))
}

func (h *handlers) status(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	portalID, err := given(r, "portal")
	if err != nil {
		return err
	}
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	to := portal.Status(f.Get("status"))
	if err := h.Portals.SetStatus(ctx, actor.From(ctx), portalID, to); err != nil {
		return err
	}
	web.Flash(ctx, "console.portals.now."+string(to))
	return web.Redirect(w, r, "/console/portals/"+portalID)
}

// mostDays is the longest that a key of a given life may be good.
const mostDays = 3650

func (h *handlers) addKey(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	portalID, err := given(r, "portal")
	if err != nil {
		return err
	}
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	var c fault.Check
	days := f.Int("days", &c)
	c.That(days >= 0 && days <= mostDays, "days", "console.portals.days.range", "max", mostDays)
	if e, ok := web.FormErrors(ctx, c.Err()); ok {
		return h.again(w, r, f, e, ui.Errors{})
	}
	var expires time.Time
	if days > 0 {
		expires = h.Clock.Now().AddDate(0, 0, days)
	}
	_, text, err := h.Portals.AddKey(ctx, actor.From(ctx), portalID, expires)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return web.Render(w, r, http.StatusOK, oncePage(once{PortalID: portalID, Title: "console.portals.key.made", Label: "console.portals.key", Secret: text}))
}

func (h *handlers) revoke(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	portalID, err := given(r, "portal")
	if err != nil {
		return err
	}
	keys, err := h.Portals.Keys(ctx, actor.From(ctx), portalID)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if k.ID != r.PathValue("key") {
			continue
		}
		if err := h.Portals.Revoke(ctx, actor.From(ctx), k.ID); err != nil {
			return err
		}
		web.Flash(ctx, "console.portals.key.revoked")
		return web.Redirect(w, r, "/console/portals/"+portalID)
	}
	return fault.NoSuch()
}

func (h *handlers) addHook(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	portalID, err := given(r, "portal")
	if err != nil {
		return err
	}
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	_, secret, err := h.Portals.AddHook(ctx, actor.From(ctx), portalID, f.Get("url"), f.All("events"))
	if e, ok := web.FormErrors(ctx, err); ok {
		return h.again(w, r, f, ui.Errors{}, e)
	}
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return web.Render(w, r, http.StatusOK, oncePage(once{PortalID: portalID, Title: "console.portals.hook.made", Label: "console.portals.hook.secret", Secret: secret.Reveal()}))
}

// once is what is shown this once.
type once struct{ PortalID, Title, Label, Secret string }

// sentOver is a hook with its log.
type sentOver struct {
	Portal portal.Portal
	Hook   portal.Hook
	Log    portal.DeliveryPage
	Now    time.Time
}

// logPage is how many deliveries a page of the log holds.
const logPage = 30

func (h *handlers) hook(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actor.From(r.Context())
	portalID, hookID, err := hookOf(r)
	if err != nil {
		return err
	}
	v := sentOver{Now: h.Clock.Now()}
	if v.Portal, err = h.Portals.Portal(ctx, a, portalID); err != nil {
		return err
	}
	hooks, err := h.Portals.Hooks(ctx, a, portalID)
	if err != nil {
		return err
	}
	for _, k := range hooks {
		if k.ID == hookID {
			v.Hook = k
		}
	}
	after := r.URL.Query().Get("before")
	if after != "" && !id.Valid(after) {
		return fault.NoSuch()
	}
	if v.Log, err = h.Portals.Deliveries(ctx, a, portalID, hookID, after, logPage); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, hookPage(v))
}

func hookOf(r *http.Request) (portalID, hookID string, err error) {
	if portalID, err = given(r, "portal"); err == nil {
		hookID, err = given(r, "hook")
	}
	return portalID, hookID, err
}

func (h *handlers) dropHook(w http.ResponseWriter, r *http.Request) error {
	portalID, hookID, err := hookOf(r)
	if err != nil {
		return err
	}
	if err := h.Portals.DropHook(r.Context(), actor.From(r.Context()), portalID, hookID); err != nil {
		return err
	}
	web.Flash(r.Context(), "console.portals.hook.dropped")
	return web.Redirect(w, r, "/console/portals/"+portalID)
}

func (h *handlers) resumeHook(w http.ResponseWriter, r *http.Request) error {
	portalID, hookID, err := hookOf(r)
	if err != nil {
		return err
	}
	if err := h.Portals.ResumeHook(r.Context(), actor.From(r.Context()), portalID, hookID); err != nil {
		return err
	}
	web.Flash(r.Context(), "console.portals.hook.resumed")
	return web.Redirect(w, r, "/console/portals/"+portalID+"/hooks/"+hookID)
}

func (h *handlers) redeliver(w http.ResponseWriter, r *http.Request) error {
	portalID, hookID, err := hookOf(r)
	if err != nil {
		return err
	}
	deliveryID, err := given(r, "delivery")
	if err != nil {
		return err
	}
	if err := h.Portals.Redeliver(r.Context(), actor.From(r.Context()), portalID, hookID, deliveryID); err != nil {
		return err
	}
	web.Flash(r.Context(), "console.portals.sent-again")
	return web.Redirect(w, r, "/console/portals/"+portalID+"/hooks/"+hookID)
}
