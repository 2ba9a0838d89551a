package app_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/portal"
	"github.com/unionhall/unionhall/internal/web"
)

// Whatever refuses a request of the API, the gate, the router, huma or a service, its problem is wholly in one
// language.
func TestProblemsAreInTheReadersLanguage(t *testing.T) {
	a := open(t, app.Config{Dir: t.TempDir()})
	key := founded(t, a, portal.NeedsRead, portal.NeedsWrite)
	base, stop := start(t, a)
	defer stop()
	const none = "01900000-0000-7000-8000-000000000000"
	cases := []struct {
		name, method, path, body, key string
		status                        int
		header                        string
		zh, en                        string
	}{
		{"no key", "GET", "/v1/needs", "", "", 401, "", "请求里没有密钥：请带上请求头 Authorization: Bearer 和您的密钥", "The request has no key: send the header Authorization: Bearer with yours"},
		{"a wrong key", "GET", "/v1/needs", "", "uh_0_1", 401, "", "密钥无效、已过期或已停用", ""},
		{"no scope", "GET", "/v1/needs/" + none + "/engagements/" + none, "", key, 403, "", "", ""},
		{"no such address", "GET", "/v1/nowhere", "", key, 404, "", "这里没有您要找的内容", "What you are looking for is not here"},
		{"no such need", "GET", "/v1/needs/" + none, "", key, 404, "", "这里没有您要找的内容", ""},
		{"no such kind", "GET", "/v1/kinds/none", "", key, 404, "", "没有这个类别", ""},
		{"no such hook", "DELETE", "/v1/hooks/x", "", key, 404, "", "", ""},
		{"another method", "PUT", "/v1/needs", "{}", key, 405, "", "这个地址不支持这种请求方式", "This address does not support that kind of request"},
		{"from another site", "POST", "/v1/needs", "{}", key, 403, "Sec-Fetch-Site: cross-site", "", ""},
		{"no text in the address", "GET", "/v1/needs/%ff", "", key, 404, "", "", ""},
		{"no JSON", "POST", "/v1/needs", `{"kind":`, key, 400, "", "body: JSON 不完整，还没写完就结束了", "body: The JSON ends before it is complete"},
		{"no body", "POST", "/v1/needs", "", key, 400, "", "要有 JSON 格式的请求体", ""},
		{"another media type", "POST", "/v1/needs", "kind=x", key, 415, "Content-Type: application/x-www-form-urlencoded", "请求体要用 JSON，Content-Type 写 application/json", ""},
		{"too much", "POST", "/v1/needs", strings.Repeat("a", 2<<20), key, 413, "", "提交的内容不能超过 1 MB", "What you submit may not exceed 1 MB"},
		{"missing members", "POST", "/v1/needs", `{}`, key, 422, "", "kind: 缺少这一项\nvalues: 缺少这一项", "kind: Required\nvalues: Required"},
		{"a wrong type", "POST", "/v1/needs", `{"kind":"expert-visit","values":{"a":{"number":"5"}}}`, key, 422, "", "values.a.number: 应为数字", "values.a.number: Must be a number"},
		{"an unknown member", "POST", "/v1/needs", `{"kind":"expert-visit","values":{},"nope":1}`, key, 422, "", "nope: 接口里没有这一项", ""},
		{"no such enterprise", "POST", "/v1/needs", `{"kind":"expert-visit","enterprise_licence":"91350200MA0000000X","values":{}}`, key, 422, "", "enterprise_licence: 没有这家企业。要先由工会登记，而且属于您所在的工会或它的下级", ""},
		{"a wrong query", "GET", "/v1/needs?state=ajar&limit=0", "", key, 422, "", "query.state: 只能是以下之一：open, engaged, closed, withdrawn\nquery.limit: 不能小于 1", ""},
		{"a query that is no number", "GET", "/v1/needs?limit=x", "", key, 422, "", "query.limit: 应为整数", "query.limit: Must be an integer"},
		{"a hook that leads nowhere", "POST", "/v1/hooks", `{"url":"ftp://x"}`, key, 422, "", "url: 请填写可以从公网访问的 https 地址，不带用户名和锚点", ""},
	}
	for _, c := range cases {
		for tag, want := range map[string]string{"": c.zh, "zh-CN": c.zh, "en": c.en} {
			r, err := http.NewRequest(c.method, base+c.path, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/json")
			if c.key != "" {
				r.Header.Set("Authorization", "Bearer "+c.key)
			}
			if name, value, ok := strings.Cut(c.header, ": "); ok {
				r.Header.Set(name, value)
			}
			if tag != "" {
				r.Header.Set("Accept-Language", tag)
			}
			res, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			var got web.Problem
			err = json.NewDecoder(res.Body).Decode(&got)
			res.Body.Close()
			if err != nil || res.StatusCode != c.status || got.Status != c.status || res.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s: %s as %s, not %d: %+v %v", c.name, res.Status, res.Header.Get("Content-Type"), c.status, got, err)
			}
			texts := oneLanguage(t, c.name, tag, got)
			if want != "" && texts != want {
				t.Errorf("%s in %q:\n%s\nwant\n%s", c.name, tag, texts, want)
			}
		}
	}
}

var (
	chinese = regexp.MustCompile(`\p{Han}`)
	innards = regexp.MustCompile(`\.go|huma|json: |goroutine|^[a-z]+(\.[a-z-]+)+$|no value`)
)

// oneLanguage checks the sentences of a problem, and gives its fields, or else its detail.
func oneLanguage(t *testing.T, name, tag string, p web.Problem) string {
	t.Helper()
	sentences, fields := []string{p.Title, p.Detail}, []string{}
	for _, e := range p.Errors {
		sentences = append(sentences, e.Message)
		fields = append(fields, e.Field+": "+e.Message)
	}
	for _, s := range sentences {
		if chinese.MatchString(s) != (tag != "en") || innards.MatchString(s) {
			t.Errorf("%s in %q says %q", name, tag, s)
		}
	}
	if len(fields) == 0 {
		return p.Detail
	}
	return strings.Join(fields, "\n")
}
