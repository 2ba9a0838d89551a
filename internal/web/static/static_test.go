package static

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func get(path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w
}

func TestFilesMayBeKeptUnderTheirHash(t *testing.T) {
	for _, name := range []string{"app.css", "hall.js", "htmx.js", "icons.svg", "mark.svg", "icon-180.png"} {
		w := get(URL(name))
		if w.Code != 200 || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || w.Body.Len() == 0 {
			t.Errorf("%s: %d %v", name, w.Code, w.Header())
		}
	}
	old := get("/static/app.0000000000.css")
	if old.Code != 200 || strings.Contains(old.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("a page of the version before needs the file, but may not keep it: %d %v", old.Code, old.Header())
	}
	if w := get("/static/../static.go"); w.Code != 404 {
		t.Errorf("got %d", w.Code)
	}
	if w := get(URL("app.css"), "If-None-Match", get(URL("app.css")).Header().Get("ETag")); w.Code != 304 {
		t.Errorf("got %d", w.Code)
	}
}

func TestCompressed(t *testing.T) {
	w := get(URL("app.css"), "Accept-Encoding", "br, gzip")
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(z)
	if err != nil || !bytes.Equal(got, get(URL("app.css")).Body.Bytes()) {
		t.Fatal("the compressed file differs", err)
	}
}

// TestSmall keeps the promise about what a first visit loads.
func TestSmall(t *testing.T) {
	total := 0
	for _, name := range []string{"app.css", "hall.js", "htmx.js", "icons.svg"} {
		total += get(URL(name), "Accept-Encoding", "gzip").Body.Len()
	}
	if total > 80_000 {
		t.Errorf("style, scripts and icons are %d bytes compressed", total)
	}
}

func TestSourcesAreBuilt(t *testing.T) {
	src, err := os.ReadFile("../../../assets/js/hall.js")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(src, get(URL("hall.js")).Body.Bytes()) {
		t.Error("hall.js was changed and not built: run assets/build.sh")
	}
	names, err := os.ReadFile("../../../assets/icons.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range strings.Fields(string(names)) {
		if !HasIcon(n) {
			t.Errorf("icon %s is not in the sprite: run assets/build.sh", n)
		}
	}
}

// TestIconsThatPagesNameExist reads the sources, because a missing icon shows nothing and breaks nothing.
func TestIconsThatPagesNameExist(t *testing.T) {
	named := regexp.MustCompile(`(?:Icon: |\bIcon\(|\bIconLabel\()"([a-z0-9-]+)"`)
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_templ.go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		if ext := filepath.Ext(path); ext != ".go" && ext != ".templ" {
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range named.FindAllSubmatch(src, -1) {
			if !HasIcon(string(m[1])) {
				t.Errorf("%s names icon %q: add it to assets/icons.txt and run assets/build.sh", path, m[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
