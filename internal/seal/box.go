// Package seal makes personal data unreadable where it is kept. A Box seals a text for one place, opens it there and
// nowhere else, and marks it for look-ups by equality. Its keys lie in a file apart from the store, so that a copy of the
// store alone (a stolen disk, a backup, a dump) tells nothing.
package seal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// What is wrong with a sealed text. The error of Open names the place and never holds the text.
var (
	ErrClear   = errors.New("it is not sealed")
	ErrForeign = errors.New("it was sealed with a key that the key file does not hold")
	ErrDamaged = errors.New("it is damaged, or was moved here from another place")
)

// Box seals, opens and marks. It is safe for concurrent use. When another process has added a key, it is read from the
// file by itself: at once by Open, within lookEvery by Seal.
type Box struct {
	path   string
	keys   atomic.Pointer[keys]
	mu     sync.Mutex   // who reads or writes the file
	looked atomic.Int64 // when the file was last looked at
}

const lookEvery = 5 * time.Second

// A sealed text is a head with version and cipher, and in base64 what the cipher made: a version, the key's number, a
// nonce, the ciphertext and its tag. No phone number and no address looks like that.
const version = "s1:"

var text = base64.RawURLEncoding.Strict()

func head(c Cipher) string { return version + string(c) + ":" }

// Sealed reports whether a text has the form of a sealed one.
func Sealed(s string) bool { return strings.HasPrefix(s, version) }

// Seal makes a text unreadable. field says where it is kept, table, column and row: "hall_person.phone/ID"; the sealed
// text opens under the same field only. Nothing is sealed as nothing.
func (b *Box) Seal(field, plain string) (string, error) {
	if plain == "" {
		return "", nil
	}
	if time.Since(time.Unix(0, b.looked.Load())) > lookEvery {
		b.look()
	}
	k := b.keys.Load()
	raw, err := k.rings[k.cipher].seal([]byte(plain), []byte(field))
	if err != nil {
		return "", fmt.Errorf("seal: %s: %w", field, err)
	}
	return head(k.cipher) + text.EncodeToString(raw), nil
}

// Open gives what was sealed under the field. An error is ErrClear, ErrForeign or ErrDamaged with the field; it is never
// mistaken for an empty text.
func (b *Box) Open(field, sealed string) (string, error) {
	plain, err := b.open(field, sealed)
	if err != nil {
		return "", fmt.Errorf("seal: %s: %w", field, err)
	}
	return plain, nil
}

func (b *Box) open(field, sealed string) (string, error) {
	if sealed == "" {
		return "", nil
	}
	c, raw, err := parse(sealed)
	if err != nil {
		return "", err
	}
	r := b.keys.Load().holder(c, raw)
	if r == nil {
		b.look()
		if r = b.keys.Load().holder(c, raw); r == nil {
			return "", ErrForeign
		}
	}
	plain, err := r.open(raw, []byte(field))
	if err != nil {
		return "", ErrDamaged // the cipher has no more to say
	}
	return string(plain), nil
}

// Renew seals with the newest key what an older one has sealed, and gives back what needs no renewal as it is.
func (b *Box) Renew(field, sealed string) (string, error) {
	if c, raw, err := parse(sealed); err == nil {
		if k := b.keys.Load(); c == k.cipher && number(raw) == k.rings[c].newest() {
			return sealed, nil
		}
	}
	plain, err := b.Open(field, sealed)
	if err != nil {
		return "", err
	}
	return b.Seal(field, plain)
}

// marked begins every mark: no phone number and no address does.
const marked = "m1:"

// Mark is the same text for the same value and tells nothing of it to whoever has no key: to find a value by, and to
// keep it unique. kind keeps values apart that mean different things.
//
// The key of marks is its own and does not rotate with those that seal: a mark is compared, not opened, so marks under
// two keys would let one phone number be entered twice, and every one would have to be made anew at the same moment.
// There are few phone numbers; who has the key can try them all. That is why it lies with the others, outside the store.
func (b *Box) Mark(kind, value string) string {
	h := hmac.New(sha256.New, b.keys.Load().mark)
	h.Write([]byte(kind))
	h.Write([]byte{0})
	h.Write([]byte(value))
	return marked + text.EncodeToString(h.Sum(nil))
}

// Marked reports whether a text has the form of a mark.
func Marked(s string) bool { return strings.HasPrefix(s, marked) }

// parse takes a sealed text apart.
func parse(s string) (Cipher, []byte, error) {
	rest, ok := strings.CutPrefix(s, version)
	if !ok {
		return "", nil, ErrClear
	}
	c, body, ok := strings.Cut(rest, ":")
	if !ok || strings.ContainsAny(body, "\r\n") { // which the decoder would pass over
		return "", nil, ErrDamaged
	}
	raw, err := text.DecodeString(body)
	if err != nil || len(raw) < idSize+nonceSize+tagSize {
		return "", nil, ErrDamaged
	}
	return Cipher(c), raw, nil
}

// number is that of the key that has sealed.
func number(raw []byte) uint32 { return binary.BigEndian.Uint32(raw[1:idSize]) }

// look reads the key file again if it has changed. One that cannot be read leaves things as they are: what is open stays
// open, and the next start says what is wrong.
func (b *Box) look() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.looked.Store(time.Now().UnixNano())
	at, err := stampOf(b.path)
	if err == nil && at == b.keys.Load().at {
		return
	}
	var k *keys
	if err == nil {
		k, err = read(b.path)
	}
	if err != nil {
		slog.Warn("key file not read again", "path", b.path, "err", err)
		return
	}
	b.keys.Store(k)
}
