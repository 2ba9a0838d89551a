package hallweb

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/layout"
	"github.com/unionhall/unionhall/internal/web/ui"
	"github.com/unionhall/unionhall/internal/web/upload"
)

// honourRoutes are the pages of masters' honours.
func (h *handlers) honourRoutes(rt *web.Router) {
	rt.Page("GET /me/master/honours", web.SignedIn, h.ownHonours)
	rt.Page("POST /me/master/honours", web.SignedIn, h.giveHonour)
	rt.Page("POST /me/master/honours/{document}/withdraw", web.SignedIn, h.withdrawHonour)
	rt.Page("GET /console/masters/{person}/honours", web.Officer, h.honoursOf)
	rt.Page("POST /console/masters/{person}/honours", web.Officer, h.enterHonour)
	rt.Page("GET /console/honours/{document}", web.Officer, h.honourPage)
	rt.Page("POST /console/honours/{document}", web.Officer, h.decideHonour)
}

// honourForm is an honour as typed.
type honourForm struct{ Name, Level, Year, Issuer string }

// honoured is a master with the honours they have and those that were handed in.
type honoured struct {
	hall.Master
	Given []hall.Document // what waits and what was refused
	Names map[string]string
	Own   bool
	May   bool // the officer may enter one
}

func (v honoured) action() string {
	if v.Own {
		return "/me/master/honours"
	}
	return "/console/masters/" + v.PersonID + "/honours"
}

func (h *handlers) readHonoured(ctx context.Context, personID string) (v honoured, err error) {
	a := actor.From(ctx)
	given, err := h.s.HonoursGiven(ctx, a, personID)
	if err != nil {
		return v, err
	}
	if v.Master, err = h.s.Master(ctx, a, personID); err != nil {
		return v, err
	}
	v.May = a.MayAct(v.UnionPath) && a.ID != v.PersonID && v.Status != hall.Closed
	var ids []string
	for _, x := range v.Honours {
		ids = append(ids, x.By)
	}
	for _, d := range given {
		if d.State != hall.DocumentConfirmed {
			v.Given = append(v.Given, d)
		}
		ids = append(ids, d.By)
	}
	v.Names, err = h.s.Names(ctx, present(ids...))
	return v, err
}

func (h *handlers) readOwnHonours(ctx context.Context) (honoured, error) {
	a := actor.From(ctx)
	if !a.Master {
		return honoured{}, fault.Refused()
	}
	v, err := h.readHonoured(ctx, a.ID)
	v.Own = true
	return v, err
}

func (h *handlers) ownHonours(w http.ResponseWriter, r *http.Request) error {
	v, err := h.readOwnHonours(r.Context())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, honoursPage(v, honourForm{}, ui.Errors{}))
}

func (h *handlers) giveHonour(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, err := h.readOwnHonours(ctx)
	if err != nil {
		return err
	}
	return h.addHonour(w, r, v, "hall.honour.given", func(in hall.HonourInput) error {
		_, err := h.s.GiveHonour(ctx, actor.From(ctx), in)
		return err
	})
}

// addHonour reads the form and hands what it says to give.
func (h *handlers) addHonour(w http.ResponseWriter, r *http.Request, v honoured, done string, give func(hall.HonourInput) error) error {
	ctx := r.Context()
	var form honourForm
	f, err := web.ParseForm(r, papersAllowed)
	if err != nil {
		err = upload.AtField("files", err)
	} else {
		form = honourForm{Name: f.Get("name"), Level: f.Get("level"), Year: f.Get("year"), Issuer: f.Get("issuer")}
		var c fault.Check
		in := hall.HonourInput{Name: form.Name, Level: hall.HonourLevel(form.Level), Issuer: form.Issuer, Year: f.Int("year", &c)}
		if err = c.Err(); err == nil {
			in.Papers, err = h.keepPapers(ctx, f.Files["files"])
		}
		if err == nil {
			err = give(in)
		}
	}
	if fl, ok := again(err); ok {
		return web.Render(w, r, web.Status(fl), honoursPage(v, form, ui.NewErrors(ctx, fl)))
	}
	if err != nil {
		return err
	}
	web.Flash(ctx, done)
	return web.Redirect(w, r, v.action())
}

// withdrawHonour takes back an honour that waits. Somebody may have decided it meanwhile.
func (h *handlers) withdrawHonour(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	documentID, err := given(r, "document")
	if err != nil {
		return err
	}
	err = h.s.WithdrawHonour(ctx, actor.From(ctx), documentID)
	switch {
	case errors.Is(err, hall.DocumentMoved):
		web.FlashTone(ctx, ui.Warn, "hall.honour.decided-before")
	case err != nil:
		return err
	default:
		web.Flash(ctx, "hall.honour.withdrawn")
	}
	return web.Redirect(w, r, "/me/master/honours")
}

// readHonoursOf reads a master for an officer.
func (h *handlers) readHonoursOf(r *http.Request) (v honoured, err error) {
	personID, err := given(r, "person")
	if err != nil {
		return v, err
	}
	if v, err = h.readHonoured(r.Context(), personID); err == nil && !actor.From(r.Context()).MayRead(v.UnionPath) {
		err = fault.NoSuch()
	}
	return v, err
}

func (h *handlers) honoursOf(w http.ResponseWriter, r *http.Request) error {
	v, err := h.readHonoursOf(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, honoursPage(v, honourForm{}, ui.Errors{}))
}

func (h *handlers) enterHonour(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, err := h.readHonoursOf(r)
	if err != nil {
		return err
	}
	if !v.May {
		return fault.Refused()
	}
	return h.addHonour(w, r, v, "hall.honour.entered", func(in hall.HonourInput) error {
		_, err := h.s.EnterHonour(ctx, actor.From(ctx), v.PersonID, in)
		return err
	})
}

// askedHonour is an honour that was handed in, as an officer looks at it.
type askedHonour struct {
	hall.Document
	By  string // who decided, by name
	May bool
}

func (h *handlers) readHonour(r *http.Request) (v askedHonour, err error) {
	ctx := r.Context()
	a := actor.From(ctx)
	documentID, err := given(r, "document")
	if err != nil {
		return v, err
	}
	if v.Document, err = h.s.Document(ctx, a, documentID); err != nil {
		return v, err
	}
	if v.Kind != hall.HonourDocument || !a.MayRead(v.UnionPath) {
		return v, fault.NoSuch()
	}
	v.May = v.State == hall.DocumentWaiting && a.MayAct(v.UnionPath) && a.ID != v.SubjectID
	names, err := h.s.Names(ctx, present(v.Document.By))
	v.By = names[v.Document.By]
	return v, err
}

func (h *handlers) honourPage(w http.ResponseWriter, r *http.Request) error {
	v, err := h.readHonour(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, honourPage(v, verifyForm{}, ui.Errors{}))
}

func (h *handlers) decideHonour(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, err := h.readHonour(r)
	if err != nil {
		return err
	}
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	form := verifyForm{State: f.Get("state"), Reason: f.Get("reason")}
	err = h.s.DecideHonour(ctx, actor.From(ctx), hall.HonourDecision{DocumentID: v.ID, State: hall.DocumentState(form.State), Reason: form.Reason})
	if errors.Is(err, hall.DocumentMoved) { // somebody else was quicker, and the form is gone
		web.FlashTone(ctx, ui.Warn, "hall.honour.decided-before")
		return web.Redirect(w, r, documentHref(v.Document))
	}
	if fl, ok := again(err); ok {
		return web.Render(w, r, web.Status(fl), honourPage(v, form, ui.NewErrors(ctx, fl)))
	}
	if err != nil {
		return err
	}
	web.Flash(ctx, "hall.honour.decided", "name", v.Subject)
	return web.Redirect(w, r, "/console/documents")
}

// honourFacts say what is known of an honour, and who confirmed it.
func honourFacts(ctx context.Context, x hall.Honour) []ui.Fact {
	facts := []ui.Fact{{Term: lang.T(ctx, "hall.honour.name"), Text: x.Name}}
	if x.Level != "" {
		facts = append(facts, ui.Fact{Term: lang.T(ctx, "hall.honour.level"), Text: honourLevel(ctx, x.Level)})
	}
	facts = append(facts, ui.Fact{Term: lang.T(ctx, "hall.honour.year"), Text: strconv.Itoa(x.Year)})
	if x.Issuer != "" {
		facts = append(facts, ui.Fact{Term: lang.T(ctx, "hall.honour.issuer"), Text: x.Issuer})
	}
	return facts
}

// honourLine is an honour in one line: level, who gave it, year.
func honourLine(ctx context.Context, x hall.Honour) string {
	level := ""
	if x.Level != "" {
		level = honourLevel(ctx, x.Level)
	}
	return strings.Join(present(level, x.Issuer, strconv.Itoa(x.Year)), " · ")
}

func honourLevel(ctx context.Context, l hall.HonourLevel) string {
	return lang.T(ctx, "hall.honour.level."+string(l))
}

// confirmedBy says who confirmed an honour and when, as far as that was kept.
func confirmedBy(ctx context.Context, x hall.Honour, names map[string]string) string {
	if x.By == "" || names[x.By] == "" {
		return lang.T(ctx, "hall.honour.by-union")
	}
	return lang.T(ctx, "hall.honour.by", "day", lang.Day(ctx, x.At), "name", names[x.By])
}

func honourChoices(ctx context.Context) (out []ui.Option) {
	for _, s := range []hall.DocumentState{hall.DocumentConfirmed, hall.DocumentRefused} {
		key := "hall.honour.decide." + string(s)
		out = append(out, ui.Option{Value: string(s), Label: lang.T(ctx, key), Help: lang.T(ctx, key+".help")})
	}
	return out
}

func honoursTitle(ctx context.Context, v honoured) string {
	if v.Own {
		return lang.T(ctx, "hall.honours.own")
	}
	return lang.T(ctx, "hall.honours.of", "name", v.Name)
}

func honoursCrumbs(ctx context.Context, v honoured) []ui.Link {
	if v.Own {
		return append(meCrumbs(ctx), ui.Link{Href: "/me/master", Label: lang.T(ctx, "hall.own.title")})
	}
	return backTo("/console/masters", v.UnionID, lang.T(ctx, "hall.nav.masters"))
}

func honoursLayout(ctx context.Context, v honoured) layout.Props {
	p := layout.Props{Title: honoursTitle(ctx, v), Active: "own-master", Narrow: true}
	if !v.Own {
		p.Active, p.Console = "console-masters", true
	}
	return p
}

// honoursAdd are the words of the form: the master hands in, an officer enters.
func honoursAdd(ctx context.Context, v honoured, part string) string {
	if v.Own {
		return lang.T(ctx, "hall.honour.give"+part)
	}
	return lang.T(ctx, "hall.honour.enter"+part)
}
