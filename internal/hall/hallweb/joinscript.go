package hallweb

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"net/http"
)

//go:embed join.js
var joinScriptBody []byte

const joinScriptPath = "/static/hall/join.js"

// joinScriptHref changes with the script, so that browsers may keep it for ever.
var joinScriptHref = func() string {
	sum := sha256.Sum256(joinScriptBody)
	return joinScriptPath + "?" + hex.EncodeToString(sum[:5])
}()

// joinScript serves what looking for a union gains when scripts run.
func joinScript() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/javascript; charset=utf-8")
		h.Set("Cache-Control", "public, max-age=3600")
		if r.URL.RequestURI() == joinScriptHref {
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		w.Write(joinScriptBody) // the reader going away is no error of ours
	})
}
