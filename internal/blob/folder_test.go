package blob_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"
	"time"

	"github.com/unionhall/unionhall/internal/blob"
	"github.com/unionhall/unionhall/internal/blob/blobtest"
)

func folder(t testing.TB, dir string) blob.Store {
	t.Helper()
	s, err := blob.Folder(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFolder(t *testing.T) {
	blobtest.Run(t, func(t *testing.T) blob.Store { return folder(t, t.TempDir()) })
}

// files are the regular files below dir.
func files(t *testing.T, dir string) (out []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestFailedPutLeavesNoFile(t *testing.T) {
	dir := t.TempDir()
	s := folder(t, dir)
	full := errors.New("no space left on device")
	_, err := s.Put(t.Context(), io.MultiReader(bytes.NewReader(make([]byte, 1<<20)), iotest.ErrReader(full)))
	if !errors.Is(err, full) {
		t.Fatal(err)
	}
	if left := files(t, dir); len(left) != 0 {
		t.Error(left)
	}
}

func TestChangedContentIsNoticed(t *testing.T) {
	dir := t.TempDir()
	s := folder(t, dir)
	good := bytes.Repeat([]byte("steel "), 10_000)
	ref, err := s.Put(t.Context(), bytes.NewReader(good))
	if err != nil {
		t.Fatal(err)
	}
	path := files(t, dir)[0]
	for name, bad := range map[string][]byte{
		"one byte": append(append([]byte{}, good[:500]...), append([]byte("X"), good[501:]...)...),
		"cut off":  good[:30_000],
		"longer":   append(append([]byte{}, good...), "more"...),
	} {
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := s.Open(t.Context(), ref.Hash)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.CopyN(io.Discard, f, int64(len(bad))); err == nil {
			t.Errorf("%s: not noticed", name)
		}
		_ = f.Close()
	}
	if _, err := s.Put(t.Context(), bytes.NewReader(good)); err != nil { // put again, it is whole again
		t.Fatal(err)
	}
	f, err := s.Open(t.Context(), ref.Hash)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := io.Copy(io.Discard, f); err != nil {
		t.Error(err)
	}
}

func TestFolderSweepsWhatWasLeft(t *testing.T) {
	dir := t.TempDir()
	folder(t, dir)
	old, young := filepath.Join(dir, "tmp", "put-old"), filepath.Join(dir, "tmp", "put-young")
	for _, path := range []string{old, young} {
		if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-48 * time.Hour)
	if err := os.Chtimes(old, long, long); err != nil {
		t.Fatal(err)
	}
	folder(t, dir)
	if left := files(t, dir); len(left) != 1 || left[0] != young {
		t.Error(left)
	}
}

func BenchmarkPut(b *testing.B) {
	s := folder(b, b.TempDir())
	content := make([]byte, 100<<10)
	for i := 0; b.Loop(); i++ {
		content[i%len(content)]++
		if _, err := s.Put(b.Context(), bytes.NewReader(content)); err != nil {
			b.Fatal(err)
		}
	}
}
