// Package apidoc shows an OpenAPI description as a page of the hall: readable without scripts, searchable with the
// browser, in nobody else's style.
package apidoc

import (
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/ui"
)

//go:embed locale/*.json
var locale embed.FS

func init() {
	sub, err := fs.Sub(locale, "locale")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	lang.Register(sub)
}

// Page is the handler that shows the description. It is read at each request, so that operations registered later
// are shown too.
func Page(api *huma.OpenAPI, machine string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		return web.Render(w, r, http.StatusOK, page(groups(api), api.Info, machine))
	}
}

// group is the operations under one tag.
type group struct {
	Name string
	Ops  []operation
}

type operation struct {
	ID, Method, Path, Summary, Description string
	Params                                 []param
	Body, Answer                           []field
	Example                                string
	Status                                 string
	Errors                                 []string
}

type param struct {
	Name, In, Type, Doc string
	Required            bool
}

// field is one member of a JSON document; Depth says how far it is nested.
type field struct {
	Name, Type, Doc string
	Required        bool
	Depth           int
}

func groups(api *huma.OpenAPI) []group {
	var out []group
	for path, item := range api.Paths {
		for method, o := range map[string]*huma.Operation{http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPut: item.Put,
			http.MethodPatch: item.Patch, http.MethodDelete: item.Delete} {
			if o == nil {
				continue
			}
			name := "API"
			if len(o.Tags) > 0 {
				name = o.Tags[0]
			}
			i := slices.IndexFunc(out, func(g group) bool { return g.Name == name })
			if i < 0 {
				out = append(out, group{Name: name})
				i = len(out) - 1
			}
			out[i].Ops = append(out[i].Ops, describe(api, method, path, o))
		}
	}
	rank := func(g group) int { // as the description lists its tags; others follow
		i := slices.IndexFunc(api.Tags, func(t *huma.Tag) bool { return t.Name == g.Name })
		if i < 0 {
			return len(api.Tags)
		}
		return i
	}
	slices.SortFunc(out, func(a, b group) int { return cmp.Or(rank(a)-rank(b), cmp.Compare(a.Name, b.Name)) })
	for _, g := range out {
		slices.SortFunc(g.Ops, func(a, b operation) int { return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method)) })
	}
	return out
}

func describe(api *huma.OpenAPI, method, path string, o *huma.Operation) operation {
	d := operation{ID: o.OperationID, Method: method, Path: path, Summary: o.Summary, Description: o.Description}
	for _, p := range o.Parameters {
		t := ""
		if p.Schema != nil {
			t = typeOf(api, p.Schema)
		}
		d.Params = append(d.Params, param{p.Name, p.In, t, p.Description, p.Required})
	}
	if o.RequestBody != nil {
		if m := o.RequestBody.Content["application/json"]; m != nil {
			d.Body = fields(api, m.Schema, 0)
			d.Example = example(api, m.Schema)
		}
	}
	for status, r := range o.Responses {
		if strings.HasPrefix(status, "2") {
			d.Status = status
			if m := r.Content["application/json"]; m != nil {
				d.Answer = fields(api, m.Schema, 0)
			}
		} else if status != "default" {
			d.Errors = append(d.Errors, status)
		}
	}
	slices.Sort(d.Errors)
	return d
}

func resolve(api *huma.OpenAPI, s *huma.Schema) *huma.Schema {
	if s != nil && s.Ref != "" {
		return api.Components.Schemas.SchemaFromRef(s.Ref)
	}
	return s
}

func typeOf(api *huma.OpenAPI, s *huma.Schema) string {
	s = resolve(api, s)
	switch {
	case s == nil:
		return ""
	case len(s.Enum) > 0:
		words := make([]string, len(s.Enum))
		for i, e := range s.Enum {
			words[i] = fmt.Sprint(e)
		}
		return strings.Join(words, " | ")
	case s.Type == "array":
		return typeOf(api, s.Items) + "[]"
	case s.Format != "":
		return s.Type + " · " + s.Format
	}
	return s.Type
}

func columns(ctx context.Context, labels ...string) []ui.Col {
	out := make([]ui.Col, len(labels))
	for i, l := range labels {
		out[i].Label = lang.T(ctx, l)
	}
	return out
}

// known is what the language files say, or else what the description itself does, which is English.
func known(ctx context.Context, id, otherwise string) string {
	if lang.Has(id) {
		return lang.T(ctx, id)
	}
	return otherwise
}

func indent(depth int) string { return strings.Repeat("· ", depth) }

// maxDepth bounds how far nested documents are opened.
const maxDepth = 4

func fields(api *huma.OpenAPI, s *huma.Schema, depth int) []field {
	s = resolve(api, s)
	if s == nil || depth > maxDepth {
		return nil
	}
	if s.Type == "array" {
		return fields(api, s.Items, depth)
	}
	names := make([]string, 0, len(s.Properties))
	for n := range s.Properties {
		if n != "$schema" {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	var out []field
	for _, n := range names {
		p := s.Properties[n]
		out = append(out, field{n, typeOf(api, p), p.Description, slices.Contains(s.Required, n), depth})
		out = append(out, fields(api, p, depth+1)...)
	}
	if more, ok := s.AdditionalProperties.(*huma.Schema); ok {
		out = append(out, field{"*", typeOf(api, more), "", false, depth})
		out = append(out, fields(api, more, depth+1)...)
	}
	return out
}

// example makes a document of the required members.
func example(api *huma.OpenAPI, s *huma.Schema) string {
	b, err := json.MarshalIndent(sample(api, s, 0), "", "  ")
	if err != nil {
		return ""
	}
	return string(b)
}

func sample(api *huma.OpenAPI, s *huma.Schema, depth int) any {
	s = resolve(api, s)
	switch {
	case s == nil || depth > maxDepth:
		return nil
	case len(s.Examples) > 0:
		return s.Examples[0]
	case len(s.Enum) > 0:
		return s.Enum[0]
	}
	switch s.Type {
	case "object":
		out := map[string]any{}
		for n, p := range s.Properties {
			if slices.Contains(s.Required, n) {
				out[n] = sample(api, p, depth+1)
			}
		}
		return out
	case "array":
		return []any{sample(api, s.Items, depth+1)}
	case "integer", "number":
		return 0
	case "boolean":
		return false
	}
	return "…"
}
