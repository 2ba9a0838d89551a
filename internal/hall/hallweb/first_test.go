package hallweb_test

import (
	"regexp"
	"testing"
)

// A password that was handed out opens nothing but the page on which it is replaced.
func TestAFirstPasswordMustBeReplaced(t *testing.T) {
	s := open(t)
	made := s.as(t, s.A.Clerk).post("/console/workers/"+s.A.Worker.ID+"/password").want(t, 200, "只显示这一次")
	first := regexp.MustCompile(`data-secret[^>]*>([^<]+)<`).FindStringSubmatch(made.body)[1]

	r := s.reader(t)
	r.post("/signin", "login", s.A.Worker.Phone.Whole(), "password", first, "next", "/me/sessions").leads(t, "/me/password")
	for _, path := range []string{"/me", "/me/sessions", "/masters", "/console/unions"} {
		r.get(path).leads(t, "/me/password")
	}
	r.post("/me/language", "lang", "en").leads(t, "/me/password")
	r.get("/me/password").want(t, 200, "初始密码")
	r.post("/me/password", "old", first, "password", first, "again", first).want(t, 422)
	r.get("/me").leads(t, "/me/password")
	r.post("/lang", "lang", "zh", "next", "/signin").leads(t, "/signin")

	// Coming in once more does not help, and leaving does.
	other := s.reader(t)
	other.post("/signin", "login", s.A.Worker.Phone.Whole(), "password", first).leads(t, "/me/password")
	other.get("/me").leads(t, "/me/password")
	other.post("/signout").leads(t, "/signin")
	other.get("/masters").want(t, 200)

	r.post("/me/password", "old", first, "password", "one two three", "again", "one two three").leads(t, "/me")
	r.get("/me").want(t, 200, s.A.Worker.Name)
	s.reader(t).post("/signin", "login", s.A.Worker.Phone.Whole(), "password", first).want(t, 422)
}
