package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/unionhall/unionhall/internal/event"
)

type postgresDB struct {
	pool *pgxpool.Pool
	db   *sql.DB
	log  *slog.Logger
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
	p := &postgresDB{pool: pool, db: stdlib.OpenDBFromPool(pool), log: o.log}
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

func (p *postgresDB) migrate(ctx context.Context) error {
	// Asked for every second, for five minutes: another node may have a long step to do.
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
	if err != nil {
		return err
	}
	return migrateUp(ctx, goose.DialectPostgres, "postgres", p.db, goose.WithSessionLocker(locker))
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
	t := &tx{run: postgresRunner{on}}
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
	// The transaction itself does not end with ctx, only its statements do: a COMMIT that was cut off
	// would leave the caller not knowing.
	conn, err := p.db.Conn(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		return false, unavailable(err)
	}
	defer conn.Close()
	on, err := conn.BeginTx(context.WithoutCancel(ctx), &sql.TxOptions{Isolation: sql.LevelSerializable})
	if err != nil {
		return false, unavailable(err)
	}
	t := &tx{run: postgresRunner{on}}
	finished := false
	defer func() {
		t.ended = true
		if !finished {
			_ = on.Rollback() // fn failed or panicked; a connection that cannot even roll back is closed
		}
	}()
	err = t.verdict(fn(t))
	if t.retry != nil {
		return true, t.retry
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return false, err
	}
	finished = true
	if err = on.Commit(); err != nil {
		if isConflict(err) {
			return true, err
		}
		return false, unavailable(err)
	}
	return false, nil
}

func (p *postgresDB) relay(ctx context.Context, limit int, publish func(context.Context, []event.Event) error) (int, error) {
	// Read committed: rows another relay has locked are passed over, those it has just marked are not
	// seen. Nothing else is read, so there is nothing to serialize.
	on, err := p.db.BeginTx(context.WithoutCancel(ctx), &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return 0, err
	}
	t := &tx{run: postgresRunner{on}}
	defer func() { _ = on.Rollback() }() // does nothing after Commit
	events, err := All(ctx, t, scanEvent, outboxWaiting+` FOR UPDATE SKIP LOCKED`, limit)
	if err != nil || len(events) == 0 {
		return 0, err
	}
	if err := publish(ctx, events); err != nil {
		return 0, err
	}
	if err := markPublished(context.WithoutCancel(ctx), t.Exec, events); err != nil {
		return 0, err
	}
	return len(events), on.Commit()
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

// isConflict reports a transaction that PostgreSQL ended for another's sake: serialization failure,
// deadlock. Run again it may pass.
func isConflict(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == "40001" || e.Code == "40P01")
}
