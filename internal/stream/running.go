package stream

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Running reports whether a process has the stream in dir open. It leaves nothing behind; a hall that starts at the very
// same moment may be told that the folder is taken.
func Running(dir string) (bool, error) {
	path := filepath.Join(dir, "lock")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	f, err := lockFile(path)
	if errors.Is(err, ErrTaken) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return false, f.Close()
}
