package doctor

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/unionhall/unionhall/internal/blob"
)

// Bucket is a store of files that is a service of its own.
type Bucket interface {
	blob.Store
	Check(ctx context.Context) error
}

// bucketThere sees that the service that keeps the files answers and knows this hall.
func bucketThere(ctx context.Context, h *seen) Finding {
	if h.Bucket == nil {
		return fine("files are kept in the data folder")
	}
	b, err := h.Bucket()
	if err != nil {
		return wrong("mend --files; docs/operations.md explains it", "%v", err)
	}
	if err := b.Check(ctx); err != nil {
		return wrong("see that the service runs, that --files names its address and bucket, and that AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the file named by credentials=, are right",
			"the files' service does not give us its bucket: %v", err)
	}
	return fine("the files' service answers")
}

var errNone = errors.New("there are no files yet")

// contents opens the files where they are kept.
func (h *seen) contents() (blob.Store, error) {
	if h.Bucket != nil {
		return h.Bucket()
	}
	dir := filepath.Join(h.Dir, "files")
	if _, err := os.Stat(dir); err != nil {
		return nil, errNone
	}
	return blob.Folder(dir)
}
