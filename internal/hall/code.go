package hall

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/limit"
)

// What a one-time code is good for.
const (
	CodeSignIn   Purpose = "code-sign-in"
	CodePassword Purpose = "code-password" // to set a new password
	CodeProof    Purpose = "code-proof"    // to prove once more who one is

	newPassword Purpose = "new-password" // follows CodePassword
)

// How long a code is good, and how long after it a password may be set.
const (
	CodeLife     = 5 * time.Minute
	passwordLife = 15 * time.Minute
)

// How many codes may be asked for: to one number within a minute and over hours, and from one address. With five tries
// for each, somebody who guesses has some hundred in a day, of a million.
var (
	codesSoon   = limit.Rate{Burst: 1, Every: 55 * time.Second}
	codesLong   = limit.Rate{Burst: 5, Every: time.Hour}
	codesSource = limit.Rate{Burst: 30, Every: time.Minute}
)

// Texter sends short messages to telephones.
type Texter interface {
	// Text sends a text; code is the one-time code in it. It is called from one of a few workers and may take its time.
	Text(ctx context.Context, to Phone, text, code string) error
}

// outgoing is a message on its way.
type outgoing struct {
	to   Phone
	text string
	code string
}

// Texts gives the service somebody who sends messages, which makes one-time codes possible. To be called before Run.
func (s *Service) Texts(t Texter) { s.texter = t }

// SendsCodes reports whether one-time codes can be had.
func (s *Service) SendsCodes() bool { return s.texter != nil }

// SendCode sends a one-time code to the telephone with which somebody signs in, or, for CodePassword, to an e-mail address
// that they have confirmed, and gives the token with which it has to be entered. Whether there is anybody behind it cannot
// be told from the answer, nor from how long it takes: the message is sent afterwards, by Run. Too many are fault.TooMany.
func (s *Service) SendCode(ctx context.Context, p Purpose, login, address string) (token string, err error) {
	defer fault.Wrap(&err, "hall.SendCode(%s)", p)
	if s.byMail(p, login) {
		return s.mailCode(ctx, login, address)
	}
	if s.texter == nil {
		return "", fault.NoSuch()
	}
	phone, ok := ParsePhone(login)
	if !ok {
		var c fault.Check
		c.Add("login", "hall.fault.phone")
		return "", c.Err()
	}
	if err := s.mayText(string(phone), address); err != nil {
		return "", err
	}
	cred, err := s.store.Credential(ctx, string(phone))
	if err != nil && !fault.Is(err, fault.NotFound) {
		return "", err
	}
	if cred.Status != Active {
		cred.PersonID = "" // kept all the same, and never met
	}
	code := newCode()
	token, err = s.challengeWith(ctx, Challenge{PersonID: cred.PersonID, Purpose: p}, CodeLife,
		func(token string) string { return digest("code", token, code) })
	if err != nil || cred.PersonID == "" {
		return token, err
	}
	s.queue(ctx, outgoing{phone, codeText(ctx, code), code})
	return token, nil
}

func codeText(ctx context.Context, code string) string {
	return lang.T(ctx, "hall.code.text", "code", code, "minutes", int(CodeLife.Minutes()))
}

// mayText counts a message to a number or mail address, asked for from a network address. The answers are the same for all
// of them.
func (s *Service) mayText(to, address string) error {
	if len(s.codes) == cap(s.codes) || len(s.letters) == cap(s.letters) { // the gateway is slow, and many wait; said to all, or it would tell who has an account
		return fault.New(fault.Unavailable, "fault.unavailable")
	}
	now := s.clock.Now()
	if wait := s.attempts.Take("codes from "+address, now, codesSource); wait > 0 {
		return limit.TooMany(wait)
	}
	// The short one first: whoever presses again within the minute loses none of their hours.
	if wait := s.attempts.Take("codes soon "+to, now, codesSoon); wait > 0 {
		return limit.TooMany(wait)
	}
	if wait := s.attempts.Take("codes long "+to, now, codesLong); wait > 0 {
		return limit.TooMany(wait)
	}
	return nil
}

// queue lets a message be sent by Run.
func (s *Service) queue(ctx context.Context, o outgoing) {
	select {
	case s.codes <- o:
	default: // it filled up just now: the answer stays what it is for everybody
		slog.WarnContext(ctx, "one-time code not sent, too many wait", "to", o.to)
	}
}

// sendCodes sends what waits until ctx ends.
func (s *Service) sendCodes(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case o := <-s.codes:
			if err := s.texter.Text(ctx, o.to, o.text, o.code); err != nil && ctx.Err() == nil {
				slog.ErrorContext(ctx, "one-time code not sent", "to", o.to, "err", err) // the number is masked
			}
		}
	}
}

// newCode makes six digits, each as likely as the others.
func newCode() string {
	const all = 1_000_000
	var b [4]byte
	for {
		rand.Read(b[:])
		if n := binary.BigEndian.Uint32(b[:]); n < (1<<32)/all*all {
			return fmt.Sprintf("%06d", n%all)
		}
	}
}

// typed is a code as it was sent: telephones and people add spaces, and some keyboards write wide digits.
func typed(code string) string {
	return strings.Join(strings.FieldsFunc(norm.NFKC.String(code), func(r rune) bool { return r == ' ' || r == '-' || r == '\u3000' }), "")
}

// enter checks a code. A wrong one, one of before, and one to a number without anybody are all BadCode.
func (s *Service) enter(ctx context.Context, p Purpose, token, code, address string) (Person, error) {
	c, err := s.enterCode(ctx, p, token, code, address, func(c Challenge) bool { return c.PersonID != "" })
	if err != nil {
		return Person{}, err
	}
	who, err := s.store.Person(ctx, c.PersonID)
	if fault.Is(err, fault.NotFound) || err == nil && who.Status != Active {
		return Person{}, BadCode
	}
	return who, err
}

// enterCode checks a code against the challenge behind the token, if real says that it is one that can be met.
func (s *Service) enterCode(ctx context.Context, p Purpose, token, code, address string, real func(Challenge) bool) (Challenge, error) {
	now := s.clock.Now()
	if wait := s.attempts.Take("source "+address, now, perSource); wait > 0 {
		return Challenge{}, limit.TooMany(wait)
	}
	code = typed(code)
	c, ok, err := s.meet(ctx, p, token, func(c Challenge) bool {
		right := subtle.ConstantTimeCompare([]byte(c.Secret), []byte(digest("code", token, code))) == 1
		return right && real(c)
	})
	if err != nil {
		return Challenge{}, err
	}
	if !ok {
		return Challenge{}, BadCode
	}
	s.attempts.GiveBack("source "+address, now, perSource)
	return c, nil
}

// SignInByCode lets in whoever has the code that SendCode sent for CodeSignIn. Each code is good once.
func (s *Service) SignInByCode(ctx context.Context, token, code, address string) (_ SignedIn, err error) {
	defer fault.Wrap(&err, "hall.SignInByCode")
	p, err := s.enter(ctx, CodeSignIn, token, code, address)
	return SignedIn{Person: p}, err
}

// EnterPasswordCode takes the code that SendCode sent for CodePassword, and gives the token with which a new password is
// set within a quarter of an hour.
func (s *Service) EnterPasswordCode(ctx context.Context, token, code, address string) (next string, err error) {
	defer fault.Wrap(&err, "hall.EnterPasswordCode")
	p, err := s.enter(ctx, CodePassword, token, code, address)
	if err != nil {
		return "", err
	}
	return s.challenge(ctx, Challenge{PersonID: p.ID, Purpose: newPassword}, passwordLife)
}

// SetNewPassword gives the person who entered their code a password of their choice, and ends all their sessions. One
// that is too weak leaves the token good for another.
func (s *Service) SetNewPassword(ctx context.Context, token, password string) (_ Person, err error) {
	defer fault.Wrap(&err, "hall.SetNewPassword")
	seen, ok, err := s.look(ctx, newPassword, token)
	if err != nil {
		return Person{}, err
	}
	if !ok {
		return Person{}, BadCode
	}
	p, err := s.store.Person(ctx, seen.PersonID)
	if err != nil {
		return Person{}, err
	}
	var c fault.Check
	checkPassword(&c, "password", password, p)
	if err := c.Err(); err != nil {
		return Person{}, err
	}
	hash, err := s.hash.Hash(ctx, password)
	if err != nil {
		return Person{}, err
	}
	if _, ok, err = s.meet(ctx, newPassword, token, func(Challenge) bool { return true }); err != nil {
		return Person{}, err
	}
	if !ok || p.Status != Active {
		return Person{}, BadCode
	}
	self := actor.Actor{Kind: actor.Person, ID: p.ID}
	t := s.trace(s.audit(self, AuditReset, p.UnionPath, p.ID, nil), PersonChanged, p.ID)
	if err := s.store.HandOut(ctx, p.ID, hash, false, t); err != nil {
		return Person{}, err
	}
	s.attempts.Reset("account " + string(p.Phone))
	s.forget(p.ID)
	return p, nil
}

// ProveByCode checks a code that was sent to the actor for CodeProof.
func (s *Service) ProveByCode(ctx context.Context, a actor.Actor, token, code, address string) (err error) {
	defer fault.Wrap(&err, "hall.ProveByCode(%s)", a.ID)
	p, err := s.enter(ctx, CodeProof, token, code, address)
	if err == nil && p.ID != a.ID {
		return BadCode
	}
	return err
}

// SendProofCode sends a code to the actor's own telephone.
func (s *Service) SendProofCode(ctx context.Context, a actor.Actor, address string) (token string, err error) {
	defer fault.Wrap(&err, "hall.SendProofCode(%s)", a.ID)
	if !a.SignedIn() {
		return "", fault.Refused()
	}
	p, err := s.store.Person(ctx, a.ID)
	if err != nil {
		return "", err
	}
	return s.SendCode(ctx, CodeProof, string(p.Phone), address)
}

// ProveByPassword checks the actor's own password once more. Wrong ones are slowed as at signing in.
func (s *Service) ProveByPassword(ctx context.Context, a actor.Actor, password string) (err error) {
	defer fault.Wrap(&err, "hall.ProveByPassword(%s)", a.ID)
	if !a.SignedIn() {
		return fault.Refused()
	}
	if wait := s.attempts.Take("proof "+a.ID, s.clock.Now(), perAccount); wait > 0 {
		return limit.TooMany(wait)
	}
	cred, err := s.store.CredentialOf(ctx, a.ID)
	if err != nil {
		return err
	}
	fits, err := s.verify(ctx, cred, password)
	if err != nil {
		return err
	}
	if !fits || cred.Status != Active {
		var c fault.Check
		c.Add("proof-password", "hall.fault.password-old")
		return c.Err()
	}
	s.attempts.Reset("proof " + a.ID)
	return nil
}
