package web

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web/ui"
)

// Limits bound what a form may bring. The zero value is 64 KiB of fields and no files.
type Limits struct {
	Bytes    int64 // the whole body; 64 KiB when zero
	Files    int   // how many files; none when zero
	FileSize int64 // of each; Bytes when zero
}

const (
	defaultForm  = 64 << 10
	formMemory   = 1 << 20 // of files held in memory; larger ones wait on disk and are removed after the request
	drainTooLong = 32 << 20
)

// Form is a form that was read. Values are as typed, for showing them again.
type Form struct {
	Values url.Values
	Files  map[string][]*multipart.FileHeader
}

// ParseForm reads the body of a form, urlencoded or multipart. What exceeds the limits is a TooLarge
// fault that a person understands; what is no form is Invalid. Text that is not UTF-8 is Invalid.
func ParseForm(r *http.Request, limits Limits) (_ *Form, err error) {
	defer fault.Wrap(&err, "web.ParseForm")
	if limits.Bytes == 0 {
		limits.Bytes = defaultForm
	}
	if limits.FileSize == 0 {
		limits.FileSize = limits.Bytes
	}
	if b, ok := r.Body.(*limitedBody); ok {
		b.most = limits.Bytes
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind == "multipart/form-data" {
		err = r.ParseMultipartForm(formMemory)
	} else {
		err = r.ParseForm()
	}
	if err != nil {
		return nil, formFault(r, err, limits)
	}
	f := &Form{Values: r.PostForm, Files: map[string][]*multipart.FileHeader{}}
	if r.Method == http.MethodGet {
		f.Values = r.Form
	}
	for _, vs := range f.Values {
		for _, v := range vs {
			if !isText(v) {
				return nil, fault.New(fault.Invalid, "fault.form")
			}
		}
	}
	return f, f.takeFiles(r, limits)
}

func (f *Form) takeFiles(r *http.Request, limits Limits) error {
	if r.MultipartForm == nil {
		return nil
	}
	n := 0
	for name, list := range r.MultipartForm.File {
		for _, h := range list {
			if h.Size == 0 && h.Filename == "" {
				continue // an empty file control
			}
			if n++; n > limits.Files {
				return fault.New(fault.TooLarge, "fault.too-many-files", "count", limits.Files)
			}
			if h.Size > limits.FileSize {
				return fault.New(fault.TooLarge, "fault.file-too-large", "name", h.Filename, "max", lang.Bytes(limits.FileSize))
			}
			f.Files[name] = append(f.Files[name], h)
		}
	}
	return nil
}

// formFault says what was wrong with a body. Of one that is too large the rest is read away, up to a
// bound, because a browser that is still sending would show a broken connection instead of the page.
func formFault(r *http.Request, err error, limits Limits) error {
	var long *tooLong
	if errors.As(err, &long) {
		if b, ok := r.Body.(*limitedBody); ok {
			io.CopyN(io.Discard, b.ReadCloser, drainTooLong)
		}
		return fault.New(fault.TooLarge, "fault.form-too-large", "max", lang.Bytes(limits.Bytes)).Because(err)
	}
	if errors.Is(err, multipart.ErrMessageTooLarge) {
		return fault.New(fault.TooLarge, "fault.form-too-large", "max", lang.Bytes(limits.Bytes)).Because(err)
	}
	return fault.New(fault.Invalid, "fault.form").Because(err)
}

// Get is a value without the space around it and with line ends as \n.
func (f *Form) Get(name string) string {
	return strings.TrimSpace(strings.ReplaceAll(f.Values.Get(name), "\r\n", "\n"))
}

// All gives every value of a name that is not empty.
func (f *Form) All(name string) []string {
	var out []string
	for _, v := range f.Values[name] {
		if v = strings.TrimSpace(v); v != "" {
			out = append(out, v)
		}
	}
	return out
}

// Has reports whether the name was sent, as a ticked checkbox is.
func (f *Form) Has(name string) bool { return f.Values.Has(name) }

// Int reads a whole number; an empty one is zero and right.
func (f *Form) Int(name string, c *fault.Check) int {
	v := f.Get(name)
	if v == "" {
		return 0
	}
	n, err := strconv.Atoi(v)
	c.That(err == nil, name, "field.number")
	return n
}

// Float reads a number, nil when empty. A comma is taken for the decimal point where it can be nothing
// else, and full-width digits for what they are.
func (f *Form) Float(name string, c *fault.Check) *float64 {
	v := narrow(f.Get(name))
	if v == "" {
		return nil
	}
	if strings.Count(v, ",") == 1 && !strings.Contains(v, ".") {
		v = strings.Replace(v, ",", ".", 1)
	}
	x, err := strconv.ParseFloat(v, 64)
	if !c.That(err == nil && x-x == 0, name, "field.number") {
		return nil
	}
	return &x
}

// narrow turns full-width characters, as Chinese input methods make them, into plain ones.
func narrow(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '\uff01' && r <= '\uff5e':
			return r - 0xfee0
		case r == '\u3002': // 。
			return '.'
		case r == ' ' || r == '\u3000':
			return -1
		}
		return r
	}, s)
}

// Once is the key that the form was given; see OnceKey.
func (f *Form) Once() string {
	if k := f.Values.Get("once"); id.Valid(k) {
		return k
	}
	return ""
}

// OnceKey makes a key for a form (ui.FormProps.Once). A service that stores it beside what the form
// made, under a unique key, makes a second submit of the same form find the first one's result. A
// page that is shown again after an error passes the same key on.
func OnceKey(f *Form) string {
	if f != nil && f.Once() != "" {
		return f.Once()
	}
	return id.New()
}

// FormErrors turns an error into what a form shows. ok is false for errors that are not about the
// input: return those from the handler.
//
//	if e, ok := web.FormErrors(ctx, err); ok {
//		return web.Render(w, r, http.StatusUnprocessableEntity, newNeedPage(form, e))
//	}
func FormErrors(ctx context.Context, err error) (_ ui.Errors, ok bool) {
	var f *fault.Error
	if !errors.As(err, &f) || (f.Code != fault.Invalid && f.Code != fault.TooLarge) {
		return ui.Errors{}, false
	}
	return ui.NewErrors(ctx, f), true
}
