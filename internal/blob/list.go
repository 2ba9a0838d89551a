package blob

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/unionhall/unionhall/internal/fault"
)

// List implements Store. Cost: one look-up for each content; a folder's names are read at once.
func (f *folder) List(ctx context.Context, fn func(Ref) error) (err error) {
	defer fault.Wrap(&err, "blob.List")
	return filepath.WalkDir(f.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		switch {
		case errors.Is(err, fs.ErrNotExist): // it has gone since its folder was read
			return nil
		case err != nil:
			return err
		case d.IsDir() && path == f.tmp():
			return fs.SkipDir
		case d.IsDir() || !Valid(d.Name()) || path != f.path(d.Name()):
			return nil
		}
		info, err := d.Info()
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		return fn(Ref{Hash: d.Name(), Size: info.Size()})
	})
}

// naming is how a document names a content: by a member hash, or thumb for the smaller picture.
var naming = regexp.MustCompile(`"(?:hash|thumb)":"([0-9a-f]{64})"`)

// Named gives the hashes that a JSON document names, as encoding/json writes it: what must be there for the row that
// keeps the document to be whole.
func Named(doc string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if doc == "" || doc[0] != '{' && doc[0] != '[' || !strings.Contains(doc, `"hash":"`) { // a thumb comes with a hash
			return
		}
		for _, m := range naming.FindAllStringSubmatch(doc, -1) {
			if !yield(m[1]) {
				return
			}
		}
	}
}
