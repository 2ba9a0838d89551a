package sqldb

import (
	"context"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
)

// Observer is told of what a store does. It must be quick and safe for concurrent use, and hears no arguments.
type Observer interface {
	// Statement is told that a statement begins, by its text; what it returns is called once, with the statement's error,
	// when All, One or Exec has ended with it.
	Statement(ctx context.Context, text string) (end func(error))
	// Update is told that a closure waits for its turn; the closure runs with the context that it returns. end is called
	// when the closure's writes are durable, or nothing of them was kept.
	Update(ctx context.Context) (_ context.Context, end func(error))
}

// WithObserver gives the store somebody to tell.
func WithObserver(o Observer) Option { return func(opts *options) { opts.observer = o } }

// watched is a Queryer that knows who is told.
type watched interface{ watch() Observer }

func (db *DB) watch() Observer { return db.observer }

func (t *tx) watch() Observer { return t.observer }

func untold(error) {}

// observe begins a statement on q and gives what ends it.
func observe(ctx context.Context, q Queryer, text string) func(error) {
	if w, ok := q.(watched); ok {
		if o := w.watch(); o != nil {
			return o.Statement(ctx, text)
		}
	}
	return untold
}

// Waiting is what has not been handed on from a table of things to do.
type Waiting struct {
	Count  int
	Oldest time.Time // zero when nothing waits
}

// ScanWaiting reads a count and the oldest time.
func ScanWaiting(s Scanner) (w Waiting, err error) {
	return w, s.Scan(&w.Count, (*Time)(&w.Oldest))
}

// Outbox says what waits to be published.
func (db *DB) Outbox(ctx context.Context) (_ Waiting, err error) {
	defer fault.Wrap(&err, "sqldb.Outbox")
	return One(ctx, db, ScanWaiting, `SELECT count(*), coalesce(min(at), 0) FROM sqldb_outbox WHERE published_at = 0`)
}

// Size says how many bytes the store takes on its disk: SQLite's file, or PostgreSQL's database.
func (db *DB) Size(ctx context.Context) (_ int64, err error) {
	defer fault.Wrap(&err, "sqldb.Size")
	return db.engine.size(ctx)
}
