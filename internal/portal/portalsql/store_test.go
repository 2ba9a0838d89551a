package portalsql_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/unionhall/unionhall/internal/portal"
	"github.com/unionhall/unionhall/internal/portal/portalsql"
	"github.com/unionhall/unionhall/internal/portal/portaltest"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

func TestStore(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		portaltest.Run(t, func(t *testing.T) portal.Store { return portalsql.New(sqldbtest.SQLite(t)) })
	})
	t.Run("postgres", func(t *testing.T) {
		portaltest.Run(t, func(t *testing.T) portal.Store { return portalsql.New(sqldbtest.Postgres(t)) })
	})
}

// Senders look every second. With nothing to do that is one read and no write.
func TestIdleClaimIsOneStatement(t *testing.T) {
	store := portalsql.New(sqldbtest.SQLite(t))
	ctx, count := sqldb.CountQueries(context.Background())
	jobs, err := store.Claim(ctx, portal.Claim{Now: portaltest.T0, Limit: 1, PerHook: 1})
	if err != nil || len(jobs) != 0 || count.N() != 1 {
		t.Fatal(jobs, count.Texts(), err)
	}
}

// What was delivered grows without end between trims; a claim must start from what is due.
func TestClaimStartsFromWhatIsDue(t *testing.T) {
	plan, err := sqldb.All(context.Background(), sqldbtest.SQLite(t), func(s sqldb.Scanner) (detail string, err error) {
		var id, parent, unused int
		err = s.Scan(&id, &parent, &unused, &detail)
		return detail, err
	}, `EXPLAIN QUERY PLAN `+portalsql.DueQuery(1), 1, 1, 1, "hook", 1)
	if err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprint(plan); !strings.Contains(plan[0], "portal_delivery_due") || strings.Contains(text, "TEMP B-TREE") {
		t.Fatal(text)
	}
}
