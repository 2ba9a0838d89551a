package sqldb

import (
	"context"
	"database/sql"
	"embed"
	"io/fs"

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

func migrateUp(ctx context.Context, d goose.Dialect, folder string, on *sql.DB, opts ...goose.ProviderOption) error {
	sub, err := fs.Sub(migrations, "migrations/"+folder)
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(d, on, sub, append(opts,
		goose.WithTableName("sqldb_version"),
		goose.WithAllowOutofOrder(true), // each module has its own range of numbers
	)...)
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}
