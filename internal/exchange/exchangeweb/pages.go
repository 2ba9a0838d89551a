// Package exchangeweb shows the exchange to enterprises, masters, workers and the public, and to officers
// where they look at one need: the front page, needs, engagements, offers, the toolbox, calendars.
//
// Forms come from a kind's data, so that a kind made at run time has its pages at once. Who may do what is
// decided by the service; a page shows a button only where the service would let it be pressed.
package exchangeweb

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"net/http"
	"sync"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/layout"
	"github.com/unionhall/unionhall/internal/web/ui"
	"github.com/unionhall/unionhall/internal/web/upload"
)

//go:embed locale/*.json
var locale embed.FS

func init() {
	sub, err := fs.Sub(locale, "locale")
	if err != nil {
		panic("exchangeweb: " + err.Error()) // the folder is embedded above
	}
	lang.Register(sub)
}

// Names is what the pages ask the hall about people and firms. Each method answers for all that are asked in
// one go; what does not exist is left out.
type Names interface {
	People(ctx context.Context, ids []string) (map[string]Person, error)
	Firms(ctx context.Context, ids []string) (map[string]Firm, error)
	// Contacts gives the persons who speak for the enterprises.
	Contacts(ctx context.Context, firmIDs []string) (map[string][]string, error)
	Masters(ctx context.Context, ids []string) (map[string]Master, error)
	CountMasters(ctx context.Context) (int, error)
}

// Person is somebody by name.
type Person struct{ Name string }

// Firm is an enterprise. Spot has its point and its address.
type Firm struct {
	Name      string
	UnionPath string
	Spot      exchange.Spot
	Closed    bool // no longer in business
}

// Master is a master's card.
type Master struct {
	Name    string
	Title   string // 高级技师
	City    string
	Honours []string
}

// Unions names the unions of the tree, and the places one can choose from: cities and counties with a point.
type Unions interface {
	Name(path string) lang.Text
	Places() []Place
}

// Place is a city or county that a form offers, by the name of its union; Group is that of the city it lies in.
type Place struct {
	Path  string
	Name  lang.Text
	Group lang.Text
	Lat   float64
	Lng   float64
}

// Blobs keeps the bytes of files; blob.Store does.
type Blobs = upload.Blobs

// Deps are what the pages need from the application.
type Deps struct {
	Exchange *exchange.Service
	Names    Names
	Unions   Unions
	Blobs    Blobs
	Clock    clock.Clock
	// Numbers gives the telephone numbers of others, as their owners write them, to an actor who takes part in the
	// engagement, and keeps a record of it; nil: none are shown.
	Numbers func(ctx context.Context, a actor.Actor, personIDs []string, engagementID string) (map[string]string, error)
	// Secret signs the addresses of personal calendars; without it, or without Actor, there are none.
	Secret []byte
	// Actor gives a person as an actor, for a calendar that is fetched without a session.
	Actor func(ctx context.Context, personID string) (actor.Actor, error)
	// BaseURL is where the hall is reached, "https://hall.example.org"; "" takes it from the request.
	BaseURL string
	// Console is where officers work; "/console" when empty.
	Console string
}

// Pages are the handlers.
type Pages struct {
	Deps
	shelf *upload.Shelf

	mu     sync.Mutex
	public publicFigures
	read   time.Time
}

// New makes the pages.
func New(d Deps) *Pages {
	if d.Console == "" {
		d.Console = "/console"
	}
	return &Pages{Deps: d, shelf: upload.NewShelf(d.Blobs)}
}

// Topic is the live topic of everything that happens to a need. Those who may see its case may follow it.
func Topic(needID string) string { return "need:" + needID }

// Register registers every route and the entries of the navigation.
func (p *Pages) Register(rt *web.Router) {
	const need, engagement = "/needs/{need}", "/needs/{need}/engagements/{engagement}"
	rt.Page("GET /{$}", web.Public, p.home)
	rt.Page("GET /needs", web.SignedIn, p.needs)
	rt.Page("POST /needs", web.SignedIn, p.post)
	rt.Page("GET /needs/new", web.SignedIn, p.newNeed)
	rt.Page("GET /needs/ask", web.SignedIn, p.ask)
	rt.Page("GET "+need, web.SignedIn, p.need)
	rt.Page("GET "+need+"/answers", web.SignedIn, p.answers)
	rt.Page("GET "+need+"/edit", web.SignedIn, p.editNeed)
	rt.Page("POST "+need+"/edit", web.SignedIn, p.saveNeed)
	rt.Page("POST "+need+"/withdraw", web.SignedIn, p.withdraw)
	rt.Page("POST "+need+"/invite", web.SignedIn, p.invite)
	rt.Page("POST "+need+"/accept", web.SignedIn, p.accept)
	rt.Page("GET "+need+"/files/{file}", web.SignedIn, p.file)

	rt.Page("GET "+engagement, web.SignedIn, p.engagement)
	rt.Page("GET "+engagement+"/thread", web.SignedIn, p.thread)
	rt.Page("GET "+engagement+"/progress", web.SignedIn, p.progress)
	rt.Page("POST "+engagement+"/messages", web.SignedIn, p.say)
	rt.Page("POST "+engagement+"/decline", web.SignedIn, p.decline)
	rt.Page("POST "+engagement+"/leave", web.SignedIn, p.leave)
	rt.Page("POST "+engagement+"/visits", web.SignedIn, p.proposeVisit)
	rt.Page("POST "+engagement+"/visits/{visit}/agree", web.SignedIn, p.agreeVisit)
	rt.Page("POST "+engagement+"/visits/{visit}/cancel", web.SignedIn, p.cancelVisit)
	rt.Page("POST "+engagement+"/visits/{visit}/confirm", web.SignedIn, p.confirmVisit)
	rt.Page("GET "+engagement+"/visits/{visit}/calendar.ics", web.SignedIn, p.visitCalendar)
	rt.Page("POST "+engagement+"/close", web.SignedIn, p.close)
	rt.Page("POST "+engagement+"/tool", web.SignedIn, p.writeTool)
	rt.Page("POST "+engagement+"/followups/{days}", web.SignedIn, p.answerFollowUp)

	rt.Page("GET /work", web.SignedIn, p.work)
	rt.Page("GET /offers", web.SignedIn, p.offers)
	rt.Page("GET /offers/{kind}", web.SignedIn, p.offer)
	rt.Page("POST /offers/{kind}", web.SignedIn, p.saveOffer)

	rt.Page("GET /toolbox", web.Public, p.toolbox)
	rt.Page("GET /toolbox/{tool}", web.Public, p.tool)
	rt.Page("POST /toolbox/{tool}/helped", web.SignedIn, p.helped)
	rt.Page("GET /toolbox/{tool}/edit", web.SignedIn, p.editTool)
	rt.Page("POST /toolbox/{tool}/edit", web.SignedIn, p.saveTool)

	rt.Page("GET /me/calendar.ics", web.Public, p.calendar)
	rt.Mount(script, web.Route{Method: "GET", Pattern: script.Path, Access: web.Public, Surface: web.Asset})
	navigation(rt.Nav())
}

func navigation(nav *layout.Nav) {
	nav.Add(
		layout.Entry{Key: "home", Href: "/", Label: "exchange.nav.home", Icon: "house", Order: 0},
		layout.Entry{Key: "needs", Href: "/needs", Label: "exchange.nav.needs", Icon: "clipboard-list", Order: 10,
			Show: func(a actor.Actor) bool { return len(a.Enterprises) > 0 }},
		layout.Entry{Key: "work", Href: "/work", Label: "exchange.nav.work", Icon: "hammer", Order: 15, Show: works},
		layout.Entry{Key: "toolbox", Href: "/toolbox", Label: "exchange.nav.toolbox", Icon: "toolbox", Order: 30},
		layout.Entry{Key: "offers", Href: "/offers", Label: "exchange.nav.offers", Icon: "handshake", Place: layout.Account, Order: 25, Show: works},
	)
}

// works reports whether somebody is shown the pages of those who offer: masters, and workers, who may become
// one; contacts and officers have pages of their own.
func works(a actor.Actor) bool {
	return a.Master || a.SignedIn() && len(a.Enterprises) == 0 && !a.Officer()
}

// given is an identifier in the path; what cannot be one names nothing.
func given(r *http.Request, name string) (string, error) {
	v := r.PathValue(name)
	if !id.Valid(v) {
		return "", fault.NoSuch()
	}
	return v, nil
}

// faultOf takes the fault out of an error.
func faultOf(err error) (*fault.Error, bool) {
	var f *fault.Error
	ok := errors.As(err, &f)
	return f, ok
}

// again gives what a form is to show when its input was wrong, or met something that has changed. ok is false
// for errors that no other input would mend.
func again(ctx context.Context, err error) (_ ui.Errors, status int, ok bool) {
	f, ok := faultOf(err)
	if !ok || f.Code != fault.Invalid && f.Code != fault.TooLarge && f.Code != fault.Conflict {
		return ui.Errors{}, 0, false
	}
	return ui.NewErrors(ctx, f), web.Status(f), true
}

// done leads back to a page after a button was pressed, with what came of it. What has changed meanwhile is
// said there too: the page shows how things now stand.
func done(w http.ResponseWriter, r *http.Request, err error, to, msg string) error {
	f, ok := faultOf(err)
	switch {
	case err == nil && msg != "":
		web.Flash(r.Context(), msg)
	case err == nil:
	case ok && f.Code == fault.Conflict:
		web.FlashTone(r.Context(), ui.Warn, f.Msg, f.Args...)
	default:
		return err
	}
	return web.Redirect(w, r, to)
}
