package backup

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/blob"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

// The same content has the same checksums on both engines, and comes back on either from either.
func TestThereAndBackOnEitherEngine(t *testing.T) {
	var sums [][]Sum
	for from, fromDSN := range engines {
		c := copyOf(t, fromDSN(t))
		if c.archive.Head.Dialect != c.db.Dialect() || c.archive.Manifest.Files.Count != 2 || c.archive.Manifest.Gaps.Any() {
			t.Errorf("%+v", c.archive)
		}
		if n := len(c.archive.Manifest.Parts); n < 5 {
			t.Errorf("%d parts: the long table is not in several", n)
		}
		sums = append(sums, c.archive.Manifest.Sums)
		for to, toDSN := range engines {
			t.Run(from+" to "+to, func(t *testing.T) {
				dir, dsn := t.TempDir(), toDSN(t)
				a, err := into(c.path, dir, dsn, nil)
				if err != nil {
					t.Fatal(err)
				}
				sameHall(t, a, dsn, filepath.Join(dir, "files"))
				if Unfinished(dir) {
					t.Error("it is complete, and its marker is still there")
				}
			})
		}
	}
	if !slices.Equal(sums[0], sums[1]) {
		t.Errorf("%v\n%v", sums[0], sums[1])
	}
}

func TestABackupOverwritesNothing(t *testing.T) {
	c := copyOf(t, sqldbtest.SQLiteDSN(t))
	before, err := os.ReadFile(c.path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Make(ctx, Order{Store: c.db, Contents: c.files, Out: c.path, Now: time.Now()}); err == nil || !strings.Contains(err.Error(), "overwrites nothing") {
		t.Errorf("%v", err)
	}
	if after, err := os.ReadFile(c.path); err != nil || string(after) != string(before) {
		t.Errorf("it has changed, %v", err)
	}
	if left := leftovers(t, filepath.Dir(c.path)); len(left) != 1 {
		t.Errorf("%v", left)
	}
}

// failing is a shelf of files that breaks.
type failing struct{ blob.Store }

var errDisk = errors.New("the disk is full")

func (failing) List(context.Context, func(blob.Ref) error) error        { return errDisk }
func (failing) Put(context.Context, io.Reader) (blob.Ref, error)        { return blob.Ref{}, errDisk }
func (failing) Open(context.Context, string) (io.ReadSeekCloser, error) { return nil, errDisk }

func TestAFailedBackupLeavesNothing(t *testing.T) {
	db, dir := open(t, sqldbtest.SQLiteDSN(t)), t.TempDir()
	if _, err := Make(ctx, Order{Store: db, Contents: failing{}, Out: filepath.Join(dir, "x"), Now: time.Now()}); !errors.Is(err, errDisk) {
		t.Errorf("%v", err)
	}
	if left := leftovers(t, dir); len(left) != 0 {
		t.Errorf("%v", left)
	}
}

// Files that the hall had lost before cost nobody the rest, and are told.
func TestLostFilesAreTold(t *testing.T) {
	c := copied{db: open(t, sqldbtest.SQLiteDSN(t)), path: filepath.Join(t.TempDir(), "x")}
	dir := t.TempDir()
	c.files = shelf(t, dir)
	peculiar(t, c.db, c.files)
	gone, bad := "", put(t, c.files, "soon another content")
	if err := os.WriteFile(filepath.Join(dir, bad[:2], bad[2:4], bad), []byte("soon anOther content"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := c.files.List(ctx, func(ref blob.Ref) error {
		if ref.Size == int64(len("a drawing")) {
			gone = ref.Hash
		}
		return nil
	})
	if err := errors.Join(err, c.files.Delete(ctx, gone)); err != nil {
		t.Fatal(err)
	}
	c.make(t)
	g := c.archive.Manifest.Gaps
	if g.Missing != 1 || g.Damaged != 1 || !slices.Equal(g.Hashes, []string{gone, bad}) || c.archive.Manifest.Files.Count != 1 {
		t.Errorf("%+v, %+v; missing %s, damaged %s", g, c.archive.Manifest.Files, gone, bad)
	}
}

func TestOnlyEmptyPlacesAreFilled(t *testing.T) {
	c := copyOf(t, sqldbtest.SQLiteDSN(t))
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "x"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := into(c.path, full, sqldbtest.SQLiteDSN(t), nil); err == nil || !strings.Contains(err.Error(), "is not empty") {
		t.Errorf("%v", err)
	}
	for name, dsn := range engines {
		dir, dsn := t.TempDir(), dsn(t)
		exec(t, open(t, dsn), `INSERT INTO hall_login (value, kind, person_id) VALUES ('13800138000', 'phone', 'p')`)
		var occupied *Occupied
		if _, err := into(c.path, dir, dsn, nil); !errors.As(err, &occupied) || occupied.Table != "hall_login" || Unfinished(dir) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := Move(ctx, c.db, open(t, dsn)); !errors.As(err, &occupied) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// dying is a store that fails at a given point as if the process had died: nothing after it happens.
type dying struct {
	Target
	before, after bool // the commit
}

var errDied = errors.New("died")

func (d dying) Update(ctx context.Context, fn func(sqldb.Tx) error) error {
	if d.before {
		fn := fn
		return d.Target.Update(ctx, func(tx sqldb.Tx) error { return errors.Join(fn(tx), errDied) })
	}
	err := d.Target.Update(ctx, fn)
	if d.after {
		return errors.Join(err, errDied)
	}
	return err
}

func (d dying) Migrate(ctx context.Context) error {
	if !d.before && !d.after {
		return errDied
	}
	return d.Target.Migrate(ctx)
}

// Wherever a restore dies, what it leaves does not look complete, another archive is refused there, and running it again
// brings it to its end.
func TestAnInterruptedRestoreGoesOn(t *testing.T) {
	c := copyOf(t, sqldbtest.SQLiteDSN(t))
	other := copied{db: c.db, files: c.files, path: c.path + ".other"}
	other.make(t)
	for point, wrap := range map[string]func(Target, Shelf) (Target, Shelf){
		"among the files":   func(to Target, _ Shelf) (Target, Shelf) { return to, failing{} },
		"before the commit": func(to Target, s Shelf) (Target, Shelf) { return dying{to, true, false}, s },
		"after the commit":  func(to Target, s Shelf) (Target, Shelf) { return dying{to, false, true}, s },
		"at the migration":  func(to Target, s Shelf) (Target, Shelf) { return dying{to, false, false}, s },
	} {
		for name, dsn := range engines {
			t.Run(name+" "+point, func(t *testing.T) {
				dir, dsn := t.TempDir(), dsn(t)
				if _, err := into(c.path, dir, dsn, wrap); !errors.Is(err, errDied) && !errors.Is(err, errDisk) {
					t.Fatalf("%v", err)
				}
				if !Unfinished(dir) {
					t.Error("it looks complete")
				}
				if _, err := into(other.path, dir, dsn, nil); err == nil || !strings.Contains(err.Error(), "another backup") {
					t.Errorf("%v", err)
				}
				a, err := into(c.path, dir, dsn, nil)
				if err != nil {
					t.Fatal(err)
				}
				sameHall(t, a, dsn, filepath.Join(dir, "files"))
				if Unfinished(dir) {
					t.Error("it does not look complete")
				}
			})
		}
	}
}

// A backup of an older hall is restored into its own schema, and then brought up to date.
func TestAnOlderSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old.db")
	old := open(t, "sqlite:"+path)
	if err := old.MigrateTo(ctx, sqldb.KnownSteps()[:3]); err != nil {
		t.Fatal(err)
	}
	exec(t, old, `INSERT INTO hall_login (value, kind, person_id) VALUES ('13800138000', 'phone', 'p')`)
	c := copied{db: old, files: shelf(t, t.TempDir()), path: filepath.Join(t.TempDir(), "x")}
	c.make(t)
	for name, dsn := range map[string]string{"sqlite": "sqlite:" + t.TempDir() + "/x.db", "postgres": sqldbtest.EmptyPostgresDSN(t)} {
		if _, err := into(c.path, t.TempDir(), dsn, nil); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		db := open(t, dsn)
		steps, err := db.Steps(ctx, db)
		if err != nil || !slices.Equal(steps, sqldb.KnownSteps()) {
			t.Errorf("%s: %v, %v", name, steps, err)
		}
		if n, err := sqldb.One(ctx, db, sqldb.Value[int], `SELECT count(*) FROM hall_login`); err != nil || n != 1 {
			t.Errorf("%s: %d, %v", name, n, err)
		}
	}
	if _, err := into(c.path, t.TempDir(), sqldbtest.SQLiteDSN(t), nil); err == nil || !strings.Contains(err.Error(), "newer schema") {
		t.Errorf("%v", err)
	}
}

func TestMove(t *testing.T) {
	for from, fromDSN := range engines {
		for to, toDSN := range engines {
			t.Run(from+" to "+to, func(t *testing.T) {
				source, target := open(t, fromDSN(t)), open(t, toDSN(t))
				peculiar(t, source, shelf(t, t.TempDir()))
				moved, err := Move(ctx, source, target)
				if err != nil {
					t.Fatal(err)
				}
				have, err := Sums(ctx, target)
				if err != nil || len(have) != len(moved) || len(have) < 20 {
					t.Fatalf("%d tables, %d moved, %v", len(have), len(moved), err)
				}
				for i, m := range moved {
					if m.From != m.To || m.To != have[i] {
						t.Errorf("%+v, %+v", m, have[i])
					}
				}
			})
		}
	}
}

// written is a store that somebody writes to while it is copied.
type written struct {
	*sqldb.DB
	write func()
}

func (w written) Steps(ctx context.Context, q sqldb.Queryer) ([]int64, error) {
	s, err := w.DB.Steps(ctx, q)
	w.write()
	return s, err
}

func TestAMoveLeavesNothingBehind(t *testing.T) {
	source, target := open(t, sqldbtest.SQLiteDSN(t)), open(t, sqldbtest.PostgresDSN(t))
	peculiar(t, source, shelf(t, t.TempDir()))
	_, err := Move(ctx, written{source, func() { exec(t, source, `INSERT INTO hall_login (value, kind, person_id) VALUES ('1', '', '')`) }}, target)
	if err == nil || !strings.Contains(err.Error(), "hall_login was written to meanwhile") {
		t.Errorf("%v", err)
	}
	if some, err := holds(ctx, target); some || err != nil {
		t.Errorf("something was kept: %v, %v", some, err)
	}
}

// What SQLite takes and PostgreSQL does not is refused with the name of the table, and nothing is kept.
func TestWhatTheOtherEngineRefuses(t *testing.T) {
	source, target := open(t, sqldbtest.SQLiteDSN(t)), open(t, sqldbtest.PostgresDSN(t))
	exec(t, source, `INSERT INTO hall_login (value, kind, person_id) VALUES ($1, '', '')`, "a\x00b")
	if _, err := Move(ctx, source, target); err == nil || !strings.Contains(err.Error(), "table hall_login") {
		t.Errorf("%v", err)
	}
	if some, err := holds(ctx, target); some || err != nil {
		t.Errorf("something was kept: %v, %v", some, err)
	}
}

// Keys leave the hall only when asked for, and come back as they were.
func TestKeys(t *testing.T) {
	c := copyOf(t, sqldbtest.SQLiteDSN(t))
	keys := t.TempDir()
	for name, text := range map[string]string{"a.json": "secret one", "old/b.key": "secret two", ".tmp-1": "half written"} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(filepath.Join(keys, name)), 0o700), os.WriteFile(filepath.Join(keys, name), []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	for with, want := range map[bool]Keys{false: LeftOut, true: Included} {
		path, dir := filepath.Join(t.TempDir(), "x"), t.TempDir()
		_, err := Make(ctx, Order{Store: c.db, Contents: c.files, Keys: keys, WithKeys: with, Out: path, Now: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		a, err := into(path, dir, sqldbtest.SQLiteDSN(t), nil)
		if err != nil || a.Head.Keys != want {
			t.Fatalf("%v %v", a.Head.Keys, err)
		}
		one, errOne := os.ReadFile(filepath.Join(dir, "keys", "a.json"))
		two, errTwo := os.ReadFile(filepath.Join(dir, "keys", "old", "b.key"))
		if have := string(one) + string(two); with && have != "secret onesecret two" || !with && have != "" || (errOne == nil) != with || (errTwo == nil) != with {
			t.Errorf("with keys %v: %q, %v, %v", with, have, errOne, errTwo)
		}
	}
	if c.archive.Head.Keys != NoKeys {
		t.Error(c.archive.Head.Keys)
	}
	if _, err := c.files.Open(ctx, strings.Repeat("0", 64)); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
}
