package app

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/unionhall/unionhall/internal/backup"
	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/doctor"
	"github.com/unionhall/unionhall/internal/sms"
	"github.com/unionhall/unionhall/internal/sqldb"
)

func (c Config) filesDir() string { return filepath.Join(c.Dir, "files") }
func (c Config) keysDir() string  { return filepath.Join(c.Dir, "keys") }

// restored refuses a folder that a restore has not finished: the hall would look whole and not be.
func restored(dir string) error {
	if backup.Unfinished(dir) {
		return advise(nil, "a restore into %s was interrupted: run the same unionhall restore again, it goes on where it can", dir)
	}
	return nil
}

// existing opens a store that must be there already, as it is: its schema stays what it was.
func existing(ctx context.Context, dsn, flag string) (*sqldb.DB, error) {
	if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil, advise(err, "there is no store at %s: see that %s is right", path, flag)
		}
	}
	return store(ctx, dsn, flag)
}

func store(ctx context.Context, dsn, flag string) (*sqldb.DB, error) {
	// A whole store goes through one transaction, which holds SQLite's writer for long, as it should here.
	db, err := sqldb.Open(ctx, dsn, sqldb.WithLog(slog.New(slog.DiscardHandler)), sqldb.WithConns(4))
	if err != nil {
		return nil, advise(err, "cannot open the store (%v): see that %s is right and what it names is there", err, flag)
	}
	return db, nil
}

// Backup copies the hall into an archive, whether it runs or not.
func Backup(ctx context.Context, c Config, out string, withKeys bool) (_ backup.Archive, err error) {
	if err := restored(c.Dir); err != nil {
		return backup.Archive{}, err
	}
	db, err := existing(ctx, c.DSN(), "--data or --store")
	if err != nil {
		return backup.Archive{}, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	files, err := c.Blobs()
	if err != nil {
		return backup.Archive{}, err
	}
	return backup.Make(ctx, backup.Order{Store: db, Contents: files, Keys: c.keysDir(), WithKeys: withKeys, Out: out,
		Now: clock.System{}.Now()})
}

// Restore fills c.Dir, which must be empty, and c.Store, or a SQLite in it, from an archive.
func Restore(ctx context.Context, c Config, archive string) (backup.Archive, error) {
	return backup.Restore(ctx, backup.Return{Archive: archive, Dir: c.Dir, Keys: c.keysDir(),
		Open: func(ctx context.Context) (backup.Target, backup.Shelf, io.Closer, error) {
			db, err := store(ctx, c.DSN(), "--store")
			if err != nil {
				return nil, nil, nil, err
			}
			files, err := c.Blobs()
			if err != nil {
				return nil, nil, nil, errors.Join(err, db.Close())
			}
			return db, files, db, nil
		}})
}

// MoveStore copies one store into another, of the same engine or the other.
func MoveStore(ctx context.Context, from, to string) (_ []backup.Moved, err error) {
	source, err := existing(ctx, from, "--from")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	target, err := store(ctx, to, "--to")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	return backup.Move(ctx, source, target)
}

// Diagnose looks at a hall, running or not, and tells what it finds.
func Diagnose(ctx context.Context, c Config, deep bool, tell func(doctor.Finding)) error {
	return doctor.Examine(ctx, doctor.Hall{Dir: c.Dir, Deep: deep, Now: clock.System{}.Now, Unfinished: backup.Unfinished(c.Dir),
		Mail:   c.Mail.knock(),
		SMS:    func() (string, error) { return sms.Named(c.SMS) },
		Bucket: c.bucket(),
		Stream: c.external(),
		Keys:   c.prove,
		Engine: func(ctx context.Context) (*sqldb.DB, error) {
			db, err := existing(ctx, c.DSN(), "--data or --store")
			var advice *Advice
			if errors.As(err, &advice) {
				err = errors.New(advice.Text)
			}
			return db, err
		}}, tell)
}
