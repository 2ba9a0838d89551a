package hall

import (
	"context"
	"log/slog"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
)

// Session is one signed-in device. The token itself is never kept: ID is its SHA-256, so
// that neither a page nor a copy of the store lets anybody sign in.
type Session struct {
	ID       string
	PersonID string // "" before sign-in
	Created  time.Time
	Seen     time.Time // to within SeenEvery
	Expires  time.Time
	Address  string // the network address of the last request that changed the session
	Agent    string // the user agent at sign-in
	Data     []byte // what the web layer keeps
}

// SeenEvery is how often the last use of a session is written down.
const SeenEvery = 5 * time.Minute

// SessionLife is how long a session lasts from sign-in.
const SessionLife = 30 * 24 * time.Hour

// SessionIdle is how long a session lasts without use.
const SessionIdle = 14 * 24 * time.Hour

// Session gives a session that is still good, else fault.NoSuch, and notes from time to time that it
// was seen.
func (s *Service) Session(ctx context.Context, sessionID string) (_ Session, err error) {
	defer fault.Wrap(&err, "hall.Session")
	se, err := s.sessions.Get(sessionID, func() (Session, error) { return s.store.Session(ctx, sessionID) })
	if err != nil {
		return Session{}, err
	}
	now := s.clock.Now()
	if !now.Before(se.Expires) || now.Sub(se.Seen) > SessionIdle {
		return Session{}, fault.NoSuch()
	}
	if now.Sub(se.Seen) >= SeenEvery {
		// A courtesy of the request that must not end with it: its reader may leave meanwhile.
		if err := s.store.SeeSession(context.WithoutCancel(ctx), sessionID, now); err != nil {
			slog.WarnContext(ctx, "session not marked as seen", "err", err)
		}
		s.sessions.Drop(sessionID)
	}
	return se, nil
}

// Now is the time by the hall's clock, by which sessions begin and end.
func (s *Service) Now() time.Time { return s.clock.Now() }

// SaveSession keeps a session; only the web layer, which holds the token, calls it.
func (s *Service) SaveSession(ctx context.Context, se Session) (err error) {
	defer fault.Wrap(&err, "hall.SaveSession")
	now := s.clock.Now()
	se.Created, se.Seen = now, now // the store keeps the first Created
	if err := s.store.SaveSession(ctx, se); err != nil {
		return err
	}
	s.sessions.Drop(se.ID)
	return nil
}

// DropSession ends the session at hand, if there is one: signing out.
func (s *Service) DropSession(ctx context.Context, sessionID string) (err error) {
	defer fault.Wrap(&err, "hall.DropSession")
	se, err := s.store.Session(ctx, sessionID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.endSession(ctx, sessionID, se.PersonID)
}

// Sessions lists the actor's own sessions, last seen first.
func (s *Service) Sessions(ctx context.Context, a actor.Actor) (_ []Session, err error) {
	defer fault.Wrap(&err, "hall.Sessions(%s)", a.ID)
	if !a.SignedIn() {
		return nil, fault.Refused()
	}
	now := s.clock.Now()
	all, err := s.store.SessionsOf(ctx, a.ID, now)
	if err != nil {
		return nil, err
	}
	good := all[:0]
	for _, se := range all {
		if now.Sub(se.Seen) <= SessionIdle {
			good = append(good, se)
		}
	}
	return good, nil
}

// EndSession ends one of the actor's own sessions; anybody else's does not exist.
func (s *Service) EndSession(ctx context.Context, a actor.Actor, sessionID string) (err error) {
	defer fault.Wrap(&err, "hall.EndSession(%s)", a.ID)
	se, err := s.store.Session(ctx, sessionID)
	if err != nil {
		return err
	}
	if !a.SignedIn() || se.PersonID != a.ID {
		return fault.NoSuch()
	}
	return s.endSession(ctx, sessionID, a.ID)
}

// endSession tells the other processes, which may have the session at hand, when it was a person's.
func (s *Service) endSession(ctx context.Context, sessionID, personID string) error {
	var t Trace
	if personID != "" {
		t.Events = []event.Event{changed(PersonChanged, s.clock.Now(), personID, "")}
	}
	if err := s.store.EndSession(ctx, sessionID, t); err != nil {
		return err
	}
	s.sessions.Drop(sessionID)
	return nil
}

// EndOtherSessions ends all the actor's sessions but keep and says how many.
func (s *Service) EndOtherSessions(ctx context.Context, a actor.Actor, keep string) (_ int, err error) {
	defer fault.Wrap(&err, "hall.EndOtherSessions(%s)", a.ID)
	if !a.SignedIn() {
		return 0, fault.Refused()
	}
	t := Trace{Events: []event.Event{changed(PersonChanged, s.clock.Now(), a.ID, a.UnionPath)}}
	n, err := s.store.EndSessionsOf(ctx, a.ID, keep, t)
	if err != nil {
		return 0, err
	}
	s.forget(a.ID)
	return n, nil
}
