package seal

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/unionhall/unionhall/internal/durable"
)

// keys is what a key file holds. It does not change once it is in use.
type keys struct {
	cipher Cipher // that seals
	rings  map[Cipher]ring
	mark   []byte
	made   map[string]time.Time // by the number of the key
	at     stamp
}

// holder gives the ring with the key that has sealed, or nil.
func (k *keys) holder(c Cipher, raw []byte) ring {
	if r, ok := k.rings[c]; ok && slices.Contains(r.numbers(), number(raw)) {
		return r
	}
	return nil
}

// file is a key file as it is written.
type file struct {
	Note    string               `json:"note"`
	Version int                  `json:"version"`
	Cipher  Cipher               `json:"cipher"`
	Mark    []byte               `json:"mark"`
	AES     json.RawMessage      `json:"aes,omitempty"`
	SM4     []sm4Key             `json:"sm4,omitempty"`
	Made    map[string]time.Time `json:"made"`
}

const (
	note     = "The keys of the personal data in a hall's store. Keep a copy apart from the store and its backups: without this file nobody can read what it sealed."
	markSize = 32
)

// stamp tells whether a file has changed.
type stamp struct {
	at   time.Time
	size int64
}

func stampOf(path string) (stamp, error) {
	i, err := os.Stat(path)
	if err != nil {
		return stamp{}, err
	}
	return stamp{i.ModTime(), i.Size()}, nil
}

// Load opens the box of a key file. Without one the error is fs.ErrNotExist: whoever knows that nothing was sealed yet
// makes one, and nobody else.
func Load(path string) (*Box, error) {
	k, err := read(path)
	if err != nil {
		return nil, err
	}
	b := &Box{path: path}
	b.keys.Store(k)
	b.looked.Store(time.Now().UnixNano())
	return b, nil
}

// Make makes a key file with a first key, readable by its owner alone, and opens its box. When another process has just
// made one, that is the one.
func Make(path string, c Cipher) (*Box, error) {
	r, err := makeRing(c)
	if err != nil {
		return nil, err
	}
	k := &keys{cipher: c, rings: map[Cipher]ring{c: r}, mark: make([]byte, markSize), made: map[string]time.Time{}}
	rand.Read(k.mark)
	k.dated(r)
	b, err := k.file()
	if err != nil {
		return nil, err
	}
	if err := durable.Create(path, b); err != nil {
		return nil, err
	}
	return Load(path)
}

func (k *keys) dated(r ring) {
	k.made[strconv.FormatUint(uint64(r.newest()), 10)] = time.Now().UTC().Truncate(time.Second)
}

// read reads a key file.
func read(path string) (*keys, error) {
	at, err := stampOf(path) // before the content: a change in between is seen at the next look
	if err != nil {
		return nil, err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	k, err := decode(b)
	if err != nil {
		return nil, fmt.Errorf("seal: %s is no key file: %w", path, err)
	}
	k.at = at
	return k, nil
}

func decode(b []byte) (*keys, error) {
	var f file
	if err := json.Unmarshal(b, &f); err != nil {
		return nil, err
	}
	if f.Version != 1 || len(f.Mark) != markSize {
		return nil, fmt.Errorf("version %d, %d bytes for marks", f.Version, len(f.Mark))
	}
	k := &keys{cipher: f.Cipher, rings: map[Cipher]ring{}, mark: f.Mark, made: f.Made}
	if len(f.AES) > 0 {
		r, err := readTinkRing(f.AES)
		if err != nil {
			return nil, err
		}
		k.rings[AES] = r
	}
	if len(f.SM4) > 0 {
		r, err := newSM4Ring(f.SM4)
		if err != nil {
			return nil, err
		}
		k.rings[SM4] = r
	}
	if k.rings[k.cipher] == nil {
		return nil, fmt.Errorf("it has no keys of the cipher %q", k.cipher)
	}
	if k.made == nil {
		k.made = map[string]time.Time{}
	}
	return k, nil
}

func (k *keys) encode() ([]byte, error) {
	f := file{Note: note, Version: 1, Cipher: k.cipher, Mark: k.mark, Made: k.made}
	if r, ok := k.rings[AES].(*tinkRing); ok {
		b, err := r.write()
		if err != nil {
			return nil, err
		}
		f.AES = b
	}
	if r, ok := k.rings[SM4].(*sm4Ring); ok {
		f.SM4 = r.keys
	}
	return json.MarshalIndent(f, "", "  ")
}

// file is what the key file holds.
func (k *keys) file() ([]byte, error) {
	b, err := k.encode()
	return append(b, '\n'), err
}

// Key is one key of a box, without the key.
type Key struct {
	Number uint32
	Cipher Cipher
	Made   time.Time
	Seals  bool // the one that seals; the others only open
}

// Keys lists the keys, the one that seals last.
func (b *Box) Keys() []Key {
	k := b.keys.Load()
	var out []Key
	for c, r := range k.rings {
		for _, n := range r.numbers() {
			out = append(out, Key{n, c, k.made[strconv.FormatUint(uint64(n), 10)], c == k.cipher && n == r.newest()})
		}
	}
	slices.SortFunc(out, func(a, b Key) int {
		if a.Seals != b.Seals {
			return map[bool]int{false: -1, true: 1}[a.Seals]
		}
		return a.Made.Compare(b.Made)
	})
	return out
}

// Cipher is the one that seals.
func (b *Box) Cipher() Cipher { return b.keys.Load().cipher }

// Rotate adds a key of the cipher ("" is the one in use) and seals with it from now on. Older keys stay, so that what
// they sealed, here and in backups, still opens. The new file is on disk before anything is sealed with it.
func (b *Box) Rotate(c Cipher) (err error) {
	free, err := alone(b.path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, free()) }()
	b.mu.Lock()
	defer b.mu.Unlock()
	k, err := read(b.path)
	if err != nil {
		return err
	}
	if c == "" {
		c = k.cipher
	}
	r := k.rings[c]
	if r == nil {
		r, err = makeRing(c)
	} else {
		r, err = r.with()
	}
	if err != nil {
		return err
	}
	k.cipher, k.rings[c] = c, r
	k.dated(r)
	return b.replace(k)
}

func (b *Box) replace(k *keys) error {
	text, err := k.file()
	if err != nil {
		return err
	}
	if err := durable.Replace(b.path, text); err != nil {
		return err
	}
	if k.at, err = stampOf(b.path); err != nil {
		return err
	}
	b.keys.Store(k)
	return nil
}

// ErrRotating is when two would add a key at once: the second would write over the first one's, and what that had
// sealed by then would be lost.
var ErrRotating = errors.New("keys are being added by another process, or that was cut short")

// alone keeps other processes from changing a key file until free is called.
func alone(path string) (free func() error, err error) {
	lock := path + ".lock"
	f, err := os.OpenFile(lock, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("%w: if none is at work, delete %s", ErrRotating, lock)
	}
	if err != nil {
		return nil, err
	}
	return func() error { return errors.Join(f.Close(), os.Remove(lock)) }, nil
}
