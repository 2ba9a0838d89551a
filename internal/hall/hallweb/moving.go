package hallweb

import (
	"context"
	"net/http"
	"slices"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/ui"
)

// moving is the page on which a union is moved: first where to, then what that would do.
type moving struct {
	Union   hall.Union
	How     string // "move" or "merge"
	Words   string
	Found   []hall.Union
	Preview *hall.Preview
	Running bool              // a move of this union is under way
	Names   map[string]string // of the unions of the officers in the preview, or of those above what was found
}

func (v moving) href() string { return "/console/unions/" + v.Union.ID + "/move" }

func (v moving) back() string { return href("/console/unions", "union", v.Union.ID) }

const (
	howMove  = "move"
	howMerge = "merge"

	placesFound = 50
)

func (h *handlers) moving(r *http.Request) (v moving, a actor.Actor, err error) {
	ctx := r.Context()
	a = actor.From(ctx)
	unionID, err := given(r, "union")
	if err != nil {
		return v, a, err
	}
	if v.Union, err = h.s.Scope(ctx, a, unionID); err != nil {
		return v, a, err
	}
	if _, ok := hall.MoveScope(a, v.Union); !ok {
		return v, a, fault.Refused()
	}
	m, err := h.s.MoveOf(ctx, a, v.Union.ID)
	v.Running, v.How = m.ID != "", howMove
	return v, a, err
}

func (h *handlers) moveUnionPage(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, a, err := h.moving(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	v.Words = q.Get("q")
	if q.Get("how") == howMerge {
		v.How = howMerge
	}
	into, err := asked(r, "into")
	if err != nil {
		return err
	}
	e := ui.Errors{}
	if into != "" {
		p, err := h.s.PreviewMove(ctx, a, hall.MoveInput{UnionID: v.Union.ID, IntoID: into, Merge: v.How == howMerge})
		if fl, ok := again(err); ok {
			e = ui.NewErrors(ctx, fl)
		} else if err != nil {
			return err
		} else {
			v.Preview, v.Names = &p, h.reachNames(ctx, p)
		}
	}
	if v.Preview == nil && v.Words != "" {
		if v.Found, err = h.places(ctx, a, v); err != nil {
			return err
		}
		var above []string
		for _, u := range v.Found {
			above = append(above, u.ParentID)
		}
		v.Names = h.unionNames(ctx, above)
	}
	status := http.StatusOK
	if e.Any() {
		status = http.StatusUnprocessableEntity
	}
	return web.Render(w, r, status, moveUnionPage(v, e))
}

// places are the unions with the words in their names that the union could go to.
func (h *handlers) places(ctx context.Context, a actor.Actor, v moving) ([]hall.Union, error) {
	top, _ := hall.MoveScope(a, v.Union)
	list, err := h.s.Subtree(ctx, top, v.Words, placesFound)
	return slices.DeleteFunc(list, func(u hall.Union) bool {
		return actor.Within(u.Path, v.Union.Path) || v.How == howMove && (u.ID == v.Union.ParentID || u.Level >= v.Union.Level) || v.How == howMerge && u.ID == top
	}), err
}

// reachNames names the unions for which the officers act whose reach changes.
func (h *handlers) reachNames(ctx context.Context, p hall.Preview) map[string]string {
	var ids []string
	for _, o := range slices.Concat(p.Lose, p.Gain) {
		ids = append(ids, o.Grant.UnionID)
	}
	return h.unionNames(ctx, ids)
}

func (h *handlers) moveUnion(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, a, err := h.moving(r)
	if err != nil {
		return err
	}
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	if f.Get("how") == howMerge {
		v.How = howMerge
	}
	m, err := h.move(ctx, a, hall.MoveInput{UnionID: v.Union.ID, IntoID: f.Get("into"), Merge: v.How == howMerge})
	if fl, ok := again(err); ok {
		return web.Render(w, r, web.Status(fl), moveUnionPage(v, ui.NewErrors(ctx, fl)))
	}
	if err != nil {
		return err
	}
	web.Flash(ctx, "hall.move.done."+v.How, "name", v.Union.Name.In(ctx))
	to := m.UnionID
	if m.Merge {
		to = m.IntoID
	}
	return web.Redirect(w, r, href("/console/unions", "union", to))
}

func (h *handlers) move(ctx context.Context, a actor.Actor, in hall.MoveInput) (hall.Move, error) {
	var c fault.Check
	if c.That(in.IntoID != "", "into", "hall.fault.required"); c.Err() != nil {
		return hall.Move{}, c.Err()
	}
	if !id.Valid(in.IntoID) {
		return hall.Move{}, fault.NoSuch()
	}
	return h.s.MoveUnion(ctx, a, in)
}

func howOptions(ctx context.Context) (out []ui.Option) {
	for _, how := range []string{howMove, howMerge} {
		out = append(out, ui.Option{Value: how, Label: lang.T(ctx, "hall.move.how."+how), Help: lang.T(ctx, "hall.move.how."+how+".help")})
	}
	return out
}

func moveFacts(ctx context.Context, p hall.Preview) (out []ui.Fact) {
	for _, c := range p.Counts {
		out = append(out, ui.Fact{Term: lang.T(ctx, "hall.move.count."+c.What), Text: lang.Number(ctx, c.N)})
	}
	return out
}

// movingFault is what stands in the way, in words.
func movingFault(ctx context.Context, e ui.Errors) string {
	if msg := e.Of(ctx, "into"); msg != "" {
		return msg
	}
	return e.Summary
}

func gainNote(ctx context.Context, p hall.Preview) string {
	if !p.Merge {
		return ""
	}
	return lang.T(ctx, "hall.move.gain.note")
}
