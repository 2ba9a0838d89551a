// Package upload takes files that come with forms and gives them back: what they are is read from their bytes, pictures
// are written anew, and nothing in them runs here. Who may read one is for the page that names it.
package upload

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/unionhall/unionhall/internal/blob"
	"github.com/unionhall/unionhall/internal/fault"
)

// Most is how many bytes one file may have.
const Most = 20 << 20

// Blobs keeps the bytes of files; blob.Store does.
type Blobs interface {
	Put(ctx context.Context, r io.Reader) (blob.Ref, error)
	Open(ctx context.Context, hash string) (io.ReadSeekCloser, error)
}

// Kept is a file whose bytes are stored.
type Kept struct {
	Name  string
	Type  string // as found in its bytes, not as the sender said
	Size  int64
	Hash  string
	Thumb string // a smaller picture, where there is one
}

// Image reports whether a browser may show the file within a page.
func (k Kept) Image() bool {
	return slices.Contains([]string{"image/jpeg", "image/png", "image/webp", "image/gif"}, k.Type)
}

// Papers are photographs and PDF: what a certificate or a licence comes as.
func Papers(k Kept) bool { return k.Image() || k.Type == "application/pdf" }

// Shelf keeps files and gives them out. It is safe for concurrent use.
type Shelf struct {
	blobs    Blobs
	decoding chan struct{} // bounds how many pictures are in memory at once
}

// NewShelf makes a shelf.
func NewShelf(blobs Blobs) *Shelf { return &Shelf{blobs, make(chan struct{}, 2)} }

// Keep stores a file that came with a form; what is wrong with it is a fault that names it. taken says which of what
// may be kept at all is wanted here, nil any.
func (s *Shelf) Keep(ctx context.Context, h *multipart.FileHeader, taken func(Kept) bool) (_ Kept, err error) {
	defer fault.Wrap(&err, "upload.Keep(%d)", h.Size)
	name := fileName(h.Filename)
	k, err := s.keep(ctx, h, taken)
	var f *fault.Error
	if errors.As(err, &f) {
		return Kept{}, fault.New(f.Code, f.Msg, append(f.Args, "name", name)...).Because(err)
	}
	k.Name = name
	return k, err
}

// KeepAll stores the files of a form. What is wrong with one is said at the field, and then none is given; bytes that were
// stored by then are found again when the same file is sent again.
func (s *Shelf) KeepAll(ctx context.Context, field string, list []*multipart.FileHeader, taken func(Kept) bool) (out []Kept, err error) {
	defer fault.Wrap(&err, "upload.KeepAll(%d)", len(list))
	var c fault.Check
	for _, h := range list {
		k, err := s.Keep(ctx, h, taken)
		var bad *fault.Error
		switch {
		case errors.As(err, &bad):
			c.Add(field, bad.Msg, bad.Args...)
		case err != nil:
			return nil, err
		default:
			out = append(out, k)
		}
	}
	return out, c.Err()
}

// AtField says at the field what is wrong with the files of a form as a whole, such as their size: web.ParseForm's error.
func AtField(field string, err error) error {
	var bad *fault.Error
	if !errors.As(err, &bad) {
		return err
	}
	var c fault.Check
	c.Add(field, bad.Msg, bad.Args...)
	return c.Err()
}

func (s *Shelf) keep(ctx context.Context, h *multipart.FileHeader, taken func(Kept) bool) (Kept, error) {
	r, err := h.Open()
	if err != nil {
		return Kept{}, err
	}
	defer r.Close()
	head := make([]byte, 512)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return Kept{}, err
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return Kept{}, err
	}
	k := Kept{Type: sniff(head[:n], h.Filename)}
	switch {
	case n == 0:
		return k, fault.New(fault.Invalid, "ui.file.empty")
	case k.Type == "":
		return k, fault.New(fault.Invalid, "ui.file.kind")
	case taken != nil && !taken(k):
		return k, fault.New(fault.Invalid, "ui.file.not-taken")
	case k.Image():
		return s.keepImage(ctx, r)
	}
	ref, err := s.blobs.Put(ctx, r)
	k.Hash, k.Size = ref.Hash, ref.Size
	return k, err
}

// keepImage stores a picture anew, so that nothing the camera wrote beside it, such as where it stood, is kept.
func (s *Shelf) keepImage(ctx context.Context, r io.ReadSeeker) (Kept, error) {
	select {
	case s.decoding <- struct{}{}:
		defer func() { <-s.decoding }()
	case <-ctx.Done():
		return Kept{}, ctx.Err()
	}
	pic, err := develop(r)
	if err != nil {
		return Kept{}, err
	}
	ref, err := s.blobs.Put(ctx, bytes.NewReader(pic.full))
	if err != nil {
		return Kept{}, err
	}
	thumb, err := s.blobs.Put(ctx, bytes.NewReader(pic.thumb))
	return Kept{Type: pic.kind, Hash: ref.Hash, Size: ref.Size, Thumb: thumb.Hash}, err
}

// Serve gives a file out, with ?small its smaller picture. Only pictures that the hall itself has written are shown in
// place; anything else is handed over to be saved, and nothing in it runs here.
func (s *Shelf) Serve(w http.ResponseWriter, r *http.Request, k Kept, at time.Time) error {
	hash, kind := k.Hash, k.Type
	if r.URL.Query().Get("small") != "" && k.Thumb != "" {
		hash, kind = k.Thumb, "image/jpeg"
	}
	body, err := s.blobs.Open(r.Context(), hash)
	if err != nil {
		return fmt.Errorf("file %s: %w", hash, err)
	}
	defer body.Close()
	how := "attachment"
	if k.Image() {
		how = "inline"
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType(how, map[string]string{"filename": k.Name}))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, max-age=3600")
	h.Set("ETag", `"`+hash+`"`)
	http.ServeContent(w, r, "", at, body)
	return nil
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
