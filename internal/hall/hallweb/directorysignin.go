package hallweb

import (
	"net/http"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/ui"
)

// nextCookie keeps where somebody was going while they are at the directory.
const nextCookie = "next"

// toDirectory leads to the federation's directory.
func (h *handlers) toDirectory(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	next := web.LocalPath(f.Get("next"), "")
	to, token, err := h.s.BeginDirectory(ctx, web.ClientIP(ctx).String())
	if fl, ok := faultOf(err); ok && (fl.Code == fault.TooMany || fl.Code == fault.Unavailable) {
		return h.signInAgain(w, r, signInForm{Next: next}, fl)
	}
	if err != nil {
		return err
	}
	keepToken(w, r, token)
	http.SetCookie(w, &http.Cookie{Name: nextCookie, Value: next, Path: "/signin", MaxAge: 15 * 60, HttpOnly: true,
		SameSite: http.SameSiteLaxMode, Secure: web.Secure(ctx)})
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// fromDirectory takes whom the directory leads back.
func (h *handlers) fromDirectory(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	next := ""
	if c, err := r.Cookie(nextCookie); err == nil {
		next = web.LocalPath(c.Value, "")
	}
	if q.Get("error") != "" { // they changed their mind there, or were not let in
		return web.Render(w, r, http.StatusOK, signInPage(h.waysIn(signInForm{Next: next}), ui.Errors{}))
	}
	got, err := h.s.SignInByDirectory(ctx, tokenOf(r), q.Get("state"), q.Get("code"), web.ClientIP(ctx).String())
	if fl, ok := faultOf(err); ok && (fl.Code == fault.Unauthenticated || fl.Code == fault.TooMany || fl.Code == fault.Unavailable) {
		return h.signInAgain(w, r, signInForm{Next: next}, fl)
	}
	if err != nil {
		return err
	}
	dropToken(w, r)
	return h.letIn(w, r, got, next)
}
