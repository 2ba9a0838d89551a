package hallweb_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/hall"
)

// holds wants text in the page as it is sent.
func (a answer) holds(t *testing.T, parts ...string) answer {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(strings.ReplaceAll(a.body, "&amp;", "&"), p) {
			t.Fatalf("%q is not in the page:\n%s", p, a.body)
		}
	}
	return a
}

// firstRequest is the address of the first request on the list of the console.
func firstRequest(t *testing.T, a answer) string {
	t.Helper()
	_, rest, ok := strings.Cut(a.body, `href="/console/joining/`)
	requestID, _, _ := strings.Cut(rest, `"`)
	if !ok {
		t.Fatalf("no request is listed:\n%s", text(a.body))
	}
	return "/console/joining/" + requestID
}

// joins files a request through the pages and gives the browser that did.
func (s *site) joins(t *testing.T, phones sent, name, phone string) *reader {
	t.Helper()
	r := s.reader(t)
	r.post("/join", "union", s.A.Sub.ID, "name", name, "phone", phone, "employer", "某快递站", "note", "想参加工会").leads(t, "/join/code")
	number, _ := hall.ParsePhone(phone)
	r.post("/join/code", "code", phones.code(t, number)).leads(t, "/join/state")
	return r
}

func TestJoiningOnThePages(t *testing.T) {
	s, phones := withPhones(t)
	r := s.reader(t)
	r.get("/signin").holds(t, `href="/join"`)
	r.get("/join").want(t, 200, "加入工会").holds(t, "data-near", "/static/hall/join.js")
	r.get("/join?place=福州市高新区").want(t, 200, "福州市高新区工会").holds(t, "/join/form?union="+s.A.Sub.ID)
	r.get("/join?employer=福州市精工").want(t, 200, s.A.Enterprise.Name).holds(t, "enterprise="+s.A.Enterprise.ID)
	r.get("/join?lat=26.07&lng=119.3").want(t, 200, "离得最近的工会").without(t, s.Nation.Name.ZH)
	r.get("/join?place=没有这样的").want(t, 200, "没有找到合适的工会")
	r.get("/join/form").leads(t, "/join")
	r.get("/join/form?union=x").want(t, http.StatusNotFound)
	found := "/join/form?union=" + s.A.Sub.ID + "&enterprise=" + s.A.Enterprise.ID
	r.get(found+"&employer="+url.QueryEscape(s.A.Enterprise.Name)).want(t, 200, "福州市高新区工会").holds(t, s.A.Enterprise.Name, `name="enterprise" value="`+s.A.Enterprise.ID)
	r.get(found).want(t, 200, "福州市高新区工会").without(t, s.A.Enterprise.Name)
	r.get("/join/code").leads(t, "/join")
	r.get("/join/state").want(t, 200, "填写申请时用的手机号")
	r.post("/join", "union", s.A.Sub.ID, "name", "", "phone", "12").want(t, 422, "有效的手机号")

	r = s.joins(t, phones, "许新人", "13599990001")
	r.get("/join/state").want(t, 200, "等待工会审批", "许新人", "135****0001").without(t, "13599990001")
	clerk := s.as(t, s.A.Clerk)
	list := clerk.get("/console/joining").want(t, 200, "许新人", "某快递站", "待审批")
	at := firstRequest(t, list)
	clerk.get(at).want(t, 200, "想参加工会", "135****0001", "批准").without(t, "13599990001")
	clerk.post(at+"/refuse").want(t, 422, "请填写此项")
	s.as(t, s.A.Auditor).get(at).want(t, 200, "这件申请由").without(t, at+"/approve")
	s.as(t, s.A.Auditor).post(at+"/approve").want(t, http.StatusForbidden)
	s.as(t, s.B.Lead).get(at).want(t, http.StatusNotFound)
	s.as(t, s.B.Lead).get("/console/joining").want(t, 200, "没有待审批的申请")
	clerk.post(at+"/approve").leads(t, "/console/joining")
	clerk.post(at+"/refuse", "reason", "太晚").leads(t, at)
	clerk.get(at).want(t, 200, "这件申请已经处理过了", "已批准", s.A.Clerk.Name)
	clerk.get("/console/joining?state=decided").want(t, 200, "许新人")
	clerk.get("/console/audits").want(t, 200, "批准入会")
	r.get("/join/state").want(t, 200, "您已成为会员").holds(t, "/signin/code")
	clerk.tag = "en"
	clerk.get(at).want(t, 200, "Approved")
	clerk.get("/console/joining").want(t, 200, "No requests are waiting")
}

// Who has an account gets the page that everybody gets, and a request can be seen and taken back from another browser.
func TestJoiningTwiceOnThePages(t *testing.T) {
	s, phones := withPhones(t)
	r := s.reader(t)
	r.post("/join", "union", s.A.Sub.ID, "name", "谁", "phone", s.A.Worker.Phone.Whole()).leads(t, "/join/code")
	if got := <-phones; !strings.HasPrefix(got, s.A.Worker.Phone.Whole()) || len(got) > 12 {
		t.Errorf("sent %q", got)
	}
	r.post("/join/code", "code", "123456").want(t, 422, "验证码不对")

	s.joins(t, phones, "许新人", "13599990001")
	r = s.reader(t)
	r.post("/join/state", "phone", "13599990009").leads(t, "/join/code?for=state") // nobody's, and the same page
	s.clk.Move(2 * time.Minute)
	r.post("/join/state", "phone", "13599990001").leads(t, "/join/code?for=state")
	r.post("/join/code", "for", "state", "code", phones.code(t, "+8613599990001")).leads(t, "/join/state")
	r.get("/join/state").want(t, 200, "等待工会审批")
	r.post("/join/withdraw").leads(t, "/join/state")
	r.get("/join/state").want(t, 200, "申请已撤回")
	r.post("/join/withdraw").leads(t, "/join/state")
}

func TestTransferOnThePages(t *testing.T) {
	s, _ := withPhones(t)
	who := s.as(t, s.A.Expert)
	who.get("/me").holds(t, "/me/membership")
	who.get("/me/membership").want(t, 200, "会籍记录", "由工会登记", "申请转会")
	who.get("/me/transfer?place=泉州市高新区").holds(t, "/me/transfer/form?union="+s.B.Sub.ID)
	who.get("/me/transfer/form").leads(t, "/me/transfer")
	who.get("/me/transfer/form?union="+s.B.Sub.ID).want(t, 200, "泉州市高新区工会")
	who.post("/me/transfer", "union", s.A.Sub.ID).want(t, 422, "您已经在这个工会")
	who.post("/me/transfer", "union", s.B.Sub.ID, "note", "搬家").leads(t, "/me/membership")
	who.get("/me/membership").want(t, 200, "正在等待泉州市高新区工会审批")
	at := firstRequest(t, s.as(t, s.B.Clerk).get("/console/joining").want(t, 200, s.A.Expert.Name))
	from := s.as(t, s.A.Lead)
	from.get("/console/joining").want(t, 200, s.A.Expert.Name)
	from.get(at).want(t, 200, "这件申请由").without(t, at+"/approve")
	from.post(at+"/approve").want(t, http.StatusForbidden)
	s.as(t, s.B.Clerk).post(at+"/approve").leads(t, "/console/joining")
	who.get("/me/membership").want(t, 200, "已转到泉州市高新区工会", "转会，"+s.B.Clerk.Name+"批准", "福州市高新区工会")
	s.as(t, s.B.Clerk).get("/console/workers/"+s.A.Expert.ID).want(t, 200, "会籍记录", "转到另一个工会")
	from.get("/console/workers/"+s.A.Expert.ID).want(t, http.StatusNotFound)
	who.post("/me/transfer", "union", s.A.Sub.ID).leads(t, "/me/membership")
	who.post("/me/transfer/withdraw").leads(t, "/me/membership")
	who.get("/me/membership").want(t, 200, "的申请已撤回")
}

func TestLeavingOnThePages(t *testing.T) {
	s, _ := withPhones(t)
	busy := matters{s.A.Contact.ID: {{Title: "薄壁套变椭圆", Href: "/needs/1"}}}
	s.s.Consult(busy)
	who := s.as(t, s.A.Contact)
	who.get("/me/leave").want(t, 200, "薄壁套变椭圆", s.A.Enterprise.Name).without(t, `action="/me/leave"`)
	who.post("/me/leave", "sure", "on").want(t, http.StatusConflict)
	delete(busy, s.A.Contact.ID)
	who.get("/me/leave").holds(t, `action="/me/leave"`)
	who.post("/me/leave").want(t, 422, "请先确认")
	who.post("/me/leave", "sure", "on").leads(t, "/")
	who.get("/me").leads(t, "/signin?next=%2Fme")
	s.as(t, s.A.Clerk).get("/console/workers/"+s.A.Contact.ID).want(t, 200, "退会")
}
