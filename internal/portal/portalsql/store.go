// Package portalsql keeps portals, keys, hooks and deliveries in SQL.
package portalsql

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/portal"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// Store is a portal.Store.
type Store struct{ db *sqldb.DB }

var _ portal.Store = (*Store)(nil)

// New makes a store on a migrated database.
func New(db *sqldb.DB) *Store { return &Store{db} }

const portalColumns = `p.id, p.name, p.union_id, p.union_path, p.status, p.scopes, p.rate, p.created_at`

// portalDest is where portalColumns go; scopes are JSON and have to be read afterwards.
func portalDest(p *portal.Portal, scopes *string) []any {
	return []any{&p.ID, &p.Name, &p.UnionID, &p.UnionPath, &p.Status, scopes, &p.RatePerMinute, (*sqldb.Time)(&p.CreatedAt)}
}

func scanPortal(s sqldb.Scanner) (p portal.Portal, err error) {
	var scopes string
	if err = s.Scan(portalDest(&p, &scopes)...); err != nil {
		return p, err
	}
	return p, json.Unmarshal([]byte(scopes), &p.Scopes)
}

// AddPortal implements portal.Store.
func (s *Store) AddPortal(ctx context.Context, p portal.Portal) (err error) {
	defer fault.Wrap(&err, "portalsql.AddPortal(%s)", p.ID)
	scopes, err := json.Marshal(p.Scopes)
	if err != nil {
		return err
	}
	_, err = s.exec(ctx, `INSERT INTO portal_portal (id, name, union_id, union_path, status, scopes, rate, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		p.ID, p.Name, p.UnionID, p.UnionPath, p.Status, string(scopes), p.RatePerMinute, p.CreatedAt)
	return err
}

// Portal implements portal.Store.
func (s *Store) Portal(ctx context.Context, id string) (_ portal.Portal, err error) {
	defer fault.Wrap(&err, "portalsql.Portal(%s)", id)
	p, err := sqldb.One(ctx, s.db, scanPortal, `SELECT `+portalColumns+` FROM portal_portal p WHERE p.id = $1`, id)
	return p, noSuch(err)
}

// Portals implements portal.Store. Paths end in '/', and '0' is the character after it: the subtree is
// a range.
func (s *Store) Portals(ctx context.Context, root string) (_ []portal.Portal, err error) {
	defer fault.Wrap(&err, "portalsql.Portals(%s)", root)
	if root == "" {
		return nil, nil
	}
	return sqldb.All(ctx, s.db, scanPortal, `SELECT `+portalColumns+` FROM portal_portal p
		WHERE p.union_path >= $1 AND p.union_path < $2 ORDER BY p.name, p.id`, root, root[:len(root)-1]+"0")
}

// SetStatus implements portal.Store.
func (s *Store) SetStatus(ctx context.Context, id string, to portal.Status) (err error) {
	defer fault.Wrap(&err, "portalsql.SetStatus(%s, %s)", id, to)
	return s.must(ctx, `UPDATE portal_portal SET status = $1 WHERE id = $2`, to, id)
}

const keyColumns = `k.id, k.portal_id, k.hash, k.created_at, k.last_used_at, k.expires_at, k.revoked_at`

func keyDest(k *portal.Key, hash *string) []any {
	return []any{&k.ID, &k.PortalID, hash, (*sqldb.Time)(&k.CreatedAt), (*sqldb.Time)(&k.LastUsedAt),
		(*sqldb.Time)(&k.ExpiresAt), (*sqldb.Time)(&k.RevokedAt)}
}

func readHash(h *portal.Hash, text string) error {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(h) {
		return fmt.Errorf("not a hash of a key: %d characters", len(text))
	}
	copy(h[:], b)
	return nil
}

func scanKey(s sqldb.Scanner) (k portal.Key, err error) {
	var hash string
	if err = s.Scan(keyDest(&k, &hash)...); err != nil {
		return k, err
	}
	return k, readHash(&k.Hash, hash)
}

// AddKey implements portal.Store.
func (s *Store) AddKey(ctx context.Context, k portal.Key) (err error) {
	defer fault.Wrap(&err, "portalsql.AddKey(%s)", k.ID)
	_, err = s.exec(ctx, `INSERT INTO portal_key (id, portal_id, hash, created_at, last_used_at, expires_at, revoked_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		k.ID, k.PortalID, hex.EncodeToString(k.Hash[:]), k.CreatedAt, k.LastUsedAt, k.ExpiresAt, k.RevokedAt)
	return err
}

// Key implements portal.Store.
func (s *Store) Key(ctx context.Context, keyID string) (k portal.Key, p portal.Portal, err error) {
	defer fault.Wrap(&err, "portalsql.Key(%s)", keyID)
	var hash, scopes string
	err = s.db.QueryRow(ctx, `SELECT `+keyColumns+`, `+portalColumns+` FROM portal_key k
		JOIN portal_portal p ON p.id = k.portal_id WHERE k.id = $1`, keyID).
		Scan(append(keyDest(&k, &hash), portalDest(&p, &scopes)...)...)
	if err != nil {
		return k, p, noSuch(err)
	}
	return k, p, errors.Join(readHash(&k.Hash, hash), json.Unmarshal([]byte(scopes), &p.Scopes))
}

// Keys implements portal.Store.
func (s *Store) Keys(ctx context.Context, portalID string) (_ []portal.Key, err error) {
	defer fault.Wrap(&err, "portalsql.Keys(%s)", portalID)
	return sqldb.All(ctx, s.db, scanKey, `SELECT `+keyColumns+` FROM portal_key k WHERE k.portal_id = $1
		ORDER BY k.created_at, k.id`, portalID)
}

// RevokeKey implements portal.Store.
func (s *Store) RevokeKey(ctx context.Context, keyID string, at time.Time) (err error) {
	defer fault.Wrap(&err, "portalsql.RevokeKey(%s)", keyID)
	return s.must(ctx, `UPDATE portal_key SET revoked_at = CASE revoked_at WHEN 0 THEN $1 ELSE revoked_at END
		WHERE id = $2`, at, keyID)
}

// TouchKey implements portal.Store.
func (s *Store) TouchKey(ctx context.Context, keyID string, at time.Time) (err error) {
	defer fault.Wrap(&err, "portalsql.TouchKey(%s)", keyID)
	_, err = s.exec(ctx, `UPDATE portal_key SET last_used_at = $1 WHERE id = $2 AND last_used_at < $3`, at, keyID, at)
	return err
}

// exec runs one statement in a transaction of its own.
func (s *Store) exec(ctx context.Context, q string, args ...any) (touched int, err error) {
	err = s.db.Update(ctx, func(tx sqldb.Tx) error {
		n, err := tx.Exec(ctx, q, args...)
		touched = int(n)
		return err
	})
	return touched, err
}

// must is exec for a row that has to be there.
func (s *Store) must(ctx context.Context, q string, args ...any) error {
	return s.db.Update(ctx, func(tx sqldb.Tx) error {
		n, err := tx.Exec(ctx, q, args...)
		if err == nil && n == 0 {
			return fault.NoSuch()
		}
		return err
	})
}

func noSuch(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fault.NoSuch()
	}
	return err
}
