package sqldb

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/unionhall/unionhall/internal/fault"
)

// migrations holds one folder for each dialect, with the same numbers and names in both.
//
//go:embed migrations/sqlite/*.sql migrations/postgres/*.sql
var migrations embed.FS

// Migrate brings the schema up to what this binary knows; it does nothing when it is. Each step is a
// transaction of its own. Processes that start together on one PostgreSQL do it one after the other.
func (db *DB) Migrate(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "sqldb.Migrate(%s)", db.dialect)
	return db.engine.migrate(ctx)
}

// MigrateTo does those of the given steps that have not been done, and no other: so that what another hall kept finds the
// tables it was kept in. A step that this binary does not know is an error, before any is done.
func (db *DB) MigrateTo(ctx context.Context, steps []int64) (err error) {
	defer fault.Wrap(&err, "sqldb.MigrateTo(%s)", db.dialect)
	known := KnownSteps()
	for _, n := range steps {
		if !slices.Contains(known, n) {
			return fmt.Errorf("schema step %d is not known here: it was made by a newer unionhall; use that one, or one newer still", n)
		}
	}
	done, err := db.Steps(ctx, db)
	if err != nil {
		return err
	}
	return db.engine.migrateTo(ctx, slices.DeleteFunc(slices.Clone(steps), func(n int64) bool { return slices.Contains(done, n) }))
}

// KnownSteps are the numbers of the migrations that this binary holds, in order.
func KnownSteps() []int64 {
	entries, err := migrations.ReadDir("migrations/sqlite")
	if err != nil {
		panic("sqldb: " + err.Error()) // they are part of the binary
	}
	out := make([]int64, len(entries))
	for i, e := range entries {
		n, _, _ := strings.Cut(e.Name(), "_")
		if out[i], err = strconv.ParseInt(n, 10, 64); err != nil {
			panic("sqldb: " + err.Error())
		}
	}
	return out
}

func migrator(d goose.Dialect, folder string, on *sql.DB, opts ...goose.ProviderOption) (*goose.Provider, error) {
	sub, err := fs.Sub(migrations, "migrations/"+folder)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(d, on, sub, append(opts,
		goose.WithTableName(versionTable),
		goose.WithAllowOutofOrder(true), // each module has its own range of numbers
	)...)
}

func up(ctx context.Context, p *goose.Provider, err error) error {
	if err == nil {
		_, err = p.Up(ctx)
	}
	return err
}

func upTo(ctx context.Context, steps []int64, p *goose.Provider, err error) error {
	for _, n := range steps {
		if err == nil {
			_, err = p.ApplyVersion(ctx, n, true)
		}
	}
	return err
}
