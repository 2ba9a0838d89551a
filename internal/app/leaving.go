package app

import (
	"context"
	"errors"
	"net"
	"net/mail"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/notice"
	"github.com/unionhall/unionhall/internal/notice/noticesend"
	"github.com/unionhall/unionhall/internal/notice/noticesql"
	"github.com/unionhall/unionhall/internal/notice/noticeweb"
	"github.com/unionhall/unionhall/internal/privacy"
	"github.com/unionhall/unionhall/internal/sms"
)

// Mail is how e-mail leaves the hall. Without a server it does not.
type Mail struct {
	Server       string // smtp://mail.example:587 (STARTTLS), smtps://mail.example:465 (TLS), smtp+plain://localhost:25
	User         string
	PasswordFile string
	From         string // the address that letters come from
}

// smtp reads the settings.
func (m Mail) smtp() (s noticesend.SMTP, err error) {
	u, err := url.Parse(m.Server)
	if err != nil || u.Hostname() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" {
		return s, errors.New("--smtp wants smtp://host:587, smtps://host:465 or smtp+plain://localhost:25")
	}
	s = noticesend.SMTP{Host: u.Hostname(), User: m.User, From: m.From}
	switch u.Scheme {
	case "smtp":
		s.Port = 587
	case "smtps":
		s.Port, s.TLS = 465, true
	case "smtp+plain":
		s.Port, s.Plain = 25, true
		if ip := net.ParseIP(s.Host); s.Host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return s, errors.New("smtp+plain is for a server on this machine only; use smtp (STARTTLS) or smtps")
		}
	default:
		return s, errors.New("--smtp begins with smtp, smtps or smtp+plain")
	}
	if p := u.Port(); p != "" {
		if s.Port, err = strconv.Atoi(p); err != nil {
			return s, err
		}
	}
	if _, err := mail.ParseAddress(m.From); err != nil {
		return s, errors.New("--smtp-from wants the address that letters come from")
	}
	if m.PasswordFile != "" {
		b, err := os.ReadFile(m.PasswordFile)
		if err != nil {
			return s, err
		}
		s.Password = strings.TrimSpace(string(b))
	}
	return s, nil
}

// knock opens the mail server, as the hall does for each letter; nil where there is none.
func (m Mail) knock() func(context.Context) (string, error) {
	if m.Server == "" {
		return nil
	}
	return func(ctx context.Context) (string, error) {
		server, err := m.smtp()
		if err != nil {
			return "", err
		}
		return server.String(), noticesend.Knock(ctx, server)
	}
}

// leave lets news leave the hall by what is configured.
func (a *App) leave() error {
	gateways := map[notice.Way]noticesend.Gateway{}
	var offered []notice.Way
	if a.Config.Mail.Server != "" {
		server, err := a.Config.Mail.smtp()
		if err != nil {
			return advise(err, "cannot send e-mail (%v): see that the --smtp flags are right", err)
		}
		gateways[notice.Mail] = noticesend.NewMail(server)
		offered = append(offered, notice.Mail, notice.Digest)
		a.Hall.Mails(mailer{a.Notices, gateways[notice.Mail]})
	}
	if !sms.IsFile(a.Config.SMS) {
		sender, err := sms.Open(a.Config.SMS, a.Config.Dir, a.log)
		if err != nil {
			return advise(err, "cannot send short messages (%v): see that --sms is right", err)
		}
		gateways[notice.Text] = noticesend.NewText(func(ctx context.Context, phone, text string) error {
			return sender.Send(ctx, sms.Message{Phone: phone, Text: text})
		}, func(err error) bool { return errors.Is(err, sms.ErrRefused) })
		offered = append(offered, notice.Text)
	}
	keys, err := pushKeys(a.Config.pushFile())
	if err != nil {
		a.log.Warn("browsers cannot be told: the key file is not to be had", "path", a.Config.pushFile(), "err", err)
	} else {
		gateways[notice.Push] = a.push(keys)
		offered = append(offered, notice.Push)
	}
	a.news = noticesend.New(noticesend.Options{Store: a.out, Items: noticesql.New(a.DB), Gateways: gateways, Contact: a.contact,
		Text: noticeweb.Sentence, BaseURL: a.Config.Address(), Mark: a.box.Mark, Clock: a.clock, Log: a.log})
	a.Notices.Leave(notice.LeavingOptions{Store: a.out, Offered: offered, Mark: a.box.Mark, Nudge: a.news.Nudge, Agreed: a.agreed, PushKey: keys.Public,
		Browser: func(s string) (string, string, bool) { return noticesend.Subscription(s, a.Config.reach().Check) },
		Mail:    func(s string) (string, bool) { e, ok := hall.ParseEmail(s); return string(e), ok && e != "" }})
	return nil
}

// agreed reports whether a person lets news leave the hall.
func (a *App) agreed(ctx context.Context, personID string) (bool, error) {
	return a.Privacy.Consented(ctx, personID, privacy.News)
}

// contact is what a letter needs to know of a person. Who has left gets none.
func (a *App) contact(ctx context.Context, personID string) (noticesend.Contact, error) {
	p, err := a.Hall.Person(ctx, actor.Hall, personID)
	if err == nil && p.Status == hall.Closed {
		err = fault.NoSuch()
	}
	if err != nil {
		return noticesend.Contact{}, err
	}
	agreed, err := a.agreed(ctx, personID)
	return noticesend.Contact{Lang: p.Lang, Phone: string(p.Phone), Objected: !agreed}, err
}
