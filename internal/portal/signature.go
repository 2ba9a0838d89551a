package portal

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"
)

// The headers of a delivery, as the Standard Webhooks specification names them.
const (
	HeaderID        = "webhook-id"
	HeaderTimestamp = "webhook-timestamp"
	HeaderSignature = "webhook-signature"
)

// Tolerance is how far a delivery's timestamp may be from the receiver's clock when it names nothing
// else.
const Tolerance = 5 * time.Minute

// ErrSignature is what VerifySignature answers to a delivery that is not to be trusted.
var ErrSignature = errors.New("webhook signature not valid")

const (
	secretPrefix     = "whsec_"
	signatureVersion = "v1,"
)

// Secret signs what goes over one hook: "whsec_" and the key in base64. This type is the one place
// that knows its form, and Store's AddHook and Claim are the only ones that carry it, so that it can be
// sealed at rest there. It does not print itself.
type Secret struct{ text string }

// NewSecret makes a random secret.
func NewSecret() Secret {
	var b [secretBytes]byte
	rand.Read(b[:]) // never fails
	return Secret{secretPrefix + base64.StdEncoding.EncodeToString(b[:])}
}

// ParseSecret takes a secret as Reveal gives it.
func ParseSecret(text string) (Secret, error) {
	s := Secret{text}
	if _, err := s.key(); err != nil {
		return Secret{}, err
	}
	return s, nil
}

// Reveal is the secret itself: for the partner, once, and for the store.
func (s Secret) Reveal() string { return s.text }

// String keeps the secret out of what is printed.
func (s Secret) String() string { return secretPrefix + "…" }

// GoString is String.
func (s Secret) GoString() string { return s.String() }

// LogValue is String.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

func (s Secret) key() ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s.text, secretPrefix))
	if err != nil || len(key) == 0 {
		return nil, errors.New("a webhook secret is " + secretPrefix + " and base64")
	}
	return key, nil
}

// Sign gives the value of the signature header for a delivery that is sent at that time.
func (s Secret) Sign(id string, at time.Time, body []byte) (string, error) {
	key, err := s.key()
	if err != nil {
		return "", err
	}
	return signatureVersion + base64.StdEncoding.EncodeToString(mac(key, id, strconv.FormatInt(at.Unix(), 10), body)), nil
}

// VerifySignature is for receivers: it is nil when the body was signed with the secret, under the id
// and timestamp of the headers, no further than tolerance from now (0 is Tolerance, and negative is
// any distance). Everything else is ErrSignature with the reason. The signature header may hold
// several signatures, of which one must fit.
func VerifySignature(secret, id, timestamp, signature string, body []byte, now time.Time, tolerance time.Duration) error {
	key, err := Secret{secret}.key()
	if err != nil {
		return err
	}
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || id == "" {
		return fmt.Errorf("%w: id or timestamp missing", ErrSignature)
	}
	if tolerance == 0 {
		tolerance = Tolerance
	}
	if d := now.Sub(time.Unix(seconds, 0)).Abs(); tolerance > 0 && d > tolerance {
		return fmt.Errorf("%w: sent %s away from now", ErrSignature, d.Round(time.Second))
	}
	want := mac(key, id, timestamp, body)
	for one := range strings.FieldsSeq(signature) {
		text, ok := strings.CutPrefix(one, signatureVersion)
		if !ok {
			continue // a version that came later
		}
		got, err := base64.StdEncoding.DecodeString(text)
		if err == nil && hmac.Equal(got, want) {
			return nil
		}
	}
	return fmt.Errorf("%w: no signature fits", ErrSignature)
}

func mac(key []byte, id, timestamp string, body []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(id + "." + timestamp + "."))
	h.Write(body)
	return h.Sum(nil)
}
