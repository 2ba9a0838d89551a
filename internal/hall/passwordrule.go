package hall

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/unionhall/unionhall/internal/fault"
)

// The lengths of a password, in characters. There are no rules on its composition: they make
// passwords worse (NIST SP 800-63B, 5.1.1.2).
const (
	MinPassword = 8
	MaxPassword = 128
)

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
	case isCommon(s) || isOwn(s, p):
		c.Add(path, "hall.fault.password-weak")
	}
}

// isOwn reports whether s is what the person is known by, perhaps several times, with little around it.
func isOwn(s string, p Person) bool {
	name, _, _ := strings.Cut(string(p.Email), "@")
	called := strings.ToLower(p.Name)
	parts := strings.Fields(called)
	slices.Reverse(parts)
	left := s
	for _, own := range []string{p.Phone.Whole(), string(p.Email), name, called, strings.ReplaceAll(called, " ", ""), strings.Join(parts, "")} {
		if utf8.RuneCountInString(own) >= 4 || len(own) > 4 { // in Chinese two characters are a name
			left = strings.ReplaceAll(left, own, "")
		}
	}
	if tail := p.Phone.Whole(); len(tail) >= 8 {
		left = strings.ReplaceAll(left, tail[len(tail)-8:], "")
	}
	return left != s && utf8.RuneCountInString(left) < 4
}

// keyRows are what follows one another on keyboards and in the head, in both directions.
var keyRows = bothWays("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
	"qazwsxedcrfvtgbyhnujmikolp", "1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0", "147258369", "159357", "741852963", "!@#$%^&*()", "qweasdzxc",
	"1a2b3c4d5e6f7g8h", "a1b2c3d4e5f6g7h8", "zaq12wsxcde34rfvbgt56yhn", "1qazxsw23edcvfr4")

func bothWays(rows ...string) (out []string) {
	for _, row := range rows {
		out = append(out, row, reversed(row))
	}
	return out
}

// isRun reports whether s follows the alphabet, the digits or a row of keys, in either direction.
func isRun(s string) bool {
	for _, row := range keyRows {
		if strings.Contains(row, s) {
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
