package static

import "testing"

func TestFoldersAreNotListed(t *testing.T) {
	for _, path := range []string{"/static/", "/static", "/static/.", "/static/files/", "/static/fonts/", "/static//", "/static/.git/config", "/static/%2e%2e/static.go"} {
		if w := get(path); w.Code != 404 {
			t.Errorf("%s: %d %.80s", path, w.Code, w.Body)
		}
	}
}
