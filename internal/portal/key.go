package portal

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"math/big"
	"strings"
	"time"
)

// Key lets a portal in. The text a partner holds is "uh_<id>_<secret>": the id finds the row, the
// secret proves it. Only the secret's SHA-256 is kept. A plain hash is right here, and a slow one would
// only slow every request: the secret is 32 random bytes, so there is no dictionary to try and a
// thief of the table is left with 2^256 guesses.
type Key struct {
	ID         string
	PortalID   string
	Hash       Hash
	CreatedAt  time.Time
	LastUsedAt time.Time // to the minute; zero when it never was
	ExpiresAt  time.Time // zero for never
	RevokedAt  time.Time // zero while it holds
}

// Hash is the SHA-256 of a key's secret.
type Hash [sha256.Size]byte

// Prefix is the part of the key that may be shown and logged.
func (k Key) Prefix() string { return keyPrefix + k.ID }

// Holds reports whether the key is neither revoked nor expired.
func (k Key) Holds(now time.Time) bool {
	return k.RevokedAt.IsZero() && (k.ExpiresAt.IsZero() || now.Before(k.ExpiresAt))
}

const (
	keyPrefix    = "uh_"
	keyIDBytes   = 8
	secretBytes  = 32
	secretLength = 43 // 32 bytes in base 62
	base62       = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// newKey makes a key and the text of it, which is not kept anywhere.
func newKey(portalID string, now, expires time.Time) (Key, string) {
	var raw [keyIDBytes + secretBytes]byte
	rand.Read(raw[:]) // never fails
	k := Key{ID: hex.EncodeToString(raw[:keyIDBytes]), PortalID: portalID, CreatedAt: now, ExpiresAt: expires}
	secret := encode62(raw[keyIDBytes:])
	k.Hash = sha256.Sum256([]byte(secret))
	return k, k.Prefix() + "_" + secret
}

// parseKey takes the text of a key apart; ok says only that it has the form of one.
func parseKey(text string) (keyID string, hash Hash, ok bool) {
	rest, ok := strings.CutPrefix(text, keyPrefix)
	if !ok {
		return "", Hash{}, false
	}
	keyID, secret, ok := strings.Cut(rest, "_")
	if !ok || len(keyID) != 2*keyIDBytes || len(secret) != secretLength || strings.Trim(keyID, "0123456789abcdef") != "" {
		return "", Hash{}, false
	}
	return keyID, sha256.Sum256([]byte(secret)), true
}

func (h Hash) equal(other Hash) bool { return subtle.ConstantTimeCompare(h[:], other[:]) == 1 }

// encode62 writes 32 bytes with letters and digits only, so that a double click takes the whole key.
func encode62(b []byte) string {
	n, base, digit := new(big.Int).SetBytes(b), big.NewInt(62), new(big.Int)
	out := make([]byte, secretLength)
	for i := len(out) - 1; i >= 0; i-- {
		n.DivMod(n, base, digit)
		out[i] = base62[digit.Int64()]
	}
	return string(out)
}
