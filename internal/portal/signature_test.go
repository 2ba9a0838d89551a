package portal_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/portal"
)

// vectors are what receivers in other languages can test themselves against. The first is the one of the
// Standard Webhooks specification's own libraries; the second is a body as the hall sends it.
var vectors = []struct {
	secret, id, body, signature string
	timestamp                   int64
}{
	{
		"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", `{"test": 2432232314}`,
		"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", 1614265330,
	},
	{
		"whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "0197f3a0-0000-7000-8000-000000000001",
		`{"type":"exchange.need.posted","timestamp":"2026-03-01T08:00:00Z","data":{"title":"主轴异响"}}`,
		"v1,XF8Jb7MLBoubLxxJXjcjlEUHG40Chw/9JhT7x1121j4=", 1772352000,
	},
}

func TestSignatureVectors(t *testing.T) {
	for _, v := range vectors {
		secret, err := portal.ParseSecret(v.secret)
		if err != nil {
			t.Fatal(err)
		}
		at := time.Unix(v.timestamp, 0)
		got, err := secret.Sign(v.id, at, []byte(v.body))
		if err != nil || got != v.signature {
			t.Errorf("%s: %s, want %s (%v)", v.id, got, v.signature, err)
		}
		if err := portal.VerifySignature(v.secret, v.id, fmt.Sprint(v.timestamp), v.signature, []byte(v.body), at, 0); err != nil {
			t.Error(err)
		}
	}
}

// plain computes the signature from the specification's words, with nothing of the package.
func plain(t *testing.T, secret, id, timestamp string, body []byte) string {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(secret[len("whsec_"):])
	if err != nil {
		t.Fatal(err)
	}
	h := hmac.New(sha256.New, key)
	fmt.Fprintf(h, "%s.%s.%s", id, timestamp, body)
	return "v1," + base64.StdEncoding.EncodeToString(h.Sum(nil))
}

func TestVerifySignature(t *testing.T) {
	secret, other := portal.NewSecret().Reveal(), portal.NewSecret().Reveal()
	body, now := []byte(`{"data":"主轴"}`), time.Unix(1772352000, 0)
	stamp := fmt.Sprint(now.Unix())
	right := plain(t, secret, "m1", stamp, body)
	check := func(name string, ok bool, id, timestamp, signature string, body []byte, at time.Time, tolerance time.Duration) {
		t.Helper()
		err := portal.VerifySignature(secret, id, timestamp, signature, body, at, tolerance)
		if (err == nil) != ok || !ok && !errors.Is(err, portal.ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	check("right", true, "m1", stamp, right, body, now, 0)
	check("one of several", true, "m1", stamp, "v1a,xxxx "+plain(t, other, "m1", stamp, body)+" "+right, body, now, 0)
	check("other secret", false, "m1", stamp, plain(t, other, "m1", stamp, body), body, now, 0)
	check("other body", false, "m1", stamp, right, []byte(`{}`), now, 0)
	check("other id", false, "m2", stamp, right, body, now, 0)
	check("other time", false, "m1", fmt.Sprint(now.Unix()+1), right, body, now, 0)
	check("no signature", false, "m1", stamp, "", body, now, 0)
	check("no id", false, "", stamp, right, body, now, 0)
	check("no time", false, "m1", "", right, body, now, 0)
	check("unknown version", false, "m1", stamp, "v2"+right[2:], body, now, 0)
	check("old", false, "m1", stamp, right, body, now.Add(portal.Tolerance+time.Second), 0)
	check("from the future", false, "m1", stamp, right, body, now.Add(-portal.Tolerance-time.Second), 0)
	check("just in time", true, "m1", stamp, right, body, now.Add(portal.Tolerance), 0)
	check("stricter", false, "m1", stamp, right, body, now.Add(2*time.Second), time.Second)
	check("any time", true, "m1", stamp, right, body, now.Add(1000*time.Hour), -1)
	if err := portal.VerifySignature("whsec_!", "m1", stamp, right, body, now, 0); err == nil {
		t.Error("a secret that is none")
	}
}

func TestSecretsStayOutOfPrints(t *testing.T) {
	s := portal.NewSecret()
	for _, verb := range []string{"%v", "%+v", "%s", "%#v", "%q"} {
		if text := fmt.Sprintf(verb, struct{ S portal.Secret }{s}); len(text) > 40 {
			t.Errorf("%s prints %s", verb, text)
		}
	}
	if _, err := portal.ParseSecret(s.Reveal()); err != nil {
		t.Error(err)
	}
}
