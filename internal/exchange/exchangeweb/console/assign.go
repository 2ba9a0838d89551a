package console

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/ui"
)

const (
	assignCount = 20 // how many fitting masters are offered
	namedCount  = 10 // how many of those with a name are judged
)

// assignView is a need with the masters that fit it.
type assignView struct {
	Row      row
	Matches  []candidate
	Eligible int
	Asked    []asked
	Name     string // whom the officer asks about
	Named    []judged
	Total    int    // how many have that name, listed or not
	Wrong    string // why the assignment did not happen, already in the reader's language
}

// candidate is an offer that fits.
type candidate struct {
	exchange.Match
	Reasons []string
	Asked   exchange.EngagementState // "" when not asked yet
}

// judged is somebody with the name that the officer typed, with why they fit or do not.
type judged struct {
	exchange.Judged
	For, Against []string
}

// asked is somebody who was asked already, or came by themselves.
type asked struct {
	exchange.Engagement
	Name string
	Href string
}

func (c *Console) assignPage(w http.ResponseWriter, r *http.Request) error {
	v, err := c.assignView(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, assignPage(v))
}

func (c *Console) assign(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	k, err := c.caseOf(ctx, r.PathValue("need"))
	if err != nil {
		return err
	}
	offer := f.Get("offer")
	if !id.Valid(offer) {
		return fault.New(fault.Invalid, "fault.invalid")
	}
	e, err := c.Exchange.Invite(ctx, actor.From(ctx), k.Need.ID, offer)
	if fault.Is(err, fault.Conflict) {
		return c.assignAgain(w, r, err)
	}
	if err != nil {
		return err
	}
	names, err := c.Names.Persons(ctx, []string{e.OwnerID})
	if err != nil {
		return err
	}
	web.Flash(ctx, assigned(actor.From(ctx), e), "name", names[e.OwnerID])
	return web.Redirect(w, r, "/needs/"+k.Need.ID)
}

// assigned says what came of it: whoever had been asked by the firm, or had come, by the time that the button was pressed
// is not asked again.
func assigned(a actor.Actor, e exchange.Engagement) string {
	switch {
	case e.Met():
		return "console.assign.came-already"
	case !e.Assigned && e.InvitedBy != a.ID:
		return "console.assign.asked-already"
	}
	return "console.assign.done"
}

// assignAgain shows the masters as they now are, with why the assignment did not happen.
func (c *Console) assignAgain(w http.ResponseWriter, r *http.Request, because error) error {
	v, err := c.assignView(r)
	if err != nil {
		return err
	}
	var f *fault.Error
	errors.As(because, &f)
	v.Wrong = lang.T(r.Context(), f.Msg, f.Args...)
	return web.Render(w, r, http.StatusConflict, assignPage(v))
}

// caseOf gives a case of the officer's subtrees: that somebody sees it as a contact or a master does not make
// it a matter of their desk.
func (c *Console) caseOf(ctx context.Context, needID string) (exchange.Case, error) {
	if !id.Valid(needID) {
		return exchange.Case{}, fault.NoSuch()
	}
	a := actor.From(ctx)
	k, _, err := c.Exchange.Case(ctx, a, needID)
	if err == nil && !a.MayRead(k.Need.UnionPath) {
		err = fault.NoSuch()
	}
	return k, err
}

func (c *Console) assignView(r *http.Request) (v assignView, err error) {
	defer fault.Wrap(&err, "console.assignView")
	ctx := r.Context()
	k, err := c.caseOf(ctx, r.PathValue("need"))
	if err != nil {
		return v, err
	}
	rows, err := c.rows(ctx, c.book(ctx), []exchange.Need{k.Need})
	if err != nil {
		return v, err
	}
	v.Row = rows[0]
	if v.Asked, err = c.asked(ctx, k); err != nil {
		return v, err
	}
	if k.Need.State != exchange.NeedOpen {
		return v, nil
	}
	m, err := c.Exchange.Matches(ctx, actor.From(ctx), k.Need.ID, assignCount)
	if err != nil {
		return v, err
	}
	if v.Row.MayAct {
		v.Name = strings.TrimSpace(r.URL.Query().Get("master"))
		if v.Named, v.Total, err = c.judge(ctx, k.Need.ID, v.Name); err != nil {
			return v, err
		}
	}
	v.Eligible = m.Eligible
	for _, x := range m.Offers {
		one := candidate{Match: x, Reasons: said(ctx, x.Reasons)}
		if e := k.With(x.Offer.ID); e != nil {
			one.Asked = e.State
		}
		v.Matches = append(v.Matches, one)
	}
	return v, nil
}

// judge asks about the masters with a name; about nobody without one.
func (c *Console) judge(ctx context.Context, needID, name string) (out []judged, total int, err error) {
	if name == "" {
		return nil, 0, nil
	}
	found, total, err := c.Exchange.Consider(ctx, actor.From(ctx), needID, name, namedCount)
	for _, x := range found {
		out = append(out, judged{x, said(ctx, x.For), said(ctx, x.Against)})
	}
	return out, total, err
}

func said(ctx context.Context, reasons []exchange.Reason) []string {
	out := make([]string, len(reasons))
	for i, r := range reasons {
		out[i] = r.Say(ctx)
	}
	return out
}

func (c *Console) asked(ctx context.Context, k exchange.Case) ([]asked, error) {
	if len(k.Engagements) == 0 {
		return nil, nil
	}
	ids := make([]string, len(k.Engagements))
	for i, e := range k.Engagements {
		ids[i] = e.OwnerID
	}
	names, err := c.Names.Persons(ctx, ids)
	out := make([]asked, len(ids))
	for i, e := range k.Engagements {
		out[i] = asked{e, names[e.OwnerID], "/needs/" + k.Need.ID + "/engagements/" + e.ID}
	}
	return out, err
}

// since is when the engagement came to where it stands.
func (e asked) since() time.Time {
	for _, t := range []time.Time{e.Ended, e.Accepted, e.Invited} {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}

// eligible says how many fit when more fit than are listed.
func (v assignView) eligible(ctx context.Context) string {
	if v.Eligible <= len(v.Matches) {
		return ""
	}
	return word(ctx, "assign.eligible", "shown", len(v.Matches), "count", v.Eligible)
}

// found says how many have the name, where more have it than are listed.
func (v assignView) found(ctx context.Context) string {
	if v.Total <= len(v.Named) {
		return ""
	}
	return word(ctx, "assign.named-more", "shown", len(v.Named), "count", v.Total)
}

func namedCols(ctx context.Context) []ui.Col {
	return []ui.Col{{Label: word(ctx, "col.master")}, {Label: word(ctx, "col.fits")}, {Label: word(ctx, "col.against")}, {Label: word(ctx, "col.for")}, {Label: word(ctx, "col.do")}}
}

func (v assignView) cols(ctx context.Context) []ui.Col {
	cols := []ui.Col{{Label: word(ctx, "col.master")}, {Label: word(ctx, "col.why")}, {Label: word(ctx, "col.distance"), Num: true},
		{Label: word(ctx, "col.load"), Num: true}, {Label: word(ctx, "col.stars")}}
	if v.Row.MayAct {
		cols = append(cols, ui.Col{Label: word(ctx, "col.do")})
	}
	return cols
}

func (m candidate) distance(ctx context.Context) string {
	switch {
	case m.Metres < 0:
		return none
	case m.Metres < 1000:
		return word(ctx, "assign.near")
	}
	return word(ctx, "assign.km", "km", lang.Decimal(m.Metres/1000, 0))
}

// load is how much the master carries of what they can.
func (m candidate) load() string { return whole(m.Offer.Load) + " / " + whole(m.Offer.Capacity) }

// lead says whose need it is and what it waits for.
func (v assignView) lead(ctx context.Context) string {
	parts := []string{v.Row.Firm, v.Row.Trade, v.Row.Union}
	if v.Row.tooLong() {
		parts = append(parts, domain(ctx, "wait."+string(v.Row.Wait.For))+" "+late(ctx, v.Row.Overdue))
	}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " · ")
}
