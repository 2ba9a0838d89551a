package match

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// folded is a text in the form in which words are compared: compatibility forms unified (full width,
// ligatures, units in one character), letters in lower case. Each rune knows where in the source it
// came from.
type folded struct {
	text   string
	source string
	runes  []at
}

// at is a rune of the folded text with its place there and in the source.
type at struct {
	r        rune
	pos      int32 // in text
	from, to int32 // in source
}

func fold(source string) folded {
	f := folded{source: source, runes: make([]at, 0, len(source)/2)}
	var b strings.Builder
	b.Grow(len(source))
	put := func(r rune, from, to int) {
		r = foldRune(r)
		f.runes = append(f.runes, at{r, int32(b.Len()), int32(from), int32(to)})
		b.WriteRune(r)
	}
	var form []byte
	for from := 0; from < len(source); {
		to := from + norm.NFKC.NextBoundaryInString(source[from:], true)
		form = norm.NFKC.AppendString(form[:0], source[from:to])
		for rest := form; len(rest) > 0; {
			r, n := utf8.DecodeRune(rest)
			put(r, from, to)
			rest = rest[n:]
		}
		from = to
	}
	f.text = b.String()
	return f
}

// foldRune makes lower case, and one letter of what people type for a diameter.
func foldRune(r rune) rune {
	switch r {
	case 'ø', 'Ø', '⌀', '∅', 'ф', 'Ф':
		return 'φ'
	}
	return unicode.ToLower(r)
}

// span is the folded text of runes [i, j).
func (f *folded) span(i, j int) string { return f.text[f.runes[i].pos:f.end(j)] }

// origin is the source of runes [i, j).
func (f *folded) origin(i, j int) string { return f.source[f.runes[i].from:f.runes[j-1].to] }

func (f *folded) end(j int) int32 {
	if j == len(f.runes) {
		return int32(len(f.text))
	}
	return f.runes[j].pos
}

// dense reports whether r belongs to a script that is written without spaces.
func dense(r rune) bool {
	if r < 0x2E80 {
		return false
	}
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

// letter reports whether r is part of a word that is set off by spaces.
func letter(r rune) bool {
	if r < 0x80 {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	}
	return (unicode.IsLetter(r) || unicode.IsMark(r)) && !dense(r) // a mark such as Devanagari's vowels
}

func digit(r rune) bool { return '0' <= r && r <= '9' }
