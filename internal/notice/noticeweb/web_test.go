package noticeweb_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/net/html"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/notice"
	"github.com/unionhall/unionhall/internal/notice/noticesql"
	"github.com/unionhall/unionhall/internal/notice/noticetest"
	"github.com/unionhall/unionhall/internal/notice/noticeweb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/layout"
)

func init() { // as a module that tells would
	lang.Register(fstest.MapFS{
		"zh.json": {Data: []byte(`{"notice.test.fits":"“{{.title}}”适合您"}`)},
		"en.json": {Data: []byte(`{"notice.test.fits":"“{{.title}}” fits you"}`)},
	})
}

type site struct {
	t     *testing.T
	rt    *web.Router
	s     *notice.Service
	clock *clock.Fake
	log   bytes.Buffer
}

// broken is a store that cannot count.
type broken struct{ notice.Store }

func (broken) Unread(context.Context, string) (int, error) { return 0, errors.New("no disk") }

func open(t *testing.T, wrap func(notice.Store) notice.Store) *site {
	x := &site{t: t, clock: clock.At(noticetest.T0)}
	log := slog.New(slog.NewTextHandler(&x.log, nil))
	x.s = notice.NewService(wrap(noticesql.New(sqldbtest.SQLite(t))), x.clock)
	x.rt = web.New(web.Options{Log: log, Authenticate: func(r *http.Request) (actor.Actor, error) {
		if id := r.Header.Get("Person"); id != "" {
			return actor.Actor{Kind: actor.Person, ID: id, Name: id}, nil
		}
		return actor.Actor{}, nil
	}})
	noticeweb.Routes(x.rt, x.s, x.clock)
	x.rt.Page("GET /plain", web.Public, func(w http.ResponseWriter, r *http.Request) error {
		return web.Render(w, r, http.StatusOK, layout.Page(layout.Props{Title: "plain"}))
	})
	return x
}

func same(s notice.Store) notice.Store { return s }

func (x *site) tell(person, ev, title string) {
	x.t.Helper()
	err := x.s.Tell(context.Background(), []notice.New{{
		PersonID: person, EventID: ev, Msg: "notice.test.fits", Args: []string{"title", title}, Link: "/needs/" + ev,
	}})
	if err != nil {
		x.t.Fatal(err)
	}
}

func (x *site) do(method, target, person string, form url.Values, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(form.Encode()))
	if method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if person != "" {
		r.Header.Set("Person", person)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	x.rt.ServeHTTP(w, r)
	return w
}

// find gives the elements for which ok holds.
func find(t *testing.T, body string, ok func(*html.Node) bool) (out []*html.Node) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && ok(n) {
			out = append(out, n)
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

func words(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func byID(id string) func(*html.Node) bool {
	return func(n *html.Node) bool { return attr(n, "id") == id }
}

// bell gives what the bell says on a page: its label and its number.
func (x *site) bell(body string) string {
	x.t.Helper()
	bells := find(x.t, body, byID("bell"))
	if len(bells) != 1 {
		x.t.Fatalf("%d bells in %s", len(bells), body)
	}
	for n := range bells[0].Descendants() {
		if n.Data == "a" {
			return attr(n, "aria-label") + "|" + words(n)
		}
	}
	return ""
}

func opens(n *html.Node) bool {
	return n.Data == "form" && strings.HasSuffix(attr(n, "action"), "/open")
}

func TestBellIsOnEveryPageOfAPerson(t *testing.T) {
	x := open(t, same)
	x.tell("li", "e1", "主轴异响")
	page := x.do("GET", "/plain", "li", nil).Body.String()
	if got := x.bell(page); got != "通知，1 条未读|1" {
		t.Error(got)
	}
	body := find(t, page, func(n *html.Node) bool { return n.Data == "body" })[0]
	bell := find(t, page, byID("bell"))[0]
	if attr(body, "data-live") != "person:li" || attr(bell, "hx-get") != "/notices/bell" ||
		!strings.Contains(attr(bell, "hx-trigger"), "change:person:li ") {
		t.Error("the bell does not follow the person's topic:", attr(body, "data-live"), attr(bell, "hx-trigger"))
	}
	if got := x.bell(x.do("GET", "/plain", "mei", nil, "Accept-Language", "en").Body.String()); got != "Notices, none unread|" {
		t.Error(got)
	}
	if strings.Contains(x.do("GET", "/plain", "", nil).Body.String(), "bell") {
		t.Error("a stranger has no notices")
	}
	x.tell("li", "e2", "导轨磨损")
	fragment := x.do("GET", "/notices/bell", "li", nil, "HX-Request", "true")
	if got := x.bell(fragment.Body.String()); got != "通知，2 条未读|2" || strings.Contains(fragment.Body.String(), "<main") {
		t.Error(got)
	}
}

func TestAPageDoesNotFailOverTheBell(t *testing.T) {
	x := open(t, func(s notice.Store) notice.Store { return broken{s} })
	w := x.do("GET", "/plain", "li", nil)
	if w.Code != http.StatusOK || x.bell(w.Body.String()) != "通知，没有未读|" || !strings.Contains(x.log.String(), "no disk") {
		t.Error(w.Code, x.log.String())
	}
}

func TestListAndOpen(t *testing.T) {
	x := open(t, same)
	x.tell("li", "e1", `<b>主轴</b>`)
	x.clock.Move(3 * time.Hour)
	page := x.do("GET", "/notices", "li", nil).Body.String()
	if !strings.Contains(page, "“&lt;b&gt;主轴&lt;/b&gt;”适合您") || !strings.Contains(page, "3 小时前") || !strings.Contains(page, "1 条未读") {
		t.Error(page)
	}
	if english := x.do("GET", "/notices", "li", nil, "Accept-Language", "en").Body.String(); !strings.Contains(english, "fits you") {
		t.Error(english)
	}
	forms := find(t, page, opens)
	if len(forms) != 1 {
		t.Fatal(len(forms))
	}
	action := attr(forms[0], "action")
	if w := x.do("POST", action, "mei", nil); w.Code != http.StatusNotFound {
		t.Error("somebody else opened it:", w.Code)
	}
	if w := x.do("POST", action, "li", nil, "Sec-Fetch-Site", "cross-site"); w.Code != http.StatusForbidden {
		t.Error("another site opened it:", w.Code)
	}
	w := x.do("POST", action, "li", nil)
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/needs/e1" {
		t.Error(w.Code, w.Header())
	}
	page = x.do("GET", "/notices", "li", nil).Body.String()
	if len(find(t, page, opens)) != 0 || !strings.Contains(page, `href="/needs/e1"`) || !strings.Contains(page, "没有未读通知") {
		t.Error("a read notice is a plain link:", page)
	}
}

func TestReadAllLeavesWhatCameSince(t *testing.T) {
	x := open(t, same)
	x.tell("li", "e1", "一")
	page := x.do("GET", "/notices", "li", nil).Body.String()
	until := find(t, page, func(n *html.Node) bool { return attr(n, "name") == "until" })
	if len(until) != 1 {
		t.Fatal(page)
	}
	x.clock.Move(time.Second)
	x.tell("li", "e2", "二")
	w := x.do("POST", "/notices/read", "li", url.Values{"until": {attr(until[0], "value")}})
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/notices" {
		t.Fatal(w.Code)
	}
	if got := x.bell(x.do("GET", "/plain", "li", nil).Body.String()); got != "通知，1 条未读|1" {
		t.Error(got)
	}
	x.do("POST", "/notices/read", "li", url.Values{"until": {"nonsense"}})
	if got := x.bell(x.do("GET", "/plain", "li", nil).Body.String()); got != "通知，没有未读|" {
		t.Error(got)
	}
}

func TestEmptyAndPaged(t *testing.T) {
	x := open(t, same)
	if page := x.do("GET", "/notices", "li", nil).Body.String(); !strings.Contains(page, "还没有通知") || strings.Contains(page, "notices/read") {
		t.Error(page)
	}
	for i := range notice.PageSize + 1 {
		x.tell("li", fmt.Sprint("e", i), fmt.Sprint("第", i))
	}
	page := x.do("GET", "/notices", "li", nil).Body.String()
	next := find(t, page, func(n *html.Node) bool { return attr(n, "rel") == "next" })
	if len(next) != 1 || len(find(t, page, opens)) != notice.PageSize {
		t.Fatal(page)
	}
	second := x.do("GET", attr(next[0], "href"), "li", nil).Body.String()
	if len(find(t, second, opens)) != 1 || len(find(t, second, func(n *html.Node) bool { return attr(n, "rel") == "prev" })) != 1 {
		t.Error(second)
	}
	if list := find(t, second, byID("notices"))[0]; attr(list, "hx-get") != "" {
		t.Error("an older part must not turn into the newest one by itself")
	}
	fragment := x.do("GET", "/notices", "li", nil, "HX-Request", "true").Body.String()
	if strings.Contains(fragment, "<main") || len(find(t, fragment, byID("notices"))) != 1 {
		t.Error(fragment)
	}
	if w := x.do("GET", "/notices?after=nonsense", "li", nil); w.Code != http.StatusNotFound {
		t.Error(w.Code)
	}
}

func TestStrangersSignIn(t *testing.T) {
	x := open(t, same)
	for _, r := range x.rt.Routes() {
		if !strings.HasPrefix(r.Pattern, "/notices") || r.Access == web.Public {
			continue
		}
		w := x.do(r.Method, strings.Replace(r.Pattern, "{notice}", "0190a0b0-0000-7000-8000-000000000000", 1), "", nil)
		if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/signin") {
			t.Error(r, w.Code, w.Header().Get("Location"))
		}
	}
}

func TestAMessageThatIsGone(t *testing.T) {
	x := open(t, same)
	err := x.s.Tell(context.Background(), []notice.New{{PersonID: "li", EventID: "e", Msg: "notice.gone.by", Link: "/"}})
	if err != nil {
		t.Fatal(err)
	}
	if page := x.do("GET", "/notices", "li", nil).Body.String(); !strings.Contains(page, "与您有关的内容有了变化") {
		t.Error(page)
	}
}

func TestMessagesAreComplete(t *testing.T) {
	if m := lang.Missing(); len(m) > 0 {
		t.Error(m)
	}
	for _, subject := range notice.Subjects {
		if !strings.HasPrefix(subject, "notice.") {
			t.Error(subject)
		}
	}
	if p := notice.People(event.New(notice.Read, noticetest.T0, map[string][]string{"people": {"li"}})); len(p) != 1 || noticeweb.Topic(p[0]) != "person:li" {
		t.Error(p)
	}
}
