package sqldb_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

// Batches end where they are told to, and go on where the last one stopped; neighbours stay where they are.
func TestRehomeInBatches(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		paths := []string{"/0/1/", "/0/1/1/", "/0/1/1/2/", "/0/1/a/", "/0/10/", "/0/1a/", "/0/"}
		sound(t, db.Update(ctx, func(tx sqldb.Tx) error {
			for i, p := range paths {
				_, err := tx.Exec(ctx, `INSERT INTO hall_grant (id, person_id, union_id, union_path, role, given_by, given_at)
					VALUES ($1, $2, 'u', $3, 'lead', '', 0)`, fmt.Sprint(i), fmt.Sprint(i), p)
				if err != nil {
					return err
				}
			}
			return nil
		}))
		tables := []sqldb.Housed{{Table: "hall_grant", Key: "id", ID: "union_id"}}
		follow := func(m actor.Moved) (counts []int) {
			for range 9 {
				n, err := db.RehomeAll(ctx, tables, []actor.Moved{m}, 3)
				sound(t, err)
				if counts = append(counts, n); n == 0 {
					break
				}
			}
			return counts
		}
		if n := follow(actor.Moved{From: "/0/1/", To: "/0/2/7/"}); !slices.Equal(n, []int{3, 1, 0}) {
			t.Fatal(n)
		}
		if n := follow(actor.Moved{From: "/0/2/7/", To: "/0/3/", Alone: true, FromID: "u", ToID: "v"}); !slices.Equal(n, []int{1, 0}) {
			t.Fatal(n)
		}
		got, err := sqldb.All(ctx, db, func(s sqldb.Scanner) (v string, err error) {
			var path, unionID string
			err = s.Scan(&path, &unionID)
			return path + unionID, err
		}, `SELECT union_path, union_id FROM hall_grant ORDER BY id`)
		sound(t, err)
		if want := []string{"/0/3/v", "/0/2/7/1/u", "/0/2/7/1/2/u", "/0/2/7/a/u", "/0/10/u", "/0/1a/u", "/0/u"}; !slices.Equal(got, want) {
			t.Fatal(got)
		}
	})
}
