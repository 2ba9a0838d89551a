package hallsql

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/seal"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// sealed is a table with sealed columns. They are listed here and nowhere else: what is listed is sealed at the first
// start after an upgrade, and anew after a rotation of keys.
type sealed struct {
	table, key string
	columns    []string
}

var sealedTables = []sealed{
	{"hall_person", "id", []string{"phone", "email"}},
	{"hall_session", "id", []string{"address", "agent"}},
	{"hall_request", "id", []string{"name", "phone", "employer", "note"}},
	{"hall_challenge", "id", []string{"phone"}},
}

// place names one value, so that it opens there only.
func place(table, column, key string) string { return table + "." + column + "/" + key }

func phoneOf(personID string) string    { return place("hall_person", "phone", personID) }
func emailOf(personID string) string    { return place("hall_person", "email", personID) }
func addressOf(sessionID string) string { return place("hall_session", "address", sessionID) }
func agentOf(sessionID string) string   { return place("hall_session", "agent", sessionID) }
func askedOf(challengeID string) string { return place("hall_challenge", "phone", challengeID) }

// ErrKeys is when the keys are not those that the store was sealed with.
var ErrKeys = errors.New("hallsql: the store was sealed with other keys")

const selectSeal = `SELECT value FROM hall_seal WHERE name = $1`

// IsSealed reports whether anything in the store was sealed before, so that its keys must be somewhere.
func IsSealed(ctx context.Context, db *sqldb.DB) (_ bool, err error) {
	defer fault.Wrap(&err, "hallsql.IsSealed")
	proof, err := sqldb.All(ctx, db, sqldb.Value[string], selectSeal, "proof")
	return len(proof) > 0, err
}

// Proved reports whether a store that was sealed was sealed with these keys; ErrKeys says that it was not. It changes
// nothing.
func Proved(ctx context.Context, db *sqldb.DB, box *seal.Box) (err error) {
	defer fault.Wrap(&err, "hallsql.Proved")
	proof, err := sqldb.All(ctx, db, sqldb.Value[string], selectSeal, "proof")
	if err != nil || len(proof) == 0 {
		return err
	}
	return New(db, box).opens(proof[0])
}

// Settle finds out whether the store was sealed with these keys (ErrKeys when not), and seals what a version before
// sealing left in the clear: in small transactions, so that a start that is cut short goes on at the next. To be called
// before anything reads.
func (s *Store) Settle(ctx context.Context, log *slog.Logger) (err error) {
	defer fault.Wrap(&err, "hallsql.Settle")
	clear, err := s.prove(ctx)
	if err != nil || !clear {
		return err
	}
	log.InfoContext(ctx, "sealing personal data that lies in the clear")
	n, err := s.each(ctx, func(field, value string) (string, error) {
		if seal.Sealed(value) {
			return value, nil
		}
		return s.box.Seal(field, value)
	})
	if err != nil {
		return err
	}
	logins, err := s.markLogins(ctx)
	if err != nil {
		return err
	}
	// Engines leave what was overwritten in their files until the room is needed.
	if err := s.db.Rewrite(ctx, "hall_person", "hall_session", "hall_login"); err != nil {
		return err
	}
	log.InfoContext(ctx, "personal data sealed", "rows", n, "logins", logins)
	return s.db.Update(ctx, func(tx sqldb.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE hall_seal SET value = 'none' WHERE name = 'clear'`)
		return err
	})
}

const proofPlace = "hall_seal.value/proof"

func (s *Store) proof() string { return s.box.Mark("proof", "proof") } // holds the key of marks to the others

func (s *Store) opens(proof string) error {
	if got, err := s.box.Open(proofPlace, proof); err != nil || got != s.proof() {
		return errors.Join(ErrKeys, err)
	}
	return nil
}

// prove compares the keys with the proof, which it leaves where there is none, and says whether rows may be in the clear.
func (s *Store) prove(ctx context.Context) (clear bool, err error) {
	err = s.db.Update(ctx, func(tx sqldb.Tx) error {
		old, err := sqldb.All(ctx, tx, sqldb.Value[string], selectSeal, "proof")
		if err != nil {
			return err
		}
		if len(old) == 0 {
			clear, err = s.firstProof(ctx, tx)
			return err
		}
		if err := s.opens(old[0]); err != nil {
			return err
		}
		left, err := sqldb.All(ctx, tx, sqldb.Value[string], selectSeal, "clear")
		clear = slices.Contains(left, "left")
		return err
	})
	return clear, err
}

func (s *Store) firstProof(ctx context.Context, tx sqldb.Tx) (clear bool, err error) {
	rows, err := sqldb.One(ctx, tx, count, `SELECT (SELECT COUNT(*) FROM hall_person) + (SELECT COUNT(*) FROM hall_session)`)
	if err != nil {
		return false, err
	}
	state := "none"
	if clear = rows > 0; clear {
		state = "left"
	}
	proof, err := s.box.Seal(proofPlace, s.proof())
	if err != nil {
		return false, err
	}
	return clear, insert(ctx, tx, `INSERT INTO hall_seal (name, value) VALUES `, []any{"proof", proof}, []any{"clear", state})
}

// Reseal seals with the newest key what older ones have sealed, and says how many rows that were. It may run beside a
// running hall, and again after it was cut short.
func (s *Store) Reseal(ctx context.Context) (n int, err error) {
	defer fault.Wrap(&err, "hallsql.Reseal")
	// The proof first: from now on no start goes by with a key file that lacks the new key.
	err = s.db.Update(ctx, func(tx sqldb.Tx) error {
		old, err := one(ctx, tx, sqldb.Value[string], selectSeal, "proof")
		if err != nil {
			return err
		}
		renewed, err := s.box.Renew(proofPlace, old)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE hall_seal SET value = $1 WHERE name = 'proof'`, renewed)
		return err
	})
	if err != nil {
		return 0, err
	}
	return s.each(ctx, s.box.Renew)
}

// each puts every value of the sealed tables through fn and says how many rows that changed.
func (s *Store) each(ctx context.Context, fn func(field, value string) (string, error)) (n int, err error) {
	for _, t := range sealedTables {
		more, err := s.eachOf(ctx, t, fn)
		if n += more; err != nil {
			return n, err
		}
	}
	return n, nil
}

func (s *Store) eachOf(ctx context.Context, t sealed, fn func(field, value string) (string, error)) (n int, err error) {
	query := fmt.Sprintf(`SELECT %s, %s FROM %s WHERE %s > $1 ORDER BY %s LIMIT 0+$2`,
		t.key, strings.Join(t.columns, ", "), t.table, t.key, t.key)
	return s.db.ChangeRows(ctx, query, 1, 1+len(t.columns), func(tx sqldb.Tx, row []string) (bool, error) { return t.change(ctx, tx, row, fn) })
}

// change writes a row's columns where fn makes others of them.
func (t sealed) change(ctx context.Context, tx sqldb.Tx, row []string, fn func(field, value string) (string, error)) (did bool, err error) {
	var set []string
	var args []any
	for i, column := range t.columns {
		old := row[1+i]
		value, err := fn(place(t.table, column, row[0]), old)
		if err != nil {
			return false, err
		}
		if value != old {
			args = append(args, value)
			set = append(set, fmt.Sprintf("%s = $%d", column, len(args)))
		}
	}
	if len(set) == 0 {
		return false, nil
	}
	_, err = tx.Exec(ctx, fmt.Sprintf(`UPDATE %s SET %s WHERE %s = $%d`, t.table, strings.Join(set, ", "), t.key, len(args)+1), append(args, row[0])...)
	return true, err
}

// markLogins replaces logins in the clear by their marks.
func (s *Store) markLogins(ctx context.Context) (n int, err error) {
	const query = `SELECT value, kind FROM hall_login WHERE value > $1 ORDER BY value LIMIT 0+$2`
	return s.db.ChangeRows(ctx, query, 1, 2, func(tx sqldb.Tx, row []string) (bool, error) {
		if seal.Marked(row[0]) {
			return false, nil
		}
		_, err := tx.Exec(ctx, `UPDATE hall_login SET value = $1 WHERE value = $2`, s.mark(hall.LoginKind(row[1]), row[0]), row[0])
		return err == nil, err
	})
}
