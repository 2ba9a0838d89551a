package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/unionhall/unionhall/internal/durable"
	"github.com/unionhall/unionhall/internal/fault"
)

// folder keeps each content in a file aa/bb/aabb…: 65,536 folders hold a hundred million files without one
// of them growing slow. Files being written lie in tmp, on the same file system, so that a rename moves
// them.
type folder struct{ dir string }

// orphanAge is how old a file in tmp must be to have been left by a process that died.
const orphanAge = 24 * time.Hour

// Folder is a Store in dir, which is made when missing. Cost: Put writes the content once and waits for the
// disk twice (the file, the folder that names it) or, the first time in a folder, four times; Open and
// Delete are one look-up.
func Folder(dir string) (_ Store, err error) {
	defer fault.Wrap(&err, "blob.Folder(%s)", dir)
	f := &folder{dir: dir}
	if err := os.MkdirAll(f.tmp(), 0o700); err != nil {
		return nil, err
	}
	return f, f.sweep()
}

func (f *folder) tmp() string { return filepath.Join(f.dir, "tmp") }

func (f *folder) path(hash string) string { return filepath.Join(f.dir, hash[:2], hash[2:4], hash) }

// sweep removes what processes that died have left unfinished.
func (f *folder) sweep() error {
	entries, err := os.ReadDir(f.tmp())
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || time.Since(info.ModTime()) < orphanAge {
			continue // perhaps another process's, being written now
		}
		if err := os.Remove(filepath.Join(f.tmp(), e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Put implements Store.
func (f *folder) Put(ctx context.Context, r io.Reader) (ref Ref, err error) {
	defer fault.Wrap(&err, "blob.Put")
	file, err := os.CreateTemp(f.tmp(), "put-")
	if err != nil {
		return Ref{}, err
	}
	defer func() {
		_ = file.Close() // closed twice when all went well, which does no harm
		if e := os.Remove(file.Name()); e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}()
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(file, sum), reader{ctx, r})
	if err != nil {
		return Ref{}, err
	}
	ref = Ref{Hash: hex.EncodeToString(sum.Sum(nil)), Size: n}
	if err := file.Sync(); err != nil {
		return Ref{}, err
	}
	if err := file.Close(); err != nil {
		return Ref{}, err
	}
	return ref, f.place(file.Name(), ref)
}

// place gives a written file its name, and waits until the name is on disk too. A file that is there
// already may be damaged, and is replaced by one that is known to be good; the two are the same to anybody
// who reads it meanwhile.
func (f *folder) place(from string, ref Ref) error {
	to := f.path(ref.Hash)
	low := filepath.Dir(to)
	high := filepath.Dir(low)
	if err := os.MkdirAll(low, 0o700); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	// All three, whoever made them: another process may have made one a moment ago and died. To sync a
	// folder in which nothing changed costs next to nothing.
	for _, dir := range []string{low, high, f.dir} {
		if err := durable.SyncFolder(dir); err != nil {
			return err
		}
	}
	return nil
}

// reader ends with its context.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// Open implements Store.
func (f *folder) Open(_ context.Context, hash string) (_ io.ReadSeekCloser, err error) {
	if !Valid(hash) {
		return nil, noSuch()
	}
	defer fault.Wrap(&err, "blob.Open(%s)", hash)
	file, err := os.Open(f.path(hash))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, noSuch()
	}
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &checked{file: file, size: info.Size(), want: hash, sum: sha256.New()}, nil
}

// Delete implements Store.
func (f *folder) Delete(_ context.Context, hash string) (err error) {
	if !Valid(hash) {
		return nil
	}
	defer fault.Wrap(&err, "blob.Delete(%s)", hash)
	if err := os.Remove(f.path(hash)); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	return durable.SyncFolder(filepath.Dir(f.path(hash)))
}

// checked compares what was read with the hash it was asked for.
type checked struct {
	file   io.ReadSeekCloser
	size   int64
	want   string
	at     int64
	sum    hash.Hash // of the first summed bytes
	summed int64
}

func (c *checked) Read(p []byte) (int, error) {
	n, err := c.file.Read(p)
	if c.at == c.summed {
		c.sum.Write(p[:n])
		c.summed += int64(n)
	}
	c.at += int64(n)
	// Instead of the last bytes rather than of io.EOF: a server that knows the size does not wait for that,
	// and takes a full count for success.
	if c.summed == c.size && c.at == c.size && hex.EncodeToString(c.sum.Sum(nil)) != c.want {
		return 0, fmt.Errorf("blob: the content of %s has changed where it is kept", c.want)
	}
	return n, err
}

func (c *checked) Seek(offset int64, whence int) (int64, error) {
	at, err := c.file.Seek(offset, whence)
	if err != nil {
		return at, err
	}
	c.at = at
	if at == 0 {
		c.sum.Reset()
		c.summed = 0
	}
	return at, nil
}

func (c *checked) Close() error { return c.file.Close() }
