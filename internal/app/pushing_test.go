package app

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/unionhall/unionhall/internal/notice/noticesend"
)

// The pair is made once, whoever is first, and only its owner reads it.
func TestThePairOfKeysForBrowsersIsMadeOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys", "push.json")
	made := make([]noticesend.PushKeys, 8)
	var wg sync.WaitGroup
	for i := range made {
		wg.Go(func() {
			var err error
			if made[i], err = pushKeys(path); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, k := range made {
		if !k.OK() || k != made[0] {
			t.Fatal("another pair", k, made[0])
		}
	}
	if i, err := os.Stat(path); err != nil || i.Mode().Perm() != 0o600 {
		t.Error(i.Mode(), err)
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Error("left behind:", left)
	}
	if err := os.WriteFile(path, []byte(`{"public":"a","private":"b"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := pushKeys(path); err == nil {
		t.Error("what is no pair is taken for one")
	}
}

func TestBrowsersAreReachedAtPublicAddressesOnly(t *testing.T) {
	for _, bad := range []string{"http://push.example/a", "https://127.0.0.1/a", "https://localhost/a", "https://10.0.0.1/a", "file:///etc/passwd"} {
		if _, ok := (Config{}).reach().Check(bad); ok {
			t.Error(bad)
		}
	}
	if _, ok := (Config{}).reach().Check("https://push.example/a"); !ok {
		t.Error("a public one is refused")
	}
}
