package hallweb

import (
	"context"
	"net/http"
	"strings"

	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/ui"
)

// firstKey marks the session of somebody who came in with a password that was handed out: whoever handed it out knows
// it, and so does the paper on which it was written.
const firstKey = "first"

// ownPassword is where a password is replaced by one of one's own.
const ownPassword = "/me/password"

// first notes that nothing else is open to this session until the password is the person's own.
func (se *Sessions) first(ctx context.Context) { se.plain.Put(ctx, firstKey, true) }

// ownNow notes that it is.
func (se *Sessions) ownNow(ctx context.Context) { se.plain.Remove(ctx, firstKey) }

// holdUp leads such a session to choosing a password, wherever it wants to go.
func (se *Sessions) holdUp(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		if !se.plain.GetBool(ctx, firstKey) || openToAll(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		web.FlashTone(ctx, ui.Info, "hall.signin.first")
		_ = web.Redirect(w, r, ownPassword) // never fails
	})
}

// openToAll is what a session can do that is not its person's yet: choose a password, sign in anew or out, read in
// another language.
func openToAll(path string) bool {
	switch path {
	case ownPassword, "/signout", "/lang", "/theme", "/live":
		return true
	}
	return path == "/signin" || strings.HasPrefix(path, "/signin/")
}
