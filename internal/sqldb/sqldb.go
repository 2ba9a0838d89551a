// Package sqldb is the hall's store of record: one SQL text per query for SQLite and PostgreSQL,
// durable updates, consistent views, and an outbox that is written in the same transaction as the
// facts it tells of.
//
// What a caller may rely on, in both dialects:
//
//   - Update returns nil only after its transaction is durable, and any error means that nothing of it
//     was kept (the one exception is named at Update).
//   - Updates are serializable: they behave as if they had run one after the other. A closure that is
//     right on SQLite, where they really do, is right on PostgreSQL.
//   - A statement that fails ends its transaction (or the Savepoint around it); what follows fails too.
//     PostgreSQL is like that, and SQLite is made to be, so that a test on SQLite finds the mistake.
//   - View sees one snapshot and never waits for a writer.
package sqldb

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
)

// Dialect says which engine stands behind a DB.
type Dialect string

// The dialects.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// Queryer reads. Placeholders are $1, $2 … numbered by first appearance. Close the rows of one query
// before the next is issued on the same Queryer: a transaction is one connection. All and One do.
type Queryer interface {
	Query(ctx context.Context, q string, args ...any) (*sql.Rows, error)
	QueryRow(ctx context.Context, q string, args ...any) *sql.Row
}

// Tx reads and writes inside one transaction. It belongs to the closure that received it: not to
// another goroutine, and not to the time after.
type Tx interface {
	Queryer
	// Exec runs one statement and says how many rows it touched.
	Exec(ctx context.Context, q string, args ...any) (rowsAffected int64, err error)
	// Emit writes events to the outbox; they are published after the commit, each at least once.
	Emit(ctx context.Context, events ...event.Event) error
}

// engine is what differs between the dialects.
type engine interface {
	Queryer
	update(ctx context.Context, fn func(*tx) error) error
	view(ctx context.Context, fn func(Queryer) error) error
	relay(ctx context.Context, limit int, publish func(context.Context, []event.Event) error) (int, error)
	migrate(ctx context.Context) error
	migrateTo(ctx context.Context, steps []int64) error
	catalogue() string
	versioned() string
	check(ctx context.Context, q Queryer, whole bool) ([]string, error)
	analyze(ctx context.Context) error
	rewrite(ctx context.Context, tables []string) error
	size(ctx context.Context) (int64, error)
	close() error
}

// DB is an open store. It is safe for concurrent use, and is itself a Queryer for single reads; reads
// that must agree with each other belong into one View.
type DB struct {
	dialect  Dialect
	engine   engine
	emitted  chan struct{}
	log      *slog.Logger
	observer Observer
	faults   Faults
}

// Option changes how a store is opened.
type Option func(*options)

type options struct {
	log      *slog.Logger
	readers  int
	slow     time.Duration
	observer Observer
	faults   Faults
}

// WithLog gives the log that slow closures and retries are told to; without it slog's default.
func WithLog(l *slog.Logger) Option { return func(o *options) { o.log = l } }

// WithConns sets how many reads run at once on SQLite, and how many connections are kept to PostgreSQL.
func WithConns(n int) Option { return func(o *options) { o.readers = n } }

// Open opens "sqlite:/path/file.db" (the file and its folder are made when missing) or
// "postgres://user@host/db". A PostgreSQL database must sort text by code point (LOCALE 'C'), as SQLite
// does, or pages would come in another order; Open refuses one that does not.
func Open(ctx context.Context, dsn string, opts ...Option) (db *DB, err error) {
	o := options{log: slog.Default(), slow: 5 * time.Second}
	for _, opt := range opts {
		opt(&o)
	}
	db = &DB{emitted: make(chan struct{}, 1), log: o.log, observer: o.observer, faults: o.faults}
	scheme, rest, _ := strings.Cut(dsn, ":")
	switch scheme {
	case "sqlite":
		defer fault.Wrap(&err, "sqldb.Open(%s)", dsn)
		db.dialect = SQLite
		db.engine, err = openSQLite(ctx, rest, o)
	case "postgres", "postgresql":
		defer fault.Wrap(&err, "sqldb.Open(postgres)") // the address may hold a password
		db.dialect = Postgres
		db.engine, err = openPostgres(ctx, dsn, o)
	default:
		return nil, fmt.Errorf("sqldb.Open: want sqlite:/path or postgres://…, have scheme %q", scheme)
	}
	if err != nil {
		return nil, err
	}
	return db, nil
}

// Close lets the updates that have begun come to their end, refuses new ones, and closes the store.
func (db *DB) Close() error { return db.engine.close() }

// Dialect says which engine this is. Only code in files named for a dialect should ask.
func (db *DB) Dialect() Dialect { return db.dialect }

// Ping reads once, for readiness checks.
func (db *DB) Ping(ctx context.Context) error {
	var one int
	return db.QueryRow(ctx, "SELECT 1").Scan(&one)
}

// Analyze lets the engine look at what the tables hold, so that it chooses its indexes well. It does so by
// itself in time; call this after a bulk load.
func (db *DB) Analyze(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "sqldb.Analyze")
	return db.engine.analyze(ctx)
}

// Rewrite writes the tables anew (SQLite the whole file), so that nothing of what was overwritten or deleted is left in
// the engine's files of data. Nobody else writes them meanwhile, and on PostgreSQL nobody reads them. Copies made before,
// PostgreSQL's log among them, are not reached.
func (db *DB) Rewrite(ctx context.Context, tables ...string) (err error) {
	defer fault.Wrap(&err, "sqldb.Rewrite")
	return db.engine.rewrite(ctx, tables)
}

// Query runs one read outside any transaction. The caller closes the rows.
func (db *DB) Query(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	return db.engine.Query(ctx, q, args...)
}

// QueryRow runs one read of at most one row outside any transaction.
func (db *DB) QueryRow(ctx context.Context, q string, args ...any) *sql.Row {
	return db.engine.QueryRow(ctx, q, args...)
}

// Update runs fn in one serializable transaction and returns nil only when its writes are durable. When
// fn returns an error or panics nothing is kept, and the caller gets that error or panic.
//
// fn may run more than once (PostgreSQL retries conflicts), so it must have no effect but through tx,
// and must set, not add to, what it hands out. It must be quick, read through tx rather than through the
// DB, and must not call Update or a Batcher: on SQLite it holds the only writer. Waiting for a turn ends
// with ctx; once fn has returned nil, the commit is seen through whatever becomes of ctx.
//
// A commit that fails gives fault.Unavailable with the cause. Nothing was kept, unless the connection or
// the disk was lost in the middle of the commit; then nobody can know, and the caller who tries again
// should do so under the same keys.
//
// Cost: on SQLite closures that arrive while another commit is under way share the next one, so that
// the price of making things durable (one fsync) is divided by up to 64; each closure alone costs its
// statements and a savepoint. On PostgreSQL each is a transaction of its own; for rows that many contend
// for, use a Batcher.
func (db *DB) Update(ctx context.Context, fn func(tx Tx) error) (err error) {
	if db.observer != nil {
		var end func(error)
		ctx, end = db.observer.Update(ctx)
		defer func() { end(err) }()
	}
	emitted := false
	err = db.engine.update(ctx, func(t *tx) error {
		defer func() { emitted = t.emitted }()
		if err := fn(t); err != nil {
			return err
		}
		return db.fault(ctx, Faults.Before)
	})
	if err == nil && emitted {
		select {
		case db.emitted <- struct{}{}:
		default: // a signal is already waiting
		}
	}
	if err == nil {
		err = db.fault(ctx, Faults.After)
	}
	return err
}

// View runs fn on one consistent snapshot, that of its first read. It never waits for writers, and holds one
// reading connection until fn returns: inside, read through q, not through the DB, or readers may come to
// wait for each other.
func (db *DB) View(ctx context.Context, fn func(q Queryer) error) error {
	return db.engine.view(ctx, fn)
}

func unavailable(cause error) error {
	return fault.New(fault.Unavailable, "fault.unavailable").Because(cause)
}
