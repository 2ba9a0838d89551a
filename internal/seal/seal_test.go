package seal_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/unionhall/unionhall/internal/seal"
)

const field, phone = "hall_person.phone/1", "+8613800138000"

func made(t testing.TB, c seal.Cipher) (*seal.Box, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys", "seal.json")
	b, err := seal.Make(path, c)
	if err != nil {
		t.Fatal(err)
	}
	return b, path
}

func each(t *testing.T, fn func(t *testing.T, c seal.Cipher)) {
	for _, c := range seal.Ciphers {
		t.Run(string(c), func(t *testing.T) { fn(t, c) })
	}
}

func sealed(t testing.TB, b *seal.Box, text string) string {
	t.Helper()
	s, err := b.Seal(field, text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func opens(t testing.TB, b *seal.Box, s, want string) {
	t.Helper()
	if got, err := b.Open(field, s); err != nil || got != want {
		t.Fatalf("%q, %v; want %q", got, err, want)
	}
}

func TestWhatIsSealedOpensInItsPlaceOnly(t *testing.T) {
	each(t, func(t *testing.T, c seal.Cipher) {
		b, _ := made(t, c)
		for _, text := range []string{phone, "z@example.com", "值", strings.Repeat("x", 10_000)} {
			s := sealed(t, b, text)
			if strings.Contains(s, text) || !seal.Sealed(s) || !strings.HasPrefix(s, "s1:"+string(c)+":") || s == sealed(t, b, text) {
				t.Fatalf("%.60q", s)
			}
			opens(t, b, s, text)
			for _, place := range []string{"hall_person.phone/2", "hall_person.email/1", ""} {
				if got, err := b.Open(place, s); !errors.Is(err, seal.ErrDamaged) || got != "" {
					t.Errorf("moved to %q: %q, %v", place, got, err)
				}
			}
		}
		if s := sealed(t, b, ""); s != "" {
			t.Errorf("nothing is sealed as %q", s)
		}
		opens(t, b, "", "")
	})
}

// What is wrong is told with the place, never with the value, and never looks like an empty text.
func TestWhatDoesNotOpenNamesItsPlace(t *testing.T) {
	each(t, func(t *testing.T, c seal.Cipher) {
		b, _ := made(t, c)
		other, _ := made(t, c)
		good := sealed(t, b, phone)
		last := "A"
		if strings.HasSuffix(good, last) {
			last = "Q"
		}
		for bad, want := range map[string]error{
			phone: seal.ErrClear, "z@example.com": seal.ErrClear, "s": seal.ErrClear,
			sealed(t, other, phone): seal.ErrForeign, strings.Replace(good, string(c), "xor", 1): seal.ErrForeign,
			good[:len(good)-4]: seal.ErrDamaged, good[:20]: seal.ErrDamaged, "s1:": seal.ErrDamaged, "s1:" + phone: seal.ErrDamaged,
			good[:len(good)-6] + last + good[len(good)-5:]: seal.ErrDamaged, good + "\n": seal.ErrDamaged,
		} {
			got, err := b.Open(field, bad)
			if !errors.Is(err, want) || got != "" || !strings.Contains(err.Error(), field) || strings.Contains(err.Error(), bad[1:]) && len(bad) > 3 {
				t.Errorf("%q: %q, %v; want %v", bad, got, err, want)
			}
		}
	})
}

func TestMarks(t *testing.T) {
	b, path := made(t, seal.AES)
	m := b.Mark("phone", phone)
	if m != b.Mark("phone", phone) || !seal.Marked(m) || strings.Contains(m, phone[3:]) {
		t.Fatal(m)
	}
	other, _ := made(t, seal.AES)
	for _, o := range []string{b.Mark("email", phone), b.Mark("phone", phone+"1"), b.Mark("phone+", phone[1:]), other.Mark("phone", phone)} {
		if o == m {
			t.Errorf("%s is shared", m)
		}
	}
	if err := b.Rotate(seal.SM4); err != nil {
		t.Fatal(err)
	}
	again, err := seal.Load(path)
	if err != nil || b.Mark("phone", phone) != m || again.Mark("phone", phone) != m {
		t.Fatalf("marks outlive a new key: %v", err)
	}
}

func TestANewKeySealsAndOldKeysOpen(t *testing.T) {
	each(t, func(t *testing.T, c seal.Cipher) {
		for _, to := range append([]seal.Cipher{""}, seal.Ciphers...) {
			b, path := made(t, c)
			running, err := seal.Load(path) // another process
			if err != nil {
				t.Fatal(err)
			}
			old := sealed(t, b, phone)
			if same, err := b.Renew(field, old); err != nil || same != old {
				t.Fatalf("nothing to renew: %v", err)
			}
			if err := b.Rotate(to); err != nil {
				t.Fatal(err)
			}
			keys := b.Keys()
			if len(keys) != 2 || keys[0].Seals || !keys[1].Seals || keys[0].Made.IsZero() || to != "" && (keys[1].Cipher != to || b.Cipher() != to) {
				t.Fatalf("%+v", keys)
			}
			renewed, err := b.Renew(field, old)
			if err != nil || renewed == old {
				t.Fatalf("not renewed: %v", err)
			}
			later, err := seal.Load(path)
			if err != nil {
				t.Fatal(err)
			}
			// The process that has not been told reads the file when it meets the new key.
			for _, box := range []*seal.Box{b, later, running} {
				opens(t, box, old, phone)
				opens(t, box, renewed, phone)
			}
			if again, err := later.Renew(field, renewed); err != nil || again != renewed {
				t.Fatalf("renewed twice: %v", err)
			}
		}
	})
}

func TestTheKeyFile(t *testing.T) {
	b, path := made(t, seal.AES)
	if i, err := os.Stat(path); err != nil || i.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", i.Mode(), err)
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Fatalf("left behind: %v", left)
	}
	// Who makes one where there is one gets that one.
	second, err := seal.Make(path, seal.SM4)
	if err != nil || second.Cipher() != seal.AES {
		t.Fatal(err)
	}
	opens(t, second, sealed(t, b, phone), phone)

	if _, err := seal.Load(path + "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("a missing file: %v", err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "{}", string(whole[:len(whole)/2]), strings.Replace(string(whole), `"cipher": "aes"`, `"cipher": "sm4"`, 1),
		strings.Replace(string(whole), `"version": 1`, `"version": 2`, 1)} {
		if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := seal.Load(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
	// A file that breaks under a running hall takes nothing from it.
	if _, err := b.Open(field, "s1:aes:"+strings.Repeat("A", 60)); !errors.Is(err, seal.ErrForeign) {
		t.Fatal(err)
	}
	opens(t, b, sealed(t, b, phone), phone)
}

// However many add keys at once, none is lost: what each has sealed opens afterwards.
func TestKeysAddedAtOnce(t *testing.T) {
	_, path := made(t, seal.AES)
	var wg sync.WaitGroup
	var mu sync.Mutex
	var texts []string
	for range 8 {
		wg.Go(func() {
			b, err := seal.Load(path)
			if err != nil {
				t.Error(err)
				return
			}
			if err := b.Rotate(""); err != nil {
				if !errors.Is(err, seal.ErrRotating) {
					t.Error(err)
				}
				return
			}
			s, err := b.Seal(field, phone)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			texts = append(texts, s)
			mu.Unlock()
		})
	}
	wg.Wait()
	b, err := seal.Load(path)
	if err != nil || len(texts) == 0 || len(b.Keys()) != len(texts)+1 {
		t.Fatalf("%d keys, %d added, %v", len(b.Keys()), len(texts), err)
	}
	for _, s := range texts {
		opens(t, b, s, phone)
	}
}

func FuzzOpen(f *testing.F) {
	boxes := map[seal.Cipher]*seal.Box{}
	for _, c := range seal.Ciphers {
		boxes[c], _ = made(f, c)
		f.Add(sealed(f, boxes[c], phone))
	}
	for _, s := range []string{"", phone, "s1:", "s1:aes:", "s1:sm4:AQ", "s2:aes:AAAA", "m1:x", "s1:aes:" + strings.Repeat("A", 45)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for c, b := range boxes {
			plain, err := b.Open(field, s)
			switch {
			case err != nil && (plain != "" || !strings.HasPrefix(err.Error(), "seal: "+field+": it ")):
				t.Errorf("%q: %q, %v", s, plain, err)
			case err == nil && s != "" && (plain != phone || !strings.HasPrefix(s, "s1:"+string(c))):
				t.Errorf("forged: %q opens as %q", s, plain)
			}
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	for _, c := range seal.Ciphers {
		box, _ := made(b, c)
		b.Run(string(c), func(b *testing.B) {
			for b.Loop() {
				if _, err := box.Seal(field, phone); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// What a list of 50 people costs beyond its query.
func BenchmarkOpen50(b *testing.B) {
	for _, c := range seal.Ciphers {
		box, _ := made(b, c)
		s := sealed(b, box, phone)
		b.Run(string(c), func(b *testing.B) {
			for b.Loop() {
				for range 50 {
					if _, err := box.Open(field, s); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

func BenchmarkMark(b *testing.B) {
	box, _ := made(b, seal.AES)
	for b.Loop() {
		box.Mark("phone", phone)
	}
}
