package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/ui"
)

// editorBytes bounds the editor's form: a list may have two thousand terms.
const editorBytes = 2 << 20

// editorView is the editor of one kind.
type editorView struct {
	Draft  draft
	Kind   exchange.Kind // what the form says, as far as it can be read: for the preview
	Kept   exchange.Kind // as saved; zero for a new kind
	New    bool
	Unions []ui.Option // whose lead the officer is, for a new kind
	Copies []exchange.Kind
	Errors ui.Errors
	Use    exchange.KindUse
	Focus  string // the row that was added or moved
	Moved  *moved
}

// moved is that somebody else saved meanwhile.
type moved struct {
	Kept  exchange.Kind
	Parts []string // message ids of the parts that differ
}

func (v editorView) action() string {
	if v.New {
		return "/console/kinds/new"
	}
	return "/console/kinds/" + v.Kept.ID
}

// newKind is the editor of a kind that does not exist yet, empty or begun as a copy.
func (c *Console) newKind(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, err := c.newEditor(ctx)
	if err != nil {
		return err
	}
	v.Draft = blankDraft()
	if from := r.URL.Query().Get("from"); from != "" {
		k, err := c.Exchange.Kind(actor.From(ctx), from)
		if err != nil {
			return err
		}
		v.Draft = draftOf(k)
		v.Draft.ID, v.Draft.Version = "", 0
	}
	v.Draft.Union = chosenUnion(r.URL.Query().Get("union"), v.Unions)
	return c.showEditor(w, r, http.StatusOK, v)
}

// newEditor prepares the editor of a new kind for an officer who leads a union.
func (c *Console) newEditor(ctx context.Context) (v editorView, err error) {
	v.New = true
	if v.Unions, err = c.unionsToLead(ctx); err != nil {
		return v, err
	}
	if len(v.Unions) == 0 {
		return v, fault.Refused()
	}
	v.Copies = c.Exchange.Kinds(actor.From(ctx))
	return v, nil
}

// unionsToLead are the unions that a new kind may belong to: those the officer leads and the ones directly below.
func (c *Console) unionsToLead(ctx context.Context) (out []ui.Option, err error) {
	a := actor.From(ctx)
	seen := map[string]bool{}
	add := func(u Union, mark string) {
		if !seen[u.ID] && a.MayLead(u.Path) {
			seen[u.ID] = true
			out = append(out, ui.Option{Value: u.ID, Label: mark + u.Name.In(ctx)})
		}
	}
	for _, g := range a.Grants {
		if g.Role != actor.Lead {
			continue
		}
		u, err := c.Unions.Union(ctx, g.UnionID)
		if err != nil {
			return nil, err
		}
		add(u, "")
		below, err := c.Unions.Children(ctx, g.UnionID)
		if err != nil {
			return nil, err
		}
		for _, b := range below {
			add(b, "– ")
		}
	}
	return out, nil
}

func chosenUnion(asked string, options []ui.Option) string {
	for _, o := range options {
		if o.Value == asked {
			return asked
		}
	}
	return options[0].Value
}

// blankDraft is what most kinds begin with.
func blankDraft() draft {
	return draftOf(exchange.Kind{
		Need: exchange.Form{By: exchange.ByEnterprise, Fields: []exchange.Field{
			{Key: "title", Type: exchange.Title, Required: true}, {Key: "story", Type: exchange.Prose, Required: true}}},
		Offer: exchange.Form{By: exchange.ByMaster, Fields: []exchange.Field{
			{Key: "title", Type: exchange.Title, Required: true, From: exchange.FromTitle}, {Key: "about", Type: exchange.Prose, From: exchange.FromBio}}},
		Conditions: []exchange.Condition{{Kind: exchange.Capacity}},
		Steps:      exchange.Steps{Masters: 1, Advice: true, Outcome: true, Rating: true, TellFirst: 10},
		Weights:    exchange.Weights{Text: 60, Distance: 15, Freshness: 5, Quality: 10, Load: 10},
	})
}

func (c *Console) createKind(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := web.ParseForm(r, web.Limits{Bytes: editorBytes})
	if err != nil {
		return err
	}
	v, err := c.newEditor(ctx)
	if err != nil {
		return err
	}
	v.Draft = readDraft(f.Values)
	if op, ok := rowOpOf(f.Get("do")); ok {
		return c.changeRows(w, r, v, op)
	}
	var check fault.Check
	v.Draft.nameKeys(true)
	k := v.Draft.kind(&check)
	check.That(k.ID != "new", "id", "field.taken") // the address of this page
	u, err := c.Unions.Union(ctx, v.Draft.Union)
	if err != nil {
		return err
	}
	k.Version, k.Status, k.UnionID, k.UnionPath = 0, exchange.KindDraft, u.ID, u.Path
	return c.keep(w, r, v, k, &check)
}

// kind is the editor of a kind for its leads, and what it says for everybody else.
func (c *Console) kind(w http.ResponseWriter, r *http.Request) error {
	v, err := c.editorOf(r)
	if err != nil {
		return err
	}
	v.Draft, v.Kind = draftOf(v.Kept), v.Kept
	if !c.Exchange.MayEditKind(actor.From(r.Context()), v.Kept) {
		return web.Render(w, r, http.StatusOK, kindPage(v))
	}
	return c.showEditor(w, r, http.StatusOK, v)
}

// editorOf prepares the editor of a kind that exists.
func (c *Console) editorOf(r *http.Request) (v editorView, err error) {
	a := actor.From(r.Context())
	if v.Kept, err = c.Exchange.Kind(a, r.PathValue("kind")); err != nil {
		return v, err
	}
	use, err := c.Exchange.KindUse(r.Context(), a)
	v.Use = use[v.Kept.ID]
	return v, err
}

func (c *Console) saveKind(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(r, web.Limits{Bytes: editorBytes})
	if err != nil {
		return err
	}
	v, err := c.editorOf(r)
	if err != nil {
		return err
	}
	if !c.Exchange.MayEditKind(actor.From(r.Context()), v.Kept) {
		return fault.Refused()
	}
	v.Draft = readDraft(f.Values)
	v.Draft.ID = v.Kept.ID
	do := f.Get("do")
	if op, ok := rowOpOf(do); ok {
		return c.changeRows(w, r, v, op)
	}
	if rest, ok := strings.CutPrefix(do, doOverwrite+":"); ok {
		if v.Draft.Version, err = strconv.Atoi(rest); err != nil {
			return fault.New(fault.Invalid, "fault.form")
		}
	}
	var check fault.Check
	v.Draft.nameKeys(true)
	k := v.Draft.kind(&check)
	check.That(v.Draft.Version > 0, "id", "field.taken")
	k.Version, k.Status, k.UnionID, k.UnionPath = v.Draft.Version, v.Kept.Status, v.Kept.UnionID, v.Kept.UnionPath
	return c.keep(w, r, v, k, &check)
}

// keep saves the kind, or shows the editor again with what is wrong or with who was faster.
func (c *Console) keep(w http.ResponseWriter, r *http.Request, v editorView, k exchange.Kind, check *fault.Check) error {
	ctx := r.Context()
	err := joined(check.Err(), k.Validate())
	if err == nil {
		k, err = c.Exchange.SaveKind(ctx, actor.From(ctx), k)
	}
	var f *fault.Error
	switch {
	case err == nil:
		web.Flash(ctx, "console.editor.saved", "name", k.Name.In(ctx), "version", k.Version)
		return web.Redirect(w, r, "/console/kinds/"+k.ID)
	case errors.As(err, &f) && f.Code == fault.Invalid:
		v.Errors = ui.NewErrors(ctx, placed(f, v.Draft))
		return c.showEditor(w, r, http.StatusUnprocessableEntity, v)
	case fault.Is(err, fault.Conflict) && !v.New:
		return c.showMoved(w, r, v, k)
	}
	return err
}

// showMoved tells that somebody else has saved meanwhile. What was typed stays.
func (c *Console) showMoved(w http.ResponseWriter, r *http.Request, v editorView, mine exchange.Kind) error {
	kept, err := c.Exchange.Kind(actor.From(r.Context()), v.Kept.ID)
	if err != nil {
		return err
	}
	v.Kept, v.Moved = kept, &moved{kept, differing(kept, mine)}
	return c.showEditor(w, r, http.StatusConflict, v)
}

// differing names the parts in which two kinds differ.
func differing(a, b exchange.Kind) []string {
	var out []string
	for _, part := range []struct {
		id   string
		same bool
	}{
		{"console.editor.about", a.Name == b.Name && a.Summary == b.Summary},
		{"console.editor.need", reflect.DeepEqual(a.Need, b.Need)},
		{"console.editor.offer", reflect.DeepEqual(a.Offer, b.Offer)},
		{"console.editor.lists", reflect.DeepEqual(a.Lists, b.Lists)},
		{"console.editor.conditions", reflect.DeepEqual(a.Conditions, b.Conditions)},
		{"console.editor.steps", reflect.DeepEqual(a.Steps, b.Steps)},
		{"console.editor.weights", a.Weights == b.Weights},
	} {
		if !part.same {
			out = append(out, part.id)
		}
	}
	return out
}

func (c *Console) changeRows(w http.ResponseWriter, r *http.Request, v editorView, op rowOp) error {
	v.Focus = v.Draft.apply(op)
	return c.showEditor(w, r, http.StatusOK, v)
}

func (c *Console) showEditor(w http.ResponseWriter, r *http.Request, status int, v editorView) error {
	var ignored fault.Check
	v.Kind = v.Draft.kind(&ignored)
	if web.Fragment(r) {
		return web.Render(w, r, status, editorForm(v))
	}
	return web.Render(w, r, status, editorPage(v))
}

// kindStatus opens, retires or opens again a kind as the officer saw it.
func (c *Console) kindStatus(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	a := actor.From(ctx)
	k, err := c.Exchange.Kind(a, r.PathValue("kind"))
	if err != nil {
		return err
	}
	var check fault.Check
	k.Status, k.Version = exchange.KindStatus(f.Get("status")), f.Int("version", &check)
	if err := check.Err(); err != nil {
		return err
	}
	if k.Version < 1 {
		return fault.New(fault.Invalid, "fault.form")
	}
	if k, err = c.Exchange.SaveKind(ctx, a, k); err != nil {
		return err
	}
	web.Flash(ctx, "console.kind.now-"+string(k.Status), "name", k.Name.In(ctx))
	return web.Redirect(w, r, "/console/kinds/"+k.ID)
}

// copyHref begins a new kind as a copy.
func copyHref(k exchange.Kind) string {
	return href("/console/kinds/new", url.Values{"from": {k.ID}})
}

func rowName(list string, i int) string { return fmt.Sprintf("%s[%d]", list, i) }
