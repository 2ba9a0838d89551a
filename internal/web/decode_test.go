package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// What was encoded twice is decoded once: a percent sign that somebody typed is one, and hides nothing from a check.
func TestInputIsDecodedOnce(t *testing.T) {
	h := newHall(t)
	var path, query, field string
	h.Page("POST /echo/{value}", Public, func(w http.ResponseWriter, r *http.Request) error {
		f, err := ParseForm(r, Limits{})
		if err != nil {
			return err
		}
		path, query, field = r.PathValue("value"), r.URL.Query().Get("q"), f.Get("f")
		w.WriteHeader(http.StatusNoContent)
		return nil
	})
	const twice, once = "%253Cb%253E%252F%2500", "%3Cb%3E%2F%00"
	r := httptest.NewRequest("POST", "/echo/"+twice+"?q="+twice, strings.NewReader("f="+twice))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusNoContent || path != once || query != once || field != once {
		t.Errorf("%d: %q %q %q, want %q", w.Code, path, query, field, once)
	}
	r = httptest.NewRequest("POST", "/echo/%00?q=x", strings.NewReader(""))
	w = httptest.NewRecorder()
	if h.ServeHTTP(w, r); w.Code != http.StatusNotFound {
		t.Errorf("what is no text once decoded: %d", w.Code)
	}
}
