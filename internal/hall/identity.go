package hall

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/limit"
)

const (
	directorySignIn Purpose = "directory-sign-in"
	directoryLife           = 15 * time.Minute
)

// Identity is somebody as the federation's directory knows them.
type Identity struct {
	Issuer, Subject string    // for ever theirs
	Login           string    // their number or address, verified by the directory; "" when it gives none
	At              time.Time // when they proved there who they are, perhaps long ago; zero when it does not say
}

// Directory is the federation's own.
type Directory interface {
	// Called is what the button says.
	Called() lang.Text
	// Address is where somebody signs in there. State comes back with them; nonce and verifier show that the answer is to
	// this attempt.
	Address(ctx context.Context, state, nonce, verifier string) (string, error)
	// Identity turns in the code with which they came back. ok is false for one that proves nothing; an error is a directory
	// that does not answer.
	Identity(ctx context.Context, code, nonce, verifier string) (_ Identity, ok bool, err error)
}

// Identities keeps who is who in the directory.
type Identities interface {
	// IdentityOf gives the person, fault.NoSuch when nobody is known by it.
	IdentityOf(ctx context.Context, i Identity) (personID string, err error)
	// AddIdentity keeps it. One that is there already stays as it is.
	AddIdentity(ctx context.Context, i Identity, personID string, at time.Time, t Trace) error
}

// UseDirectory lets people in whom a directory knows. To be called before the service serves.
func (s *Service) UseDirectory(d Directory) { s.directory = d }

// DirectoryCalled is what the directory's button says, and whether there is one.
func (s *Service) DirectoryCalled() (lang.Text, bool) {
	if s.directory == nil {
		return lang.Text{}, false
	}
	return s.directory.Called(), true
}

// attempt is what one attempt through the directory keeps until its answer comes.
type attempt struct{ State, Nonce, Verifier string }

// BeginDirectory gives the directory's address for one attempt, and the token with which its answer is taken.
func (s *Service) BeginDirectory(ctx context.Context, address string) (to, token string, err error) {
	defer fault.Wrap(&err, "hall.BeginDirectory")
	if s.directory == nil {
		return "", "", fault.NoSuch()
	}
	if wait := s.attempts.Take("codes from "+address, s.clock.Now(), codesSource); wait > 0 {
		return "", "", limit.TooMany(wait)
	}
	a := attempt{rand.Text(), rand.Text(), rand.Text() + rand.Text()}
	if to, err = s.directory.Address(ctx, a.State, a.Nonce, a.Verifier); err != nil {
		return "", "", fault.New(fault.Unavailable, "hall.fault.directory-away").Because(err)
	}
	data, err := json.Marshal(a)
	if err != nil {
		return "", "", err
	}
	token, err = s.challenge(ctx, Challenge{Purpose: directorySignIn, Data: string(data)}, directoryLife)
	return to, token, err
}

// SignInByDirectory lets in whom the directory has signed in. The first time it finds the person by the number or address
// that the directory is sure of; from then on by the directory's own name for them, whatever becomes of the number. It
// makes nobody an account: whom the hall does not know is NotKnown.
func (s *Service) SignInByDirectory(ctx context.Context, token, state, code, address string) (_ SignedIn, err error) {
	defer fault.Wrap(&err, "hall.SignInByDirectory")
	now := s.clock.Now()
	if s.directory == nil {
		return SignedIn{}, fault.NoSuch()
	}
	if wait := s.attempts.Take("source "+address, now, perSource); wait > 0 {
		return SignedIn{}, limit.TooMany(wait)
	}
	var a attempt
	_, ok, err := s.meet(ctx, directorySignIn, token, func(c Challenge) bool {
		return json.Unmarshal([]byte(c.Data), &a) == nil && subtle.ConstantTimeCompare([]byte(a.State), []byte(state)) == 1
	})
	if err != nil {
		return SignedIn{}, err
	}
	if !ok {
		return SignedIn{}, BadDirectory
	}
	i, ok, err := s.directory.Identity(ctx, code, a.Nonce, a.Verifier)
	if err != nil {
		return SignedIn{}, fault.New(fault.Unavailable, "hall.fault.directory-away").Because(err)
	}
	if !ok {
		return SignedIn{}, BadDirectory
	}
	s.attempts.GiveBack("source "+address, now, perSource)
	p, err := s.identified(ctx, i)
	return SignedIn{Person: p, Elsewhere: &i.At}, err
}

func (s *Service) identified(ctx context.Context, i Identity) (Person, error) {
	personID, err := s.store.IdentityOf(ctx, i)
	if fault.Is(err, fault.NotFound) {
		personID, err = s.introduced(ctx, i)
	}
	if err != nil {
		return Person{}, err
	}
	p, err := s.store.Person(ctx, personID)
	if fault.Is(err, fault.NotFound) || err == nil && p.Status != Active {
		return Person{}, NotKnown
	}
	return p, err
}

// introduced finds whom the directory means for the first time, and keeps it.
func (s *Service) introduced(ctx context.Context, i Identity) (string, error) {
	login, _, ok := ParseLogin(i.Login)
	if !ok {
		return "", NotKnown
	}
	cred, err := s.store.Credential(ctx, login)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return "", err
	}
	if err != nil || cred.Status != Active {
		return "", NotKnown
	}
	p, err := s.store.Person(ctx, cred.PersonID)
	if err != nil {
		return "", err
	}
	self := actor.Actor{Kind: actor.Person, ID: p.ID}
	t := Trace{Audits: []Audit{s.audit(self, AuditIdentity, p.UnionPath, p.ID, nil)}}
	return p.ID, s.store.AddIdentity(ctx, i, p.ID, s.clock.Now(), t)
}
