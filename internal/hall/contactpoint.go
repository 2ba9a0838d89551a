package hall

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Phone is a telephone number in E.164 form ("+8613800001234"). It prints masked; only code that
// converts it to a string on purpose sees it whole.
type Phone string

// Email is an address in lower case. It prints masked, like Phone.
type Email string

var (
	mobile   = regexp.MustCompile(`^1[3-9][0-9]{9}$`)
	e164     = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	mailForm = regexp.MustCompile(`^[a-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$`)
)

// narrow turns full-width forms, which Chinese keyboards produce, into their ASCII twins.
func narrow(s string) string { return width.Narrow.String(s) }

// ParsePhone brings what a person types ("１３８ 0000-1234", "0086 138…", "+86 (138)…") to E.164. Without
// a country it must be a mobile number of mainland China.
func ParsePhone(s string) (Phone, bool) {
	var b strings.Builder
	for _, r := range narrow(strings.TrimSpace(s)) {
		switch {
		case r >= '0' && r <= '9', r == '+' && b.Len() == 0:
			b.WriteRune(r)
		case strings.ContainsRune(" -.()\u00a0\u3000\t‐‑–—−", r):
		default:
			return "", false
		}
	}
	d := b.String()
	if rest, ok := strings.CutPrefix(d, "00"); ok {
		d = "+" + rest
	}
	if !strings.HasPrefix(d, "+") {
		if len(d) == 13 {
			d = strings.TrimPrefix(d, "86")
		}
		if !mobile.MatchString(d) {
			return "", false
		}
		return Phone("+86" + d), true
	}
	if rest, ok := strings.CutPrefix(d, "+86"); ok {
		return Phone(d), mobile.MatchString(rest)
	}
	return Phone(d), e164.MatchString(d)
}

// ParseEmail brings an address to its normal form.
func ParseEmail(s string) (Email, bool) {
	e := strings.ToLower(narrow(strings.TrimSpace(s)))
	if len(e) > 254 || !mailForm.MatchString(e) {
		return "", false
	}
	return Email(e), true
}

// ParseLogin brings what somebody types to sign in to the normal form it is stored under.
func ParseLogin(s string) (value string, kind LoginKind, ok bool) {
	if strings.ContainsAny(s, "@＠") {
		e, ok := ParseEmail(s)
		return string(e), ByEmail, ok
	}
	p, ok := ParsePhone(s)
	return string(p), ByPhone, ok
}

// Masked shows enough to recognise one's own number: 138****1234.
func (p Phone) Masked() string {
	s, home := strings.CutPrefix(string(p), "+86")
	if home && len(s) == 11 {
		return s[:3] + "****" + s[7:]
	}
	if len(s) < 7 {
		return strings.Repeat("*", len(s))
	}
	return s[:3] + strings.Repeat("*", len(s)-5) + s[len(s)-2:]
}

// Whole is the number as its owner writes it: without +86 at home.
func (p Phone) Whole() string { return strings.TrimPrefix(string(p), "+86") }

// String is Masked, so that a number does not slip into logs and pages.
func (p Phone) String() string { return p.Masked() }

// MarshalJSON writes the masked form, for the same reason.
func (p Phone) MarshalJSON() ([]byte, error) { return []byte(`"` + p.Masked() + `"`), nil }

// Masked shows the first character and the domain: z***@example.com.
func (e Email) Masked() string {
	name, domain, ok := strings.Cut(string(e), "@")
	if !ok {
		return strings.Repeat("*", len(e))
	}
	_, n := utf8.DecodeRuneInString(name)
	return name[:n] + "***@" + domain
}

// String is Masked.
func (e Email) String() string { return e.Masked() }

// MarshalJSON writes the masked form.
func (e Email) MarshalJSON() ([]byte, error) { return []byte(`"` + e.Masked() + `"`), nil }
