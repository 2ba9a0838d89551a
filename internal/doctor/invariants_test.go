package doctor

import (
	"os"
	"strings"
	"testing"
	"unicode"

	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

// Every query runs on both engines and finds nothing in an empty store; two that are broken are found.
func TestInvariants(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		broken, err := Broken(ctx, db)
		if err != nil || len(broken) > 0 {
			t.Fatal(broken, err)
		}
		err = db.Update(ctx, func(tx sqldb.Tx) error {
			for _, q := range []string{
				`INSERT INTO hall_union (id, parent_id, level, code, path, name_zh, name_en, kind, lat, lng, created_at) VALUES ('u', '', 1, '0', '/0/', '', '', '', 0, 0, 0)`,
				`INSERT INTO hall_union (id, parent_id, level, code, path, name_zh, name_en, kind, lat, lng, created_at) VALUES ('v', 'u', 2, '1', '/0/2/', '', '', '', 0, 0, 0)`,
				`INSERT INTO hall_grant (id, person_id, union_id, union_path, role, given_by, given_at) VALUES ('g', 'nobody', 'u', '/0/', 'lead', '', 0)`,
			} {
				if _, err := tx.Exec(ctx, q); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		broken, err = Broken(ctx, db)
		if err != nil || len(broken) != 2 || !strings.HasSuffix(broken[0], ": v") || !strings.HasPrefix(broken[1], "roles are somebody's: g") {
			t.Errorf("%q %v", broken, err)
		}
	})
}

// The operators' page says every one of them.
func TestInvariantsAreDocumented(t *testing.T) {
	b, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range Invariants {
		first := []rune(i.Name)
		if line := "- " + string(unicode.ToUpper(first[0])) + string(first[1:]) + "."; !strings.Contains(string(b), line) {
			t.Errorf("docs/operations.md lacks: %s", line)
		}
	}
}
