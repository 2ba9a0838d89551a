package hallweb

import (
	"net/http"
	"slices"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/ui"
)

// workFirm is firm for an officer who may change it.
func (h *handlers) workFirm(r *http.Request) (firm, error) {
	v, err := h.firm(r)
	if err == nil && !v.May.Act {
		err = fault.Refused()
	}
	return v, err
}

// removal asks whether a contact is to be removed.
type removal struct {
	firm
	Who     contactRow
	Last    bool
	Ongoing []hall.Matter // what nobody would see to, when it is the last contact
}

func (h *handlers) removal(r *http.Request) (v removal, err error) {
	if v.firm, err = h.workFirm(r); err != nil {
		return v, err
	}
	personID, err := given(r, "contact")
	if err != nil {
		return v, err
	}
	i := slices.IndexFunc(v.Contacts, func(c contactRow) bool { return c.PersonID == personID })
	if i < 0 {
		return v, fault.NoSuch()
	}
	v.Who, v.Last = v.Contacts[i], len(v.Contacts) == 1
	if v.Last {
		v.Ongoing, err = h.s.Ongoing(r.Context(), actor.From(r.Context()), v.ID)
	}
	return v, err
}

func (h *handlers) removeContactPage(w http.ResponseWriter, r *http.Request) error {
	v, err := h.removal(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, removeContactPage(v))
}

func (h *handlers) removeContact(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, err := h.removal(r)
	if err != nil {
		return err
	}
	if err := h.s.RemoveContact(ctx, actor.From(ctx), v.ID, v.Who.PersonID); err != nil {
		return err
	}
	web.Flash(ctx, "hall.contact.removed", "name", v.Who.Name)
	return web.Redirect(w, r, v.href())
}

func (h *handlers) restoreContact(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, err := h.workFirm(r)
	if err != nil {
		return err
	}
	personID, err := given(r, "contact")
	if err != nil {
		return err
	}
	err = h.s.RestoreContact(ctx, actor.From(ctx), v.ID, personID)
	if f, ok := faultOf(err); ok && f.Code == fault.Conflict {
		web.FlashTone(ctx, ui.Warn, f.Msg, f.Args...)
		return web.Redirect(w, r, v.href())
	}
	if err != nil {
		return err
	}
	names, err := h.s.Names(ctx, []string{personID})
	if err != nil {
		return err
	}
	web.Flash(ctx, "hall.contact.added", "name", names[personID])
	return web.Redirect(w, r, v.href())
}

// closing asks whether an enterprise is to be closed.
type closing struct {
	firm
	Ongoing []hall.Matter // what has to be over first
	Reason  string
}

func (h *handlers) closing(r *http.Request) (v closing, err error) {
	if v.firm, err = h.workFirm(r); err != nil {
		return v, err
	}
	v.Ongoing, err = h.s.Ongoing(r.Context(), actor.From(r.Context()), v.ID)
	return v, err
}

func (h *handlers) closeEnterprisePage(w http.ResponseWriter, r *http.Request) error {
	v, err := h.closing(r)
	if err != nil {
		return err
	}
	if v.Status == hall.Closed {
		return web.Redirect(w, r, v.href())
	}
	return web.Render(w, r, http.StatusOK, closeEnterprisePage(v, ui.Errors{}))
}

func (h *handlers) closeEnterprise(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, err := h.closing(r)
	if err != nil {
		return err
	}
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	v.Reason = f.Get("reason")
	err = h.s.CloseEnterprise(ctx, actor.From(ctx), v.ID, v.Reason)
	if fl, ok := again(err); ok {
		return web.Render(w, r, web.Status(fl), closeEnterprisePage(v, ui.NewErrors(ctx, fl)))
	}
	if err != nil {
		return err
	}
	web.Flash(ctx, "hall.enterprise.closed.done", "name", v.Name)
	return web.Redirect(w, r, v.href())
}

func (h *handlers) reopenEnterprise(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, err := h.workFirm(r)
	if err != nil {
		return err
	}
	if err := h.s.ReopenEnterprise(ctx, actor.From(ctx), v.ID); err != nil {
		return err
	}
	web.Flash(ctx, "hall.enterprise.reopened", "name", v.Name)
	return web.Redirect(w, r, v.href())
}
