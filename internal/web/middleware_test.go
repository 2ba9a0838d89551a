package web

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/limit"
)

func TestCrossSitePostsAreRefused(t *testing.T) {
	h := newHall(t, func(o *Options) { o.BaseURL = "https://hall.example.org" })
	for _, c := range []struct {
		header []string
		want   int
	}{
		{[]string{"Sec-Fetch-Site", "same-origin"}, 303},
		{[]string{"Sec-Fetch-Site", "none"}, 303},
		{[]string{"Origin", "http://example.com"}, 303}, // httptest's host
		{[]string{"Origin", "https://hall.example.org", "Sec-Fetch-Site", "cross-site"}, 303},
		{nil, 303}, // no browser
		{[]string{"Sec-Fetch-Site", "cross-site"}, 403},
		{[]string{"Sec-Fetch-Site", "same-site"}, 403}, // another host of the same domain
		{[]string{"Origin", "https://evil.example"}, 403},
		{[]string{"Origin", "null"}, 403},
	} {
		if w := h.post("/post", "a=b", c.header...); w.Code != c.want {
			t.Errorf("%v: %d, want %d", c.header, w.Code, c.want)
		}
	}
	expectStatus(t, h.get("/", "Sec-Fetch-Site", "cross-site"), 200)
	if p := problem(t, h.post("/api/portal", "", "Sec-Fetch-Site", "cross-site")); p.Status != 403 {
		t.Error(p)
	}
}

func TestSecurityHeaders(t *testing.T) {
	h := newHall(t)
	for _, path := range []string{"/", "/nowhere", "/fault/internal", "/api/portal", "/static/app.css"} {
		hd := h.get(path).Header()
		csp := hd.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'self'", "object-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'", "img-src 'self' data: blob:"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s lacks %s", path, want)
			}
		}
		if strings.Contains(csp, "unsafe") {
			t.Errorf("%s: %s", path, csp)
		}
		if hd.Get("X-Content-Type-Options") != "nosniff" || hd.Get("Referrer-Policy") != "same-origin" || hd.Get("Permissions-Policy") == "" {
			t.Errorf("%s: %v", path, hd)
		}
		if hd.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s may be read by other sites", path)
		}
		if hd.Get("Strict-Transport-Security") != "" {
			t.Error("a hall without https must not promise it")
		}
	}
	safe := newHall(t, func(o *Options) { o.BaseURL = "https://hall.example.org" })
	if got := safe.get("/").Header().Get("Strict-Transport-Security"); got != "max-age=31536000; includeSubDomains" {
		t.Errorf("https is for good: %q", got)
	}
	if c := safe.post("/lang", "lang=en").Header().Get("Set-Cookie"); !strings.Contains(c, "Secure") || !strings.Contains(c, "HttpOnly") || !strings.Contains(c, "SameSite=Lax") {
		t.Error(c)
	}
}

func TestCaching(t *testing.T) {
	h := newHall(t)
	for _, c := range []struct{ path, who, want string }{
		{"/", "", "private, no-cache"}, {"/mine", "person", "private, no-store"}, {"/nowhere", "", "no-store"}, {"/api/portal", "portal", "no-store"},
	} {
		if got := h.get(c.path, "Test-Actor", c.who).Header().Get("Cache-Control"); got != c.want {
			t.Errorf("%s as %q: %q, want %q", c.path, c.who, got, c.want)
		}
	}
}

func TestRequestID(t *testing.T) {
	h := newHall(t)
	if got := h.get("/", "X-Request-Id", "edge-12345678").Header().Get("X-Request-Id"); got != "edge-12345678" {
		t.Error(got)
	}
	for _, bad := range []string{"short", strings.Repeat("x", 65), "with space here", "<script>alert"} {
		if got := h.get("/", "X-Request-Id", bad).Header().Get("X-Request-Id"); got == bad || len(got) != 11 {
			t.Errorf("%q became %q", bad, got)
		}
	}
}

func TestTheLogKeepsNoSecrets(t *testing.T) {
	h := newHall(t)
	h.post("/post?token=tok123", "password=pass123", "Test-Actor", "person")
	log := h.log.String()
	if strings.Contains(log, "tok123") || strings.Contains(log, "pass123") {
		t.Error(log)
	}
	h.get("/nowhere%0Alevel=ERROR")
	if text := h.log.String(); strings.Contains(text, "\nlevel=") || !strings.Contains(text, `\nlevel=ERROR`) {
		t.Errorf("a path forges a line: %s", text)
	}
	for _, want := range []string{"method=POST", "path=/post", "status=303", "request=", "actor=p1", "took="} {
		if !strings.Contains(log, want) {
			t.Errorf("%s is missing in %s", want, log)
		}
	}
}

func TestClientIP(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, c := range []struct{ remote, forwarded, want string }{
		{"203.0.113.9:1", "", "203.0.113.9"},
		{"203.0.113.9:1", "198.51.100.1", "203.0.113.9"}, // not one of ours: believe nothing
		{"10.0.0.1:1", "198.51.100.1", "198.51.100.1"},
		{"10.0.0.1:1", "6.6.6.6, 198.51.100.1, 10.0.0.2", "198.51.100.1"}, // the first was made up
		{"10.0.0.1:1", "rubbish", "10.0.0.1"},
		{"[::ffff:10.0.0.1]:1", "2001:db8::1", "2001:db8::1"},
	} {
		r := newRequest(c.remote, c.forwarded)
		if got := clientIP(r, proxies).String(); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

func TestCompression(t *testing.T) {
	h := newHall(t)
	w := h.get("/", "Accept-Encoding", "gzip")
	if w.Header().Get("Content-Encoding") != "gzip" || w.Body.Len() > 4000 {
		t.Error(w.Header(), w.Body.Len())
	}
	if w := h.get("/fault/internal", "Accept-Encoding", "gzip"); w.Header().Get("Content-Encoding") != "gzip" {
		t.Error("error pages too")
	}
}

func TestWritesAreSlowed(t *testing.T) {
	rt := New(Options{Writes: limit.Rate{Burst: 2, Every: time.Hour}})
	rt.Page("POST /things", Public, func(w http.ResponseWriter, r *http.Request) error { return WriteJSON(w, http.StatusOK, "kept") })
	rt.Page("GET /things", Public, func(w http.ResponseWriter, r *http.Request) error { return WriteJSON(w, http.StatusOK, "read") })
	send := func(method, from string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "/things", nil)
		r.RemoteAddr = from + ":4000"
		w := httptest.NewRecorder()
		rt.ServeHTTP(w, r)
		return w
	}
	for range 2 {
		if w := send("POST", "192.0.2.1"); w.Code != http.StatusOK {
			t.Fatal(w.Code)
		}
	}
	w := send("POST", "192.0.2.1")
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
		t.Fatalf("%d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	if send("GET", "192.0.2.1").Code != http.StatusOK || send("POST", "192.0.2.2").Code != http.StatusOK {
		t.Fatal("reading, and writing from elsewhere, go on")
	}
}
