// Package blob keeps files under the hash of their content: photographs, drawings, papers. What a file is
// called, what type it has and who may read it, is a row's business.
package blob

import (
	"context"
	"io"

	"github.com/unionhall/unionhall/internal/fault"
)

// Ref names a content: its SHA-256 in lower-case hexadecimal, and its size in bytes.
type Ref struct {
	Hash string
	Size int64
}

// Store keeps contents. It is safe for concurrent use, also by several processes on one folder.
//
// Two files with the same content are one: Delete takes it from both. Whoever deletes must know that no
// row names the hash any more, and that none is being written that will.
type Store interface {
	// Put reads r to its end and keeps the content. When it returns nil the content survives a loss of
	// power. When r or the disk fails, or ctx ends, nothing of it stays. A content that is there already is
	// kept once; it costs the same to put, as only its end tells what it is.
	Put(ctx context.Context, r io.Reader) (Ref, error)

	// Open opens a content; the caller closes it. fault.NotFound says that there is none. The content is
	// what Put was given: reading from the beginning to the end in one go fails before the last bytes when
	// the disk has changed any. A part read for itself is not checked.
	Open(ctx context.Context, hash string) (io.ReadSeekCloser, error)

	// Delete removes a content; one that is not there is no error.
	Delete(ctx context.Context, hash string) error

	// List calls fn with every content, in the order of their hashes, until fn fails. A content that is put or deleted
	// meanwhile may be among them or not; all others are.
	List(ctx context.Context, fn func(Ref) error) error
}

// Valid reports whether hash is a SHA-256 in the form that Ref has. A store answers any other with
// fault.NotFound, so that what comes with a request cannot name another file.
func Valid(hash string) bool {
	if len(hash) != 64 {
		return false
	}
	for _, c := range hash {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func noSuch() error { return fault.New(fault.NotFound, "fault.not-found") }
