package hallweb_test

import (
	"encoding/base64"
	"testing"

	"github.com/unionhall/unionhall/internal/actor"
)

// A session's token has 128 random bits or more, and the hall keeps no more than its hash.
func TestSessionTokens(t *testing.T) {
	s := open(t)
	seen := map[string]bool{}
	for range 5 {
		r := s.as(t, s.A.Worker)
		for _, c := range r.c.Jar.Cookies(mustURL(t, s.srv.URL)) {
			if c.Name != "session" {
				continue
			}
			b, err := base64.RawURLEncoding.DecodeString(c.Value)
			if err != nil || len(b) < 16 || seen[c.Value] {
				t.Errorf("%q: %d bytes, %v", c.Value, len(b), err)
			}
			seen[c.Value] = true
		}
	}
	if len(seen) != 5 {
		t.Fatalf("%d tokens of 5", len(seen))
	}
	list, err := s.s.Sessions(bg, actor.Actor{Kind: actor.Person, ID: s.A.Worker.ID})
	if err != nil || len(list) != 5 {
		t.Fatal(len(list), err)
	}
	for _, se := range list {
		if seen[se.ID] {
			t.Error("a token is kept as it is")
		}
	}
}
