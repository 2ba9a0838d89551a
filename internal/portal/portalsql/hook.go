package portalsql

import (
	"context"
	"encoding/json"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/portal"
	"github.com/unionhall/unionhall/internal/sqldb"
)

const hookColumns = `h.id, h.portal_id, h.url, h.events, h.status, h.failures, h.paused_until, h.created_at`

func scanHook(s sqldb.Scanner) (h portal.Hook, err error) {
	var events string
	err = s.Scan(&h.ID, &h.PortalID, &h.URL, &events, &h.Status, &h.Failures,
		(*sqldb.Time)(&h.PausedUntil), (*sqldb.Time)(&h.CreatedAt))
	if err != nil {
		return h, err
	}
	return h, json.Unmarshal([]byte(events), &h.Events)
}

// AddHook implements portal.Store.
func (s *Store) AddHook(ctx context.Context, h portal.Hook, secret portal.Secret, max int) (err error) {
	defer fault.Wrap(&err, "portalsql.AddHook(%s, %s)", h.PortalID, h.ID)
	events, err := json.Marshal(h.Events)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx sqldb.Tx) error {
		n, err := sqldb.One(ctx, tx, sqldb.Value[int],
			`SELECT COUNT(*) FROM portal_hook WHERE portal_id = $1`, h.PortalID)
		if err != nil {
			return err
		}
		if n >= max {
			return fault.New(fault.Conflict, "portal.hook.limit", "max", max)
		}
		_, err = tx.Exec(ctx, `INSERT INTO portal_hook
			(id, portal_id, url, secret, events, status, failures, paused_until, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			h.ID, h.PortalID, h.URL, secret.Reveal(), string(events), h.Status, h.Failures, h.PausedUntil, h.CreatedAt)
		return err
	})
}

// Hook implements portal.Store.
func (s *Store) Hook(ctx context.Context, portalID, hookID string) (_ portal.Hook, err error) {
	defer fault.Wrap(&err, "portalsql.Hook(%s, %s)", portalID, hookID)
	return hook(ctx, s.db, portalID, hookID)
}

func hook(ctx context.Context, q sqldb.Queryer, portalID, hookID string) (portal.Hook, error) {
	h, err := sqldb.One(ctx, q, scanHook,
		`SELECT `+hookColumns+` FROM portal_hook h WHERE h.portal_id = $1 AND h.id = $2`, portalID, hookID)
	return h, noSuch(err)
}

// Hooks implements portal.Store.
func (s *Store) Hooks(ctx context.Context, portalID string) (_ []portal.Hook, err error) {
	defer fault.Wrap(&err, "portalsql.Hooks(%s)", portalID)
	return sqldb.All(ctx, s.db, scanHook,
		`SELECT `+hookColumns+` FROM portal_hook h WHERE h.portal_id = $1 ORDER BY h.created_at, h.id`, portalID)
}

// DropHook implements portal.Store.
func (s *Store) DropHook(ctx context.Context, portalID, hookID string) (err error) {
	defer fault.Wrap(&err, "portalsql.DropHook(%s, %s)", portalID, hookID)
	return s.db.Update(ctx, func(tx sqldb.Tx) error {
		n, err := tx.Exec(ctx, `DELETE FROM portal_hook WHERE portal_id = $1 AND id = $2`, portalID, hookID)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.NoSuch()
		}
		_, err = tx.Exec(ctx, `DELETE FROM portal_delivery WHERE portal_id = $1 AND hook_id = $2`, portalID, hookID)
		return err
	})
}

// ResumeHook implements portal.Store.
func (s *Store) ResumeHook(ctx context.Context, portalID, hookID string) (err error) {
	defer fault.Wrap(&err, "portalsql.ResumeHook(%s, %s)", portalID, hookID)
	return s.must(ctx, `UPDATE portal_hook SET status = $1, failures = 0, paused_until = 0
		WHERE portal_id = $2 AND id = $3`, portal.HookActive, portalID, hookID)
}
