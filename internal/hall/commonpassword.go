package hall

import (
	"embed"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// What people choose first: the commonest passwords of eight characters and more among ten million that had leaked (Mark
// Burnett's list, which is in the public domain: common/leaked.txt); and, of the project's own, passwords of this country
// and place (weak.txt), words of both languages, little words that only go with others, surnames and given names in pinyin.
//
//go:embed weak.txt common/*.txt
var commonFiles embed.FS

// mostCommon is how long a password may be that is made of common pieces. What is longer is not among the first that
// anybody would try, whatever it is made of.
const mostCommon = 13

// mostPieces is how many pieces it takes to make a common password: woaini|1314, iloveyou|2, liu|yang|88.
const mostPieces = 4

// common is what is known of the choices of others.
type common struct {
	whole map[string]bool // passwords as they are
	words map[string]bool // three letters or more
	small map[string]bool // count only beside a word
	names map[string]bool // a surname with one or two given syllables
	most  int             // the longest of all
}

var commons = sync.OnceValue(func() *common {
	c := &common{whole: listed("weak.txt", "common/leaked.txt"), words: listed("common/words.txt", "common/pinyin.txt", "common/surnames.txt"),
		small: listed("common/small.txt", "common/surnames.txt", "common/given.txt"), names: map[string]bool{}}
	for w := range listed("weak.txt") {
		if digitsOf(w) == 0 {
			c.words[w] = true
		}
	}
	for w := range c.words {
		if len(w) < 3 {
			delete(c.words, w)
			c.small[w] = true
		}
	}
	given := listed("common/given.txt")
	for s := range listed("common/surnames.txt") {
		for g := range given {
			c.names[s+g] = true
		}
	}
	for _, m := range []map[string]bool{c.words, c.names} {
		for w := range m {
			c.most = max(c.most, len(w))
		}
	}
	return c
})

func listed(names ...string) map[string]bool {
	m := map[string]bool{}
	for _, name := range names {
		b, err := commonFiles.ReadFile(name)
		if err != nil {
			panic(err) // the files are part of the build
		}
		for w := range strings.FieldsSeq(string(b)) {
			m[w] = true
		}
	}
	return m
}

// leet undoes what people write instead of letters, in the two ways that a 1 is read.
var leet = []*strings.Replacer{
	strings.NewReplacer("@", "a", "4", "a", "3", "e", "1", "i", "!", "i", "0", "o", "5", "s", "$", "s", "7", "t"),
	strings.NewReplacer("@", "a", "4", "a", "3", "e", "1", "l", "!", "i", "0", "o", "5", "s", "$", "s", "7", "t"),
}

// isCommon reports whether s, in small letters, is among the first that anybody would try for anybody: a known one, a
// pattern, a date or telephone number, or short and made of common words, names and numbers.
func isCommon(s string) bool {
	c := commons()
	if c.whole[s] || isRun(s) || isRepeat(s) || isStutter(s) || isNumber(s) {
		return true
	}
	if utf8.RuneCountInString(s) > mostCommon {
		return false
	}
	core := strings.Trim(s, marks)
	if c.made(s) || c.made(core) {
		return true
	}
	for _, l := range leet {
		if c.made(l.Replace(s)) || c.made(l.Replace(core)) || c.made(l.Replace(strings.Trim(core, "0123456789"))) {
			return true
		}
	}
	return false
}

// marks are what is put before and after a word, or between.
const marks = "!@#$%^&*.,_-+=?~ "

// made reports whether s is cut into few pieces, of which one at least is a word, a name or a row of keys.
func (c *common) made(s string) bool {
	// least[i][0] is how few pieces make the first i bytes, least[i][1] with a word among them.
	type fewest [2]int
	least := make([]fewest, len(s)+1)
	for i := range least {
		least[i] = fewest{mostPieces + 1, mostPieces + 1}
	}
	least[0][0] = 0
	for i := range s {
		for n := 1; i+n <= len(s) && n <= max(c.most, mostCommon); n++ {
			piece, word := s[i:i+n], 0
			switch {
			case n >= 3 && (c.words[piece] || c.names[piece] || digitsOf(piece) < n && isRun(piece)):
				word = 1
			case c.small[piece], digitsOf(piece) == n, n == 1 && strings.Contains(marks, piece):
			default:
				continue
			}
			to := &least[i+n]
			to[word] = min(to[word], least[i][0]+1)
			to[1] = min(to[1], least[i][1]+1)
		}
	}
	return least[len(s)][1] <= mostPieces
}

func digitsOf(s string) (n int) {
	for _, r := range s {
		if r >= '0' && r <= '9' {
			n++
		}
	}
	return n
}

// isStutter reports whether every character but few comes again and again: 11223344, aabbccdd, 00001111.
func isStutter(s string) bool {
	var b strings.Builder
	last, runs, once := rune(-1), 0, 0
	n := 0
	for _, r := range s + "\x00" {
		if r == last {
			n++
			continue
		}
		if n == 1 {
			once++
		}
		if last >= 0 {
			b.WriteRune(last)
			runs++
		}
		last, n = r, 1
	}
	return once == 0 && (runs <= 3 || isRun(b.String()) || isRepeat(b.String()))
}

// isNumber reports whether s is a date, a mobile telephone number, or numbers that mean something.
func isNumber(s string) bool {
	if digitsOf(s) != len(s) {
		return false
	}
	for _, layout := range []string{"20060102", "02012006", "01022006"} {
		if at, err := time.Parse(layout, s); err == nil && at.Year() >= 1900 && at.Year() < 2100 {
			return true
		}
	}
	if len(s) == 11 && s[0] == '1' && s[1] >= '3' {
		return true
	}
	return len(s) <= mostCommon && meant(s, mostPieces)
}

// numbers are those that people put together: love, luck, rows and columns of keys, years.
var numbers = strings.Fields("520 521 1314 3344 530 770 880 886 168 188 518 588 666 777 888 999 000 111 222 333 444 555 123 1234 12345 123456 321 4321 54321 654321 " +
	"456 789 654 987 147 258 369 741 852 963 159 357 951 753 110 112 119 120 911 007 100 1000 10000 200 2000 500 5000 66 88 99 00 11 22 33 44 55 77 " +
	"1949 1978 1997 1999 2000 2008 2010 2012 2018 2020 2021 2022 2023 2024 2025 2026 1985 1986 1987 1988 1989 1990 1991 1992 1993 1994 1995 1996 1998 " +
	"121 131 141 151 212 232 313 323 101 202 303 404 505 606 707 808 909 10 20 12 21 13 31 14 69 696 420")

func meant(s string, pieces int) bool {
	if s == "" {
		return true
	}
	if pieces == 0 {
		return false
	}
	for _, n := range numbers {
		if strings.HasPrefix(s, n) && meant(s[len(n):], pieces-1) {
			return true
		}
	}
	return false
}
