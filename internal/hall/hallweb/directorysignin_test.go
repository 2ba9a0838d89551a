package hallweb_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/lang"
)

// known is a directory that knows one person, and leads back at once.
type known struct{ i hall.Identity }

func (known) Called() lang.Text { return lang.Text{ZH: "省总目录", EN: "Provincial directory"} }

func (known) Address(_ context.Context, state, _, _ string) (string, error) {
	return "https://id.example.org/?state=" + url.QueryEscape(state), nil
}

func (k known) Identity(context.Context, string, string, string) (hall.Identity, bool, error) {
	return k.i, true, nil
}

// Whoever has been signed in at the directory since the morning left their telephone on the table as well.
func TestOnlyAFreshSignInAtTheDirectoryIsAProof(t *testing.T) {
	s := open(t)
	lead := s.A.Lead
	for name, c := range map[string]struct {
		ago    time.Duration
		status int
	}{
		"just now": {time.Minute, http.StatusOK}, "in the morning": {3 * time.Hour, http.StatusPreconditionRequired}, "not said": {-1, http.StatusPreconditionRequired},
	} {
		i := hall.Identity{Issuer: "https://id.example.org", Subject: "u1", Login: lead.Phone.Whole(), At: s.clk.Now().Add(-c.ago)}
		if c.ago < 0 {
			i.At = time.Time{}
		}
		s.s.UseDirectory(known{i})
		r := s.reader(t)
		to, err := url.Parse(r.post("/signin/directory").to)
		if err != nil {
			t.Fatal(err)
		}
		r.get("/signin/directory/back?code=c&state="+url.QueryEscape(to.Query().Get("state"))).leads(t, "/me")
		r.get("/me").want(t, 200, lead.Name)
		if a := r.post("/console/workers/" + s.A.Worker.ID + "/password"); a.status != c.status {
			t.Errorf("%s: %d, want %d", name, a.status, c.status)
		}
	}
}
