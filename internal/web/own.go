package web

import (
	"context"
	"net/http"
	"time"

	"github.com/unionhall/unionhall/internal/web/static"
)

// ownRoutes are those that every hall has.
func (rt *Router) ownRoutes() {
	rt.Mount(static.Handler(), Route{"GET", static.Prefix, Public, Asset})
	rt.Mount(static.Serve("favicon.ico"), Route{"GET", "/favicon.ico", Public, Asset})
	rt.Mount(static.Serve("hall.webmanifest"), Route{"GET", "/hall.webmanifest", Public, Asset})
	// At the root, because a worker serves no more than the folder it comes from.
	rt.Mount(static.Serve("sw.js"), Route{"GET", "/sw.js", Public, Asset})
	rt.Page("POST /lang", Public, chooser("lang", "zh", "en"))
	rt.Page("POST /theme", Public, chooser("theme", "light", "dark", ""))
	if rt.opts.Live != nil {
		rt.Mount(rt.opts.Live, Route{"GET", "/live", Public, Stream})
	}
}

// chooser keeps a choice of the reader in a cookie for a year and returns to the page.
func chooser(name string, values ...string) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := ParseForm(r, Limits{})
		if err != nil {
			return err
		}
		for _, v := range values {
			if f.Get(name) != v {
				continue
			}
			c := &http.Cookie{Name: name, Value: v, MaxAge: 365 * 24 * 60 * 60, HttpOnly: true}
			if v == "" {
				c.MaxAge = -1
			}
			setCookie(w, r, c)
		}
		return Redirect(w, r, f.Get("next"))
	}
}

func themeOf(r *http.Request) string {
	switch v := cookieValue(r, "theme"); v {
	case "light", "dark":
		return v
	}
	return ""
}

// Check is one thing that must work before the hall takes requests.
type Check struct {
	Name string
	Do   func(ctx context.Context) error
}

// Health registers /healthz, which answers while the process runs, and /readyz, which answers 503 and
// names what fails while one of the checks does. Causes go to the log only.
func (rt *Router) Health(checks ...Check) {
	rt.handle("GET /healthz", Public, Asset, func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Cache-Control", "no-store")
		return WriteJSON(w, http.StatusOK, map[string]string{"status": "ok", "version": rt.opts.Version})
	})
	rt.handle("GET /readyz", Public, Asset, func(w http.ResponseWriter, r *http.Request) error {
		ctx, cancel := context.WithTimeout(r.Context(), 3*time.Second)
		defer cancel()
		status, out := http.StatusOK, map[string]string{}
		for _, c := range checks {
			out[c.Name] = "ok"
			if err := c.Do(ctx); err != nil {
				rt.opts.Log.WarnContext(ctx, "not ready", "check", c.Name, "err", err)
				status, out[c.Name] = http.StatusServiceUnavailable, "failing"
			}
		}
		w.Header().Set("Cache-Control", "no-store")
		return WriteJSON(w, status, out)
	})
}
