package app_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/backup"
	"github.com/unionhall/unionhall/internal/blob"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

// The demonstration province goes from a running hall on SQLite to PostgreSQL and from there back: every table is the
// same at each stop, and those who could sign in can.
func TestTheProvinceGoesThereAndBack(t *testing.T) {
	if testing.Short() {
		t.Skip("copies 90,000 rows four times")
	}
	ctx := t.Context()
	first := app.Config{Dir: t.TempDir()}
	a := open(t, first)
	accounts, err := a.LoadDemo(ctx, app.DemoSeed)
	if err != nil {
		t.Fatal(err)
	}
	files, err := blob.Folder(filepath.Join(first.Dir, "files"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := files.Put(ctx, strings.NewReader("a photograph")); err != nil {
		t.Fatal(err)
	}
	_, stop := start(t, a)
	made := copyOut(t, first)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	for _, store := range []string{sqldbtest.EmptyPostgresDSN(t), ""} {
		next := app.Config{Dir: filepath.Join(t.TempDir(), "next"), Store: store}
		if _, err := app.Restore(ctx, next, made.path); err != nil {
			t.Fatal(err)
		}
		again := copyOut(t, next)
		if !slices.Equal(again.archive.Manifest.Sums, made.archive.Manifest.Sums) || again.archive.Manifest.Files != made.archive.Manifest.Files {
			t.Errorf("%+v\n%+v", again.archive.Manifest, made.archive.Manifest)
		}
		made = again
		b := open(t, next)
		_, stop := start(t, b)
		if _, err := b.Hall.SignIn(ctx, hall.SignIn{Login: accounts[0].Login, Password: app.DemoPassword}); err != nil {
			t.Errorf("%+v: %v", accounts[0], err)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	}
}

// madeCopy is an archive and where it lies.
type madeCopy struct {
	path    string
	archive backup.Archive
}

func copyOut(t *testing.T, c app.Config) madeCopy {
	t.Helper()
	m := madeCopy{path: filepath.Join(t.TempDir(), "hall.tar.zst")}
	var err error
	if m.archive, err = app.Backup(t.Context(), c, m.path, true); err != nil {
		t.Fatal(err)
	}
	if rows := m.archive.Manifest.Sums; len(rows) < 20 || m.archive.Manifest.Files.Count != 1 || m.archive.Manifest.Gaps.Any() {
		t.Fatalf("%+v", m.archive.Manifest)
	}
	return m
}

// A hall does not start in a folder that a restore has not finished, and nothing is backed up from there.
func TestAHalfRestoredHallDoesNotStart(t *testing.T) {
	c := app.Config{Dir: t.TempDir(), Cheap: true}
	if err := os.WriteFile(filepath.Join(c.Dir, "RESTORING.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if a, err := app.Open(context.Background(), c, quiet); err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("%v", err)
		if err == nil {
			_ = a.Close()
		}
	}
	if _, err := app.Backup(context.Background(), c, filepath.Join(t.TempDir(), "x"), false); err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("%v", err)
	}
	if left, err := os.ReadDir(c.Dir); err != nil || len(left) != 1 {
		t.Errorf("%v %v", left, err)
	}
}

// What cannot be a store is not made one by looking.
func TestNothingIsMadeByLooking(t *testing.T) {
	dir := t.TempDir()
	if _, err := app.Backup(t.Context(), app.Config{Dir: dir}, filepath.Join(t.TempDir(), "x"), false); err == nil || !strings.Contains(err.Error(), "there is no store at") {
		t.Errorf("%v", err)
	}
	if _, err := app.MoveStore(t.Context(), "sqlite:"+dir+"/none.db", sqldbtest.SQLiteDSN(t)); err == nil || !strings.Contains(err.Error(), "--from") {
		t.Errorf("%v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("%v %v", left, err)
	}
}
