package hall

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/unionhall/unionhall/internal/fault"
)

var cheap = Cost{Memory: 64, Time: 1, Threads: 1}

func TestHasher(t *testing.T) {
	ctx := context.Background()
	h := NewHasher(cheap)
	phc, err := h.Hash(ctx, "工会 correct horse")
	if err != nil || !strings.HasPrefix(phc, "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Fatal(phc, err)
	}
	dearer := NewHasher(Cost{Memory: 128, Time: 1, Threads: 1})
	for _, c := range []struct {
		h         *Hasher
		phc, word string
		ok, stale bool
	}{
		{h, phc, "工会 correct horse", true, false},
		{h, phc, "工会　ｃｏｒｒｅｃｔ horse", true, false}, // typed full-width
		{h, phc, "工会 Correct horse", false, false},
		{h, phc, "", false, false},
		{h, "", "", false, false},
		{dearer, phc, "工会 correct horse", true, true},
		{dearer, phc, "wrong", false, false},
	} {
		ok, stale, err := c.h.Verify(ctx, c.phc, c.word)
		if err != nil || ok != c.ok || stale != c.stale {
			t.Errorf("%q: %v %v %v", c.word, ok, stale, err)
		}
	}
	for _, bad := range []string{"x", "$argon2i$v=19$m=64,t=1,p=1$c2FsdA$a2V5", "$argon2id$v=19$m=99999999,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAA", "$argon2id$v=19$m=64,t=0,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAA"} {
		if _, _, err := h.Verify(ctx, bad, "x"); err == nil {
			t.Errorf("%s accepted", bad)
		}
	}
}

// A flood waits at the gate instead of taking memory, and a waiter leaves when its request ends.
func TestHasherIsBounded(t *testing.T) {
	h := NewHasher(cheap)
	for range cap(h.gate) {
		h.gate <- struct{}{}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := h.Hash(ctx, "x"); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	h.leave()
	if _, err := h.Hash(context.Background(), "x"); err != nil {
		t.Fatal(err)
	}
}

func TestPasswordRules(t *testing.T) {
	p := Person{Name: "Chen Zhiqiang", Phone: "+8613812345678", Email: "chenzhiqiang@example.com"}
	for word, msg := range map[string]string{
		"short7!":                   "hall.fault.password-short",
		"七个汉字的密码":                   "hall.fault.password-short",
		"八个汉字也可以了":                  "",
		"correct horse":             "",
		"12345678":                  "hall.fault.password-weak",
		"１２３４５６７８":                  "hall.fault.password-weak",
		"98765432":                  "hall.fault.password-weak",
		"aaaaaaaaaaaa":              "hall.fault.password-weak",
		"abcabcabcabc":              "hall.fault.password-weak",
		"Password1":                 "hall.fault.password-weak",
		"password2026":              "hall.fault.password-weak",
		"password of 2026":          "", // long enough not to be first on a list
		"gonghui2024":               "hall.fault.password-weak",
		"woaini1314":                "hall.fault.password-weak",
		"qwertyuiop":                "hall.fault.password-weak",
		"13812345678":               "hall.fault.password-weak",
		"13812345678a":              "hall.fault.password-weak",
		"chenzhiqiang1":             "hall.fault.password-weak",
		"chenzhiqiang likes tea":    "",
		strings.Repeat("长密码的人", 26): "hall.fault.long",
	} {
		var c fault.Check
		checkPassword(&c, "password", word, p)
		var f *fault.Error
		got := ""
		if errors.As(c.Err(), &f) {
			got = f.Fields[0].Msg
		}
		if got != msg {
			t.Errorf("%q: %q, want %q", word, got, msg)
		}
	}
}

func TestFirstPasswordsPass(t *testing.T) {
	seen := map[string]bool{}
	for range 200 {
		w := firstPassword()
		var c fault.Check
		checkPassword(&c, "password", w, Person{})
		if c.Err() != nil || len(w) != 14 || seen[w] {
			t.Fatal(w, c.Err())
		}
		seen[w] = true
	}
}
