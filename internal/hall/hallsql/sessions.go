package hallsql

import (
	"context"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/sqldb"
)

const (
	sessionColumns = `id, person_id, created_at, seen_at, expires_at, address, agent, data`
	deleteSessions = `DELETE FROM hall_session WHERE person_id = $1 AND id <> $2`
	trimAtOnce     = 500
)

// scanSession reads a session; from where and with what device its person came is sealed.
func (s *Store) scanSession(row sqldb.Scanner) (se hall.Session, err error) {
	var data string
	if err := row.Scan(&se.ID, &se.PersonID, (*sqldb.Time)(&se.Created), (*sqldb.Time)(&se.Seen), (*sqldb.Time)(&se.Expires),
		&se.Address, &se.Agent, &data); err != nil {
		return hall.Session{}, err
	}
	if se.Address, err = s.box.Open(addressOf(se.ID), se.Address); err != nil {
		return hall.Session{}, err
	}
	if se.Agent, err = s.box.Open(agentOf(se.ID), se.Agent); err != nil {
		return hall.Session{}, err
	}
	se.Data = []byte(data)
	return se, nil
}

// Session implements hall.Sessions.
func (s *Store) Session(ctx context.Context, id string) (_ hall.Session, err error) {
	defer fault.Wrap(&err, "hallsql.Session")
	return one(ctx, s.db, s.scanSession, `SELECT `+sessionColumns+` FROM hall_session WHERE id = $1`, id)
}

// SaveSession implements hall.Sessions.
func (s *Store) SaveSession(ctx context.Context, se hall.Session) (err error) {
	defer fault.Wrap(&err, "hallsql.SaveSession")
	address, err := s.box.Seal(addressOf(se.ID), se.Address)
	if err != nil {
		return err
	}
	agent, err := s.box.Seal(agentOf(se.ID), se.Agent)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx sqldb.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO hall_session (`+sessionColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (id) DO UPDATE SET person_id = excluded.person_id, seen_at = excluded.seen_at,
			expires_at = excluded.expires_at, address = excluded.address, agent = excluded.agent, data = excluded.data`,
			se.ID, se.PersonID, se.Created, se.Seen, se.Expires, address, agent, string(se.Data))
		return err
	})
}

// SeeSession implements hall.Sessions.
func (s *Store) SeeSession(ctx context.Context, id string, at time.Time) (err error) {
	defer fault.Wrap(&err, "hallsql.SeeSession")
	return s.db.Update(ctx, func(tx sqldb.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE hall_session SET seen_at = $1 WHERE id = $2 AND seen_at < $3`, at, id, at)
		return err
	})
}

// EndSession implements hall.Sessions.
func (s *Store) EndSession(ctx context.Context, id string, t hall.Trace) (err error) {
	defer fault.Wrap(&err, "hallsql.EndSession")
	return s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		_, err := tx.Exec(ctx, `DELETE FROM hall_session WHERE id = $1`, id)
		return t, err
	})
}

// SessionsOf implements hall.Sessions.
func (s *Store) SessionsOf(ctx context.Context, personID string, now time.Time) (_ []hall.Session, err error) {
	defer fault.Wrap(&err, "hallsql.SessionsOf(%s)", personID)
	return sqldb.All(ctx, s.db, s.scanSession, `SELECT `+sessionColumns+` FROM hall_session
		WHERE person_id = $1 AND expires_at > $2 ORDER BY seen_at DESC, id LIMIT 200`, personID, now)
}

// EndSessionsOf implements hall.Sessions.
func (s *Store) EndSessionsOf(ctx context.Context, personID, keep string, t hall.Trace) (ended int, err error) {
	defer fault.Wrap(&err, "hallsql.EndSessionsOf(%s)", personID)
	err = s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		n, err := tx.Exec(ctx, deleteSessions, personID, keep)
		ended = int(n)
		return t, err
	})
	return ended, err
}

// TrimSessions implements hall.Sessions.
func (s *Store) TrimSessions(ctx context.Context, now, idle time.Time) (gone int, err error) {
	defer fault.Wrap(&err, "hallsql.TrimSessions")
	return s.trim(ctx, `DELETE FROM hall_session WHERE id IN
		(SELECT id FROM hall_session WHERE expires_at <= $1 OR seen_at < $2 LIMIT 0+$3)`, now, idle, trimAtOnce)
}
