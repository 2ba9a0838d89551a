//go:build !unix

package stream

import "os"

// lockFile keeps the file open; other systems than Unix are for trying the hall out.
func lockFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
}
