package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// sqliteRunner issues the statements of one transaction.
type sqliteRunner struct {
	on          *sql.Tx
	cache       *statements
	mine        map[string]*sql.Stmt // the cache's statements, bound to this transaction
	unknown     []string             // texts the cache has not seen
	cancellable bool
}

// context is what SQLite sees of the caller's. A write is never interrupted: SQLite would roll back the
// whole transaction, and with it the closures of others that share the commit. tx looks at the caller's
// context before each statement instead.
func (r *sqliteRunner) context(ctx context.Context) context.Context {
	if r.cancellable {
		return ctx
	}
	return context.Background()
}

// prepared gives the statement for q, or nil where it should run as text. To prepare takes a connection,
// and the writer has only the one that this transaction holds: learn does it afterwards.
func (r *sqliteRunner) prepared(q string) *sql.Stmt {
	if st := r.mine[q]; st != nil {
		return st
	}
	st, full := r.cache.peek(q)
	if st == nil {
		if !full {
			r.unknown = append(r.unknown, q)
		}
		return nil
	}
	if r.mine == nil {
		r.mine = make(map[string]*sql.Stmt)
	}
	st = r.on.StmtContext(context.Background(), st)
	r.mine[q] = st
	return st
}

// learn prepares the texts that were new, for the next transaction. The transaction must have ended.
func (r *sqliteRunner) learn() {
	for _, q := range r.unknown {
		r.cache.get(context.Background(), q)
	}
}

func (r *sqliteRunner) exec(ctx context.Context, q string, args []any) (sql.Result, error) {
	ctx = r.context(ctx)
	if st := r.prepared(q); st != nil {
		return st.ExecContext(ctx, args...)
	}
	return r.on.ExecContext(ctx, q, args...)
}

func (r *sqliteRunner) query(ctx context.Context, q string, args []any) (*sql.Rows, error) {
	ctx = r.context(ctx)
	if st := r.prepared(q); st != nil {
		return st.QueryContext(ctx, args...)
	}
	return r.on.QueryContext(ctx, q, args...)
}

func (r *sqliteRunner) queryRow(ctx context.Context, q string, args []any) *sql.Row {
	ctx = r.context(ctx)
	if st := r.prepared(q); st != nil {
		return st.QueryRowContext(ctx, args...)
	}
	return r.on.QueryRowContext(ctx, q, args...)
}

// statements keeps prepared statements: parsing a query costs SQLite as much as running a small one.
// The hall's texts are constant but for the lengths of their lists, so the cache is bounded and never
// evicts; what comes after the bound is parsed each time.
type statements struct {
	db *sql.DB
	mu sync.RWMutex
	by map[string]*sql.Stmt
}

const maxStatements = 1000

func newStatements(db *sql.DB) *statements {
	return &statements{db: db, by: make(map[string]*sql.Stmt)}
}

func (c *statements) peek(q string) (st *sql.Stmt, full bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.by[q], len(c.by) >= maxStatements
}

// get gives a prepared statement, or nil where the query should run as text: when the cache is full, or
// when it cannot be prepared and running it will say why.
func (c *statements) get(ctx context.Context, q string) *sql.Stmt {
	st, full := c.peek(q)
	if st != nil || full {
		return st
	}
	st, err := c.db.PrepareContext(ctx, q)
	if err != nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if other := c.by[q]; other != nil {
		_ = st.Close() // somebody else was quicker
		return other
	}
	c.by[q] = st
	return st
}

// close frees the statements.
func (c *statements) close() (err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, st := range c.by {
		err = errors.Join(err, st.Close())
	}
	clear(c.by)
	return err
}
