package hallweb_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/hall/halltest"
)

// sent is what came to telephones: number and code.
type sent chan string

func (c sent) Text(_ context.Context, to hall.Phone, text, code string) error {
	if !strings.Contains(text, code) {
		c <- "the text lacks the code"
	}
	c <- to.Whole() + " " + code
	return nil
}

func (c sent) code(t *testing.T, phone hall.Phone) string {
	t.Helper()
	select {
	case got := <-c:
		to, code, _ := strings.Cut(got, " ")
		if to != phone.Whole() {
			t.Fatalf("sent: %s", got)
		}
		return code
	case <-time.After(10 * time.Second):
		t.Fatal("no code came")
		return ""
	}
}

// withPhones is a hall that sends codes.
func withPhones(t *testing.T) (*site, sent) {
	s, c := open(t), make(sent, 10)
	s.s.Texts(c)
	ctx, stop := context.WithCancel(bg)
	ended := make(chan error, 1)
	go func() { ended <- s.s.Run(ctx) }()
	t.Cleanup(func() { stop(); <-ended })
	return s, c
}

func TestSigningInByCode(t *testing.T) {
	s, phones := withPhones(t)
	r, who := s.reader(t), s.A.Worker
	r.get("/signin").want(t, 200, "用短信验证码登录", "忘记密码")
	r.get("/signin/code?next=/me/sessions").want(t, 200, "手机号")
	r.get("/signin/code/enter").leads(t, "/signin/code")
	r.post("/signin/code", "login", "12", "next", "/me/sessions").want(t, 422, "有效的手机号")
	r.post("/signin/code", "login", who.Phone.Whole(), "next", "/me/sessions").leads(t, "/signin/code/enter?next=%2Fme%2Fsessions")
	r.get("/signin/code/enter?next=/me/sessions").want(t, 200, "六位验证码").without(t, who.Phone.Whole())
	code := phones.code(t, who.Phone)
	r.post("/signin/code/enter", "code", "x", "next", "/me/sessions").want(t, 422, "验证码不对")
	s.reader(t).post("/signin/code/enter", "code", code).want(t, 422, "验证码不对") // from another browser
	r.post("/signin/code/enter", "code", code, "next", "/me/sessions").leads(t, "/me/sessions")
	r.get("/me").want(t, 200, who.Name)
	if again := s.reader(t).post("/signin/code", "login", who.Phone.Whole()); again.status != http.StatusTooManyRequests || again.header.Get("Retry-After") == "" {
		t.Errorf("a second code within the minute: %d", again.status)
	}
	s.reader(t).post("/signin/code", "login", "13999999999").leads(t, "/signin/code/enter")
}

func TestAForgottenPassword(t *testing.T) {
	s, phones := withPhones(t)
	r, who := s.reader(t), s.A.Worker
	r.get("/signin/password").leads(t, "/signin/code?for=password")
	r.get("/signin/code?for=password").want(t, 200, "找回密码")
	r.post("/signin/code", "login", who.Phone.Whole(), "for", "password").leads(t, "/signin/code/enter?for=password")
	r.post("/signin/code/enter", "code", phones.code(t, who.Phone), "for", "password").leads(t, "/signin/password")
	r.get("/signin/password").want(t, 200, "设置新密码")
	r.post("/signin/password", "password", "another good one", "again", "another god one").want(t, 422, "两次")
	r.post("/signin/password", "password", "password", "again", "password").want(t, 422)
	r.post("/signin/password", "password", "another good one", "again", "another good one").leads(t, "/me")
	r.get("/me").want(t, 200, who.Name)
	s.reader(t).post("/signin", "login", who.Phone.Whole(), "password", halltest.Password).want(t, 422)
	s.reader(t).post("/signin", "login", who.Phone.Whole(), "password", "another good one").leads(t, "/me")
}

func TestWithoutAGatewayThereAreNoCodes(t *testing.T) {
	s := open(t)
	s.reader(t).get("/signin").want(t, 200).without(t, "验证码")
	s.reader(t).get("/signin/code").want(t, 404)
	s.reader(t).post("/signin/code", "login", s.A.Worker.Phone.Whole()).want(t, 404)
}

func TestWhatMattersAsksOnceMore(t *testing.T) {
	s, phones := withPhones(t)
	lead, who := s.as(t, s.A.Lead), s.A.Worker
	path := "/console/workers/" + who.ID + "/password"
	s.clk.Move(11 * time.Minute)
	held := lead.post(path, "note", `写好的"话"`)
	held.want(t, http.StatusPreconditionRequired, "再确认一下")
	if !strings.Contains(held.body, `name="note" value="写好的&#34;话&#34;"`) {
		t.Errorf("what was typed is lost: %s", held.body)
	}
	lead.post(path, "note", "x", "proof-password", "nope").want(t, http.StatusPreconditionRequired, "不对").without(t, "nope")
	if _, err := s.s.SignIn(bg, hall.SignIn{Login: who.Phone.Whole(), Password: halltest.Password, Address: "test"}); err != nil {
		t.Fatalf("it was done all the same: %v", err)
	}
	a := lead.post(path, "note", "x", "proof-send", "1")
	a.want(t, http.StatusPreconditionRequired, "六位验证码")
	code, token := phones.code(t, s.A.Lead.Phone), between(a.body, `name="proof-token" value="`, `"`)
	lead.post(path, "note", "x", "proof-token", token, "proof-code", code).want(t, 200, "初始密码")
	lead.post(path, "note", "x").want(t, 200, "初始密码") // not again within ten minutes
	s.clk.Move(11 * time.Minute)
	lead.post(path, "proof-password", halltest.Password).want(t, 200, "初始密码")
	lead.post("/me/proof", "next", "/me/sessions", "proof-password", halltest.Password).leads(t, "/me/sessions")
	lead.post("/me/proof", "next", "//elsewhere.example", "proof-password", halltest.Password).leads(t, "/me")
	s.reader(t).post(path, "proof-password", halltest.Password).want(t, http.StatusSeeOther)
}

func between(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}
