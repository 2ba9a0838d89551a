package privacyweb

import (
	"cmp"
	"context"
	"encoding/csv"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/privacy"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/ui"
)

// sheetForm is what the forms of a person's sheet hold.
type sheetForm struct {
	sent                string // "show" or "identity"
	Field, Reason, Note string
	Number              string
	Errors              ui.Errors
}

// of gives the errors of the form that was sent.
func (f sheetForm) of(form string) ui.Errors {
	if f.sent == form {
		return f.Errors
	}
	return ui.Errors{}
}

func (h *handlers) person(r *http.Request) (privacy.Sheet, error) {
	ctx, a := mine(r)
	personID, err := given(r)
	if err != nil {
		return privacy.Sheet{}, err
	}
	return h.s.Sheet(ctx, a, personID)
}

func (h *handlers) sheet(w http.ResponseWriter, r *http.Request) error {
	v, err := h.person(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, sheetPage(v, sheetForm{}))
}

func (h *handlers) show(w http.ResponseWriter, r *http.Request) error {
	ctx, a := mine(r)
	v, err := h.person(r)
	if err != nil {
		return err
	}
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	in := sheetForm{sent: "show", Field: f.Get("field"), Reason: f.Get("reason"), Note: f.Get("note")}
	if in.Field == "" {
		var c fault.Check
		c.Add("field", "privacy.fault.required")
		err = c.Err()
	}
	value := ""
	if err == nil {
		value, err = h.s.Show(ctx, a, v.Person.ID, privacy.Field(in.Field), privacy.Why{Reason: in.Reason, Note: in.Note})
	}
	if e, ok := web.FormErrors(ctx, err); ok {
		in.Errors = e
		return web.Render(w, r, http.StatusUnprocessableEntity, sheetPage(v, in))
	}
	if err != nil {
		return err
	}
	quiet(w)
	return web.Render(w, r, http.StatusOK, shownPage(v, privacy.Field(in.Field), value))
}

func (h *handlers) setIdentity(w http.ResponseWriter, r *http.Request) error {
	ctx, a := mine(r)
	v, err := h.person(r)
	if err != nil {
		return err
	}
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	in := sheetForm{sent: "identity", Number: f.Get("content")}
	err = h.s.Set(ctx, a, v.Person.ID, privacy.IdentityField, in.Number, f.Get("agreed") == "yes")
	if e, ok := web.FormErrors(ctx, err); ok {
		in.Errors = e
		quiet(w)
		return web.Render(w, r, http.StatusUnprocessableEntity, sheetPage(v, in))
	}
	if err != nil {
		return err
	}
	web.Flash(ctx, "privacy.kept")
	return web.Redirect(w, r, sheetHref(v.Person.ID))
}

func sheetHref(personID string) string { return "/console/workers/" + personID + "/private" }

func (h *handlers) desk(w http.ResponseWriter, r *http.Request) error {
	return h.deskAgain(w, r, http.StatusOK, "", ui.Errors{})
}

func (h *handlers) deskAgain(w http.ResponseWriter, r *http.Request, status int, number string, e ui.Errors) error {
	ctx, a := mine(r)
	kept, err := h.s.Kept(ctx, a)
	if err != nil {
		return err
	}
	return web.Render(w, r, status, deskPage(kept, finds(a), number, e))
}

// finds reports whether an officer works on people at all: an auditor does not.
func finds(a actor.Actor) bool {
	return slices.ContainsFunc(a.Grants, func(g actor.Grant) bool { return g.Role != actor.Auditor })
}

// find looks for the owner of an identity number. It is sent as a form, so that the number is part of no address.
func (h *handlers) find(w http.ResponseWriter, r *http.Request) error {
	ctx, a := mine(r)
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	p, err := h.s.FindID(ctx, a, f.Get("number"))
	if e, ok := web.FormErrors(ctx, err); ok {
		quiet(w)
		return h.deskAgain(w, r, http.StatusUnprocessableEntity, f.Get("number"), e)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, sheetHref(p.ID))
}

// search is what the page of readings was asked for.
type search struct {
	Union string
	Query privacy.Query
	From  string
	To    string
}

// asked reads the search from the address. Days are the hall's.
func asked(r *http.Request) (s search, err error) {
	q := r.URL.Query()
	s = search{Union: q.Get("union"), From: q.Get("from"), To: q.Get("to"),
		Query: privacy.Query{ReaderID: q.Get("reader"), PersonID: q.Get("person"), Field: privacy.Field(q.Get("field")), Source: q.Get("source"), Before: q.Get("before")}}
	for _, v := range []string{s.Union, s.Query.ReaderID, s.Query.PersonID, s.Query.Before} {
		if v != "" && !id.Valid(v) {
			return s, fault.NoSuch()
		}
	}
	if s.Query.Field != "" && !slices.Contains(privacy.Fields, s.Query.Field) {
		return s, fault.NoSuch()
	}
	if len(s.Query.Source) > 80 {
		return s, fault.NoSuch()
	}
	day := func(v string) time.Time {
		t, _ := time.ParseInLocation(time.DateOnly, v, lang.Zone) // what is no day does not narrow
		return t
	}
	s.Query.From = day(s.From)
	if to := day(s.To); !to.IsZero() {
		s.Query.To = to.AddDate(0, 0, 1)
	}
	return s, nil
}

// href is the address of a search, with other values for some parts.
func (s search) href(path string, pairs ...string) string {
	q := url.Values{}
	set := func(k, v string) {
		if q.Del(k); v != "" {
			q.Set(k, v)
		}
	}
	set("union", s.Union)
	set("reader", s.Query.ReaderID)
	set("person", s.Query.PersonID)
	set("field", string(s.Query.Field))
	set("source", s.Query.Source)
	set("from", s.From)
	set("to", s.To)
	for i := 0; i+1 < len(pairs); i += 2 {
		set(pairs[i], pairs[i+1])
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// found is the page of readings.
type found struct {
	privacy.Found
	search
	In    privacy.Union
	Names map[string]string
}

// name is somebody among the rows.
func (v found) name(personID string) string { return cmp.Or(v.Names[personID], "—") }

// narrowed are the filters that were chosen on a row and can be taken off again. They are named only where there is
// something to see: an address that was made up tells nothing.
func (v found) narrowed(ctx context.Context) (out []ui.Link) {
	if v.Total == 0 || len(v.Rows) == 0 {
		return nil
	}
	add := func(value, key, text string) {
		if value != "" {
			out = append(out, ui.Link{Href: v.href("/console/readings", key, ""), Label: text})
		}
	}
	add(v.Query.ReaderID, "reader", lang.T(ctx, "privacy.only.reader", "name", v.name(v.Query.ReaderID)))
	add(v.Query.PersonID, "person", lang.T(ctx, "privacy.only.person", "name", v.name(v.Query.PersonID)))
	add(v.Query.Source, "source", lang.T(ctx, "privacy.only.source", "source", v.Query.Source))
	return out
}

func (h *handlers) readings(w http.ResponseWriter, r *http.Request) error {
	ctx, a := mine(r)
	v := found{}
	var err error
	if v.search, err = asked(r); err != nil {
		return err
	}
	if v.In, v.Found, err = h.s.Readings(ctx, a, v.search.Union, v.Query); err != nil {
		return err
	}
	if v.Names, err = h.named(ctx, v.Rows); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, readingsPage(v))
}

const filePage = 1000

// readingsFile is the same as a file for a report: every row that was found, not only a page of them.
func (h *handlers) readingsFile(w http.ResponseWriter, r *http.Request) error {
	ctx, a := mine(r)
	s, err := asked(r)
	if err != nil {
		return err
	}
	s.Query.Before, s.Query.Limit = "", filePage
	_, page, err := h.s.Readings(ctx, a, s.Union, s.Query)
	if err != nil {
		return err
	}
	quiet(w)
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="readings-`+h.Clock.Now().In(lang.Zone).Format("20060102-1504")+`.csv"`)
	if _, err := w.Write([]byte("\ufeff")); err != nil { // so that Excel reads UTF-8
		return err
	}
	out := csv.NewWriter(w)
	head := []string{"at", "reader", "role", "person", "field", "reason", "note", "source"}
	for i, c := range head {
		head[i] = lang.T(ctx, "privacy.column."+c)
	}
	err = out.Write(head)
	for err == nil {
		if err = h.lines(ctx, out, page.Rows); err != nil || page.Next == "" {
			break
		}
		s.Query.Before = page.Next
		_, page, err = h.s.Readings(ctx, a, s.Union, s.Query)
	}
	out.Flush()
	if err == nil {
		err = out.Error()
	}
	if err != nil { // half a list must not look whole
		web.Spare(ctx, "list of readings not finished", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

func (h *handlers) lines(ctx context.Context, out *csv.Writer, rows []privacy.Reading) error {
	names, err := h.named(ctx, rows)
	if err != nil {
		return err
	}
	for _, r := range rows {
		line := []string{r.At.In(lang.Zone).Format(time.DateTime), names[r.ReaderID], roleName(ctx, r.Role), names[r.PersonID], fieldName(ctx, r.Field),
			reasonName(ctx, r.Reason), r.Note, r.Source}
		for i, v := range line {
			line[i] = plain(v)
		}
		if err := out.Write(line); err != nil {
			return err
		}
	}
	return nil
}

// plain keeps a spreadsheet from taking a text for a formula.
func plain(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// sourceName says where something was read: "engagement/ID" as its kind.
func sourceName(ctx context.Context, source string) string {
	kind, _, _ := strings.Cut(source, "/")
	if msg := "privacy.source." + kind; lang.Has(msg) {
		return lang.T(ctx, msg)
	}
	return source
}
