package hallweb_test

import (
	"context"
	"regexp"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/hall/halltest"
)

// mailed is what came by e-mail, and who has confirmed which address.
type mailed struct {
	owners map[hall.Email][]string
	came   chan string
}

func (m mailed) Owners(_ context.Context, a hall.Email) ([]string, error) { return m.owners[a], nil }

func (m mailed) Mail(_ context.Context, to hall.Email, _, subject, text string) error {
	m.came <- string(to) + " " + subject + " " + text
	return nil
}

func (m mailed) next(t *testing.T) string {
	t.Helper()
	select {
	case got := <-m.came:
		return got
	case <-time.After(10 * time.Second):
		t.Fatal("no letter came")
		return ""
	}
}

func TestAForgottenPasswordByMail(t *testing.T) {
	s := open(t)
	who := s.A.Worker
	box := mailed{came: make(chan string, 10), owners: map[hall.Email][]string{"wu@mail.example": {who.ID}, "both@mail.example": {who.ID, s.B.Worker.ID}}}
	s.s.Mails(box)
	s.s.Texts(make(sent, 10))
	ctx, stop := context.WithCancel(bg)
	ended := make(chan error, 1)
	go func() { ended <- s.s.Run(ctx) }()
	t.Cleanup(func() { stop(); <-ended })

	r := s.reader(t)
	r.get("/signin/code").want(t, 200).without(t, "邮箱")
	r.get("/signin/code?for=password").want(t, 200, "手机号或邮箱", "通知方式")
	r.post("/signin/code", "login", "wu@", "for", "password").want(t, 422, "邮箱")
	r.post("/signin/code", "login", "wu@mail.example").want(t, 422, "有效的手机号") // to sign in there is the password
	// An address of nobody and of several is answered as one of somebody.
	none := s.reader(t).post("/signin/code", "login", "nobody@mail.example", "for", "password").leads(t, "/signin/code/enter?for=password")
	both := s.reader(t).post("/signin/code", "login", "both@mail.example", "for", "password").leads(t, "/signin/code/enter?for=password")
	mine := r.post("/signin/code", "login", "ＷＵ@mail.example", "for", "password").leads(t, "/signin/code/enter?for=password")
	if none.body != mine.body || both.body != mine.body || len(none.header) != len(mine.header) || len(both.header) != len(mine.header) {
		t.Errorf("%v\n%v\n%v", none, both, mine)
	}
	r.get("/signin/code/enter?for=password").want(t, 200, "手机号或邮箱").without(t, "mail.example")
	letters := map[bool]string{}
	for range 2 {
		l := box.next(t)
		letters[regexp.MustCompile(`^wu@mail.example `).MatchString(l)] = l
	}
	code := regexp.MustCompile(`\d{6}`)
	if code.MatchString(letters[false]) || code.FindString(letters[true]) == "" {
		t.Errorf("%v", letters)
	}
	r.post("/signin/code/enter", "code", "x", "for", "password").want(t, 422, "验证码不对")
	r.post("/signin/code/enter", "code", code.FindString(letters[true]), "for", "password").leads(t, "/signin/password")
	r.post("/signin/password", "password", "another good one", "again", "another good one").leads(t, "/me")
	r.get("/me").want(t, 200, who.Name)
	s.reader(t).post("/signin", "login", who.Phone.Whole(), "password", halltest.Password).want(t, 422)
}

// A hall that sends letters and no short messages helps those who have confirmed an address.
func TestLettersWithoutAGateway(t *testing.T) {
	s := open(t)
	s.s.Mails(mailed{came: make(chan string, 10)})
	s.reader(t).get("/signin").want(t, 200, "忘记密码").without(t, "短信验证码")
	s.reader(t).get("/signin/code").want(t, 404)
	s.reader(t).get("/signin/code?for=password").want(t, 200, "手机号或邮箱")
	s.reader(t).post("/signin/code", "login", "wu@mail.example", "for", "password").leads(t, "/signin/code/enter?for=password")
}
