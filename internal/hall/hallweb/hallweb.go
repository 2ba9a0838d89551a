// Package hallweb shows the hall: signing in and one's own account, masters to the public, and the
// console in which officers keep unions, officers, enterprises, masters and workers.
package hallweb

import (
	"context"
	"embed"
	"io/fs"
	"net/http"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/layout"
	"github.com/unionhall/unionhall/internal/web/upload"
)

//go:embed locale/*.json
var locale embed.FS

func init() {
	sub, err := fs.Sub(locale, "locale")
	if err != nil {
		panic(err) // the folder is part of the build
	}
	lang.Register(sub)
}

// Trade is one entry of the list of trades.
type Trade struct {
	Code  string
	Name  lang.Text
	Group lang.Text
}

// Trades names the trades that masters have.
type Trades interface {
	Trade(code string) (lang.Text, bool)
	All() []Trade // in the order in which forms offer them
}

// Deeds is what a master has done here.
type Deeds struct {
	Solved  int
	Rating  float64 // of 5; meaningless without Ratings
	Ratings int
}

// Tool is a toolbox entry that a master wrote.
type Tool struct {
	Title, Summary, Href string
}

// Record tells what masters have done. Implementations decide what the actor may see of it.
type Record interface {
	// Deeds gives what is known of each, in few queries; masters without any may be left out.
	Deeds(ctx context.Context, a actor.Actor, personIDs []string) (map[string]Deeds, error)
	// Tools gives a master's newest toolbox entries, at most limit.
	Tools(ctx context.Context, a actor.Actor, personID string, limit int) ([]Tool, error)
}

// Options are what the pages need.
type Options struct {
	Hall     *hall.Service
	Sessions *Sessions
	Clock    clock.Clock
	Trades   Trades
	Files    upload.Blobs                 // keeps what is handed in
	Record   Record                       // nil: profiles tell nothing of it
	Home     func(actor.Actor) string     // where signing in leads; nil: "/"
	Ask      func(hall.Master) string     // where whoever speaks for an enterprise asks this master; nil: nowhere
	Post     func(hall.Enterprise) string // where an officer posts a need for this enterprise; nil: nowhere
}

type handlers struct {
	Options
	s     *hall.Service
	proof *Proof
	shelf *upload.Shelf
}

// Routes registers the pages and their navigation.
func Routes(rt *web.Router, o Options) {
	h := &handlers{Options: o, s: o.Hall, proof: NewProof(o.Hall, o.Sessions), shelf: upload.NewShelf(o.Files)}
	if h.Home == nil {
		h.Home = func(actor.Actor) string { return "/" }
	}
	if h.Record == nil {
		h.Record = noRecord{}
	}
	rt.Page("GET /signin", web.Public, h.signInPage)
	rt.Page("POST /signin", web.Public, h.signIn)
	rt.Page("POST /signout", web.Public, h.signOut)
	rt.Page("GET /signin/code", web.Public, h.askCodePage)
	rt.Page("POST /signin/code", web.Public, h.askCode)
	rt.Page("GET /signin/code/enter", web.Public, h.enterCodePage)
	rt.Page("POST /signin/code/enter", web.Public, h.enterCode)
	rt.Page("GET /signin/password", web.Public, h.newPasswordPage)
	rt.Page("POST /signin/password", web.Public, h.setNewPassword)
	rt.Page("POST /me/proof", web.SignedIn, h.proof.answer)
	h.passkeyRoutes(rt)
	h.phoneRoutes(rt)
	rt.Page("POST /signin/directory", web.Public, h.toDirectory)
	rt.Page("GET /signin/directory/back", web.Public, h.fromDirectory)
	rt.Page("GET /me", web.SignedIn, h.me)
	rt.Page("POST /me/language", web.SignedIn, h.setLang)
	rt.Page("GET /me/sessions", web.SignedIn, h.sessions)
	rt.Page("POST /me/sessions/end-others", web.SignedIn, h.proof.Guard(h.endOthers))
	rt.Page("POST /me/sessions/{session}/end", web.SignedIn, h.endSession)
	rt.Page("GET /me/password", web.SignedIn, h.passwordPage)
	rt.Page("POST /me/password", web.SignedIn, h.changePassword)
	rt.Page("GET /me/master", web.SignedIn, h.ownMaster)
	rt.Page("POST /me/master", web.SignedIn, h.keepMaster)

	rt.Page("GET /masters", web.Public, h.masters)
	rt.Page("GET /masters/{person}", web.Public, h.master)

	rt.Page("GET /console/unions", web.Officer, h.unions)
	rt.Page("GET /console/unions/new", web.Officer, h.newUnion)
	rt.Page("POST /console/unions", web.Officer, h.createUnion)
	rt.Page("GET /console/unions/{union}/name", web.Officer, h.nameUnion)
	rt.Page("POST /console/unions/{union}/name", web.Officer, h.renameUnion)
	rt.Page("GET /console/unions/{union}/move", web.Officer, h.moveUnionPage)
	rt.Page("POST /console/unions/{union}/move", web.Officer, h.proof.Guard(h.moveUnion))
	rt.Page("GET /console/officers", web.Officer, h.officers)
	rt.Page("GET /console/officers/new", web.Officer, h.newOfficer)
	rt.Page("POST /console/officers/check", web.Officer, h.checkOfficer)
	rt.Page("POST /console/officers", web.Officer, h.proof.Guard(h.giveGrant))
	rt.Page("POST /console/officers/{grant}/withdraw", web.Officer, h.proof.Guard(h.withdrawGrant))
	rt.Page("GET /console/audits", web.Officer, h.audits)
	rt.Page("GET /console/enterprises", web.Officer, h.enterprises)
	rt.Page("GET /console/enterprises/new", web.Officer, h.newEnterprise)
	rt.Page("POST /console/enterprises", web.Officer, h.createEnterprise)
	rt.Page("GET /console/enterprises/{enterprise}", web.Officer, h.enterprise)
	rt.Page("POST /console/enterprises/{enterprise}/contacts", web.Officer, h.addContact)
	rt.Page("GET /console/enterprises/{enterprise}/contacts/{contact}/remove", web.Officer, h.removeContactPage)
	rt.Page("POST /console/enterprises/{enterprise}/contacts/{contact}/remove", web.Officer, h.removeContact)
	rt.Page("POST /console/enterprises/{enterprise}/contacts/{contact}/restore", web.Officer, h.restoreContact)
	rt.Page("GET /console/enterprises/{enterprise}/close", web.Officer, h.closeEnterprisePage)
	rt.Page("POST /console/enterprises/{enterprise}/close", web.Officer, h.closeEnterprise)
	rt.Page("POST /console/enterprises/{enterprise}/reopen", web.Officer, h.reopenEnterprise)
	rt.Page("GET /console/enterprises/{enterprise}/verify", web.Officer, h.verifyEnterprisePage)
	rt.Page("POST /console/enterprises/{enterprise}/verify", web.Officer, h.verifyEnterprise)
	rt.Page("GET /console/masters", web.Officer, h.mastersIn)
	rt.Page("GET /console/masters/new", web.Officer, h.newMaster)
	rt.Page("POST /console/masters", web.Officer, h.createMaster)
	rt.Page("GET /console/workers", web.Officer, h.workers)
	rt.Page("GET /console/workers/{person}", web.Officer, h.worker)
	rt.Page("POST /console/workers/{person}/password", web.Officer, h.proof.Guard(h.handOut))
	h.joinRoutes(rt)
	h.documentRoutes(rt)
	h.honourRoutes(rt)
	navigation(rt.Nav())
}

func navigation(nav *layout.Nav) {
	const group = "hall.nav.federation"
	nav.Add(
		layout.Entry{Key: "masters", Href: "/masters", Label: "hall.nav.masters", Icon: "award", Place: layout.Bottom, Order: 20},
		layout.Entry{Key: "me", Href: "/me", Label: "hall.nav.me", Icon: "user", Place: layout.Account, Order: 10},
		layout.Entry{Key: "own-master", Href: "/me/master", Label: "hall.nav.own-master", Icon: "calendar-days", Place: layout.Account, Order: 20,
			Show: func(a actor.Actor) bool { return a.Master }},
		layout.Entry{Key: "membership", Href: "/me/membership", Label: "hall.nav.membership", Icon: "user-check", Place: layout.Account, Order: 15},
		layout.Entry{Key: "me-sessions", Href: "/me/sessions", Label: "hall.nav.sessions", Icon: "monitor", Place: layout.Account, Order: 80},
		layout.Entry{Key: "console-unions", Href: "/console/unions", Label: "hall.nav.unions", Icon: "network", Place: layout.Rail, Group: group, Order: 60},
		layout.Entry{Key: "console-enterprises", Href: "/console/enterprises", Label: "hall.nav.enterprises", Icon: "building-2", Place: layout.Rail, Group: group, Order: 61},
		layout.Entry{Key: "console-masters", Href: "/console/masters", Label: "hall.nav.masters", Icon: "award", Place: layout.Rail, Group: group, Order: 62},
		layout.Entry{Key: "console-workers", Href: "/console/workers", Label: "hall.nav.workers", Icon: "users", Place: layout.Rail, Group: group, Order: 63},
		layout.Entry{Key: "console-joining", Href: "/console/joining", Label: "hall.nav.joining", Icon: "user-plus", Place: layout.Rail, Group: group, Order: 63},
		layout.Entry{Key: "console-officers", Href: "/console/officers", Label: "hall.nav.officers", Icon: "shield-check", Place: layout.Rail, Group: group, Order: 64},
		layout.Entry{Key: "console-audits", Href: "/console/audits", Label: "hall.nav.audits", Icon: "history", Place: layout.Rail, Group: group, Order: 65},
	)
}

type noRecord struct{}

func (noRecord) Deeds(context.Context, actor.Actor, []string) (map[string]Deeds, error) {
	return nil, nil
}

func (noRecord) Tools(context.Context, actor.Actor, string, int) ([]Tool, error) { return nil, nil }

// given is an identifier in the path; what cannot be one names nothing.
func given(r *http.Request, name string) (string, error) {
	v := r.PathValue(name)
	if !id.Valid(v) {
		return "", fault.NoSuch()
	}
	return v, nil
}

// asked is an identifier in the query, "" when there is none.
func asked(r *http.Request, name string) (string, error) {
	v := r.URL.Query().Get(name)
	if v != "" && !id.Valid(v) {
		return "", fault.NoSuch()
	}
	return v, nil
}

// search reads what every list of the console takes.
func search(r *http.Request) hall.Search {
	q := r.URL.Query()
	return hall.Search{Words: q.Get("q"), Page: hall.Page{After: q.Get("after"), Limit: 50}}
}

// scope is the union that a list of the console is about.
func (h *handlers) scope(r *http.Request) (hall.Union, error) {
	unionID, err := asked(r, "union")
	if err != nil {
		return hall.Union{}, err
	}
	return h.s.Scope(r.Context(), actor.From(r.Context()), unionID)
}

// formUnion is the union that a form names; what cannot be one names nothing.
func formUnion(f *web.Form) (string, error) {
	v := f.Get("union")
	if !id.Valid(v) {
		return "", fault.NoSuch()
	}
	return v, nil
}

// again reports whether a form is to be shown again with the error: the input was wrong, or it met
// something that is taken.
func again(err error) (*fault.Error, bool) {
	f, ok := faultOf(err)
	return f, ok && (f.Code == fault.Invalid || f.Code == fault.Conflict || f.Code == fault.TooLarge)
}
