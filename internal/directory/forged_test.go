package directory_test

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/directory"
)

const clientSecret = "the client's own secret"

// liar is a provider that hands out whatever token it is told to, and notes who was shown its access token.
type liar struct {
	*httptest.Server
	key   *rsa.PrivateKey
	token string
	shown []string
}

func newLiar(t *testing.T) *liar {
	t.Helper()
	l := &liar{key: newKey(t)}
	answer := func(fn func() any) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(fn())
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", answer(func() any {
		return map[string]any{"issuer": l.URL, "authorization_endpoint": l.URL + "/a", "token_endpoint": l.URL + "/t", "jwks_uri": l.URL + "/k",
			"userinfo_endpoint": l.URL + "/u", "id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"}}
	}))
	mux.HandleFunc("/k", answer(func() any {
		return map[string]any{"keys": []any{map[string]any{"kty": "RSA", "kid": "one", "use": "sig", "alg": "RS256",
			"n": b64(l.key.N.Bytes()), "e": b64(big.NewInt(int64(l.key.E)).Bytes())}}}
	}))
	mux.HandleFunc("/t", answer(func() any {
		return map[string]any{"access_token": "access-123", "token_type": "Bearer", "id_token": l.token}
	}))
	mux.HandleFunc("/u", answer(func() any {
		return map[string]any{"sub": "u1", "phone_number": "+8613800138001", "phone_number_verified": true}
	}))
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer access-123" {
			l.shown = append(l.shown, r.URL.Path)
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(l.Close)
	return l
}

func newKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func unsigned(head, claims map[string]any) string {
	h, _ := json.Marshal(head)
	c, _ := json.Marshal(claims)
	return b64(h) + "." + b64(c)
}

// signed is a token as an honest provider makes it, with any key.
func signed(t *testing.T, key *rsa.PrivateKey, kid string, claims map[string]any) string {
	t.Helper()
	text := unsigned(map[string]any{"alg": "RS256", "kid": kid}, claims)
	sum := sha256.Sum256([]byte(text))
	s, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + b64(s)
}

// symmetric is a token that is signed with what others may know: the client's secret, or the provider's public key.
func symmetric(claims map[string]any, key []byte) string {
	text := unsigned(map[string]any{"alg": "HS256", "kid": "one"}, claims)
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return text + "." + b64(m.Sum(nil))
}

func (l *liar) directory(t *testing.T) *directory.Directory {
	t.Helper()
	d, err := directory.New(directory.Config{Issuer: l.URL, ClientID: "hall", Name: directory.Name{ZH: "省总目录"}}, back)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// claims are those of a good token, with changes; nil takes one away.
func (l *liar) claims(changes ...any) map[string]any {
	now := time.Now()
	c := map[string]any{"iss": l.URL, "aud": "hall", "sub": "u1", "nonce": "nonce", "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(),
		"phone_number": "+8613800138001", "phone_number_verified": true}
	for i := 0; i+1 < len(changes); i += 2 {
		name := changes[i].(string)
		if c[name] = changes[i+1]; changes[i+1] == nil {
			delete(c, name)
		}
	}
	return c
}

func TestForgedTokensProveNothing(t *testing.T) {
	l := newLiar(t)
	d := l.directory(t)
	l.token = signed(t, l.key, "one", l.claims())
	if who, err := d.Identity(t.Context(), "code", "nonce", verifier); err != nil || who.Subject != "u1" {
		t.Fatalf("the honest one is refused, so the others would prove nothing: %+v %v", who, err)
	}
	thief, long := newKey(t), time.Now().Add(-time.Hour).Unix()
	good := signed(t, l.key, "one", l.claims())
	head, rest, _ := strings.Cut(good, ".")
	_, mark, _ := strings.Cut(rest, ".")
	other := strings.Split(unsigned(map[string]any{}, l.claims("sub", "u2")), ".")[1]
	for name, token := range map[string]string{
		"none":                         "",
		"no token":                     "nonsense",
		"no algorithm":                 unsigned(map[string]any{"alg": "none"}, l.claims()) + ".",
		"no algorithm, in other case":  unsigned(map[string]any{"alg": "nOnE", "kid": "one"}, l.claims()) + ".",
		"no signature":                 head + "." + strings.Split(rest, ".")[0] + ".",
		"another's claims":             head + "." + other + "." + mark,
		"the client's secret":          symmetric(l.claims(), []byte(clientSecret)),
		"the public key as a secret":   symmetric(l.claims(), l.key.N.Bytes()),
		"a foreign key":                signed(t, thief, "two", l.claims()),
		"a foreign key under our name": signed(t, thief, "one", l.claims()),
		"a foreign key without a name": signed(t, thief, "", l.claims()),
		"another issuer":               signed(t, l.key, "one", l.claims("iss", "https://id.example.org")),
		"no issuer":                    signed(t, l.key, "one", l.claims("iss", nil)),
		"another audience":             signed(t, l.key, "one", l.claims("aud", "another")),
		"no audience":                  signed(t, l.key, "one", l.claims("aud", nil)),
		"another nonce":                signed(t, l.key, "one", l.claims("nonce", "another")),
		"no nonce":                     signed(t, l.key, "one", l.claims("nonce", nil)),
		"nobody":                       signed(t, l.key, "one", l.claims("sub", "")),
		"over":                         signed(t, l.key, "one", l.claims("iat", long, "exp", long+60)),
		"without an end":               signed(t, l.key, "one", l.claims("exp", nil)),
		"not yet":                      signed(t, l.key, "one", l.claims("nbf", time.Now().Add(time.Hour).Unix())),
	} {
		l.token = token
		if who, err := d.Identity(t.Context(), "code", "nonce", verifier); !errors.Is(err, directory.ErrRefused) {
			t.Errorf("%s: let in as %+v, %v", name, who, err)
		}
	}
}

// Nobody but the provider is shown its tokens, and it only when the claim is missing; the hall gets neither.
func TestTokensStayInTheServer(t *testing.T) {
	l := newLiar(t)
	d := l.directory(t)
	come := func(token string) directory.Identity {
		l.token = token
		who, err := d.Identity(t.Context(), "code", "nonce", verifier)
		if err != nil {
			t.Fatal(err)
		}
		return who
	}
	if who := come(signed(t, l.key, "one", l.claims())); len(l.shown) != 0 {
		t.Errorf("%+v needed no more, and the token was shown to %v", who, l.shown)
	}
	who := come(signed(t, l.key, "one", l.claims("phone_number", nil)))
	if !reflect.DeepEqual(l.shown, []string{"/u"}) || who.Login != "+8613800138001" {
		t.Errorf("%+v, shown to %v", who, l.shown)
	}
	to, err := d.Address(t.Context(), "state", "nonce", verifier)
	if u, _ := url.Parse(to); err != nil || u.Query().Get("response_type") != "code" || strings.Contains(to, verifier) {
		t.Errorf("tokens must not come through the browser: %s %v", to, err)
	}
	for i := range reflect.TypeFor[directory.Identity]().NumField() {
		if name := reflect.TypeFor[directory.Identity]().Field(i).Name; strings.Contains(name, "oken") {
			t.Errorf("%s leaves the package", name)
		}
	}
}

// A directory keeps people signed in for weeks. What it says of when they came counts, and nothing is made of what it does
// not say.
func TestWhenSomebodySignedInThere(t *testing.T) {
	l := newLiar(t)
	d := l.directory(t)
	if to, err := d.Address(t.Context(), "state", "nonce", verifier); err != nil || !strings.Contains(to, "max_age=") {
		t.Errorf("it is not asked: %s %v", to, err)
	}
	now := time.Now()
	for name, c := range map[string]struct {
		said any
		want time.Time
	}{
		"long ago":        {now.Add(-9 * time.Hour).Unix(), now.Add(-9 * time.Hour)},
		"just now":        {now.Unix(), now},
		"a clock ahead":   {now.Add(2 * time.Minute).Unix(), now},
		"to come":         {now.Add(time.Hour).Unix(), time.Time{}},
		"never":           {0, time.Time{}},
		"not said":        {nil, time.Time{}},
		"another's words": {"yesterday", time.Time{}},
		"beyond time":     {1e300, time.Time{}},
	} {
		l.token = signed(t, l.key, "one", l.claims("auth_time", c.said))
		who, err := d.Identity(t.Context(), "code", "nonce", verifier)
		if err != nil || who.At.IsZero() != c.want.IsZero() || who.At.Sub(c.want).Abs() > 5*time.Second {
			t.Errorf("%s: %v %v, want %v", name, who.At, err, c.want)
		}
	}
}
