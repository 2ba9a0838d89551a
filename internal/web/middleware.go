package web

import (
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/klauspost/compress/gzhttp"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/web/static"
)

// around is what stands before every route, static files included, outermost first.
func (rt *Router) around(next http.Handler) http.Handler {
	next = rt.sameOrigin(next)
	next = rt.sound(next)
	next = limitBody(next)
	next = rt.headers(next)
	return rt.observe(next)
}

// observe gives the request its number and state, logs how it ended, and turns a panic into an error
// page. Neither query strings nor bodies are logged: they hold what people typed.
func (rt *Router) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		r = rt.prepare(w, r)
		rec := &recorder{ResponseWriter: w}
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					panic(p)
				}
				rt.Fail(rec, r, rt.surfaceOf(r), fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
			}
			st := state(r.Context())
			status := rec.code()
			if st.gone {
				status = statusClientGone
			}
			level := slog.LevelInfo
			switch {
			case status >= 500:
				level = slog.LevelWarn
			case strings.HasPrefix(r.URL.Path, static.Prefix):
				level = slog.LevelDebug
			}
			rt.opts.Log.LogAttrs(r.Context(), level, "request",
				slog.String("request", st.id), slog.String("method", r.Method), slog.String("path", tellable(r.URL.Path)),
				slog.Int("status", status), slog.Int64("bytes", rec.bytes), slog.Duration("took", time.Since(begun)),
				slog.String("actor", st.actor.ID), slog.String("ip", st.ip.String()))
		}()
		next.ServeHTTP(rec, r)
	})
}

// surfaceOf guesses the surface of a request that has no route: below what the API's routes begin with, it is the API's.
func (rt *Router) surfaceOf(r *http.Request) Surface {
	if rt.apis[firstOf(r.URL.Path)] || strings.HasPrefix(r.Header.Get("Accept"), "application/json") {
		return API
	}
	return HTML
}

func firstOf(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return first
}

// requestID takes the number that a proxy gave, if it is harmless, and otherwise makes one that a
// person can read out: ten characters without those that are mistaken for each other.
func requestID(r *http.Request) string {
	given := r.Header.Get("X-Request-Id")
	if len(given) < 8 || len(given) > 64 {
		return newRequestID()
	}
	for _, c := range given {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
			return newRequestID()
		}
	}
	return given
}

func newRequestID() string {
	const letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	var b [10]byte
	rand.Read(b[:]) // never fails
	for i := range b {
		b[i] = letters[b[i]%32]
	}
	return string(b[:5]) + "-" + string(b[5:])
}

// policy allows only what the hall itself serves, and nothing written into the page: no inline script
// or style, no framing, no plug-ins, no form that posts elsewhere.
const policy = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; " +
	"form-action 'self'; frame-ancestors 'none'"

func (rt *Router) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		if Secure(r.Context()) {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		next.ServeHTTP(w, r)
	})
}

// sound refuses addresses that hold what is no text: nothing has such a name, and not every store takes it. ParseForm
// does the same for forms.
func (rt *Router) sound(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ok := isText(r.URL.Path)
		if ok && strings.Contains(r.URL.RawQuery, "%") {
			for name, values := range r.URL.Query() {
				ok = ok && isText(name) && !slices.ContainsFunc(values, func(v string) bool { return !isText(v) })
			}
		}
		if !ok || !isText(r.URL.RawQuery) {
			rt.Fail(w, r, rt.surfaceOf(r), fault.NoSuch())
			return
		}
		next.ServeHTTP(w, r)
	})
}

func isText(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

// sameOrigin refuses requests that change something and come from another site. Browsers say where a
// request comes from (Sec-Fetch-Site, Origin), and no page can make them lie; together with cookies
// that are SameSite=Lax this needs no token in forms, so that forms work without scripts, may stay
// open for days and can be cached. What is no browser sends neither header nor cookies it did not get
// itself, and passes.
func (rt *Router) sameOrigin(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	if rt.opts.BaseURL != "" {
		if err := guard.AddTrustedOrigin(strings.TrimSuffix(rt.opts.BaseURL, "/")); err != nil {
			panic("web: BaseURL: " + err.Error())
		}
	}
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rt.Fail(w, r, rt.surfaceOf(r), fault.New(fault.Denied, "fault.cross-site"))
	}))
	return guard.Handler(next)
}

// defaultBody bounds a body until a handler asks for more (ParseForm) or a route knows better
// (MaxBody).
const defaultBody = 1 << 20

func limitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = &limitedBody{ReadCloser: r.Body, most: defaultBody}
		}
		next.ServeHTTP(w, r)
	})
}

// MaxBody sets how much of this request's body may be read, before anything was read.
func MaxBody(r *http.Request, n int64) {
	if b, ok := r.Body.(*limitedBody); ok {
		b.most = n
	}
}

// tooLong is the error of a body that exceeds its limit.
type tooLong struct{ most int64 }

func (e *tooLong) Error() string { return "body exceeds " + strconv.FormatInt(e.most, 10) + " bytes" }

type limitedBody struct {
	io.ReadCloser
	read, most int64
}

func (b *limitedBody) Read(p []byte) (int, error) {
	if b.read > b.most {
		return 0, &tooLong{b.most}
	}
	if left := b.most - b.read + 1; int64(len(p)) > left {
		p = p[:left] // one byte more than allowed tells "too long" from "just fits"
	}
	n, err := b.ReadCloser.Read(p)
	b.read += int64(n)
	if b.read > b.most {
		return 0, &tooLong{b.most}
	}
	return n, err
}

var squeeze = func() func(http.Handler) http.HandlerFunc {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(1024), gzhttp.CompressionLevel(5), gzhttp.EnableZstd(false),
		gzhttp.ContentTypes([]string{"text/html", "application/json", "application/problem+json", "text/calendar", "text/csv", "text/plain", "image/svg+xml"}))
	if err != nil {
		panic("web: gzip: " + err.Error())
	}
	return wrap
}()

func compress(next http.Handler) http.Handler { return squeeze(next) }

// recorder remembers what was answered, for the log and the error sinks.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *recorder) code() int {
	if w.status == 0 {
		return http.StatusOK
	}
	return w.status
}

func recorderOf(w http.ResponseWriter) *recorder {
	for w != nil {
		if rec, ok := w.(*recorder); ok {
			return rec
		}
		u, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return nil
		}
		w = u.Unwrap()
	}
	return nil
}

// wrote reports whether an answer has begun.
func wrote(w http.ResponseWriter) bool {
	rec := recorderOf(w)
	return rec != nil && rec.status != 0
}

// clientIP is the nearest address that is not one of the trusted proxies.
func clientIP(r *http.Request, proxies []netip.Prefix) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	ip = ip.Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && trusted(ip, proxies); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		ip = next.Unmap()
	}
	return ip
}

func trusted(ip netip.Addr, proxies []netip.Prefix) bool {
	for _, p := range proxies {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}
