package hallweb_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/hall/halltest"
	"github.com/unionhall/unionhall/internal/sqldb"
)

func TestChangingOnesPhoneAsksForAProofAndACode(t *testing.T) {
	s, phones := withPhones(t)
	who, other := s.A.Worker, s.as(t, s.A.Worker)
	r := s.as(t, who)
	r.get("/me").want(t, 200, "更换手机号")
	s.clk.Move(11 * time.Minute)
	r.get("/me/phone").want(t, http.StatusPreconditionRequired, "再确认一下")
	r.post("/me/phone", "phone", "13900000021").want(t, http.StatusPreconditionRequired, "再确认一下")
	r.get("/me/phone/code").leads(t, "/me/phone")
	r.post("/me/proof", "next", "/me/phone", "proof-password", halltest.Password).leads(t, "/me/phone")
	r.get("/me/phone").want(t, 200, "现在的手机号 "+who.Phone.Masked()).without(t, who.Phone.Whole())
	r.post("/me/phone", "phone", "1390000").want(t, 422, "有效的手机号")
	r.post("/me/phone", "phone", who.Phone.Whole()).want(t, 422, "这就是您现在的手机号")
	r.post("/me/phone", "phone", "＋８６ １３９ ００００ ００２１").leads(t, "/me/phone/code")
	r.get("/me/phone/code").want(t, 200, "139****0021", "5 分钟").without(t, "13900000021")
	if again := r.post("/me/phone", "phone", "13900000021"); again.status != http.StatusTooManyRequests || again.header.Get("Retry-After") == "" {
		t.Errorf("a second code within the minute: %d", again.status)
	}
	code := phones.code(t, "+8613900000021")
	r.post("/me/phone/code", "code", "x").want(t, 422, "验证码不对", "139****0021")
	other.post("/me/phone/code", "code", code).want(t, http.StatusPreconditionRequired)
	r.post("/me/phone/code", "code", code).leads(t, "/me")
	r.get("/me").want(t, 200, "13900000021", "手机号已更换").without(t, who.Phone.Whole())
	other.get("/me").leads(t, "/signin?next=%2Fme")
	s.reader(t).post("/signin", "login", who.Phone.Whole(), "password", halltest.Password).want(t, 422)
	s.reader(t).post("/signin", "login", "13900000021", "password", halltest.Password).leads(t, "/me")
	r.post("/me/phone/code", "code", code).want(t, 422, "验证码不对", "新手机号") // the cookie is gone
}

func TestANumberThatAnotherAccountHas(t *testing.T) {
	s, phones := withPhones(t)
	r, other := s.as(t, s.A.Worker), s.B.Worker
	answer := r.post("/me/phone", "phone", other.Phone.Whole()).leads(t, "/me/phone/code")
	free := s.as(t, s.A.Contact).post("/me/phone", "phone", "13900000022").leads(t, "/me/phone/code")
	if len(answer.header) != len(free.header) || answer.body != free.body {
		t.Errorf("%v\n%v", answer, free)
	}
	codes := map[hall.Phone]string{}
	for range 2 {
		to, code, _ := strings.Cut(<-phones, " ")
		codes[hall.Phone("+86"+to)] = code
	}
	r.get("/me/phone/code").want(t, 200).without(t, "另一个账户")
	r.post("/me/phone/code", "code", "x").want(t, 422).without(t, "另一个账户")
	r.post("/me/phone/code", "code", codes[other.Phone]).want(t, http.StatusConflict, "另一个账户", "新手机号")
	r.get("/me").want(t, 200, s.A.Worker.Phone.Whole())
}

// After five wrong codes the page begins again, and says why.
func TestTooManyWrongCodesBeginAgain(t *testing.T) {
	s, phones := withPhones(t)
	r := s.as(t, s.A.Worker)
	r.post("/me/phone", "phone", "13900000023").leads(t, "/me/phone/code")
	code := phones.code(t, "+8613900000023")
	for range 4 {
		r.post("/me/phone/code", "code", "x").want(t, 422, "验证码不对", "六位验证码")
	}
	r.post("/me/phone/code", "code", "x").want(t, 422, "验证码不对", "新手机号")
	r.post("/me/phone/code", "code", code).want(t, 422, "验证码不对", "新手机号")
	r.get("/me/phone/code").leads(t, "/me/phone")
}

func TestWithoutAGatewayNobodyChangesTheirNumber(t *testing.T) {
	s := open(t)
	r := s.as(t, s.A.Worker)
	r.get("/me").want(t, 200).without(t, "/me/phone")
	r.get("/me/phone").want(t, 404)
	r.post("/me/phone", "phone", "13900000024").want(t, 404)
}

func TestThePhonePagesAskLittle(t *testing.T) {
	s, phones := withPhones(t)
	r := s.as(t, s.A.Worker)
	r.post("/me/phone", "phone", "13900000025").leads(t, "/me/phone/code")
	phones.code(t, "+8613900000025")
	for path, most := range map[string]int{"/me/phone": 1, "/me/phone/code": 1} {
		r.get(path).want(t, 200) // warm: session, actor
		ctx, n := sqldb.CountQueries(bg)
		req := httptest.NewRequest("GET", s.srv.URL+path, nil).WithContext(ctx)
		for _, c := range r.c.Jar.Cookies(mustURL(t, s.srv.URL+path)) {
			req.AddCookie(c)
		}
		rec := httptest.NewRecorder()
		s.rt.ServeHTTP(rec, req)
		if rec.Code != 200 || n.N() > most {
			t.Errorf("%s: %d, %d statements, want at most %d\n%s", path, rec.Code, n.N(), most, strings.Join(n.Texts(), "\n"))
		}
	}
}

func TestAnOfficerCorrectsANumber(t *testing.T) {
	s := open(t)
	r, who := s.as(t, s.A.Clerk), s.A.Worker
	page := "/console/workers/" + who.ID
	r.get(page).want(t, 200, "更正手机号")
	r.get(page+"/phone").want(t, 200, "确认是本人来办理")
	s.as(t, s.A.Auditor).get(page).want(t, 200).without(t, "更正手机号")
	s.as(t, s.A.Auditor).get(page+"/phone").want(t, 403)
	s.as(t, s.B.Lead).get(page+"/phone").want(t, 404)
	s.clk.Move(11 * time.Minute)
	r.post(page+"/phone", "phone", "13900000061").want(t, http.StatusPreconditionRequired, "再确认一下")
	r.post(page+"/phone", "phone", "139", "proof-password", halltest.Password).want(t, 422, "有效的手机号")
	r.post(page+"/phone", "phone", s.B.Worker.Phone.Whole()).want(t, 422, "已经有人使用")
	r.post(page+"/phone", "phone", "１３９００００００６１").leads(t, page)
	r.get(page).want(t, 200, "登记的手机号现在是 139****0061").without(t, "13900000061")
	s.reader(t).post("/signin", "login", "13900000061", "password", halltest.Password).leads(t, "/me")
	r.get("/console/audits").want(t, 200, "更正手机号")
}
