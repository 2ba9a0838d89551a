package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/unionhall/unionhall/internal/event"
)

// runner issues statements on one connection, in one transaction.
type runner interface {
	exec(ctx context.Context, q string, args []any) (sql.Result, error)
	query(ctx context.Context, q string, args []any) (*sql.Rows, error)
	queryRow(ctx context.Context, q string, args []any) *sql.Row
}

// tx is the Tx of both dialects: it counts, and it ends with its closure and with its first failure.
type tx struct {
	run      runner
	failed   error // a statement failed: the rest is refused until the savepoint around it is rolled back
	broken   error // the whole transaction is lost, savepoints and all
	retry    error // a conflict: the whole transaction must be run again
	depth    int   // savepoints open
	wrote    bool  // something may have been written since this was last cleared
	ended    bool
	emitted  bool
	observer Observer
}

var (
	errEnded  = errors.New("sqldb: the transaction has ended")
	errFailed = errors.New("sqldb: an earlier statement of this transaction failed")
)

func (t *tx) usable(ctx context.Context) error {
	switch {
	case t.ended:
		return errEnded
	case t.broken != nil:
		return t.broken
	case t.retry != nil: // whatever else is done here will be done again
		return t.retry
	case t.failed != nil:
		return fmt.Errorf("%w: %w", errFailed, t.failed)
	}
	if err := ctx.Err(); err != nil {
		t.failed = err
		return err
	}
	return nil
}

// fail notes what a statement's error means for the rest of the transaction.
func (t *tx) fail(err error) {
	if err == nil {
		return
	}
	t.failed = err
	if isConflict(err) {
		t.retry = err
	}
	if isFatalSQLite(err) {
		t.broken = err
	}
}

func (t *tx) Exec(ctx context.Context, q string, args ...any) (int64, error) {
	if err := t.usable(ctx); err != nil {
		return 0, err
	}
	count(ctx, q)
	end := observe(ctx, t, q)
	res, err := t.run.exec(ctx, q, bind(args))
	end(err)
	if err != nil {
		t.fail(err)
		return 0, err
	}
	n, err := res.RowsAffected()
	t.wrote = t.wrote || n != 0 || err != nil
	return n, err
}

func (t *tx) Query(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	if err := t.usable(ctx); err != nil {
		return nil, err
	}
	count(ctx, q)
	t.wrote = t.wrote || !reads(q)
	rows, err := t.run.query(ctx, q, bind(args))
	t.fail(err)
	return rows, err
}

func (t *tx) QueryRow(ctx context.Context, q string, args ...any) *sql.Row {
	if err := t.usable(ctx); err != nil {
		return rowError(ctx, err)
	}
	count(ctx, q)
	t.wrote = t.wrote || !reads(q)
	row := t.run.queryRow(ctx, q, bind(args))
	t.fail(row.Err())
	return row
}

// reads reports a query that surely only reads; INSERT … RETURNING and WITH … UPDATE come as queries too.
func reads(q string) bool {
	q = strings.TrimLeft(q, " \t\n")
	return len(q) > 6 && strings.EqualFold(q[:6], "SELECT")
}

func (t *tx) Emit(ctx context.Context, events ...event.Event) error {
	if len(events) == 0 {
		return nil
	}
	if err := insertOutbox(ctx, t, events); err != nil {
		return err
	}
	t.emitted = true
	return nil
}

// verdict is what becomes of the transaction after its closure returned err.
func (t *tx) verdict(err error) error {
	switch {
	case err != nil:
		return err
	case t.broken != nil:
		return t.broken
	case t.retry != nil:
		return t.retry
	case t.failed != nil: // the closure ignored it; PostgreSQL would roll back at COMMIT
		return fmt.Errorf("%w: %w", errFailed, t.failed)
	}
	return nil
}

// Savepoint runs fn so that its writes can be undone alone: when fn fails or panics what it wrote is
// rolled back, the error is returned, and the transaction goes on. It is the one way to try a statement
// that may fail (a unique key, say) and continue. tx must come from this package. Cost: two statements.
func Savepoint(ctx context.Context, tx Tx, fn func() error) error { return asTx(tx).savepoint(ctx, fn) }

func asTx(t Tx) *tx {
	own, ok := t.(*tx)
	if !ok {
		panic(fmt.Sprintf("sqldb: %T is not a transaction of this package", t))
	}
	return own
}

func (t *tx) savepoint(ctx context.Context, fn func() error) (err error) {
	if err := t.usable(ctx); err != nil {
		return err
	}
	t.depth++
	defer func() { t.depth-- }()
	name := fmt.Sprintf("nested%d", t.depth)
	emitted := t.emitted
	if err := t.control(ctx, "SAVEPOINT "+name); err != nil {
		return err
	}
	done := false
	defer func() {
		if done && err == nil {
			err = t.control(ctx, "RELEASE SAVEPOINT "+name)
			return
		}
		t.emitted = emitted
		if t.broken == nil {
			t.failed = nil
			if e := t.control(ctx, "ROLLBACK TO SAVEPOINT "+name); e == nil {
				_ = t.control(ctx, "RELEASE SAVEPOINT "+name) // its failure is kept in t
			}
		}
		if isConflict(err) { // from a Scan, which the transaction does not see
			t.retry = err
		}
		if t.retry != nil && err == nil {
			err = t.retry
		}
	}()
	err = t.verdict(fn())
	done = true
	return err
}

// control issues a statement of the transaction's own; when even that fails the transaction is lost.
func (t *tx) control(ctx context.Context, q string) error {
	if _, err := t.run.exec(context.WithoutCancel(ctx), q, nil); err != nil {
		t.fail(err)
		t.broken = err
		return err
	}
	return nil
}
