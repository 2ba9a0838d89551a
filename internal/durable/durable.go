// Package durable writes small files that are whole or not there, and that a power cut leaves so.
package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Create makes a file readable by its owner alone, and the folder for it. One that is there already stays as it is,
// whichever of two processes made it: the caller reads which it was. What it made is on disk when it returns nil.
func Create(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	tmp, err := beside(path, content)
	if err != nil {
		return err
	}
	defer os.Remove(tmp)
	if err := os.Link(tmp, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return SyncFolder(filepath.Dir(path))
}

// Replace puts a file in the place of the one there, if any: a reader sees the old or the new one. It is on disk when it
// returns nil.
func Replace(path string, content []byte) error {
	tmp, err := beside(path, content)
	if err != nil {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		return errors.Join(err, os.Remove(tmp))
	}
	return SyncFolder(filepath.Dir(path))
}

// beside writes a file of another name into the same folder, on disk before it returns.
func beside(path string, content []byte) (tmp string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-") // mode 0600
	if err != nil {
		return "", err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// SyncFolder puts on disk which files a folder holds.
func SyncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
