package hall

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/limit"
	"github.com/unionhall/unionhall/internal/memo"
)

// Service is what the hall does. Methods that take an actor decide with it; those that take none are
// for other modules, which decide with their own, and for the program itself. All are safe for
// concurrent use.
type Service struct {
	store Store
	clock clock.Clock
	hash  *Hasher

	matters   Matters // nil: nobody has any
	houses    Houses  // nil: nobody else has rows
	texter    Texter  // nil: there are no one-time codes
	codes     chan outgoing
	mailer    Mailer // nil: none by e-mail
	letters   chan letter
	rp        *webauthn.WebAuthn // nil: there are no passkeys
	directory Directory          // nil: there is none

	tree     *tree
	powers   *memo.Memo[actor.Actor] // by person
	sessions *memo.Memo[Session]     // by session
	attempts limit.Buckets
}

const (
	keepFor   = 3 * time.Second  // how old what a request knows of its actor may be
	treeFor   = 10 * time.Minute // how old the tree may be if every event was missed
	trimEvery = time.Hour

	codesWaiting = 1000
	codeSenders  = 4
)

// New makes the service.
func New(store Store, clk clock.Clock, hasher *Hasher) *Service {
	return &Service{
		store: store, clock: clk, hash: hasher, codes: make(chan outgoing, codesWaiting), letters: make(chan letter, codesWaiting),
		tree:     &tree{load: store.AllUnions, moves: store.Moves, one: store.Union, now: clk.Now, fresh: treeFor},
		powers:   memo.New[actor.Actor](clk.Now, keepFor, 20_000),
		sessions: memo.New[Session](clk.Now, keepFor, 20_000),
	}
}

// Run keeps house until ctx ends: it forgets sessions and challenges that are over, and sends one-time codes.
func (s *Service) Run(ctx context.Context) error {
	var group sync.WaitGroup
	defer group.Wait()
	if s.texter != nil {
		for range codeSenders {
			group.Go(func() { s.sendCodes(ctx) })
		}
	}
	if s.mailer != nil {
		for range codeSenders {
			group.Go(func() { s.sendLetters(ctx) })
		}
	}
	tick := time.NewTicker(trimEvery)
	defer tick.Stop()
	for {
		now := s.clock.Now()
		if n, err := s.store.TrimSessions(ctx, now, now.Add(-SessionIdle)); err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "sessions not trimmed", "err", err)
		} else if n > 0 {
			slog.InfoContext(ctx, "sessions trimmed", "count", n)
		}
		if _, err := s.store.TrimChallenges(ctx, now); err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "challenges not trimmed", "err", err)
		}
		if _, err := s.trimRequests(ctx); err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "requests not trimmed", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Hear drops what an event of this module made old. Every process must hear every event of Subjects,
// its own included; hearing one twice is harmless.
func (s *Service) Hear(ctx context.Context, e event.Event) {
	c, err := ChangedIn(e)
	if err != nil {
		slog.ErrorContext(ctx, "event not understood", "subject", e.Subject, "event", e.ID, "err", err)
		return
	}
	switch e.Subject {
	case UnionChanged:
		s.tree.refresh(ctx, c.ID)
	case PersonChanged, MasterChanged:
		s.forget(c.ID)
	}
}

// forget drops what is kept of a person; of everybody when the id is "".
func (s *Service) forget(personID string) {
	s.powers.Forget(func(k string, _ actor.Actor) bool { return personID == "" || k == personID })
	s.sessions.Forget(func(_ string, v Session) bool { return personID == "" || v.PersonID == personID })
}

// Founding is the input for the first union and its first lead.
type Founding struct {
	Name     string // of the union, in Chinese
	NameEN   string
	Level    Level  // Nation unless given
	Person   string // name of the lead
	Phone    string
	Password string
}

// Found makes the first union of an empty store and a person who leads it. On a store that is not
// empty it returns ErrFounded.
func (s *Service) Found(ctx context.Context, f Founding) (_ Person, err error) {
	defer fault.Wrap(&err, "hall.Found(%s)", f.Name)
	if f.Level == 0 {
		f.Level = Nation
	}
	in := NewUnion{Level: f.Level, Code: "0", Kind: Region}
	in.Name.ZH, in.Name.EN = f.Name, f.NameEN
	in.clean()
	if err := in.check(Union{}); err != nil {
		return Person{}, err
	}
	p, err := PersonInput{Name: f.Person, Phone: f.Phone}.check()
	if err != nil {
		return Person{}, err
	}
	var c fault.Check
	checkPassword(&c, "password", f.Password, p)
	if err := c.Err(); err != nil {
		return Person{}, err
	}
	hash, err := s.hash.Hash(ctx, f.Password)
	if err != nil {
		return Person{}, err
	}
	now := s.clock.Now()
	u := in.union(Union{}, now)
	p.ID, p.UnionID, p.UnionPath, p.Created = id.New(), u.ID, u.Path, now
	g := Grant{ID: id.New(), PersonID: p.ID, UnionID: u.ID, UnionPath: u.Path, Role: actor.Lead, GivenBy: actor.Hall.ID, Given: now}
	t := Trace{
		Audits: []Audit{s.audit(actor.Hall, AuditFounded, u.Path, p.ID, u.Name)},
		Events: []event.Event{changed(UnionChanged, now, u.ID, u.Path), changed(PersonChanged, now, p.ID, u.Path)},
	}
	if err := s.store.Found(ctx, u, NewPerson{Person: p, Hash: hash}, g, t); err != nil {
		return Person{}, err
	}
	s.tree.stale()
	return p, nil
}

// audit writes down who did what to whom; detail must hold no secrets.
func (s *Service) audit(a actor.Actor, what, path, on string, detail any) Audit {
	raw, err := json.Marshal(detail)
	if err != nil {
		panic("hall: " + what + ": " + err.Error()) // a type that cannot marshal is a defect here
	}
	return Audit{ID: id.New(), At: s.clock.Now(), By: a.ID, What: what, UnionPath: path, On: on, Detail: raw}
}

// trace is one audit and one event.
func (s *Service) trace(au Audit, subject, changedID string) Trace {
	return Trace{Audits: []Audit{au}, Events: []event.Event{changed(subject, au.At, changedID, au.UnionPath)}}
}
