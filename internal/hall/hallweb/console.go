package hallweb

import (
	"context"
	"net/http"
	"strconv"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/ui"
)

// branch is one union in the tree browser.
type branch struct {
	Union    hall.Union
	Line     []hall.Union // from the topmost union the officer may read
	Sum      hall.Tally
	Children []hall.Union
	Each     map[string]hall.Tally
	Words    string
	Found    []hall.Union // instead of the children when words are given
	May      rights
}

// rights are what the page offers; the service decides again when it is done.
type rights struct{ Lead, Act, Move bool }

const unionsFound = 100

func rightsAt(a actor.Actor, path string) rights {
	return rights{Lead: a.MayLead(path), Act: a.MayAct(path)}
}

// lineFor is the way to the union, cut to what the officer may read.
func (h *handlers) lineFor(ctx context.Context, u hall.Union) ([]hall.Union, error) {
	line, err := h.s.Line(ctx, u.ID)
	a := actor.From(ctx)
	for len(line) > 1 && !a.MayRead(line[0].Path) {
		line = line[1:]
	}
	return line, err
}

func (h *handlers) unions(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	u, err := h.scope(r)
	if err != nil {
		return err
	}
	a := actor.From(ctx)
	v := branch{Union: u, Words: r.URL.Query().Get("q"), May: rightsAt(a, u.Path)}
	_, v.May.Move = hall.MoveScope(a, u)
	if v.Line, err = h.lineFor(ctx, u); err != nil {
		return err
	}
	if v.Sum, v.Each, err = h.s.Tallies(ctx, a, u.ID); err != nil {
		return err
	}
	if v.Words != "" {
		v.Found, err = h.s.Subtree(ctx, u.ID, v.Words, unionsFound)
	} else {
		v.Children, err = h.s.Children(ctx, u.ID)
	}
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, unionsPage(v))
}

// unionForm is a new union as typed.
type unionForm struct {
	Parent                    hall.Union
	Level, Code, ZH, EN, Kind string
	Lat, Lng                  string
}

func (h *handlers) newUnion(w http.ResponseWriter, r *http.Request) error {
	u, err := h.scope(r)
	if err != nil {
		return err
	}
	if !actor.From(r.Context()).MayLead(u.Path) {
		return fault.Refused()
	}
	form := unionForm{Parent: u, Level: strconv.Itoa(int(u.Level + 1)), Kind: string(hall.Region)}
	if u.Level+1 >= hall.Grassroots {
		form.Kind = string(hall.Employer)
	}
	return web.Render(w, r, http.StatusOK, newUnionPage(form, ui.Errors{}))
}

func (h *handlers) createUnion(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	parentID, err := formUnion(f)
	if err != nil {
		return err
	}
	parent, err := h.s.Scope(ctx, actor.From(ctx), parentID)
	if err != nil {
		return err
	}
	var c fault.Check
	in := hall.NewUnion{
		ParentID: parent.ID, Level: hall.Level(f.Int("level", &c)), Code: f.Get("code"), Kind: hall.UnionKind(f.Get("kind")),
		Name: lang.Text{ZH: f.Get("name"), EN: f.Get("name_en")}, Place: readPlace(f, &c),
	}
	var u hall.Union
	if err = c.Err(); err == nil {
		u, err = h.s.CreateUnion(ctx, actor.From(ctx), in)
	}
	if fl, ok := again(err); ok {
		form := unionForm{Parent: parent, Level: f.Get("level"), Code: in.Code, ZH: in.Name.ZH, EN: in.Name.EN, Kind: f.Get("kind"), Lat: f.Get("lat"), Lng: f.Get("lng")}
		return web.Render(w, r, http.StatusUnprocessableEntity, newUnionPage(form, ui.NewErrors(ctx, fl)))
	}
	if err != nil {
		return err
	}
	web.Flash(ctx, "hall.union.created", "name", u.Name.In(ctx))
	return web.Redirect(w, r, href("/console/unions", "union", parent.ID))
}

func (h *handlers) nameUnion(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	unionID, err := given(r, "union")
	if err != nil {
		return err
	}
	u, err := h.s.Scope(ctx, actor.From(ctx), unionID)
	if err != nil {
		return err
	}
	if !actor.From(ctx).MayLead(u.Path) {
		return fault.Refused()
	}
	return web.Render(w, r, http.StatusOK, nameUnionPage(u, u.Name, ui.Errors{}))
}

func (h *handlers) renameUnion(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	a := actor.From(ctx)
	unionID, err := given(r, "union")
	if err != nil {
		return err
	}
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	name := lang.Text{ZH: f.Get("name"), EN: f.Get("name_en")}
	_, err = h.s.RenameUnion(ctx, a, unionID, name)
	if e, ok := web.FormErrors(ctx, err); ok {
		u, err := h.s.Scope(ctx, a, unionID)
		if err != nil {
			return err
		}
		return web.Render(w, r, http.StatusUnprocessableEntity, nameUnionPage(u, name, e))
	}
	if err != nil {
		return err
	}
	web.Flash(ctx, "hall.union.renamed")
	return web.Redirect(w, r, href("/console/unions", "union", unionID))
}

// rows is one page of a list of the console.
type rows[T any] struct {
	hall.List[T]
	Union hall.Union
	Line  []hall.Union
	Words string
	Path  string // of the page
	After string // the cursor that this page began with
	May   rights
	Names map[string]string // of unions by id, or of people
}

// list reads the scope and one page of what hangs on it.
func list[T any](h *handlers, r *http.Request, read func(context.Context, actor.Actor, string, hall.Search) (hall.List[T], error)) (v rows[T], err error) {
	ctx := r.Context()
	a := actor.From(ctx)
	if v.Union, err = h.scope(r); err != nil {
		return v, err
	}
	q := search(r)
	if v.List, err = read(ctx, a, v.Union.ID, q); err != nil {
		return v, err
	}
	v.Words, v.Path, v.After, v.May = q.Words, r.URL.Path, q.After, rightsAt(a, v.Union.Path)
	v.Line, err = h.lineFor(ctx, v.Union)
	return v, err
}

// unionNames names the unions of the rows.
func (h *handlers) unionNames(ctx context.Context, ids []string) map[string]string {
	out := make(map[string]string, len(ids))
	for _, id := range ids {
		if u, err := h.s.Union(ctx, id); err == nil {
			out[id] = u.Name.In(ctx)
		}
	}
	return out
}

func (h *handlers) workers(w http.ResponseWriter, r *http.Request) error {
	v, err := list(h, r, h.s.Workers)
	if err != nil {
		return err
	}
	var ids []string
	for _, p := range v.Rows {
		ids = append(ids, p.UnionID)
	}
	v.Names = h.unionNames(r.Context(), ids)
	return web.Render(w, r, http.StatusOK, workersPage(v))
}

func (h *handlers) worker(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	a := actor.From(ctx)
	personID, err := given(r, "person")
	if err != nil {
		return err
	}
	p, err := h.s.Person(ctx, a, personID)
	if err != nil {
		return err
	}
	u, err := h.s.Scope(ctx, a, p.UnionID)
	if err != nil {
		return err
	}
	line, err := h.lineFor(ctx, u)
	if err != nil {
		return err
	}
	past, err := h.history(ctx, p.ID)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, workerPage(p, line, past, a.MayAct(p.UnionPath) && a.ID != p.ID && p.Status == hall.Active))
}

func (h *handlers) handOut(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	personID, err := given(r, "person")
	if err != nil {
		return err
	}
	n, err := h.s.HandOutPassword(ctx, actor.From(ctx), personID)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, newcomerPage(n, "/console/workers/"+personID, "console-workers"))
}

func (h *handlers) mastersIn(w http.ResponseWriter, r *http.Request) error {
	v, err := list(h, r, h.s.MastersIn)
	if err != nil {
		return err
	}
	crafts := map[string][]string{}
	var ids []string
	for _, m := range v.Rows {
		ids = append(ids, m.UnionID)
		crafts[m.PersonID] = h.crafts(r.Context(), m)
	}
	v.Names = h.unionNames(r.Context(), ids)
	return web.Render(w, r, http.StatusOK, mastersInPage(v, crafts))
}

func (h *handlers) audits(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, err := list(h, r, func(ctx context.Context, a actor.Actor, unionID string, q hall.Search) (hall.List[hall.Audit], error) {
		return h.s.Audits(ctx, a, unionID, q.Page)
	})
	if err != nil {
		return err
	}
	var ids []string
	for _, a := range v.Rows {
		for _, who := range []string{a.By, a.On, auditDetail(a).Person} {
			if id.Valid(who) {
				ids = append(ids, who)
			}
		}
	}
	if v.Names, err = h.s.Names(ctx, ids); err != nil {
		return err
	}
	firms, err := h.s.Enterprises(ctx, ids)
	if err != nil {
		return err
	}
	for id, e := range firms {
		v.Names[id] = e.Name
	}
	for id, name := range h.unionNames(ctx, ids) {
		v.Names[id] = name
	}
	return web.Render(w, r, http.StatusOK, auditsPage(v, h.unionPaths(ctx, v.Rows)))
}

// unionPaths names the unions at the audits' paths.
func (h *handlers) unionPaths(ctx context.Context, list []hall.Audit) map[string]string {
	out := map[string]string{}
	for _, a := range list {
		if u, err := h.s.UnionAt(ctx, a.UnionPath); err == nil {
			out[a.UnionPath] = u.Name.In(ctx)
		}
	}
	return out
}
