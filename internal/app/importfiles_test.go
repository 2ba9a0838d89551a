package app

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/unionhall/unionhall/internal/blob"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/seal/sealtest"
)

func TestImportedListsComeBackAsTheyWere(t *testing.T) {
	dir := t.TempDir()
	blobs, err := blob.Folder(dir)
	if err != nil {
		t.Fatal(err)
	}
	f := importFiles{blobs, sealtest.Box(t)}
	for _, size := range []int{0, 1, importPart - 1, importPart, importPart + 1, 3*importPart + 5} {
		list := bytes.Repeat([]byte("林秀珠,13987651205\n"), size/20+1)[:size]
		kept, err := f.Keep(t.Context(), bytes.NewReader(list))
		again, err2 := f.Keep(t.Context(), iotest.HalfReader(bytes.NewReader(list)))
		if err = errors.Join(err, err2); err != nil {
			t.Fatal(size, err)
		}
		if kept.Size != int64(size) || kept.Mark != again.Mark || size > 0 && kept.Ref == again.Ref {
			t.Errorf("%d bytes: %+v and %+v", size, kept, again)
		}
		r, err := f.Open(t.Context(), kept.Ref)
		if err != nil {
			t.Fatal(size, err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, list) {
			t.Errorf("%d bytes came back as %d, %v", size, len(got), err)
		}
		if err := f.Drop(t.Context(), kept.Ref); err != nil {
			t.Error(err)
		}
		if _, err := f.Open(t.Context(), kept.Ref); size > 0 && !fault.Is(err, fault.NotFound) {
			t.Errorf("dropped: %v", err)
		}
	}
}

func TestAListThatBreaksOffIsNotKept(t *testing.T) {
	dir := t.TempDir()
	blobs, err := blob.Folder(dir)
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("the line broke")
	f := importFiles{blobs, sealtest.Box(t)}
	if _, err := f.Keep(t.Context(), io.MultiReader(strings.NewReader(strings.Repeat("x", 2*importPart)), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Error(err)
	}
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			t.Errorf("%s stayed", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
