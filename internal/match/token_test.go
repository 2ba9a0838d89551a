package match

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func tokens(s string) (out []token) {
	f := fold(s)
	tokenize(&f, func(t token) { out = append(out, t) })
	return out
}

func terms1(s string, forms ...form) string {
	var out []string
	for _, t := range tokens(s) {
		if slices.Contains(forms, t.form) {
			out = append(out, t.term)
		}
	}
	return strings.Join(out, " ")
}

func TestWordsAndNumbersKeepTheirUnits(t *testing.T) {
	for in, want := range map[string]string{
		"0.09mm":                    "0.09mm",
		"0.09 mm":                   "0.09mm",
		"0.09毫米":                    "0.09mm",
		"0.09 毫米。":                  "0.09mm",
		"０．０９ｍｍ":                    "0.09mm",
		"0.09㎜":                     "0.09mm",
		"±0.02mm":                   "0.02mm",
		"5um 5μm 5µm 5微米 5 um":      "5μm 5μm 5μm 5μm 5μm",
		"Φ50 φ 50 ⌀50 Ø50 Φ50mm":    "φ50 φ50 φ50 φ50 φ50",
		"M12 m 12 M12×1.5":          "m12 m12 m12 1.5",
		"45# 45＃钢 1#炉":              "45# 45# 1#",
		"TIG焊、PLC、HRC58":            "tig plc hrc58",
		"HRC 58，Ra 0.8":             "hrc58 ra0.8",
		"S7-200":                    "s7 s7200 200",
		"S7200":                     "s7200",
		"wc-co":                     "wc co",
		"16MnR 1Cr18Ni9Ti 304不锈钢":   "16mnr 1cr18ni9ti 304",
		"200℃ 200°C 200 摄氏度":        "200°c 200°c 200°c",
		"95% 95 ％":                  "95% 95%",
		"C++ C# .NET":               "c++ c# net",
		"3.5.1版":                    "3.5.1",
		"12345.":                    "12345",
		"5 m12":                     "m12",
		"20kg 20公斤 20 千克 7.5kW":     "20kg 20kg 20kg 7.5kw",
		"Ünïcode naïve":             "ünïcode naïve",
		"":                          "",
		"-/_ . # +":                 "",
		strings.Repeat("x", 10_000): strings.Repeat("x", maxWord),
	} {
		if got := terms1(in, word); got != want {
			t.Errorf("%.40q: got %q, want %q", in, got, want)
		}
	}
}

func TestHanCharactersAndPairs(t *testing.T) {
	for _, c := range []struct{ in, singles, pairs string }{
		{"薄壁件", "薄 壁 件", "薄壁 壁件"},
		{"不锈钢的套", "锈 钢 套", "不锈 锈钢"}, // 的 ends the run
		{"数控CNC车床", "数 控 车 床", "数控 车床"},
		{"我们厂没有办法", "厂 办 法", "厂没 有办"}, // 没 and 有 are faint, 没有 and 办法 chatter
		{"椭圆,圆度", "椭 圆 圆 度", "椭圆 圆度"},
		{"60件", "60 件", ""}, // a short bare number is as weak as a character
	} {
		s, p := terms1(c.in, single), terms1(c.in, pair)
		if s != c.singles || p != c.pairs {
			t.Errorf("%s: got %q and %q, want %q and %q", c.in, s, p, c.singles, c.pairs)
		}
	}
}

func TestTokensKnowTheirSource(t *testing.T) {
	in := "直径 Φ 50，公差０．０９ ㎜"
	f := fold(in)
	var got []string
	tokenize(&f, func(t token) {
		if t.form == word {
			got = append(got, f.origin(t.start, t.end))
		}
	})
	if !slices.Equal(got, []string{"Φ 50", "０．０９ ㎜"}) {
		t.Errorf("got %q", got)
	}
}

func FuzzTokenize(f *testing.F) {
	for _, s := range []string{"不锈钢套 0.09 mm", "S7-200/S7-1200", "Φ 50㎜", "é́́", "\xff\xfe", "ﬃ⑳㈱", "𠀀𠀁", "5 m", "45#", "がぎ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		fd := fold(s)
		last := 0
		tokenize(&fd, func(tk token) {
			if tk.start < 0 || tk.start >= tk.end || tk.end > len(fd.runes) || tk.start < last && tk.form != word {
				t.Fatalf("%q: token %+v after %d of %d", s, tk, last, len(fd.runes))
			}
			last = tk.start
			if tk.term == "" || len(tk.term) > 2*maxWord || !utf8.ValidString(tk.term) {
				t.Fatalf("%q: term %q", s, tk.term)
			}
			if o := fd.origin(tk.start, tk.end); !strings.Contains(s, o) || o == "" {
				t.Fatalf("%q: origin %q", s, o)
			}
		})
		if again := fold(fd.text); again.text != fd.text && utf8.ValidString(s) && fold(again.text).text != again.text {
			t.Fatalf("%q: folding does not come to rest: %q, %q", s, fd.text, again.text)
		}
	})
}
