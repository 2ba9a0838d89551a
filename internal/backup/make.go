package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/unionhall/unionhall/internal/blob"
	"github.com/unionhall/unionhall/internal/durable"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// Order is what to copy, and to where.
type Order struct {
	Store    Source
	Contents Contents
	Keys     string // the folder of the hall's keys; it need not be there
	WithKeys bool
	Out      string // the archive, which must not be there yet
	Now      time.Time
}

// Make copies a hall into an archive while it runs, reads the archive back, and only then gives it its name. The store
// is copied as one snapshot, and the files after it: a file is there before a row names it, and is not taken away
// while one does, so each that the snapshot names is in the archive, or was lost before: then the archive's Gaps say so.
func Make(ctx context.Context, o Order) (_ Archive, err error) {
	if _, err := os.Lstat(o.Out); err == nil {
		return Archive{}, fmt.Errorf("%s is there already: a backup overwrites nothing, give another name", o.Out)
	}
	file, err := os.CreateTemp(filepath.Dir(o.Out), "."+filepath.Base(o.Out)+".unfinished-")
	if err != nil {
		return Archive{}, err
	}
	defer func() {
		_ = file.Close() // closed twice when all went well, which does no harm
		if e := os.Remove(file.Name()); e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}()
	if err := o.write(ctx, file); err != nil {
		return Archive{}, err
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return Archive{}, err
	}
	a, err := VerifyFile(ctx, file.Name())
	if err != nil {
		return Archive{}, fmt.Errorf("what was written does not read back: %w", err)
	}
	if err := name(file.Name(), o.Out); err != nil {
		return Archive{}, err
	}
	return a, durable.SyncFolder(filepath.Dir(o.Out))
}

// name gives a finished file its name. A link, unlike a renaming, replaces nothing; not every disk has links.
func name(from, to string) error {
	err := os.Link(from, to)
	if err == nil {
		return nil
	}
	if _, e := os.Lstat(to); e == nil || errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s has come to be there meanwhile: a backup overwrites nothing, give another name", to)
	}
	return os.Rename(from, to)
}

// VerifyFile checks every part of an archive.
func VerifyFile(ctx context.Context, path string) (Archive, error) {
	return readFile(ctx, path, sink{row: func(sqldb.Table, []any) error { return nil }})
}

func readFile(ctx context.Context, path string, to sink) (Archive, error) {
	f, err := os.Open(path)
	if err != nil {
		return Archive{}, err
	}
	defer f.Close()
	return read(ctx, f, to)
}

func (o Order) write(ctx context.Context, to io.Writer) error {
	w, err := newWriter(to, o.Now)
	if err != nil {
		return err
	}
	if err := o.store(ctx, w); err != nil {
		return errors.Join(err, w.zst.Close())
	}
	if err := o.files(ctx, w); err != nil {
		return errors.Join(err, w.zst.Close())
	}
	return w.close()
}

// store writes head, tables and keys from one snapshot.
func (o Order) store(ctx context.Context, w *writer) (err error) {
	defer fault.Wrap(&err, "backup of the store")
	keys, err := o.keys()
	if err != nil {
		return err
	}
	return o.Store.View(ctx, func(q sqldb.Queryer) error {
		h := Head{Format: format, Version: formatVersion, Made: o.Now, Dialect: o.Store.Dialect(), Keys: o.about(keys)}
		if h.Steps, err = o.Store.Steps(ctx, q); err != nil {
			return err
		}
		if len(h.Steps) == 0 {
			return errors.New("the store holds no hall")
		}
		if h.Tables, err = o.Store.Tables(ctx, q); err != nil {
			return err
		}
		if err := w.head(h); err != nil {
			return err
		}
		for _, t := range h.Tables {
			if err := w.table(ctx, q, t, o.present(ctx, w)); err != nil {
				return err
			}
		}
		return o.copyKeys(w, keys)
	})
}

// present looks for a file as soon as a row is seen to name it.
func (o Order) present(ctx context.Context, w *writer) func(hash string) error {
	return func(hash string) error {
		f, err := o.Contents.Open(ctx, hash)
		if fault.Is(err, fault.NotFound) {
			w.manifest.Gaps.add(&w.manifest.Gaps.Missing, hash)
			return nil
		}
		if err != nil {
			return err
		}
		return f.Close()
	}
}

// files copies every content that is as it was put.
func (o Order) files(ctx context.Context, w *writer) error {
	return o.Contents.List(ctx, func(ref blob.Ref) error {
		f, err := o.Contents.Open(ctx, ref.Hash)
		if fault.Is(err, fault.NotFound) {
			return nil // it has gone since it was listed
		}
		if err != nil {
			return err
		}
		defer f.Close()
		// Read twice: an entry that has begun cannot be taken back, and one damaged file must not cost the others.
		if n, err := io.Copy(io.Discard, f); err != nil || n != ref.Size {
			w.manifest.Gaps.add(&w.manifest.Gaps.Damaged, ref.Hash)
			return nil
		}
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return err
		}
		return w.file(ref, f)
	})
}

// keys lists the hall's keys by name.
func (o Order) keys() (out []string, err error) {
	if o.Keys == "" {
		return nil, nil
	}
	err = filepath.WalkDir(o.Keys, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		rel, err := filepath.Rel(o.Keys, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if keyFile.MatchString(rel) { // others are files being written, and no keys
			out = append(out, rel)
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return out, err
}

func (o Order) about(keys []string) Keys {
	switch {
	case len(keys) == 0:
		return NoKeys
	case o.WithKeys:
		return Included
	}
	return LeftOut
}

func (o Order) copyKeys(w *writer, keys []string) error {
	if !o.WithKeys {
		return nil
	}
	for _, name := range keys {
		b, err := os.ReadFile(filepath.Join(o.Keys, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		if len(b) > keyMax {
			return fmt.Errorf("the key %s has %d bytes: that is no key", name, len(b))
		}
		if err := w.part(keysFolder+name, b); err != nil {
			return err
		}
	}
	return nil
}
