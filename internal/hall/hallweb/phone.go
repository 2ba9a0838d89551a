package hallweb

import (
	"net/http"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/ui"
)

const ownPhone = "/me/phone"

// phoneRoutes are those by which somebody changes the number they sign in with.
func (h *handlers) phoneRoutes(rt *web.Router) {
	rt.Page("GET /me/phone", web.SignedIn, h.proof.Page(h.phonePage))
	rt.Page("POST /me/phone", web.SignedIn, h.proof.Guard(h.askPhone))
	rt.Page("GET /me/phone/code", web.SignedIn, h.phoneCodePage)
	rt.Page("POST /me/phone/code", web.SignedIn, h.proof.Guard(h.changePhone))
	rt.Page("GET /console/workers/{person}/phone", web.Officer, h.workerPhonePage)
	rt.Page("POST /console/workers/{person}/phone", web.Officer, h.proof.Guard(h.correctPhone))
}

func (h *handlers) phonePage(w http.ResponseWriter, r *http.Request) error {
	return h.phoneForm(w, r, http.StatusOK, "", ui.Errors{})
}

func (h *handlers) phoneForm(w http.ResponseWriter, r *http.Request, status int, typed string, e ui.Errors) error {
	if !h.s.SendsCodes() {
		return fault.NoSuch()
	}
	a := actor.From(r.Context())
	p, err := h.s.Person(r.Context(), a, a.ID)
	if err != nil {
		return err
	}
	return web.Render(w, r, status, phonePage(p, typed, e))
}

func (h *handlers) askPhone(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	token, err := h.s.SendPhoneCode(ctx, actor.From(ctx), f.Get("phone"), web.ClientIP(ctx).String())
	if fl, ok := faultOf(err); ok && (fl.Code == fault.Invalid || fl.Code == fault.TooMany) {
		return h.phoneForm(w, r, refusal(w, fl), f.Get("phone"), ui.NewErrors(ctx, fl))
	}
	if err != nil {
		return err
	}
	keepTokenAt(w, r, ownPhone, token)
	return web.Redirect(w, r, "/me/phone/code")
}

func (h *handlers) phoneCodePage(w http.ResponseWriter, r *http.Request) error {
	return h.phoneCodeForm(w, r, nil)
}

// phoneCodeForm leads back to the beginning when there is no code that could be entered.
func (h *handlers) phoneCodeForm(w http.ResponseWriter, r *http.Request, fl *fault.Error) error {
	ctx := r.Context()
	to, err := h.s.NewPhone(ctx, actor.From(ctx), tokenOf(r))
	if f, ok := faultOf(err); ok && f.Code == fault.Unauthenticated {
		return h.phoneAnew(w, r, fl)
	}
	if err != nil {
		return err
	}
	if fl == nil {
		return web.Render(w, r, http.StatusOK, phoneCodePage(to, ui.Errors{}))
	}
	return web.Render(w, r, refusal(w, fl), phoneCodePage(to, ui.NewErrors(ctx, fl)))
}

// phoneAnew begins again, and says why.
func (h *handlers) phoneAnew(w http.ResponseWriter, r *http.Request, fl *fault.Error) error {
	if fl == nil {
		return web.Redirect(w, r, ownPhone)
	}
	return h.phoneForm(w, r, refusal(w, fl), "", ui.NewErrors(r.Context(), fl))
}

func (h *handlers) changePhone(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	err = h.s.ChangePhone(ctx, actor.From(ctx), tokenOf(r), f.Get("code"), web.ClientIP(ctx).String(), h.Sessions.current(ctx))
	switch fl, ok := faultOf(err); {
	case err == nil:
	case ok && (fl.Code == fault.Unauthenticated || fl.Code == fault.TooMany):
		return h.phoneCodeForm(w, r, fl)
	case ok && fl.Msg == hall.PhoneHeld.Msg:
		return h.phoneAnew(w, r, fl)
	default:
		return err
	}
	dropTokenAt(w, r, ownPhone)
	web.Flash(ctx, "hall.phone.changed")
	return web.Redirect(w, r, "/me")
}

func (h *handlers) workerPhonePage(w http.ResponseWriter, r *http.Request) error {
	personID, err := given(r, "person")
	if err != nil {
		return err
	}
	return h.workerPhoneForm(w, r, personID, "", nil)
}

func (h *handlers) workerPhoneForm(w http.ResponseWriter, r *http.Request, personID, typed string, fl *fault.Error) error {
	ctx := r.Context()
	p, err := h.s.CheckPhone(ctx, actor.From(ctx), personID)
	if err != nil {
		return err
	}
	if fl == nil {
		return web.Render(w, r, http.StatusOK, workerPhonePage(p, typed, ui.Errors{}))
	}
	return web.Render(w, r, refusal(w, fl), workerPhonePage(p, typed, ui.NewErrors(ctx, fl)))
}

func (h *handlers) correctPhone(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	personID, err := given(r, "person")
	if err != nil {
		return err
	}
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	now, err := h.s.CorrectPhone(ctx, actor.From(ctx), personID, f.Get("phone"))
	if fl, ok := again(err); ok {
		return h.workerPhoneForm(w, r, personID, f.Get("phone"), fl)
	}
	if err != nil {
		return err
	}
	web.Flash(ctx, "hall.worker.phone.done", "phone", now.Masked())
	return web.Redirect(w, r, "/console/workers/"+personID)
}
