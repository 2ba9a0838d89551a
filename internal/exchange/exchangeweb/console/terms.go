package console

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/lang"
)

// A list of terms is edited as text, one term a line:
//
//	# 机械加工 | Machining
//	milling | 数控铣与加工中心 | Milling | 加工中心、铣削
//
// A line that begins with # names the group of those below; a # alone ends it. Columns are parted by bars; lines
// pasted from a spreadsheet are parted by tabs, and lines typed without either by commas. A backslash takes its
// meaning from a mark that belongs to a word.

// codeForm is the form of a term's code, as exchange.Kind.Validate wants it.
var codeForm = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$`)

const alsoMark = '、'

// termLines writes terms so that termsOf reads them back.
func termLines(terms []exchange.Term) string {
	var b strings.Builder
	group := lang.Text{}
	for _, t := range terms {
		if t.Group != group {
			group = t.Group
			b.WriteString("#")
			if !group.Empty() {
				b.WriteString(" " + quote(group.ZH, "|") + " | " + quote(group.EN, "|"))
			}
			b.WriteString("\n")
		}
		also := make([]string, len(t.Also))
		for i, a := range t.Also {
			also[i] = quote(a, "|"+alsoMarks)
		}
		parts := []string{quote(t.Code, "|"), quote(t.Name.ZH, "|"), quote(t.Name.EN, "|")}
		if len(also) > 0 {
			parts = append(parts, strings.Join(also, string(alsoMark)))
		}
		line := strings.Join(parts, " | ")
		if strings.HasPrefix(line, "#") {
			line = `\` + line
		}
		b.WriteString(line + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// alsoMarks part other words for a term.
const alsoMarks = "、,，;；"

func quote(s, marks string) string {
	var b strings.Builder
	for _, r := range s {
		if r == '\\' || strings.ContainsRune(marks, r) {
			b.WriteRune('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// split parts a line at the marks that no backslash precedes. Backslashes stay, for a later split.
func split(s, marks string) []string {
	var out []string
	var b strings.Builder
	quoted := false
	for _, r := range s {
		switch {
		case quoted:
			quoted = false
		case r == '\\':
			quoted = true
		case strings.ContainsRune(marks, r):
			out = append(out, b.String())
			b.Reset()
			continue
		}
		b.WriteRune(r)
	}
	return append(out, b.String())
}

// unquote takes the backslashes away and tidies what is left.
func unquote(s string) string {
	var b strings.Builder
	quoted := false
	for _, r := range strings.TrimSpace(s) {
		if r == '\\' && !quoted {
			quoted = true
			continue
		}
		quoted = false
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String())
}

// termsOf reads the lines of a list. A line that cannot be a term is noted under the name, with its number.
func termsOf(c *fault.Check, name, text string) []exchange.Term {
	var out []exchange.Term
	var group lang.Text
	var codes []string
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if rest, ok := strings.CutPrefix(line, "#"); ok {
			parts := split(rest, "|\t")
			group = lang.Text{ZH: unquote(parts[0])}
			if len(parts) > 1 {
				group.EN = unquote(parts[1])
			}
			continue
		}
		t := termOf(line)
		if t.Code == "" {
			t.Code = codeFor(codes, t.Name.EN)
		}
		t.Group = group
		switch {
		case t.Name.ZH == "" || t.Name.EN == "":
			c.Add(name, "console.editor.term-names", "line", i+1, "text", line)
		case slices.Contains(codes, t.Code):
			c.Add(name, "console.editor.term-twice", "line", i+1, "code", t.Code)
		case !codeForm.MatchString(t.Code):
			c.Add(name, "console.editor.term-code", "line", i+1, "code", t.Code)
		}
		codes = append(codes, t.Code)
		out = append(out, t)
	}
	return out
}

// termOf reads one line. Where the first column cannot be a code, the line begins with the names.
func termOf(line string) exchange.Term {
	marks := ",，"
	if strings.ContainsRune(line, '\t') {
		marks = "\t"
	} else if len(split(line, "|")) > 1 {
		marks = "|"
	}
	parts := split(line, marks)
	var t exchange.Term
	if first := unquote(parts[0]); codeForm.MatchString(first) || len(parts) > 3 && !hasHan(first) {
		t.Code, parts = first, parts[1:]
	}
	take := func() string {
		if len(parts) == 0 {
			return ""
		}
		s := parts[0]
		parts = parts[1:]
		return s
	}
	t.Name = lang.Text{ZH: unquote(take()), EN: unquote(take())}
	for _, part := range parts {
		for _, w := range split(part, alsoMarks) {
			if w = unquote(w); w != "" {
				t.Also = append(t.Also, w)
			}
		}
	}
	return t
}

func hasHan(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r >= 0x2e80 })
}

// codeFor makes a code for a term that was typed without one: its English name as a slug, or a number.
func codeFor(taken []string, english string) string {
	code := strings.ReplaceAll(keyFrom(english, ""), "_", "-")
	for n := 1; code == "" || slices.Contains(taken, code); n++ {
		code = fmt.Sprintf("term-%d", n)
	}
	return code
}
