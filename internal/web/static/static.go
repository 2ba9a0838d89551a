// Package static holds the hall's style sheet, scripts, icons and marks, embedded, and serves them
// under addresses that change with their content, so that browsers may keep them for ever.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
)

//go:embed files
var files embed.FS

// Prefix is where the files are served.
const Prefix = "/static/"

type file struct {
	body []byte
	kind string
	hash string
	url  string
	gz   func() []byte // compressed once, when first asked for; nil when it does not help
}

var byName = load()

func load() map[string]*file {
	kinds := map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
		".svg": "image/svg+xml", ".webmanifest": "application/manifest+json", ".ico": "image/x-icon", ".png": "image/png"}
	out := map[string]*file{}
	err := fs.WalkDir(files, "files", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := files.ReadFile(p)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(body)
		f := &file{body: body, hash: hex.EncodeToString(sum[:5]), kind: kinds[path.Ext(p)]}
		if f.kind == "" {
			f.kind = mime.TypeByExtension(path.Ext(p))
		}
		if ext := path.Ext(p); ext != ".png" && ext != ".ico" {
			f.gz = sync.OnceValue(func() []byte { return squeeze(body) })
		}
		name, ext := strings.TrimPrefix(p, "files/"), path.Ext(p)
		f.url = Prefix + strings.TrimSuffix(name, ext) + "." + f.hash + ext
		out[name] = f
		return nil
	})
	if err != nil {
		panic("static: " + err.Error()) // embedded files cannot fail to read
	}
	return out
}

func squeeze(body []byte) []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	z.Write(body) // a bytes.Buffer does not fail
	z.Close()
	return b.Bytes()
}

// URL is the address of a file with its content's hash in it: /static/app.1a2b3c4d5e.css. An unknown
// name is returned without a hash, and will not be found.
func URL(name string) string {
	if f, ok := byName[name]; ok {
		return f.url
	}
	return Prefix + name
}

// HasIcon reports whether the sprite holds the icon.
func HasIcon(name string) bool {
	return bytes.Contains(byName["icons.svg"].body, []byte(`<symbol id="`+name+`"`))
}

// Has reports whether there is such a file.
func Has(name string) bool { return byName[name] != nil }

// Handler serves the files. An address with another hash than the current one, as a page of the
// version before has during an update, gets the current file but may not keep it.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, hash := split(strings.TrimPrefix(r.URL.Path, Prefix))
		f, ok := byName[name]
		if !ok {
			http.NotFound(w, r)
			return
		}
		f.serve(w, r, hash == f.hash)
	})
}

// Serve serves one file at an address of its own, as browsers ask for /favicon.ico.
func Serve(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, ok := byName[name]
		if !ok {
			http.NotFound(w, r)
			return
		}
		f.serve(w, r, false)
	})
}

// split takes the hash out of a name: app.1a2b3c4d5e.css is app.css.
func split(p string) (name, hash string) {
	ext := path.Ext(p)
	stem := strings.TrimSuffix(p, ext)
	h := path.Ext(stem)
	if len(h) != 11 || ext == "" {
		return p, ""
	}
	return strings.TrimSuffix(stem, h) + ext, h[1:]
}

func (f *file) serve(w http.ResponseWriter, r *http.Request, keep bool) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("ETag", `"`+f.hash+`"`)
	h.Set("Vary", "Accept-Encoding")
	if keep {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "public, max-age=3600")
	}
	if r.Header.Get("If-None-Match") == `"`+f.hash+`"` {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := f.body
	if f.gz != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = f.gz()
	}
	w.Write(body) // the reader going away is no error of ours
}
