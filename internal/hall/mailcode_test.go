package hall_test

import (
	"context"
	"errors"
	"regexp"
	"testing"
	"testing/fstest"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/hall/hallsql"
	"github.com/unionhall/unionhall/internal/hall/halltest"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/seal/sealtest"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

func init() {
	lang.Register(fstest.MapFS{"zh.json": {Data: []byte(`{"hall.code.mail.text": "{{.code}}"}`)}, "en.json": {Data: []byte(`{"hall.code.mail.text": "{{.code}}"}`)}})
}

// mailbox receives letters, and knows who has confirmed which address.
type mailbox struct {
	owners map[hall.Email][]string
	came   chan string
}

func (b mailbox) Owners(_ context.Context, a hall.Email) ([]string, error) { return b.owners[a], nil }

func (b mailbox) Mail(_ context.Context, to hall.Email, _, _, text string) error {
	b.came <- string(to) + " " + text
	return nil
}

var sixDigits = regexp.MustCompile(`\d{6}`)

// next waits for a letter.
func (b mailbox) next(t *testing.T) string {
	t.Helper()
	select {
	case got := <-b.came:
		return got
	case <-time.After(10 * time.Second):
		t.Fatal("no letter came")
		return ""
	}
}

func (b mailbox) silent(t *testing.T) {
	t.Helper()
	select {
	case got := <-b.came:
		t.Errorf("written to somebody: %s", got)
	case <-time.After(50 * time.Millisecond):
	}
}

func TestANewPasswordByMail(t *testing.T) {
	m := moverOn(t, sqldbtest.SQLite(t)) // whose codes go to telephones only
	if _, err := m.s.SendCode(bg, hall.CodePassword, "wu@mail.example", here); code(err) != fault.Invalid {
		t.Error("a hall without letters:", err)
	}
	w := halltest.NewWorld(t)
	who, other := w.A.Worker, w.B.Worker
	s, clk := w.Service(t, hallsql.New(sqldbtest.SQLite(t), sealtest.Box(t)))
	box := mailbox{came: make(chan string, 10), owners: map[hall.Email][]string{
		"wu@mail.example": {who.ID}, "both@mail.example": {who.ID, other.ID}, "gone@mail.example": {w.A.Contact.ID}, "half@mail.example": {w.A.Contact.ID, who.ID},
	}}
	s.Mails(box)
	ctx, cancel := context.WithCancel(bg)
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	if err := s.Leave(bg, halltest.Actor(t, s, w.A.Contact)); err != nil {
		t.Fatal(err)
	}
	ask := func(login string) (token string) {
		t.Helper()
		clk.Move(time.Minute)
		token, err := s.SendCode(lang.With(bg, "zh"), hall.CodePassword, login, here)
		if err != nil || token == "" {
			t.Fatal(login, err)
		}
		return token
	}

	// Nobody's, somebody's who has not confirmed it, somebody's who has left: all are answered, and none is written to.
	for _, login := range []string{"nobody@mail.example", string(who.Email), "gone@mail.example"} {
		token := ask(login)
		box.silent(t)
		if _, err := s.EnterPasswordCode(bg, token, "123456", here); !errors.Is(err, hall.BadCode) {
			t.Errorf("%s: %v", login, err)
		}
	}
	ask("both@mail.example")
	if got := box.next(t); sixDigits.MatchString(got) {
		t.Error("a code to an address of two:", got)
	}
	for _, login := range []string{"half@mail.example", " ＷＵ@Mail.Example "} {
		token := ask(login)
		digits := sixDigits.FindString(box.next(t))
		if _, err := s.SignInByCode(bg, token, digits, here); !errors.Is(err, hall.BadCode) {
			t.Error("it signs in:", err)
		}
		next, err := s.EnterPasswordCode(bg, token, digits, here)
		if err != nil {
			t.Fatal(login, err)
		}
		if _, err := s.EnterPasswordCode(bg, token, digits, here); !errors.Is(err, hall.BadCode) {
			t.Error("good twice:", err)
		}
		if p, err := s.SetNewPassword(bg, next, "good and long "+login); err != nil || p.ID != who.ID {
			t.Error(p, err)
		}
	}
	if _, err := s.SendCode(bg, hall.CodePassword, "wu@mail.example", "198.51.100.9"); code(err) != fault.TooMany {
		t.Error("a second letter within the minute:", err)
	}
	for _, p := range []hall.Purpose{hall.CodeSignIn, hall.CodeProof} {
		if _, err := s.SendCode(bg, p, "wu@mail.example", here); err == nil {
			t.Errorf("%s by e-mail", p)
		}
	}
	if _, err := s.SendCode(bg, hall.CodePassword, "wu@", here); code(err) != fault.Invalid {
		t.Error(err)
	}
}

// The statements are the same for an address of nobody, of one and of several.
func TestLettersTellNobodyWhoHasAnAccount(t *testing.T) {
	w := halltest.NewWorld(t)
	s, _ := w.Service(t, hallsql.New(sqldbtest.SQLite(t), sealtest.Box(t)))
	s.Mails(mailbox{came: make(chan string, 10), owners: map[hall.Email][]string{
		"one@mail.example": {w.A.Worker.ID}, "two@mail.example": {w.A.Worker.ID, w.B.Worker.ID}}})
	var counts []int
	for _, login := range []string{"none@mail.example", "one@mail.example", "two@mail.example"} {
		ctx, n := sqldb.CountQueries(bg)
		if _, err := s.SendCode(ctx, hall.CodePassword, login, here); err != nil {
			t.Fatal(err)
		}
		counts = append(counts, n.N())
	}
	if counts[0] == 0 || counts[0] != counts[1] || counts[1] != counts[2] {
		t.Errorf("%d statements", counts)
	}
}
