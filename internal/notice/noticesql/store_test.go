package noticesql_test

import (
	"context"
	"testing"

	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/notice/noticesql"
	"github.com/unionhall/unionhall/internal/notice/noticetest"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

func TestStore(t *testing.T) {
	for name, open := range map[string]func(*testing.T) *sqldb.DB{
		"sqlite":   func(t *testing.T) *sqldb.DB { return sqldbtest.SQLite(t) },
		"postgres": func(t *testing.T) *sqldb.DB { return sqldbtest.Postgres(t) },
	} {
		t.Run(name, func(t *testing.T) {
			noticetest.Run(t, func(t *testing.T) noticetest.Harness {
				db := open(t)
				return noticetest.Harness{Store: noticesql.New(db), Emitted: func(t *testing.T) (all []event.Event) {
					t.Helper()
					for {
						n, err := db.RelayOutbox(context.Background(), 100, func(_ context.Context, es []event.Event) error {
							all = append(all, es...)
							return nil
						})
						if err != nil {
							t.Fatal(err)
						}
						if n == 0 {
							return all
						}
					}
				}}
			})
		})
	}
}

// The bell is on every page: it may cost one statement.
func TestUnreadIsOneStatement(t *testing.T) {
	store := noticesql.New(sqldbtest.SQLite(t))
	ctx, count := sqldb.CountQueries(context.Background())
	if _, err := store.Unread(ctx, "p1"); err != nil || count.N() != 1 {
		t.Fatal(count.Texts(), err)
	}
}
