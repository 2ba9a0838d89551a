package hallsql_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/hall/hallsql"
	"github.com/unionhall/unionhall/internal/hall/halltest"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/seal/sealtest"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

func TestStore(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		halltest.Conform(t, func(t *testing.T) hall.Store { return hallsql.New(sqldbtest.SQLite(t), sealtest.Box(t)) })
	})
	t.Run("postgres", func(t *testing.T) {
		halltest.Conform(t, func(t *testing.T) hall.Store { return hallsql.New(sqldbtest.Postgres(t), sealtest.Box(t)) })
	})
}

// A demonstration starts while somebody watches: 20,000 people should take a second.
func BenchmarkLoad(b *testing.B) {
	for _, c := range []struct {
		name string
		open func(testing.TB, ...sqldb.Option) *sqldb.DB
	}{{"sqlite", sqldbtest.SQLite}, {"postgres", sqldbtest.Postgres}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				store, batch := hallsql.New(c.open(b), sealtest.Box(b)), crowd(b, 20_000)
				b.StartTimer()
				if err := store.Load(context.Background(), batch); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func crowd(t testing.TB, n int) hall.Batch {
	w := halltest.NewWorld(t)
	for i := range n {
		p := w.Batch.People[0]
		p.ID, p.Email, p.Hash = id.New(), "", ""
		p.Phone = hall.Phone(fmt.Sprintf("+8613500%06d", i))
		w.Batch.People = append(w.Batch.People, p)
	}
	return w.Batch
}
