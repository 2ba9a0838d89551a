package hallweb

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/ui"
)

// joinRoutes registers the pages by which workers join, move and leave.
func (h *handlers) joinRoutes(rt *web.Router) {
	rt.Page("GET /join", web.Public, h.joinPage)
	rt.Page("GET /join/form", web.Public, h.joinFormPage)
	rt.Page("POST /join", web.Public, h.join)
	rt.Page("GET /join/code", web.Public, h.joinCodePage)
	rt.Page("POST /join/code", web.Public, h.joinCode)
	rt.Page("GET /join/state", web.Public, h.joinStatePage)
	rt.Page("POST /join/state", web.Public, h.askJoinState)
	rt.Page("POST /join/withdraw", web.Public, h.withdrawJoin)
	rt.Mount(joinScript, web.Route{Method: "GET", Pattern: joinScript.Path, Access: web.Public, Surface: web.Asset})

	rt.Page("GET /me/membership", web.SignedIn, h.membership)
	rt.Page("GET /me/transfer", web.SignedIn, h.transferPage)
	rt.Page("GET /me/transfer/form", web.SignedIn, h.transferFormPage)
	rt.Page("POST /me/transfer", web.SignedIn, h.askTransfer)
	rt.Page("POST /me/transfer/withdraw", web.SignedIn, h.withdrawTransfer)
	rt.Page("GET /me/leave", web.SignedIn, h.leavePage)
	rt.Page("POST /me/leave", web.SignedIn, h.proof.Guard(h.leave))

	rt.Page("GET /console/joining", web.Officer, h.requests)
	rt.Page("GET /console/joining/{request}", web.Officer, h.request)
	rt.Page("POST /console/joining/{request}/approve", web.Officer, h.approve)
	rt.Page("POST /console/joining/{request}/refuse", web.Officer, h.refuse)
}

// joinForm is what a worker types to join.
type joinForm struct {
	Name, Phone, Employer, Note string
	Enterprise                  string // id, when the employer was found
	Union                       hall.Union
	Where                       string // the way to the union
}

func (h *handlers) joinPage(w http.ResponseWriter, r *http.Request) error {
	if !h.s.SendsCodes() {
		return fault.NoSuch()
	}
	f, fl, err := h.find(r, "/join", "/join/form")
	if err != nil {
		return err
	}
	return h.finderPage(w, r, fl, joinPage(f, errorsOf(r.Context(), fl)))
}

func (h *handlers) finderPage(w http.ResponseWriter, r *http.Request, fl *fault.Error, page templ.Component) error {
	status := http.StatusOK
	if fl != nil {
		status = refusal(w, fl)
	}
	return web.Render(w, r, status, page)
}

// joinFormOf reads a form and what it is about: the union, and the employer that was found.
func (h *handlers) joinFormOf(ctx context.Context, v url.Values) (f joinForm, err error) {
	f = joinForm{Name: v.Get("name"), Phone: v.Get("phone"), Employer: v.Get("employer"), Note: v.Get("note"), Enterprise: v.Get("enterprise")}
	if !id.Valid(v.Get("union")) {
		return f, fault.NoSuch()
	}
	if f.Union, f.Where, err = h.chosenUnion(ctx, v.Get("union")); err != nil || f.Enterprise == "" {
		return f, err
	}
	if !id.Valid(f.Enterprise) {
		return f, fault.NoSuch()
	}
	found, err := h.s.Enterprises(ctx, []string{f.Enterprise})
	e, ok := found[f.Enterprise]
	if !ok || e.Status == hall.Closed || e.UnionID != f.Union.ID {
		f.Enterprise = "" // the form says another union than the employer's, or it has closed since
	}
	if f.Employer != e.Name {
		f.Enterprise = "" // typed over; nor does an identifier alone tell whose it is
	}
	return f, err
}

func (h *handlers) joinFormPage(w http.ResponseWriter, r *http.Request) error {
	if !h.s.SendsCodes() {
		return fault.NoSuch()
	}
	q := r.URL.Query()
	if q.Get("union") == "" {
		return web.Redirect(w, r, "/join")
	}
	f, err := h.joinFormOf(r.Context(), q)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, joinFormPage(f, ui.Errors{}))
}

func (h *handlers) join(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	form, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	f, err := h.joinFormOf(ctx, form.Values)
	if err != nil {
		return err
	}
	in := hall.JoinInput{Name: f.Name, Phone: f.Phone, UnionID: f.Union.ID, Employer: f.Employer, EnterpriseID: f.Enterprise, Note: f.Note}
	token, err := h.s.SendJoinCode(ctx, in, web.ClientIP(ctx).String())
	if fl, ok := faultOf(err); ok && (fl.Code == fault.Invalid || fl.Code == fault.TooMany) {
		return web.Render(w, r, refusal(w, fl), joinFormPage(f, ui.NewErrors(ctx, fl)))
	}
	if err != nil {
		return err
	}
	keepJoin(w, r, codeCookie, token, 30*60)
	return web.Redirect(w, r, "/join/code")
}

// joinCodeFor says what a code is entered for: "state" to see a request, "" to file one.
func joinCodeFor(v url.Values) string {
	if v.Get("for") == "state" {
		return "state"
	}
	return ""
}

func (h *handlers) joinCodePage(w http.ResponseWriter, r *http.Request) error {
	what := joinCodeFor(r.URL.Query())
	if joinToken(r, codeCookie) == "" {
		return web.Redirect(w, r, joinStart(what))
	}
	return web.Render(w, r, http.StatusOK, joinCodePage(what, ui.Errors{}))
}

func joinStart(what string) string {
	if what == "state" {
		return "/join/state"
	}
	return "/join"
}

func (h *handlers) joinCode(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	what, enter := joinCodeFor(f.Values), h.s.EnterJoinCode
	if what == "state" {
		enter = h.s.EnterStateCode
	}
	state, err := enter(ctx, joinToken(r, codeCookie), f.Get("code"), web.ClientIP(ctx).String())
	if fl, ok := faultOf(err); ok && (fl.Code == fault.Unauthenticated || fl.Code == fault.TooMany) {
		return web.Render(w, r, refusal(w, fl), joinCodePage(what, ui.NewErrors(ctx, fl)))
	}
	if err != nil {
		return err
	}
	keepJoin(w, r, codeCookie, "", -1)
	keepJoin(w, r, stateCookie, state, int(hall.StateLife.Seconds()))
	return web.Redirect(w, r, "/join/state")
}

// joined is where a request stands, to whoever filed it.
type joined struct {
	hall.Request
	Where string
	Union string
}

func (h *handlers) joinStatePage(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if !h.s.SendsCodes() {
		return fault.NoSuch()
	}
	req, err := h.s.JoinState(ctx, joinToken(r, stateCookie))
	if fl, ok := faultOf(err); ok && (fl.Code == fault.Unauthenticated || fl.Code == fault.NotFound) {
		return web.Render(w, r, http.StatusOK, askStatePage("", ui.Errors{}))
	}
	if err != nil {
		return err
	}
	v := joined{Request: req}
	u, where, err := h.chosenUnion(ctx, req.UnionID)
	if err != nil {
		return err
	}
	v.Union, v.Where = u.Name.In(ctx), where
	return web.Render(w, r, http.StatusOK, joinStatePage(v))
}

func (h *handlers) askJoinState(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	phone := strings.TrimSpace(f.Get("phone"))
	token, err := h.s.SendStateCode(ctx, phone, web.ClientIP(ctx).String())
	if fl, ok := faultOf(err); ok && (fl.Code == fault.Invalid || fl.Code == fault.TooMany) {
		return web.Render(w, r, refusal(w, fl), askStatePage(phone, ui.NewErrors(ctx, fl)))
	}
	if err != nil {
		return err
	}
	keepJoin(w, r, codeCookie, token, 30*60)
	return web.Redirect(w, r, "/join/code?for=state")
}

func (h *handlers) withdrawJoin(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	err := h.s.WithdrawJoin(ctx, joinToken(r, stateCookie))
	if fl, ok := faultOf(err); ok && (fl.Code == fault.Conflict || fl.Code == fault.Unauthenticated || fl.Code == fault.NotFound) {
		return web.Redirect(w, r, "/join/state") // which says what has become of it
	}
	if err != nil {
		return err
	}
	web.Flash(ctx, "hall.join.withdrawn")
	return web.Redirect(w, r, "/join/state")
}

// What a browser keeps of a request: the token of its code, and the one that shows where it stands.
const (
	codeCookie  = "join-code"
	stateCookie = "join-state"
)

func keepJoin(w http.ResponseWriter, r *http.Request, name, token string, seconds int) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: token, Path: "/join", MaxAge: seconds, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: web.Secure(r.Context())})
}

func joinToken(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil || len(c.Value) > 100 {
		return ""
	}
	return c.Value
}

// requestRow is a request in the list of the console.
type requestRow struct {
	hall.Request
	Union, From string
	Incoming    bool // for the officer to decide, or seen because the member would leave
}

// requestList is one page of that list.
type requestList struct {
	hall.List[hall.Request]
	Union   hall.Union
	Line    []hall.Union
	Decided bool
	After   string
	Rows    []requestRow
}

func (h *handlers) requests(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	u, err := h.scope(r)
	if err != nil {
		return err
	}
	a := actor.From(ctx)
	v := requestList{Union: u, Decided: r.URL.Query().Get("state") == "decided", After: r.URL.Query().Get("after")}
	if v.Line, err = h.lineFor(ctx, u); err != nil {
		return err
	}
	if v.List, err = h.s.Requests(ctx, a, u.ID, v.Decided, hall.Page{After: v.After, Limit: 50}); err != nil {
		return err
	}
	for _, q := range v.List.Rows {
		v.Rows = append(v.Rows, requestRow{Request: q, Union: h.nameAt(ctx, q.UnionPath), From: h.nameAt(ctx, q.FromPath), Incoming: a.MayRead(q.UnionPath)})
	}
	return web.Render(w, r, http.StatusOK, requestsPage(v))
}

// nameAt is the name of the union at a path, "" where there is none.
func (h *handlers) nameAt(ctx context.Context, path string) string {
	u, err := h.s.UnionAt(ctx, path)
	if err != nil {
		return ""
	}
	return u.Name.In(ctx)
}

// requestView is a request before an officer who may decide on it.
type requestView struct {
	hall.Request
	Union, From string
	May         bool
	Behind      *hall.Belonging
	Stay, End   []roleAt
	By          string // who decided
	Reason      string // as typed
}

// returns reports whether who has the number has the name that they say.
func (v requestView) returns() bool { return v.Behind != nil && v.Behind.Person.Name == v.Name }

func (h *handlers) requestView(r *http.Request) (v requestView, err error) {
	ctx := r.Context()
	a := actor.From(ctx)
	requestID, err := given(r, "request")
	if err != nil {
		return v, err
	}
	if v.Request, err = h.s.Request(ctx, a, requestID); err != nil {
		return v, err
	}
	v.Union, v.From, v.May = h.nameAt(ctx, v.UnionPath), h.nameAt(ctx, v.FromPath), v.MayDecide(a)
	if v.State != hall.Waiting {
		names, err := h.s.Names(ctx, []string{v.Request.By})
		v.By = names[v.Request.By]
		return v, err
	}
	if v.Behind, err = h.s.Behind(ctx, a, v.Request); err != nil || v.Behind == nil || v.Kind != hall.Transfer {
		return v, err
	}
	stay, end := v.Behind.Keeps(v.UnionPath)
	if v.Stay, err = h.rolesAt(ctx, stay); err == nil {
		v.End, err = h.rolesAt(ctx, end)
	}
	return v, err
}

func (h *handlers) rolesAt(ctx context.Context, grants []hall.Grant) (out []roleAt, err error) {
	for _, g := range grants {
		u, err := h.s.Union(ctx, g.UnionID)
		if err != nil {
			return nil, err
		}
		out = append(out, roleAt{g.Role, u})
	}
	return out, nil
}

func (h *handlers) request(w http.ResponseWriter, r *http.Request) error {
	v, err := h.requestView(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, requestPage(v, ui.Errors{}))
}

func (h *handlers) approve(w http.ResponseWriter, r *http.Request) error {
	return h.decideRequest(w, r, hall.Decision{Approve: true}, "hall.request.approved.done")
}

func (h *handlers) refuse(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	return h.decideRequest(w, r, hall.Decision{Reason: f.Get("reason")}, "hall.request.refused.done")
}

func (h *handlers) decideRequest(w http.ResponseWriter, r *http.Request, d hall.Decision, done string) error {
	ctx := r.Context()
	v, err := h.requestView(r)
	if err != nil {
		return err
	}
	d.RequestID, v.Reason = v.ID, d.Reason
	_, err = h.s.Decide(ctx, actor.From(ctx), d)
	if fl, ok := faultOf(err); ok && fl.Code == fault.Conflict { // the page says what it is by now
		web.FlashTone(ctx, ui.Warn, fl.Msg, fl.Args...)
		return web.Redirect(w, r, "/console/joining/"+v.ID)
	}
	if fl, ok := again(err); ok {
		return web.Render(w, r, web.Status(fl), requestPage(v, ui.NewErrors(ctx, fl)))
	}
	if err != nil {
		return err
	}
	web.Flash(ctx, done, "name", v.Name)
	return web.Redirect(w, r, "/console/joining")
}
