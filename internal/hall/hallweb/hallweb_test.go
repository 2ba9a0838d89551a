package hallweb_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/blob"
	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/hall/hallsql"
	"github.com/unionhall/unionhall/internal/hall/halltest"
	"github.com/unionhall/unionhall/internal/hall/hallweb"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/seal/sealtest"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
	"github.com/unionhall/unionhall/internal/web"
)

var bg = context.Background()

// site is a hall with people in it, served.
type site struct {
	*halltest.World
	s   *hall.Service
	rt  *web.Router
	srv *httptest.Server
	clk *clock.Fake
}

func open(t *testing.T) *site {
	t.Helper()
	w := halltest.NewWorld(t)
	clk := clock.At(time.Now().AddDate(0, 0, -1)) // cookies live by the machine's clock, and none may come from the future
	s := hall.New(hallsql.New(sqldbtest.SQLite(t), sealtest.Box(t)), clk, hall.NewHasher(halltest.Cheap))
	if err := s.Load(bg, w.Batch); err != nil {
		t.Fatal(err)
	}
	files, err := blob.Folder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	sessions := hallweb.NewSessions(s)
	rt := web.New(web.Options{
		Authenticate: sessions.Authenticate, Wrap: []func(http.Handler) http.Handler{sessions.Wrap},
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	hallweb.Routes(rt, hallweb.Options{
		Hall: s, Sessions: sessions, Clock: clk, Trades: trades{}, Record: record{}, Files: files,
		Home: func(a actor.Actor) string { return "/me" }, Ask: func(m hall.Master) string { return "/needs/new?master=" + m.PersonID },
		Post: func(e hall.Enterprise) string { return "/needs/new?enterprise=" + e.ID },
	})
	srv := httptest.NewServer(rt)
	t.Cleanup(srv.Close)
	return &site{w, s, rt, srv, clk}
}

type trades struct{}

var tradeNames = map[string]lang.Text{"cnc-turning": {ZH: "数控车工", EN: "CNC turning"}, "cnc-milling": {ZH: "数控铣工", EN: "CNC milling"}, "welding": {ZH: "焊工", EN: "Welding"}}

func (trades) Trade(code string) (lang.Text, bool) { t, ok := tradeNames[code]; return t, ok }
func (trades) All() []hallweb.Trade {
	return []hallweb.Trade{{Code: "cnc-turning", Name: tradeNames["cnc-turning"], Group: lang.Text{ZH: "机械加工"}}, {Code: "cnc-milling", Name: tradeNames["cnc-milling"], Group: lang.Text{ZH: "机械加工"}}, {Code: "welding", Name: tradeNames["welding"]}}
}

type record struct{}

func (record) Deeds(_ context.Context, _ actor.Actor, ids []string) (map[string]hallweb.Deeds, error) {
	out := map[string]hallweb.Deeds{}
	for _, id := range ids {
		out[id] = hallweb.Deeds{Solved: 7, Rating: 4.8, Ratings: 6}
	}
	return out, nil
}

func (record) Tools(context.Context, actor.Actor, string, int) ([]hallweb.Tool, error) {
	return []hallweb.Tool{{Title: "薄壁套车削的夹持办法", Summary: "软爪加胀套", Href: "/toolbox/1"}}, nil
}

// reader is one browser.
type reader struct {
	t   *testing.T
	s   *site
	c   *http.Client
	tag string
}

func (s *site) reader(t *testing.T) *reader {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &reader{t: t, s: s, tag: "zh", c: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// as is a browser in which the person is signed in.
func (s *site) as(t *testing.T, p hall.Person) *reader {
	r := s.reader(t)
	a := r.post("/signin", "login", p.Phone.Whole(), "password", halltest.Password)
	if a.status != http.StatusSeeOther {
		t.Fatalf("sign-in of %s: %d\n%s", p.Name, a.status, a.body)
	}
	return r
}

// answer is what came back.
type answer struct {
	status int
	body   string
	to     string // where it redirects
	header http.Header
}

func (r *reader) do(method, path string, form url.Values) answer {
	r.t.Helper()
	req, err := http.NewRequest(method, r.s.srv.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		r.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.Header.Set("User-Agent", "Mozilla/5.0 (Linux; Android 14; Mobile) AppleWebKit/537.36 Chrome/125.0 Mobile Safari/537.36")
	req.Header.Set("Accept-Language", r.tag)
	res, err := r.c.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	a := answer{res.StatusCode, string(b), res.Header.Get("Location"), res.Header}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") && a.to == "" {
		sound(r.t, method+" "+path, a.body)
	}
	return a
}

func (r *reader) get(path string) answer { r.t.Helper(); return r.do("GET", path, nil) }

func (r *reader) post(path string, pairs ...string) answer {
	r.t.Helper()
	f := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Add(pairs[i], pairs[i+1])
	}
	return r.do("POST", path, f)
}

func (a answer) want(t *testing.T, status int, words ...string) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d (to %q)\n%s", a.status, status, a.to, text(a.body))
	}
	for _, w := range words {
		if !strings.Contains(text(a.body), w) {
			t.Fatalf("%q is not on the page:\n%s", w, text(a.body))
		}
	}
	return a
}

func (a answer) without(t *testing.T, words ...string) answer {
	t.Helper()
	for _, w := range words {
		if strings.Contains(a.body, w) {
			t.Fatalf("%q is on the page:\n%s", w, text(a.body))
		}
	}
	return a
}

// leads wants a redirect.
func (a answer) leads(t *testing.T, to string) answer {
	t.Helper()
	if a.status != http.StatusSeeOther || a.to != to {
		t.Fatalf("status %d to %q, want %q\n%s", a.status, a.to, to, text(a.body))
	}
	return a
}

var (
	tags   = regexp.MustCompile(`(?s)<(script|style|svg)\b.*?</(script|style|svg)>|<[^>]*>`)
	spaces = regexp.MustCompile(`\s+`)
)

func text(body string) string {
	return html.UnescapeString(spaces.ReplaceAllString(tags.ReplaceAllString(body, " "), " "))
}

// sound wants what every page must hold: one h1, ids that are unique, controls that have a name, errors
// that lead somewhere, nothing inline, and no message that is missing.
func sound(t *testing.T, where, body string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	ids, labelled, h1 := map[string]bool{}, map[string]bool{}, 0
	var controls, links []*html.Node
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode {
			if id := attr(n, "id"); id != "" {
				if ids[id] {
					t.Errorf("%s: id %q twice", where, id)
				}
				ids[id] = true
			}
			for _, a := range n.Attr {
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
					t.Errorf("%s: inline %s", where, a.Key)
				}
			}
			switch n.Data {
			case "h1":
				h1++
			case "label":
				labelled[attr(n, "for")] = true
			case "input", "select", "textarea":
				if attr(n, "type") != "hidden" {
					controls = append(controls, n)
				}
			case "a":
				links = append(links, n)
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(root)
	if h1 != 1 {
		t.Errorf("%s: %d h1", where, h1)
	}
	for _, n := range controls {
		if !labelled[attr(n, "id")] && attr(n, "aria-label") == "" {
			t.Errorf("%s: control %q has no name", where, attr(n, "name"))
		}
	}
	for _, n := range links {
		if to, ok := strings.CutPrefix(attr(n, "href"), "#"); ok && !ids[to] {
			t.Errorf("%s: link to #%s leads nowhere", where, to)
		}
	}
	if m := regexp.MustCompile(`\bhall\.[a-z]+\.[a-z.-]+`).FindString(text(body)); m != "" {
		t.Errorf("%s: message %s is missing", where, m)
	}
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// Every message that the code names exists in both languages.
func TestMessagesExist(t *testing.T) {
	id := regexp.MustCompile(`"(hall\.[a-z0-9.-]*[a-z0-9])"`)
	subjects := map[string]bool{}
	for _, s := range hall.Subjects {
		subjects[s] = true
	}
	n := 0
	for _, dir := range []string{".", "..", "../hallsql"} {
		for _, pattern := range []string{"*.go", "*.templ"} {
			files, _ := filepath.Glob(filepath.Join(dir, pattern))
			for _, f := range files {
				if strings.HasSuffix(f, "_test.go") || strings.HasSuffix(f, "_templ.go") {
					continue
				}
				b, err := os.ReadFile(f)
				if err != nil {
					t.Fatal(err)
				}
				for _, m := range id.FindAllStringSubmatch(string(b), -1) {
					n++
					audit := lang.Has("hall.audit." + strings.TrimPrefix(m[1], "hall."))
					if !lang.Has(m[1]) && !subjects[m[1]] && !audit {
						t.Errorf("%s: %s", f, m[1])
					}
				}
			}
		}
	}
	for _, code := range hall.Industries {
		if !lang.Has("hall.industry." + code) {
			t.Error(code)
		}
	}
	for _, s := range hall.Sizes {
		if !lang.Has("hall.size." + string(s)) {
			t.Error(s)
		}
	}
	for _, r := range hall.Roles {
		if !lang.Has("hall.role."+string(r)) || !lang.Has("hall.role."+string(r)+".may") {
			t.Error(r)
		}
	}
	for _, k := range hall.UnionKinds {
		if !lang.Has("hall.kind." + string(k)) {
			t.Error(k)
		}
	}
	if n < 300 {
		t.Fatalf("only %d messages found: the pattern is broken", n)
	}
}
