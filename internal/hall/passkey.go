package hall

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"net/netip"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/limit"
)

// What a passkey is asked to sign for.
const (
	passkeyAdd    Purpose = "passkey-add"
	passkeySignIn Purpose = "passkey-sign-in"
	passkeyProof  Purpose = "passkey-proof"

	passkeyLife = 5 * time.Minute
)

// MaxPasskeys is how many one person may have.
const MaxPasskeys = 10

// Passkey is the public half of a key in somebody's telephone or computer.
type Passkey struct {
	ID       string // the key's own, base64url
	PersonID string
	Name     string // what its owner calls it
	Data     string // a webauthn.Credential as JSON
	Created  time.Time
	Used     time.Time // zero when it never was
}

// PasskeyStore keeps passkeys.
type PasskeyStore interface {
	// AddPasskey fails with TakenPasskey when the key is known, and with TooManyPasskeys when the person has most already.
	AddPasskey(ctx context.Context, k Passkey, most int, t Trace) error
	// PasskeysOf lists a person's, oldest first.
	PasskeysOf(ctx context.Context, personID string) ([]Passkey, error)
	Passkey(ctx context.Context, id string) (Passkey, error)
	// UsePasskey keeps what a use has changed, if Data still is old, else fails with a fault.Conflict: of two uses that
	// count alike one is a copy's.
	UsePasskey(ctx context.Context, id, old, data string, at time.Time) error
	// DropPasskey removes one of the person's; somebody else's is fault.NoSuch.
	DropPasskey(ctx context.Context, personID, id string, t Trace) error
}

// UsePasskeys makes passkeys possible at an address, https://hall.example.org. They need a name: at an IP address there
// are none. To be called before the service serves.
func (s *Service) UsePasskeys(address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	host := u.Hostname()
	if _, err := netip.ParseAddr(host); err == nil || host == "" {
		return nil
	}
	s.rp, err = webauthn.New(&webauthn.Config{RPID: host, RPDisplayName: "职工之家", RPOrigins: []string{u.Scheme + "://" + u.Host},
		AttestationPreference: protocol.PreferNoAttestation})
	return err
}

// TakesPasskeys reports whether one can sign in with a passkey here.
func (s *Service) TakesPasskeys() bool { return s.rp != nil }

// keyholder is a person as the library sees them. The handle that a key keeps is the person's identifier, which says
// nothing about them.
type keyholder struct {
	Person
	keys []webauthn.Credential
}

func (h keyholder) WebAuthnID() []byte                         { return []byte(h.ID) }
func (h keyholder) WebAuthnName() string                       { return h.Name }
func (h keyholder) WebAuthnDisplayName() string                { return h.Name }
func (h keyholder) WebAuthnCredentials() []webauthn.Credential { return h.keys }

func (s *Service) keyholder(ctx context.Context, personID string) (h keyholder, err error) {
	if h.Person, err = s.store.Person(ctx, personID); err != nil {
		return h, err
	}
	keys, err := s.store.PasskeysOf(ctx, personID)
	if err != nil {
		return h, err
	}
	for _, k := range keys {
		var c webauthn.Credential
		if err := json.Unmarshal([]byte(k.Data), &c); err != nil {
			return h, err
		}
		h.keys = append(h.keys, c)
	}
	return h, nil
}

// Ceremony is what a browser needs to use a passkey, and the token with which it comes back.
type Ceremony struct {
	Options json.RawMessage // what navigator.credentials takes
	Token   string
}

// ceremony keeps what the library wants to see again.
func (s *Service) ceremony(ctx context.Context, p Purpose, personID string, options any, session *webauthn.SessionData) (Ceremony, error) {
	opts, err := json.Marshal(options)
	if err != nil {
		return Ceremony{}, err
	}
	data, err := json.Marshal(session)
	if err != nil {
		return Ceremony{}, err
	}
	token, err := s.challenge(ctx, Challenge{PersonID: personID, Purpose: p, Data: string(data)}, passkeyLife)
	return Ceremony{opts, token}, err
}

// answered takes the ceremony behind the token, once, and gives what the library has kept.
func (s *Service) answered(ctx context.Context, p Purpose, token, personID string) (session webauthn.SessionData, err error) {
	c, ok, err := s.meet(ctx, p, token, func(c Challenge) bool { return c.PersonID == personID })
	if err != nil {
		return session, err
	}
	if !ok {
		return session, BadPasskey
	}
	return session, json.Unmarshal([]byte(c.Data), &session)
}

// BeginPasskey asks the actor's device for a new key.
func (s *Service) BeginPasskey(ctx context.Context, a actor.Actor) (_ Ceremony, err error) {
	defer fault.Wrap(&err, "hall.BeginPasskey(%s)", a.ID)
	if s.rp == nil {
		return Ceremony{}, fault.NoSuch()
	}
	if !a.SignedIn() {
		return Ceremony{}, fault.Refused()
	}
	h, err := s.keyholder(ctx, a.ID)
	if err != nil {
		return Ceremony{}, err
	}
	options, session, err := s.rp.BeginRegistration(h, webauthn.WithResidentKeyRequirement(protocol.ResidentKeyRequirementRequired),
		webauthn.WithExclusions(webauthn.Credentials(h.keys).CredentialDescriptors()))
	if err != nil {
		return Ceremony{}, err
	}
	return s.ceremony(ctx, passkeyAdd, a.ID, options.Response, session)
}

// AddPasskey keeps the key that the device has made, under a name that its owner chooses.
func (s *Service) AddPasskey(ctx context.Context, a actor.Actor, token, name string, answer []byte) (_ Passkey, err error) {
	defer fault.Wrap(&err, "hall.AddPasskey(%s)", a.ID)
	if s.rp == nil || !a.SignedIn() {
		return Passkey{}, fault.Refused()
	}
	name = strings.TrimSpace(name)
	var c fault.Check
	c.That(name != "", "name", "hall.fault.required")
	c.That(utf8.RuneCountInString(name) <= 40, "name", "hall.fault.long", "max", 40)
	if err := c.Err(); err != nil {
		return Passkey{}, err
	}
	session, err := s.answered(ctx, passkeyAdd, token, a.ID)
	if err != nil {
		return Passkey{}, err
	}
	made, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return Passkey{}, badPasskey(ctx, err)
	}
	h, err := s.keyholder(ctx, a.ID)
	if err != nil {
		return Passkey{}, err
	}
	key, err := s.rp.CreateCredential(h, session, made)
	if err != nil {
		return Passkey{}, badPasskey(ctx, err)
	}
	data, err := json.Marshal(key)
	if err != nil {
		return Passkey{}, err
	}
	k := Passkey{ID: base64.RawURLEncoding.EncodeToString(key.ID), PersonID: a.ID, Name: name, Data: string(data), Created: s.clock.Now()}
	t := Trace{Audits: []Audit{s.audit(a, AuditPasskeyAdded, h.UnionPath, a.ID, nil)}}
	return k, s.store.AddPasskey(ctx, k, MaxPasskeys, t)
}

// Passkeys lists the actor's own, oldest first.
func (s *Service) Passkeys(ctx context.Context, a actor.Actor) (_ []Passkey, err error) {
	defer fault.Wrap(&err, "hall.Passkeys(%s)", a.ID)
	if !a.SignedIn() {
		return nil, fault.Refused()
	}
	return s.store.PasskeysOf(ctx, a.ID)
}

// DropPasskey forgets one of the actor's own, and ends their other sessions: it may be lost.
func (s *Service) DropPasskey(ctx context.Context, a actor.Actor, passkeyID, keep string) (err error) {
	defer fault.Wrap(&err, "hall.DropPasskey(%s)", a.ID)
	if !a.SignedIn() {
		return fault.Refused()
	}
	t := Trace{Audits: []Audit{s.audit(a, AuditPasskeyDropped, a.UnionPath, a.ID, nil)},
		Events: []event.Event{changed(PersonChanged, s.clock.Now(), a.ID, a.UnionPath)}}
	if err := s.store.DropPasskey(ctx, a.ID, passkeyID, t); err != nil {
		return err
	}
	_, err = s.EndOtherSessions(ctx, a, keep)
	return err
}

// BeginPasskeySignIn asks any device for a signature of whichever key its owner has for the hall.
func (s *Service) BeginPasskeySignIn(ctx context.Context, address string) (_ Ceremony, err error) {
	defer fault.Wrap(&err, "hall.BeginPasskeySignIn")
	if s.rp == nil {
		return Ceremony{}, fault.NoSuch()
	}
	if wait := s.attempts.Take("codes from "+address, s.clock.Now(), codesSource); wait > 0 {
		return Ceremony{}, limit.TooMany(wait)
	}
	options, session, err := s.rp.BeginDiscoverableLogin()
	if err != nil {
		return Ceremony{}, err
	}
	return s.ceremony(ctx, passkeySignIn, "", options.Response, session)
}

// BeginPasskeyProof asks the actor's device for a signature.
func (s *Service) BeginPasskeyProof(ctx context.Context, a actor.Actor) (_ Ceremony, err error) {
	defer fault.Wrap(&err, "hall.BeginPasskeyProof(%s)", a.ID)
	if s.rp == nil || !a.SignedIn() {
		return Ceremony{}, fault.NoSuch()
	}
	options, session, err := s.rp.BeginDiscoverableLogin()
	if err != nil {
		return Ceremony{}, err
	}
	return s.ceremony(ctx, passkeyProof, a.ID, options.Response, session)
}

// SignInByPasskey lets in the owner of the key that has signed.
func (s *Service) SignInByPasskey(ctx context.Context, token string, answer []byte, address string) (_ SignedIn, err error) {
	defer fault.Wrap(&err, "hall.SignInByPasskey")
	now := s.clock.Now()
	if wait := s.attempts.Take("source "+address, now, perSource); wait > 0 {
		return SignedIn{}, limit.TooMany(wait)
	}
	p, err := s.signed(ctx, passkeySignIn, token, "", answer)
	if err != nil {
		return SignedIn{}, err
	}
	s.attempts.GiveBack("source "+address, now, perSource)
	return SignedIn{Person: p}, nil
}

// ProveByPasskey checks a signature by one of the actor's own keys.
func (s *Service) ProveByPasskey(ctx context.Context, a actor.Actor, token string, answer []byte) (err error) {
	defer fault.Wrap(&err, "hall.ProveByPasskey(%s)", a.ID)
	if !a.SignedIn() {
		return fault.Refused()
	}
	p, err := s.signed(ctx, passkeyProof, token, a.ID, answer)
	if err == nil && p.ID != a.ID {
		return BadPasskey
	}
	return err
}

// signed gives the owner of the key that has signed what the token's challenge asked.
func (s *Service) signed(ctx context.Context, p Purpose, token, personID string, answer []byte) (Person, error) {
	if s.rp == nil {
		return Person{}, fault.NoSuch()
	}
	session, err := s.answered(ctx, p, token, personID)
	if err != nil {
		return Person{}, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return Person{}, badPasskey(ctx, err)
	}
	var who keyholder
	var broken error // the store's, which is not the key's fault
	find := func(_, handle []byte) (webauthn.User, error) {
		who, broken = s.keyholder(ctx, string(handle))
		return who, broken
	}
	key, err := s.rp.ValidateDiscoverableLogin(find, session, parsed)
	if broken != nil && !fault.Is(broken, fault.NotFound) {
		return Person{}, broken
	}
	if err != nil {
		return Person{}, badPasskey(ctx, err)
	}
	if who.Status != Active {
		return Person{}, BadPasskey
	}
	return who.Person, s.used(ctx, who, key)
}

// used keeps how often the key has signed. One that has signed less often than before is a copy.
func (s *Service) used(ctx context.Context, who keyholder, key *webauthn.Credential) error {
	passkeyID := base64.RawURLEncoding.EncodeToString(key.ID)
	if key.Authenticator.CloneWarning {
		slog.WarnContext(ctx, "a passkey counts backwards and is refused: it may have been copied", "person", who.ID)
		return BadPasskey
	}
	old, err := s.store.Passkey(ctx, passkeyID)
	if err != nil {
		return err
	}
	data, err := json.Marshal(key)
	if err != nil {
		return err
	}
	err = s.store.UsePasskey(ctx, passkeyID, old.Data, string(data), s.clock.Now())
	if fault.Is(err, fault.Conflict) {
		return BadPasskey
	}
	return err
}

// badPasskey hides why: the reader can only try again. The log of who runs the hall may say.
func badPasskey(ctx context.Context, err error) error {
	var p *protocol.Error
	if errors.As(err, &p) {
		slog.InfoContext(ctx, "passkey refused", "why", p.Type, "detail", p.Details)
	}
	return BadPasskey
}
