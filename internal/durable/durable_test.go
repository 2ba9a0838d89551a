package durable

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Of many who make a file at once one does, and nobody sees half of it or anything beside it.
func TestCreateMakesItOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	path := filepath.Join(dir, "k.json")
	var wg sync.WaitGroup
	got := make([]string, 8)
	for i := range got {
		wg.Go(func() {
			if err := Create(path, fmt.Append(nil, "written by ", i)); err != nil {
				t.Error(err)
			}
			b, err := os.ReadFile(path)
			if err != nil {
				t.Error(err)
			}
			got[i] = string(b)
		})
	}
	wg.Wait()
	for _, g := range got {
		if g != got[0] || g == "" {
			t.Errorf("%q and %q", g, got[0])
		}
	}
	i, err := os.Stat(path)
	if err != nil || i.Mode().Perm() != 0o600 {
		t.Error(i.Mode(), err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Error(left, err)
	}
}

func TestReplace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	for _, text := range []string{"one", "another"} {
		if err := Replace(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got := read(t, path); got != text {
			t.Errorf("%q", got)
		}
	}
	if err := Replace(filepath.Join(path, "below a file"), nil); err == nil {
		t.Error("written below a file")
	}
}
