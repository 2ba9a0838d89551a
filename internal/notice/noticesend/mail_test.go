package noticesend_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	"net/mail"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/notice/noticesend"
	_ "github.com/unionhall/unionhall/internal/notice/noticeweb" // the words of letters
)

// server is an SMTP server that speaks STARTTLS and lets in whoever gives the password.
type server struct {
	t      *testing.T
	l      net.Listener
	tls    *tls.Config
	auth   string // its answer to AUTH, "" lets in
	rcpt   string // its answer to RCPT, "" is 250
	data   string // its answer to DATA
	end    string // its answer after the text; "hang up" takes it and says nothing
	noTLS  bool
	mu     sync.Mutex
	took   []string
	logins []string
}

func serve(t *testing.T) (*server, noticesend.SMTP) {
	t.Helper()
	certs := httptest.NewTLSServer(nil)
	t.Cleanup(certs.Close)
	roots := x509.NewCertPool()
	roots.AddCert(certs.Certificate())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	s := &server{t: t, l: l, tls: &tls.Config{Certificates: certs.TLS.Certificates}}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.talk(c)
		}
	}()
	port, _ := strconv.Atoi(l.Addr().String()[strings.LastIndex(l.Addr().String(), ":")+1:])
	return s, noticesend.SMTP{Host: "127.0.0.1", Port: port, User: "hall", Password: "geheim-7719", From: "hall@union.example",
		Roots: &tls.Config{RootCAs: roots, ServerName: "127.0.0.1"}}
}

func (s *server) talk(c net.Conn) {
	defer func() { c.Close() }()
	r := bufio.NewReader(c)
	say := func(line string) { _, _ = io.WriteString(c, line+"\r\n") }
	or := func(a, b string) string {
		if a != "" {
			return a
		}
		return b
	}
	say("220 mail.example ESMTP")
	secure := false
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSpace(line)
		switch verb, _, _ := strings.Cut(strings.ToUpper(line), " "); verb {
		case "EHLO":
			switch {
			case secure:
				say("250-mail.example\r\n250 AUTH PLAIN")
			case s.noTLS:
				say("250 mail.example")
			default:
				say("250-mail.example\r\n250 STARTTLS")
			}
		case "STARTTLS":
			say("220 go on")
			t := tls.Server(c, s.tls)
			c, r, secure = t, bufio.NewReader(t), true
		case "AUTH":
			s.mu.Lock()
			s.logins = append(s.logins, line)
			s.mu.Unlock()
			say(or(s.auth, "235 come in"))
		case "RCPT":
			say(or(s.rcpt, "250 ok"))
		case "DATA":
			say(or(s.data, "354 go on"))
			if s.data != "" {
				continue
			}
			var text strings.Builder
			for {
				line, err := r.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				text.WriteString(line)
			}
			if s.end == "hang up" || s.end == "" {
				s.mu.Lock()
				s.took = append(s.took, text.String())
				s.mu.Unlock()
			}
			if s.end == "hang up" {
				return
			}
			say(or(s.end, "250 taken"))
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

var letter = noticesend.Letter{To: "li@mail.example", Lang: "zh", Stop: "https://hall.example/stop",
	Lines: []noticesend.Line{{Text: "<主轴>异响适合您", Link: "https://hall.example/needs/1"}}}

func TestMailIsReadable(t *testing.T) {
	s, to := serve(t)
	if err := noticesend.NewMail(to).Send(context.Background(), letter); err != nil {
		t.Fatal(err)
	}
	if len(s.took) != 1 || len(s.logins) != 1 {
		t.Fatal(s.took, s.logins)
	}
	m, err := mail.ReadMessage(strings.NewReader(s.took[0]))
	if err != nil {
		t.Fatal(err)
	}
	words := mime.WordDecoder{}
	subject, _ := words.DecodeHeader(m.Header.Get("Subject"))
	if subject != letter.Lines[0].Text || m.Header.Get("List-Unsubscribe") != "<https://hall.example/stop>" ||
		m.Header.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" {
		t.Fatal(subject, m.Header)
	}
	_, p, _ := mime.ParseMediaType(m.Header.Get("Content-Type"))
	parts := multipart.NewReader(m.Body, p["boundary"])
	var texts []string
	for {
		part, err := parts.NextRawPart()
		if err != nil {
			break
		}
		b, _ := io.ReadAll(quotedprintable.NewReader(part))
		texts = append(texts, string(b))
	}
	if len(texts) != 2 || !strings.Contains(texts[0], "<主轴>异响适合您\r\nhttps://hall.example/needs/1") ||
		!strings.Contains(texts[1], "&lt;主轴&gt;") || strings.Contains(texts[1], "<主轴>") ||
		!strings.Contains(texts[0], lang.In("zh", "notice.letter.stop")) {
		t.Fatalf("%q", texts)
	}
}

// outcome is what an attempt came to.
func outcome(err error) string {
	var r *noticesend.Refusal
	switch {
	case err == nil:
		return "taken"
	case !errors.As(err, &r):
		return "unknown"
	case r.Ours:
		return "ours"
	case r.Gone:
		return "gone"
	case r.Again:
		return "again"
	}
	return "refused"
}

func TestWhatServersSay(t *testing.T) {
	for name, c := range map[string]struct {
		set  func(*server, *noticesend.SMTP)
		want string
	}{
		"nobody there":          {func(s *server, _ *noticesend.SMTP) { s.rcpt = "550 no such user" }, "gone"},
		"wrong password":        {func(s *server, _ *noticesend.SMTP) { s.auth = "535 5.7.8 who are you" }, "ours"},
		"cannot say yet who":    {func(s *server, _ *noticesend.SMTP) { s.auth = "454 later" }, "again"},
		"mailbox full":          {func(s *server, _ *noticesend.SMTP) { s.rcpt = "452 full" }, "again"},
		"not now":               {func(s *server, _ *noticesend.SMTP) { s.data = "451 later" }, "again"},
		"later, after the text": {func(s *server, _ *noticesend.SMTP) { s.end = "451 later" }, "again"},
		"spam":                  {func(s *server, _ *noticesend.SMTP) { s.end = "554 spam" }, "refused"},
		"taken without a word":  {func(s *server, _ *noticesend.SMTP) { s.end = "hang up" }, "unknown"},
		"no TLS":                {func(s *server, _ *noticesend.SMTP) { s.noTLS = true }, "again"},
		"nobody listens":        {func(s *server, _ *noticesend.SMTP) { s.l.Close() }, "again"},
		"a strange certificate": {func(_ *server, to *noticesend.SMTP) { to.Roots = &tls.Config{ServerName: "127.0.0.1"} }, "again"},
	} {
		t.Run(name, func(t *testing.T) {
			s, to := serve(t)
			c.set(s, &to)
			knocked := noticesend.Knock(context.Background(), to)
			if wrong := (c.want == "ours" || name == "no TLS" || name == "nobody listens" || name == "a strange certificate" || name == "cannot say yet who"); (knocked != nil) != wrong {
				t.Errorf("knocked: %v", knocked)
			}
			s.mu.Lock()
			s.logins = nil
			s.mu.Unlock()
			err := noticesend.NewMail(to).Send(context.Background(), letter)
			if got := outcome(err); got != c.want {
				t.Fatalf("%s: %v, want %s", got, err, c.want)
			}
			if err != nil && (strings.Contains(err.Error(), "geheim") || strings.Contains(err.Error(), letter.To)) {
				t.Fatal("the error tells secrets:", err)
			}
			if len(s.logins) > 0 && s.noTLS {
				t.Fatal("the password went in the clear")
			}
		})
	}
}

func TestTextMessages(t *testing.T) {
	refused, silent := errors.New("refused"), errors.New("silent")
	var said string
	var fails error
	g := noticesend.NewText(func(_ context.Context, phone, text string) error { said = phone + " " + text; return fails },
		func(err error) bool { return err == refused })
	long := letter
	long.To, long.Lines = "+8613900000001", []noticesend.Line{{Text: strings.Repeat("长", 200), Link: "https://hall.example/needs/1"}}
	for err, want := range map[error]string{nil: "taken", refused: "again", silent: "unknown"} {
		fails = err
		if got := outcome(g.Send(context.Background(), long)); got != want {
			t.Error(got, want)
		}
	}
	if !strings.HasPrefix(said, "+8613900000001 ") || !strings.HasSuffix(said, "https://hall.example/needs/1") || strings.Count(said, "长") != 59 {
		t.Error(said)
	}
}
