package hall

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// Cost is what one hash takes.
type Cost struct {
	Memory  uint32 // KiB
	Time    uint32 // passes over the memory
	Threads uint8
}

// DefaultCost is the second choice of RFC 9106 scaled to a small machine: about 30 ms on one core.
var DefaultCost = Cost{Memory: 19 * 1024, Time: 2, Threads: 1}

const (
	saltLen    = 16
	keyLen     = 32
	mostMemory = 1 << 20 // KiB; a stored hash that asks for more is broken
)

// Hasher hashes passwords with argon2id into PHC strings. It runs only as many at once as there are
// processors, so that a flood of sign-ins waits instead of taking all memory.
type Hasher struct {
	cost  Cost
	gate  chan struct{}
	dummy func() string
}

// NewHasher makes a Hasher that hashes at the cost and verifies at any.
func NewHasher(cost Cost) *Hasher {
	h := &Hasher{cost: cost, gate: make(chan struct{}, max(2, runtime.GOMAXPROCS(0)))}
	h.dummy = sync.OnceValue(func() string { return h.encode(rand.Text(), randomSalt()) })
	return h
}

// Hash gives the PHC string of a password under a fresh salt. It waits for its turn, or until ctx ends.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	return h.encode(password, randomSalt()), nil
}

// Verify reports whether the password is the one that was hashed, and if it is, whether the hash was
// made at another cost than today's. An empty hash fits nothing and takes as long as a full one.
func (h *Hasher) Verify(ctx context.Context, phc, password string) (ok, stale bool, err error) {
	none := phc == ""
	if none {
		phc = h.dummy()
	}
	cost, salt, want, err := decode(phc)
	if err != nil {
		return false, false, err
	}
	if err := h.enter(ctx); err != nil {
		return false, false, err
	}
	defer h.leave()
	got := argon2.IDKey(normal(password), salt, cost.Time, cost.Memory, cost.Threads, uint32(len(want)))
	ok = subtle.ConstantTimeCompare(got, want) == 1 && !none
	return ok, ok && cost != h.cost, nil
}

func (h *Hasher) enter(ctx context.Context) error {
	select {
	case h.gate <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *Hasher) leave() { <-h.gate }

func (h *Hasher) encode(password string, salt []byte) string {
	c := h.cost
	key := argon2.IDKey(normal(password), salt, c.Time, c.Memory, c.Threads, keyLen)
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.Memory, c.Time, c.Threads, b64(salt), b64(key))
}

func decode(phc string) (c Cost, salt, key []byte, err error) {
	bad := errors.New("hall: not a hash of argon2id")
	part := strings.Split(phc, "$")
	if len(part) != 6 || part[0] != "" || part[1] != "argon2id" || part[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return c, nil, nil, bad
	}
	if _, err := fmt.Sscanf(part[3], "m=%d,t=%d,p=%d", &c.Memory, &c.Time, &c.Threads); err != nil {
		return c, nil, nil, bad
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(part[4])
	key, err2 := base64.RawStdEncoding.DecodeString(part[5])
	if err1 != nil || err2 != nil || len(key) < 16 || c.Memory > mostMemory || c.Time == 0 || c.Threads == 0 {
		return c, nil, nil, bad
	}
	return c, salt, key, nil
}

func randomSalt() []byte {
	salt := make([]byte, saltLen)
	rand.Read(salt) // never fails
	return salt
}

// normal makes one password of what different keyboards send for the same characters.
func normal(password string) []byte { return norm.NFKC.Bytes([]byte(password)) }

// handOut is the alphabet of first passwords: what cannot be misread on paper.
const handOut = "23456789abcdefghjkmnpqrstuvwxyz"

// firstPassword makes a password to be told to a person: 12 characters, 59 bits.
func firstPassword() string {
	var b strings.Builder
	raw := make([]byte, 1)
	for n := 0; n < 12; {
		rand.Read(raw)
		if int(raw[0]) >= 256-256%len(handOut) {
			continue // keeps every character equally likely
		}
		if n > 0 && n%4 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(handOut[int(raw[0])%len(handOut)])
		n++
	}
	return b.String()
}
