package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall/hallsql"
	"github.com/unionhall/unionhall/internal/seal"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// keys is where the keys of personal data lie: beside the embedded store unless another place is named, and never in it.
func (c Config) keys() string {
	return cmp.Or(c.Keys, filepath.Join(c.Dir, "keys", "seal.json"))
}

// Keys opens the key file without opening the store.
func Keys(c Config) (*seal.Box, error) {
	box, err := seal.Load(c.keys())
	switch {
	case err == nil:
		return box, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, advise(err, "there is no key file at %s: name it with --keys; the first start makes one", c.keys())
	}
	return nil, advise(err, "cannot read the key file %s (%v): let this user read it, or put it back from its backup", c.keys(), reason(err))
}

// prove tries the key file on a store, and changes nothing. A new store has nothing sealed.
func (c Config) prove(ctx context.Context, db *sqldb.DB) (file string, err error) {
	file = c.keys()
	was, err := hallsql.IsSealed(ctx, db)
	if err != nil || !was {
		return file, err
	}
	box, err := seal.Load(file)
	if err != nil {
		return file, fmt.Errorf("the key file %s cannot be read (%w), and what is sealed in the store needs it", file, reason(err))
	}
	if err := hallsql.Proved(ctx, db, box); errors.Is(err, hallsql.ErrKeys) {
		return file, fmt.Errorf("the key file %s is not the one that the store was sealed with, or an older copy of it", file)
	} else if err != nil {
		return file, err
	}
	return file, nil
}

// openPeople opens the keys and the store of people, and seals what a version before sealing left in the clear. Keys are
// made only for a store in which nothing was sealed yet: other keys in place of lost ones would open nothing.
func (a *App) openPeople(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "app.openPeople")
	path := a.Config.keys()
	was, err := hallsql.IsSealed(ctx, a.DB)
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if was {
			return advise(err, "the key file %s is missing, and without it the personal data in the store cannot be read: put it back from its backup, or say with --keys where it lies", path)
		}
		if a.box, err = seal.Make(path, cmp.Or(a.Config.Cipher, seal.AES)); err != nil {
			return advise(err, "cannot make the key file %s (%v): choose another place with --keys, or let this user write there", path, reason(err))
		}
		a.KeysMade = path
	}
	if a.box, err = Keys(a.Config); err != nil {
		return err
	}
	a.heed(path)
	a.people = hallsql.New(a.DB, a.box)
	err = a.people.Settle(ctx, a.log)
	if errors.Is(err, hallsql.ErrKeys) {
		return advise(err, "the key file %s is not the one that the store was sealed with, or an older copy of it: put the right one back from its backup, or say with --keys where it lies", path)
	}
	return err
}

// heed warns of what is unsafe or not as asked for, and goes on.
func (a *App) heed(path string) {
	if i, err := os.Stat(path); err == nil && i.Mode().Perm()&0o077 != 0 {
		a.log.Warn("others than its owner may read the key file: chmod 600", "path", path, "mode", i.Mode().Perm().String())
	}
	if c := a.Config.Cipher; c != "" && c != a.box.Cipher() {
		a.log.Warn("the key file seals with another cipher than --cipher names: unionhall keys rotate --cipher changes it",
			"path", path, "seals", a.box.Cipher(), "cipher", c)
	}
}

// RotateKeys adds a key of the cipher ("" is the one in use) that seals from now on, and seals anew what older keys have
// sealed; it says how many rows that were. Cut short, ResealRows ends it.
func (a *App) RotateKeys(ctx context.Context, c seal.Cipher) (rows int, err error) {
	defer fault.Wrap(&err, "app.RotateKeys(%s)", c)
	if err := a.box.Rotate(c); err != nil {
		return 0, advise(err, "no key was added to %s: %v", a.Config.keys(), err)
	}
	return a.ResealRows(ctx)
}

// ResealRows seals with the newest key what older ones have sealed, and says how many rows that were.
func (a *App) ResealRows(ctx context.Context) (rows int, err error) {
	defer fault.Wrap(&err, "app.ResealRows")
	for _, store := range []interface {
		Reseal(context.Context) (int, error)
	}{a.people, a.sealed, a.out} {
		n, err := store.Reseal(ctx)
		rows += n
		if err != nil {
			return rows, err
		}
	}
	return rows, nil
}
