package backup

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/unionhall/unionhall/internal/blob"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// writer writes an archive, part after part.
type writer struct {
	zst      *zstd.Encoder
	tar      *tar.Writer
	made     time.Time
	manifest Manifest
	names    hash.Hash // of the files
}

func newWriter(to io.Writer, made time.Time) (*writer, error) {
	// One block at a time: a hall runs beside it on the same cores.
	zst, err := zstd.NewWriter(to, zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(true))
	if err != nil {
		return nil, err
	}
	return &writer{zst: zst, tar: tar.NewWriter(zst), made: made, names: sha256.New(),
		manifest: Manifest{Sums: []Sum{}, Parts: []Part{}, Gaps: Gaps{Hashes: []string{}}}}, nil
}

func (w *writer) entry(name string, size int64) error {
	return w.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: w.made})
}

func (w *writer) put(name string, b []byte) error {
	if err := w.entry(name, int64(len(b))); err != nil {
		return err
	}
	_, err := w.tar.Write(b)
	return err
}

// part writes an entry that the manifest will name.
func (w *writer) part(name string, b []byte) error {
	s := sha256.Sum256(b)
	w.manifest.Parts = append(w.manifest.Parts, Part{name, int64(len(b)), hex.EncodeToString(s[:])})
	return w.put(name, b)
}

func (w *writer) json(name string, v any, put func(string, []byte) error) error {
	b, err := json.MarshalIndent(v, "", "\t")
	if err != nil {
		return err
	}
	return put(name, b)
}

func (w *writer) head(h Head) error { return w.json(headName, h, w.part) }

// table copies a table; named hears of each file that a row names.
func (w *writer) table(ctx context.Context, q sqldb.Queryer, t sqldb.Table, named func(hash string) error) error {
	var part []byte
	n := 0
	flush := func() error {
		if len(part) == 0 {
			return nil
		}
		n++
		err := w.part(tablePart(t.Name, n), part)
		part = part[:0]
		return err
	}
	s, err := sum(ctx, q, t, func(values []any, line []byte) error {
		if len(line) > partMax-partSize {
			return fmt.Errorf("a row has %d bytes: more than a backup takes", len(line))
		}
		for _, v := range values {
			if doc, ok := v.(string); ok {
				for hash := range blob.Named(doc) {
					if err := named(hash); err != nil {
						return err
					}
				}
			}
		}
		if part = append(part, line...); len(part) < partSize {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	w.manifest.Sums = append(w.manifest.Sums, s)
	return flush()
}

// file copies a content whose size and hash have just been seen to be right.
func (w *writer) file(ref blob.Ref, r io.Reader) error {
	if err := w.entry(filesFolder+ref.Hash, ref.Size); err != nil {
		return err
	}
	if _, err := io.Copy(w.tar, r); err != nil {
		return err
	}
	w.manifest.Files.Count++
	w.manifest.Files.Bytes += ref.Size
	_, err := io.WriteString(w.names, ref.Hash+"\n")
	return err
}

// close ends the archive with its manifest.
func (w *writer) close() error {
	w.manifest.Files.SHA256 = hex.EncodeToString(w.names.Sum(nil))
	if err := w.json(manifestName, w.manifest, w.put); err != nil {
		return errors.Join(err, w.zst.Close())
	}
	return errors.Join(w.tar.Close(), w.zst.Close())
}
