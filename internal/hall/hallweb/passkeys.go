package hallweb

import (
	"encoding/json"
	"net/http"

	"github.com/a-h/templ"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/ui"
)

// passkeyRoutes are those of making, using and removing passkeys.
func (h *handlers) passkeyRoutes(rt *web.Router) {
	rt.Page("POST /signin/passkey/options", web.Public, h.passkeySignInOptions)
	rt.Page("POST /signin/passkey", web.Public, h.passkeySignIn)
	rt.Page("POST /me/proof/passkey/options", web.SignedIn, h.passkeyProofOptions)
	rt.Page("GET /me/passkeys", web.SignedIn, h.passkeys)
	rt.Page("POST /me/passkeys/options", web.SignedIn, h.passkeyOptions)
	rt.Page("POST /me/passkeys", web.SignedIn, h.proof.Guard(h.addPasskey))
	rt.Page("POST /me/passkeys/{passkey}/remove", web.SignedIn, h.proof.Guard(h.dropPasskey))
}

// passkeyForm lets the script ask the device before the form is sent.
func passkeyForm(how, options string) templ.Attributes {
	return templ.Attributes{"data-passkey": how, "data-passkey-options": options}
}

// begun is what the page's script takes to the device.
type begun struct {
	Options json.RawMessage `json:"options"`
	Token   string          `json:"token"`
}

func begin(w http.ResponseWriter, c hall.Ceremony, err error) error {
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	return json.NewEncoder(w).Encode(begun{c.Options, c.Token})
}

func (h *handlers) passkeySignInOptions(w http.ResponseWriter, r *http.Request) error {
	c, err := h.s.BeginPasskeySignIn(r.Context(), web.ClientIP(r.Context()).String())
	return begin(w, c, err)
}

func (h *handlers) passkeyProofOptions(w http.ResponseWriter, r *http.Request) error {
	c, err := h.s.BeginPasskeyProof(r.Context(), actor.From(r.Context()))
	return begin(w, c, err)
}

func (h *handlers) passkeyOptions(w http.ResponseWriter, r *http.Request) error {
	c, err := h.s.BeginPasskey(r.Context(), actor.From(r.Context()))
	return begin(w, c, err)
}

func (h *handlers) passkeySignIn(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	next := web.LocalPath(f.Get("next"), "")
	got, err := h.s.SignInByPasskey(ctx, f.Get("token"), []byte(f.Values.Get("answer")), web.ClientIP(ctx).String())
	if fl, ok := faultOf(err); ok && (fl.Code == fault.Unauthenticated || fl.Code == fault.TooMany) {
		return h.signInAgain(w, r, signInForm{Next: next}, fl)
	}
	if err != nil {
		return err
	}
	return h.letIn(w, r, got, next)
}

func (h *handlers) passkeys(w http.ResponseWriter, r *http.Request) error {
	return h.passkeyPage(w, r, http.StatusOK, "", ui.Errors{})
}

func (h *handlers) passkeyPage(w http.ResponseWriter, r *http.Request, status int, name string, e ui.Errors) error {
	if !h.s.TakesPasskeys() {
		return fault.NoSuch()
	}
	list, err := h.s.Passkeys(r.Context(), actor.From(r.Context()))
	if err != nil {
		return err
	}
	if name == "" {
		name = device(r.Context(), r.UserAgent())
	}
	return web.Render(w, r, status, passkeysPage(list, name, h.Clock.Now(), e))
}

func (h *handlers) addPasskey(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	_, err = h.s.AddPasskey(ctx, actor.From(ctx), f.Get("token"), f.Get("name"), []byte(f.Values.Get("answer")))
	if fl, ok := faultOf(err); ok && (fl.Code == fault.Unauthenticated || fl.Code == fault.Invalid || fl.Code == fault.Conflict) {
		return h.passkeyPage(w, r, http.StatusUnprocessableEntity, f.Get("name"), ui.NewErrors(ctx, fl))
	}
	if err != nil {
		return err
	}
	web.Flash(ctx, "hall.passkey.made")
	return web.Redirect(w, r, "/me/passkeys")
}

func (h *handlers) dropPasskey(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	passkeyID := r.PathValue("passkey")
	if len(passkeyID) > 1400 { // a key's own id has up to 1023 bytes
		return fault.NoSuch()
	}
	if err := h.s.DropPasskey(ctx, actor.From(ctx), passkeyID, h.Sessions.current(ctx)); err != nil {
		return err
	}
	web.Flash(ctx, "hall.passkey.gone")
	return web.Redirect(w, r, "/me/passkeys")
}
