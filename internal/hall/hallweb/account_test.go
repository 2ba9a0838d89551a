package hallweb_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/hall/halltest"
)

func TestSignInAndOut(t *testing.T) {
	s := open(t)
	r := s.reader(t)
	r.get("/signin?next=/me/sessions").want(t, 200, "手机号或邮箱")
	r.get("/me").leads(t, "/signin?next=%2Fme")

	a := r.post("/signin", "login", s.A.Worker.Phone.Whole(), "password", "wrong", "next", "/me/sessions").want(t, 422, "不对")
	if !strings.Contains(a.body, s.A.Worker.Phone.Whole()) || strings.Contains(a.body, `value="wrong"`) {
		t.Fatal("the login is kept, the password is not")
	}
	if a.header.Get("Set-Cookie") != "" {
		t.Fatal("no session before sign-in:", a.header["Set-Cookie"])
	}
	a = r.post("/signin", "login", s.A.Worker.Phone.Whole(), "password", halltest.Password, "next", "/me/sessions").leads(t, "/me/sessions")
	cookie := a.header.Get("Set-Cookie")
	for _, want := range []string{"session=", "HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(cookie, want) {
			t.Fatalf("%s in %s", want, cookie)
		}
	}
	r.get("/signin").leads(t, "/me")
	r.get("/me").want(t, 200, s.A.Worker.Name, s.A.Worker.Phone.Whole(), "福州市高新区工会")
	if out := r.post("/signout").leads(t, "/signin"); out.header.Get("Clear-Site-Data") != `"cache"` {
		t.Error("the browser keeps what was seen:", out.header)
	}
	r.get("/me").leads(t, "/signin?next=%2Fme")

	// Signing in again gives a new token, and the old one is worth nothing.
	again := s.as(t, s.A.Worker)
	old := again.c.Jar.Cookies(mustURL(t, s.srv.URL))
	again.post("/signin", "login", s.A.Worker.Phone.Whole(), "password", halltest.Password).leads(t, "/me")
	thief := s.reader(t)
	thief.c.Jar.SetCookies(mustURL(t, s.srv.URL), old)
	thief.get("/me").leads(t, "/signin?next=%2Fme")
}

// The log tells who came in, and neither with what number nor with what password somebody tried.
func TestSigningInIsLogged(t *testing.T) {
	s := open(t)
	var log bytes.Buffer
	before := slog.Default()
	defer slog.SetDefault(before)
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	s.reader(t).post("/signin", "login", s.A.Worker.Phone.Whole(), "password", "wrong").want(t, 422)
	s.reader(t).post("/signin", "login", s.A.Worker.Phone.Whole(), "password", halltest.Password).leads(t, "/me")
	text := log.String()
	for _, want := range []string{`"signed in"`, "person=" + s.A.Worker.ID, "by=/signin", "ip=127.0.0.1"} {
		if strings.Count(text, want) != 1 {
			t.Errorf("want %s once in %s", want, text)
		}
	}
	for _, secret := range []string{"wrong", halltest.Password, s.A.Worker.Phone.Whole()} {
		if strings.Contains(text, secret) {
			t.Errorf("%s in %s", secret, text)
		}
	}
}

func TestSignInLeadsNowhereElse(t *testing.T) {
	s := open(t)
	for next, to := range map[string]string{
		"https://evil.example/": "/me", "//evil.example": "/me", "/signin": "/me", `/\evil.example`: "/me", "/masters?q=x": "/masters?q=x", "": "/me",
	} {
		s.reader(t).post("/signin", "login", s.A.Worker.Phone.Whole(), "password", halltest.Password, "next", next).leads(t, to)
	}
}

func TestSignInIsLimited(t *testing.T) {
	s := open(t)
	r := s.reader(t)
	var last answer
	for range 11 {
		last = r.post("/signin", "login", s.A.Worker.Phone.Whole(), "password", "guess")
	}
	last.want(t, http.StatusTooManyRequests, "秒后再试")
	if last.header.Get("Retry-After") == "" {
		t.Fatal("no Retry-After")
	}
}

func TestSecureCookie(t *testing.T) {
	s := open(t)
	srv := newTLS(t, s)
	c := srv.Client()
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := c.PostForm(srv.URL+"/signin", map[string][]string{"login": {s.A.Worker.Phone.Whole()}, "password": {halltest.Password}})
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if got := res.Header.Get("Set-Cookie"); !strings.Contains(got, "__Host-session=") || !strings.Contains(got, "Secure") {
		t.Fatal(got)
	}
}

func TestSessionsPage(t *testing.T) {
	s := open(t)
	one, two := s.as(t, s.A.Worker), s.as(t, s.A.Worker)
	one.get("/me/sessions").want(t, 200, "Chrome · Android", "本机", "让它退出")
	list, err := s.s.Sessions(bg, halltest.Actor(t, s.s, s.A.Worker))
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	foreign := s.as(t, s.B.Worker)
	for _, se := range list {
		foreign.post("/me/sessions/"+se.ID+"/end").want(t, 404)
		if strings.Contains(cookieOf(t, one), se.ID) {
			t.Fatal("the id on the page must not be the token")
		}
	}
	one.post("/me/sessions/end-others").leads(t, "/me/sessions")
	two.get("/me").leads(t, "/signin?next=%2Fme")
	one.get("/me").want(t, 200)
	three := s.as(t, s.A.Worker)
	list, _ = s.s.Sessions(bg, halltest.Actor(t, s.s, s.A.Worker))
	for _, se := range list {
		if !strings.Contains(one.get("/me/sessions").body, "/me/sessions/"+se.ID+"/end") {
			continue // it is this one
		}
		one.post("/me/sessions/"+se.ID+"/end").leads(t, "/me/sessions")
	}
	three.get("/me").leads(t, "/signin?next=%2Fme")
}

func TestPasswordPage(t *testing.T) {
	s := open(t)
	r, other := s.as(t, s.A.Worker), s.as(t, s.A.Worker)
	page := r.get("/me/password").want(t, 200, "至少 8 个字符")
	if strings.Count(page.body, `type="password"`) != 3 || !strings.Contains(page.body, `autocomplete="new-password"`) {
		t.Error("passwords are hidden, and password managers know which is which:", page.body)
	}
	r.post("/me/password", "old", halltest.Password, "password", "one two three", "again", "one two four").want(t, 422, "不一样")
	r.post("/me/password", "old", halltest.Password, "password", "12345678", "again", "12345678").want(t, 422, "太容易被猜中")
	r.post("/me/password", "old", "wrong", "password", "one two three", "again", "one two three").want(t, 422, "现在的密码不对")
	r.post("/me/password", "old", halltest.Password, "password", "one two three", "again", "one two three").leads(t, "/me")
	r.get("/me").want(t, 200, "密码已修改")
	other.get("/me").leads(t, "/signin?next=%2Fme")
	s.reader(t).post("/signin", "login", s.A.Worker.Phone.Whole(), "password", "one two three").leads(t, "/me")
}

func TestLanguageStays(t *testing.T) {
	s := open(t)
	r := s.as(t, s.A.Worker)
	r.post("/me/language", "lang", "en").leads(t, "/me")
	r.get("/me").want(t, 200, "My account", "Your language is kept")
	elsewhere := s.as(t, s.A.Worker) // a browser that asks for Chinese
	elsewhere.get("/me").want(t, 200, "My account")
	r.post("/me/language", "lang", "xx").want(t, 422)
}

func TestOwnMaster(t *testing.T) {
	s := open(t)
	s.as(t, s.A.Worker).get("/me/master").want(t, 403)
	r := s.as(t, s.A.Expert)
	r.get("/me/master").want(t, 200, "我的服务与日程", "周二")
	form := []string{"craft", "welding", "craft-2", "cnc-turning", "bio", "焊接薄板", "city", "福州市", "reach", "120", "lat", "26.1", "lng", "119.3", "max_load", "4",
		"from-1", "08:30", "to-1", "11:30", "from-1", "", "to-1", "", "from-6", "20:00", "to-6", "00:00",
		"absent_from", "2026-10-01", "absent_to", "2026-10-07", "absent_reason", "国庆", "absent_from", "2026-12-01", "absent_to", "", "absent_reason", ""}
	r.post("/me/master", form...).leads(t, "/masters/"+s.A.Expert.ID)
	m, err := s.s.Master(bg, halltest.Actor(t, s.s, s.A.Expert), s.A.Expert.ID)
	if err != nil || m.ReachMetre != 120_000 || m.MaxLoad != 4 || len(m.Calendar.Weekly) != 2 || m.Calendar.Weekly[1].To != 24*60 ||
		len(m.Calendar.Absences) != 2 || m.Calendar.Absences[1].To != "2026-12-01" || strings.Join(m.Craft, " ") != "welding cnc-turning" {
		t.Fatalf("%+v %v", m, err)
	}
	r.get("/me/master").want(t, 200).want(t, 200)
	for name, bad := range map[string][]string{
		"trade":   {"craft", "necromancy", "max_load", "1"},
		"none":    {"max_load", "1"},
		"slot":    {"craft", "welding", "max_load", "1", "from-1", "12:00", "to-1", "11:00"},
		"half":    {"craft", "welding", "max_load", "1", "from-1", "12:00", "to-1", ""},
		"load":    {"craft", "welding", "max_load", "x"},
		"place":   {"craft", "welding", "max_load", "1", "lat", "26"},
		"absence": {"craft", "welding", "max_load", "1", "absent_from", "soon", "absent_to", "", "absent_reason", ""},
	} {
		a := r.post("/me/master", bad...)
		if a.status != 422 || !strings.Contains(a.body, `class="summary"`) {
			t.Errorf("%s: %d", name, a.status)
		}
	}
}

func TestPublicMasters(t *testing.T) {
	s := open(t)
	r := s.reader(t)
	r.get("/masters").want(t, 200, "林文斌", "数控车工", "福州市", "解决 7 个难题", "共 2 位")
	r.get("/masters?city=%E6%B3%89%E5%B7%9E%E5%B8%82&trade=cnc-turning").want(t, 200, "共 1 位")
	r.get("/masters?q=%E6%B2%A1%E6%9C%89").want(t, 200, "没有找到")
	r.get("/masters?after=junk").want(t, 422)
	r.get("/masters/"+s.A.Expert.ID).want(t, 200, "林文斌", "高级技师", "全国五一劳动奖章", "薄壁套车削的夹持办法", "80 公里以内").
		without(t, s.A.Expert.Phone.Whole(), s.A.Expert.Phone.Masked(), string(s.A.Expert.Email), "26.07")
	// Who speaks for an enterprise is led to asking the master; nobody else has anything to ask for.
	ask := "/needs/new?master=" + s.A.Expert.ID
	if a := s.as(t, s.A.Contact).get("/masters/"+s.A.Expert.ID).want(t, 200, "请这位师傅"); !strings.Contains(a.body, ask) {
		t.Fatal(text(a.body))
	}
	for _, p := range []hall.Person{s.A.Expert, s.A.Worker, s.A.Clerk} {
		s.as(t, p).get("/masters/"+s.A.Expert.ID).want(t, 200).without(t, "请这位师傅", ask)
	}
	r.get("/masters/"+s.A.Expert.ID).without(t, ask)
	r.get("/masters/"+s.A.Worker.ID).want(t, 404)
	r.get("/masters/nonsense").want(t, 404)
	r.tag = "en"
	r.get("/masters/"+s.A.Expert.ID).want(t, 200, "CNC turning", "Fuzhou", "up to 80 km").without(t, "Federation of")
}
