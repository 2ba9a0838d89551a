// Package web is the hall's surface: routes with their gates, middleware, forms, error pages, live
// pages and the server.
//
// A module's web package registers handlers that return errors; one adapter per surface renders them:
//
//	func Routes(rt *web.Router, s *exchange.Service) {
//		h := handlers{s}
//		rt.Page("GET /needs/{need}", web.Public, h.need)
//		rt.Page("POST /needs", web.SignedIn, h.post)
//		rt.Nav().Add(layout.Entry{Key: "masters", Href: "/masters", Label: "exchange.nav.masters", Icon: "hammer", Order: 20})
//	}
//
//	func (h handlers) post(w http.ResponseWriter, r *http.Request) error {
//		f, err := web.ParseForm(r, web.Limits{Bytes: 20 << 20, Files: 5, FileSize: 8 << 20})
//		if err != nil {
//			return err
//		}
//		id, err := h.s.Post(r.Context(), actor.From(r.Context()), read(f))
//		if e, ok := web.FormErrors(r.Context(), err); ok {
//			return web.Render(w, r, http.StatusUnprocessableEntity, newNeedPage(f, e))
//		}
//		if err != nil {
//			return err
//		}
//		web.Flash(r.Context(), "exchange.need.posted")
//		return web.Redirect(w, r, "/needs/"+id)
//	}
//
// Pages work without scripts. A part of a page that follows changes is an element with an id that has
// a route of its own, and refetches itself from there:
//
//	@layout.Page(layout.Props{Title: need.Title, Active: "mine", Live: []string{"need:" + need.ID}}) {
//		<div id="thread" { ui.Refetch("/needs/"+need.ID+"/thread", "need:"+need.ID)... }> … </div>
//	}
//
// What there is:
//
//	Router     New(Options); Page, API, Mount, Under (for huma), Health, Nav, Routes, ServeHTTP
//	Handler    func(w, r) error; errors are faults, anything else is a 500 that says nothing
//	Answers    Render, Redirect (303, htmx too), WriteJSON, NewProblem, Fragment, LocalPath
//	Forms      ParseForm(r, Limits) *Form with Get, All, Has, Int, Float, Files, Once; FormErrors; OnceKey; MaxBody
//	Messages   Flash, FlashTone: shown once, on the page that comes next
//	Request    RequestID, ClientIP, Secure
//	Live       NewLive(LiveOptions); Publish(topics…), Close
//	Server     NewServer(router).Serve(ctx, listener)
//
// Navigation entries and the frame are in package layout, components in ui, checks for tests of
// pages in htmlcheck.
//
// Nothing may be written inline: no style attribute, no script, no on… handler; the content security
// policy refuses them. Widths that come from data go into SVG attributes or meter elements.
package web
