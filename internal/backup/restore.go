package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/unionhall/unionhall/internal/durable"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// Return is what to restore, and where.
type Return struct {
	Archive string
	Dir     string // the data folder: not there, empty, or left by a restore of the same archive that was interrupted
	Keys    string // where in it the keys go
	// Open opens the store and the place for files; the folder is there when it is called.
	Open func(ctx context.Context) (Target, Shelf, io.Closer, error)
}

// marker lies in a data folder while it is being filled. A hall does not start beside it.
const marker = "RESTORING.json"

// Unfinished reports whether a restore into this folder was begun and has not come to its end.
func Unfinished(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, marker))
	return err == nil
}

// progress is what the marker says.
type progress struct {
	Archive string `json:"archive"` // which one
	Loaded  bool   `json:"loaded"`  // the store holds all of it
}

// Restore fills an empty folder and an empty store from an archive, of whatever dialect. Every part is checked before
// the first write. The files come first, then the whole store in one transaction, which is kept only when every table
// reads as the archive says. Until all is done a marker lies in the folder, and running it again goes on or begins anew.
func Restore(ctx context.Context, o Return) (_ Archive, err error) {
	a, err := VerifyFile(ctx, o.Archive)
	if err != nil {
		return Archive{}, err
	}
	p, fresh, err := o.claim(a)
	if err != nil {
		return Archive{}, err
	}
	to, shelf, closer, err := o.Open(ctx)
	if err == nil {
		err = o.fill(ctx, a, p, to, shelf)
		err = errors.Join(err, closer.Close())
	}
	if err != nil {
		var occupied *Occupied
		if fresh && errors.As(err, &occupied) { // nothing has begun
			err = errors.Join(err, os.Remove(o.path()))
		}
		return Archive{}, err
	}
	if err := os.Remove(o.path()); err != nil {
		return Archive{}, err
	}
	return a, durable.SyncFolder(o.Dir)
}

func (o Return) path() string { return filepath.Join(o.Dir, marker) }

// claim makes the folder, or takes up what was interrupted in it. A marker that cannot be read was being written when
// the restore died, before anything else.
func (o Return) claim(a Archive) (p progress, fresh bool, err error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return progress{}, false, err
	}
	b, err := os.ReadFile(o.path())
	if err == nil && json.Unmarshal(b, &p) == nil {
		if p.Archive != a.id() {
			return progress{}, false, fmt.Errorf("in %s the restore of another backup was interrupted: empty the folder (and the database, if it has one of its own), then run this again", o.Dir)
		}
		return p, false, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return progress{}, false, err
	}
	entries, err := os.ReadDir(o.Dir)
	if err != nil {
		return progress{}, false, err
	}
	for _, e := range entries {
		if e.Name() != marker {
			return progress{}, false, fmt.Errorf("the folder %s is not empty (it holds %s): a backup is restored into an empty one", o.Dir, e.Name())
		}
	}
	p = progress{Archive: a.id()}
	return p, true, o.begin(p)
}

// begin writes the marker in place: nothing else may lie in the folder before it, not even for a moment.
func (o Return) begin(p progress) error {
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(o.path(), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return durable.SyncFolder(o.Dir)
}

// note writes the marker anew, whole or not at all.
func (o Return) note(p progress) error {
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return durable.Replace(o.path(), b)
}

// fill does what is left to do.
func (o Return) fill(ctx context.Context, a Archive, p progress, to Target, shelf Shelf) (err error) {
	defer fault.Wrap(&err, "backup.Restore")
	if p.Loaded { // into this store, or into another that was named then?
		if p.Loaded, err = holds(ctx, to); err != nil {
			return err
		}
	}
	if !p.Loaded {
		if err := o.load(ctx, a, to, shelf); err != nil {
			return err
		}
		p.Loaded = true
		if err := o.note(p); err != nil {
			return err
		}
	}
	return finish(ctx, to)
}

// holds reports whether a store has any row.
func holds(ctx context.Context, s Source) (bool, error) {
	err := s.View(ctx, func(q sqldb.Queryer) error {
		tables, err := s.Tables(ctx, q)
		if err != nil {
			return err
		}
		return empty(ctx, q, tables)
	})
	var occupied *Occupied
	if errors.As(err, &occupied) {
		return true, nil
	}
	return false, err
}

// load brings files, keys and rows. Rows that are all there already were brought by a run that died right after.
func (o Return) load(ctx context.Context, a Archive, to Target, shelf Shelf) error {
	err := prepare(ctx, to, a.Head.Steps, a.Head.Tables)
	var occupied *Occupied
	if errors.As(err, &occupied) {
		if have, e := Sums(ctx, to); e == nil && len(have) == len(a.Manifest.Sums) && differ(have, a.Manifest.Sums) == "" {
			return nil
		}
	}
	if err != nil {
		return err
	}
	if err := o.contents(ctx, shelf); err != nil {
		return err
	}
	return to.Update(ctx, func(tx sqldb.Tx) error { return o.rows(ctx, a, tx) })
}

func (o Return) contents(ctx context.Context, shelf Shelf) error {
	_, err := readFile(ctx, o.Archive, sink{
		file: func(hash string, r io.Reader) error {
			ref, err := shelf.Put(ctx, r)
			if err == nil && ref.Hash != hash {
				err = &Damage{Part: filesFolder + hash, Why: "it has changed since it was checked"}
			}
			return err
		},
		key: func(name string, content []byte) error {
			path := filepath.Join(o.Keys, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				return err
			}
			return durable.Replace(path, content)
		},
	})
	return err
}

// rows loads every table and compares what the store then gives with what the archive says. It may run twice.
func (o Return) rows(ctx context.Context, a Archive, tx sqldb.Tx) error {
	if err := empty(ctx, tx, a.Head.Tables); err != nil { // somebody may have been quicker
		return err
	}
	var l *loader
	flush := func() error {
		if l == nil {
			return nil
		}
		return l.flush()
	}
	_, err := readFile(ctx, o.Archive, sink{row: func(t sqldb.Table, values []any) error {
		if l == nil || l.table.Name != t.Name {
			if err := flush(); err != nil {
				return err
			}
			l = newLoader(ctx, tx, t)
		}
		return l.add(values)
	}})
	if err == nil {
		err = flush()
	}
	if err != nil {
		return err
	}
	have, err := sums(ctx, tx, a.Head.Tables)
	if err != nil {
		return err
	}
	if t := differ(have, a.Manifest.Sums); t != "" {
		return fmt.Errorf("table %s reads differently in the store than in the backup; nothing was kept", t)
	}
	return nil
}
