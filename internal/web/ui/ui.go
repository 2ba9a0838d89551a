package ui

import (
	"context"
	"strconv"

	"github.com/a-h/templ"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/lang"
)

// Tone is the meaning of a colour.
type Tone string

// The tones.
const (
	Neutral Tone = ""
	Accent  Tone = "accent"
	Good    Tone = "good"
	Warn    Tone = "warn"
	Bad     Tone = "bad"
	Info    Tone = "info"
)

// Note is a message for the reader, once.
type Note struct {
	Tone Tone
	Text string // already in the reader's language
}

// Errors are the wrong fields of a form that is shown again, by field name.
type Errors struct {
	Summary string // already in the reader's language; "" when nothing is wrong
	fields  []fault.Field
}

// NewErrors makes them from a fault; a nil fault makes none.
func NewErrors(ctx context.Context, f *fault.Error) Errors {
	if f == nil {
		return Errors{}
	}
	return Errors{Summary: lang.T(ctx, f.Msg, f.Args...), fields: f.Fields}
}

// Any reports whether something is wrong.
func (e Errors) Any() bool { return e.Summary != "" || len(e.fields) > 0 }

// Of gives the message for a field, "" when it is right.
func (e Errors) Of(ctx context.Context, name string) string {
	for _, f := range e.fields {
		if f.Path == name {
			return lang.T(ctx, f.Msg, f.Args...)
		}
	}
	return ""
}

// List gives every wrong field with its message, in the order the service found them.
func (e Errors) List(ctx context.Context) []Wrong {
	var out []Wrong
	for _, f := range e.fields {
		out = append(out, Wrong{Name: f.Path, Text: lang.T(ctx, f.Msg, f.Args...)})
	}
	return out
}

// Wrong is one wrong field.
type Wrong struct{ Name, Text string }

// Link is a place to go.
type Link struct {
	Href, Label string
}

// FieldID is the id of the control with that name. Names with brackets and dots make valid ids.
func FieldID(name string) string {
	b := []byte("f-" + name)
	for i, c := range b {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
			b[i] = '-'
		}
	}
	return string(b)
}

// describedBy names the help and error texts of a field.
func describedBy(id, help, wrong string) string {
	switch {
	case help != "" && wrong != "":
		return id + "-error " + id + "-help"
	case wrong != "":
		return id + "-error"
	case help != "":
		return id + "-help"
	}
	return ""
}

// Refetch makes an element fetch itself again from href when one of the topics changes on a live
// page (layout.Props.Live must name them). Its id stays; without scripts nothing happens.
func Refetch(href string, topics ...string) templ.Attributes {
	trigger := ""
	for i, t := range topics {
		if i > 0 {
			trigger += ", "
		}
		trigger += "change:" + t + " from:body delay:150ms"
	}
	return templ.Attributes{"hx-get": href, "hx-trigger": trigger, "hx-swap": "outerMorph", "hx-sync": "this:replace"}
}

func itoa(n int) string { return strconv.Itoa(n) }

func number(ctx context.Context, n int) string { return lang.Number(ctx, n) }
