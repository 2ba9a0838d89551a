package privacysql

import (
	"context"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/privacy"
	"github.com/unionhall/unionhall/internal/sqldb"
)

const erasureColumns = `person_id, union_path, state, part, asked_at, due_at, done_at`

func scanErasure(s sqldb.Scanner) (e privacy.Erasure, err error) {
	return e, s.Scan(&e.PersonID, &e.UnionPath, &e.State, &e.Part, (*sqldb.Time)(&e.Asked), (*sqldb.Time)(&e.Due), (*sqldb.Time)(&e.Done))
}

// SaveErasure implements privacy.Store.
func (s *Store) SaveErasure(ctx context.Context, old privacy.ErasureState, e privacy.Erasure) (err error) {
	defer fault.Wrap(&err, "privacysql.SaveErasure(%s)", e.PersonID)
	return s.db.Update(ctx, func(tx sqldb.Tx) error {
		var n int64
		var err error
		if old == "" {
			n, err = tx.Exec(ctx, `INSERT INTO privacy_erasure (`+erasureColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
				e.PersonID, e.UnionPath, e.State, e.Part, e.Asked, e.Due, e.Done)
		} else {
			n, err = tx.Exec(ctx, `UPDATE privacy_erasure SET state = $1, part = $2, asked_at = $3, due_at = $4, done_at = $5
				WHERE person_id = $6 AND state = $7`, e.State, e.Part, e.Asked, e.Due, e.Done, e.PersonID, old)
		}
		if err == nil && n == 0 {
			err = fault.New(fault.Conflict, "fault.moved")
		}
		return err
	})
}

// Erasure implements privacy.Store.
func (s *Store) Erasure(ctx context.Context, personID string) (_ privacy.Erasure, err error) {
	defer fault.Wrap(&err, "privacysql.Erasure(%s)", personID)
	e, err := sqldb.One(ctx, s.db, scanErasure, `SELECT `+erasureColumns+` FROM privacy_erasure WHERE person_id = $1`, personID)
	return e, none(err)
}

// DueErasures implements privacy.Store.
func (s *Store) DueErasures(ctx context.Context, now time.Time, limit int) (_ []privacy.Erasure, err error) {
	defer fault.Wrap(&err, "privacysql.DueErasures")
	return sqldb.All(ctx, s.db, scanErasure, `SELECT `+erasureColumns+` FROM privacy_erasure
		WHERE state IN ('waiting', 'erasing') AND due_at <= $1 ORDER BY due_at, person_id LIMIT 0+$2`, now, limit)
}

// Sweeps implements privacy.Store.
func (s *Store) Sweeps(ctx context.Context) (_ map[string]privacy.Sweep, err error) {
	defer fault.Wrap(&err, "privacysql.Sweeps")
	rows, err := sqldb.All(ctx, s.db, func(s sqldb.Scanner) (w privacy.Sweep, err error) {
		return w, s.Scan(&w.Kind, (*sqldb.Time)(&w.At), &w.Removed, &w.Total, &w.Failed)
	}, `SELECT kind, at, removed, total, failed FROM privacy_sweep ORDER BY kind`)
	out := make(map[string]privacy.Sweep, len(rows))
	for _, w := range rows {
		out[w.Kind] = w
	}
	return out, err
}

// SaveSweep implements privacy.Store.
func (s *Store) SaveSweep(ctx context.Context, w privacy.Sweep) (err error) {
	defer fault.Wrap(&err, "privacysql.SaveSweep(%s)", w.Kind)
	return s.db.Update(ctx, func(tx sqldb.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO privacy_sweep (kind, at, removed, total, failed) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (kind) DO UPDATE SET at = excluded.at, removed = excluded.removed, total = privacy_sweep.total + excluded.removed, failed = excluded.failed`,
			w.Kind, w.At, w.Removed, w.Removed, w.Failed)
		return err
	})
}

// TrimReadings implements privacy.Store.
func (s *Store) TrimReadings(ctx context.Context, before time.Time, limit int) (_ int, err error) {
	defer fault.Wrap(&err, "privacysql.TrimReadings")
	return s.trim(ctx, `DELETE FROM privacy_reading WHERE (person_id, id) IN (
		SELECT person_id, id FROM privacy_reading WHERE at < $1 ORDER BY at LIMIT 0+$2)`, before, limit)
}

// TrimActs implements privacy.Store. Whoever is still here keeps theirs: they say what may be done today.
func (s *Store) TrimActs(ctx context.Context, before time.Time, limit int) (_ int, err error) {
	defer fault.Wrap(&err, "privacysql.TrimActs")
	return s.trim(ctx, `DELETE FROM privacy_consent WHERE (person_id, id) IN (
		SELECT c.person_id, c.id FROM privacy_erasure e JOIN privacy_consent c ON c.person_id = e.person_id
		WHERE e.state = 'done' AND e.done_at < $1 ORDER BY c.person_id, c.id LIMIT 0+$2)`, before, limit)
}

// TrimErasures implements privacy.Store. One whose acts are still there goes later.
func (s *Store) TrimErasures(ctx context.Context, before time.Time, limit int) (_ int, err error) {
	defer fault.Wrap(&err, "privacysql.TrimErasures")
	return s.trim(ctx, `DELETE FROM privacy_erasure WHERE person_id IN (
		SELECT e.person_id FROM privacy_erasure e WHERE (e.state = 'recalled' AND e.asked_at < $1 OR e.state = 'done' AND e.done_at < $1
			AND NOT EXISTS (SELECT 1 FROM privacy_consent c WHERE c.person_id = e.person_id))
		ORDER BY e.person_id LIMIT 0+$2)`, before, limit)
}

func (s *Store) trim(ctx context.Context, query string, before time.Time, limit int) (trimmed int, err error) {
	err = s.db.Update(ctx, func(tx sqldb.Tx) error {
		n, err := tx.Exec(ctx, query, before, limit)
		trimmed = int(n)
		return err
	})
	return trimmed, err
}
