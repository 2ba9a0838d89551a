package noticesend

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"html"
	"net"
	"net/textproto"
	"slices"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/unionhall/unionhall/internal/lang"
)

// SMTP says how a server is spoken to.
type SMTP struct {
	Host     string
	Port     int
	TLS      bool // from the first byte; otherwise STARTTLS, which must be there
	Plain    bool // without TLS: only where the server is this machine
	User     string
	Password string
	From     string
	Roots    *tls.Config // nil is the machine's roots; tests have their own
}

// String keeps user and password out of logs.
func (s SMTP) String() string { return fmt.Sprintf("%s:%d", s.Host, s.Port) }

// mailer sends letters by SMTP.
type mailer struct {
	smtp    SMTP
	timeout time.Duration
}

// NewMail makes the gateway of e-mail.
func NewMail(s SMTP) Gateway { return &mailer{s, 10 * time.Second} }

func (m *mailer) client() (*mail.Client, error) {
	o := []mail.Option{mail.WithPort(m.smtp.Port), mail.WithTimeout(m.timeout)}
	switch {
	case m.smtp.TLS:
		o = append(o, mail.WithSSL())
	case m.smtp.Plain:
		o = append(o, mail.WithTLSPolicy(mail.NoTLS))
	default:
		o = append(o, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if m.smtp.Roots != nil {
		o = append(o, mail.WithTLSConfig(m.smtp.Roots))
	}
	if m.smtp.User != "" {
		o = append(o, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(m.smtp.User), mail.WithPassword(m.smtp.Password))
	}
	return mail.NewClient(m.smtp.Host, o...)
}

// Knock sees whether the server can be reached safely and lets the hall in. It sends nothing.
func Knock(ctx context.Context, s SMTP) error {
	c, err := (&mailer{s, 10 * time.Second}).client()
	if err != nil {
		return errors.New("the settings are wrong")
	}
	if err := c.DialWithContext(ctx); err != nil {
		return unopened(err)
	}
	_ = c.Close() // what it says to QUIT changes nothing
	return nil
}

// unopened says why a server could not be spoken to. Nothing was sent yet.
func unopened(err error) *Refusal {
	if barred(err) {
		return &Refusal{Ours: true, Why: "the mail server does not let the hall in: see --smtp-user and its password"}
	}
	return &Refusal{Again: true, Why: "the mail server cannot be reached: " + reachable(err)}
}

// Send implements Gateway.
func (m *mailer) Send(ctx context.Context, l Letter) error {
	msg, err := m.write(l)
	if err != nil {
		return &Refusal{Why: "the letter cannot be written"}
	}
	c, err := m.client()
	if err != nil {
		return &Refusal{Why: "the mail server's settings are wrong"}
	}
	if err := c.DialWithContext(ctx); err != nil {
		return unopened(err)
	}
	defer func() { _ = c.Close() }() // what it says to QUIT changes nothing
	err = c.Send(msg)
	if msg.IsDelivered() {
		return nil // whatever went wrong afterwards
	}
	return refusalOf(err)
}

// reachable puts an error of dialling into a word: its own text may hold what must not be kept.
func reachable(err error) string {
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &dns):
		return "no such name"
	case errors.As(err, &op):
		return "no connection"
	}
	return "no TLS"
}

// barred reports whether the server knows the hall and does not let it in.
func barred(err error) bool {
	var said *textproto.Error
	if errors.As(err, &said) {
		return slices.Contains([]int{530, 534, 535, 538}, said.Code)
	}
	return errors.Is(err, mail.ErrNoSupportedAuthDiscovered)
}

// refusalOf reads what the server said. Once the text is there and the server has said nothing, it may have taken it.
func refusalOf(err error) error {
	var e *mail.SendError
	if !errors.As(err, &e) {
		return errors.New("nobody knows what became of the letter")
	}
	code := e.ErrorCode()
	if code >= 400 && code <= 599 {
		r := &Refusal{Again: code < 500, Why: fmt.Sprintf("the mail server says %d", code)}
		r.Gone = e.Reason == mail.ErrSMTPRcptTo && (code == 550 || code == 551 || code == 553)
		return r
	}
	switch e.Reason {
	case mail.ErrSMTPDataClose, mail.ErrWriteContent, mail.ErrAmbiguous:
		return errors.New("nobody knows what became of the letter")
	}
	return &Refusal{Again: true, Why: "the mail server fell silent before the letter"}
}

// write makes the letter: plain text, and the same as simple HTML.
func (m *mailer) write(l Letter) (*mail.Msg, error) {
	msg := mail.NewMsg()
	if err := msg.FromFormat(lang.In(l.Lang, "notice.letter.from"), m.smtp.From); err != nil {
		return nil, err
	}
	if err := msg.To(l.To); err != nil {
		return nil, err
	}
	msg.SetMessageID()
	msg.SetDate()
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	if l.Stop != "" {
		msg.SetGenHeader("List-Unsubscribe", "<"+l.Stop+">")
		msg.SetGenHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	}
	msg.Subject(subject(l))
	plain, rich := bodies(l)
	msg.SetBodyString(mail.TypeTextPlain, plain)
	msg.AddAlternativeString(mail.TypeTextHTML, rich)
	return msg, nil
}

func subject(l Letter) string {
	switch {
	case l.Subject != "":
		return l.Subject
	case l.Asks:
		return lang.In(l.Lang, "notice.letter.asks")
	case len(l.Lines) == 1:
		return l.Lines[0].Text
	}
	return lang.In(l.Lang, "notice.letter.many", "count", len(l.Lines))
}

// bodies are the two forms of the text.
func bodies(l Letter) (plain, rich string) {
	var p, r strings.Builder
	tag := "zh-CN"
	if l.Lang == "en" {
		tag = "en"
	}
	fmt.Fprintf(&r, `<!doctype html><html lang="%s"><body style="font-family:sans-serif;line-height:1.6">`, tag)
	if l.Text != "" {
		fmt.Fprintf(&p, "%s\n", l.Text)
		fmt.Fprintf(&r, `<p>%s</p>`, html.EscapeString(l.Text))
	}
	for _, x := range l.Lines {
		text := x.Text
		if l.Asks {
			text = lang.In(l.Lang, "notice.letter.asks.text")
		}
		fmt.Fprintf(&p, "%s\n%s\n\n", text, x.Link)
		fmt.Fprintf(&r, `<p>%s<br><a href="%s">%s</a></p>`, html.EscapeString(text), html.EscapeString(x.Link), html.EscapeString(lang.In(l.Lang, "notice.letter.open")))
	}
	if l.Stop != "" {
		stop := lang.In(l.Lang, "notice.letter.stop")
		fmt.Fprintf(&p, "—\n%s\n%s\n", stop, l.Stop)
		fmt.Fprintf(&r, `<hr><p><a href="%s">%s</a></p>`, html.EscapeString(l.Stop), html.EscapeString(stop))
	}
	r.WriteString("</body></html>")
	return p.String(), r.String()
}
