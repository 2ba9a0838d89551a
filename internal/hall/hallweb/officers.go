package hallweb

import (
	"net/http"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/ui"
)

func (h *handlers) officers(w http.ResponseWriter, r *http.Request) error {
	v, err := list(h, r, h.s.Officers)
	if err != nil {
		return err
	}
	var ids []string
	for _, o := range v.Rows {
		ids = append(ids, o.Grant.UnionID)
	}
	v.Names = h.unionNames(r.Context(), ids)
	return web.Render(w, r, http.StatusOK, officersPage(v, actor.From(r.Context())))
}

// officerForm is a new officer as typed.
type officerForm struct {
	Union hall.Union
	Phone string
	Role  actor.Role
}

func (h *handlers) newOfficer(w http.ResponseWriter, r *http.Request) error {
	u, err := h.scope(r)
	if err != nil {
		return err
	}
	if !actor.From(r.Context()).MayLead(u.Path) {
		return fault.Refused()
	}
	return web.Render(w, r, http.StatusOK, newOfficerPage(officerForm{Union: u, Role: actor.Clerk}, ui.Errors{}))
}

// checkOfficer shows who would become what, to be confirmed. Nothing is done yet.
func (h *handlers) checkOfficer(w http.ResponseWriter, r *http.Request) error {
	return h.grantForm(w, r, func(a actor.Actor, in hall.GrantInput, form officerForm) error {
		p, u, err := h.s.CheckGrant(r.Context(), a, in)
		if err != nil {
			return err
		}
		return web.Render(w, r, http.StatusOK, confirmOfficerPage(form, p, u))
	})
}

func (h *handlers) giveGrant(w http.ResponseWriter, r *http.Request) error {
	return h.grantForm(w, r, func(a actor.Actor, in hall.GrantInput, form officerForm) error {
		ctx := r.Context()
		if _, err := h.s.GiveGrant(ctx, a, in); err != nil {
			return err
		}
		web.Flash(ctx, "hall.officer.given")
		return web.Redirect(w, r, href("/console/officers", "union", form.Union.ID))
	})
}

// grantForm reads the form and shows it again when do finds something wrong with it.
func (h *handlers) grantForm(w http.ResponseWriter, r *http.Request, do func(actor.Actor, hall.GrantInput, officerForm) error) error {
	ctx := r.Context()
	a := actor.From(ctx)
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	unionID, err := formUnion(f)
	if err != nil {
		return err
	}
	u, err := h.s.Scope(ctx, a, unionID)
	if err != nil {
		return err
	}
	form := officerForm{Union: u, Phone: f.Get("phone"), Role: actor.Role(f.Get("role"))}
	err = do(a, hall.GrantInput{Phone: form.Phone, UnionID: u.ID, Role: form.Role}, form)
	if fl, ok := again(err); ok {
		return web.Render(w, r, http.StatusUnprocessableEntity, newOfficerPage(form, ui.NewErrors(ctx, fl)))
	}
	return err
}

func (h *handlers) withdrawGrant(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	grantID, err := given(r, "grant")
	if err != nil {
		return err
	}
	a := actor.From(ctx)
	o, err := h.s.OfficerGrant(ctx, a, grantID)
	if err != nil {
		return err
	}
	if err := h.s.WithdrawGrant(ctx, a, grantID); err != nil {
		return err
	}
	web.Flash(ctx, "hall.officer.withdrawn", "name", o.Person.Name)
	return web.Redirect(w, r, href("/console/officers", "union", o.Grant.UnionID))
}
