// Package apifault says what huma itself refuses, before a handler is asked, as every other problem of the hall is
// said: in the reader's language, with the field and what it should have been. Importing it is enough.
//
// Huma gives a finished English sentence for each wrong field and the place of the field. The sentences are made from
// formats that huma exports, so they are read back by those very formats (wording.go); one that is not known is told
// as wrong and no more.
package apifault

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web"
)

//go:embed lang/*.json
var messages embed.FS

func init() {
	sub, err := fs.Sub(messages, "lang")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	lang.Register(sub)
	huma.NewErrorWithContext = problem
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError { // also what the description shows
		return problem(nil, status, msg, errs...)
	}
}

// problem is huma's hook for every error that it makes.
func problem(c huma.Context, status int, msg string, errs ...error) huma.StatusError {
	ctx, most := context.Background(), int64(0)
	if c != nil {
		ctx, most = c.Context(), c.Operation().MaxBodyBytes
	}
	if status == http.StatusInternalServerError && msg == bodyCut {
		status = http.StatusBadRequest // the sender's connection, and none of ours
	}
	return web.NewProblemAs(ctx, status, refusal(status, msg, most, errs))
}

// What huma says of a body as a whole.
const (
	bodyMissing = "request body is required"
	bodyCut     = "cannot read request body"
)

// refusal is the fault for what huma refuses with a status. What it does not know is our defect, with huma's own words
// for the log.
func refusal(status int, msg string, most int64, errs []error) error {
	invalid := func(id string, args ...any) *fault.Error { return fault.New(fault.Invalid, id, args...) }
	switch status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		switch msg {
		case bodyMissing:
			return invalid("api.body.missing")
		case bodyCut:
			return invalid("api.body.cut")
		}
		f := invalid("fault.invalid")
		f.Fields = fields(errs)
		return f
	case http.StatusUnsupportedMediaType:
		return invalid("api.body.type")
	case http.StatusNotAcceptable:
		return invalid("api.accept")
	case http.StatusRequestTimeout:
		return invalid("api.body.slow")
	case http.StatusRequestEntityTooLarge:
		return fault.New(fault.TooLarge, "fault.form-too-large", "max", lang.Bytes(most))
	case http.StatusNotFound:
		return fault.NoSuch()
	}
	return errors.Join(append([]error{errors.New("huma: " + msg)}, errs...)...)
}

// mostFields bounds how many wrong fields are told: a body of a thousand unknown members needs no thousand answers.
const mostFields = 50

func fields(errs []error) []fault.Field {
	out := make([]fault.Field, 0, min(len(errs), mostFields))
	for _, err := range errs[:min(len(errs), mostFields)] {
		var d huma.ErrorDetailer
		if errors.As(err, &d) {
			out = append(out, field(d.ErrorDetail()))
		}
	}
	return out
}

const wholeBody = "body"

// field says which input is wrong and how.
func field(d *huma.ErrorDetail) fault.Field {
	if text, ok := d.Value.(string); ok && d.Location == wholeBody {
		return body(text)
	}
	w := read(d.Message)
	return fault.Field{Path: path(d.Location, w.member), Msg: w.msg, Args: w.args}
}

// path is the name that a place has in our answers: members of the body as they are nested in it, other inputs with
// where they stand before. A missing member is named by itself and not by what lacks it.
func path(location, member string) string {
	if member != "" {
		location += "." + member
	}
	return strings.TrimPrefix(location, wholeBody+".")
}

// body says what is wrong with a text that should have been JSON. It is read once more, because what huma passes on has
// the words of the Go library and the names of our types.
func body(text string) fault.Field {
	var v any
	err := json.Unmarshal([]byte(text), &v)
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax) && syntax.Error() == "unexpected end of JSON input":
		return fault.Field{Path: wholeBody, Msg: "api.json.end"}
	case errors.As(err, &syntax):
		line, column := position(text, syntax.Offset)
		return fault.Field{Path: wholeBody, Msg: "api.json.syntax", Args: []any{"line", line, "column", column}}
	case errors.As(err, &kind): // without a type of ours only a number can have none
		line, column := position(text, kind.Offset)
		return fault.Field{Path: wholeBody, Msg: "api.json.number", Args: []any{"line", line, "column", column}}
	}
	return fault.Field{Path: wholeBody, Msg: "api.wrong"}
}

// position is the line and column, from 1 and in characters, of the last byte that was read.
func position(text string, offset int64) (line, column int) {
	before := text[:max(0, min(offset-1, int64(len(text))))]
	start := strings.LastIndexByte(before, '\n') + 1
	return strings.Count(before, "\n") + 1, len([]rune(before[start:])) + 1
}
