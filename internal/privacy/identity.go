package privacy

import (
	"strings"
	"time"

	"golang.org/x/text/width"
)

// IDNumber is a Chinese citizen's identity number (GB 11643): 18 characters, the last a check digit. It prints masked;
// only code that converts it to a string on purpose sees it whole.
type IDNumber string

// Why a text is no identity number: message ids.
const (
	shortNumber = "privacy.fault.id-short" // 15 digits: those issued before 1999, which end in 2013
	formNumber  = "privacy.fault.id-form"
	dateNumber  = "privacy.fault.id-date"
	checkNumber = "privacy.fault.id-check"
)

var (
	idWeights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	idChecks  = "10X98765432"
)

// ParseID brings what a person types to an identity number; wrong is the message id of why it is none. now bounds the
// date of birth in it.
func ParseID(s string, now time.Time) (_ IDNumber, wrong string) {
	s = strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "\u00a0", "", "\u3000", "").Replace(width.Narrow.String(strings.TrimSpace(s))))
	digits := strings.Trim(s[:max(0, len(s)-1)], "0123456789") == "" && s != ""
	switch {
	case len(s) == 15 && digits && s[14] >= '0' && s[14] <= '9':
		return "", shortNumber
	case len(s) != 18 || !digits || !strings.Contains(idChecks, s[17:]):
		return "", formNumber
	case !born(s[6:14], now) || s[0] == '0':
		return "", dateNumber
	case checkDigit(s[:17]) != s[17]:
		return "", checkNumber
	}
	return IDNumber(s), ""
}

// born reports a date that can be one of birth.
func born(day string, now time.Time) bool {
	t, err := time.Parse("20060102", day)
	return err == nil && t.Year() >= 1880 && !t.After(now)
}

// checkDigit is ISO 7064 MOD 11-2.
func checkDigit(first17 string) byte {
	sum := 0
	for i, w := range idWeights {
		sum += int(first17[i]-'0') * w
	}
	return idChecks[sum%11]
}

// Masked shows the province and the last two characters: enough for its owner to know it again, and not the place, the
// birthday or the serial number from which it could be guessed.
func (n IDNumber) Masked() string {
	if len(n) < 6 {
		return strings.Repeat("*", len(n))
	}
	return string(n[:2]) + strings.Repeat("*", len(n)-4) + string(n[len(n)-2:])
}

// String is Masked.
func (n IDNumber) String() string { return n.Masked() }

// MarshalJSON writes the masked form.
func (n IDNumber) MarshalJSON() ([]byte, error) { return []byte(`"` + n.Masked() + `"`), nil }
