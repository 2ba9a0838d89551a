package exchangeweb

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/ui"
)

// draft is a need's form as it is shown: to begin with, or again with what was typed.
type draft struct {
	asking
	need       exchange.Need // the one that is edited; zero for a new one
	version    int           // that the form is of
	enterprise string
	firmName   string
	text       url.Values
	errors     ui.Errors
	once       string
	refile     bool // files were chosen, and must be chosen again

	invitee     string // whom to ask once it is posted, "" for nobody
	inviteeName string
}

// choosing is the page before the form, for whoever has a choice.
type choosing struct {
	kinds []exchange.Kind
	firms []chosenFirm
	kind  string
	href  func(kind, firm string) string
}

type chosenFirm struct{ id, name string }

// newNeed shows the form of a kind. Where there are several kinds, or several enterprises to speak for, it asks
// first.
func (p *Pages) newNeed(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actor.From(r.Context())
	q := r.URL.Query()
	kindID, firmID := q.Get("kind"), q.Get("enterprise")
	if firmID != "" && !id.Valid(firmID) {
		return fault.NoSuch()
	}
	master, err := invitee(q)
	if err != nil {
		return err
	}
	firms, err := p.firms(ctx, append(slices.Clone(a.Enterprises), firmID))
	if err != nil {
		return err
	}
	var paths []string
	for _, f := range firms {
		paths = append(paths, f.UnionPath)
	}
	kinds := p.Exchange.KindsToPost(a, paths)
	if kindID == "" && len(kinds) != 1 {
		return web.Render(w, r, http.StatusOK, choosePage(choosing{kinds: kinds, href: newHref(firmID, master)}))
	}
	if kindID == "" {
		kindID = kinds[0].ID
	}
	k, err := p.Exchange.Kind(a, kindID)
	if err != nil {
		return err
	}
	if firmID == "" && k.Need.By == exchange.ByEnterprise {
		open := slices.DeleteFunc(slices.Clone(a.Enterprises), func(e string) bool { return firms[e].Closed })
		if len(open) == 0 {
			open = a.Enterprises[:min(1, len(a.Enterprises))] // to be told why not
		}
		if len(open) != 1 {
			v := choosing{kinds: []exchange.Kind{k}, kind: k.ID, href: newHref("", master)}
			for _, e := range open {
				v.firms = append(v.firms, chosenFirm{e, firms[e].Name})
			}
			return web.Render(w, r, http.StatusOK, choosePage(v))
		}
		firmID = open[0]
	}
	d, err := p.begin(ctx, a, kindID, firmID)
	if err != nil {
		return err
	}
	if err := p.nameInvitee(ctx, &d, master); err != nil {
		return err
	}
	d.once = web.OnceKey(nil)
	d.text = url.Values{}
	if f, ok := d.form.Of(exchange.Place); ok && d.firm.Known() {
		d.text.Set(f.Key, d.firm.Address)
		d.text.Set(f.Key+".at", atFirm)
	}
	if n, _, ok := d.kind.Trade(); ok {
		d.text[n.Key] = q["trade"] // a page that knows the trade may say so
	}
	if f, ok := d.form.Of(exchange.Title); ok {
		d.text.Set(f.Key, q.Get("title"))
	}
	return web.Render(w, r, http.StatusOK, draftPage(d))
}

// newHref is the form for a new need, for whoever is to be asked with it.
func newHref(firmID, master string) func(kind, firm string) string {
	return func(kind, firm string) string {
		q := url.Values{}
		if kind != "" {
			q.Set("kind", kind)
		}
		if firm = or(firm, firmID); firm != "" {
			q.Set("enterprise", firm)
		}
		if master != "" {
			q.Set("master", master)
		}
		return "/needs/new?" + q.Encode()
	}
}

// begin prepares the form of a kind, if the actor may post one.
func (p *Pages) begin(ctx context.Context, a actor.Actor, kindID, firmID string) (draft, error) {
	k, firm, err := p.Exchange.MayPost(ctx, a, kindID, firmID)
	if err != nil {
		return draft{}, err
	}
	return draft{asking: asking{kind: k, form: k.Need, places: p.Unions.Places(), firm: firm.Spot}, enterprise: firm.ID, firmName: firm.Name}, nil
}

// post makes a need of what was typed, or shows it again with what is wrong.
func (p *Pages) post(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actor.From(r.Context())
	f, ferr := web.ParseForm(r, filesAllowed)
	if f == nil {
		return ferr
	}
	firmID := f.Get("enterprise")
	if firmID != "" && !id.Valid(firmID) {
		return fault.NoSuch()
	}
	d, err := p.begin(ctx, a, f.Get("kind"), firmID)
	if err != nil {
		return err
	}
	d.text, d.once = f.Values, web.OnceKey(f)
	master, err := invitee(f.Values)
	if err != nil {
		return err
	}
	if err := p.nameInvitee(ctx, &d, master); err != nil {
		return err
	}
	values, files, err := p.filled(ctx, a, d.asking, f, ferr)
	var n exchange.Need
	if err == nil {
		n, err = p.Exchange.Post(ctx, a, exchange.Draft{KindID: d.kind.ID, EnterpriseID: firmID, Values: values, Files: files, Once: f.Once()})
		err = d.place(err)
	}
	if err != nil {
		return p.showAgain(w, r, d, err)
	}
	if d.invitee != "" {
		p.askFor(ctx, a, n, d.invitee, d.inviteeName)
	} else {
		web.Flash(ctx, "exchange.flash.posted")
	}
	return web.Redirect(w, r, "/needs/"+n.ID)
}

// filled reads a form with its files. Files are kept only when nothing else is wrong.
func (p *Pages) filled(ctx context.Context, a actor.Actor, q asking, f *web.Form, ferr error) (exchange.Values, []exchange.File, error) {
	var unread fault.Check
	values := q.read(f, &unread)
	x, takes := q.form.Of(exchange.Files)
	if bad, ok := faultOf(ferr); ok && takes { // of the files, or there would be no form
		unread.Add(x.Key, bad.Msg, bad.Args...)
	} else if ferr != nil {
		return nil, nil, ferr
	}
	if err := q.check(values, unread); err != nil {
		return values, nil, err
	}
	if !takes {
		return values, nil, nil
	}
	files, err := p.keep(ctx, a, x.Key, f.Files[x.Key])
	return values, files, err
}

// showAgain shows a form with what was typed and what is wrong with it.
func (p *Pages) showAgain(w http.ResponseWriter, r *http.Request, d draft, err error) error {
	errs, status, ok := again(r.Context(), err)
	if !ok {
		return err
	}
	d.errors, d.refile = errs, choseFiles(r)
	if fault.Is(err, fault.Conflict) {
		d.once = web.OnceKey(nil) // it was sent before with something else in it; to send it once more is another act
	}
	return web.Render(w, r, status, draftPage(d))
}

// editing prepares the form of a need that the actor may edit.
func (p *Pages) editing(r *http.Request) (draft, error) {
	ctx, a := r.Context(), actor.From(r.Context())
	needID, err := given(r, "need")
	if err != nil {
		return draft{}, err
	}
	c, as, err := p.Exchange.Case(ctx, a, needID)
	if err != nil {
		return draft{}, err
	}
	if as != exchange.NeedSide {
		return draft{}, fault.Refused()
	}
	if c.Need.State != exchange.NeedOpen || c.Working() > 0 {
		return draft{}, fault.New(fault.Conflict, "exchange.need.running")
	}
	k, err := p.Exchange.Kind(a, c.Need.KindID)
	if err != nil {
		return draft{}, err
	}
	firms, err := p.firms(ctx, []string{c.Need.EnterpriseID})
	if err != nil {
		return draft{}, err
	}
	firm := firms[c.Need.EnterpriseID]
	d := draft{asking: asking{kind: k, form: k.Need, places: p.Unions.Places(), firm: firm.Spot}, need: c.Need, version: c.Need.Version,
		enterprise: c.Need.EnterpriseID, firmName: firm.Name}
	if s := c.Need.Spot(k); s != nil {
		d.kept = *s
	}
	return d, nil
}

func (p *Pages) editNeed(w http.ResponseWriter, r *http.Request) error {
	d, err := p.editing(r)
	if fault.Is(err, fault.Conflict) {
		return done(w, r, err, "/needs/"+r.PathValue("need"), "")
	}
	if err != nil {
		return err
	}
	d.text = d.typed(d.need.Values)
	return web.Render(w, r, http.StatusOK, draftPage(d))
}

// saveNeed keeps what was edited. Where somebody was faster, the form is shown with what was typed: sending it
// once more keeps it over what the other wrote.
func (p *Pages) saveNeed(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actor.From(r.Context())
	f, ferr := web.ParseForm(r, filesAllowed)
	if f == nil {
		return ferr
	}
	d, err := p.editing(r)
	if fault.Is(err, fault.Conflict) {
		return done(w, r, err, "/needs/"+r.PathValue("need"), "")
	}
	if err != nil {
		return err
	}
	d.text = f.Values
	version, _ := strconv.Atoi(f.Get("version")) // what is no version is an old one
	values, files, err := p.filled(ctx, a, d.asking, f, ferr)
	if err == nil {
		_, err = p.Exchange.Edit(ctx, a, d.need.ID, values, files, version)
		err = d.place(err)
	}
	if err != nil {
		return p.showAgain(w, r, d, err)
	}
	return done(w, r, nil, "/needs/"+d.need.ID, "exchange.flash.edited")
}

// back is where giving up the form leads.
func (d draft) back() string {
	if d.need.ID != "" {
		return "/needs/" + d.need.ID
	}
	return "/needs"
}

func draftTitle(ctx context.Context, d draft) string {
	if d.need.ID != "" {
		return lang.T(ctx, "exchange.draft.edit", "what", d.kind.Need.Label.In(ctx))
	}
	return lang.T(ctx, "exchange.draft.new", "what", d.kind.Need.Label.In(ctx))
}

func draftLead(ctx context.Context, d draft) string {
	switch {
	case d.need.ID != "":
		return lang.T(ctx, "exchange.draft.edit.lead")
	case d.firmName != "":
		return lang.T(ctx, "exchange.draft.for", "firm", d.firmName)
	}
	return d.kind.Summary.In(ctx)
}
