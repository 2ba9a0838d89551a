package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/unionhall/unionhall/internal/event"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// sqliteDB is one writer and a few readers on one file.
type sqliteDB struct {
	write, read   *sql.DB
	writes, reads *statements
	log           *slog.Logger
	slow          time.Duration
	observer      Observer

	jobs   chan *job     // unbuffered: a closure is taken only when its turn has come
	closed chan struct{} // no more closures
	idle   chan struct{} // the writer has ended
	once   sync.Once
}

func openSQLite(ctx context.Context, path string, o options) (_ *sqliteDB, err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	s := &sqliteDB{
		log: o.log, slow: o.slow, observer: o.observer,
		jobs: make(chan *job), closed: make(chan struct{}), idle: make(chan struct{}),
	}
	// The writer first: it makes the file and turns it to WAL, which a reader may not.
	if s.write, err = openFile(ctx, path, 1, "_txlock=immediate"); err != nil {
		return nil, err
	}
	n := o.readers
	if n <= 0 {
		n = 8 // enough to hide waits for the disk; more would only share the same cores
	}
	if s.read, err = openFile(ctx, path, n, "_query_only=1"); err != nil {
		return nil, errors.Join(err, s.write.Close())
	}
	s.writes, s.reads = newStatements(s.write), newStatements(s.read)
	go s.serve()
	return s, nil
}

// openFile opens a pool of n connections that live as long as the store: opening one costs more than
// most queries.
func openFile(ctx context.Context, path string, n int, extra string) (*sql.DB, error) {
	dsn := (&url.URL{Scheme: "file", Path: path}).String() + "?" + pragmas + "&" + extra
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

const pragmas = "_defensive=1" + // no statement may write the file's own structure
	"&_dqs=0" + // "x" is a name, as in PostgreSQL, never a text
	"&_busy_timeout=10000" + // another process (a backup, a migration) may hold the lock for a while
	"&_journal_mode=WAL" + // readers and the writer do not wait for each other
	"&_synchronous=FULL" + // a commit is on disk when it returns; NORMAL would lose the last ones with the power
	"&_foreign_keys=1" +
	"&_pragma=temp_store(MEMORY)" + // sorting needs no file
	"&_pragma=mmap_size(1073741824)" + // reads from the system's page cache without a copy: half the time, once shared by all
	"&_pragma=cache_size(-16384)" + // 16 MB a connection, for what changes and for what the WAL holds
	"&_pragma=wal_autocheckpoint(4000)" + // 16 MB: a checkpoint costs two fsyncs in a commit's path, so not every 4 MB
	"&_pragma=journal_size_limit(67108864)" // a WAL that one long reader let grow gives its disk back

func (s *sqliteDB) migrate(ctx context.Context) error {
	p, err := migrator(goose.DialectSQLite3, "sqlite", s.write)
	return up(ctx, p, err)
}

func (s *sqliteDB) migrateTo(ctx context.Context, steps []int64) error {
	p, err := migrator(goose.DialectSQLite3, "sqlite", s.write)
	return upTo(ctx, steps, p, err)
}

// size is that of the file; its log adds at most what journal_size_limit says.
func (s *sqliteDB) size(ctx context.Context) (n int64, err error) {
	return n, s.QueryRow(ctx, `SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()`).Scan(&n)
}

// analyze looks only at tables that have changed much, and at no more than some hundred rows of each index.
func (s *sqliteDB) analyze(ctx context.Context) error {
	_, err := s.write.ExecContext(ctx, "PRAGMA optimize=0x10012")
	return err
}

// rewrite makes its copy in a file rather than in memory, as large as the store is, and then empties the WAL, which holds
// pages of before.
func (s *sqliteDB) rewrite(ctx context.Context, _ []string) error {
	for _, q := range []string{"PRAGMA temp_store=FILE", "VACUUM", "PRAGMA temp_store=MEMORY"} {
		if _, err := s.write.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	var busy, log, done int
	if err := s.write.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &log, &done); err != nil {
		return err
	}
	if busy != 0 {
		return unavailable(errors.New("a reader keeps the WAL from being emptied"))
	}
	return nil
}

func (s *sqliteDB) close() error {
	s.once.Do(func() { close(s.closed) })
	<-s.idle
	return errors.Join(s.reads.close(), s.writes.close(), s.read.Close(), s.write.Close())
}

func (s *sqliteDB) Query(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	count(ctx, q)
	if st := s.reads.get(ctx, q); st != nil {
		return st.QueryContext(ctx, bind(args)...)
	}
	return s.read.QueryContext(ctx, q, bind(args)...)
}

func (s *sqliteDB) QueryRow(ctx context.Context, q string, args ...any) *sql.Row {
	count(ctx, q)
	if st := s.reads.get(ctx, q); st != nil {
		return st.QueryRowContext(ctx, bind(args)...)
	}
	return s.read.QueryRowContext(ctx, q, bind(args)...)
}

func (s *sqliteDB) view(ctx context.Context, fn func(Queryer) error) error {
	// A transaction of SQLite takes its snapshot at the first read and keeps it.
	on, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	run := &sqliteRunner{on: on, cache: s.reads, cancellable: true}
	t := &tx{run: run, observer: s.observer}
	defer func() {
		t.ended = true
		_ = on.Rollback() // it read only
		run.learn()
	}()
	return fn(t)
}

func (s *sqliteDB) relay(ctx context.Context, limit int, publish func(context.Context, []event.Event) error) (int, error) {
	events, err := All(ctx, s, scanEvent, outboxWaiting, limit)
	if err != nil || len(events) == 0 {
		return 0, err
	}
	if err := publish(ctx, events); err != nil {
		return 0, err
	}
	// What has been published should be marked even when the hall is closing.
	ctx = context.WithoutCancel(ctx)
	if err := s.update(ctx, func(t *tx) error { return markPublished(ctx, t, events) }); err != nil {
		return 0, err
	}
	return len(events), nil
}

func isUniqueSQLite(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) &&
		(e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

// isFatalSQLite reports the errors after which SQLite may have rolled the whole transaction back. What
// follows would run outside of it, each statement for itself.
func isFatalSQLite(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_BUSY,
		sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return true
	}
	return false
}
