package sqldb_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

// failing fails as it is told.
type failing struct{ before, after error }

func (f *failing) Before(context.Context) error { return f.before }
func (f *failing) After(context.Context) error  { return f.after }

// Failed, and failed but persisted: the caller gets the same error, and what is in the store differs.
func TestFaults(t *testing.T) {
	full, cut := errors.New("full"), errors.New("cut")
	for name, open := range map[string]func(testing.TB, ...sqldb.Option) *sqldb.DB{"sqlite": sqldbtest.SQLite, "postgres": sqldbtest.Postgres} {
		t.Run(name, func(t *testing.T) {
			f := &failing{}
			db := open(t, sqldb.WithFaults(f))
			emitted := func() int {
				n, err := sqldb.One(ctx, db, sqldb.Value[int], `SELECT count(*) FROM sqldb_outbox`)
				sound(t, err)
				return n
			}
			for _, c := range []struct {
				failing
				cause error
				there int
			}{{failing{}, nil, 1}, {failing{before: full}, full, 1}, {failing{after: cut}, cut, 2}, {failing{}, nil, 3}} {
				*f = c.failing
				err := db.Update(ctx, func(tx sqldb.Tx) error { return tx.Emit(ctx, event.New("test.thing.made", time.Now(), nil)) })
				if !errors.Is(err, c.cause) || c.cause != nil && !fault.Is(err, fault.Unavailable) {
					t.Errorf("%+v: %v", c, err)
				}
				if n := emitted(); n != c.there {
					t.Errorf("%+v: %d rows", c, n)
				}
			}
		})
	}
}
