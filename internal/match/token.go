package match

import "strings"

// token is a word of a text: a single Han character, a pair of them, or a Latin or numeric word.
type token struct {
	term       string
	start, end int // runes of the folded text
	form       form
}

type form uint8

const (
	single form = iota // a Han character, or a bare number of one or two digits: weak evidence
	pair
	word
)

// maxWord is how many bytes of a word count; what is longer is no word.
const maxWord = 48

// tokenize calls emit for each token, in the order of the text.
//
// Han text gives characters and overlapping pairs; particles end a run of it, so that no pair spans
// them. A number keeps its unit and a size its symbol, however they are spaced: "0.09 mm", "0.09毫米" and
// "0.09mm" are one word, as are "HRC 58" and "hrc58". A model name gives its parts and, joined,
// itself: "S7-200" gives s7, s7200 and 200.
func tokenize(f *folded, emit func(token)) {
	for i := 0; i < len(f.runes); {
		switch r := f.runes[i].r; {
		case dense(r):
			i = hanRun(f, i, emit)
		case letter(r) || digit(r):
			i = model(f, i, emit)
		default:
			i++
		}
	}
}

func hanRun(f *folded, i int, emit func(token)) int {
	for ; i < len(f.runes) && dense(f.runes[i].r); i++ {
		r := f.runes[i].r
		if particles[r] {
			continue
		}
		if !faint[r] {
			emit(token{f.span(i, i+1), i, i + 1, single})
		}
		if i+1 < len(f.runes) && dense(f.runes[i+1].r) && !particles[f.runes[i+1].r] {
			if t := f.span(i, i+2); !chatter[t] {
				emit(token{t, i, i + 2, pair})
			}
		}
	}
	return i
}

// model reads words joined by '-', '/' or '_'.
func model(f *folded, i int, emit func(token)) int {
	var joined strings.Builder
	for start, parts := i, 0; ; {
		t := wordAt(f, i)
		emit(t)
		joined.WriteString(t.term)
		parts++
		next := t.end
		if next+1 >= len(f.runes) || !strings.ContainsRune("-/_", f.runes[next].r) || !wordRune(f.runes[next+1].r) {
			return next
		}
		if letter(f.runes[start].r) && joined.Len() <= maxWord/2 {
			if after := wordAt(f, next+1); digitsIn(joined.String() + after.term) {
				emit(token{joined.String() + after.term, start, after.end, word})
			}
		}
		i = next + 1
	}
}

func wordRune(r rune) bool { return letter(r) || digit(r) }

func digitsIn(s string) bool { return strings.ContainsAny(s, "0123456789") }

// wordAt reads one word at i, which is a letter or a digit.
func wordAt(f *folded, i int) token {
	end, numeric := wordEnd(f, i)
	t := token{start: i, end: end, form: word}
	text := f.span(i, end)
	if numeric {
		if unit, to := unitAfter(f, end); to > 0 {
			t.term, t.end = text+unit, to
			return t.cut()
		}
	} else if symbols[text] {
		if to := skipSpace(f, end); to > end && to < len(f.runes) && digit(f.runes[to].r) {
			t.end, _ = wordEnd(f, to)
			text += f.span(to, t.end)
		}
	}
	if numeric && len(text) < 3 {
		t.form = single
	}
	t.term = canonical(text)
	return t.cut()
}

// canonical gives a unit within a word its form, and leaves out the millimetres of a diameter.
func canonical(text string) string {
	if rest, ok := strings.CutPrefix(text, "φ"); ok && digitsIn(rest) {
		return strings.TrimSuffix(text, "mm")
	}
	amount := len(text) - len(strings.TrimLeft(text, "0123456789."))
	if unit := units[text[amount:]]; unit != "" && amount > 0 {
		return text[:amount] + unit
	}
	return text
}

func (t token) cut() token {
	if len(t.term) > maxWord {
		t.term = strings.ToValidUTF8(t.term[:maxWord], "")
	}
	return t
}

// wordEnd is where letters, digits and points within digits end; numeric tells that there were no letters.
func wordEnd(f *folded, i int) (end int, numeric bool) {
	numeric = true
	for ; i < len(f.runes); i++ {
		r := f.runes[i].r
		if letter(r) {
			numeric = false
			continue
		}
		point := r == '.' && i+1 < len(f.runes) && digit(f.runes[i+1].r) && i > 0 && digit(f.runes[i-1].r)
		if !digit(r) && !point {
			break
		}
	}
	if i < len(f.runes) && f.runes[i].r == '#' {
		return i + 1, false // 45#, 1#, C#
	}
	if !numeric && i+1 < len(f.runes) && f.runes[i].r == '+' && f.runes[i+1].r == '+' {
		return i + 2, false // C++
	}
	return i, numeric
}

func skipSpace(f *folded, i int) int {
	for n := 0; n < 2 && i < len(f.runes) && f.runes[i].r == ' '; n++ {
		i++
	}
	return i
}

// unitAfter reads the unit of a number that ended at i; to is 0 when there is none.
func unitAfter(f *folded, i int) (unit string, to int) {
	i = skipSpace(f, i)
	if i == len(f.runes) {
		return "", 0
	}
	r := f.runes[i].r
	if r == '%' || r == '‰' {
		return string(r), i + 1
	}
	if dense(r) {
		for n := 3; n >= 2; n-- {
			if i+n <= len(f.runes) {
				if unit := hanUnits[f.span(i, i+n)]; unit != "" {
					return unit, i + n
				}
			}
		}
		return "", 0
	}
	from := i
	if r == '°' {
		i++
	}
	for i < len(f.runes) && letter(f.runes[i].r) {
		i++
	}
	if i < len(f.runes) && digit(f.runes[i].r) {
		return "", 0 // a word of its own: 5 m12
	}
	if unit := units[f.span(from, i)]; unit != "" {
		return unit, i
	}
	return "", 0
}
