package hallweb_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/hall/halltest"
)

func TestProvingWhoOneIsChangesTheToken(t *testing.T) {
	s := open(t)
	r := s.as(t, s.A.Worker)
	before := cookieOf(t, r)
	thief := s.reader(t)
	thief.c.Jar.SetCookies(mustURL(t, s.srv.URL), r.c.Jar.Cookies(mustURL(t, s.srv.URL)))
	thief.get("/me").want(t, 200)
	r.post("/me/proof", "next", "/me", "proof-password", "nope").want(t, http.StatusPreconditionRequired)
	if cookieOf(t, r) != before {
		t.Error("a wrong answer changes nothing")
	}
	r.post("/me/proof", "next", "/me", "proof-password", halltest.Password).leads(t, "/me")
	if cookieOf(t, r) == before {
		t.Error("the token stays what it was")
	}
	r.get("/me").want(t, 200, s.A.Worker.Name)
	thief.get("/me").leads(t, "/signin?next=%2Fme")
}

func TestEndingSessionsAsksOnceMore(t *testing.T) {
	s := open(t)
	r, other := s.as(t, s.A.Worker), s.as(t, s.A.Worker)
	s.clk.Move(11 * time.Minute)
	r.post("/me/sessions/end-others").want(t, http.StatusPreconditionRequired, "再确认一下")
	other.get("/me").want(t, 200)
	r.post("/me/sessions/end-others", "proof-password", halltest.Password).leads(t, "/me/sessions")
	other.get("/me").leads(t, "/signin?next=%2Fme")
	r.get("/me").want(t, 200)

	again := s.as(t, s.A.Worker)
	s.clk.Move(11 * time.Minute)
	path := regexp.MustCompile(`/me/sessions/[^/"]+/end"`).FindString(r.get("/me/sessions").body)
	path = strings.TrimSuffix(path, `"`)
	r.post(path).want(t, http.StatusPreconditionRequired)
	again.get("/me").want(t, 200)
	r.post(path, "proof-password", halltest.Password).leads(t, "/me/sessions")
	again.get("/me").leads(t, "/signin?next=%2Fme")

	// One's own ends without: that is signing out.
	list, err := s.s.Sessions(bg, halltest.Actor(t, s.s, s.A.Worker))
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	s.clk.Move(11 * time.Minute)
	r.post("/me/sessions/"+list[0].ID+"/end").leads(t, "/signin")
}
