package hall

import (
	_ "embed"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/unionhall/unionhall/internal/fault"
)

// The lengths of a password, in characters. There are no rules on its composition: they make
// passwords worse (NIST SP 800-63B, 5.1.1.2).
const (
	MinPassword = 8
	MaxPassword = 128
)

//go:embed weak.txt
var weakList string

var weak = sync.OnceValue(func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(weakList) {
		m[w] = true
	}
	return m
})

// checkPassword wants a password that is long enough and not among the first that anybody would try
// for this person.
func checkPassword(c *fault.Check, path, password string, p Person) {
	s := strings.ToLower(string(normal(password)))
	n := utf8.RuneCountInString(s)
	switch {
	case n < MinPassword:
		c.Add(path, "hall.fault.password-short", "min", MinPassword)
	case n > MaxPassword:
		c.Add(path, "hall.fault.long", "max", MaxPassword)
	case isWeak(s) || isOwn(s, p):
		c.Add(path, "hall.fault.password-weak")
	}
}

// isWeak reports whether s is a common password, a common one with digits around it, or a pattern.
func isWeak(s string) bool {
	core := strings.Trim(s, "0123456789!@#$.*_-")
	return weak()[s] || isRun(s) || isRepeat(s) || (len(s) < 12 && len(core) >= 4 && weak()[core])
}

// isOwn reports whether s is what the person is known by, or that with little around it.
func isOwn(s string, p Person) bool {
	name, _, _ := strings.Cut(string(p.Email), "@")
	for _, own := range []string{p.Phone.Whole(), string(p.Email), name, strings.ToLower(p.Name)} {
		if len(own) >= 4 && strings.Contains(s, own) && len(s)-len(own) < 4 {
			return true
		}
	}
	return false
}

// isRun reports whether s follows the alphabet, the digits or a row of keys, in either direction.
func isRun(s string) bool {
	for _, row := range []string{"01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p"} {
		if strings.Contains(row, s) || strings.Contains(reversed(row), s) {
			return true
		}
	}
	return false
}

// isRepeat reports whether s is one short piece again and again: 11111111, abcabcabc, 12121212.
func isRepeat(s string) bool {
	for n := 1; n <= 4 && n < len(s); n++ {
		if s == (strings.Repeat(s[:n], len(s)/n+1))[:len(s)] {
			return true
		}
	}
	return false
}

func reversed(s string) string {
	r := []rune(s)
	for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
		r[i], r[j] = r[j], r[i]
	}
	return string(r)
}
