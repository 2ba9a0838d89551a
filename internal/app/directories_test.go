package app_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/directory/directorytest"
	"github.com/unionhall/unionhall/internal/hall"
)

// caller is one browser at the hall.
type caller struct {
	t    *testing.T
	c    *http.Client
	base string
}

func newCaller(t *testing.T, base string) *caller {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &caller{t, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, base}
}

func (v *caller) answer(res *http.Response, err error) (status int, to, body string) {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	return res.StatusCode, res.Header.Get("Location"), string(b)
}

// through signs somebody in at the directory and gives the address to which it leads back.
func (v *caller) through(p *directorytest.Provider, name string) string {
	v.t.Helper()
	status, to, body := v.answer(v.c.PostForm(v.base+"/signin/directory", url.Values{"next": {"/me/sessions"}}))
	if status != http.StatusSeeOther || !strings.HasPrefix(to, p.URL) {
		v.t.Fatalf("%d to %q\n%s", status, to, body)
	}
	code, state := p.SignIn(v.t, to, name)
	return v.base + "/signin/directory/back?" + url.Values{"code": {code}, "state": {state}}.Encode()
}

func TestTheDirectoryLetsInWhomTheHallKnows(t *testing.T) {
	address := freeAddress(t)
	base := "http://" + strings.Replace(address, "127.0.0.1", "localhost", 1)
	p := directorytest.Start(t, base+"/signin/directory/back", directorytest.Person{ID: "u1", Name: "zhang", Phone: "+8613800138000", Verified: true},
		directorytest.Person{ID: "u2", Name: "nobody", Phone: "+8613999999999", Verified: true}, directorytest.Person{ID: "u3", Name: "unsure", Phone: "+8613800138000"})
	config, err := json.Marshal(p.Config())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "directory.json")
	if err := os.WriteFile(path, config, 0o600); err != nil {
		t.Fatal(err)
	}
	a, err := app.Open(t.Context(), app.Config{Dir: t.TempDir(), Listen: address, BaseURL: base, Directory: path, Cheap: true}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if _, err := a.Hall.Found(t.Context(), hall.Founding{Name: "某市总工会", Level: hall.City, Person: "张三", Phone: "13800138000", Password: "一二三四五六七八九十"}); err != nil {
		t.Fatal(err)
	}
	_, stop := start(t, a)
	defer stop()
	if page := get(t, base+"/signin"); !strings.Contains(page, "省总目录") && !strings.Contains(page, "Provincial directory") {
		t.Error("the sign-in page does not offer it")
	}

	v := newCaller(t, base)
	back := v.through(p, "zhang")
	if status, to, body := v.answer(v.c.Get(back)); status != http.StatusSeeOther || to != "/me/sessions" {
		t.Fatalf("%d to %q\n%.2000s", status, to, body)
	}
	if status, _, body := v.answer(v.c.Get(base + "/me")); status != http.StatusOK || !strings.Contains(body, "张三") {
		t.Errorf("%d: not signed in", status)
	}
	again := newCaller(t, base)
	if status, _, _ := again.answer(again.c.Get(back)); status != http.StatusUnprocessableEntity {
		t.Errorf("the same answer in another browser: %d", status)
	}
	stolen := newCaller(t, base)
	theirs := stolen.through(p, "zhang")
	mine := newCaller(t, base)
	mine.through(p, "zhang")
	if status, _, _ := mine.answer(mine.c.Get(theirs)); status != http.StatusUnprocessableEntity {
		t.Errorf("an answer to somebody else's attempt: %d", status)
	}
	for _, name := range []string{"nobody", "unsure"} {
		w := newCaller(t, base)
		if status, _, body := w.answer(w.c.Get(w.through(p, name))); status != http.StatusUnprocessableEntity || strings.Contains(body, "张三") {
			t.Errorf("%s: %d", name, status)
		}
	}
	w := newCaller(t, base)
	if status, _, _ := w.answer(w.c.Get(base + "/signin/directory/back?error=access_denied")); status != http.StatusOK {
		t.Errorf("who changed their mind: %d", status)
	}
	p.Close()
	if status, _, _ := w.answer(w.c.PostForm(base+"/signin/directory", nil)); status != http.StatusSeeOther { // its addresses are known
		t.Errorf("a directory that is away: %d", status)
	}
}
