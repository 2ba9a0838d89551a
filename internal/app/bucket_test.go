package app_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/blob"
	"github.com/unionhall/unionhall/internal/blob/blobtest"
	"github.com/unionhall/unionhall/internal/doctor"
)

// A hall whose files a service keeps is copied from one bucket into another, and the doctor looks at it there.
func TestFilesInABucket(t *testing.T) {
	ctx, service := t.Context(), blobtest.NewService(t)
	first := app.Config{Dir: t.TempDir(), Files: service.At("files/one")}
	open(t, first)
	files, err := first.Blobs()
	if err != nil {
		t.Fatal(err)
	}
	ref, err := files.Put(ctx, strings.NewReader("a photograph"))
	if err != nil {
		t.Fatal(err)
	}
	made := copyOut(t, first)
	if made.archive.Manifest.Files.Count == 0 {
		t.Fatalf("%+v", made.archive.Manifest)
	}
	next := app.Config{Dir: filepath.Join(t.TempDir(), "next"), Files: service.At("files/two")}
	if _, err := app.Restore(ctx, next, made.path); err != nil {
		t.Fatal(err)
	}
	if files, err = next.Blobs(); err != nil {
		t.Fatal(err)
	}
	var there []blob.Ref
	if err := files.List(ctx, func(r blob.Ref) error { there = append(there, r); return nil }); err != nil || len(there) != 1 || there[0] != ref {
		t.Errorf("%v, %v", there, err)
	}
	if f := examined(t, next)["bucket"]; f.State != doctor.Fine {
		t.Errorf("%+v", f)
	}
	next.Files = service.At("none")
	if f := examined(t, next)["bucket"]; f.State != doctor.Wrong || f.Mend == "" {
		t.Errorf("%+v", f)
	}
}

// examined are the doctor's findings by their checks.
func examined(t *testing.T, c app.Config) map[string]doctor.Finding {
	t.Helper()
	out := map[string]doctor.Finding{}
	if err := app.Diagnose(t.Context(), c, false, func(f doctor.Finding) { out[f.Check] = f }); err != nil {
		t.Fatal(err)
	}
	return out
}
