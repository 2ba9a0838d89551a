package apifault

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web"
)

// thing has a field for everything that the hall's operations ask of one, and for what they may come to ask.
type thing struct {
	Name   string            `json:"name" minLength:"2" maxLength:"4"`
	Count  int               `json:"count,omitempty" minimum:"1" maximum:"9" multipleOf:"3"`
	Size   float64           `json:"size,omitempty" exclusiveMinimum:"0" exclusiveMaximum:"5"`
	Yes    bool              `json:"yes,omitempty"`
	State  string            `json:"state,omitempty" enum:"open,closed"`
	Code   string            `json:"code,omitempty" pattern:"^[a-z]+$"`
	Known  string            `json:"known,omitempty" pattern:"^[a-z]+$" patternDescription:"abc"`
	At     time.Time         `json:"at,omitzero"`
	Day    string            `json:"day,omitempty" format:"date"`
	Hour   string            `json:"hour,omitempty" format:"time"`
	Stamp  string            `json:"stamp,omitempty" format:"date-time-http"`
	Long   string            `json:"long,omitempty" format:"duration"`
	Mail   string            `json:"mail,omitempty" format:"email"`
	Host   string            `json:"host,omitempty" format:"hostname"`
	V4     string            `json:"v4,omitempty" format:"ipv4"`
	V6     string            `json:"v6,omitempty" format:"ipv6"`
	IP     string            `json:"ip,omitempty" format:"ip"`
	URL    string            `json:"url,omitempty" format:"uri"`
	UUID   string            `json:"uuid,omitempty" format:"uuid"`
	Find   string            `json:"find,omitempty" format:"regex"`
	Tmpl   string            `json:"tmpl,omitempty" format:"uri-template"`
	Ptr    string            `json:"ptr,omitempty" format:"json-pointer"`
	Rel    string            `json:"rel,omitempty" format:"relative-json-pointer"`
	Raw    []byte            `json:"raw,omitempty"`
	Many   []string          `json:"many,omitempty" minItems:"2" maxItems:"3" uniqueItems:"true"`
	Pair   string            `json:"pair,omitempty" dependentRequired:"other"`
	Other  string            `json:"other,omitempty"`
	Parts  map[string]part   `json:"parts,omitempty"`
	Labels map[string]string `json:"labels,omitempty" minProperties:"2" maxProperties:"3"`
}

type part struct {
	Size float64 `json:"size"`
}

type thingIn struct {
	Thing string    `path:"thing" maxLength:"5"`
	Key   string    `header:"Key" pattern:"^[a-z]+$"`
	Limit int       `query:"limit" minimum:"1"`
	Share float64   `query:"share"`
	Dry   bool      `query:"dry"`
	Ids   []int     `query:"ids"`
	Since time.Time `query:"since" timeFormat:"2006-01-02"`
	Body  thing
}

// site is an API with the one operation, behind the hall's router and its language.
func site(t *testing.T) http.Handler {
	t.Helper()
	rt := web.New(web.Options{Log: slog.New(slog.DiscardHandler)})
	api := humago.New(rt.Under(web.API, func(string, string) web.Access { return web.Public }), huma.DefaultConfig("things", "1"))
	huma.Register(api, huma.Operation{OperationID: "change", Method: http.MethodPost, Path: "/v1/things/{thing}", MaxBodyBytes: 2000},
		func(_ context.Context, in *thingIn) (*struct{}, error) {
			if in.Body.Name == "oops" {
				return nil, errors.New("pgx: secret")
			}
			return nil, nil
		})
	return rt
}

type request struct {
	query, key, kind, body string
}

func ask(h http.Handler, tag string, q request) (*httptest.ResponseRecorder, web.Problem) {
	return send(h, tag, q, strings.NewReader(q.body))
}

func send(h http.Handler, tag string, q request, body io.Reader) (*httptest.ResponseRecorder, web.Problem) {
	r := httptest.NewRequest(http.MethodPost, "/v1/things/a"+q.query, body)
	r.Header.Set("Accept-Language", tag)
	r.Header.Set("Content-Type", "application/json")
	if q.kind != "" {
		r.Header.Set("Content-Type", q.kind)
	}
	if q.key != "" {
		r.Header.Set("Key", q.key)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var p web.Problem
	_ = json.Unmarshal(w.Body.Bytes(), &p)
	return w, p
}

// said gives the problem as "detail" or "field: message" lines.
func said(p web.Problem) string {
	if len(p.Errors) == 0 {
		return p.Detail
	}
	var out []string
	for _, e := range p.Errors {
		out = append(out, e.Field+": "+e.Message)
	}
	return strings.Join(out, "\n")
}

// with is a body that is right but for what is added.
func with(members string) request { return request{body: `{"name":"abc",` + members + `}`} }

var bad = []struct {
	name   string
	q      request
	status int
	zh, en string
}{
	{"no body", request{}, 400, "要有 JSON 格式的请求体", "A body in JSON is required"},
	{"half a body", request{body: `{"name":`}, 400, "body: JSON 不完整，还没写完就结束了", "body: The JSON ends before it is complete"},
	{"no JSON", request{body: "{\n  \"name\": 张}"}, 400, "body: 第 2 行第 11 个字符起不是正确的 JSON", "body: Not JSON from line 2, character 11 on"},
	{"two documents", request{body: `{} {}`}, 400, "body: 第 1 行第 4 个字符起不是正确的 JSON", "body: Not JSON from line 1, character 4 on"},
	{"a number beyond all", with(`"size":1e999`), 400, "body: 第 1 行第 27 个字符前的数超出了范围", "body: The number before line 1, character 27 is out of range"},
	{"another media type", request{kind: "text/plain", body: "x"}, 415, "请求体要用 JSON，Content-Type 写 application/json", "The body must be JSON, with application/json as its Content-Type"},
	{"a strange media type", request{kind: "a;b+c", body: "x"}, 415, "请求体要用 JSON，Content-Type 写 application/json", "The body must be JSON, with application/json as its Content-Type"},
	{"too much", request{body: strings.Repeat(" ", 3000)}, 413, "提交的内容不能超过 2 KB", "What you submit may not exceed 2 KB"},
	{"a list", request{body: `[]`}, 422, "body: 应为 JSON 对象", "body: Must be a JSON object"},
	{"nothing", request{body: `{}`}, 422, "name: 缺少这一项", "name: Required"},
	{"a missing member within", with(`"parts":{"x":{}}`), 422, "parts.x.size: 缺少这一项", "parts.x.size: Required"},
	{"an unknown member", with(`"nmae":1`), 422, "nmae: 接口里没有这一项", "nmae: The operation has no such member"},
	{"an unknown member within", with(`"parts":{"x":{"size":1,"y":2}}`), 422, "parts.x.y: 接口里没有这一项", "parts.x.y: The operation has no such member"},
	{"one without the other", with(`"pair":"x"`), 422, "other: 填了 pair 就要填这一项", "other: Required where pair is given"},
	{"no string", request{body: `{"name":5}`}, 422, "name: 应为字符串", "name: Must be a string"},
	{"no number", with(`"size":"5"`), 422, "size: 应为数字", "size: Must be a number"},
	{"no integer", with(`"count":"5"`), 422, "count: 应为整数", "count: Must be an integer"},
	{"no boolean", with(`"yes":"yes"`), 422, "yes: 应为 true 或 false", "yes: Must be true or false"},
	{"no array", with(`"many":"x"`), 422, "many: 应为数组", "many: Must be an array"},
	{"no object", with(`"labels":[]`), 422, "labels: 应为 JSON 对象", "labels: Must be a JSON object"},
	{"in a list", with(`"many":["x",5]`), 422, "many[1]: 应为字符串", "many[1]: Must be a string"},
	{"too short", request{body: `{"name":"a"}`}, 422, "name: 至少 2 个字", "name: At least 2 characters"},
	{"too long", request{body: `{"name":"一二三四五"}`}, 422, "name: 不能超过 4 个字", "name: At most 4 characters"},
	{"too little", with(`"count":0`), 422, "count: 不能小于 1", "count: Must be at least 1"},
	{"too many", with(`"count":12`), 422, "count: 不能大于 9", "count: Must be at most 9"},
	{"no multiple", with(`"count":4`), 422, "count: 应为 3 的倍数", "count: Must be a multiple of 3"},
	{"not above", with(`"size":0`), 422, "size: 要大于 0", "size: Must be more than 0"},
	{"not below", with(`"size":5`), 422, "size: 要小于 5", "size: Must be less than 5"},
	{"no choice", with(`"state":"ajar"`), 422, "state: 只能是以下之一：open, closed", "state: Must be one of: open, closed"},
	{"no match", with(`"code":"A"`), 422, "code: 格式不对，应符合 ^[a-z]+$", "code: Must match ^[a-z]+$"},
	{"no described match", with(`"known":"A"`), 422, "known: 格式不对，应符合 abc", "known: Must match abc"},
	{"few items", with(`"many":["a"]`), 422, "many: 至少要有 2 项", "many: Must have at least 2 items"},
	{"many items", with(`"many":["a","b","c","d"]`), 422, "many: 最多 3 项", "many: May have at most 3 items"},
	{"the same items", with(`"many":["a","a"]`), 422, "many: 不能有重复的项", "many: May not repeat an item"},
	{"few members", with(`"labels":{"a":"b"}`), 422, "labels: 至少要有 2 个成员", "labels: Must have at least 2 members"},
	{"many members", with(`"labels":{"a":"","b":"","c":"","d":""}`), 422, "labels: 最多 3 个成员", "labels: May have at most 3 members"},
	{"no moment", with(`"at":"yesterday"`), 422, "at: 应写成 2026-05-01T08:00:00+08:00 这样", "at: Must be written like 2026-05-01T08:00:00+08:00"},
	{"no day", with(`"day":"x"`), 422, "day: 应写成 2026-05-01 这样", "day: Must be written like 2026-05-01"},
	{"no hour", with(`"hour":"x"`), 422, "hour: 应写成 08:00:00 这样", "hour: Must be written like 08:00:00"},
	{"no stamp", with(`"stamp":"x"`), 422, "stamp: 应写成 Fri, 01 May 2026 00:00:00 GMT 这样", "stamp: Must be written like Fri, 01 May 2026 00:00:00 GMT"},
	{"no duration", with(`"long":"x"`), 422, "long: 应写成 1h30m 这样", "long: Must be written like 1h30m"},
	{"no address", with(`"mail":"x"`), 422, "mail: 格式不对，应为 RFC 5322 (name@example.org)", "mail: Must be in the format RFC 5322 (name@example.org)"},
	{"no host", with(`"host":"-"`), 422, "host: 格式不对，应为 RFC 5890 (www.example.org)", "host: Must be in the format RFC 5890 (www.example.org)"},
	{"no IPv4", with(`"v4":"::1"`), 422, "v4: 格式不对，应为 IPv4", "v4: Must be in the format IPv4"},
	{"no IPv6", with(`"v6":"1.2.3.4"`), 422, "v6: 格式不对，应为 IPv6", "v6: Must be in the format IPv6"},
	{"no IP", with(`"ip":"x"`), 422, "ip: 格式不对，应为 IPv4 / IPv6", "ip: Must be in the format IPv4 / IPv6"},
	{"no URI", with(`"url":"http://a b/%"`), 422, "url: 格式不对，应为 URI", "url: Must be in the format URI"},
	{"no UUID", with(`"uuid":"x"`), 422, "uuid: 格式不对，应为 UUID", "uuid: Must be in the format UUID"},
	{"no expression", with(`"find":"("`), 422, "find: 格式不对，应为 RE2", "find: Must be in the format RE2"},
	{"no template", with(`"tmpl":"{"`), 422, "tmpl: 格式不对，应为 RFC 6570", "tmpl: Must be in the format RFC 6570"},
	{"no pointer", with(`"ptr":"x"`), 422, "ptr: 格式不对，应为 RFC 6901", "ptr: Must be in the format RFC 6901"},
	{"no relative pointer", with(`"rel":"x"`), 422, "rel: 格式不对，应为 Relative JSON Pointer", "rel: Must be in the format Relative JSON Pointer"},
	{"no Base64", with(`"raw":"!"`), 422, "raw: 格式不对，应为 Base64", "raw: Must be in the format Base64"},
	{"a query that is no integer", request{query: "?limit=x", body: `{"name":"abc"}`}, 422, "query.limit: 应为整数", "query.limit: Must be an integer"},
	{"a query too small", request{query: "?limit=0", body: `{"name":"abc"}`}, 422, "query.limit: 不能小于 1", "query.limit: Must be at least 1"},
	{"a query that is no number", request{query: "?share=x", body: `{"name":"abc"}`}, 422, "query.share: 应为数字", "query.share: Must be a number"},
	{"a query that is no boolean", request{query: "?dry=x", body: `{"name":"abc"}`}, 422, "query.dry: 应为 true 或 false", "query.dry: Must be true or false"},
	{"a query that is no list", request{query: "?ids=1,x", body: `{"name":"abc"}`}, 422, "query.ids: 应为整数", "query.ids: Must be an integer"},
	{"a query that is no day", request{query: "?since=x", body: `{"name":"abc"}`}, 422, "query.since: 应写成 2006-01-02 这样", "query.since: Must be written like 2006-01-02"},
	{"a path too long", request{query: "bcdefg", body: `{"name":"abc"}`}, 422, "path.thing: 不能超过 5 个字", "path.thing: At most 5 characters"},
	{"a header that does not match", request{key: "A", body: `{"name":"abc"}`}, 422, "header.Key: 格式不对，应符合 ^[a-z]+$", "header.Key: Must match ^[a-z]+$"},
	{"our own defect", request{body: `{"name":"oops"}`}, 500, "系统出了问题，请稍后再试", "Something went wrong. Please try again later"},
}

func TestEveryRefusalIsInTheReadersLanguage(t *testing.T) {
	h := site(t)
	for _, c := range bad {
		for tag, want := range map[string]string{"zh-CN": c.zh, "en": c.en} {
			w, p := ask(h, tag, c.q)
			if w.Code != c.status || p.Status != c.status || w.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s: %d as %s, want %d: %s", c.name, w.Code, w.Header().Get("Content-Type"), c.status, w.Body)
			}
			if got := said(p); got != want {
				t.Errorf("%s in %s:\n%s\nwant\n%s", c.name, tag, got, want)
			}
			sound(t, tag, w.Body.String(), p)
		}
	}
}

var (
	chinese = regexp.MustCompile(`\p{Han}`)
	inner   = regexp.MustCompile(`\.go|huma|json: |Go value|float64|goroutine|secret|api\.|fault\.|no value`)
)

// sound holds a problem to one language and to saying nothing of how the hall is made.
func sound(t *testing.T, tag, body string, p web.Problem) {
	t.Helper()
	if m := inner.FindString(body); m != "" {
		t.Errorf("says %q: %s", m, body)
	}
	texts := []string{p.Title, p.Detail}
	for _, e := range p.Errors {
		texts = append(texts, e.Message)
	}
	for _, s := range texts {
		if chinese.MatchString(s) != (tag != "en") {
			t.Errorf("%q in %s", s, tag)
		}
	}
}

// A body that breaks off is the sender's mistake, and no line of ours in the log.
func TestABodyThatBreaksOff(t *testing.T) {
	h := site(t)
	w, p := send(h, "zh", request{}, io.MultiReader(strings.NewReader(`{"name`), broken{}))
	if w.Code != http.StatusBadRequest || p.Detail != "请求体没有完整送达，请重新发送" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	w, p = send(h, "en", request{}, late{})
	if w.Code != http.StatusRequestTimeout || p.Detail != "The body took too long to arrive. Please send it again" || p.Title != "Request Timeout" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

type late struct{}

func (late) Read([]byte) (int, error) { return 0, timeoutError{} }

type timeoutError struct{}

func (timeoutError) Error() string   { return "i/o timeout" }
func (timeoutError) Timeout() bool   { return true }
func (timeoutError) Temporary() bool { return true }

func TestManyWrongFieldsAreToldInPart(t *testing.T) {
	var b strings.Builder
	for i := range 200 {
		b.WriteString(`"` + string(rune('a'+i%26)) + strings.Repeat("x", i/26) + `":1,`)
	}
	_, p := ask(site(t), "en", request{body: "{" + b.String() + `"name":"abc"}`})
	if len(p.Errors) != mostFields {
		t.Errorf("%d fields", len(p.Errors))
	}
}

// The description shows the problem as it is sent.
func TestTheDescriptionKnowsTheProblem(t *testing.T) {
	api := humago.New(http.NewServeMux(), huma.DefaultConfig("things", "1"))
	huma.Register(api, huma.Operation{OperationID: "x", Method: http.MethodGet, Path: "/x", Errors: []int{404}},
		func(context.Context, *struct{}) (*struct{}, error) { return nil, nil })
	content := api.OpenAPI().Paths["/x"].Get.Responses["404"].Content["application/problem+json"]
	if content == nil {
		t.Fatal("no problem document described")
	}
	s := api.OpenAPI().Components.Schemas.SchemaFromRef(content.Schema.Ref)
	for _, name := range []string{"type", "title", "status", "detail", "instance", "errors"} {
		if s.Properties[name] == nil {
			t.Errorf("the description lacks %s", name)
		}
	}
	field := api.OpenAPI().Components.Schemas.SchemaFromRef(s.Properties["errors"].Items.Ref)
	if field.Properties["field"] == nil || field.Properties["message"] == nil {
		t.Errorf("%+v", field.Properties)
	}
}

func TestMessagesAreComplete(t *testing.T) {
	for _, p := range phrases {
		if !lang.Has(p.msg) {
			t.Errorf("no message %s", p.msg)
		}
	}
	if m := lang.Missing(); len(m) > 0 {
		t.Error(m)
	}
}

// FuzzRead: whatever a sentence holds, it has one meaning, whose message exists and renders.
func FuzzRead(f *testing.F) {
	for _, p := range phrases {
		f.Add(p.format, "body.a")
	}
	f.Add("expected required property a.b to be present", "body")
	f.Add("expected number >= \n%s", "query.limit")
	f.Fuzz(func(t *testing.T, sentence, location string) {
		a, b := read(sentence), read(sentence)
		if !reflect.DeepEqual(a, b) {
			t.Fatalf("%+v and %+v", a, b)
		}
		got := field(&huma.ErrorDetail{Message: sentence, Location: location})
		for _, tag := range lang.Tags {
			text := lang.In(tag, got.Msg, got.Args...)
			if text == "" || text == got.Msg || strings.Contains(text, "<no value>") && !strings.Contains(sentence, "<no value>") {
				t.Fatalf("%s in %s: %q", got.Msg, tag, text)
			}
		}
	})
}

// FuzzBody: a body that is not JSON is told with a place within it.
func FuzzBody(f *testing.F) {
	for _, c := range bad {
		f.Add(c.q.body)
	}
	f.Add("{\"a\":\"\xff\n")
	f.Fuzz(func(t *testing.T, text string) {
		got := body(text)
		if got.Path != wholeBody || !lang.Has(got.Msg) {
			t.Fatalf("%+v", got)
		}
		if json.Valid([]byte(text)) == (got.Msg == "api.json.syntax" || got.Msg == "api.json.end") {
			t.Fatalf("%q: %+v", text, got)
		}
		if len(got.Args) == 4 {
			line, column := got.Args[1].(int), got.Args[3].(int)
			lines := strings.Split(text, "\n")
			if line < 1 || line > len(lines) || column < 1 || column > len([]rune(lines[line-1]))+1 {
				t.Fatalf("%q: %+v", text, got)
			}
		}
	})
}
