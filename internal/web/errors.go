package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web/layout"
	"github.com/unionhall/unionhall/internal/web/ui"
)

var errGone = errors.New("the reader has left")

// statusClientGone is nginx's status for a reader who left; it appears only in the log.
const statusClientGone = 499

var statuses = map[fault.Code]int{
	fault.Invalid:         http.StatusUnprocessableEntity,
	fault.Unauthenticated: http.StatusUnauthorized,
	fault.Denied:          http.StatusForbidden,
	fault.NotFound:        http.StatusNotFound,
	fault.Conflict:        http.StatusConflict,
	fault.TooLarge:        http.StatusRequestEntityTooLarge,
	fault.TooMany:         http.StatusTooManyRequests,
	fault.Unavailable:     http.StatusServiceUnavailable,
	fault.Internal:        http.StatusInternalServerError,
}

// Status is the HTTP status for an error.
func Status(err error) int {
	switch {
	case errors.Is(err, errMethod):
		return http.StatusMethodNotAllowed
	case errors.Is(err, context.DeadlineExceeded) && fault.CodeOf(err) == fault.Internal:
		return http.StatusServiceUnavailable
	}
	return statuses[fault.CodeOf(err)]
}

// failure is what a reader may know of an error.
type failure struct {
	Status int
	Msg    string
	Args   []any
	Fields []fault.Field
}

// explain takes from an error what is safe to show. Only a fault's own message is; whatever else is
// wrong is our defect, and says no more than that.
func explain(err error) failure {
	f := failure{Status: Status(err)}
	var flt *fault.Error
	switch {
	case errors.Is(err, errMethod):
		f.Msg = "fault.method"
	case f.Status == http.StatusInternalServerError:
		f.Msg = "fault.internal"
	case errors.As(err, &flt):
		f.Msg, f.Args, f.Fields = flt.Msg, flt.Args, flt.Fields
	default:
		f.Msg = "fault.unavailable"
	}
	return f
}

// Fail answers a request with an error, in the form of its surface, and logs what is ours.
func (rt *Router) Fail(w http.ResponseWriter, r *http.Request, s Surface, err error) {
	ctx := r.Context()
	if errors.Is(err, errGone) || errors.Is(ctx.Err(), context.Canceled) {
		state(ctx).gone = true
		return
	}
	f := explain(err)
	logOurs(ctx, f, err)
	if wrote(w) {
		return // half an answer is out; the connection says the rest
	}
	h := w.Header()
	h.Del("Content-Encoding")
	h.Del("Content-Length")
	h.Del("ETag")
	h.Set("Cache-Control", "no-store")
	if sec := retryAfter(f); sec != "" {
		h.Set("Retry-After", sec)
	}
	switch {
	case s != HTML:
		writeProblem(w, r, f)
	case f.Status == http.StatusUnauthorized:
		rt.toSignIn(w, r)
	case Fragment(r):
		failFragment(w, r, f)
	default:
		failPage(w, r, f)
	}
}

// logOurs logs an error that is our defect or our outage, with its cause and the request's number.
func logOurs(ctx context.Context, f failure, err error) {
	if f.Status >= 500 {
		state(ctx).log.ErrorContext(ctx, "request failed", "request", RequestID(ctx), "err", err)
	}
}

// Spare logs what went wrong with a part that a page can do without. When the reader has left, nothing did.
func Spare(ctx context.Context, what string, err error) {
	if !errors.Is(ctx.Err(), context.Canceled) {
		state(ctx).log.WarnContext(ctx, what, "request", RequestID(ctx), "err", err)
	}
}

// retryAfter is the number of seconds that a TooMany or Unavailable fault asks to wait.
func retryAfter(f failure) string {
	for i := 0; i+1 < len(f.Args); i += 2 {
		if n, ok := f.Args[i+1].(int); ok && f.Args[i] == "seconds" {
			return strconv.Itoa(n)
		}
	}
	if f.Status == http.StatusServiceUnavailable {
		return "5"
	}
	return ""
}

// toSignIn leads to the sign-in page and back to where the reader wanted to go.
func (rt *Router) toSignIn(w http.ResponseWriter, r *http.Request) {
	to := rt.opts.SignIn
	if next := here(r); next != "/" && !strings.HasPrefix(next, rt.opts.SignIn) {
		to += "?next=" + url.QueryEscape(next)
	}
	if err := Redirect(w, r, to); err != nil {
		rt.opts.Log.WarnContext(r.Context(), "redirect", "err", err)
	}
}

// failFragment shows the error as a message over the page that asked, and leaves that page as it is.
func failFragment(w http.ResponseWriter, r *http.Request, f failure) {
	text := lang.T(r.Context(), f.Msg, f.Args...)
	if f.Status >= 500 {
		text = lang.T(r.Context(), "web.error.short", "text", text, "id", RequestID(r.Context()))
	}
	w.Header().Set("HX-Retarget", "#notes")
	w.Header().Set("HX-Reswap", "beforeend")
	if err := Render(w, r, f.Status, ui.Toast(ui.Note{Tone: ui.Bad, Text: text})); err != nil {
		plainFail(w, r, f)
	}
}

func failPage(w http.ResponseWriter, r *http.Request, f failure) {
	page := layout.Failure{Status: f.Status, Text: lang.T(r.Context(), f.Msg, f.Args...), RequestID: RequestID(r.Context())}
	for _, fl := range f.Fields {
		page.Fields = append(page.Fields, lang.T(r.Context(), fl.Msg, fl.Args...))
	}
	if err := Render(w, r, f.Status, layout.ErrorPage(page)); err != nil && !errors.Is(err, errGone) {
		plainFail(w, r, f)
	}
}

// plainFail is for the day the error page itself fails.
func plainFail(w http.ResponseWriter, r *http.Request, f failure) {
	if !wrote(w) {
		http.Error(w, lang.T(r.Context(), f.Msg, f.Args...)+"\n"+RequestID(r.Context()), f.Status)
	}
}

// Problem is an error as the API tells it: RFC 9457, with the wrong fields.
type Problem struct {
	Type     string         `json:"type" doc:"Always about:blank: the status says what kind it is."`
	Title    string         `json:"title" doc:"The status in words."`
	Status   int            `json:"status"`
	Detail   string         `json:"detail,omitempty" doc:"What is wrong, for people, in the language of Accept-Language."`
	Instance string         `json:"instance,omitempty" doc:"urn:request: and a number that can be found in the hall's log."`
	Errors   []ProblemField `json:"errors,omitempty" doc:"The wrong fields, where there are any."`
}

// ProblemField is one wrong field.
type ProblemField struct {
	Field   string `json:"field" doc:"A member of the body, nested ones after a dot; other inputs begin with query, path or header."`
	Message string `json:"message" doc:"What it should have been."`
}

// NewProblem is the problem document for an error, in the language of the context, for handlers of
// libraries that answer errors themselves, as huma does. It holds nothing that the fault does not
// declare safe to show; what is ours is logged.
func NewProblem(ctx context.Context, err error) *Problem { return NewProblemAs(ctx, Status(err), err) }

// NewProblemAs is NewProblem with a status that says more than the fault's code: 415, 408.
func NewProblemAs(ctx context.Context, status int, err error) *Problem {
	f := explain(err)
	f.Status = status
	logOurs(ctx, f, err)
	return problemOf(ctx, f)
}

func problemOf(ctx context.Context, f failure) *Problem {
	p := &Problem{Type: "about:blank", Title: titleOf(ctx, f.Status), Status: f.Status, Detail: lang.T(ctx, f.Msg, f.Args...)}
	if id := RequestID(ctx); id != "" {
		p.Instance = "urn:request:" + id
	}
	for _, fl := range f.Fields {
		p.Errors = append(p.Errors, ProblemField{fl.Path, lang.T(ctx, fl.Msg, fl.Args...)})
	}
	return p
}

// titleOf names a status in the language of the context.
func titleOf(ctx context.Context, status int) string {
	if id := "problem." + strconv.Itoa(status); lang.Has(id) {
		return lang.T(ctx, id)
	}
	return http.StatusText(status)
}

// Error and GetStatus let huma return a Problem as it is.
func (p *Problem) Error() string { return p.Title + ": " + p.Detail }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is what huma answers errors with.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

func writeProblem(w http.ResponseWriter, r *http.Request, f failure) {
	b, err := json.Marshal(problemOf(r.Context(), f))
	if err != nil {
		b = []byte(`{"type":"about:blank","title":"Internal Server Error","status":500}`)
		f.Status = http.StatusInternalServerError
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Add("Vary", "Accept-Language")
	if f.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="unionhall"`)
	}
	w.WriteHeader(f.Status)
	w.Write(append(b, '\n')) // the reader going away is no error of ours
}

// WriteJSON answers with JSON.
func WriteJSON(w http.ResponseWriter, status int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	if _, err := w.Write(append(b, '\n')); err != nil {
		return errGone
	}
	return nil
}
