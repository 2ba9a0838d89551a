package hallweb

import (
	"context"
	"mime/multipart"
	"net/http"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/layout"
	"github.com/unionhall/unionhall/internal/web/ui"
	"github.com/unionhall/unionhall/internal/web/upload"
)

// documentRoutes are the pages on which documents are handed in, looked at and decided.
func (h *handlers) documentRoutes(rt *web.Router) {
	rt.Page("GET /me/enterprises/{enterprise}", web.SignedIn, h.ownFirm)
	rt.Page("POST /me/enterprises/{enterprise}/licence", web.SignedIn, h.giveLicence)
	rt.Page("GET /documents/{document}/papers/{paper}", web.SignedIn, h.paper)
	rt.Page("GET /console/documents", web.Officer, h.documents)
	rt.Nav().Add(layout.Entry{Key: "console-documents", Href: "/console/documents", Label: "hall.nav.documents", Icon: "file-text", Place: layout.Rail,
		Group: "hall.nav.federation", Order: 62})
}

// papersAllowed are the limits of a form that takes the files of a document.
var papersAllowed = web.Limits{Bytes: hall.MaxPapers*upload.Most + 1<<20, Files: hall.MaxPapers, FileSize: upload.Most}

// papersAccepted is what the control offers.
const papersAccepted = "image/jpeg,image/png,image/webp,application/pdf"

// keepPapers stores the files of a form, or says at the field what is wrong with them.
func (h *handlers) keepPapers(ctx context.Context, list []*multipart.FileHeader) ([]hall.Paper, error) {
	all, err := h.shelf.KeepAll(ctx, "files", list, upload.Papers)
	var out []hall.Paper
	for _, k := range all {
		out = append(out, hall.Paper{ID: id.New(), Name: k.Name, Type: k.Type, Size: k.Size, Hash: k.Hash, Thumb: k.Thumb})
	}
	return out, err
}

func kept(p hall.Paper) upload.Kept {
	return upload.Kept{Name: p.Name, Type: p.Type, Size: p.Size, Hash: p.Hash, Thumb: p.Thumb}
}

// paper gives out one file of a document.
func (h *handlers) paper(w http.ResponseWriter, r *http.Request) error {
	documentID, err := given(r, "document")
	if err != nil {
		return err
	}
	paperID, err := given(r, "paper")
	if err != nil {
		return err
	}
	p, d, err := h.s.Paper(r.Context(), actor.From(r.Context()), documentID, paperID)
	if err != nil {
		return err
	}
	return h.shelf.Serve(w, r, kept(p), d.Given)
}

func paperViews(d hall.Document) []ui.File {
	var out []ui.File
	for _, p := range d.Papers {
		v := ui.File{Name: p.Name, Href: "/documents/" + d.ID + "/papers/" + p.ID, Size: p.Size, Image: kept(p).Image()}
		if p.Thumb != "" {
			v.Thumb = v.Href + "?small=1"
		}
		out = append(out, v)
	}
	return out
}

func documentTone(s hall.DocumentState) ui.Tone {
	switch s {
	case hall.DocumentConfirmed:
		return ui.Good
	case hall.DocumentRefused:
		return ui.Warn
	}
	return ui.Info
}

// readOwnFirm reads the enterprise for those who speak for it.
func (h *handlers) readOwnFirm(r *http.Request) (v firm, err error) {
	ctx := r.Context()
	a := actor.From(ctx)
	enterpriseID, err := given(r, "enterprise")
	if err != nil {
		return v, err
	}
	if !a.SpeaksFor(enterpriseID) {
		return v, fault.NoSuch()
	}
	if v.Enterprise, err = h.s.Enterprise(ctx, a, enterpriseID); err != nil {
		return v, err
	}
	if v.Line, err = h.s.Line(ctx, v.UnionID); err != nil {
		return v, err
	}
	return v, h.verification(ctx, &v)
}

func (h *handlers) ownFirm(w http.ResponseWriter, r *http.Request) error {
	v, err := h.readOwnFirm(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, ownFirmPage(v, ui.Errors{}))
}

func (h *handlers) giveLicence(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, err := h.readOwnFirm(r)
	if err != nil {
		return err
	}
	f, err := web.ParseForm(r, papersAllowed)
	if err != nil {
		err = upload.AtField("files", err)
	} else {
		var papers []hall.Paper
		if papers, err = h.keepPapers(ctx, f.Files["files"]); err == nil {
			_, err = h.s.GiveLicence(ctx, actor.From(ctx), v.ID, papers)
		}
	}
	if fl, ok := again(err); ok {
		return web.Render(w, r, web.Status(fl), ownFirmPage(v, ui.NewErrors(ctx, fl)))
	}
	if err != nil {
		return err
	}
	web.Flash(ctx, "hall.licence.given")
	return web.Redirect(w, r, "/me/enterprises/"+v.ID)
}

// documents is what waits for the officers of a union, longest first.
func (h *handlers) documents(w http.ResponseWriter, r *http.Request) error {
	v, err := list(h, r, h.s.WaitingDocuments)
	if err != nil {
		return err
	}
	var ids []string
	for _, d := range v.Rows {
		ids = append(ids, d.UnionID)
	}
	v.Names = h.unionNames(r.Context(), ids)
	return web.Render(w, r, http.StatusOK, documentsPage(v))
}

// documentHref is where an officer looks at a document.
func documentHref(d hall.Document) string {
	if d.Kind == hall.HonourDocument {
		return "/console/honours/" + d.ID
	}
	return "/console/enterprises/" + d.SubjectID + "/verify"
}

// documentWhat says what a document is to show: the licence of a number, or an honour.
func documentWhat(ctx context.Context, d hall.Document) string {
	switch {
	case d.Kind == hall.HonourDocument:
		return d.Honour.Name + " · " + honourLine(ctx, d.Honour)
	case d.Licence != "":
		return d.Licence
	}
	return lang.T(ctx, "hall.licence.unregistered")
}

func ownFirmFacts(ctx context.Context, v firm) []ui.Fact {
	facts := firmFacts(ctx, v)
	return facts[:len(facts)-1] // since when it is registered is for officers
}
