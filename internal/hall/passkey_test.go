package hall_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/hall/halltest"
)

// device is somebody's telephone with a key in it.
type device struct {
	t    *testing.T
	rp   virtualwebauthn.RelyingParty
	auth virtualwebauthn.Authenticator
	key  virtualwebauthn.Credential
}

const at = "https://hall.example.org"

func newDevice(t *testing.T, owner string) *device {
	d := &device{t: t, rp: virtualwebauthn.RelyingParty{ID: "hall.example.org", Name: "职工之家", Origin: at}, key: newKey(t)}
	d.auth = virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: []byte(owner)})
	return d
}

// newKey makes keys until both halves of one fill their 32 bytes: the library writes a half that begins with a zero too
// short, one time in 128, and such a key is rightly refused.
func newKey(t *testing.T) virtualwebauthn.Credential {
	t.Helper()
	for {
		private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		point, err := private.PublicKey.Bytes() // 4, then the halves
		if err != nil {
			t.Fatal(err)
		}
		if point[1] == 0 || point[33] == 0 {
			continue
		}
		text, err := x509.MarshalPKCS8PrivateKey(private)
		if err != nil {
			t.Fatal(err)
		}
		return virtualwebauthn.NewCredentialWithImportedKey(virtualwebauthn.KeyTypeEC2, text)
	}
}

// asked is a ceremony as the library takes it.
func asked(c hall.Ceremony) string { return `{"publicKey":` + string(c.Options) + `}` }

// make answers the demand for a new key.
func (d *device) make(c hall.Ceremony) []byte {
	d.t.Helper()
	o, err := virtualwebauthn.ParseAttestationOptions(asked(c))
	if err != nil {
		d.t.Fatal(err)
	}
	return []byte(virtualwebauthn.CreateAttestationResponse(d.rp, d.auth, d.key, *o))
}

// sign answers the demand for a signature.
func (d *device) sign(c hall.Ceremony) []byte {
	d.t.Helper()
	o, err := virtualwebauthn.ParseAssertionOptions(asked(c))
	if err != nil {
		d.t.Fatal(err)
	}
	d.key.Counter++
	return []byte(virtualwebauthn.CreateAssertionResponse(d.rp, d.auth, d.key, *o))
}

func withPasskey(t *testing.T) (*halltest.World, *hall.Service, *clock.Fake, *device) {
	t.Helper()
	w, s, clk := world(t)
	if err := s.UsePasskeys(at); err != nil {
		t.Fatal(err)
	}
	a := halltest.Actor(t, s, w.A.Worker)
	d := newDevice(t, a.ID)
	c, err := s.BeginPasskey(bg, a)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.AddPasskey(bg, a, c.Token, " ", d.make(c)); code(err) != fault.Invalid {
		t.Errorf("without a name: %v", err)
	}
	answer := d.make(c)
	if _, err := s.AddPasskey(bg, a, c.Token, "手机", answer); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AddPasskey(bg, a, c.Token, "手机", answer); !errors.Is(err, hall.BadPasskey) {
		t.Errorf("the same answer again: %v", err)
	}
	return w, s, clk, d
}

func TestAPasskeySignsItsOwnerIn(t *testing.T) {
	w, s, clk, d := withPasskey(t)
	c, err := s.BeginPasskeySignIn(bg, here)
	if err != nil {
		t.Fatal(err)
	}
	answer := d.sign(c)
	got, err := s.SignInByPasskey(bg, c.Token, answer, here)
	if err != nil || got.Person.ID != w.A.Worker.ID {
		t.Fatal(got, err)
	}
	if _, err := s.SignInByPasskey(bg, c.Token, answer, here); !errors.Is(err, hall.BadPasskey) {
		t.Errorf("a signature is good twice: %v", err)
	}
	late, err := s.BeginPasskeySignIn(bg, here)
	if err != nil {
		t.Fatal(err)
	}
	clk.Move(6 * time.Minute)
	if _, err := s.SignInByPasskey(bg, late.Token, d.sign(late), here); !errors.Is(err, hall.BadPasskey) {
		t.Errorf("a signature that comes late: %v", err)
	}
	keys, err := s.Passkeys(bg, halltest.Actor(t, s, w.A.Worker))
	if err != nil || len(keys) != 1 || keys[0].Name != "手机" || keys[0].Used.IsZero() {
		t.Errorf("%+v %v", keys, err)
	}
}

func TestWhatProvesNothing(t *testing.T) {
	w, s, _, d := withPasskey(t)
	begin := func() hall.Ceremony {
		c, err := s.BeginPasskeySignIn(bg, here)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	bad := func(what string, c hall.Ceremony, answer []byte) {
		t.Helper()
		if _, err := s.SignInByPasskey(bg, c.Token, answer, here); !errors.Is(err, hall.BadPasskey) {
			t.Errorf("%s: %v", what, err)
		}
	}
	other := newDevice(t, w.A.Worker.ID) // a key that the hall does not know, with the right owner
	c := begin()
	bad("an unknown key", c, other.sign(c))
	c = begin()
	stolen := *d
	stolen.auth = virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: []byte(w.A.Lead.ID)})
	bad("a key that says it is somebody else's", c, stolen.sign(c))
	c = begin()
	elsewhere := *d
	elsewhere.rp.Origin = "https://hal1.example.org"
	bad("a signature made for another page", c, elsewhere.sign(c))
	first, second := begin(), begin()
	bad("the answer to another question", second, d.sign(first))
	for _, text := range []string{"", "{}", "null", `{"id":"x"}`, "\x00"} {
		c := begin()
		bad("nonsense "+text, c, []byte(text))
	}
	// A copy of the key that has signed less often than the hall has seen.
	d.key.Counter = 10
	c = begin()
	if _, err := s.SignInByPasskey(bg, c.Token, d.sign(c), here); err != nil {
		t.Fatal(err)
	}
	d.key.Counter = 3
	c = begin()
	bad("a copy", c, d.sign(c))
}

func TestPasskeysAreTheirOwners(t *testing.T) {
	w, s, _, d := withPasskey(t)
	a, b := halltest.Actor(t, s, w.A.Worker), halltest.Actor(t, s, w.B.Worker)
	keys, err := s.Passkeys(bg, a)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.DropPasskey(bg, b, keys[0].ID, ""); !fault.Is(err, fault.NotFound) {
		t.Errorf("somebody else's is removed: %v", err)
	}
	c, err := s.BeginPasskeyProof(bg, b)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.ProveByPasskey(bg, b, c.Token, d.sign(c)); !errors.Is(err, hall.BadPasskey) {
		t.Errorf("somebody else's key proves: %v", err)
	}
	if c, err = s.BeginPasskeyProof(bg, a); err != nil {
		t.Fatal(err)
	}
	if err := s.ProveByPasskey(bg, a, c.Token, d.sign(c)); err != nil {
		t.Error(err)
	}
	if err := s.DropPasskey(bg, a, keys[0].ID, ""); err != nil {
		t.Fatal(err)
	}
	in, err := s.BeginPasskeySignIn(bg, here)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.SignInByPasskey(bg, in.Token, d.sign(in), here); !errors.Is(err, hall.BadPasskey) {
		t.Errorf("a removed one signs in: %v", err)
	}
}

func TestNoPasskeysAtAnAddressWithoutAName(t *testing.T) {
	_, s, _ := world(t)
	if err := s.UsePasskeys("http://192.0.2.7:8080"); err != nil || s.TakesPasskeys() {
		t.Errorf("%v, taken: %v", err, s.TakesPasskeys())
	}
	if _, err := s.BeginPasskeySignIn(bg, here); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
}

// Whatever a browser sends, the answer is an error.
func FuzzPasskeyAnswer(f *testing.F) {
	for _, s := range []string{"", "{}", `{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"AA","authenticatorData":"AA","signature":"AA"}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		if json.Valid(answer) && len(answer) > 1<<16 {
			return
		}
		_, s, _ := world(t)
		if err := s.UsePasskeys(at); err != nil {
			t.Fatal(err)
		}
		c, err := s.BeginPasskeySignIn(bg, here)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.SignInByPasskey(bg, c.Token, answer, here); !errors.Is(err, hall.BadPasskey) {
			t.Errorf("%q: %v", answer, err)
		}
	})
}
