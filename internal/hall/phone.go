package hall

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/limit"
)

const (
	// CodePhone goes to the number that somebody wants in place of theirs. It stays good for its time, so that pressing twice
	// is answered alike: all it can do is give this person this number, and every other change of theirs ends it.
	CodePhone Purpose = "code-phone"

	// phoneLeft keeps the number that somebody had, until it has been told.
	phoneLeft Purpose = "phone-left"
	leftLife          = 24 * time.Hour
)

// Phones keeps with which number somebody signs in.
type Phones interface {
	// MovePhone gives a person another number, and ends what hung on the old one: all their sessions but keep, and all that was
	// asked of them and is not answered, but the challenge asked. fn sees the person as they were, and gives what is added
	// beside the trace; it may run twice. Who has the number already keeps all as it is, and fn is not called. A closed
	// account loses the number to them; when somebody else signs in with it, it fails with TakenPhone.
	MovePhone(ctx context.Context, personID string, to Phone, keep, asked string, fn func(old Person) (left Challenge, t Trace, err error)) error
}

// SendPhoneCode sends a code to the number that the actor wants in place of theirs, and gives the token with which it has
// to be entered. It does not look whether somebody has the number: only who holds it may know, and they have the code.
func (s *Service) SendPhoneCode(ctx context.Context, a actor.Actor, phone, address string) (token string, err error) {
	defer fault.Wrap(&err, "hall.SendPhoneCode(%s)", a.ID)
	if s.texter == nil {
		return "", fault.NoSuch()
	}
	if !a.SignedIn() {
		return "", fault.Refused()
	}
	p, err := s.store.Person(ctx, a.ID)
	if err != nil {
		return "", err
	}
	to, ok := ParsePhone(phone)
	var c fault.Check
	if c.That(ok, "phone", "hall.fault.phone") {
		c.That(to != p.Phone, "phone", "hall.fault.phone-same")
	}
	if err := c.Err(); err != nil {
		return "", err
	}
	if err := s.mayText(string(to), address); err != nil {
		return "", err
	}
	if wait := s.attempts.Take("codes by "+a.ID, s.clock.Now(), codesLong); wait > 0 { // whatever numbers they try
		return "", limit.TooMany(wait)
	}
	code := newCode()
	token, err = s.challengeWith(ctx, Challenge{PersonID: a.ID, Purpose: CodePhone, Phone: to}, CodeLife,
		func(token string) string { return digest("code", token, code) })
	if err == nil {
		s.queue(ctx, outgoing{to, lang.T(ctx, "hall.phone.text.code", "code", code, "minutes", int(CodeLife.Minutes())), code})
	}
	return token, err
}

// NewPhone gives the number to which the actor's code was sent; BadCode when it has none any more.
func (s *Service) NewPhone(ctx context.Context, a actor.Actor, token string) (_ Phone, err error) {
	defer fault.Wrap(&err, "hall.NewPhone(%s)", a.ID)
	c, ok, err := s.look(ctx, CodePhone, token)
	if err == nil && (!ok || !a.SignedIn() || c.PersonID != a.ID) {
		err = BadCode
	}
	if err != nil {
		return "", err
	}
	return c.Phone, nil
}

// ChangePhone takes the code that SendPhoneCode sent, gives the actor the number it was sent to, and ends all their
// sessions but keep. A number with which somebody else signs in is PhoneHeld: said to whoever has just proved that it is
// theirs, and to nobody else. The old number is told by TellNumbers.
func (s *Service) ChangePhone(ctx context.Context, a actor.Actor, token, code, address, keep string) (err error) {
	defer fault.Wrap(&err, "hall.ChangePhone(%s)", a.ID)
	if !a.SignedIn() {
		return fault.Refused()
	}
	c, err := s.enterCode(ctx, CodePhone, token, code, address, func(c Challenge) bool { return c.PersonID == a.ID })
	if err != nil {
		return err
	}
	err = s.movePhone(ctx, a, a.ID, c.Phone, keep, c.ID, AuditPhone)
	if errors.Is(err, TakenPhone) {
		return PhoneHeld
	}
	return err
}

// movePhone gives a person a number, writes down what that was, and leaves the number of before to be told.
func (s *Service) movePhone(ctx context.Context, a actor.Actor, personID string, to Phone, keep, asked, what string) error {
	err := s.store.MovePhone(ctx, personID, to, keep, asked, func(old Person) (Challenge, Trace, error) {
		if old.Status != Active {
			return Challenge{}, Trace{}, fault.Refused()
		}
		t := s.trace(s.audit(a, what, old.UnionPath, personID, nil), PersonChanged, personID)
		now := s.clock.Now()
		told := changed(PhoneChanged, now, personID, old.UnionPath)
		t.Events = append(t.Events, told)
		return Challenge{ID: challengeOf(told.ID), Purpose: phoneLeft, Data: what, Phone: old.Phone, Created: now, Expires: now.Add(leftLife)}, t, nil
	})
	if err == nil {
		s.forget(personID)
	}
	return err
}

// CheckPhone gives a person whose number the actor may correct: an officer who may hand them a password, and nobody else.
func (s *Service) CheckPhone(ctx context.Context, a actor.Actor, personID string) (_ Person, err error) {
	defer fault.Wrap(&err, "hall.CheckPhone(%s)", personID)
	return s.inTheirHands(ctx, a, personID)
}

// CorrectPhone gives a person another number, by an officer who may hand them a password: for somebody who has lost theirs,
// or whose account somebody else has got into. Nobody has proved it, as with those whom officers enter; so it must be
// nobody's yet, not even a closed account's. All sessions of the person end, and both numbers are told.
func (s *Service) CorrectPhone(ctx context.Context, a actor.Actor, personID, phone string) (_ Phone, err error) {
	defer fault.Wrap(&err, "hall.CorrectPhone(%s)", personID)
	p, err := s.inTheirHands(ctx, a, personID)
	if err != nil {
		return "", err
	}
	var c fault.Check
	to, ok := ParsePhone(phone)
	if !c.That(ok, "phone", "hall.fault.phone") {
		return "", c.Err()
	}
	if to == p.Phone {
		return to, nil // pressed twice
	}
	_, err = s.store.Credential(ctx, string(to))
	if fault.Is(err, fault.NotFound) {
		err = s.movePhone(ctx, a, p.ID, to, "", "", AuditPhoneCorrected)
	} else if err == nil {
		err = TakenPhone
	}
	if errors.Is(err, TakenPhone) {
		c.Add("phone", TakenPhone.Msg)
		err = c.Err()
	}
	return to, err
}

// TellNumbers sends a message to the number that somebody had until a PhoneChanged, and to the new one when an officer gave
// it to them: once, however often the event comes.
func (s *Service) TellNumbers(ctx context.Context, e event.Event) (err error) {
	defer fault.Wrap(&err, "hall.TellNumbers(%s)", e.ID)
	c, err := ChangedIn(e)
	if err != nil || s.texter == nil {
		return err
	}
	p, err := s.store.Person(ctx, c.ID)
	if err != nil {
		return err
	}
	left, ok, err := s.meet(ctx, phoneLeft, e.ID, func(Challenge) bool { return true })
	if err != nil || !ok {
		return err
	}
	ctx = lang.With(ctx, cmp.Or(p.Lang, "zh"))
	s.tellNumber(ctx, left.Phone, lang.T(ctx, "hall.phone.text.left", "phone", p.Phone.Masked()))
	if left.Data == AuditPhoneCorrected {
		s.tellNumber(ctx, p.Phone, lang.T(ctx, "hall.phone.text.given"))
	}
	return nil
}

// tellNumber tries once: it may have gone out, and the news on the hall's pages says the same.
func (s *Service) tellNumber(ctx context.Context, to Phone, text string) {
	if to == "" {
		return
	}
	if err := s.texter.Text(ctx, to, text, ""); err != nil {
		slog.ErrorContext(ctx, "a change of number not told", "to", to, "err", err)
	}
}
