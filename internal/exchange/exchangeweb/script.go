package exchangeweb

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"net/http"
)

//go:embed form.js
var scriptBody []byte

const scriptPath = "/static/exchange/form.js"

// scriptHref changes with the script, so that browsers may keep it for ever.
var scriptHref = func() string {
	sum := sha256.Sum256(scriptBody)
	return scriptPath + "?" + hex.EncodeToString(sum[:5])
}()

// script serves what forms gain when scripts run.
func script() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/javascript; charset=utf-8")
		h.Set("Cache-Control", "public, max-age=3600")
		if r.URL.RequestURI() == scriptHref {
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		w.Write(scriptBody) // the reader going away is no error of ours
	})
}
