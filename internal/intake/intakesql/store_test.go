package intakesql_test

import (
	"context"
	"testing"

	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/intake/intakesql"
	"github.com/unionhall/unionhall/internal/intake/intaketest"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

func TestStore(t *testing.T) {
	for name, open := range map[string]func(testing.TB, ...sqldb.Option) *sqldb.DB{"sqlite": sqldbtest.SQLite, "postgres": sqldbtest.Postgres} {
		t.Run(name, func(t *testing.T) {
			intaketest.Conform(t, func(t *testing.T) intaketest.Opened {
				db := open(t)
				return intaketest.Opened{Store: intakesql.New(db), Events: func(t *testing.T) (out []event.Event) {
					_, err := db.RelayOutbox(t.Context(), 100, func(_ context.Context, list []event.Event) error {
						out = append(out, list...)
						return nil
					})
					if err != nil {
						t.Fatal(err)
					}
					return out
				}}
			})
		})
	}
}
