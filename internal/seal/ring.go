package seal

import (
	"bytes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/emmansun/gmsm/sm4"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// Cipher names one way of sealing. Both prove that nothing was changed.
type Cipher string

// The ciphers.
const (
	AES Cipher = "aes" // AES-256-GCM, by Tink
	SM4 Cipher = "sm4" // SM4-GCM, where China's commercial ciphers (GB/T 32907) are asked for
)

// Ciphers are those that can be chosen.
var Ciphers = []Cipher{AES, SM4}

// ring is the keys of one cipher: the newest seals, all open. What it seals begins with a version and the number of the
// key, in both ciphers alike. It does not change once it is in use.
type ring interface {
	seal(plain, field []byte) ([]byte, error)
	open(sealed, field []byte) ([]byte, error)
	numbers() []uint32
	newest() uint32
	// with gives a ring with a new key that seals from now on.
	with() (ring, error)
}

const (
	idSize    = 5 // a version and the number of the key
	nonceSize = 12
	tagSize   = 16
	formatOne = 1 // Tink's version of the same form
)

// tinkRing is a keyset of Tink.
type tinkRing struct {
	set  *keyset.Handle
	aead tink.AEAD
	all  []uint32
	last uint32
}

func newTinkRing(set *keyset.Handle) (*tinkRing, error) {
	a, err := aead.New(set)
	if err != nil {
		return nil, err
	}
	info := set.KeysetInfo()
	r := &tinkRing{set: set, aead: a, last: info.GetPrimaryKeyId()}
	for _, k := range info.GetKeyInfo() {
		r.all = append(r.all, k.GetKeyId())
	}
	return r, nil
}

func makeTinkRing() (ring, error) {
	set, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, err
	}
	return newTinkRing(set)
}

func readTinkRing(b []byte) (*tinkRing, error) {
	set, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(b)))
	if err != nil {
		return nil, err
	}
	return newTinkRing(set)
}

func (r *tinkRing) write() ([]byte, error) {
	var b bytes.Buffer
	err := insecurecleartextkeyset.Write(r.set, keyset.NewJSONWriter(&b))
	return b.Bytes(), err
}

func (r *tinkRing) seal(plain, field []byte) ([]byte, error)  { return r.aead.Encrypt(plain, field) }
func (r *tinkRing) open(sealed, field []byte) ([]byte, error) { return r.aead.Decrypt(sealed, field) }

func (r *tinkRing) numbers() []uint32 { return r.all }
func (r *tinkRing) newest() uint32    { return r.last }

func (r *tinkRing) with() (ring, error) {
	m := keyset.NewManagerFromHandle(r.set)
	n, err := m.Add(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, err
	}
	if err := m.SetPrimary(n); err != nil {
		return nil, err
	}
	set, err := m.Handle()
	if err != nil {
		return nil, err
	}
	return newTinkRing(set)
}

// sm4Ring is SM4 keys, the newest last.
type sm4Ring struct {
	keys []sm4Key
	gcm  map[uint32]cipher.AEAD
	all  []uint32
}

type sm4Key struct {
	Number uint32 `json:"number"`
	Key    []byte `json:"key"`
}

func newSM4Ring(keys []sm4Key) (*sm4Ring, error) {
	r := &sm4Ring{keys: keys, gcm: make(map[uint32]cipher.AEAD, len(keys))}
	for _, k := range keys {
		r.all = append(r.all, k.Number)
		block, err := sm4.NewCipher(k.Key)
		if err != nil {
			return nil, fmt.Errorf("sm4 key %d: %w", k.Number, err)
		}
		if r.gcm[k.Number], err = cipher.NewGCM(block); err != nil {
			return nil, err
		}
	}
	if len(r.gcm) == 0 || len(r.gcm) != len(keys) {
		return nil, errors.New("sm4 keys: none, or two with one number")
	}
	return r, nil
}

func (r *sm4Ring) seal(plain, field []byte) ([]byte, error) {
	out := make([]byte, idSize+nonceSize, idSize+nonceSize+len(plain)+tagSize)
	out[0] = formatOne
	binary.BigEndian.PutUint32(out[1:], r.newest())
	nonce := out[idSize:]
	rand.Read(nonce) // never fails
	return r.gcm[r.newest()].Seal(out, nonce, plain, field), nil
}

func (r *sm4Ring) open(sealed, field []byte) ([]byte, error) {
	gcm, ok := r.gcm[number(sealed)]
	if !ok || sealed[0] != formatOne {
		return nil, ErrDamaged
	}
	return gcm.Open(nil, sealed[idSize:idSize+nonceSize], sealed[idSize+nonceSize:], field)
}

func (r *sm4Ring) numbers() []uint32 { return r.all }
func (r *sm4Ring) newest() uint32    { return r.all[len(r.all)-1] }

func (r *sm4Ring) with() (ring, error) {
	var b [4 + sm4.BlockSize]byte // a number and a key, which is as long as a block
	rand.Read(b[:])
	k := sm4Key{binary.BigEndian.Uint32(b[:4]), b[4:]}
	if _, taken := r.gcm[k.Number]; taken {
		return r.with()
	}
	return newSM4Ring(append(slices.Clone(r.keys), k))
}

// makeRing makes a ring with its first key.
func makeRing(c Cipher) (ring, error) {
	switch c {
	case AES:
		return makeTinkRing()
	case SM4:
		return (&sm4Ring{}).with()
	}
	return nil, fmt.Errorf("seal: no such cipher: %q", c)
}
