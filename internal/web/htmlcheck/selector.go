package htmlcheck

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// step is one compound of a selector, and how it stands to the one before it.
type step struct {
	tag     string
	id      string
	classes []string
	attrs   []test
	child   bool // directly inside the one before, not only somewhere inside
}

type test struct{ name, op, value string }

type chain []step

func compile(selector string) ([]chain, error) {
	var out []chain
	for _, part := range split(selector, ',') {
		var c chain
		child := false
		for _, word := range split(part, ' ') {
			if word == ">" {
				child = true
				continue
			}
			s, err := compound(word)
			if err != nil {
				return nil, err
			}
			s.child = child
			child = false
			c = append(c, s)
		}
		if len(c) == 0 {
			return nil, fmt.Errorf("empty selector")
		}
		out = append(out, c)
	}
	return out, nil
}

// split cuts at sep outside of brackets and drops what is empty.
func split(s string, sep byte) []string {
	var out []string
	depth, from := 0, 0
	for i := 0; i <= len(s); i++ {
		switch {
		case i == len(s) || s[i] == sep && depth == 0:
			if w := strings.TrimSpace(s[from:i]); w != "" {
				out = append(out, w)
			}
			from = i + 1
		case s[i] == '[':
			depth++
		case s[i] == ']':
			depth--
		}
	}
	return out
}

func compound(w string) (s step, err error) {
	for w != "" {
		end := len(w)
		if w[0] == '[' {
			if end = strings.IndexByte(w, ']'); end < 0 {
				return s, fmt.Errorf("%q lacks its ]", w)
			}
			s.attrs = append(s.attrs, attrTest(w[1:end]))
			w = w[end+1:]
			continue
		}
		if i := strings.IndexAny(w[1:], "#.["); i >= 0 {
			end = i + 1
		}
		switch word := w[:end]; word[0] {
		case '#':
			s.id = word[1:]
		case '.':
			s.classes = append(s.classes, word[1:])
		default:
			s.tag = word
		}
		w = w[end:]
	}
	return s, nil
}

func attrTest(s string) test {
	for _, op := range []string{"^=", "*=", "="} {
		if name, value, ok := strings.Cut(s, op); ok {
			return test{name, op, strings.Trim(value, `"'`)}
		}
	}
	return test{name: s}
}

func (c chain) matches(n *html.Node) bool {
	last := len(c) - 1
	if !c[last].matches(n) {
		return false
	}
	if last == 0 {
		return true
	}
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Type == html.ElementNode && c[:last].matches(p) {
			return true
		}
		if c[last].child {
			return false
		}
	}
	return false
}

func (s step) matches(n *html.Node) bool {
	if s.tag != "" && s.tag != "*" && s.tag != n.Data {
		return false
	}
	if id, _ := attr(n, "id"); s.id != "" && s.id != id {
		return false
	}
	class, _ := attr(n, "class")
	have := strings.Fields(class)
	for _, want := range s.classes {
		if !slices.Contains(have, want) {
			return false
		}
	}
	for _, t := range s.attrs {
		v, ok := attr(n, t.name)
		switch {
		case !ok,
			t.op == "=" && v != t.value,
			t.op == "^=" && !strings.HasPrefix(v, t.value),
			t.op == "*=" && !strings.Contains(v, t.value):
			return false
		}
	}
	return true
}
