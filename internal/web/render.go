package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/web/ui"
)

type uiNote = ui.Note

// Render writes a page or a fragment. It is rendered in memory first, so that a failure becomes an
// error page and never half a page.
func Render(w http.ResponseWriter, r *http.Request, status int, c templ.Component) (err error) {
	defer fault.Wrap(&err, "web.Render(%s)", tellable(r.URL.Path))
	b := templ.GetBuffer()
	defer templ.ReleaseBuffer(b)
	if err := c.Render(r.Context(), b); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Add("Vary", "HX-Request, Cookie, Accept-Language")
	st := state(r.Context())
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "private, no-cache")
		if st.actor.SignedIn() {
			h.Set("Cache-Control", "private, no-store")
		}
	}
	st.flash.settle(w, r)
	w.WriteHeader(status)
	_, err = w.Write(b.Bytes())
	if err != nil {
		return errGone // the reader has left; there is nobody to tell
	}
	return nil
}

// Redirect sends the reader on to a local path with 303, so that reloading does not post again;
// htmx follows with a full page load. Flash messages travel along.
func Redirect(w http.ResponseWriter, r *http.Request, to string) error {
	to = LocalPath(to, "/")
	state(r.Context()).flash.keep(w, r)
	w.Header().Set("Cache-Control", "no-store")
	if r.Header.Get("HX-Request") == "true" {
		w.Header().Set("HX-Redirect", to)
		w.WriteHeader(http.StatusOK)
		return nil
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// Fragment reports whether htmx asks for a part of a page rather than for a page.
func Fragment(r *http.Request) bool {
	h := r.Header
	return h.Get("HX-Request") == "true" && h.Get("HX-Boosted") != "true" && h.Get("HX-History-Restore-Request") != "true"
}

// LocalPath is p if it is a path on this site, and otherwise fallback: what a "next" parameter may
// lead to.
func LocalPath(p, fallback string) string {
	if !strings.HasPrefix(p, "/") || strings.HasPrefix(p, "//") || strings.ContainsAny(p, "\\\r\n\t") {
		return fallback
	}
	u, err := url.Parse(p)
	if err != nil || u.Host != "" || u.Scheme != "" {
		return fallback
	}
	return p
}

// here is the path that the language and theme switches return to: this page, or for an answer to a
// form the page that the form was on.
func here(r *http.Request) string {
	if r.Method == http.MethodGet && !Fragment(r) {
		return LocalPath(r.URL.RequestURI(), "/")
	}
	if u, err := url.Parse(r.Referer()); err == nil && u.Host == r.Host {
		return LocalPath(u.RequestURI(), "/")
	}
	return "/"
}

func cookieValue(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}
