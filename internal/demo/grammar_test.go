package demo

import (
	"slices"
	"strings"
	"testing"
)

func TestGrammarsCoverTheTrades(t *testing.T) {
	_, byCode := grammars()
	codes := tradeCodes(t)
	if len(codes) != len(byCode) {
		t.Fatalf("%d trades, %d grammars", len(codes), len(byCode))
	}
	for _, code := range codes {
		g := byCode[code]
		if g == nil {
			t.Fatalf("no grammar of %s", code)
		}
		least := 6
		if common[code] {
			least = 12
		}
		if len(g.Families) < least || len(g.Jobs) == 0 || len(shopWords[code]) == 0 {
			t.Errorf("%s: %d families, %d jobs", code, len(g.Families), len(g.Jobs))
		}
		if !slices.ContainsFunc(industries, func(i industry) bool { return slices.Contains(i.trades, code) }) {
			t.Errorf("no industry has trouble with %s", code)
		}
		for _, next := range kin[code] {
			if byCode[next] == nil {
				t.Errorf("%s is kin to %s, which is no trade", code, next)
			}
		}
	}
}

// Every template of every family can be written out, often enough to meet all its alternatives.
func TestFamiliesAreWhole(t *testing.T) {
	d := newDice(1, "grammar")
	all, _ := grammars()
	for _, g := range all {
		keys := map[string]bool{}
		for _, f := range g.Families {
			name := g.Trade + "/" + f.Key
			if keys[f.Key] {
				t.Errorf("%s twice", name)
			}
			keys[f.Key] = true
			if len(f.Titles) < 2 || len(f.Says) < 2 || len(f.Tried) < 2 || len(f.Skills) < 1 || len(f.Steps) < 3 || len(f.Asks) < 1 || len(f.Tools) < 1 || f.Cause == "" {
				t.Errorf("%s lacks something", name)
			}
			m := f.Measure
			if m.Lower && m.Before[0] <= m.Target[1] || !m.Lower && m.Before[1] >= m.Target[0] || m.Name == "" || m.Unit == "" {
				t.Errorf("%s: measure %+v", name, m)
			}
			for range 12 {
				c := newCase(d, f)
				for _, from := range [][]string{f.Titles, f.Says, f.Tried, f.Steps, f.Skills, {f.Cause, f.Asks[0].Ask, f.Asks[0].Answer}} {
					for _, x := range from {
						if s := c.expand(d, x); strings.ContainsAny(s, "{}|()") {
							t.Errorf("%s: %s", name, s)
						}
					}
				}
				for _, r := range []string{Solved, Partly, Unsolved} {
					if after := c.reached(d, r); (r == Solved) != reaches(c.measure, after) {
						t.Errorf("%s: %s at %v of %+v", name, r, after, c.measure)
					}
				}
			}
		}
	}
}

func TestExpand(t *testing.T) {
	d := newDice(1, "expand")
	for range 50 {
		switch s := expand(d, "a(b|c(d|e{x})|{2-3})", slots{"x": "!"}); s {
		case "ab", "acd", "ace!", "a2", "a3":
		default:
			t.Fatal(s)
		}
	}
	if s := expand(d, "{0.05-0.05}", nil); s != "0.05" {
		t.Error(s)
	}
}

func TestCut(t *testing.T) {
	if s := clip("一二三。四五六", 5); s != "一二三。" {
		t.Error(s)
	}
	if s := clip("一二三", 5); s != "一二三" {
		t.Error(s)
	}
}
