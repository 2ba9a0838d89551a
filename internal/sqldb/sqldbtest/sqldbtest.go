// Package sqldbtest gives tests a fresh, migrated store in either dialect.
package sqldbtest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/unionhall/unionhall/internal/sqldb"
)

// Each runs fn once on a fresh SQLite file and once on a fresh PostgreSQL database, as subtests named
// for the dialect.
func Each(t *testing.T, fn func(t *testing.T, db *sqldb.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { fn(t, Postgres(t)) })
}

// SQLite is a fresh migrated file, gone when the test ends.
func SQLite(t testing.TB, opts ...sqldb.Option) *sqldb.DB {
	t.Helper()
	return open(t, SQLiteDSN(t), opts)
}

// Postgres is a fresh migrated database in this process's own cluster.
func Postgres(t testing.TB, opts ...sqldb.Option) *sqldb.DB {
	t.Helper()
	return open(t, PostgresDSN(t), append([]sqldb.Option{sqldb.WithConns(16)}, opts...))
}

func open(t testing.TB, dsn string, opts []sqldb.Option) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(context.Background(), dsn, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// template is the migrated SQLite file that every test starts from a copy of.
var template = sync.OnceValues(func() (file []byte, err error) {
	dir, err := os.MkdirTemp("", "unionhall-sqlite-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "template.db")
	if err := migrated("sqlite:" + path); err != nil {
		return nil, err
	}
	return os.ReadFile(path) // closing the last connection has moved the WAL into it
})

func migrated(dsn string) error {
	db, err := sqldb.Open(context.Background(), dsn)
	if err != nil {
		return err
	}
	if err := db.Migrate(context.Background()); err != nil {
		_ = db.Close()
		return err
	}
	return db.Close()
}

// SQLiteDSN is the address of a fresh migrated file.
func SQLiteDSN(t testing.TB) string {
	t.Helper()
	file, err := template()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "hall.db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

var databases atomic.Int64

// PostgresDSN is the address of a fresh migrated database. The cluster behind it starts with the first
// call and ends with the process; it does not wait for the disk.
func PostgresDSN(t testing.TB) string {
	t.Helper()
	return fresh(t, "hall")
}

// EmptyPostgresDSN is the address of a fresh database without any table, for tests of the migrations.
func EmptyPostgresDSN(t testing.TB) string {
	t.Helper()
	return fresh(t, "template0")
}

// LocalePostgresDSN is the address of a fresh database that sorts text by the rules of a language, which
// the hall refuses.
func LocalePostgresDSN(t testing.TB, language string) string {
	t.Helper()
	return fresh(t, "template0 LOCALE_PROVIDER icu ICU_LOCALE '"+language+"'")
}

func fresh(t testing.TB, template string) string {
	t.Helper()
	c, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("test%d", databases.Add(1))
	if err := c.admin("CREATE DATABASE " + name + " TEMPLATE " + template); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.admin("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return c.dsn(name)
}
