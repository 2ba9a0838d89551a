// Package fault is the one vocabulary of errors. A fault carries a code that every surface knows how
// to answer, a message that is safe to show to the person, and a cause that is only for the log.
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Code says what kind of thing went wrong; each surface maps it to its own status.
type Code string

// The codes. An error without a code is Internal.
const (
	Invalid         Code = "invalid"         // the input is wrong; Fields says where
	Unauthenticated Code = "unauthenticated" // nobody is signed in
	Denied          Code = "denied"          // somebody is, but may not
	NotFound        Code = "not-found"       // no such thing, or not visible to this actor
	Conflict        Code = "conflict"        // the thing has moved on; reload and try again
	TooLarge        Code = "too-large"       // the input exceeds a stated limit
	TooMany         Code = "too-many"        // slow down
	Unavailable     Code = "unavailable"     // try again later; nothing was changed
	Internal        Code = "internal"        // our defect
)

// Field is one wrong input: the name it has in the form or the JSON body, and a message.
type Field struct {
	Path string
	Msg  string // message id in the language files
	Args []any  // name, value pairs for the message
}

// Error is a fault. Msg is a message id, never a sentence: the surface renders it in the reader's
// language. Args are name, value pairs for it and must be safe to show.
type Error struct {
	Code   Code
	Msg    string
	Args   []any
	Fields []Field
	cause  error
}

// New makes a fault with a message id and its name, value pairs.
func New(code Code, msg string, args ...any) *Error {
	return &Error{Code: code, Msg: msg, Args: args}
}

// NoSuch is the fault for a row that does not exist or that this actor may not know of.
func NoSuch() *Error { return New(NotFound, "fault.not-found") }

// Refused is the fault for an actor who is known and may not.
func Refused() *Error { return New(Denied, "fault.denied") }

// Because keeps the cause for the log; it is never shown.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// Error is for logs.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", e.Code, e.Msg)
	for _, f := range e.Fields {
		fmt.Fprintf(&b, "; %s: %s", f.Path, f.Msg)
	}
	if e.cause != nil {
		fmt.Fprintf(&b, ": %v", e.cause)
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.cause }

// CodeOf gives the code of the first fault in err's chain, Internal when there is none.
func CodeOf(err error) Code {
	var f *Error
	if errors.As(err, &f) {
		return f.Code
	}
	return Internal
}

// Is reports whether err carries the code.
func Is(err error, code Code) bool { return err != nil && CodeOf(err) == code }

// Wrap adds the operation and its arguments to *err, if there is one:
//
//	defer fault.Wrap(&err, "exchange.Post(%s)", kind)
func Wrap(err *error, format string, args ...any) {
	if *err != nil {
		*err = fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), *err)
	}
}

// Check collects wrong fields; Err is nil when there were none.
type Check struct{ fields []Field }

// Add notes a wrong field.
func (c *Check) Add(path, msg string, args ...any) {
	c.fields = append(c.fields, Field{Path: path, Msg: msg, Args: args})
}

// That notes the field unless ok holds, and returns ok.
func (c *Check) That(ok bool, path, msg string, args ...any) bool {
	if !ok {
		c.Add(path, msg, args...)
	}
	return ok
}

// Err is one Invalid fault with every wrong field, or nil.
func (c *Check) Err() error {
	if len(c.fields) == 0 {
		return nil
	}
	return &Error{Code: Invalid, Msg: "fault.invalid", Fields: c.fields}
}
