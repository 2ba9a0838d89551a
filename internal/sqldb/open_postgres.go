package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
)

type postgresDB struct {
	pool     *pgxpool.Pool
	db       *sql.DB
	log      *slog.Logger
	observer Observer
}

func openPostgres(ctx context.Context, dsn string, o options) (_ *postgresDB, err error) {
	cfg, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, errors.New("the address cannot be read") // pgx's error may quote the password
	}
	if o.readers > 0 {
		cfg.MaxConns = int32(o.readers)
	} else {
		cfg.MaxConns = max(cfg.MaxConns, 16)
	}
	if cfg.ConnConfig.RuntimeParams["application_name"] == "" {
		cfg.ConnConfig.RuntimeParams["application_name"] = "unionhall"
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, err
	}
	p := &postgresDB{pool: pool, db: stdlib.OpenDBFromPool(pool), log: o.log, observer: o.observer}
	var byLanguage bool
	if err = p.QueryRow(ctx, `SELECT 'a' < 'B'`).Scan(&byLanguage); err == nil && byLanguage {
		err = errors.New("the database sorts text by language; make it with CREATE DATABASE … LOCALE 'C' TEMPLATE template0")
	}
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

func (p *postgresDB) close() error {
	err := p.db.Close()
	p.pool.Close()
	return err
}

func (p *postgresDB) size(ctx context.Context) (n int64, err error) {
	return n, p.QueryRow(ctx, `SELECT pg_database_size(current_database())`).Scan(&n)
}

func (p *postgresDB) migrate(ctx context.Context) error {
	m, err := p.migrator()
	return up(ctx, m, err)
}

func (p *postgresDB) migrateTo(ctx context.Context, steps []int64) error {
	m, err := p.migrator()
	return upTo(ctx, steps, m, err)
}

func (p *postgresDB) migrator() (*goose.Provider, error) {
	// Asked for every second, for five minutes: another node may have a long step to do.
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
	if err != nil {
		return nil, err
	}
	return migrator(goose.DialectPostgres, "postgres", p.db, goose.WithSessionLocker(locker))
}

func (p *postgresDB) analyze(ctx context.Context) error {
	_, err := p.db.ExecContext(ctx, "ANALYZE")
	return err
}

func (p *postgresDB) rewrite(ctx context.Context, tables []string) error {
	for _, t := range tables {
		if _, err := p.db.ExecContext(ctx, "VACUUM (FULL, ANALYZE) "+t); err != nil {
			return err
		}
	}
	return nil
}

func (p *postgresDB) Query(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	count(ctx, q)
	return p.db.QueryContext(ctx, q, bind(args)...)
}

func (p *postgresDB) QueryRow(ctx context.Context, q string, args ...any) *sql.Row {
	count(ctx, q)
	return p.db.QueryRowContext(ctx, q, bind(args)...)
}

func (p *postgresDB) view(ctx context.Context, fn func(Queryer) error) error {
	on, err := p.db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return err
	}
	t := &tx{run: postgresRunner{on}, observer: p.observer}
	defer func() {
		t.ended = true
		_ = on.Rollback() // it read only
	}()
	return fn(t)
}

// tries bounds how often a conflict is tried again. With the pauses below that is about two seconds.
const tries = 12

// update runs fn in a SERIALIZABLE transaction. SQLite's writer is serial, so closures are written and
// tested as if alone; repeatable read would let two of them each read what the other is about to change
// (two engagements for a master's last free day) and only PostgreSQL would show it.
func (p *postgresDB) update(ctx context.Context, fn func(*tx) error) error {
	for try := 1; ; try++ {
		conflict, err := p.once(ctx, fn)
		if !conflict {
			return err
		}
		if try == tries {
			p.log.Warn("sqldb: given up after conflicts", "tries", try, "err", err)
			return unavailable(err)
		}
		// Pauses grow and differ, so that those who collided do not collide again.
		pause := time.Duration(rand.Int64N(int64(time.Millisecond) << min(try, 9)))
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (p *postgresDB) once(ctx context.Context, fn func(*tx) error) (conflict bool, err error) {
	err = p.within(ctx, sql.LevelSerializable, func(t *tx) error {
		err := t.verdict(fn(t))
		if t.retry != nil {
			return t.retry
		}
		if err == nil {
			err = ctx.Err()
		}
		return err
	})
	return isConflict(err), err
}

// within runs fn in a transaction and commits it when fn returns nil. The transaction itself does not end
// with ctx, only its statements do: a COMMIT that was cut off would leave the caller not knowing.
func (p *postgresDB) within(ctx context.Context, level sql.IsolationLevel, fn func(*tx) error) error {
	conn, err := p.db.Conn(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return unavailable(err)
	}
	defer conn.Close()
	on, err := conn.BeginTx(context.WithoutCancel(ctx), &sql.TxOptions{Isolation: level})
	if err != nil {
		return unavailable(err)
	}
	t := &tx{run: postgresRunner{on}, observer: p.observer}
	defer func() {
		t.ended = true
		_ = on.Rollback() // nothing after Commit; a connection that cannot even roll back is closed
	}()
	if err := fn(t); err != nil {
		if isLost(err) && fault.CodeOf(err) == fault.Internal {
			return unavailable(err)
		}
		return err
	}
	if err := on.Commit(); err != nil {
		return unavailable(err)
	}
	return nil
}

func (p *postgresDB) relay(ctx context.Context, limit int, publish func(context.Context, []event.Event) error) (n int, err error) {
	// Read committed: rows another relay has locked are passed over, those it has just marked are not
	// seen. Nothing else is read, so there is nothing to serialize.
	err = p.within(ctx, sql.LevelReadCommitted, func(t *tx) error {
		events, err := All(ctx, t, scanEvent, outboxWaiting+` FOR UPDATE SKIP LOCKED`, limit)
		if err != nil || len(events) == 0 {
			return err
		}
		if err := publish(ctx, events); err != nil {
			return err
		}
		n = len(events)
		// What has been published should be marked even when the hall is closing.
		return markPublished(context.WithoutCancel(ctx), t, events)
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

type postgresRunner struct{ on *sql.Tx }

func (r postgresRunner) exec(ctx context.Context, q string, args []any) (sql.Result, error) {
	return r.on.ExecContext(ctx, q, args...)
}

func (r postgresRunner) query(ctx context.Context, q string, args []any) (*sql.Rows, error) {
	return r.on.QueryContext(ctx, q, args...)
}

func (r postgresRunner) queryRow(ctx context.Context, q string, args []any) *sql.Row {
	return r.on.QueryRowContext(ctx, q, args...)
}

func isUniquePostgres(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == "23505"
}

// isLost reports a connection that went away: the server restarts, the network fails.
func isLost(err error) bool {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return strings.HasPrefix(e.Code, "57P") || strings.HasPrefix(e.Code, "08")
	}
	var n net.Error
	return errors.As(err, &n) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.ErrUnexpectedEOF)
}

// isConflict reports a transaction that PostgreSQL ended for another's sake: serialization failure,
// deadlock. Run again it may pass.
func isConflict(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == "40001" || e.Code == "40P01")
}
