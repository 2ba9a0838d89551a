package hallweb

import (
	"context"
	"net/http"
	"strconv"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/ui"
)

// finder looks for a union by place or employer, and leads on with the one that was chosen.
type finder struct {
	Path     string // of the page
	Next     string // where a choice leads
	Words    string
	Employer string
	Asked    bool
	Named    []spot
	Near     []spot
	Firms    []workplace
}

// spot is a union that can be chosen.
type spot struct {
	Name, Above string
	Far         string // "" when not known
	Href        string
}

// workplace is an employer whose union can be chosen.
type workplace struct{ Name, Union, Href string }

// Nothing says that nothing was found.
func (f finder) Nothing() bool { return f.Asked && len(f.Named)+len(f.Near)+len(f.Firms) == 0 }

// find looks for what the query asks.
func (h *handlers) find(r *http.Request, path, next string) (f finder, fl *fault.Error, err error) {
	ctx, q := r.Context(), r.URL.Query()
	f = finder{Path: path, Next: next, Words: q.Get("place"), Employer: q.Get("employer")}
	look := hall.Look{Words: f.Words, Employer: f.Employer, Place: placeAsked(q.Get("lat"), q.Get("lng"))}
	if look.Empty() {
		return f, nil, nil
	}
	f.Asked = true
	got, err := h.s.Look(ctx, look, web.ClientIP(ctx).String())
	if fl, ok := faultOf(err); ok && fl.Code == fault.TooMany {
		return f, fl, nil
	}
	if err != nil {
		return f, nil, err
	}
	seen := map[string]bool{}
	spots := func(list []hall.Spot) (out []spot) {
		for _, s := range list {
			if !seen[s.Union.ID] {
				seen[s.Union.ID] = true
				out = append(out, h.spot(ctx, s, next))
			}
		}
		return out
	}
	f.Named, f.Near = spots(got.Named), spots(got.Near)
	for _, w := range got.Workplaces {
		f.Firms = append(f.Firms, workplace{w.Enterprise.Name, w.Union.Name.In(ctx), href(next, "union", w.Union.ID, "enterprise", w.Enterprise.ID, "employer", w.Enterprise.Name)})
	}
	return f, nil, nil
}

func (h *handlers) spot(ctx context.Context, s hall.Spot, next string) spot {
	out := spot{Name: s.Union.Name.In(ctx), Href: href(next, "union", s.Union.ID)}
	if line, err := h.s.Line(ctx, s.Union.ID); err == nil && len(line) > 1 {
		out.Above = lineName(ctx, line[:len(line)-1])
	}
	if s.Metre > 0 {
		out.Far = farness(ctx, s.Metre)
	}
	return out
}

// farness says a distance as people do.
func farness(ctx context.Context, metre float64) string {
	if metre < 1000 {
		return lang.T(ctx, "hall.join.metres", "n", int(metre/100+0.5)*100)
	}
	return lang.T(ctx, "hall.join.km", "n", strconv.FormatFloat(metre/1000, 'f', 1, 64))
}

// placeAsked is a place of the query; what is none asks for nothing.
func placeAsked(lat, lng string) (p hall.Place) {
	var err1, err2 error
	p.Lat, err1 = strconv.ParseFloat(lat, 64)
	p.Lng, err2 = strconv.ParseFloat(lng, 64)
	if err1 != nil || err2 != nil || !(p.Lat >= -90 && p.Lat <= 90 && p.Lng >= -180 && p.Lng <= 180) {
		return hall.Place{}
	}
	return p
}

// chosenUnion is the union that a form is about, with the way to it.
func (h *handlers) chosenUnion(ctx context.Context, unionID string) (u hall.Union, where string, err error) {
	if u, err = h.s.Union(ctx, unionID); err != nil {
		return u, "", err
	}
	line, err := h.s.Line(ctx, u.ID)
	return u, lineName(ctx, line), err
}

// transferPage finds the union to go over to.
func (h *handlers) transferPage(w http.ResponseWriter, r *http.Request) error {
	f, fl, err := h.find(r, "/me/transfer", "/me/transfer/form")
	if err != nil {
		return err
	}
	return h.finderPage(w, r, fl, findTransferPage(f, errorsOf(r.Context(), fl)))
}

func errorsOf(ctx context.Context, f *fault.Error) ui.Errors {
	if f == nil {
		return ui.Errors{}
	}
	return ui.NewErrors(ctx, f)
}

// mine is the person that is signed in.
func (h *handlers) mine(ctx context.Context) (actor.Actor, hall.Person, error) {
	a := actor.From(ctx)
	p, err := h.s.Person(ctx, a, a.ID)
	return a, p, err
}
