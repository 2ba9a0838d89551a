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
