package backup

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// Archive is what an archive says of itself, once all of it has been read and found to be so.
type Archive struct {
	Head     Head
	Manifest Manifest
}

// id tells archives apart.
func (a Archive) id() string {
	b, err := json.Marshal(a)
	if err != nil {
		panic("backup: " + err.Error()) // it was read from JSON
	}
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// sink takes what an archive holds; what is nil is read and checked only. What a sink was given before an error is not
// known to be right.
type sink struct {
	row  func(t sqldb.Table, values []any) error
	file func(hash string, r io.Reader) error
	key  func(name string, content []byte) error
}

// Verify reads a whole archive and checks every part of it.
func Verify(ctx context.Context, r io.Reader) (Archive, error) {
	return read(ctx, r, sink{row: func(sqldb.Table, []any) error { return nil }})
}

// read unpacks and reads an archive.
func read(ctx context.Context, r io.Reader, to sink) (Archive, error) {
	// The window bounds the memory, whatever the archive asks for.
	zst, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(64<<20))
	if err != nil {
		return Archive{}, err
	}
	defer zst.Close()
	return readTar(ctx, zst, to)
}

// reading is the state of one reading of an archive.
type reading struct {
	ctx   context.Context
	tar   *tar.Reader
	to    sink
	out   Archive
	part  string // being read
	begun bool

	table    int // index in the head's tables of the one whose parts come now
	parts    int // of that table
	sums     []Sum
	hash     hash.Hash // of that table
	seen     []Part
	files    Files
	names    hash.Hash
	lastFile string
	keys     int
}

func readTar(ctx context.Context, r io.Reader, to sink) (Archive, error) {
	s := &reading{ctx: ctx, tar: tar.NewReader(r), to: to, names: sha256.New(), part: headName}
	if err := s.all(); err != nil {
		return Archive{}, s.damage(err)
	}
	if err := s.end(r); err != nil {
		return Archive{}, s.damage(err)
	}
	return s.out, nil
}

// end sees that nothing follows the manifest; reading up to the end lets the compression check itself.
func (s *reading) end(r io.Reader) error {
	if _, err := s.tar.Next(); err == nil {
		return s.wrong("something follows it")
	} else if err != io.EOF {
		return err
	}
	n, err := io.Copy(io.Discard, r)
	if err == nil && n > 0 {
		return s.wrong("something follows it")
	}
	return err
}

// sinkError is one that the sink gave: it says nothing about the archive.
type sinkError struct{ error }

func (e sinkError) Unwrap() error { return e.error }

// damage says an error of reading as what it means for the archive.
func (s *reading) damage(err error) error {
	var own *Damage
	var given sinkError
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &given):
		return given.error
	case s.ctx.Err() != nil:
		return s.ctx.Err()
	case !s.begun && errors.Is(err, io.ErrUnexpectedEOF):
		return &Damage{Why: "it ends before one has begun, or was cut short there", cause: err}
	case !s.begun:
		return &Damage{Why: fmt.Sprintf("it does not begin as one (%v)", err), cause: err}
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return &Damage{Part: s.part, Why: "it ends there, before its manifest: the file is incomplete", cause: err}
	}
	return &Damage{Part: s.part, Why: err.Error(), cause: err}
}

func (s *reading) wrong(format string, args ...any) error {
	return &Damage{Part: s.part, Why: fmt.Sprintf(format, args...)}
}

func (s *reading) all() error {
	h, err := s.tar.Next()
	if err != nil {
		return err
	}
	if h.Name != headName {
		return &Damage{Why: fmt.Sprintf("it begins with %.70q", h.Name)}
	}
	if err := s.head(h); err != nil {
		return err
	}
	s.begun = true
	for {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		h, err := s.tar.Next()
		if err != nil {
			s.part = "what follows " + s.part
			return err
		}
		s.part = h.Name
		// A sparse entry would let a few bytes stand for terabytes of nothing.
		if h.Typeflag != tar.TypeReg || h.PAXRecords["GNU.sparse.major"] != "" || h.PAXRecords["GNU.sparse.map"] != "" || h.PAXRecords["GNU.sparse.size"] != "" {
			return s.wrong("it is no plain file")
		}
		if h.Name == manifestName {
			return s.manifest(h)
		}
		if err := s.entry(h); err != nil {
			return err
		}
	}
}

// jsonMax bounds head and manifest: the parts of some terabytes.
const jsonMax = 64 << 20

func (s *reading) json(h *tar.Header, v any) (Part, error) {
	if h.Size > jsonMax {
		return Part{}, s.wrong("it has %d bytes", h.Size)
	}
	b, err := io.ReadAll(s.tar)
	if err != nil {
		return Part{}, err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return Part{}, s.wrong("it cannot be read: %v", err)
	}
	sum := sha256.Sum256(b)
	return Part{h.Name, h.Size, hex.EncodeToString(sum[:])}, nil
}

func (s *reading) head(h *tar.Header) error {
	p, err := s.json(h, &s.out.Head)
	if err != nil {
		return err
	}
	s.seen = append(s.seen, p)
	return s.out.Head.check()
}

// entry reads one of the parts between head and manifest.
func (s *reading) entry(h *tar.Header) error {
	if hash, ok := fileHash(h.Name); ok {
		return s.file(hash, h.Size)
	}
	if name, ok := keyName(h.Name); ok && s.out.Head.Keys == Included {
		return s.key(name, h)
	}
	for s.table < len(s.out.Head.Tables) && s.lastFile == "" {
		if h.Name == tablePart(s.out.Head.Tables[s.table].Name, s.parts+1) {
			return s.rows(h)
		}
		s.tableDone()
	}
	return s.wrong("it is none of the parts that come here")
}

// tableDone notes what the table held and goes on to the next.
func (s *reading) tableDone() {
	if s.hash == nil {
		s.begin()
	}
	s.sums[len(s.sums)-1].SHA256 = hex.EncodeToString(s.hash.Sum(nil))
	s.table++
	s.parts, s.hash = 0, nil
}

func (s *reading) begin() {
	s.sums = append(s.sums, Sum{Table: s.out.Head.Tables[s.table].Name})
	s.hash = sha256.New()
}

// rows reads a part of a table, line after line.
func (s *reading) rows(h *tar.Header) error {
	if h.Size > partMax {
		return s.wrong("it has %d bytes", h.Size)
	}
	if s.hash == nil {
		s.begin()
	}
	s.parts++
	t, sum, own := s.out.Head.Tables[s.table], &s.sums[len(s.sums)-1], sha256.New()
	lines := bufio.NewReaderSize(io.TeeReader(s.tar, io.MultiWriter(s.hash, own)), 64<<10)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF && len(line) == 0 {
			break
		}
		if err == io.EOF {
			return s.wrong("line %d has no end", n)
		}
		if err != nil {
			return err
		}
		sum.Rows++
		if s.to.row == nil {
			continue
		}
		values, err := parseRow(line, t.Columns)
		if err != nil {
			return s.wrong("line %d: %v", n, err)
		}
		if err := s.to.row(t, values); err != nil {
			return sinkError{err}
		}
	}
	s.seen = append(s.seen, Part{h.Name, h.Size, hex.EncodeToString(own.Sum(nil))})
	return nil
}

func (s *reading) file(hash string, size int64) error {
	if hash <= s.lastFile {
		return s.wrong("the files are not in order")
	}
	s.lastFile = hash
	own := sha256.New()
	r := io.TeeReader(s.tar, own)
	if s.to.file != nil {
		if err := s.to.file(hash, r); err != nil {
			return sinkError{err}
		}
	}
	if _, err := io.Copy(io.Discard, r); err != nil {
		return err
	}
	if hex.EncodeToString(own.Sum(nil)) != hash {
		return s.wrong("its content has another checksum than its name")
	}
	s.files.Count++
	s.files.Bytes += size
	_, err := io.WriteString(s.names, hash+"\n")
	return err
}

func (s *reading) key(name string, h *tar.Header) error {
	if h.Size > keyMax {
		return s.wrong("it has %d bytes", h.Size)
	}
	b, err := io.ReadAll(s.tar)
	if err != nil {
		return err
	}
	own := sha256.Sum256(b)
	s.seen = append(s.seen, Part{h.Name, h.Size, hex.EncodeToString(own[:])})
	s.keys++
	if s.to.key == nil {
		return nil
	}
	if err := s.to.key(name, b); err != nil {
		return sinkError{err}
	}
	return nil
}

// manifest compares what was read with what the archive says it holds.
func (s *reading) manifest(h *tar.Header) error {
	if _, err := s.json(h, &s.out.Manifest); err != nil {
		return err
	}
	for s.table < len(s.out.Head.Tables) {
		s.tableDone()
	}
	m := s.out.Manifest
	for i, p := range s.seen {
		if i >= len(m.Parts) {
			return &Damage{Part: p.Name, Why: "the manifest does not name it"}
		}
		if m.Parts[i].Name != p.Name {
			return &Damage{Part: m.Parts[i].Name, Why: fmt.Sprintf("the manifest names it, and %s stands in its place", p.Name)}
		}
		if m.Parts[i] != p {
			return &Damage{Part: p.Name, Why: "its checksum is not the one in the manifest"}
		}
	}
	if len(m.Parts) > len(s.seen) {
		return &Damage{Part: m.Parts[len(s.seen)].Name, Why: "the manifest names it, and it is not there"}
	}
	if t := differ(s.sums, m.Sums); t != "" || len(s.sums) != len(m.Sums) {
		return &Damage{Part: strings.TrimSuffix(tablesFolder+t, "/"), Why: "its rows are not those that the manifest counts"}
	}
	s.files.SHA256 = hex.EncodeToString(s.names.Sum(nil))
	if m.Files != s.files {
		return s.wrong("%d files are there and %d are counted, or others", s.files.Count, m.Files.Count)
	}
	if slices.ContainsFunc([]int64{m.Gaps.Missing, m.Gaps.Damaged}, func(n int64) bool { return n < 0 }) {
		return s.wrong("it counts less than none")
	}
	return nil
}
