package exchangeweb

import (
	"context"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/ui"
	"github.com/unionhall/unionhall/internal/web/upload"
)

const fileMost = upload.Most

// accept is what file controls offer; what is not listed may still be sent.
const accept = "image/*,.heic,.pdf,.doc,.docx,.xls,.xlsx,.ppt,.pptx,.txt,.csv,.dwg,.dxf,.step,.stp,.igs,.stl,.zip,video/mp4,video/quicktime"

// filesAllowed are the limits of a form that takes files.
var filesAllowed = web.Limits{Bytes: exchange.FileLimit*fileMost + 1<<20, Files: exchange.FileLimit, FileSize: fileMost}

// choseFiles reports whether files came with a form, taken or not: they must be chosen again when it is shown again.
func choseFiles(r *http.Request) bool {
	if r.MultipartForm == nil {
		return false
	}
	for _, list := range r.MultipartForm.File {
		if slices.ContainsFunc(list, func(h *multipart.FileHeader) bool { return h.Filename != "" }) {
			return true
		}
	}
	return false
}

// keep stores the files that came with a form, or says at the field what is wrong with them.
func (p *Pages) keep(ctx context.Context, a actor.Actor, field string, headers []*multipart.FileHeader) ([]exchange.File, error) {
	all, err := p.shelf.KeepAll(ctx, field, headers, nil)
	var out []exchange.File
	for _, k := range all {
		out = append(out, exchange.File{ID: id.New(), Name: k.Name, Type: k.Type, Size: k.Size, Hash: k.Hash, Thumb: k.Thumb, By: a.ID, At: p.Clock.Now()})
	}
	return out, err
}

// fileHref is where a file is served. engagementID is "" for the files of the need itself.
func fileHref(needID, engagementID string, f exchange.File) string {
	u := "/needs/" + needID + "/files/" + f.ID
	if engagementID != "" {
		u += "?engagement=" + url.QueryEscape(engagementID)
	}
	return u
}

func fileViews(needID, engagementID string, files []exchange.File) []ui.File {
	var out []ui.File
	for _, f := range files {
		v := ui.File{Name: f.Name, Href: fileHref(needID, engagementID, f), Size: f.Size, Image: f.Image()}
		if v.Image && f.Thumb != "" {
			sep := "?"
			if engagementID != "" {
				sep = "&"
			}
			v.Thumb = v.Href + sep + "small=1"
		}
		out = append(out, v)
	}
	return out
}

// find gives a file of the need, or of the engagement that the address names, to those who may see it.
func (p *Pages) find(r *http.Request) (exchange.File, error) {
	ctx, a := r.Context(), actor.From(r.Context())
	needID, err := given(r, "need")
	if err != nil {
		return exchange.File{}, err
	}
	fileID, err := given(r, "file")
	if err != nil {
		return exchange.File{}, err
	}
	is := func(f exchange.File) bool { return f.ID == fileID }
	if engagementID := r.URL.Query().Get("engagement"); engagementID != "" {
		if !id.Valid(engagementID) {
			return exchange.File{}, fault.NoSuch()
		}
		thread, err := p.Exchange.Thread(ctx, a, needID, engagementID)
		if err != nil {
			return exchange.File{}, err
		}
		for _, m := range thread {
			if i := slices.IndexFunc(m.Files, is); i >= 0 {
				return m.Files[i], nil
			}
		}
		return exchange.File{}, fault.NoSuch()
	}
	c, _, err := p.Exchange.Case(ctx, a, needID)
	if err != nil {
		return exchange.File{}, err
	}
	if i := slices.IndexFunc(c.Need.Files, is); i >= 0 {
		return c.Need.Files[i], nil
	}
	return exchange.File{}, fault.NoSuch()
}

// file serves a file.
func (p *Pages) file(w http.ResponseWriter, r *http.Request) error {
	f, err := p.find(r)
	if err != nil {
		return err
	}
	return p.shelf.Serve(w, r, upload.Kept{Name: f.Name, Type: f.Type, Size: f.Size, Hash: f.Hash, Thumb: f.Thumb}, f.At)
}
