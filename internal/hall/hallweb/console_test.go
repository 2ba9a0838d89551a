package hallweb_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/hall/halltest"
	"github.com/unionhall/unionhall/internal/sqldb"
)

func mustURL(t *testing.T, s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func cookieOf(t *testing.T, r *reader) string {
	out := ""
	for _, c := range r.c.Jar.Cookies(mustURL(t, r.s.srv.URL)) {
		out += c.Value + " "
	}
	return out
}

func newTLS(t *testing.T, s *site) *httptest.Server {
	srv := httptest.NewTLSServer(s.rt)
	t.Cleanup(srv.Close)
	return srv
}

func TestUnionsPage(t *testing.T) {
	s := open(t)
	lead := s.as(t, s.A.Lead)
	lead.get("/console/unions").want(t, 200, "福州市总工会", "福州市高新区工会", "新建下级工会")
	lead.get("/console/unions?q=高新").want(t, 200, "找到 1 个")
	lead.get("/console/unions/new?union="+s.A.Union.ID).want(t, 200, "县（区）")
	lead.post("/console/unions", "union", s.A.Union.ID, "name", "闽侯县总工会", "name_en", "Minhou Union", "level", "4", "kind", "region", "code", "21").
		leads(t, "/console/unions?union="+s.A.Union.ID)
	lead.get("/console/unions").want(t, 200, "闽侯县总工会", "已建立")
	lead.post("/console/unions", "union", s.A.Union.ID, "name", "又一个", "level", "4", "kind", "region", "code", "21").want(t, 422, "已有这个代码")
	lead.post("/console/unions", "union", s.A.Union.ID, "name", "", "level", "2", "kind", "x", "code", "!").want(t, 422, "请填写此项")
	lead.get("/console/unions/"+s.A.Sub.ID+"/name").want(t, 200, "更名")
	lead.post("/console/unions/"+s.A.Sub.ID+"/name", "name", "福州高新区总工会").leads(t, "/console/unions?union="+s.A.Sub.ID)
	lead.post("/console/unions/"+s.A.Sub.ID+"/name", "name", " ").want(t, 422)
	lead.get("/console/unions?union="+s.A.Sub.ID).want(t, 200, "福州高新区总工会")
	s.as(t, s.A.Auditor).get("/console/unions").want(t, 200).without(t, "/console/unions/new")
	s.as(t, s.A.Clerk).get("/console/unions/new").want(t, 403)
}

func TestOfficersPage(t *testing.T) {
	s := open(t)
	lead := s.as(t, s.A.Lead)
	lead.get("/console/officers").want(t, 200, "福州市主席", "福州市干事", "主管", s.A.Clerk.Phone.Masked()).without(t, s.A.Clerk.Phone.Whole())
	lead.get("/console/officers/new").want(t, 200, "经办的全部工作")
	lead.post("/console/officers/check", "union", s.A.Sub.ID, "phone", "13999999999", "role", "clerk").want(t, 422, "还没有登记过")
	a := lead.post("/console/officers/check", "union", s.A.Sub.ID, "phone", s.A.Worker.Phone.Whole(), "role", "clerk").want(t, 200, "确认任命", s.A.Worker.Name, "经办")
	if s.s != nil && halltest.Actor(t, s.s, s.A.Worker).Officer() {
		t.Fatal("checking must do nothing")
	}
	a.without(t, s.A.Worker.ID)
	lead.post("/console/officers", "union", s.A.Sub.ID, "phone", s.A.Worker.Phone.Whole(), "role", "clerk").leads(t, "/console/officers?union="+s.A.Sub.ID)
	page := lead.get("/console/officers?union="+s.A.Sub.ID).want(t, 200, "已任命", s.A.Worker.Name)
	lead.post("/console/officers", "union", s.A.Sub.ID, "phone", s.A.Worker.Phone.Whole(), "role", "clerk").want(t, 422, "已经担任")
	grant := regexp.MustCompile(`/console/officers/([0-9a-f-]{36})/withdraw`).FindStringSubmatch(page.body)[1]
	worker := s.as(t, s.A.Worker)
	worker.get("/console/workers").want(t, 200)
	lead.post("/console/officers/"+grant+"/withdraw").leads(t, "/console/officers?union="+s.A.Sub.ID)
	worker.get("/console/workers").want(t, 403)
	lead.post("/console/officers/"+s.A.LeadGrant.ID+"/withdraw").want(t, 409, "不能免去自己最后的主管职务")
	lead.get("/console/audits").want(t, 200, "任命干部 · 经办", "免去职务", s.A.Worker.Name, "福州市主席")
}

func TestEnterprisesPage(t *testing.T) {
	s := open(t)
	clerk := s.as(t, s.A.Clerk)
	clerk.get("/console/enterprises").want(t, 200, s.A.Enterprise.Name, "专精特新").without(t, s.B.Enterprise.Name)
	clerk.get("/console/enterprises/new").want(t, 200)
	clerk.post("/console/enterprises", "union", s.A.Sub.ID, "name", "", "industry", "x", "size", "small", "licence", "123").want(t, 422, "请填写此项", "这里是 3 位")
	a := clerk.post("/console/enterprises", "union", s.A.Sub.ID, "name", "榕城轴承厂", "industry", "machinery", "size", "small", "licence", "91100000100003962t", "address", "马尾路 1 号", "lat", "26.0", "lng", "119.4")
	if a.status != http.StatusSeeOther || !strings.HasPrefix(a.to, "/console/enterprises/") {
		t.Fatal(a.status, text(a.body))
	}
	clerk.get(a.to).want(t, 200, "榕城轴承厂", "91100000100003962T", "还没有联系人", "添加联系人", "替企业提需求")
	clerk.post("/console/enterprises", "union", s.A.Sub.ID, "name", "榕城轴承二厂", "industry", "machinery", "size", "small", "licence", "91100000100003962T").want(t, 422, "已经登记过")

	clerk.post(a.to+"/contacts", "phone", "139", "name", "赵敏", "title", "厂长").want(t, 422, "有效的手机号")
	made := clerk.post(a.to+"/contacts", "phone", "139 8888 0001", "name", "赵敏", "title", "厂长").want(t, 200, "初始密码", "只显示这一次", "赵敏")
	if cc := made.header.Get("Cache-Control"); !strings.Contains(cc, "no-store") {
		t.Fatal(cc)
	}
	password := regexp.MustCompile(`data-secret[^>]*>([^<]+)<`).FindStringSubmatch(made.body)[1]
	clerk.get(a.to).want(t, 200, "赵敏", "139****0001").without(t, password, "13988880001")
	fresh := s.reader(t)
	fresh.post("/signin", "login", "13988880001", "password", password).leads(t, "/me/password")
	fresh.get("/me/password").want(t, 200, "初始密码")
	clerk.post(a.to+"/contacts", "phone", "13988880001").want(t, 422, "已经是该企业的联系人")
	clerk.post(a.to+"/contacts", "phone", s.A.Worker.Phone.Whole()).leads(t, a.to)
	clerk.post(a.to+"/contacts", "phone", s.B.Worker.Phone.Whole()).want(t, 422, "管理范围以外")
	s.as(t, s.A.Auditor).get(a.to).want(t, 200).without(t, "添加联系人", "替企业提需求")
	s.as(t, s.A.Auditor).post(a.to+"/contacts", "phone", "13988880002", "name", "钱").want(t, 403)
}

func TestMastersAndWorkersPages(t *testing.T) {
	s := open(t)
	clerk := s.as(t, s.A.Clerk)
	clerk.get("/console/masters").want(t, 200, "林文斌", "数控车工", "福州市高新区工会")
	clerk.get("/console/masters/new?union="+s.A.Sub.ID).want(t, 200, "技能等级或称号")
	clerk.post("/console/masters", "union", s.A.Sub.ID, "phone", "13977770001", "name", "", "title", "", "craft", "welding", "max_load", "2", "honour", "福建工匠", "honour_year", "?").want(t, 422)
	clerk.post("/console/masters", "union", s.A.Sub.ID, "phone", "13977770001", "name", "黄铁生", "title", "技师", "craft", "welding", "max_load", "2",
		"honour", "福建工匠", "honour_year", "2020", "honour", "", "honour_year", "").want(t, 200, "只显示这一次", "黄铁生")
	clerk.post("/console/masters", "union", s.A.Sub.ID, "phone", s.A.Worker.Phone.Whole(), "title", "技师", "craft", "welding", "max_load", "2").leads(t, "/console/masters?union="+s.A.Sub.ID)
	clerk.post("/console/masters", "union", s.A.Sub.ID, "phone", s.A.Worker.Phone.Whole(), "title", "技师", "craft", "welding", "max_load", "2").want(t, 422, "已经登记为工匠")
	s.reader(t).get("/masters").want(t, 200, "黄铁生", "共 4 位")

	clerk.get("/console/workers").want(t, 200, "吴晓梅", s.A.Worker.Phone.Masked(), "共 7 条").without(t, s.A.Worker.Phone.Whole())
	clerk.get("/console/workers?q="+s.A.Worker.Phone.Whole()).want(t, 200, "吴晓梅", "共 1 条")
	clerk.get("/console/workers?q="+s.B.Worker.Phone.Whole()).want(t, 200, "这里还没有内容")
	clerk.get("/console/workers?union=junk").want(t, 404)

	worker := s.as(t, s.A.Worker)
	clerk.get("/console/workers/"+s.A.Worker.ID).want(t, 200, "发放初始密码", s.A.Worker.Phone.Masked()).without(t, s.A.Worker.Phone.Whole())
	clerk.get("/console/workers/"+s.B.Worker.ID).want(t, 404)
	made := clerk.post("/console/workers/"+s.A.Worker.ID+"/password").want(t, 200, "只显示这一次")
	password := regexp.MustCompile(`data-secret[^>]*>([^<]+)<`).FindStringSubmatch(made.body)[1]
	worker.get("/me").leads(t, "/signin?next=%2Fme")
	worker.post("/signin", "login", s.A.Worker.Phone.Whole(), "password", password).leads(t, "/me/password")
	clerk.post("/console/workers/"+s.A.Lead.ID+"/password").want(t, 403)
	s.as(t, s.A.Auditor).get("/console/workers/"+s.A.Worker.ID).want(t, 200).without(t, "发放初始密码")
}

// Officers of sister unions try each other's rows through every route of the module.
func TestSistersAreRefused(t *testing.T) {
	s := open(t)
	lead := s.as(t, s.B.Lead)
	rows := map[string]string{"{union}": s.A.Sub.ID, "{enterprise}": s.A.Enterprise.ID, "{grant}": s.A.ClerkGrant.ID, "{person}": s.A.Worker.ID, "{contact}": s.A.Contact.ID}
	n := 0
	for _, route := range s.rt.Routes() {
		path := route.Pattern
		if !strings.HasPrefix(path, "/console/") {
			continue
		}
		for name, id := range rows {
			path = strings.ReplaceAll(path, name, id)
		}
		var a answer
		if route.Method == "GET" {
			a = lead.get(path + "?union=" + s.A.Union.ID)
		} else {
			a = lead.post(path, "union", s.A.Union.ID, "phone", s.A.Worker.Phone.Whole(), "role", "clerk", "name", "x", "title", "x", "craft", "welding", "max_load", "1",
				"industry", "other", "size", "small", "level", "4", "kind", "region", "code", "zz")
		}
		n++
		if a.status != http.StatusForbidden && a.status != http.StatusNotFound {
			t.Errorf("%s %s: %d", route.Method, route.Pattern, a.status)
		}
	}
	if n < 15 {
		t.Fatalf("only %d routes tried", n)
	}
	worker := s.as(t, s.A.Worker)
	worker.get("/console/unions").want(t, 403)
	s.reader(t).get("/console/unions").leads(t, "/signin?next=%2Fconsole%2Funions")
}

// What a page costs does not grow with its rows.
func TestPagesAreCheap(t *testing.T) {
	s := open(t)
	lead := s.as(t, s.Top)
	jar := lead.c.Jar.Cookies(mustURL(t, s.srv.URL))
	for i := range 12 {
		e, err := s.s.CreateEnterprise(bg, halltest.Actor(t, s.s, s.A.Clerk), hall.EnterpriseInput{Name: fmt.Sprint("厂", i), Industry: "mould", Size: hall.Small, UnionID: s.A.Sub.ID})
		if err != nil {
			t.Fatal(err)
		}
		s.handIn(t, e)
	}
	for path, most := range map[string]int{
		"/console/unions": 1, "/console/workers": 2, "/console/officers": 2, "/console/enterprises": 3, "/console/masters": 2, "/console/documents": 2,
		"/console/enterprises/" + s.A.Enterprise.ID: 7, "/console/enterprises/" + s.A.Enterprise.ID + "/close": 6,
		"/console/enterprises/" + s.A.Enterprise.ID + "/contacts/" + s.A.Contact.ID + "/remove": 6,
		"/masters": 3, "/masters/" + s.A.Expert.ID: 1, "/me": 1, "/me/sessions": 1,
	} {
		lead.get(path) // warm: session, actor, tree
		ctx, n := sqldb.CountQueries(bg)
		req := httptest.NewRequest("GET", s.srv.URL+path, nil).WithContext(ctx)
		for _, c := range jar {
			req.AddCookie(c)
		}
		rec := httptest.NewRecorder()
		s.rt.ServeHTTP(rec, req)
		if rec.Code != 200 || n.N() > most {
			t.Errorf("%s: %d, %d statements, want at most %d\n%s", path, rec.Code, n.N(), most, strings.Join(n.Texts(), "\n"))
		}
	}
}
