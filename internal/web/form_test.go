package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web/htmlcheck"
)

func newRequest(remote, forwarded string) *http.Request {
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = remote
	if forwarded != "" {
		r.Header.Set("X-Forwarded-For", forwarded)
	}
	return r
}

// upload makes a multipart body with a title and files of the given sizes.
func upload(t *testing.T, sizes ...int) (body *bytes.Buffer, kind string) {
	t.Helper()
	body = &bytes.Buffer{}
	m := multipart.NewWriter(body)
	m.WriteField("title", " 缩痕 \r\n二行 ")
	for i, n := range sizes {
		w, err := m.CreateFormFile("files", fmt.Sprintf("f%d.jpg", i))
		if err != nil {
			t.Fatal(err)
		}
		w.Write(bytes.Repeat([]byte("x"), n))
	}
	m.Close()
	return body, m.FormDataContentType()
}

func TestFormLimits(t *testing.T) {
	h := newHall(t)
	for _, c := range []struct {
		name  string
		sizes []int
		want  int
		say   string
	}{
		{"one small file", []int{900}, 303, ""},
		{"an empty choice", nil, 303, ""},
		{"a file too large", []int{1001}, 413, "f0.jpg"},
		{"too many files", []int{10, 10}, 413, "最多上传 1 个文件"},
		{"a body too large", []int{5000}, 413, "不能超过 4 KB"},
	} {
		body, kind := upload(t, c.sizes...)
		w := h.do("POST", "/post", body, "Content-Type", kind)
		if w.Code != c.want || !strings.Contains(w.Body.String(), c.say) {
			t.Errorf("%s: %d, want %d: %s", c.name, w.Code, c.want, htmlcheck.Parse(t, w.Body).Text())
		}
	}
	expectStatus(t, h.post("/post", "a="+strings.Repeat("x", 5000)), 413)
	expectStatus(t, h.post("/post", "a=%zz"), 422)
	expectStatus(t, h.post("/post", "a=%ff"), 422)
	expectStatus(t, h.post("/post", "a=%00"), 422)
	expectStatus(t, h.do("POST", "/post", strings.NewReader("cut"), "Content-Type", "multipart/form-data; boundary=x"), 422)
}

func TestFormValues(t *testing.T) {
	body, kind := upload(t, 10)
	r := httptest.NewRequest("POST", "/", body)
	r.Header.Set("Content-Type", kind)
	f, err := ParseForm(r, Limits{Bytes: 4096, Files: 1})
	if err != nil {
		t.Fatal(err)
	}
	if f.Get("title") != "缩痕 \n二行" || f.Values.Get("title") != " 缩痕 \r\n二行 " || len(f.Files["files"]) != 1 {
		t.Errorf("%+v", f)
	}
	f.Values = map[string][]string{"n": {"12"}, "x": {"0.05"}, "comma": {"0,05"}, "wide": {" 0。05"}, "bad": {"小于五丝"}, "nan": {"NaN"}, "many": {"1,000,000"}, "l": {"a", " ", "b"}}
	var c fault.Check
	if f.Int("n", &c) != 12 || f.Int("none", &c) != 0 || f.Float("none", &c) != nil || c.Err() != nil {
		t.Error(c.Err())
	}
	for _, name := range []string{"x", "comma", "wide"} {
		if got := f.Float(name, &c); got == nil || *got != 0.05 {
			t.Errorf("%s: %v", name, got)
		}
	}
	for _, name := range []string{"bad", "nan", "many"} {
		var c fault.Check
		if f.Float(name, &c) != nil || c.Err() == nil {
			t.Errorf("%s is no number", name)
		}
	}
	if got := f.All("l"); len(got) != 2 {
		t.Error(got)
	}
}

func TestOnceKey(t *testing.T) {
	k := OnceKey(nil)
	if !id.Valid(k) || OnceKey(nil) == k {
		t.Error("each form has its own")
	}
	f := &Form{Values: map[string][]string{"once": {k}}}
	if OnceKey(f) != k || f.Once() != k {
		t.Error("a form shown again keeps its key")
	}
	if f := (&Form{Values: map[string][]string{"once": {"'; drop"}}}); f.Once() != "" {
		t.Error("only keys we made")
	}
}

func TestFormErrors(t *testing.T) {
	ctx := lang.With(context.Background(), lang.EN)
	var c fault.Check
	c.Add("title", "field.too-long", "max", 80)
	err := c.Err()
	fault.Wrap(&err, "exchange.Post")
	e, ok := FormErrors(ctx, err)
	if !ok || e.Of(ctx, "title") != "At most 80 characters" || e.Summary == "" {
		t.Errorf("%v %+v", ok, e)
	}
	for _, err := range []error{nil, errors.New(secret), fault.NoSuch(), fault.New(fault.Conflict, "fault.conflict")} {
		if _, ok := FormErrors(ctx, err); ok {
			t.Errorf("%v is not about the input", err)
		}
	}
}

func TestFlash(t *testing.T) {
	h := newHall(t)
	w := h.post("/post", "a=b")
	cookie, _, _ := strings.Cut(w.Header().Get("Set-Cookie"), ";")
	w = h.get("/mine", "Cookie", cookie, "Test-Actor", "person")
	htmlcheck.Parse(t, w.Body).MustHave("#notes .toast-note.tone-good", "请 7 秒后再试")
	if got := w.Header().Get("Set-Cookie"); !strings.HasPrefix(got, "flash=;") {
		t.Errorf("a message is shown once: %q", got)
	}
	for _, forged := range []string{"flash=x", "flash=" + strings.Repeat("a", 4000), "flash=W3sibSI6IjxiPm5vPC9iPiJ9XQ"} {
		htmlcheck.Parse(t, h.get("/", "Cookie", forged).Body).MustNotHave(".toast-note")
	}
}

func TestFlashOfAFragment(t *testing.T) {
	h := newHall(t)
	got := h.get("/fragment", "HX-Request", "true").Header().Get("HX-Trigger")
	if !strings.HasPrefix(got, `{"notes":{"list":[{"tone":"good","text":"\u9700`) {
		t.Error(got)
	}
	for _, c := range got {
		if c > 126 {
			t.Fatal("headers are ASCII")
		}
	}
	if got := ascii([]byte(`"😀"`)); got != `"\ud83d\ude00"` {
		t.Error(got)
	}
}
