package directory_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unionhall/unionhall/internal/directory"
	"github.com/unionhall/unionhall/internal/directory/directorytest"
)

const back = "https://hall.example.org/signin/directory/back"

func open(t *testing.T, change func(*directory.Config)) (*directory.Directory, *directorytest.Provider) {
	t.Helper()
	p := directorytest.Start(t, back, directorytest.Person{ID: "u1", Name: "lin", Phone: "+8613800138001", Verified: true},
		directorytest.Person{ID: "u2", Name: "chen", Phone: "+8613800138002"})
	c := p.Config()
	change(&c)
	d, err := directory.New(c, back)
	if err != nil {
		t.Fatal(err)
	}
	return d, p
}

func TestSomebodyComesBackKnown(t *testing.T) {
	d, p := open(t, func(*directory.Config) {})
	to, err := d.Address(t.Context(), "state", "nonce", verifier)
	if err != nil {
		t.Fatal(err)
	}
	code, state := p.SignIn(t, to, "lin")
	if state != "state" {
		t.Errorf("the state came back as %q", state)
	}
	who, err := d.Identity(t.Context(), code, "nonce", verifier)
	if err != nil || who.Subject != "u1" || who.Issuer != p.URL || who.Login != "+8613800138001" {
		t.Fatalf("%+v %v", who, err)
	}
	if _, err := d.Identity(t.Context(), code, "nonce", verifier); !errors.Is(err, directory.ErrRefused) {
		t.Errorf("a code is good twice: %v", err)
	}
}

const verifier = "a-verifier-of-at-least-forty-three-characters-long"

func TestWhatProvesNothing(t *testing.T) {
	d, p := open(t, func(*directory.Config) {})
	come := func() string {
		to, err := d.Address(t.Context(), "state", "nonce", verifier)
		if err != nil {
			t.Fatal(err)
		}
		code, _ := p.SignIn(t, to, "lin")
		return code
	}
	if _, err := d.Identity(t.Context(), come(), "another", verifier); !errors.Is(err, directory.ErrRefused) {
		t.Errorf("another nonce: %v", err)
	}
	if _, err := d.Identity(t.Context(), come(), "nonce", verifier+"x"); !errors.Is(err, directory.ErrRefused) {
		t.Errorf("another verifier: %v", err)
	}
	if _, err := d.Identity(t.Context(), "nonsense", "nonce", verifier); !errors.Is(err, directory.ErrRefused) {
		t.Errorf("nonsense: %v", err)
	}
}

func TestANumberThatNobodyIsSureOfIsNone(t *testing.T) {
	for _, trust := range []bool{false, true} {
		d, p := open(t, func(c *directory.Config) { c.Unverified = trust })
		to, err := d.Address(t.Context(), "s", "n", verifier)
		if err != nil {
			t.Fatal(err)
		}
		code, _ := p.SignIn(t, to, "chen")
		who, err := d.Identity(t.Context(), code, "n", verifier)
		if err != nil || (who.Login != "") != trust {
			t.Errorf("trusted %v: %+v %v", trust, who, err)
		}
	}
}

func TestADirectoryThatIsAwayComesBack(t *testing.T) {
	up := false
	var real http.Handler = http.NotFoundHandler()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !up {
			http.Error(w, "away", http.StatusServiceUnavailable)
			return
		}
		real.ServeHTTP(w, r)
	}))
	defer s.Close()
	d, err := directory.New(directory.Config{Issuer: s.URL, ClientID: "hall", Name: directory.Name{ZH: "省总目录"}}, back)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Ping(t.Context()); err == nil || errors.Is(err, directory.ErrRefused) {
		t.Errorf("away: %v", err)
	}
	up, real = true, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"issuer":"` + s.URL + `","authorization_endpoint":"` + s.URL + `/a","token_endpoint":"` + s.URL + `/t","jwks_uri":"` + s.URL + `/k"}`))
	})
	if err := d.Ping(t.Context()); err != nil {
		t.Errorf("it is back: %v", err)
	}
}

func TestADirectoryIsNotFollowedElsewhere(t *testing.T) {
	followed := false
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed = true }))
	defer elsewhere.Close()
	s := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer s.Close()
	d, err := directory.New(directory.Config{Issuer: s.URL, ClientID: "hall", Name: directory.Name{ZH: "省总目录"}}, back)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Ping(t.Context()); err == nil || followed {
		t.Errorf("followed: %v, %v", followed, err)
	}
}

func TestConfigurations(t *testing.T) {
	dir := t.TempDir()
	for text, says := range map[string]string{
		`{`: "EOF", `{"issuer":"https://id.example.org","colour":1}`: "colour", `{"issuer":"http://id.example.org","client_id":"x","name":{"zh":"目录"}}`: "issuer",
		`{"issuer":"https://id.example.org","name":{"zh":"目录"}}`: "client_id", `{"issuer":"https://id.example.org","client_id":"x"}`: "name",
		`{"issuer":"https://id.example.org","client_id":"x","name":{"zh":"目录"},"secret_file":"/none"}`: "/none",
	} {
		path := filepath.Join(dir, "oidc.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := directory.Read(path, back); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
