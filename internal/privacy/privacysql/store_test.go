package privacysql_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unionhall/unionhall/internal/privacy"
	"github.com/unionhall/unionhall/internal/privacy/privacysql"
	"github.com/unionhall/unionhall/internal/privacy/privacytest"
	"github.com/unionhall/unionhall/internal/seal"
	"github.com/unionhall/unionhall/internal/seal/sealtest"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

func TestStore(t *testing.T) {
	for name, open := range map[string]func(*testing.T) *sqldb.DB{
		"sqlite":   func(t *testing.T) *sqldb.DB { return sqldbtest.SQLite(t) },
		"postgres": func(t *testing.T) *sqldb.DB { return sqldbtest.Postgres(t) },
	} {
		t.Run(name, func(t *testing.T) {
			privacytest.Run(t, func(t *testing.T) privacy.Store { return privacysql.New(open(t), sealtest.Box(t)) })
		})
	}
}

// A value is sealed for its person and kind, and sealed anew after a rotation.
func TestValuesAreSealed(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx := context.Background()
		box, err := seal.Make(filepath.Join(t.TempDir(), "keys", "seal.json"), seal.AES)
		if err != nil {
			t.Fatal(err)
		}
		s := privacysql.New(db, box)
		for i, n := range privacytest.IDs {
			if err := s.SetValue(ctx, privacy.Value{PersonID: string(rune('a' + i)), Field: privacy.IdentityField, Text: n}, nil); err != nil {
				t.Fatal(err)
			}
		}
		raw := func() []string {
			out, err := sqldb.All(ctx, db, sqldb.Value[string], `SELECT value FROM privacy_field ORDER BY person_id`)
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		before := raw()
		if !seal.Sealed(before[0]) || strings.Contains(strings.Join(before, ""), privacytest.IDs[0]) {
			t.Fatalf("kept as %q", before)
		}
		if err := box.Rotate(seal.SM4); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Reseal(ctx); n != 3 || err != nil {
			t.Fatal(n, err)
		}
		if n, err := s.Reseal(ctx); n != 0 || err != nil {
			t.Fatal("sealed anew twice", n, err)
		}
		if raw()[0] == before[0] {
			t.Error("the old key has sealed it still")
		}
		got, err := s.Values(ctx, "b")
		if err != nil || len(got) != 1 || got[0].Text != privacytest.IDs[1] {
			t.Errorf("%+v, %v", got, err)
		}
		err = db.Update(ctx, func(tx sqldb.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE privacy_field SET value = $1 WHERE person_id = 'b'`, raw()[0])
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Values(ctx, "b"); err == nil {
			t.Error("another's value opens")
		}
	})
}
