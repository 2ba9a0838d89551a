// Package noticeweb shows a person their notices: the list, and the bell on every page.
package noticeweb

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/notice"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/layout"
)

// Topic is the live topic of what concerns one person: their notices.
func Topic(personID string) string { return "person:" + personID }

// Routes registers the pages, the bell, and the entry in the account menu.
func Routes(rt *web.Router, s *notice.Service, c clock.Clock) {
	h := handlers{s: s, clock: c}
	rt.Page("GET /notices", web.SignedIn, h.list)
	rt.Page("GET /notices/bell", web.SignedIn, h.bell)
	rt.Page("POST /notices/read", web.SignedIn, h.readAll)
	rt.Page("POST /notices/{notice}/open", web.SignedIn, h.open)
	h.telling(rt)
	rt.Nav().Add(layout.Entry{
		Key: "notices", Href: "/notices", Label: "notice.title", Icon: "bell", Place: layout.Account, Order: 10,
		Show: actor.Actor.SignedIn,
	})
	rt.Nav().AddTool(layout.Tool{
		Body: templ.ComponentFunc(h.ring),
		Live: func(a actor.Actor) []string { return []string{Topic(a.ID)} },
	})
}

type handlers struct {
	s     *notice.Service
	clock clock.Clock
}

func (h handlers) list(w http.ResponseWriter, r *http.Request) error {
	ctx, who := r.Context(), actor.From(r.Context())
	cursor := r.URL.Query().Get("after")
	page, err := h.s.List(ctx, who, cursor)
	if err != nil {
		return err
	}
	unread, err := h.s.Unread(ctx, who)
	if err != nil {
		return err
	}
	v := view{Page: page, Unread: unread, First: cursor == "", Now: h.clock.Now(), Topic: Topic(who.ID)}
	if web.Fragment(r) {
		return web.Render(w, r, http.StatusOK, list(v))
	}
	return web.Render(w, r, http.StatusOK, listPage(v))
}

func (h handlers) bell(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, templ.ComponentFunc(h.ring))
}

// ring renders the bell with the count of the person who sees the page. A page does not fail over it:
// without the count it is still the way to the notices.
func (h handlers) ring(ctx context.Context, w io.Writer) error {
	who := actor.From(ctx)
	unread, err := h.s.Unread(ctx, who)
	if err != nil {
		web.Spare(ctx, "unread notices not counted", err)
	}
	return bell(Topic(who.ID), unread).Render(ctx, w)
}

func (h handlers) open(w http.ResponseWriter, r *http.Request) error {
	it, err := h.s.Open(r.Context(), actor.From(r.Context()), r.PathValue("notice"))
	if err != nil {
		return err
	}
	return web.Redirect(w, r, it.Link)
}

// readAll marks what the page showed when it was made, as the form says, and not what has come since.
func (h handlers) readAll(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	var until time.Time
	if micros, err := strconv.ParseInt(f.Get("until"), 10, 64); err == nil && micros > 0 {
		until = time.UnixMicro(micros).UTC()
	}
	if err := h.s.ReadAll(r.Context(), actor.From(r.Context()), until); err != nil {
		return err
	}
	web.Flash(r.Context(), "notice.read-all.done")
	return web.Redirect(w, r, "/notices")
}

// view is what the list shows.
type view struct {
	notice.Page
	Unread int
	First  bool // the newest part of the list: it follows changes
	Now    time.Time
	Topic  string
}

func (v view) next() string {
	if v.Next == "" {
		return ""
	}
	return "/notices?after=" + v.Next
}

func (v view) prev() string {
	if v.First {
		return ""
	}
	return "/notices"
}

func (v view) lead(ctx context.Context) string {
	if v.Unread == 0 {
		return lang.T(ctx, "notice.lead.none")
	}
	return lang.T(ctx, "notice.lead.some", "count", v.Unread)
}

// text is the sentence of a notice in the reader's language. One whose message this build no longer has
// still says that there is something to look at.
func text(ctx context.Context, it notice.Item) string {
	if !lang.Has(it.Msg) {
		return lang.T(ctx, "notice.unknown")
	}
	args := make([]any, len(it.Args))
	for i, a := range it.Args {
		args[i] = a
	}
	return lang.T(ctx, it.Msg, args...)
}

const day = 24 * time.Hour
