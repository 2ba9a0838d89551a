package sheet

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Clean brings the text of a cell to its plain form: blanks of every kind become one space and go at the ends, marks
// that cannot be seen go, full-width digits and letters become plain ones, and what Excel wraps around a number to keep
// it text (="0123", '0123) comes off. Chinese punctuation stays.
func Clean(s string) string {
	plain := true
	for i := range len(s) {
		if c := s[i]; c >= 0x80 || c < ' ' || c == '=' || c == '\'' {
			plain = false
			break
		}
	}
	if plain && !strings.Contains(s, "  ") {
		return strings.Trim(s, " ")
	}
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r) || r == '\u3000':
			space = b.Len() > 0
			continue
		case r < ' ' || r == 0x7f || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar:
			continue
		case r >= '０' && r <= '９' || r >= 'Ａ' && r <= 'Ｚ' || r >= 'ａ' && r <= 'ｚ':
			r -= 0xfee0
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	return unwrap(b.String())
}

// unwrap takes off what keeps a number text in Excel.
func unwrap(s string) string {
	if inner, ok := strings.CutPrefix(s, `="`); ok && strings.HasSuffix(inner, `"`) {
		return Clean(strings.TrimSuffix(inner, `"`))
	}
	if inner, ok := strings.CutPrefix(s, "'"); ok && inner != "" && inner[0] >= '0' && inner[0] <= '9' {
		return inner
	}
	return s
}

// Why is the message id of what is wrong with a cell; "" when nothing is.
type Why string

// What can be wrong with a cell.
const (
	Lost      Why = "sheet.bad.lost" // Excel has rounded the last digits of a long number away
	BadDate   Why = "sheet.bad.date"
	BadNumber Why = "sheet.bad.number"
	BadChoice Why = "sheet.bad.choice"
	BadYesNo  Why = "sheet.bad.yes-no"
)

var (
	floatForm = regexp.MustCompile(`^[0-9]+\.0+$`)
	powerForm = regexp.MustCompile(`^[0-9](\.[0-9]+)?[eE]\+?[0-9]{1,2}$`)
)

// exactDigits is how many digits of a number Excel keeps.
const exactDigits = 15

// Digits gives an identifying number (a telephone, a licence, an ID) as its digits where a spreadsheet has made a float
// of it: 13800138000.0 and 1.3800138E+10 are 13800138000. Other text comes back as it is. A number of more than 15
// digits that went through a float has lost the rest, which is Lost.
func Digits(s string) (string, Why) {
	s = Narrow(s)
	if floatForm.MatchString(s) {
		whole, _, _ := strings.Cut(s, ".")
		if len(whole) > exactDigits {
			return "", Lost
		}
		return whole, ""
	}
	if powerForm.MatchString(s) {
		x, _, err := big.ParseFloat(s, 10, 200, big.ToNearestEven)
		if err != nil || !x.IsInt() {
			return s, ""
		}
		whole := x.Text('f', 0)
		mantissa := strings.Replace(s[:strings.IndexAny(s, "eE")], ".", "", 1)
		if len(whole) > exactDigits || len(whole) > 6 && len(mantissa) < len(whole) && len(mantissa) <= 6 {
			return "", Lost // 1.38001E+10 is what the cell showed, not what was in it
		}
		return whole, ""
	}
	return s, ""
}

// Narrow turns full-width punctuation plain as well, for what holds no Chinese: numbers, addresses of mail.
func Narrow(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' {
			return r - 0xfee0
		}
		if r == '。' {
			return '.'
		}
		return r
	}, s))
}

// Decimal reads a number with a point or, where it can be nothing else, a comma.
func Decimal(s string) (float64, Why) {
	s = strings.ReplaceAll(Narrow(s), " ", "")
	if strings.Count(s, ",") == 1 && !strings.Contains(s, ".") && len(s)-strings.IndexByte(s, ',') != 4 {
		s = strings.Replace(s, ",", ".", 1)
	}
	x, err := strconv.ParseFloat(strings.ReplaceAll(s, ",", ""), 64)
	if err != nil || x-x != 0 {
		return 0, BadNumber
	}
	return x, ""
}

var (
	dateForm   = regexp.MustCompile(`^([12][0-9]{3})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?( .*|T.*)?$`)
	joinedForm = regexp.MustCompile(`^([12][0-9]{3})([0-9]{2})([0-9]{2})(\.0+)?$`)
	serialForm = regexp.MustCompile(`^[0-9]{4,5}(\.[0-9]+)?$`)
	dayZero    = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
)

// Date brings a date to 2006-01-02: written with -, /, . or 年月日, in eight digits, with a time behind, or as the
// serial number of days that a spreadsheet keeps. Which of 3/4/2020 is the month nobody can know: that is BadDate.
func Date(s string) (string, Why) {
	s = strings.TrimSpace(Narrow(s))
	m := dateForm.FindStringSubmatch(s)
	if m == nil {
		m = joinedForm.FindStringSubmatch(s)
	}
	if m != nil {
		y, _ := strconv.Atoi(m[1])
		mo, _ := strconv.Atoi(m[2])
		d, _ := strconv.Atoi(m[3])
		t := time.Date(y, time.Month(mo), d, 0, 0, 0, 0, time.UTC)
		if t.Year() != y || int(t.Month()) != mo || t.Day() != d {
			return "", BadDate
		}
		return t.Format(time.DateOnly), ""
	}
	if serialForm.MatchString(s) {
		x, _ := strconv.ParseFloat(s, 64)
		if t := dayZero.AddDate(0, 0, int(x)); t.Year() >= 1905 && t.Year() < 2100 {
			return t.Format(time.DateOnly), ""
		}
	}
	return "", BadDate
}

// Choice finds the code of a word by the words that mean it, blanks and case apart.
func Choice(s string, codes map[string]string) (string, Why) {
	if code, ok := codes[Fold(s)]; ok {
		return code, ""
	}
	return "", BadChoice
}

var yes = map[string]bool{"是": true, "有": true, "√": true, "✓": true, "对": true, "y": true, "yes": true, "true": true, "1": true,
	"否": false, "无": false, "不是": false, "没有": false, "×": false, "✗": false, "n": false, "no": false, "false": false, "0": false, "-": false, "/": false}

// YesNo reads what people tick with.
func YesNo(s string) (bool, Why) {
	v, ok := yes[strings.ToLower(Narrow(s))]
	if !ok {
		return false, BadYesNo
	}
	return v, ""
}

// Fold is text for comparison: without blanks, punctuation and case.
func Fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, Narrow(s))
}
