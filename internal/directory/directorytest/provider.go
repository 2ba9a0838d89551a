// Package directorytest starts a real OpenID provider for tests.
package directorytest

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"

	"github.com/unionhall/unionhall/internal/directory"
)

// Person is somebody whom the provider knows. The password is Password.
type Person struct {
	ID, Name, Phone string
	Verified        bool
}

// Password is everybody's.
const Password = "verysecure"

// Provider is a running one.
type Provider struct {
	*httptest.Server
	client, secret string
}

// Start runs a provider that leads back to an address, until the test ends.
func Start(t testing.TB, back string, people ...Person) *Provider {
	t.Helper()
	users := map[string]*storage.User{}
	for _, p := range people {
		users[p.ID] = &storage.User{ID: p.ID, Username: p.Name, Password: Password, Phone: p.Phone, PhoneVerified: p.Verified}
	}
	b, err := json.Marshal(users)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "users.json")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	known, err := storage.StoreFromFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p := &Provider{client: "hall-" + filepath.Base(dir) + t.Name(), secret: filepath.Join(dir, "secret")}
	if err := os.WriteFile(p.secret, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	storage.RegisterClients(storage.WebClient(p.client, "s3cret", back))
	var h http.Handler
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, r) }))
	h = exampleop.SetupServer(p.URL, storage.NewStorage(known), slog.New(slog.DiscardHandler), false)
	t.Cleanup(p.Close)
	return p
}

// Config is how the hall is told of it.
func (p *Provider) Config() directory.Config {
	return directory.Config{Issuer: p.URL, ClientID: p.client, SecretFile: p.secret, Name: directory.Name{ZH: "省总目录", EN: "Provincial directory"}, Scopes: []string{"phone"}}
}

var request = regexp.MustCompile(`name="id" value="([^"]+)"`)

// SignIn goes through the provider's own form, and gives what it leads back with.
func (p *Provider) SignIn(t testing.TB, to, name string) (code, state string) {
	t.Helper()
	jar, _ := cookiejar.New(nil)
	home, _ := url.Parse(p.URL)
	c := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Host != home.Host {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	res, err := c.Get(to)
	if err != nil {
		t.Fatal(err)
	}
	page, _ := io.ReadAll(res.Body)
	res.Body.Close()
	found := request.FindSubmatch(page)
	if found == nil {
		t.Fatalf("the provider shows no form: %s %s", res.Status, page)
	}
	res, err = c.Post(p.URL+"/login/username", "application/x-www-form-urlencoded", strings.NewReader(url.Values{
		"id": {string(found[1])}, "username": {name}, "password": {Password}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(res.Body)
	res.Body.Close()
	back, err := url.Parse(res.Header.Get("Location"))
	if err != nil || back.Query().Get("code") == "" {
		t.Fatalf("the provider does not lead back: %s to %q\n%s", res.Status, back, body)
	}
	return back.Query().Get("code"), back.Query().Get("state")
}
