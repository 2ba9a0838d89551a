package hall

import (
	"context"
	"log/slog"
	"strings"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/lang"
)

// Mailer sends letters, and knows whose an address is.
type Mailer interface {
	// Owners gives those who have said, from a letter that went there, that the address is theirs. One query, whoever that is.
	Owners(ctx context.Context, address Email) (personIDs []string, err error)
	// Mail sends a letter in a language. It is called from one of a few workers and may take its time. No error holds the
	// address.
	Mail(ctx context.Context, to Email, tag, subject, text string) error
}

// letter is one on its way.
type letter struct {
	to                 Email
	tag, subject, text string
}

// Mails gives the service somebody who sends letters, by which a forgotten password can be replaced. To be called before
// Run.
func (s *Service) Mails(m Mailer) { s.mailer = m }

// MailsCodes reports whether a code for a new password can be had by e-mail.
func (s *Service) MailsCodes() bool { return s.mailer != nil }

// byMail reports whether a login asks for a letter. Only a new password can be had that way: to sign in, or to prove once
// more who one is, there is the password itself.
func (s *Service) byMail(p Purpose, login string) bool {
	return s.mailer != nil && p == CodePassword && strings.ContainsAny(login, "@＠")
}

// mailCode is SendCode to an e-mail address. An address that nobody has confirmed gets nothing. One that several have
// confirmed gets a letter without a code, for nobody can tell which of them asks; the answer is the same for all.
func (s *Service) mailCode(ctx context.Context, login, address string) (token string, err error) {
	to, ok := ParseEmail(login)
	if !ok {
		var c fault.Check
		c.Add("login", "hall.fault.email")
		return "", c.Err()
	}
	if err := s.mayText(string(to), address); err != nil {
		return "", err
	}
	who, err := s.activeOwners(ctx, to)
	if err != nil {
		return "", err
	}
	code, c := newCode(), Challenge{Purpose: CodePassword}
	l := letter{to: to, tag: lang.Of(ctx), subject: lang.T(ctx, "hall.code.mail.subject"),
		text: lang.T(ctx, "hall.code.mail.text", "code", code, "minutes", int(CodeLife.Minutes()))}
	switch len(who) {
	case 0:
	case 1:
		c.PersonID = who[0]
	default: // never met
		l.text = lang.T(ctx, "hall.code.mail.shared")
	}
	token, err = s.challengeWith(ctx, c, CodeLife, func(token string) string { return digest("code", token, code) })
	if err == nil && len(who) > 0 {
		s.post(ctx, l)
	}
	return token, err
}

// activeOwners gives whose the address is and who may sign in: in the same statements when there is nobody.
func (s *Service) activeOwners(ctx context.Context, to Email) (ids []string, err error) {
	owners, err := s.mailer.Owners(ctx, to)
	if err != nil {
		return nil, err
	}
	people, err := s.store.People(ctx, append(owners, ""))
	for _, p := range people {
		if p.Status == Active {
			ids = append(ids, p.ID)
		}
	}
	return ids, err
}

// post lets a letter be sent by Run.
func (s *Service) post(ctx context.Context, l letter) {
	select {
	case s.letters <- l:
	default: // it filled up just now: the answer stays what it is for everybody
		slog.WarnContext(ctx, "letter not sent, too many wait", "to", l.to)
	}
}

// sendLetters sends what waits until ctx ends. Letters wait apart from short messages: a slow server holds up no codes.
func (s *Service) sendLetters(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case l := <-s.letters:
			if err := s.mailer.Mail(ctx, l.to, l.tag, l.subject, l.text); err != nil && ctx.Err() == nil {
				slog.ErrorContext(ctx, "letter with a code not sent", "to", l.to, "err", err) // the address is masked
			}
		}
	}
}
