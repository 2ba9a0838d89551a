// Package intakeweb shows imports to officers: the file, its columns, what its rows come to, how far it has come, and
// the way back.
package intakeweb

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/intake"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/layout"
	"github.com/unionhall/unionhall/internal/web/ui"
)

// Names names people.
type Names interface {
	Names(ctx context.Context, ids []string) (map[string]string, error)
}

// Options are what the pages need.
type Options struct {
	Imports *intake.Service
	Names   Names
	Clock   clock.Clock
	// Taken keeps that an officer takes rows of a list away as a file; when it fails there is no file. nil: nobody keeps it.
	Taken func(ctx context.Context, a actor.Actor, j intake.Job) error
}

type handlers struct {
	Options
	s *intake.Service
}

// Routes registers the pages and their navigation.
func Routes(rt *web.Router, o Options) {
	h := &handlers{o, o.Imports}
	rt.Page("GET /console/imports", web.Officer, h.list)
	rt.Page("GET /console/imports/new", web.Officer, h.uploadPage)
	rt.Page("POST /console/imports", web.Officer, h.upload)
	rt.Page("GET /console/import-templates/{list}", web.Officer, h.template)
	rt.Page("GET /console/imports/{import}", web.Officer, h.job)
	rt.Page("GET /console/imports/{import}/progress", web.Officer, h.progress)
	rt.Page("GET /console/imports/{import}/bad", web.Officer, h.bad)
	rt.Page("POST /console/imports/{import}/columns", web.Officer, h.columns)
	rt.Page("POST /console/imports/{import}/reopen", web.Officer, h.act(h.s.Reopen, ""))
	rt.Page("POST /console/imports/{import}/start", web.Officer, h.start)
	rt.Page("POST /console/imports/{import}/cancel", web.Officer, h.act(h.s.Cancel, "intake.canceled"))
	rt.Page("POST /console/imports/{import}/undo", web.Officer, h.act(h.s.Undo, "intake.undoing"))
	rt.Nav().Add(layout.Entry{Key: "console-imports", Href: "/console/imports", Label: "intake.title", Icon: "upload", Place: layout.Rail,
		Group: "hall.nav.federation", Order: 66, Show: works})
}

// works reports whether an officer imports at all: an auditor does not.
func works(a actor.Actor) bool {
	for _, g := range a.Grants {
		if g.Role != actor.Auditor {
			return true
		}
	}
	return false
}

// given is the import that the path names.
func given(r *http.Request) (string, error) {
	v := r.PathValue("import")
	if !id.Valid(v) {
		return "", fault.NoSuch()
	}
	return v, nil
}

func pageOf(jobID string) string { return "/console/imports/" + jobID }

const listed = 30

// past is the list of imports.
type past struct {
	Union intake.Union
	Jobs  []intake.Job
	Next  string
	Names map[string]string
	Kinds []intake.Kind
}

func (h *handlers) list(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	for _, name := range []string{"union", "before"} {
		if v := q.Get(name); v != "" && !id.Valid(v) {
			return fault.NoSuch()
		}
	}
	u, jobs, err := h.s.List(ctx, actor.From(ctx), q.Get("union"), q.Get("before"), listed+1)
	if err != nil {
		return err
	}
	v := past{Union: u, Jobs: jobs, Kinds: h.s.KindsFor(actor.From(ctx), u)}
	if len(jobs) > listed {
		v.Jobs = jobs[:listed]
		v.Next = "/console/imports?" + url.Values{"union": {u.ID}, "before": {v.Jobs[listed-1].ID}}.Encode()
	}
	var people []string
	for _, j := range v.Jobs {
		people = append(people, j.ByID)
	}
	if v.Names, err = h.Names.Names(ctx, people); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, listPage(v, h.Clock.Now()))
}

// form is a file to be uploaded.
type form struct {
	Union intake.Union
	Kinds []intake.Kind
	Kind  string
}

func (h *handlers) uploadPage(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	f, err := h.form(ctx, q.Get("union"), q.Get("list"))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, uploadPage(f, ui.Errors{}))
}

func (h *handlers) form(ctx context.Context, unionID, kind string) (form, error) {
	if unionID != "" && !id.Valid(unionID) {
		return form{}, fault.NoSuch()
	}
	u, err := h.s.Into(ctx, actor.From(ctx), unionID)
	if err != nil {
		return form{}, err
	}
	f := form{Union: u, Kinds: h.s.KindsFor(actor.From(ctx), u), Kind: kind}
	if kind == "" && len(f.Kinds) > 0 {
		f.Kind = f.Kinds[0].Key
	}
	return f, nil
}

func (h *handlers) upload(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := web.ParseForm(r, web.Limits{Bytes: intake.MaxFile + 64<<10, Files: 1, FileSize: intake.MaxFile})
	if e, ok := web.FormErrors(ctx, err); ok {
		v, err := h.form(ctx, "", "")
		if err != nil {
			return err
		}
		return web.Render(w, r, http.StatusUnprocessableEntity, uploadPage(v, e))
	}
	if err != nil {
		return err
	}
	v, err := h.form(ctx, f.Get("union"), f.Get("list"))
	if err != nil {
		return err
	}
	j, err := h.take(ctx, f, v)
	if e, ok := web.FormErrors(ctx, err); ok {
		return web.Render(w, r, http.StatusUnprocessableEntity, uploadPage(v, e))
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, pageOf(j.ID))
}

func (h *handlers) take(ctx context.Context, f *web.Form, v form) (intake.Job, error) {
	var c fault.Check
	_, err := h.s.Kind(v.Kind)
	c.That(err == nil, "list", "intake.fault.kind")
	c.That(len(f.Files["file"]) == 1, "file", "intake.fault.file")
	if err := c.Err(); err != nil {
		return intake.Job{}, err
	}
	head := f.Files["file"][0]
	body, err := head.Open()
	if err != nil {
		return intake.Job{}, err
	}
	defer body.Close()
	return h.s.Upload(ctx, actor.From(ctx), intake.Upload{Kind: v.Kind, UnionID: v.Union.ID, Name: head.Filename, Body: body})
}

// view is one import.
type view struct {
	intake.Job
	Kind   intake.Kind
	Draft  intake.Draft // while its columns are chosen
	Issues []intake.Issue
	More   int // the row after which the next issues are; 0 when these are the last
	Twin   *intake.Job
}

const issuesShown = 50

func (h *handlers) job(w http.ResponseWriter, r *http.Request) error {
	jobID, err := given(r)
	if err != nil {
		return err
	}
	v, err := h.view(r, jobID)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, jobPage(v, ui.Errors{}))
}

func (h *handlers) view(r *http.Request, jobID string) (v view, err error) {
	ctx := r.Context()
	a := actor.From(ctx)
	if v.Job, err = h.s.Job(ctx, a, jobID); err != nil {
		return v, err
	}
	if v.Kind, err = h.s.Kind(v.Job.Kind); err != nil {
		return v, err
	}
	if v.State == intake.Mapping {
		v.Draft, err = h.s.Draft(ctx, a, jobID)
		return v, err
	}
	if phase := v.phase(); phase != "" {
		after, _ := strconv.Atoi(r.URL.Query().Get("after"))
		if v.Issues, err = h.s.Issues(ctx, a, jobID, phase, max(after, 0), issuesShown+1); err != nil {
			return v, err
		}
		if len(v.Issues) > issuesShown {
			v.Issues = v.Issues[:issuesShown]
			v.More = v.Issues[issuesShown-1].Row
		}
	}
	if v.State == intake.Checked {
		twin, ok, err := h.s.Twin(ctx, a, v.Job)
		if err != nil {
			return v, err
		}
		if ok {
			v.Twin = &twin
		}
	}
	return v, nil
}

// phase is of which issues the page tells.
func (v view) phase() intake.Phase {
	switch {
	case v.State == intake.Undone:
		return intake.AtUndo
	case v.State == intake.Checked:
		return intake.AtCheck
	case v.Late > 0:
		return intake.AtRun
	case v.State == intake.Done && v.Bad > 0:
		return intake.AtCheck
	}
	return ""
}

// progress is the part of the page that follows the work. When the work is over the whole page is another.
func (h *handlers) progress(w http.ResponseWriter, r *http.Request) error {
	jobID, err := given(r)
	if err != nil {
		return err
	}
	j, err := h.s.Job(r.Context(), actor.From(r.Context()), jobID)
	if err != nil {
		return err
	}
	if !j.State.Working() {
		if !web.Fragment(r) {
			return web.Redirect(w, r, pageOf(jobID))
		}
		w.Header().Set("HX-Redirect", pageOf(jobID))
	}
	return web.Render(w, r, http.StatusOK, progressPart(j))
}

func (h *handlers) columns(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	a := actor.From(ctx)
	jobID, err := given(r)
	if err != nil {
		return err
	}
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	v, err := h.view(r, jobID)
	if err != nil {
		return err
	}
	if name := f.Get("sheet"); v.State == intake.Mapping && f.Has("sheet") && name != v.Sheet {
		if _, err := h.s.TakeSheet(ctx, a, jobID, name); err != nil {
			return err
		}
		return web.Redirect(w, r, pageOf(jobID))
	}
	chosen := make([]string, len(v.Labels))
	for i := range chosen {
		chosen[i] = f.Get(intake.ColumnName(i))
	}
	_, err = h.s.SetColumns(ctx, a, jobID, chosen)
	if e, ok := web.FormErrors(ctx, err); ok {
		v.Draft.Columns = chosen
		return web.Render(w, r, http.StatusUnprocessableEntity, jobPage(v, e))
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, pageOf(jobID))
}

func (h *handlers) start(w http.ResponseWriter, r *http.Request) error {
	jobID, err := given(r)
	if err != nil {
		return err
	}
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	if _, err := h.s.Start(r.Context(), actor.From(r.Context()), jobID, intake.Mode(f.Get("mode")), f.Get("fill") == "yes"); err != nil {
		return err
	}
	return web.Redirect(w, r, pageOf(jobID))
}

// act is a button that needs no form.
func (h *handlers) act(do func(context.Context, actor.Actor, string) (intake.Job, error), flash string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		jobID, err := given(r)
		if err != nil {
			return err
		}
		if _, err := do(r.Context(), actor.From(r.Context()), jobID); err != nil {
			return err
		}
		if flash != "" {
			web.Flash(r.Context(), flash)
		}
		return web.Redirect(w, r, pageOf(jobID))
	}
}
