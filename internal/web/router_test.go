package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/unionhall/unionhall/internal/web/htmlcheck"
)

func TestGates(t *testing.T) {
	h := newHall(t)
	for _, c := range []struct {
		path, who string
		want      int
	}{
		{"/", "", 200}, {"/", "ended", 200}, {"/", "broken", 500},
		{"/mine", "", 303}, {"/mine", "ended", 303}, {"/mine", "portal", 303}, {"/mine", "person", 200}, {"/mine", "officer", 200},
		{"/console", "", 303}, {"/console", "person", 403}, {"/console", "portal", 303}, {"/console", "officer", 200},
		{"/api/portal", "", 401}, {"/api/portal", "person", 401}, {"/api/portal", "officer", 401}, {"/api/portal", "ended", 401}, {"/api/portal", "portal", 200},
	} {
		if w := h.get(c.path, "Test-Actor", c.who); w.Code != c.want {
			t.Errorf("%s as %q: %d, want %d", c.path, c.who, w.Code, c.want)
		}
	}
}

func TestSignInLeadsBack(t *testing.T) {
	h := newHall(t)
	if got := h.get("/mine?tab=2").Header().Get("Location"); got != "/signin?next=%2Fmine%3Ftab%3D2" {
		t.Error(got)
	}
	w := h.get("/mine", "HX-Request", "true", "Referer", "http://example.com/needs/1")
	if got := w.Header().Get("HX-Redirect"); w.Code != 200 || got != "/signin?next=%2Fneeds%2F1" {
		t.Error(w.Code, got)
	}
	if got := h.get("/api/portal").Header().Get("WWW-Authenticate"); !strings.HasPrefix(got, "Bearer") {
		t.Error(got)
	}
}

func TestARouteNeedsAnAccess(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a route without an access must not register")
		}
	}()
	newHall(t).Page("GET /open", 0, nil)
}

func TestRoutesAreRecorded(t *testing.T) {
	h := newHall(t)
	g := h.Under(API, func(method, _ string) Access {
		if method == "GET" {
			return Public
		}
		return Portal
	})
	g.HandleFunc("GET /api/things", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("ok")) })
	g.HandleFunc("POST /api/things", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("ok")) })
	have := map[Route]bool{}
	for _, r := range h.Routes() {
		if have[r] {
			t.Errorf("%v twice", r)
		}
		have[r] = true
	}
	for _, want := range []Route{{"GET", "/api/things", Public, API}, {"POST", "/api/things", Portal, API}, {"GET", "/mine", SignedIn, HTML}, {"GET", "/static/", Public, Asset}} {
		if !have[want] {
			t.Errorf("%v is missing", want)
		}
	}
	expectStatus(t, h.get("/api/things"), 200)
	expectStatus(t, h.post("/api/things", ""), 401)
	expectStatus(t, h.post("/api/things", "", "Test-Actor", "portal"), 200)
}

func TestUnknownPaths(t *testing.T) {
	h := newHall(t)
	w := h.get("/nowhere", "Test-Actor", "person")
	expectStatus(t, w, 404)
	doc := htmlcheck.Parse(t, w.Body)
	doc.Sound()
	doc.MustHave("h1", "没有找到这一页")
	doc.MustHave(".account", "王丽") // it still knows who is asking
	if p := problem(t, h.get("/api/nowhere")); p.Status != 404 {
		t.Error(p)
	}
	w = h.post("/mine", "")
	expectStatus(t, w, 405)
	if got := w.Header().Get("Allow"); got != "GET, HEAD" {
		t.Error(got)
	}
	w = httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodTrace, "/mine", nil))
	expectStatus(t, w, 405)
	if w := h.get("/mine/?a=b"); w.Code != 308 || w.Header().Get("Location") != "/mine?a=b" {
		t.Error(w.Code, w.Header())
	}
}

func TestSwitches(t *testing.T) {
	h := newHall(t)
	w := h.post("/lang", "lang=en&next=/mine")
	if w.Code != 303 || w.Header().Get("Location") != "/mine" || !strings.HasPrefix(w.Header().Get("Set-Cookie"), "lang=en; Path=/") {
		t.Error(w.Code, w.Header())
	}
	if w := h.post("/lang", "lang=xx&next=//evil.example/"); w.Header().Get("Set-Cookie") != "" || w.Header().Get("Location") != "/" {
		t.Error(w.Header())
	}
	doc := htmlcheck.Parse(t, h.get("/", "Cookie", "lang=en; theme=dark").Body)
	doc.MustHave("html[lang=en][data-theme=hall-dark]")
	doc = htmlcheck.Parse(t, h.get("/", "Accept-Language", "de").Body)
	doc.MustHave("html[lang=en]")
	doc.MustNotHave("html[data-theme]")
	doc.Sound()
	doc = htmlcheck.Parse(t, h.get("/mine?x=1", "Test-Actor", "officer").Body)
	doc.MustHave("html[lang=zh-CN]")
	doc.MustHave("form[action=/lang] input[name=next][value='/mine?x=1']")
	doc.Sound()
}

func TestLocalPath(t *testing.T) {
	for _, bad := range []string{"", "x", "//evil", "/\\evil", "https://evil", "/a\nb", "javascript:1", "/\t/evil"} {
		if got := LocalPath(bad, "/home"); got != "/home" {
			t.Errorf("%q leads to %q", bad, got)
		}
	}
	if got := LocalPath("/needs?q=a%20b#x", "/"); got != "/needs?q=a%20b#x" {
		t.Error(got)
	}
}
