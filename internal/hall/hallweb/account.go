package hallweb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/ui"
)

func faultOf(err error) (*fault.Error, bool) {
	var f *fault.Error
	ok := errors.As(err, &f)
	return f, ok
}

func (h *handlers) signInPage(w http.ResponseWriter, r *http.Request) error {
	next := web.LocalPath(r.URL.Query().Get("next"), "")
	if a := actor.From(r.Context()); a.SignedIn() {
		return web.Redirect(w, r, h.afterSignIn(a, next))
	}
	return web.Render(w, r, http.StatusOK, signInPage(h.waysIn(signInForm{Next: next}), ui.Errors{}))
}

// afterSignIn never leads back to the sign-in page.
func (h *handlers) afterSignIn(a actor.Actor, next string) string {
	if next == "" || strings.HasPrefix(next, "/signin") || strings.HasPrefix(next, "/signout") {
		return h.Home(a)
	}
	return next
}

type signInForm struct {
	Login, Next string
	Codes       bool // one-time codes can be had
	Mails       bool // also by e-mail, for a new password
	Passkeys    bool
	Directory   *lang.Text // what the federation's directory is called; nil for none
}

func (h *handlers) signIn(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	in := signInForm{Login: f.Get("login"), Next: web.LocalPath(f.Get("next"), "")}
	got, err := h.s.SignIn(ctx, hall.SignIn{Login: in.Login, Password: f.Values.Get("password"), Address: web.ClientIP(ctx).String()})
	if fl, ok := faultOf(err); ok && (fl.Code == fault.Unauthenticated || fl.Code == fault.TooMany) {
		return h.signInAgain(w, r, in, fl)
	}
	if err != nil {
		return err
	}
	return h.letIn(w, r, got, in.Next)
}

// letIn begins the session of somebody who has shown who they are, and leads them to where they were going.
func (h *handlers) letIn(w http.ResponseWriter, r *http.Request, got hall.SignedIn, next string) error {
	ctx := r.Context()
	if err := h.Sessions.begin(ctx, got.Person.ID); err != nil {
		return err
	}
	if got.Elsewhere != nil {
		h.Sessions.provedThen(ctx, *got.Elsewhere)
	}
	slog.InfoContext(ctx, "signed in", "request", web.RequestID(ctx), "person", got.Person.ID, "by", r.URL.Path, "ip", web.ClientIP(ctx).String())
	if got.Person.Lang != "" {
		ctx = lang.With(ctx, got.Person.Lang)
		keepLang(w, r, got.Person.Lang)
	}
	a, err := h.s.Actor(ctx, got.Person.ID)
	if err != nil {
		return err
	}
	if got.First {
		h.Sessions.first(ctx)
		web.FlashTone(ctx, ui.Info, "hall.signin.first")
		return web.Redirect(w, r, ownPassword)
	}
	return web.Redirect(w, r, h.afterSignIn(a, next))
}

func (h *handlers) signInAgain(w http.ResponseWriter, r *http.Request, in signInForm, f *fault.Error) error {
	return web.Render(w, r, refusal(w, f), signInPage(h.waysIn(in), ui.NewErrors(r.Context(), f)))
}

// refusal is the status with which a form comes again that did not let somebody in.
func refusal(w http.ResponseWriter, f *fault.Error) int {
	for i := 0; i+1 < len(f.Args); i += 2 {
		if f.Args[i] == "seconds" {
			w.Header().Set("Retry-After", fmt.Sprint(f.Args[i+1]))
		}
	}
	if f.Code == fault.Unauthenticated {
		return http.StatusUnprocessableEntity // 401 would ask the browser for another way of signing in
	}
	return web.Status(f)
}

// waysIn adds to the form by which other ways one can sign in here.
func (h *handlers) waysIn(in signInForm) signInForm {
	in.Codes, in.Mails, in.Passkeys = h.s.SendsCodes(), h.s.MailsCodes(), h.s.TakesPasskeys()
	if name, ok := h.s.DirectoryCalled(); ok {
		in.Directory = &name
	}
	return in
}

func (h *handlers) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := h.Sessions.end(r.Context()); err != nil {
		return err
	}
	w.Header().Set("Clear-Site-Data", `"cache"`) // photos and papers may be kept an hour
	web.Flash(r.Context(), "hall.signout.done")
	return web.Redirect(w, r, "/signin")
}

// account is what one's own page shows.
type account struct {
	Person      hall.Person
	Line        []hall.Union
	Grants      []roleAt
	Enterprises []hall.Enterprise
	Master      bool
	Passkeys    bool // can be had here
	Codes       bool // likewise
}

type roleAt struct {
	Role  actor.Role
	Union hall.Union
}

func (h *handlers) me(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	a := actor.From(ctx)
	p, err := h.s.Person(ctx, a, a.ID)
	if err != nil {
		return err
	}
	v := account{Person: p, Master: a.Master, Passkeys: h.s.TakesPasskeys(), Codes: h.s.SendsCodes()}
	if v.Line, err = h.s.Line(ctx, p.UnionID); err != nil {
		return err
	}
	for _, g := range a.Grants {
		u, err := h.s.Union(ctx, g.UnionID)
		if err != nil {
			return err
		}
		v.Grants = append(v.Grants, roleAt{g.Role, u})
	}
	found, err := h.s.Enterprises(ctx, a.Enterprises)
	if err != nil {
		return err
	}
	for _, id := range a.Enterprises {
		if e, ok := found[id]; ok {
			v.Enterprises = append(v.Enterprises, e)
		}
	}
	return web.Render(w, r, http.StatusOK, mePage(v))
}

func (h *handlers) setLang(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	tag := f.Get("lang")
	if err := h.s.SetLang(r.Context(), actor.From(r.Context()), tag); err != nil {
		return err
	}
	keepLang(w, r, tag)
	web.Flash(r.Context(), "hall.me.language.kept")
	return web.Redirect(w, r, "/me")
}

// keepLang makes the person's language the one of this browser.
func keepLang(w http.ResponseWriter, r *http.Request, tag string) {
	http.SetCookie(w, &http.Cookie{Name: "lang", Value: tag, Path: "/", MaxAge: 365 * 24 * 60 * 60, HttpOnly: true,
		SameSite: http.SameSiteLaxMode, Secure: web.Secure(r.Context())})
}

func (h *handlers) sessions(w http.ResponseWriter, r *http.Request) error {
	list, err := h.s.Sessions(r.Context(), actor.From(r.Context()))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, sessionsPage(list, h.Sessions.current(r.Context()), h.Clock.Now()))
}

func (h *handlers) endSession(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	sessionID := r.PathValue("session")
	if len(sessionID) > 64 {
		return fault.NoSuch()
	}
	if sessionID == h.Sessions.current(ctx) {
		return h.signOut(w, r)
	}
	return h.proof.Guard(h.endAnother)(w, r)
}

// endAnother ends the session of another device; a thief could keep its owner out.
func (h *handlers) endAnother(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if err := h.s.EndSession(ctx, actor.From(ctx), r.PathValue("session")); err != nil {
		return err
	}
	web.Flash(ctx, "hall.sessions.ended", "count", 1)
	return web.Redirect(w, r, "/me/sessions")
}

func (h *handlers) endOthers(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	n, err := h.s.EndOtherSessions(ctx, actor.From(ctx), h.Sessions.current(ctx))
	if err != nil {
		return err
	}
	web.Flash(ctx, "hall.sessions.ended", "count", n)
	return web.Redirect(w, r, "/me/sessions")
}

func (h *handlers) passwordPage(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, passwordPage(ui.Errors{}))
}

func (h *handlers) changePassword(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	err = h.newPassword(ctx, f.Values.Get("old"), f.Values.Get("password"), f.Values.Get("again"))
	if e, ok := web.FormErrors(ctx, err); ok {
		return web.Render(w, r, http.StatusUnprocessableEntity, passwordPage(e))
	}
	if err != nil {
		return err
	}
	h.Sessions.ownNow(ctx)
	web.Flash(ctx, "hall.password.changed")
	return web.Redirect(w, r, "/me")
}

func (h *handlers) newPassword(ctx context.Context, old, password, repeated string) error {
	if repeated != password {
		var c fault.Check
		c.Add("again", "hall.fault.password-again")
		return c.Err()
	}
	return h.s.ChangePassword(ctx, actor.From(ctx), old, password, h.Sessions.current(ctx))
}

// seen says when a session was last used, as well as that is known.
func seen(se hall.Session, now time.Time) time.Time {
	if now.Sub(se.Seen) < hall.SeenEvery {
		return now
	}
	return se.Seen
}
