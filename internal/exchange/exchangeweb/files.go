package exchangeweb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/ui"
)

const fileMost = 20 << 20 // bytes of one file

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

// keep stores the files that came with a form. What is wrong with one of them is said at the field, and then
// none is given; bytes that were stored by then are found again when the same file is sent again.
func (p *Pages) keep(ctx context.Context, a actor.Actor, field string, headers []*multipart.FileHeader) (_ []exchange.File, err error) {
	defer fault.Wrap(&err, "exchangeweb.keep(%d)", len(headers))
	var c fault.Check
	var out []exchange.File
	for _, h := range headers {
		f, err := p.keepOne(ctx, h)
		if bad, ok := faultOf(err); ok {
			c.Add(field, bad.Msg, append(bad.Args, "name", fileName(h.Filename))...)
			continue
		}
		if err != nil {
			return nil, err
		}
		f.ID, f.Name, f.By, f.At = id.New(), fileName(h.Filename), a.ID, p.Clock.Now()
		out = append(out, f)
	}
	return out, c.Err()
}

func (p *Pages) keepOne(ctx context.Context, h *multipart.FileHeader) (exchange.File, error) {
	r, err := h.Open()
	if err != nil {
		return exchange.File{}, err
	}
	defer r.Close()
	head := make([]byte, 512)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return exchange.File{}, err
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return exchange.File{}, err
	}
	f := exchange.File{Type: sniff(head[:n], h.Filename)}
	switch {
	case n == 0:
		return f, fault.New(fault.Invalid, "exchange.file.empty")
	case f.Type == "":
		return f, fault.New(fault.Invalid, "exchange.file.kind")
	case f.Image():
		return p.keepImage(ctx, r)
	}
	ref, err := p.Blobs.Put(ctx, r)
	f.Hash, f.Size = ref.Hash, ref.Size
	return f, err
}

// keepImage stores a picture anew, so that nothing the camera wrote beside it, such as where it stood, is kept.
func (p *Pages) keepImage(ctx context.Context, r io.ReadSeeker) (exchange.File, error) {
	select {
	case p.decoding <- struct{}{}:
		defer func() { <-p.decoding }()
	case <-ctx.Done():
		return exchange.File{}, ctx.Err()
	}
	pic, err := develop(r)
	if err != nil {
		return exchange.File{}, err
	}
	ref, err := p.Blobs.Put(ctx, bytes.NewReader(pic.full))
	if err != nil {
		return exchange.File{}, err
	}
	thumb, err := p.Blobs.Put(ctx, bytes.NewReader(pic.thumb))
	return exchange.File{Type: pic.kind, Hash: ref.Hash, Size: ref.Size, Thumb: thumb.Hash}, err
}

// programs are the names by which systems run what they are given.
var programs = []string{".exe", ".msi", ".bat", ".cmd", ".com", ".scr", ".pif", ".ps1", ".vbs", ".js", ".jse", ".wsf", ".hta",
	".lnk", ".reg", ".sh", ".jar", ".apk", ".app", ".dll", ".html", ".htm", ".xhtml", ".svg", ".mht"}

// office are documents that are told apart by their names only.
var office = map[string]string{
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	".doc":  "application/msword",
	".xls":  "application/vnd.ms-excel",
	".ppt":  "application/vnd.ms-powerpoint",
}

// sniff says what the bytes are; "" is what nobody should be handed: programs and web pages.
func sniff(head []byte, name string) string {
	ext := strings.ToLower(path.Ext(strings.TrimRight(fileName(name), ". ")))
	for _, magic := range []string{"MZ", "\x7fELF", "\xcf\xfa\xed\xfe", "\xca\xfe\xba\xbe", "#!"} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return ""
		}
	}
	if slices.Contains(programs, ext) {
		return ""
	}
	kind, _, _ := mime.ParseMediaType(http.DetectContentType(head))
	switch {
	case kind == "text/html" || kind == "text/xml":
		return ""
	case kind == "application/zip" && office[ext] != "":
		return office[ext]
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")) && office[ext] != "":
		return office[ext]
	case len(head) > 12 && string(head[4:8]) == "ftyp" && slices.Contains([]string{"heic", "heix", "hevc", "mif1", "msf1", "avif"}, string(head[8:12])):
		return "image/heic"
	case kind == "image/bmp" || kind == "image/x-icon":
		return "application/octet-stream"
	}
	return kind
}

// fileName is a name without its folders and without what a terminal or a header would obey.
func fileName(s string) string {
	s = path.Base(strings.ReplaceAll(strings.ToValidUTF8(s, ""), `\`, "/"))
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s))
	if r := []rune(s); len(r) > 100 {
		ext := []rune(path.Ext(s))
		s = string(r[:100-min(len(ext), 12)]) + string(ext[:min(len(ext), 12)])
	}
	if s == "" || s == "." || s == "/" {
		return "file"
	}
	return s
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

// file serves a file. Only pictures that the hall itself has written are shown in place; anything else is
// handed over to be saved, and nothing in it runs here.
func (p *Pages) file(w http.ResponseWriter, r *http.Request) error {
	f, err := p.find(r)
	if err != nil {
		return err
	}
	hash, kind := f.Hash, f.Type
	if r.URL.Query().Get("small") != "" && f.Thumb != "" {
		hash, kind = f.Thumb, "image/jpeg"
	}
	body, err := p.Blobs.Open(r.Context(), hash)
	if err != nil {
		return fmt.Errorf("file %s: %w", f.ID, err)
	}
	defer body.Close()
	how := "attachment"
	if f.Image() {
		how = "inline"
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType(how, map[string]string{"filename": f.Name}))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, max-age=3600")
	h.Set("ETag", `"`+hash+`"`)
	http.ServeContent(w, r, "", f.At, body)
	return nil
}
