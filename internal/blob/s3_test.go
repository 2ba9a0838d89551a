package blob_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/blob"
	"github.com/unionhall/unionhall/internal/blob/blobtest"
	"github.com/unionhall/unionhall/internal/fault"
)

func openIn(t testing.TB, s *blobtest.Service, bucketAndPrefix string) blob.Store {
	t.Helper()
	b, err := blob.S3(s.At(bucketAndPrefix), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestS3(t *testing.T) {
	for name, place := range map[string]string{"bucket": "files", "prefix": "files/hall/one"} {
		t.Run(name, func(t *testing.T) {
			blobtest.Run(t, func(t *testing.T) blob.Store { return openIn(t, blobtest.NewService(t), place) })
		})
	}
}

func TestS3PrefixesAreApart(t *testing.T) {
	s := blobtest.NewService(t)
	one, two := openIn(t, s, "files/one"), openIn(t, s, "files/two")
	ref := put(t, one, "drawing")
	if _, err := two.Open(t.Context(), ref.Hash); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	if err := two.List(t.Context(), func(r blob.Ref) error { t.Error(r); return nil }); err != nil {
		t.Error(err)
	}
}

func put(t *testing.T, s blob.Store, text string) blob.Ref {
	t.Helper()
	ref, err := s.Put(t.Context(), strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

// A service that is too busy for a moment is asked again; nobody hears of it.
func TestS3TriesAgainWhenBusy(t *testing.T) {
	s := blobtest.NewService(t)
	store := openIn(t, s, "files")
	for _, what := range []struct {
		name string
		do   func() error
	}{
		{"put", func() error { _, err := store.Put(t.Context(), strings.NewReader("steel")); return err }},
		{"open", func() error { return readAll(t.Context(), store, put(t, store, "steel").Hash) }},
		{"list", func() error { return store.List(t.Context(), func(blob.Ref) error { return nil }) }},
		{"delete", func() error { return store.Delete(t.Context(), put(t, store, "steel").Hash) }},
	} {
		var busy atomic.Int64
		s.Fail(func(w http.ResponseWriter, _ *http.Request) bool {
			if busy.Add(1) > 2 {
				return false
			}
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		})
		if err := what.do(); err != nil {
			t.Errorf("%s: %v", what.name, err)
		}
	}
}

// One that stays away is told to the person as such, and the content is not there by half.
func TestS3AwayIsUnavailable(t *testing.T) {
	s := blobtest.NewService(t)
	store := openIn(t, s, "files")
	ref := put(t, store, "steel")
	s.Fail(func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	})
	if _, err := store.Put(t.Context(), strings.NewReader("copper")); !fault.Is(err, fault.Unavailable) {
		t.Errorf("put: %v", err)
	}
	if _, err := store.Open(t.Context(), ref.Hash); !fault.Is(err, fault.Unavailable) {
		t.Errorf("open: %v", err)
	}
	s.Fail(func(http.ResponseWriter, *http.Request) bool { return false })
	n := 0
	if err := store.List(t.Context(), func(blob.Ref) error { n++; return nil }); err != nil || n != 1 {
		t.Errorf("%d contents, %v", n, err)
	}
}

// An answer that breaks off in the middle is asked for again from there.
func TestS3AnswerBreaksOff(t *testing.T) {
	s := blobtest.NewService(t)
	store := openIn(t, s, "files")
	ref := put(t, store, strings.Repeat("steel ", 50_000))
	var asked atomic.Int64
	s.Fail(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodGet || asked.Add(1) > 1 {
			return false
		}
		w.Header().Set("Content-Length", "300000")
		w.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
		w.Header().Set("ETag", `"x"`)
		_, _ = w.Write([]byte(strings.Repeat("steel ", 20_000)))
		panic(http.ErrAbortHandler)
	})
	if err := readAll(t.Context(), store, ref.Hash); err != nil {
		t.Error(err)
	}
	if asked.Load() != 2 {
		t.Errorf("asked %d times", asked.Load())
	}
}

// What a service gives that is not what was put is noticed before its last bytes.
func TestS3ChangedContentIsNoticed(t *testing.T) {
	s := blobtest.NewService(t)
	store := openIn(t, s, "files")
	ref := put(t, store, "steel")
	s.Fail(func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
		_, _ = w.Write([]byte("stale"))
		return true
	})
	if err := readAll(t.Context(), store, ref.Hash); err == nil {
		t.Error("not noticed")
	}
}

// A service that hangs holds nobody longer than they wait.
func TestS3SlowEndsWithTheContext(t *testing.T) {
	s := blobtest.NewService(t)
	store := openIn(t, s, "files")
	free := make(chan struct{})
	defer close(free)
	s.Fail(func(_ http.ResponseWriter, r *http.Request) bool { <-free; return true })
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	begin := time.Now()
	if _, err := store.Put(ctx, strings.NewReader("steel")); !fault.Is(err, fault.Unavailable) {
		t.Error(err)
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestS3LeavesNoFiles(t *testing.T) {
	s := blobtest.NewService(t)
	spool := t.TempDir()
	store, err := blob.S3("s3://files?endpoint="+s.URL, spool)
	if err != nil {
		t.Fatal(err)
	}
	if err := readAll(t.Context(), store, put(t, store, "steel").Hash); err != nil {
		t.Fatal(err)
	}
	if left := files(t, spool); len(left) != 0 {
		t.Error(left)
	}
}

func readAll(ctx context.Context, s blob.Store, hash string) error {
	f, err := s.Open(ctx, hash)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(io.Discard, f)
	return err
}

func TestS3Addresses(t *testing.T) {
	for _, bad := range []string{"", "s3://", "s3://files", "http://files?endpoint=http://x", "s3://files?endpoint=x",
		"s3://key:secret@files?endpoint=https://s3.example.org", "s3://files?endpoint=https://s3.example.org&secret=x"} {
		if _, err := blob.S3(bad, t.TempDir()); err == nil {
			t.Errorf("%q is taken", bad)
		} else if strings.Contains(err.Error(), "key:secret") {
			t.Errorf("the key is told: %v", err)
		}
	}
}

func TestS3KeysFromAFile(t *testing.T) {
	s := blobtest.NewService(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	file := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(file, []byte("[default]\naws_access_key_id = from-file\naws_secret_access_key = word\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	store, err := blob.S3("s3://files?region=us-east-1&endpoint="+s.URL+"&credentials="+file, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var signed atomic.Bool
	s.Fail(func(_ http.ResponseWriter, r *http.Request) bool {
		signed.Store(bytes.Contains([]byte(r.Header.Get("Authorization")), []byte("from-file")))
		return false
	})
	put(t, store, "steel")
	if !signed.Load() {
		t.Error("signed with another key")
	}
}
