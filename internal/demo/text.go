package demo

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// slots are what a template may name in braces.
type slots map[string]string

// expand writes a template out: "(a|b)" is one of its alternatives, which may nest; "{m}" is a slot;
// "{3-8}" is a number in that range, with as many decimals as its ends are written with.
func expand(d dice, template string, s slots) string {
	var b strings.Builder
	for i := 0; i < len(template); {
		switch template[i] {
		case '(':
			end, parts := alternatives(template, i)
			b.WriteString(expand(d, pick(d, parts), s))
			i = end
		case '{':
			end := i + strings.IndexByte(template[i:], '}')
			b.WriteString(fill(d, template[i+1:end], s))
			i = end + 1
		default:
			b.WriteByte(template[i])
			i++
		}
	}
	return b.String()
}

// alternatives splits the group that opens at start, and gives where it ends.
func alternatives(t string, start int) (end int, parts []string) {
	depth, from := 0, start+1
	for i := start; i < len(t); i++ {
		switch t[i] {
		case '(':
			depth++
		case '|':
			if depth == 1 {
				parts = append(parts, t[from:i])
				from = i + 1
			}
		case ')':
			if depth--; depth == 0 {
				return i + 1, append(parts, t[from:i])
			}
		}
	}
	panic("demo: unclosed group in " + t) // a template that is wrong fails the tests of the grammar
}

func fill(d dice, name string, s slots) string {
	if v, ok := s[name]; ok {
		return v
	}
	from, to, ok := strings.Cut(name, "-")
	lo, err1 := strconv.ParseFloat(from, 64)
	hi, err2 := strconv.ParseFloat(to, 64)
	if !ok || err1 != nil || err2 != nil {
		panic("demo: unknown slot {" + name + "}")
	}
	decimals := max(places(from), places(to))
	if decimals > 0 {
		return number(d.real(lo, hi), decimals)
	}
	return strconv.Itoa(roundish(d, int(lo), int(hi)))
}

// roundish gives a whole number in [lo, hi], round where people would say a round one.
func roundish(d dice, lo, hi int) int {
	n := d.between(lo, hi)
	for _, step := range []int{1000, 500, 100, 50, 10, 5} {
		if hi >= 20*step/10 && hi-lo >= step {
			if r := (n + step/2) / step * step; r >= lo && r <= hi {
				return r
			}
		}
	}
	return n
}

func places(s string) int {
	if i := strings.IndexByte(s, '.'); i >= 0 {
		return len(s) - i - 1
	}
	return 0
}

// number writes f without needless zeros.
func number(f float64, decimals int) string {
	s := strconv.FormatFloat(f, 'f', decimals, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

func round(f float64, decimals int) float64 {
	p := math.Pow10(decimals)
	return math.Round(f*p) / p
}

func runes(s string) int { return utf8.RuneCountInString(s) }

// clip cuts s to n characters at the last stop before it, if there is one that leaves enough.
func clip(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	for i := n - 1; i > n/2; i-- {
		if strings.ContainsRune("。！？；", r[i]) {
			return string(r[:i+1])
		}
	}
	for i := n - 1; i > n/2; i-- {
		if strings.ContainsRune("，、 ", r[i]) {
			return string(r[:i])
		}
	}
	return string(r[:n])
}

// closed ends s with a full stop unless it has an end.
func closed(s string) string {
	if s == "" || strings.ContainsRune("。！？…", []rune(s)[runes(s)-1]) {
		return s
	}
	return s + "。"
}

// typos are slips that an input method makes.
var typos = [][2]string{
	{"调试", "调式"}, {"尺寸", "尺吋"}, {"振动", "震动"}, {"模具", "磨具"}, {"报废", "报费"}, {"已经", "以经"}, {"做到", "作到"},
	{"师傅", "师父"}, {"厂家", "厂加"}, {"稳定", "隐定"}, {"原因", "原应"}, {"设备", "没备"}, {"温度", "温渡"}, {"解决", "解绝"},
	{"一直", "一只"}, {"检查", "捡查"}, {"打磨", "打摩"}, {"的", "得"}, {"再", "在"}, {"客户", "客互"},
}

// roughen makes a text look typed: a slip, full-width digits, missing stops. Most texts stay clean.
func roughen(d dice, s string) string {
	switch n := d.IntN(100); {
	case n < 7:
		for range 6 {
			if t := pick(d, typos); strings.Contains(s, t[0]) {
				return strings.Replace(s, t[0], t[1], 1)
			}
		}
	case n < 11:
		return strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return r - '0' + '０'
			}
			return r
		}, s)
	case n < 18:
		return strings.NewReplacer("，", " ", "。", " ", "；", " ").Replace(strings.TrimRight(s, "。"))
	case n < 24:
		return strings.NewReplacer("，", ",", "。", ".", "；", ";").Replace(s)
	case n < 28:
		return strings.TrimRight(s, "。") + pick(d, []string{"！！", "！", "……", "，急", "，谢谢", "，在线等"})
	case n < 44:
		return strings.TrimRight(s, "。")
	}
	return s
}

// chat makes a message look typed on a telephone.
func chat(d dice, s string) string {
	switch n := d.IntN(100); {
	case n < 50:
		return strings.TrimRight(s, "。")
	case n < 58:
		return strings.NewReplacer("，", " ", "。", " ", "；", " ").Replace(strings.TrimRight(s, "。"))
	case n < 62:
		return strings.NewReplacer("，", ",", "。", ".").Replace(s)
	case n < 65:
		return strings.TrimRight(s, "。") + pick(d, []string{"~", "！", "[抱拳]", "[呲牙]"})
	}
	return s
}

func sprint(format string, args ...any) string { return fmt.Sprintf(format, args...) }
