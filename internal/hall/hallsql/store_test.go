package hallsql_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/hall/hallsql"
	"github.com/unionhall/unionhall/internal/hall/halltest"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

func TestStore(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		halltest.Conform(t, func(t *testing.T) hall.Store { return hallsql.New(sqldbtest.SQLite(t)) })
	})
	t.Run("postgres", func(t *testing.T) {
		halltest.Conform(t, func(t *testing.T) hall.Store { return hallsql.New(sqldbtest.Postgres(t)) })
	})
}

// A demonstration starts while somebody watches.
func TestLoadIsFast(t *testing.T) {
	if testing.Short() {
		t.Skip("loads 20,000 people")
	}
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := halltest.NewWorld(t)
		for i := range 20_000 {
			p := w.Batch.People[0]
			p.ID, p.Email, p.Hash = id.New(), "", ""
			p.Phone = hall.Phone(fmt.Sprintf("+8613500%06d", i))
			w.Batch.People = append(w.Batch.People, p)
		}
		start := time.Now()
		if err := hallsql.New(db).Load(context.Background(), w.Batch); err != nil {
			t.Fatal(err)
		}
		took := time.Since(start)
		t.Logf("20,000 people in %v", took)
		if took > 15*time.Second { // far beyond what it takes, for machines that are busy
			t.Errorf("took %v", took)
		}
	})
}
