package portalsql

import (
	"context"
	"slices"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/portal"
	"github.com/unionhall/unionhall/internal/sqldb"
)

const deliveryColumns = `d.id, d.portal_id, d.hook_id, d.event_id, d.subject, d.body, d.state, d.attempts, d.due_at,
	d.expires_at, d.created_at, d.last_at, d.status, d.failure, d.took, d.lease`

func deliveryDest(d *portal.Delivery, took *int64) []any {
	return []any{&d.ID, &d.PortalID, &d.HookID, &d.EventID, &d.Subject, &d.Body, &d.State, &d.Attempts,
		(*sqldb.Time)(&d.DueAt), (*sqldb.Time)(&d.ExpiresAt), (*sqldb.Time)(&d.CreatedAt), (*sqldb.Time)(&d.LastAt),
		&d.Status, &d.Failure, took, &d.Lease}
}

func scanDelivery(s sqldb.Scanner) (d portal.Delivery, err error) {
	var took int64
	err = s.Scan(deliveryDest(&d, &took)...)
	d.Took = time.Duration(took) * time.Microsecond
	return d, err
}

// AddDeliveries implements portal.Store.
func (s *Store) AddDeliveries(ctx context.Context, ds []portal.Delivery) (added int, err error) {
	defer fault.Wrap(&err, "portalsql.AddDeliveries(%d)", len(ds))
	err = s.db.Update(ctx, func(tx sqldb.Tx) error {
		added = 0
		for _, d := range ds {
			n, err := tx.Exec(ctx, `INSERT INTO portal_delivery (id, portal_id, hook_id, event_id, subject, body, state,
				attempts, due_at, expires_at, created_at, last_at, status, failure, took, lease)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
				ON CONFLICT (portal_id, hook_id, event_id) DO NOTHING`,
				d.ID, d.PortalID, d.HookID, d.EventID, d.Subject, string(d.Body), d.State,
				d.Attempts, d.DueAt, d.ExpiresAt, d.CreatedAt, d.LastAt, d.Status, d.Failure, d.Took.Microseconds(), d.Lease)
			if err != nil {
				return err
			}
			added += int(n)
		}
		return nil
	})
	return added, err
}

// Delivery implements portal.Store.
func (s *Store) Delivery(ctx context.Context, portalID, hookID, id string) (_ portal.Delivery, err error) {
	defer fault.Wrap(&err, "portalsql.Delivery(%s, %s, %s)", portalID, hookID, id)
	d, err := sqldb.One(ctx, s.db, scanDelivery, `SELECT `+deliveryColumns+` FROM portal_delivery d
		WHERE d.portal_id = $1 AND d.hook_id = $2 AND d.id = $3`, portalID, hookID, id)
	return d, noSuch(err)
}

// Deliveries implements portal.Store.
func (s *Store) Deliveries(ctx context.Context, portalID, hookID, after string, limit int) (_ []portal.Delivery, err error) {
	defer fault.Wrap(&err, "portalsql.Deliveries(%s, %s)", portalID, hookID)
	if after == "" {
		return sqldb.All(ctx, s.db, scanDelivery, `SELECT `+deliveryColumns+` FROM portal_delivery d
			WHERE d.portal_id = $1 AND d.hook_id = $2 ORDER BY d.id DESC LIMIT 0+$3`, portalID, hookID, limit)
	}
	return sqldb.All(ctx, s.db, scanDelivery, `SELECT `+deliveryColumns+` FROM portal_delivery d
		WHERE d.portal_id = $1 AND d.hook_id = $2 AND d.id < $3 ORDER BY d.id DESC LIMIT 0+$4`,
		portalID, hookID, after, limit)
}

// UpdateDelivery implements portal.Store.
func (s *Store) UpdateDelivery(ctx context.Context, portalID, id string,
	change func(portal.Delivery, portal.Hook) (portal.Delivery, portal.Hook, error)) (err error) {
	defer fault.Wrap(&err, "portalsql.UpdateDelivery(%s, %s)", portalID, id)
	return s.db.Update(ctx, func(tx sqldb.Tx) error {
		old, err := sqldb.One(ctx, tx, scanDelivery, `SELECT `+deliveryColumns+` FROM portal_delivery d
			WHERE d.portal_id = $1 AND d.id = $2`, portalID, id)
		if err != nil {
			return noSuch(err)
		}
		was, err := hook(ctx, tx, portalID, old.HookID)
		if err != nil {
			return err
		}
		d, h, err := change(old, was)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE portal_delivery SET state = $1, attempts = $2, due_at = $3, expires_at = $4,
			last_at = $5, status = $6, failure = $7, took = $8, lease = $9 WHERE portal_id = $10 AND id = $11`,
			d.State, d.Attempts, d.DueAt, d.ExpiresAt, d.LastAt, d.Status, d.Failure, d.Took.Microseconds(), d.Lease,
			portalID, id)
		if err != nil || (h.Status == was.Status && h.Failures == was.Failures && h.PausedUntil.Equal(was.PausedUntil)) {
			return err // most attempts succeed and leave the hook alone: no two of them meet there
		}
		_, err = tx.Exec(ctx, `UPDATE portal_hook SET status = $1, failures = $2, paused_until = $3
			WHERE portal_id = $4 AND id = $5`, h.Status, h.Failures, h.PausedUntil, portalID, was.ID)
		return err
	})
}

// candidatesPer is how many due deliveries are looked at for each that is wanted: hooks with a long queue
// must not hide the others.
const candidatesPer = 4

// Claim implements portal.Store. It looks without holding the writer, and then takes each delivery only
// if it still stands as it was seen: two that look at once share out what they see.
func (s *Store) Claim(ctx context.Context, c portal.Claim) (jobs []portal.Job, err error) {
	defer fault.Wrap(&err, "portalsql.Claim")
	seen, err := s.due(ctx, c)
	if err != nil || len(seen) == 0 {
		return nil, err
	}
	err = s.db.Update(ctx, func(tx sqldb.Tx) error {
		jobs = nil
		for _, j := range seen {
			d := j.Delivery
			n, err := tx.Exec(ctx, `UPDATE portal_delivery SET lease = $1, due_at = $2
				WHERE portal_id = $3 AND id = $4 AND state = 'pending' AND lease = $5 AND due_at = $6`,
				c.Lease, c.Until, d.PortalID, d.ID, d.Lease, d.DueAt)
			if err != nil {
				return err
			}
			if n == 1 {
				j.Delivery.Lease, j.Delivery.DueAt = c.Lease, c.Until
				jobs = append(jobs, j)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return jobs, nil
}

// dueQuery finds what may be claimed, without so many hooks. The joins are CROSS so that SQLite, too,
// starts from what is due.
func dueQuery(without int) string {
	except := ""
	if without > 0 {
		except = `AND d.hook_id NOT IN (` + sqldb.In(4, without) + `) `
	}
	return `SELECT ` + deliveryColumns + `, h.url, h.secret FROM portal_delivery d
		CROSS JOIN portal_hook h CROSS JOIN portal_portal p
		WHERE d.state = 'pending' AND d.due_at <= $1 AND d.expires_at > $2
		AND h.portal_id = d.portal_id AND h.id = d.hook_id
		AND (h.status = 'active' OR (h.status = 'paused' AND h.paused_until <= $3))
		AND p.id = d.portal_id AND p.status = 'active' ` + except +
		`ORDER BY d.due_at, d.id LIMIT ` + sqldb.In(4+without, 1)
}

// due gives what may be claimed, at most PerHook of a hook and Limit in all.
func (s *Store) due(ctx context.Context, c portal.Claim) ([]portal.Job, error) {
	found, err := sqldb.All(ctx, s.db, scanJob, dueQuery(len(c.Except)),
		sqldb.Args(c.Now, c.Now, c.Now, c.Except, candidatesPer*c.Limit)...)
	if err != nil {
		return nil, err
	}
	of := map[string]int{}
	found = slices.DeleteFunc(found, func(j portal.Job) bool {
		of[j.Delivery.HookID]++
		return of[j.Delivery.HookID] > c.PerHook
	})
	return found[:min(len(found), c.Limit)], nil
}

func scanJob(s sqldb.Scanner) (j portal.Job, err error) {
	var took int64
	var secret string
	if err = s.Scan(append(deliveryDest(&j.Delivery, &took), &j.URL, &secret)...); err != nil {
		return j, err
	}
	j.Delivery.Took = time.Duration(took) * time.Microsecond
	j.Secret, err = portal.ParseSecret(secret)
	return j, err
}

// Due says how many deliveries to hooks that take them wait at a time, and since when the oldest could have gone.
func (s *Store) Due(ctx context.Context, now time.Time) (_ sqldb.Waiting, err error) {
	defer fault.Wrap(&err, "portalsql.Due")
	return sqldb.One(ctx, s.db, sqldb.ScanWaiting, `SELECT count(*), coalesce(min(d.due_at), 0) FROM portal_delivery d
		JOIN portal_hook h ON h.portal_id = d.portal_id AND h.id = d.hook_id
		WHERE d.state = 'pending' AND d.due_at <= $1 AND h.status = 'active'`, now)
}

// Expire implements portal.Store.
func (s *Store) Expire(ctx context.Context, now time.Time) (n int, err error) {
	defer fault.Wrap(&err, "portalsql.Expire")
	return s.exec(ctx, `UPDATE portal_delivery SET state = $1, failure = $2, lease = ''
		WHERE state = 'pending' AND expires_at <= $3`, portal.Failed, portal.FailExpired, now)
}

// Trim implements portal.Store.
func (s *Store) Trim(ctx context.Context, before time.Time, limit int) (n int, err error) {
	defer fault.Wrap(&err, "portalsql.Trim")
	return s.exec(ctx, `DELETE FROM portal_delivery WHERE (portal_id, id) IN (
		SELECT portal_id, id FROM portal_delivery WHERE state <> 'pending' AND created_at < $1
		ORDER BY created_at LIMIT 0+$2)`, before, limit)
}
