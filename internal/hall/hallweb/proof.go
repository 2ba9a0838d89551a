package hallweb

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/ui"
)

// ProofLife is how long ago somebody may have proved who they are for what would hurt if it were somebody else with
// their telephone in hand.
const ProofLife = 10 * time.Minute

// Proof asks for it once more.
type Proof struct {
	s  *hall.Service
	se *Sessions
}

// NewProof makes the guard of a service's sessions.
func NewProof(s *hall.Service, se *Sessions) *Proof { return &Proof{s, se} }

// Guard lets a request pass when its person proved who they are within ProofLife; else it asks for a password or a code.
// A form that is held up carries on by itself after the answer, with all that was typed into it. It guards forms without
// files.
func (p *Proof) Guard(next web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if p.fresh(r) {
			return next(w, r)
		}
		f, err := web.ParseForm(r, web.Limits{Bytes: 1 << 20})
		if err != nil {
			return err
		}
		ask := p.ask(r, f)
		if !ask.answered() {
			return p.page(w, r, ask, nil)
		}
		if again, err := p.check(w, r, &ask); again || err != nil {
			return err
		}
		return next(w, r)
	}
}

func (p *Proof) fresh(r *http.Request) bool {
	return p.s.Now().Sub(p.se.proved(r.Context())) < ProofLife
}

// asking is the page that asks, with the form that it holds up.
type asking struct {
	action   string
	carried  []pair // the form's own fields
	password string
	code     string
	token    string // of the code that was sent
	send     bool   // a code is wanted
	codes    bool   // and can be had
	passkeys bool
	signed   string // a passkey's answer
}

type pair struct{ name, value string }

func (a asking) answered() bool { return a.password != "" || a.code != "" || a.send || a.signed != "" }

// The fields of the page itself; whatever else a form has is carried along.
const proofPrefix = "proof-"

func (p *Proof) ask(r *http.Request, f *web.Form) asking {
	a := asking{action: r.URL.RequestURI(), password: f.Values.Get("proof-password"), code: f.Get("proof-code"), token: f.Get("proof-token"),
		send: f.Values.Has("proof-send"), codes: p.s.SendsCodes(), passkeys: p.s.TakesPasskeys(), signed: f.Values.Get("proof-answer")}
	for name, values := range f.Values {
		if strings.HasPrefix(name, proofPrefix) {
			continue
		}
		for _, v := range values {
			a.carried = append(a.carried, pair{name, v})
		}
	}
	slices.SortStableFunc(a.carried, func(x, y pair) int { return strings.Compare(x.name, y.name) })
	return a
}

// check looks at the answer. again says that the page was shown once more.
func (p *Proof) check(w http.ResponseWriter, r *http.Request, a *asking) (again bool, err error) {
	ctx := r.Context()
	who, address := actor.From(ctx), web.ClientIP(ctx).String()
	switch {
	case a.signed != "":
		err = p.s.ProveByPasskey(ctx, who, a.token, []byte(a.signed))
		a.token = ""
	case a.send:
		a.token, err = p.s.SendProofCode(ctx, who, address)
		if err == nil {
			return true, p.page(w, r, *a, nil)
		}
	case a.code != "":
		err = p.s.ProveByCode(ctx, who, a.token, a.code, address)
	default:
		err = p.s.ProveByPassword(ctx, who, a.password)
	}
	if f, ok := faultOf(err); ok && slices.Contains([]fault.Code{fault.Invalid, fault.Unauthenticated, fault.TooMany}, f.Code) {
		refusal(w, f)
		return true, p.page(w, r, *a, f)
	}
	if err != nil {
		return false, err
	}
	return false, p.se.proveAnew(ctx)
}

func (p *Proof) page(w http.ResponseWriter, r *http.Request, a asking, f *fault.Error) error {
	e := ui.Errors{}
	if f != nil {
		e = ui.NewErrors(r.Context(), f)
	}
	return web.Render(w, r, http.StatusPreconditionRequired, proofPage(a, e))
}

// Page lets whoever opens a page prove who they are before they type anything into it.
func (p *Proof) Page(next web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if p.fresh(r) {
			return next(w, r)
		}
		return p.page(w, r, asking{action: "/me/proof", carried: []pair{{"next", r.URL.RequestURI()}}, codes: p.s.SendsCodes(), passkeys: p.s.TakesPasskeys()}, nil)
	}
}

// answer takes the proof that Page asked for and leads on.
func (p *Proof) answer(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	a := p.ask(r, f)
	if !a.answered() {
		return p.page(w, r, a, nil)
	}
	if again, err := p.check(w, r, &a); again || err != nil {
		return err
	}
	next := web.LocalPath(f.Get("next"), "/me")
	if u, err := url.Parse(next); err != nil || u.Path == "/me/proof" {
		next = "/me"
	}
	return web.Redirect(w, r, next)
}
