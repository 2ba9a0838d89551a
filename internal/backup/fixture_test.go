package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/blob"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

var ctx = context.Background()

func init() { partSize = 16 << 10 }

var engines = map[string]func(t testing.TB) string{"sqlite": sqldbtest.SQLiteDSN, "postgres": sqldbtest.PostgresDSN}

func open(t testing.TB, dsn string) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(ctx, dsn, sqldb.WithConns(4))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // closed before, where a test restores into it
	return db
}

func shelf(t testing.TB, dir string) blob.Store {
	t.Helper()
	s, err := blob.Folder(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func put(t testing.TB, s blob.Store, text string) string {
	t.Helper()
	ref, err := s.Put(ctx, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return ref.Hash
}

func exec(t testing.TB, db *sqldb.DB, q string, args ...any) {
	t.Helper()
	err := db.Update(ctx, func(tx sqldb.Tx) error { _, err := tx.Exec(ctx, q, args...); return err })
	if err != nil {
		t.Fatal(err)
	}
}

// peculiar fills tables with what engines like to treat differently, and more rows than one part holds.
func peculiar(t testing.TB, db *sqldb.DB, files blob.Store) {
	t.Helper()
	drawing := put(t, files, "a drawing")
	put(t, files, "a drawing that no row names")
	long := strings.Repeat("薄壁件车削变形。", 100)
	err := db.Update(ctx, func(tx sqldb.Tx) error {
		var errs []error
		insert := func(q string, args ...any) { _, err := tx.Exec(ctx, q, args...); errs = append(errs, err) }
		for i, text := range []string{"", "a", "B", "_", "é", "工", "😀", "\"\\\n\t\x01<&>", "ﬀ", "zz "} {
			insert(`INSERT INTO hall_union (id, parent_id, level, code, path, name_zh, name_en, kind, lat, lng, created_at)
				VALUES ($1, $2, $3, $4, $5, $6, '', '', $7, $8, $9)`, "id-"+text, text, i-5, text, text, text,
				[]float64{0, 0.1, -1, 1e21, 1.0 / 3, 5e-324, math.Copysign(0, -1), 24, 1e-7, 123456789.125}[i], float64(i), int64(i)<<60-1<<62)
			insert(`INSERT INTO hall_password (person_id, hash, handed_out) VALUES ($1, 'x', $2)`, text, i%2 == 0)
		}
		insert(`INSERT INTO exchange_message (need_id, engagement_id, id, author_id, side, body, files, at)
			VALUES ('n', 'e', 'm', '', '', '', $1, 0)`, fmt.Sprintf(`[{"id":"1","hash":"%s"}]`, drawing))
		for i := range 24 {
			insert(`INSERT INTO exchange_kind (id, version, doc, updated_at) VALUES ($1, 0, $2, 0)`, fmt.Sprint("kind", i), long)
		}
		return errors.Join(errs...)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// copied is a hall with its backup.
type copied struct {
	db      *sqldb.DB
	files   blob.Store
	path    string
	archive Archive
}

func copyOf(t testing.TB, dsn string) copied {
	t.Helper()
	c := copied{db: open(t, dsn), files: shelf(t, t.TempDir()), path: filepath.Join(t.TempDir(), "hall.tar.zst")}
	peculiar(t, c.db, c.files)
	c.make(t)
	return c
}

func (c *copied) make(t testing.TB) {
	t.Helper()
	a, err := Make(ctx, Order{Store: c.db, Contents: c.files, Out: c.path, Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	c.archive = a
}

// into restores into a folder and a store; wrap may stand between the store and the restore.
func into(path, dir, dsn string, wrap func(Target, Shelf) (Target, Shelf)) (Archive, error) {
	return Restore(ctx, Return{Archive: path, Dir: dir, Keys: filepath.Join(dir, "keys"),
		Open: func(ctx context.Context) (Target, Shelf, io.Closer, error) {
			db, err := sqldb.Open(ctx, dsn, sqldb.WithConns(4))
			if err != nil {
				return nil, nil, nil, err
			}
			files, err := blob.Folder(filepath.Join(dir, "files"))
			if err != nil {
				return nil, nil, nil, err
			}
			if wrap == nil {
				return db, files, db, nil
			}
			to, shelf := wrap(db, files)
			return to, shelf, db, nil
		}})
}

// sameHall compares a store and a folder with an archive.
func sameHall(t *testing.T, a Archive, dsn, files string) {
	t.Helper()
	have, err := Sums(ctx, open(t, dsn))
	if err != nil {
		t.Fatal(err)
	}
	if table := differ(have, a.Manifest.Sums); table != "" || len(have) != len(a.Manifest.Sums) {
		t.Errorf("table %s differs: %v, not %v", table, have, a.Manifest.Sums)
	}
	n := int64(0)
	err = shelf(t, files).List(ctx, func(blob.Ref) error { n++; return nil })
	if err != nil || n != a.Manifest.Files.Count || n == 0 {
		t.Errorf("%d files, not %d, %v", n, a.Manifest.Files.Count, err)
	}
}

func leftovers(t *testing.T, dir string) (out []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}
