package static

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
)

// Script is a script that a module embeds, for the pages that load it.
type Script struct {
	Path string // that it is mounted at
	Href string // that pages name: it changes with the script, so that browsers may keep it for ever
	body []byte
}

// NewScript makes a script to be served at path.
func NewScript(path string, body []byte) Script {
	sum := sha256.Sum256(body)
	return Script{path, path + "?" + hex.EncodeToString(sum[:5]), body}
}

// ServeHTTP implements http.Handler.
func (s Script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Cache-Control", "public, max-age=3600")
	if r.URL.RequestURI() == s.Href {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	w.Write(s.body) // the reader going away is no error of ours
}
