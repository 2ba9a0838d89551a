package hallweb

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/ui"
)

// codeForm is what asking for and entering a code carries along.
type codeForm struct {
	For   string // "password" for a new one, "" for signing in
	Login string
	Next  string
	Mail  bool // an e-mail address will do too
}

func (f codeForm) purpose() hall.Purpose {
	if f.For == "password" {
		return hall.CodePassword
	}
	return hall.CodeSignIn
}

// codePath is where a code is asked for.
func codePath(what, next string) string { return withQuery("/signin/code", what, next) }

func withQuery(path, what, next string) string {
	q := url.Values{}
	if what != "" {
		q.Set("for", what)
	}
	if next != "" {
		q.Set("next", next)
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

func (h *handlers) codeFormOf(v url.Values) codeForm {
	f := codeForm{Login: strings.TrimSpace(v.Get("login")), Next: web.LocalPath(v.Get("next"), "")}
	if v.Get("for") == "password" {
		f.For, f.Mail = "password", h.s.MailsCodes()
	}
	return f
}

func (h *handlers) askCodePage(w http.ResponseWriter, r *http.Request) error {
	in := h.codeFormOf(r.URL.Query())
	if !h.s.SendsCodes() && !in.Mail {
		return fault.NoSuch()
	}
	return web.Render(w, r, http.StatusOK, askCodePage(in, ui.Errors{}))
}

func (h *handlers) askCode(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	in := h.codeFormOf(f.Values)
	token, err := h.s.SendCode(ctx, in.purpose(), in.Login, web.ClientIP(ctx).String())
	if fl, ok := faultOf(err); ok && (fl.Code == fault.Invalid || fl.Code == fault.TooMany) {
		return web.Render(w, r, refusal(w, fl), askCodePage(in, ui.NewErrors(ctx, fl)))
	}
	if err != nil {
		return err
	}
	keepToken(w, r, token)
	return web.Redirect(w, r, withQuery("/signin/code/enter", in.For, in.Next))
}

func (h *handlers) enterCodePage(w http.ResponseWriter, r *http.Request) error {
	in := h.codeFormOf(r.URL.Query())
	if tokenOf(r) == "" {
		return web.Redirect(w, r, codePath(in.For, in.Next))
	}
	return web.Render(w, r, http.StatusOK, enterCodePage(in, ui.Errors{}))
}

func (h *handlers) enterCode(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	in, address := h.codeFormOf(f.Values), web.ClientIP(ctx).String()
	if in.purpose() == hall.CodePassword {
		next, err := h.s.EnterPasswordCode(ctx, tokenOf(r), f.Get("code"), address)
		if err != nil {
			return h.enterAgain(w, r, in, err)
		}
		keepToken(w, r, next)
		return web.Redirect(w, r, withQuery("/signin/password", "", in.Next))
	}
	got, err := h.s.SignInByCode(ctx, tokenOf(r), f.Get("code"), address)
	if err != nil {
		return h.enterAgain(w, r, in, err)
	}
	dropToken(w, r)
	return h.letIn(w, r, got, in.Next)
}

func (h *handlers) enterAgain(w http.ResponseWriter, r *http.Request, in codeForm, err error) error {
	if f, ok := faultOf(err); ok && (f.Code == fault.Unauthenticated || f.Code == fault.TooMany) {
		return web.Render(w, r, refusal(w, f), enterCodePage(in, ui.NewErrors(r.Context(), f)))
	}
	return err
}

func (h *handlers) newPasswordPage(w http.ResponseWriter, r *http.Request) error {
	in := h.codeFormOf(r.URL.Query())
	if tokenOf(r) == "" {
		return web.Redirect(w, r, codePath("password", in.Next))
	}
	return web.Render(w, r, http.StatusOK, newPasswordPage(in, ui.Errors{}))
}

func (h *handlers) setNewPassword(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	in, password := h.codeFormOf(f.Values), f.Values.Get("password")
	var c fault.Check
	c.That(f.Values.Get("again") == password, "again", "hall.fault.password-again")
	err = c.Err()
	var p hall.Person
	if err == nil {
		p, err = h.s.SetNewPassword(ctx, tokenOf(r), password)
	}
	if fl, ok := faultOf(err); ok && (fl.Code == fault.Invalid || fl.Code == fault.Unauthenticated) {
		return web.Render(w, r, refusal(w, fl), newPasswordPage(in, ui.NewErrors(ctx, fl)))
	}
	if err != nil {
		return err
	}
	dropToken(w, r)
	web.Flash(ctx, "hall.password.changed")
	return h.letIn(w, r, hall.SignedIn{Person: p}, in.Next)
}

// The token of a challenge is this browser's alone: in a cookie, so that it stands in no address and no history.
const tokenCookie = "challenge"

func keepToken(w http.ResponseWriter, r *http.Request, token string) {
	keepTokenAt(w, r, "/signin", token)
}

func dropToken(w http.ResponseWriter, r *http.Request) { dropTokenAt(w, r, "/signin") }

// keepTokenAt keeps one for the pages below a path.
func keepTokenAt(w http.ResponseWriter, r *http.Request, path, token string) {
	http.SetCookie(w, &http.Cookie{Name: tokenCookie, Value: token, Path: path, MaxAge: 30 * 60, HttpOnly: true,
		SameSite: http.SameSiteLaxMode, Secure: web.Secure(r.Context())})
}

func dropTokenAt(w http.ResponseWriter, r *http.Request, path string) {
	http.SetCookie(w, &http.Cookie{Name: tokenCookie, Path: path, MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: web.Secure(r.Context())})
}

func tokenOf(r *http.Request) string {
	c, err := r.Cookie(tokenCookie)
	if err != nil || len(c.Value) > 100 {
		return ""
	}
	return c.Value
}

func codeTitle(in codeForm) string {
	if in.For == "password" {
		return "hall.code.new-password"
	}
	return "hall.code.sign-in"
}

// codeWords is a message about where codes go, which may be an e-mail address.
func codeWords(in codeForm, msg string) string {
	if in.Mail {
		return msg + ".mail"
	}
	return msg
}

func codeSubmit(in codeForm) string {
	if in.For == "password" {
		return "hall.code.next"
	}
	return "hall.signin.submit"
}

func signInCrumbs(ctx context.Context) []ui.Link {
	return []ui.Link{{Href: "/signin", Label: lang.T(ctx, "hall.signin.title")}}
}
