package console_test

import (
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/unionhall/unionhall/internal/web/htmlcheck"
)

func parse(t *testing.T, rec *httptest.ResponseRecorder) *htmlcheck.Doc {
	t.Helper()
	return htmlcheck.Parse(t, rec.Body)
}

func values(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

// controls are what a browser would send of a form: its successful controls, without a button's.
func controls(t *testing.T, doc *htmlcheck.Doc, form string) url.Values {
	t.Helper()
	v := url.Values{}
	for _, c := range doc.MustHave(form).Select("input, select, textarea") {
		name := c.Attr("name")
		if name == "" || c.Has("disabled") {
			continue
		}
		switch kind := c.Attr("type"); {
		case c.Tag() == "textarea":
			v.Add(name, c.Raw())
		case c.Tag() == "select":
			v.Add(name, chosenIn(c))
		case kind == "checkbox" || kind == "radio":
			if c.Has("checked") {
				v.Add(name, c.Attr("value"))
			}
		default:
			v.Add(name, c.Attr("value"))
		}
	}
	return v
}

func chosenIn(sel htmlcheck.Node) string {
	options := sel.Select("option")
	for _, o := range options {
		if o.Has("selected") {
			return o.Attr("value")
		}
	}
	if len(options) > 0 {
		return options[0].Attr("value")
	}
	return ""
}

func clone(v url.Values) url.Values {
	out := url.Values{}
	for k, vs := range v {
		out[k] = append([]string(nil), vs...)
	}
	return out
}
