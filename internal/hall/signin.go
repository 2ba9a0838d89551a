package hall

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/limit"
)

// How often somebody may try to sign in: on one account, and with failures from one address.
var (
	perAccount = limit.Rate{Burst: 10, Every: 30 * time.Second}
	perSource  = limit.Rate{Burst: 100, Every: 3 * time.Second}
)

// SignIn is what somebody gives to be let in.
type SignIn struct {
	Login    string // phone or e-mail, as typed
	Password string
	Address  string // where the request comes from, for the limits
}

// SignedIn is who was let in.
type SignedIn struct {
	Person Person
	First  bool // the password was handed out and must be changed now
	// Elsewhere is when they proved who they are to a directory, zero when it does not say; nil for who just did so here.
	Elsewhere *time.Time
}

// SignIn finds the person behind the login and checks the password. Whatever is wrong, the answer is
// BadSignIn after the same work, so that nobody learns who has an account. Too many attempts on one
// account, or failures from one address, are fault.TooMany.
func (s *Service) SignIn(ctx context.Context, in SignIn) (_ SignedIn, err error) {
	defer fault.Wrap(&err, "hall.SignIn")
	now := s.clock.Now()
	login, _, ok := ParseLogin(in.Login)
	if !ok {
		login = "?" + in.Address // such a login is nobody's; only the address counts
	}
	if wait := max(s.attempts.Take("account "+login, now, perAccount), s.attempts.Take("source "+in.Address, now, perSource)); wait > 0 {
		return SignedIn{}, limit.TooMany(wait)
	}
	cred, err := s.store.Credential(ctx, login)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return SignedIn{}, err
	}
	fits, err := s.verify(ctx, cred, in.Password)
	if err != nil {
		return SignedIn{}, err
	}
	if !fits || cred.Status != Active {
		return SignedIn{}, BadSignIn
	}
	s.attempts.Reset("account " + login)
	s.attempts.GiveBack("source "+in.Address, now, perSource)
	p, err := s.store.Person(ctx, cred.PersonID)
	if err != nil {
		return SignedIn{}, err
	}
	return SignedIn{Person: p, First: cred.First}, nil
}

// verify checks the password and makes a new hash when the cost has changed since the old one.
func (s *Service) verify(ctx context.Context, cred Credential, password string) (bool, error) {
	if len(password) > 4*MaxPassword {
		password = "" // nobody has it; do not hash megabytes
	}
	ok, stale, err := s.hash.Verify(ctx, cred.Hash, password)
	if err != nil || !stale {
		return ok, err
	}
	hash, err := s.hash.Hash(ctx, password)
	if err == nil {
		err = s.store.Rehash(context.WithoutCancel(ctx), cred.PersonID, cred.Hash, hash)
	}
	if err != nil {
		slog.WarnContext(ctx, "password not hashed again", "person", cred.PersonID, "err", err)
	}
	return ok, nil
}

// HandOutPassword makes a first password for a person who has none or has forgotten theirs, and ends
// their sessions: by an officer who works on the person's union and on those of all enterprises that the person speaks
// for, and of somebody who is an officer too only by a lead of all that they act for, so that nobody borrows more than
// they have.
func (s *Service) HandOutPassword(ctx context.Context, a actor.Actor, personID string) (_ Newcomer, err error) {
	defer fault.Wrap(&err, "hall.HandOutPassword(%s)", personID)
	p, err := s.inTheirHands(ctx, a, personID)
	if err != nil {
		return Newcomer{}, err
	}
	password := firstPassword()
	hash, err := s.hash.Hash(ctx, password)
	if err != nil {
		return Newcomer{}, err
	}
	t := s.trace(s.audit(a, AuditPassword, p.UnionPath, p.ID, nil), PersonChanged, p.ID)
	if err := s.store.HandOut(ctx, p.ID, hash, true, t); err != nil {
		return Newcomer{}, err
	}
	s.forget(p.ID)
	return Newcomer{p, password}, nil
}

// inTheirHands gives a person whose way into the hall the officer may replace.
func (s *Service) inTheirHands(ctx context.Context, a actor.Actor, personID string) (Person, error) {
	p, err := s.Person(ctx, a, personID)
	if err != nil {
		return Person{}, err
	}
	may, err := s.store.Powers(ctx, personID)
	if err != nil {
		return Person{}, err
	}
	firms, err := s.Enterprises(ctx, may.Enterprises)
	if err != nil {
		return Person{}, err
	}
	if !mayHandOut(a, p, may, firms) {
		return Person{}, fault.Refused()
	}
	return p, nil
}

func mayHandOut(a actor.Actor, p Person, may Powers, firms map[string]Enterprise) bool {
	if a.ID == p.ID || p.Status != Active || !a.MayAct(p.UnionPath) {
		return false
	}
	for _, e := range firms {
		if !a.MayAct(e.UnionPath) {
			return false
		}
	}
	return !slices.ContainsFunc(may.Grants, func(g actor.Grant) bool { return !a.MayLead(g.Path) })
}

// ChangePassword replaces the actor's own password and ends all their sessions but keep.
func (s *Service) ChangePassword(ctx context.Context, a actor.Actor, old, password, keep string) (err error) {
	defer fault.Wrap(&err, "hall.ChangePassword(%s)", a.ID)
	if !a.SignedIn() {
		return fault.Refused()
	}
	p, err := s.store.Person(ctx, a.ID)
	if err != nil {
		return err
	}
	var c fault.Check
	checkPassword(&c, "password", password, p)
	c.That(old != "", "old", "hall.fault.required")
	if err := c.Err(); err != nil {
		return err
	}
	now := s.clock.Now()
	if wait := s.attempts.Take("change "+a.ID, now, perAccount); wait > 0 {
		return limit.TooMany(wait)
	}
	cred, err := s.store.CredentialOf(ctx, a.ID)
	if err != nil {
		return err
	}
	ok, _, err := s.hash.Verify(ctx, cred.Hash, old)
	if err != nil {
		return err
	}
	if !c.That(ok, "old", "hall.fault.password-old") || !c.That(old != password, "password", "hall.fault.password-same") {
		return c.Err()
	}
	s.attempts.Reset("change " + a.ID)
	hash, err := s.hash.Hash(ctx, password)
	if err != nil {
		return err
	}
	t := Trace{Events: []event.Event{changed(PersonChanged, now, a.ID, p.UnionPath)}}
	if err := s.store.SetPassword(ctx, a.ID, cred.Hash, hash, keep, t); err != nil {
		return err
	}
	s.forget(a.ID)
	return nil
}
