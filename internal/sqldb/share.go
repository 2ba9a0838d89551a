package sqldb

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrInUse says that other processes use the store in a way that leaves no room for this one.
var ErrInUse = errors.New("sqldb: another process uses the store")

// inUse is the number of the advisory lock that says how a store is used.
const inUse = 0x756e696f6e

// leaving is how long a process that was killed may take to be noticed by the server.
const leaving = 5 * time.Second

// Use says how this process uses the store until release is called: alone, or shared with others that say so too. It is
// ErrInUse when those who use it already leave no room for that. On PostgreSQL the server forgets it when the process
// ends, however it ends; a server that restarts forgets all, so that it guards the start and no more. SQLite's file is
// guarded by the folder it lies in, and gives room to all.
func (d *DB) Use(ctx context.Context, alone bool) (release func() error, err error) {
	p, ok := d.engine.(*postgresDB)
	if !ok {
		return func() error { return nil }, nil
	}
	// A connection of its own: the pool closes only once all of its are given back.
	conn, err := pgx.ConnectConfig(ctx, p.pool.Config().ConnConfig)
	if err != nil {
		return nil, err
	}
	q := `SELECT pg_try_advisory_lock_shared($1)`
	if alone {
		q = `SELECT pg_try_advisory_lock($1)`
	}
	for end := time.Now().Add(leaving); ; {
		var got bool
		if err = conn.QueryRow(ctx, q, inUse).Scan(&got); err == nil && !got && time.Now().After(end) {
			err = ErrInUse
		}
		if err != nil {
			return nil, errors.Join(err, conn.Close(context.WithoutCancel(ctx)))
		}
		if got {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	// The server lets go of the lock with the connection.
	return func() error { return conn.Close(context.Background()) }, nil
}
