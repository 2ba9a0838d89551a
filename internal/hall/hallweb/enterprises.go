package hallweb

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/ui"
)

func (h *handlers) enterprises(w http.ResponseWriter, r *http.Request) error {
	v, err := list(h, r, h.s.EnterprisesIn)
	if err != nil {
		return err
	}
	var ids []string
	for _, e := range v.Rows {
		ids = append(ids, e.UnionID)
	}
	v.Names = h.unionNames(r.Context(), ids)
	found, err := h.s.Verifications(r.Context(), actor.From(r.Context()), v.Rows)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, enterprisesPage(v, found))
}

// enterpriseForm is a new enterprise as typed.
type enterpriseForm struct {
	Union                         hall.Union
	Name, Licence, Industry, Size string
	Specialised                   bool
	Address, Lat, Lng             string
}

// workUnion is the scope of a form that enters something, which takes an officer who may.
func (h *handlers) workUnion(r *http.Request) (hall.Union, error) {
	u, err := h.scope(r)
	if err == nil && !actor.From(r.Context()).MayAct(u.Path) {
		err = fault.Refused()
	}
	return u, err
}

func (h *handlers) newEnterprise(w http.ResponseWriter, r *http.Request) error {
	u, err := h.workUnion(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, newEnterprisePage(enterpriseForm{Union: u, Size: string(hall.Small)}, ui.Errors{}))
}

func (h *handlers) createEnterprise(w http.ResponseWriter, r *http.Request) error {
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
	form := enterpriseForm{
		Union: u, Name: f.Get("name"), Licence: f.Get("licence"), Industry: f.Get("industry"), Size: f.Get("size"),
		Specialised: f.Has("specialised"), Address: f.Get("address"), Lat: f.Get("lat"), Lng: f.Get("lng"),
	}
	var c fault.Check
	in := hall.EnterpriseInput{
		Name: form.Name, Licence: form.Licence, Industry: form.Industry, Size: hall.Size(form.Size), Specialised: form.Specialised,
		UnionID: u.ID, Address: form.Address, Place: readPlace(f, &c),
	}
	var e hall.Enterprise
	if err = c.Err(); err == nil {
		e, err = h.s.CreateEnterprise(ctx, a, in)
	}
	if fl, ok := again(err); ok {
		return web.Render(w, r, http.StatusUnprocessableEntity, newEnterprisePage(form, ui.NewErrors(ctx, fl)))
	}
	if err != nil {
		return err
	}
	web.Flash(ctx, "hall.enterprise.created")
	return web.Redirect(w, r, "/console/enterprises/"+e.ID)
}

// firm is one enterprise in the console.
type firm struct {
	hall.Enterprise
	Line     []hall.Union
	Contacts []contactRow
	Removed  []contactRow // who can be put back
	Past     hall.Past
	Found    hall.Verification
	FoundBy  string
	Given    hall.Document // the newest licence that was handed in; zero for none
	May      rights
	Post     string // where a need is posted for it; "" for whoever may not
}

func (v firm) href() string { return "/console/enterprises/" + v.ID }

type contactRow struct {
	hall.Contact
	Name  string
	Phone string // masked; "" for somebody the officer may not read
}

type contactForm struct{ Title, Phone, Name string }

// firm reads the enterprise for an officer. Its contacts reach it too, but not here.
func (h *handlers) firm(r *http.Request) (v firm, err error) {
	ctx := r.Context()
	a := actor.From(ctx)
	enterpriseID, err := given(r, "enterprise")
	if err != nil {
		return v, err
	}
	if v.Enterprise, err = h.s.Enterprise(ctx, a, enterpriseID); err != nil {
		return v, err
	}
	if _, err := h.s.Scope(ctx, a, v.UnionID); err != nil {
		return v, err
	}
	u, err := h.s.Union(ctx, v.UnionID)
	if err != nil {
		return v, err
	}
	if v.Line, err = h.lineFor(ctx, u); err != nil {
		return v, err
	}
	if v.May = rightsAt(a, v.UnionPath); v.May.Act && h.Post != nil && v.Status != hall.Closed {
		v.Post = h.Post(v.Enterprise)
	}
	if v.Past, err = h.s.Past(ctx, a, v.Enterprise); err != nil {
		return v, err
	}
	return v, h.contactRows(ctx, &v)
}

// contactRows names those who speak for the enterprise, and those who did until lately.
func (h *handlers) contactRows(ctx context.Context, v *firm) error {
	found, err := h.s.Contacts(ctx, []string{v.ID})
	if err != nil {
		return err
	}
	contacts := found[v.ID]
	var ids []string
	for _, c := range append(slices.Clone(contacts), v.Past.Removed...) {
		ids = append(ids, c.PersonID)
	}
	names, err := h.s.Names(ctx, ids)
	if err != nil {
		return err
	}
	people, err := h.s.People(ctx, actor.From(ctx), ids)
	for _, c := range contacts {
		v.Contacts = append(v.Contacts, contactRow{c, names[c.PersonID], people[c.PersonID].Phone.Masked()})
	}
	for _, c := range v.Past.Removed {
		v.Removed = append(v.Removed, contactRow{Contact: c, Name: names[c.PersonID]})
	}
	return err
}

func (h *handlers) enterprise(w http.ResponseWriter, r *http.Request) error {
	v, err := h.firm(r)
	if err != nil {
		return err
	}
	return h.showFirm(w, r, http.StatusOK, v, contactForm{}, ui.Errors{})
}

func (h *handlers) showFirm(w http.ResponseWriter, r *http.Request, status int, v firm, f contactForm, e ui.Errors) error {
	if err := h.verification(r.Context(), &v); err != nil {
		return err
	}
	return web.Render(w, r, status, enterprisePage(v, f, e))
}

func (h *handlers) addContact(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, err := h.firm(r)
	if err != nil {
		return err
	}
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	form := contactForm{Title: f.Get("title"), Phone: f.Get("phone"), Name: f.Get("name")}
	n, err := h.s.AddContact(ctx, actor.From(ctx), hall.ContactInput{EnterpriseID: v.ID, Title: form.Title, Phone: form.Phone, Name: form.Name})
	if errors.Is(err, hall.EnterpriseClosed) { // since the form was shown, which is gone now
		web.FlashTone(ctx, ui.Warn, hall.EnterpriseClosed.Msg)
		return web.Redirect(w, r, v.href())
	}
	if fl, ok := again(err); ok {
		return h.showFirm(w, r, http.StatusUnprocessableEntity, v, form, ui.NewErrors(ctx, fl))
	}
	if err != nil {
		return err
	}
	back := "/console/enterprises/" + v.ID
	if n.Password == "" {
		web.Flash(ctx, "hall.contact.added", "name", n.Person.Name)
		return web.Redirect(w, r, back)
	}
	// Shown in the answer itself, so that it is written down nowhere on the way.
	return web.Render(w, r, http.StatusOK, newcomerPage(n, back, "console-enterprises"))
}

func (h *handlers) newMaster(w http.ResponseWriter, r *http.Request) error {
	u, err := h.workUnion(r)
	if err != nil {
		return err
	}
	form := blankMaster()
	form.Union = u
	return web.Render(w, r, http.StatusOK, newMasterPage(form, h.tradeOptions(r.Context()), ui.Errors{}))
}

func (h *handlers) createMaster(w http.ResponseWriter, r *http.Request) error {
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
	var c fault.Check
	form, own := h.readMaster(f, &c)
	form.Union, form.Name, form.Phone, form.Title = u, f.Get("name"), f.Get("phone"), f.Get("title")
	in := hall.MasterInput{UnionID: u.ID, Title: form.Title, MasterOwn: own}
	form.Honours, in.Honours = readHonours(f, &c)
	form = form.padded()
	var n hall.Newcomer
	if err = c.Err(); err == nil {
		n, err = h.s.CreateMaster(ctx, a, hall.PersonInput{Name: form.Name, Phone: form.Phone, UnionID: u.ID}, in)
	}
	if fl, ok := again(err); ok {
		return web.Render(w, r, http.StatusUnprocessableEntity, newMasterPage(form, h.tradeOptions(ctx), ui.NewErrors(ctx, fl)))
	}
	if err != nil {
		return err
	}
	back := href("/console/masters", "union", u.ID)
	if n.Password == "" {
		web.Flash(ctx, "hall.console.master.created", "name", n.Person.Name)
		return web.Redirect(w, r, back)
	}
	return web.Render(w, r, http.StatusOK, newcomerPage(n, back, "console-masters"))
}
