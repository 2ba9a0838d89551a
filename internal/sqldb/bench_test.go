package sqldb_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

// The disk is real in these: a temporary folder, synchronous=FULL.

func BenchmarkUpdateAlone(b *testing.B) {
	db := sqldbtest.SQLite(b)
	seats(b, db)
	i := 0
	for b.Loop() {
		i++
		exec(b, db, `INSERT INTO seats (id, free) VALUES ($1, $2)`, fmt.Sprint(i), 1)
	}
}

func BenchmarkUpdateTogether(b *testing.B) {
	db := sqldbtest.SQLite(b)
	seats(b, db)
	var i atomic.Int64
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			exec(b, db, `INSERT INTO seats (id, free) VALUES ($1, $2)`, fmt.Sprint(i.Add(1)), 1)
		}
	})
}

func BenchmarkBatcherHotRow(b *testing.B) {
	for name, db := range map[string]*sqldb.DB{"sqlite": sqldbtest.SQLite(b), "postgres": durable(b)} {
		b.Run(name, func(b *testing.B) {
			exec(b, db, `DROP TABLE IF EXISTS seats`)
			seats(b, db)
			exec(b, db, `INSERT INTO seats (id, free) VALUES ($1, $2)`, "a", b.N)
			book := sqldb.NewBatcher(db, sqldb.BatcherOptions{}, take)
			defer book.Close()
			b.SetParallelism(64)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := book.Do(ctx, "a", "a"); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}

func BenchmarkReadOne(b *testing.B) {
	db := sqldbtest.SQLite(b)
	seats(b, db)
	exec(b, db, `INSERT INTO seats (id, free) VALUES ($1, $2)`, "a", 1)
	b.Run("alone", func(b *testing.B) {
		for b.Loop() {
			number(b, db, `SELECT free FROM seats WHERE id = $1`, "a")
		}
	})
	b.Run("view", func(b *testing.B) {
		for b.Loop() {
			if err := db.View(ctx, func(q sqldb.Queryer) error {
				for range 5 {
					number(b, q, `SELECT free FROM seats WHERE id = $1`, "a")
				}
				return nil
			}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("view-cancellable", func(b *testing.B) {
		ctx := b.Context()
		for b.Loop() {
			if err := db.View(ctx, func(q sqldb.Queryer) error {
				for range 5 {
					if _, err := sqldb.One(ctx, q, sqldb.Value[int64], `SELECT free FROM seats WHERE id = $1`, "a"); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
