package seal_test

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"testing"

	"github.com/unionhall/unionhall/internal/seal"
)

// AES has 256 bits, SM4 the 128 that it can have, and marks 256.
func TestKeysAreLongEnough(t *testing.T) {
	each(t, func(t *testing.T, c seal.Cipher) {
		_, path := made(t, c)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var f struct {
			AES struct {
				Key []struct {
					KeyData struct{ Value string }
				}
			}
			SM4  []struct{ Key []byte }
			Mark []byte
		}
		if err := json.Unmarshal(b, &f); err != nil {
			t.Fatal(err)
		}
		if len(f.Mark) != 32 || len(f.AES.Key)+len(f.SM4) != 1 {
			t.Fatalf("%d bytes for marks, %d and %d keys", len(f.Mark), len(f.AES.Key), len(f.SM4))
		}
		for _, k := range f.AES.Key {
			// Tink's own form: field 3, a length, and that many bytes of key.
			v, err := base64.StdEncoding.DecodeString(k.KeyData.Value)
			if err != nil || len(v) != 34 || v[0] != 0x1a || v[1] != 32 {
				t.Errorf("no key of 256 bits: %d bytes, %v", len(v), err)
			}
		}
		for _, k := range f.SM4 {
			if len(k.Key) != 16 {
				t.Errorf("no key of 128 bits: %d bytes", len(k.Key))
			}
		}
	})
}
