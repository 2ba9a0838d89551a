package app_test

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/hall/halltest"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// officer is a browser without scripts, signed in.
type officer struct {
	t    *testing.T
	c    *http.Client
	base string
}

func (o *officer) do(req *http.Request, err error) (string, *http.Response) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
	req.Header.Set("Accept-Language", "zh")
	res, err := o.c.Do(req)
	if err != nil {
		o.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		o.t.Fatal(err)
	}
	return string(b), res
}

func (o *officer) get(path string, want ...string) string {
	o.t.Helper()
	req, err := http.NewRequest("GET", o.base+path, nil)
	return o.has(path, want, req, err)
}

func (o *officer) post(path string, form url.Values, want ...string) string {
	o.t.Helper()
	req, err := http.NewRequest("POST", o.base+path, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return o.has(path, want, req, err)
}

func (o *officer) has(path string, want []string, req *http.Request, err error) string {
	o.t.Helper()
	req.Header.Set("Origin", o.base)
	body, res := o.do(req, err)
	for _, w := range want {
		if !strings.Contains(body, w) {
			o.t.Fatalf("%s %s (%d) lacks %q:\n%s", req.Method, path, res.StatusCode, w, body)
		}
	}
	return body
}

func (o *officer) upload(kind, union, name, body string, want ...string) string {
	o.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	m.WriteField("list", kind)
	m.WriteField("union", union)
	f, _ := m.CreateFormFile("file", name)
	f.Write([]byte(body))
	m.Close()
	req, err := http.NewRequest("POST", o.base+"/console/imports", &b)
	req.Header.Set("Content-Type", m.FormDataContentType())
	return o.has("/console/imports", want, req, err)
}

func TestImportPages(t *testing.T) {
	a := open(t, app.Config{Dir: t.TempDir()})
	w := halltest.NewWorld(t)
	if err := a.Hall.Load(t.Context(), w.Batch); err != nil {
		t.Fatal(err)
	}
	base, stop := start(t, a)
	defer stop()
	jar, _ := cookiejar.New(nil)
	o := &officer{t, &http.Client{Jar: jar, Timeout: 30 * time.Second}, base}
	o.post("/signin", url.Values{"login": {w.A.Clerk.Phone.Whole()}, "password": {halltest.Password}})

	o.get("/console/imports", "还没有导入过", "/console/import-templates/workers", "/console/import-templates/enterprises", "/console/import-templates/masters", "/console/import-templates/needs")
	for kind, heading := range map[string]string{"workers": "手机号", "enterprises": "统一社会信用代码", "masters": "工种", "needs": "难题", "unions": "上级工会"} {
		f, err := excelize.OpenReader(strings.NewReader(o.get("/console/import-templates/" + kind)))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := f.GetRows("Sheet1")
		if err != nil || len(rows) != 2 || !strings.Contains(strings.Join(rows[0], ","), heading) {
			t.Fatalf("template %s: %q %v", kind, rows, err)
		}
	}
	page := o.get("/console/imports/new?list=masters", "福州市总工会", "选择文件", "按手机号认人", "必填", "服务半径", "福建工匠（2019）")
	if !regexp.MustCompile(`<details[^>]*id="expects-masters" open`).MatchString(page) || strings.Contains(page, "expects-unions") || strings.Contains(page, `value="unions"`) {
		t.Error("of the kind that is chosen, its columns are shown; a clerk is offered no unions")
	}
	o.upload("workers", w.A.Union.ID, "旧.xls", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1old", "另存为")
	page = o.upload("workers", w.A.Union.ID, "名册.csv", "姓名,手机号,备注\n张伟,13500000001,\n李娜,1350000,\n", "名册.csv", "张伟；李娜", "已按表头和内容猜好")
	path := regexp.MustCompile(`/console/imports/[0-9a-f-]{36}`).FindString(page)
	o.post(path+"/columns", url.Values{"column-000": {"name"}, "column-001": {"name"}}, "已有另一列选了这一项", "哪一列是手机号")
	o.post(path+"/columns", url.Values{"column-000": {"name"}, "column-001": {"phone"}})
	o.until(path, "有问题的行", "手机号", "下载有问题的行", "只导入没有问题的行")
	f, err := excelize.OpenReader(strings.NewReader(o.get(path + "/bad")))
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := f.GetRows("Sheet1"); err != nil || len(rows) != 2 || rows[1][0] != "李娜" || rows[1][3] != "3" || !strings.HasPrefix(rows[1][4], "手机号：") {
		t.Fatalf("%q %v", rows, err)
	}
	o.post(path+"/start", url.Values{"mode": {"all"}, "fill": {"no"}}, "有 1 行有问题")
	o.post(path+"/start", url.Values{"mode": {"good"}, "fill": {"no"}})
	o.until(path, "已导入", "撤销这次导入", "还不能登录")
	o.get("/console/workers?q=13500000001", "张伟")
	o.get("/console/audits", "批量导入")
	o.get("/console/imports", "名册.csv", w.A.Clerk.Name)
	o.fewQueries(a, w)
	o.costsOfPages(a, w, path)
	o.post(path+"/undo", nil)
	o.until(path, "已撤销", "已撤回")
	o.post(path+"/undo", nil, "已经进到下一步")
	if body := o.get("/console/workers?q=13500000001"); strings.Contains(body, "张伟") {
		t.Error("undone, but there")
	}
}

// until asks again until the page has the words, as the live page does.
func (o *officer) until(path string, want ...string) {
	o.t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		body := o.get(path)
		missing := ""
		for _, w := range want {
			if !strings.Contains(body, w) {
				missing = w
			}
		}
		if missing == "" {
			return
		}
		if time.Now().After(end) {
			o.t.Fatalf("%s lacks %q:\n%s", path, missing, body)
		}
	}
}

// The list costs the same however many imports there are.
func (o *officer) fewQueries(a *app.App, w *halltest.World) {
	o.t.Helper()
	who := halltest.Actor(o.t, a.Hall, w.A.Clerk)
	for i := range 5 {
		o.upload("workers", w.A.Union.ID, fmt.Sprint(i, ".csv"), fmt.Sprintf("姓名,手机号\n甲,1350000001%d\n", i))
	}
	ctx, n := sqldb.CountQueries(o.t.Context())
	_, jobs, err := a.Imports.List(ctx, who, "", "", 30)
	if err != nil || len(jobs) != 6 || n.N() > 1 {
		o.t.Fatalf("%d imports in %d queries, %v", len(jobs), n.N(), err)
	}
}

// costsOfPages: a page asks as often for a list of many bad rows as for one of few.
func (o *officer) costsOfPages(a *app.App, w *halltest.World, few string) {
	o.t.Helper()
	var b strings.Builder
	b.WriteString("姓名,手机号\n")
	for i := range 300 {
		fmt.Fprintf(&b, "甲%d,1\n", i)
	}
	many := regexp.MustCompile(`/console/imports/[0-9a-f-]{36}`).FindString(o.upload("workers", w.A.Union.ID, "坏.csv", b.String()))
	o.post(many+"/columns", url.Values{"column-000": {"name"}, "column-001": {"phone"}})
	o.until(many, "有问题的行")
	at, err := url.Parse(o.base)
	if err != nil {
		o.t.Fatal(err)
	}
	cost := func(path string) int {
		o.t.Helper()
		o.get(path) // session and tree are warm then
		ctx, n := sqldb.CountQueries(o.t.Context())
		req := httptest.NewRequest("GET", o.base+path, nil).WithContext(ctx)
		for _, c := range o.c.Jar.Cookies(at) {
			req.AddCookie(c)
		}
		rec := httptest.NewRecorder()
		a.Router.ServeHTTP(rec, req)
		if rec.Code != http.StatusOK {
			o.t.Fatalf("%s answers %d", path, rec.Code)
		}
		return n.N()
	}
	// The other is done; of one that waits it is also asked whether the file was imported before.
	if x, y := cost(few), cost(many); y > x+1 {
		o.t.Errorf("%d queries for a page of one bad row, %d for one of 300", x, y)
	}
	if x, y := cost("/console/imports/new"), cost("/console/imports/new?list=needs"); x != y {
		o.t.Errorf("%d queries for the first kind, %d for another", x, y)
	}
}
