package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/unionhall/unionhall/internal/sheet"
)

// known reports whether a heading is one that a column of the kind may have.
func (k Kind) known(label string) bool {
	for _, f := range k.Fields {
		if f.hears(label) >= sure {
			return true
		}
	}
	return slices.Contains(k.Under, sheet.Fold(label)) || k.ignored(label)
}

// ignored are headings that lists have and nobody imports; they tell a header from the title above it.
func (k Kind) ignored(label string) bool {
	switch sheet.Fold(label) {
	case "序号", "编号", "性别", "民族", "学历", "备注", "出生日期", "身份证号", "身份证号码", "入会时间", "入会日期", "部门", "岗位", "no", "gender", "remarks":
		return true
	}
	return false
}

const (
	exact = 100 // the heading is the word
	sure  = 60  // the heading has the word at its end
	maybe = 30  // the heading has the word
)

// hears is how much a heading speaks for the field, up to exact. Longer words say more.
func (f Field) hears(label string) int {
	l := sheet.Fold(label)
	best := 0
	for _, w := range f.Words {
		w = sheet.Fold(w)
		more := min(utf8.RuneCountInString(w), 9)
		switch {
		case l == w:
			return exact
		case strings.HasSuffix(l, w):
			best = max(best, sure+more)
		case strings.Contains(l, w):
			best = max(best, maybe+more)
		}
	}
	return best
}

// shows is how much the cells of a column speak for the field, up to 40: nothing for what any text could be.
func (f Field) shows(cells []string) int {
	read, given := 0, 0
	for _, c := range cells {
		if c == "" {
			continue
		}
		given++
		v, why := f.read(c)
		if why == "" && (f.Looks == nil || f.Looks(v)) {
			read++
		}
	}
	if given == 0 || f.Looks == nil && f.Kind != Choice {
		return 0
	}
	if read*10 < given*6 {
		return -40
	}
	return 40 * read / given
}

// enough is the least that makes a column a field.
const enough = 24

// Guess says which field each column is, by its heading and by what stands in it: the surest pair first, each field and
// each column once.
func (k Kind) Guess(labels []string, sample []sheet.Row) []string {
	out := make([]string, len(labels))
	taken := map[string]bool{}
	for {
		best, column, field := enough-1, -1, ""
		for c, label := range labels {
			if out[c] != "" || k.ignored(label) {
				continue
			}
			cells := column1(sample, c)
			for _, f := range k.Fields {
				if taken[f.Key] {
					continue
				}
				if s := f.hears(label) + f.shows(cells); s > best {
					best, column, field = s, c, f.Key
				}
			}
		}
		if column < 0 {
			return out
		}
		out[column], taken[field] = field, true
	}
}

func column1(rows []sheet.Row, c int) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.At(c)
	}
	return out
}

// fingerprint names a header, so that the columns of the next list like it are known.
func fingerprint(labels []string) string {
	h := sha256.New()
	for _, l := range labels {
		h.Write([]byte(sheet.Fold(l) + "\x00"))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
