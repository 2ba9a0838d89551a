package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web/layout"
)

// reqState is what one request carries besides its actor and language.
type reqState struct {
	id     string
	log    *slog.Logger
	actor  actor.Actor
	flash  flashBag
	chrome *layout.Chrome
	secure bool
	gone   bool // the reader left before the answer
	ip     netip.Addr
}

type stateKey struct{}

func state(ctx context.Context) *reqState {
	if s, ok := ctx.Value(stateKey{}).(*reqState); ok {
		return s
	}
	return &reqState{log: slog.Default(), chrome: &layout.Chrome{Path: "/"}}
}

// RequestID is the number of this request, which the reader may quote and the log repeats.
func RequestID(ctx context.Context) string { return state(ctx).id }

// Secure reports whether the reader came by https; cookies are then marked Secure.
func Secure(ctx context.Context) bool { return state(ctx).secure }

// ClientIP is where the request came from, behind the trusted proxies.
func ClientIP(ctx context.Context) netip.Addr { return state(ctx).ip }

// prepare gives the request its state, language and frame.
func (rt *Router) prepare(w http.ResponseWriter, r *http.Request) *http.Request {
	st := &reqState{id: requestID(r), log: rt.opts.Log, secure: r.TLS != nil || strings.HasPrefix(rt.opts.BaseURL, "https:"), ip: clientIP(r, rt.opts.Proxies)}
	st.flash.read(r)
	st.chrome = &layout.Chrome{
		Nav: rt.opts.Nav, Theme: themeOf(r), Path: here(r), At: time.Now(), RequestID: st.id, Version: rt.opts.Version,
		SignIn: rt.opts.SignIn, SignOut: rt.opts.SignOut,
	}
	ctx := lang.With(r.Context(), lang.Pick(cookieValue(r, "lang"), r.Header.Get("Accept-Language")))
	ctx = context.WithValue(ctx, stateKey{}, st)
	ctx = layout.With(ctx, st.chrome)
	st.chrome.Notes = func() []uiNote { return st.flash.take(ctx) }
	w.Header().Set("X-Request-Id", st.id)
	return r.WithContext(ctx)
}
