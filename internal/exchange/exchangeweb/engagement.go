package exchangeweb

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/ui"
	"github.com/unionhall/unionhall/internal/web/upload"
)

// deal is one engagement as its reader may see it: either side, or an officer.
type deal struct {
	kind     exchange.Kind
	need     exchange.Need
	e        exchange.Engagement
	as       exchange.Side // NoSide: an officer who only reads
	reader   string
	thread   []exchange.Message
	people   map[string]Person
	numbers  map[string]string // telephones that the reader is shown, by person
	firm     Firm
	master   Master
	speakers []string // for the need's side
	next     step
	now      time.Time
	forms    forms
}

// forms are those of the page; the one that was sent is shown again with what was typed.
type forms struct {
	sent   string // "say", "visit", "close", "tool", "follow", "leave"
	text   url.Values
	errors ui.Errors
	refile bool
}

// get is what stands in a field of a form: what was typed, if it was that form that was sent.
func (f forms) get(form, field, otherwise string) string {
	if f.sent == form {
		return f.text.Get(field)
	}
	return otherwise
}

// once is the key of one sending of a form: the one it was sent with while it is shown again.
func (f forms) once(form string) string {
	if f.sent == form {
		return web.OnceKey(&web.Form{Values: f.text})
	}
	return web.OnceKey(nil)
}

func (f forms) wrong(form string) ui.Errors {
	if f.sent == form {
		return f.errors
	}
	return ui.Errors{}
}

// works reports whether the two sides are at it.
func (d deal) works() bool { return d.e.State == exchange.Accepted }

// party reports whether the reader is one of the two sides.
func (d deal) party() bool { return d.as == exchange.NeedSide || d.as == exchange.OfferSide }

// mayAct reports whether the reader may do more than look.
func (d deal) mayAct() bool { return d.as != exchange.NoSide }

// measure is what success would measure, nil where nobody said.
func (d deal) measure() *exchange.Measure { return d.need.Measure(d.kind) }

func (d deal) href(rest string) string {
	return "/needs/" + d.need.ID + "/engagements/" + d.e.ID + rest
}

// ownEnd is how the reader's side has closed.
func (d deal) ownEnd() *exchange.Closing {
	if d.as == exchange.OfferSide {
		return d.e.OfferEnd
	}
	return d.e.NeedEnd
}

// deal reads the engagement that the address names.
func (p *Pages) deal(r *http.Request) (d deal, err error) {
	ctx, a := r.Context(), actor.From(r.Context())
	needID, err := given(r, "need")
	if err != nil {
		return d, err
	}
	engagementID, err := given(r, "engagement")
	if err != nil {
		return d, err
	}
	c, _, err := p.Exchange.Case(ctx, a, needID)
	if err != nil {
		return d, err
	}
	e := c.Engagement(engagementID)
	if e == nil {
		return d, fault.NoSuch()
	}
	d = deal{need: c.Need, e: *e, as: exchange.SideOf(a, c.Need, e), reader: a.ID, now: p.Clock.Now()}
	if d.kind, err = p.Exchange.Kind(a, c.Need.KindID); err != nil {
		return d, err
	}
	d.next = nextIn(d.kind, d.need, d.e, d.as, d.now)
	return d, nil
}

// whole adds what the page shows beside the engagement itself.
func (p *Pages) whole(r *http.Request) (d deal, err error) {
	if d, err = p.deal(r); err != nil {
		return d, err
	}
	return d, p.fill(r, &d)
}

func (p *Pages) fill(r *http.Request, d *deal) (err error) {
	ctx, a := r.Context(), actor.From(r.Context())
	if d.kind.Steps.Advice {
		if d.thread, err = p.Exchange.Thread(ctx, a, d.need.ID, d.e.ID); err != nil {
			return err
		}
	}
	firms, err := p.firms(ctx, []string{d.need.EnterpriseID})
	if err != nil {
		return err
	}
	d.firm = firms[d.need.EnterpriseID]
	if d.need.PosterID != "" {
		d.speakers = []string{d.need.PosterID}
	} else if d.need.EnterpriseID != "" {
		of, err := p.Names.Contacts(ctx, []string{d.need.EnterpriseID})
		if err != nil {
			return err
		}
		d.speakers = of[d.need.EnterpriseID]
	}
	who := append([]string{d.e.OwnerID, d.e.InvitedBy}, d.speakers...)
	for _, m := range d.thread {
		who = append(who, m.AuthorID)
	}
	if d.people, err = p.people(ctx, who); err != nil {
		return err
	}
	p.callable(ctx, a, d)
	cards, err := p.Names.Masters(ctx, []string{d.e.OwnerID})
	d.master = cards[d.e.OwnerID]
	return err
}

// callable adds the numbers of the two sides where the reader is shown them. When that they are shown cannot be kept,
// they are not.
func (p *Pages) callable(ctx context.Context, a actor.Actor, d *deal) {
	if p.Numbers == nil || !d.e.Met() || !d.mayCall() {
		return
	}
	numbers, err := p.Numbers(ctx, a, distinct(append([]string{d.e.OwnerID}, d.speakers...)), d.e.ID)
	if err != nil {
		web.Spare(ctx, "telephone numbers not shown", err)
		return
	}
	d.numbers = numbers
}

func (p *Pages) engagement(w http.ResponseWriter, r *http.Request) error {
	d, err := p.whole(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, engagementPage(d))
}

// thread and progress are the parts of the page that follow what happens.
func (p *Pages) thread(w http.ResponseWriter, r *http.Request) error {
	d, err := p.whole(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, threadPart(d))
}

func (p *Pages) progress(w http.ResponseWriter, r *http.Request) error {
	d, err := p.whole(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, progressPart(d))
}

// showSent shows the page again with the form that was sent and what is wrong with it. What is not about the
// input is left to the surface, but for what has changed meanwhile, which the page itself shows.
func (p *Pages) showSent(w http.ResponseWriter, r *http.Request, form string, f *web.Form, err error) error {
	errs, status, ok := again(r.Context(), err)
	if !ok {
		return err
	}
	d, err := p.whole(r)
	if err != nil {
		return err
	}
	d.forms = forms{sent: form, text: f.Values, errors: errs, refile: choseFiles(r)}
	return web.Render(w, r, status, engagementPage(d))
}

// act runs what a form of the page asks for: do gets the two ids. A wrong input shows the form again.
func (p *Pages) act(w http.ResponseWriter, r *http.Request, form, anchor, msg string, do func(needID, engagementID string, f *web.Form) error) error {
	needID, err := given(r, "need")
	if err != nil {
		return err
	}
	engagementID, err := given(r, "engagement")
	if err != nil {
		return err
	}
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	err = do(needID, engagementID, f)
	if fault.Is(err, fault.Invalid) && form != "" {
		return p.showSent(w, r, form, f, err)
	}
	return done(w, r, err, "/needs/"+needID+"/engagements/"+engagementID+anchor, msg)
}

// say adds a message with its files.
func (p *Pages) say(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actor.From(r.Context())
	f, ferr := web.ParseForm(r, filesAllowed)
	if f == nil {
		return ferr
	}
	d, err := p.deal(r)
	if err != nil {
		return err
	}
	err = upload.AtField("files", ferr)
	if err == nil && !d.mayAct() {
		err = fault.Refused()
	}
	var files []exchange.File
	if err == nil {
		files, err = p.keep(ctx, a, "files", f.Files["files"])
	}
	if err == nil {
		_, err = p.Exchange.Say(ctx, a, d.need.ID, d.e.ID, f.Get("body"), files, f.Once())
	}
	if fault.Is(err, fault.Invalid) {
		return p.showSent(w, r, "say", f, err)
	}
	return done(w, r, err, d.href("#say"), "")
}

func (p *Pages) decline(w http.ResponseWriter, r *http.Request) error {
	return p.act(w, r, "leave", "", "exchange.flash.declined", func(needID, engagementID string, f *web.Form) error {
		return p.Exchange.Decline(r.Context(), actor.From(r.Context()), needID, engagementID, f.Get("reason"))
	})
}

func (p *Pages) leave(w http.ResponseWriter, r *http.Request) error {
	return p.act(w, r, "leave", "", "exchange.flash.left", func(needID, engagementID string, f *web.Form) error {
		return p.Exchange.Leave(r.Context(), actor.From(r.Context()), needID, engagementID, f.Get("reason"))
	})
}

// roleOf is for whom somebody writes.
func roleOf(s exchange.Side) string { return "exchange.side." + string(s) }

// nameOf is a person of the engagement by name.
func (d deal) nameOf(personID string) string { return d.people[personID].Name }

// stateTone is how an engagement's state looks.
func stateTone(s exchange.EngagementState) ui.Tone {
	switch s {
	case exchange.Accepted:
		return ui.Info
	case exchange.Finished:
		return ui.Good
	case exchange.Invited:
		return ui.Warn
	}
	return ui.Neutral
}

// path is how far the engagement has come, by the steps that its kind has.
func (d deal) path() (ids []string, steps []ui.StepState) {
	e, st := d.e, d.kind.Steps
	over := e.State == exchange.Declined || e.State == exchange.Left
	closed := e.NeedEnd != nil && e.OfferEnd != nil
	visited := false
	for _, v := range e.Visits {
		visited = visited || !v.Done.IsZero()
	}
	followed := len(e.FollowUps) > 0
	for _, f := range e.FollowUps {
		followed = followed && !f.Answered.IsZero()
	}
	add := func(has bool, id string, done bool) {
		if !has {
			return
		}
		s := ui.Ahead
		if done {
			s = ui.Done
		} else if n := len(steps); (n == 0 || steps[n-1] == ui.Done) && !over {
			s = ui.Current
		}
		ids, steps = append(ids, id), append(steps, s)
	}
	add(true, "accept", !e.Accepted.IsZero())
	add(st.Advice, "advice", e.Messages > 1 || visited || closed)
	add(st.Visit, "visit", visited || closed)
	add(st.Outcome, "outcome", closed)
	add(st.Rating, "rating", closed)
	add(st.Toolbox, "toolbox", e.ToolID != "")
	add(len(st.FollowUps) > 0, "follow-up", followed)
	if over {
		for i, s := range steps {
			if s != ui.Done {
				steps[i] = ui.Failed
				break
			}
		}
	}
	return ids, steps
}

// noteOf is what is said under a step: when it was, or that it was not needed.
func (d deal) noteOf(t func(time.Time) string, id string) string {
	switch {
	case id == "accept" && !d.e.Accepted.IsZero():
		return t(d.e.Accepted)
	case id == "outcome" && d.e.State == exchange.Finished:
		return t(d.e.Ended)
	case id == "visit":
		for _, v := range d.e.Visits {
			if !v.Done.IsZero() {
				return t(v.From)
			}
		}
	}
	return ""
}

// local reads what a datetime-local control gives, in the zone in which people live here.
func local(s string) (time.Time, bool) {
	s = strings.Replace(exchange.Tidy(s), " ", "T", 1)
	for _, form := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if t, err := time.ParseInLocation(form, s, lang.Zone); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}
