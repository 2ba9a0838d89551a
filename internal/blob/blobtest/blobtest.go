// Package blobtest is the suite that every blob.Store must pass.
package blobtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/unionhall/unionhall/internal/blob"
	"github.com/unionhall/unionhall/internal/fault"
)

// Run tests the stores that open makes.
func Run(t *testing.T, open func(t *testing.T) blob.Store) {
	for name, test := range map[string]func(*testing.T, blob.Store){
		"WhatGoesInComesOut":        whatGoesInComesOut,
		"SameContentIsOne":          sameContentIsOne,
		"FailedPutLeavesNothing":    failedPutLeavesNothing,
		"NobodySeesHalfAFile":       nobodySeesHalfAFile,
		"OtherHashesNameNothing":    otherHashesNameNothing,
		"DeletedIsGone":             deletedIsGone,
		"PartsCanBeServed":          partsCanBeServed,
		"PutFromManySides":          putFromManySides,
		"OpenFilesOutliveADeletion": openFilesOutliveADeletion,
		"AllAreListed":              allAreListed,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func content(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(n), byte(n >> 8)})
	_, _ = r.Read(b) // it never fails
	return b
}

func hashOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func put(t *testing.T, s blob.Store, b []byte) blob.Ref {
	t.Helper()
	ref, err := s.Put(t.Context(), bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

func read(t *testing.T, s blob.Store, hash string) []byte {
	t.Helper()
	f, err := s.Open(t.Context(), hash)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func absent(t *testing.T, s blob.Store, hash string) {
	t.Helper()
	f, err := s.Open(t.Context(), hash)
	if err == nil {
		_ = f.Close()
	}
	if !fault.Is(err, fault.NotFound) {
		t.Errorf("open %q: %v", hash, err)
	}
}

func whatGoesInComesOut(t *testing.T, s blob.Store) {
	for _, n := range []int{0, 1, 32 << 10, 1<<20 + 7} {
		b := content(n)
		ref := put(t, s, b)
		if ref != (blob.Ref{Hash: hashOf(b), Size: int64(n)}) {
			t.Errorf("%+v", ref)
		}
		if !bytes.Equal(read(t, s, ref.Hash), b) {
			t.Errorf("%d bytes came out changed", n)
		}
	}
}

func sameContentIsOne(t *testing.T, s blob.Store) {
	b := content(1000)
	if first, again := put(t, s, b), put(t, s, b); first != again {
		t.Error("two names for one content")
	}
	if !bytes.Equal(read(t, s, hashOf(b)), b) {
		t.Error("changed")
	}
}

// A full disk, a broken upload and a caller who gives up all look like this.
func failedPutLeavesNothing(t *testing.T, s blob.Store) {
	b := content(100_000)
	broken := errors.New("no space left on device")
	ctx, cancel := context.WithCancel(t.Context())
	for name, c := range map[string]struct {
		ctx  context.Context
		r    io.Reader
		want error
	}{
		"at the end":    {t.Context(), io.MultiReader(bytes.NewReader(b), iotest.ErrReader(broken)), broken},
		"in the middle": {t.Context(), io.MultiReader(bytes.NewReader(b[:70_000]), iotest.ErrReader(broken), bytes.NewReader(b[70_000:])), broken},
		"given up":      {ctx, io.MultiReader(bytes.NewReader(b[:70_000]), onRead(cancel), bytes.NewReader(b[70_000:])), context.Canceled},
	} {
		if _, err := s.Put(c.ctx, c.r); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		absent(t, s, hashOf(b))
		absent(t, s, hashOf(b[:70_000]))
	}
}

// onRead does something in the middle of a reading.
type onRead func()

func (f onRead) Read([]byte) (int, error) { f(); return 0, io.EOF }

func nobodySeesHalfAFile(t *testing.T, s blob.Store) {
	b := content(200_000)
	half := onRead(func() { absent(t, s, hashOf(b)) })
	if _, err := s.Put(t.Context(), io.MultiReader(bytes.NewReader(b[:100_000]), half, bytes.NewReader(b[100_000:]))); err != nil {
		t.Fatal(err)
	}
	read(t, s, hashOf(b))
}

func otherHashesNameNothing(t *testing.T, s blob.Store) {
	h := put(t, s, content(10)).Hash
	for _, other := range []string{"", "x", "../../etc/passwd", h[:63], strings.ToUpper(h), h + "0",
		strings.Repeat("../", 21) + "a", hashOf(content(11))} {
		absent(t, s, other)
		if err := s.Delete(t.Context(), other); err != nil {
			t.Errorf("delete %q: %v", other, err)
		}
	}
	read(t, s, h)
}

func deletedIsGone(t *testing.T, s blob.Store) {
	a, b := put(t, s, content(10)), put(t, s, content(11))
	for range 2 {
		if err := s.Delete(t.Context(), a.Hash); err != nil {
			t.Fatal(err)
		}
		absent(t, s, a.Hash)
	}
	read(t, s, b.Hash)
	put(t, s, content(10))
	read(t, s, a.Hash)
}

func partsCanBeServed(t *testing.T, s blob.Store) {
	b := content(50_000)
	f, err := s.Open(t.Context(), put(t, s, b).Hash)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for bytesRange, want := range map[string][]byte{"": b, "bytes=10-19": b[10:20], "bytes=-100": b[49_900:]} {
		r := httptest.NewRequest("GET", "/", nil)
		if bytesRange != "" {
			r.Header.Set("Range", bytesRange)
		}
		w := httptest.NewRecorder()
		http.ServeContent(w, r, "x.bin", time.Time{}, f)
		if !bytes.Equal(w.Body.Bytes(), want) {
			t.Errorf("%q: %d bytes, status %d", bytesRange, w.Body.Len(), w.Code)
		}
	}
}

func putFromManySides(t *testing.T, s blob.Store) {
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			b := content(5000 + i%4)
			if ref, err := s.Put(t.Context(), bytes.NewReader(b)); err != nil || ref.Hash != hashOf(b) {
				t.Error(ref, err)
				return
			}
			f, err := s.Open(t.Context(), hashOf(b))
			if err != nil {
				t.Error(err)
				return
			}
			defer f.Close()
			if got, err := io.ReadAll(f); err != nil || !bytes.Equal(got, b) {
				t.Error("read something else", err)
			}
		})
	}
	wg.Wait()
}

func openFilesOutliveADeletion(t *testing.T, s blob.Store) {
	b := content(90_000)
	f, err := s.Open(t.Context(), put(t, s, b).Hash)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := s.Delete(t.Context(), hashOf(b)); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(f); err != nil || !bytes.Equal(got, b) {
		t.Error("a reader lost its file", err)
	}
}

func allAreListed(t *testing.T, s blob.Store) {
	want := map[string]int64{}
	for n := range 40 {
		ref := put(t, s, content(n))
		want[ref.Hash] = ref.Size
	}
	last := ""
	err := s.List(t.Context(), func(ref blob.Ref) error {
		if size, ok := want[ref.Hash]; !ok || size != ref.Size || ref.Hash <= last {
			t.Errorf("%+v after %s, want %d", ref, last, size)
		}
		delete(want, ref.Hash)
		last = ref.Hash
		return nil
	})
	if err != nil || len(want) != 0 {
		t.Errorf("%d are missing, %v", len(want), err)
	}
	seen, stop := 0, errors.New("enough")
	if err := s.List(t.Context(), func(blob.Ref) error { seen++; return stop }); !errors.Is(err, stop) || seen != 1 {
		t.Errorf("%d seen, %v", seen, err)
	}
}
