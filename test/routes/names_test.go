package routes

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/unionhall/unionhall/internal/web"
)

// meaning says what the name of a path parameter stands for. A route with a name that is not here fails the walk:
// whoever adds one says here what it is, and plants such a row in targets.
var meaning = map[string]reach{
	"need": private, "engagement": private, "visit": private, "file": private,
	"enterprise": private, "session": private, "grant": private, "notice": private,
	"hook": private, "delivery": private, "union": private,
	"contact":  private,
	"document": private, "paper": private, // what a master handed in
	"portal":  private,
	"key":     private, // of the API
	"passkey": private,
	"import":  private, // its officers' alone
	"request": private, // of a worker to join
	"list":    neither, // a kind of list
	"kind":    private, // a draft; the last target has an open one
	"person":  private, // a master: what is public of them is on public routes
	"tool":    public,  // the toolbox is for everybody
	"days":    neither, // of a follow-up
	"field":   neither, // a kind of sensitive data
	"purpose": neither, // that data is used for
	"schema":  neither, // of the API's description
}

// reach is who may know of a row by a route that is not for everybody.
type reach int

const (
	private reach = iota
	public
	neither // it is no row
)

// asked are the query parameters by which lists and pages are asked for rows. Each is tried with the target's row
// of that name; the others as they stand.
var asked = []string{"union", "enterprise", "kind", "engagement", "need", "person", "portal", "offer", "session", "master"}

var askedSo = []url.Values{
	{"q": {"secret"}}, {"q": {"qz"}}, {"figure": {"waiting"}, "period": {"all"}}, {"state": {"open"}}, {"small": {"1"}},
	{"before": {"7fffffff-ffff-7fff-bfff-ffffffffffff"}}, {"key": {"nobody.nothing"}}, {"limit": {"50"}, "ref": {""}},
}

var parameter = regexp.MustCompile(`\{([^}]*)\}`)

// path fills a pattern with the target's rows. ok is false where the target has no such row; named are the private
// rows in it.
func (w *world) path(r web.Route, t target) (path string, named []string, ok bool) {
	w.t.Helper()
	ok = true
	path = parameter.ReplaceAllStringFunc(r.Pattern, func(m string) string {
		name := strings.TrimSuffix(m[1:len(m)-1], "...")
		if name == "$" {
			return ""
		}
		kind, known := meaning[name]
		if !known {
			w.t.Fatalf("%s %s: teach the walk what {%s} is", r.Method, r.Pattern, name)
		}
		if t[name] == "" {
			ok = false
		}
		if kind == private && !(name == "kind" && t[name] == "a-open") {
			named = append(named, t[name])
		}
		return url.PathEscape(t[name])
	})
	return path, named, ok
}

// queries are what a page is asked with: without anything, with each row of the target, with all at once, and in
// the other ways.
func queries(t target) []url.Values {
	out := []url.Values{{}}
	all := url.Values{}
	for _, name := range asked {
		if t[name] != "" {
			out = append(out, url.Values{name: {t[name]}})
			all.Set(name, t[name])
		}
	}
	out = append(out, all)
	for _, q := range askedSo {
		out = append(out, q)
		in := url.Values{"union": {t["union"]}}
		for k, v := range q {
			in[k] = v
		}
		out = append(out, in)
	}
	return out
}

// typed fills a form that the walk has not seen on a page, and the empty fields of those it has.
func (w *world) typed(t target) url.Values {
	b := w.b.county.Place
	f := url.Values{
		"union": {t["union"]}, "enterprise": {t["enterprise"]}, "kind": {"expert-visit"}, "offer": {t["offer"]}, "need": {t["need"]},
		"engagement": {t["engagement"]}, "person": {t["person"]}, "version": {"1"}, "status": {"open"}, "do": {"save"},
		"phone": {w.a.people["contact"].Phone.Whole()}, "name": {"名字"}, "name_en": {"Name"}, "title": {"标题"}, "role": {"clerk"},
		"story": {"情况"}, "trade": {"welding"}, "place": {"福州"}, "place.at": {""}, "urgency": {"normal"},
		"problem": {"问题"}, "cause": {"原因"}, "method": {"办法"}, "gear": {"工具"}, "body": {"一句话"}, "reason": {"原因"},
		"from": {w.clock.Now().AddDate(0, 0, 9).Format("2006-01-02T15:04")}, "to": {"2"}, "address": {"地址"}, "visit_note": {"备注"},
		"result": {"solved"}, "after": {"0.02"}, "note": {"备注"}, "stars": {"5"}, "comment": {"评语"}, "holds": {"holds"}, "value": {"0.02"},
		"gain_note": {"备注"}, "code": {"77"}, "level": {"5"}, "lat": {fmt.Sprint(b.Lat)}, "lng": {fmt.Sprint(b.Lng)}, "industry": {"tea"}, "size": {"small"},
		"licence": {""}, "craft": {"welding"}, "bio": {"介绍"}, "city": {"福州市"}, "reach": {"20"}, "max_load": {"3"}, "capacity": {"1"},
		"lang": {"zh"}, "theme": {"light"}, "next": {"/"}, "old": {"not it"}, "password": {"another horse staple"}, "again": {"another horse staple"},
		"list": {"workers"}, "mode": {"good"}, "content": {"11010519491231002X"}, "agreed": {"yes"}, "number": {"11010519491231002X"}, "given": {"no"}, "fill": {"no"}, "column-000": {"name"}, "column-001": {"phone"},
		"login": {"13900000000"}, "until": {"1"}, "honour": {"奖"}, "honour_year": {"2020"}, "base": {"福州"}, "calendar": {""},
	}
	if t["visit"] != "" {
		f.Set("reason-"+t["visit"], "改期")
	}
	return f
}

// forms are the forms that pages show, by the route they are sent to: fields with their values.
type forms struct{ byRoute map[string]url.Values }

// read takes the forms out of a page. Of several that lead to one route the first counts.
func (fs *forms) read(page []byte, route func(path string) string) {
	root, err := html.Parse(strings.NewReader(string(page)))
	if err != nil {
		return
	}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode || n.Data != "form" || !strings.EqualFold(attr(n, "method"), "post") {
			continue
		}
		path, _, _ := strings.Cut(attr(n, "action"), "?")
		if r := route(path); r != "" && fs.byRoute[r] == nil {
			fs.byRoute[r] = fields(n)
		}
	}
}

func fields(form *html.Node) url.Values {
	out := url.Values{}
	for n := range form.Descendants() {
		name := attr(n, "name")
		if n.Type != html.ElementNode || name == "" {
			continue
		}
		switch n.Data {
		case "input":
			kind := attr(n, "type")
			if kind == "file" || (kind == "radio" || kind == "checkbox") && !has(n, "checked") {
				continue
			}
			out.Add(name, attr(n, "value"))
		case "textarea":
			out.Add(name, text(n))
		case "select":
			for o := range n.Descendants() {
				if o.Data == "option" && (has(o, "selected") || out.Get(name) == "") {
					out.Set(name, attr(o, "value"))
				}
			}
		case "button":
			if _, there := out[name]; !there {
				out.Set(name, attr(n, "value"))
			}
		}
	}
	return out
}

// filled is the form of a route with the target's rows: as the page shows it, what is empty typed.
func (w *world) filled(fs *forms, r web.Route, t target) url.Values {
	out := w.typed(t)
	for name, vs := range fs.byRoute[r.Pattern] {
		if len(vs) == 1 && vs[0] == "" && out.Has(name) {
			continue
		}
		if !slices.Contains([]string{"offer", "union", "enterprise", "trade", "craft", "old", "lat", "lng"}, name) {
			out[name] = vs
		}
	}
	return out
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func text(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

// bodies fill the JSON that an operation takes, by the API's own description. A property that is not here fails
// the walk.
type bodies struct {
	w    *world
	spec struct {
		Paths map[string]map[string]struct {
			RequestBody struct {
				Content map[string]struct {
					Schema schema `json:"schema"`
				} `json:"content"`
			} `json:"requestBody"`
		} `json:"paths"`
		Components struct {
			Schemas map[string]schema `json:"schemas"`
		} `json:"components"`
	}
}

type schema struct {
	Ref        string            `json:"$ref"`
	Properties map[string]schema `json:"properties"`
}

func (w *world) bodies(description []byte) *bodies {
	b := &bodies{w: w}
	w.must(json.Unmarshal(description, &b.spec))
	return b
}

func (b *bodies) of(r web.Route, t target) []byte {
	b.w.t.Helper()
	s := b.spec.Paths[r.Pattern][strings.ToLower(r.Method)].RequestBody.Content["application/json"].Schema
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		s = b.spec.Components.Schemas[name]
	}
	if len(s.Properties) == 0 {
		return nil
	}
	known := map[string]any{
		"kind": "expert-visit", "enterprise_id": t["enterprise"], "enterprise_licence": "", "ref": "walk",
		"values": b.w.plainValues(), "offer_id": t["offer"], "reason": "原因", "text": "一句话",
		"url": "http://127.0.0.1:1/walk", "events": []string{"exchange.need.posted"},
	}
	out := map[string]any{}
	for name := range s.Properties {
		v, ok := known[name]
		if !ok && name != "$schema" {
			b.w.t.Fatalf("%s %s: teach the walk what %q in its body is", r.Method, r.Pattern, name)
		}
		if ok {
			out[name] = v
		}
	}
	j, err := json.Marshal(out)
	b.w.must(err)
	return j
}

// plainValues fill the form of a need that fits nobody in city A.
func (w *world) plainValues() map[string]any {
	at := w.b.county.Place
	return map[string]any{"title": map[string]string{"text": "标题"}, "trade": map[string]string{"text": "welding"},
		"story": map[string]string{"text": "情况"}, "place": map[string]any{"spot": map[string]any{"lat": at.Lat, "lng": at.Lng, "address": "福州"}}}
}
