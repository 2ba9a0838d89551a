// Package htmlcheck lets tests look at pages by selector, and finds what no page may have: controls
// without a name, references to nothing, ids used twice, anything written inline.
//
//	doc := htmlcheck.Parse(t, rec.Body)
//	doc.MustHave("form[action=/needs] input[name=title][aria-invalid=true]")
//	doc.MustHave("h1", "发布技术需求")
//	doc.Sound()
package htmlcheck

import (
	"io"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Doc is a parsed page or fragment.
type Doc struct {
	t    testing.TB
	root *html.Node
	page bool // it had an html element of its own
}

// Node is an element.
type Node struct{ n *html.Node }

// Parse reads a page or a fragment of one.
func Parse(t testing.TB, r io.Reader) *Doc {
	t.Helper()
	raw, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("read html: %v", err)
	}
	root, err := html.Parse(strings.NewReader(string(raw)))
	if err != nil {
		t.Fatalf("parse html: %v", err)
	}
	return &Doc{t: t, root: root, page: strings.Contains(strings.ToLower(string(raw[:min(len(raw), 200)])), "<html")}
}

// Select gives the elements that match, in document order. A selector is made of tag, #id, .class,
// [attr], [attr=value], [attr^=start], [attr*=part], joined by space or > and listed by comma.
func (d *Doc) Select(selector string) []Node {
	d.t.Helper()
	list, err := compile(selector)
	if err != nil {
		d.t.Fatalf("selector %q: %v", selector, err)
	}
	var out []Node
	each(d.root, func(n *html.Node) {
		for _, chain := range list {
			if chain.matches(n) {
				out = append(out, Node{n})
				return
			}
		}
	})
	return out
}

// Select gives the elements within this one that match, as Doc.Select does; the selector is read from the top of
// the page.
func (n Node) Select(selector string) []Node {
	list, err := compile(selector)
	if err != nil {
		panic("htmlcheck: selector " + selector + ": " + err.Error()) // a defect of the test
	}
	var out []Node
	each(n.n, func(x *html.Node) {
		for _, chain := range list {
			if x != n.n && chain.matches(x) {
				out = append(out, Node{x})
				return
			}
		}
	})
	return out
}

// MustHave fails the test unless an element matches and, where words are given, one that matches
// holds all of them. It gives the first such element.
func (d *Doc) MustHave(selector string, words ...string) Node {
	d.t.Helper()
	found := d.Select(selector)
	for _, n := range found {
		if n.holds(words) {
			return n
		}
	}
	if len(found) == 0 {
		d.t.Fatalf("no %s in:\n%s", selector, d.Text())
	}
	d.t.Fatalf("no %s with %q; there is %q", selector, words, found[0].Text())
	return Node{}
}

// MustNotHave fails the test if an element matches and holds all of the words.
func (d *Doc) MustNotHave(selector string, words ...string) {
	d.t.Helper()
	for _, n := range d.Select(selector) {
		if n.holds(words) {
			d.t.Fatalf("there is a %s: %q", selector, n.Text())
		}
	}
}

// Text is what a reader sees, with single spaces.
func (d *Doc) Text() string { return Node{d.root}.Text() }

// Text is the text in an element, with single spaces.
func (n Node) Text() string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data + " ")
		}
		if n.Type == html.ElementNode && (n.Data == "script" || n.Data == "style" || n.Data == "head") {
			return
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(n.n)
	return strings.Join(strings.Fields(b.String()), " ")
}

// Raw is the text in an element as it is written: what a textarea holds.
func (n Node) Raw() string {
	var b strings.Builder
	for c := range n.n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

// Attr is the value of an attribute, "" without it.
func (n Node) Attr(name string) string {
	v, _ := attr(n.n, name)
	return v
}

// Has reports whether the element has the attribute.
func (n Node) Has(name string) bool {
	_, ok := attr(n.n, name)
	return ok
}

// Tag is the element's name.
func (n Node) Tag() string { return n.n.Data }

func (n Node) holds(words []string) bool {
	text := n.Text()
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

func attr(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func each(n *html.Node, fn func(*html.Node)) {
	if n.Type == html.ElementNode {
		fn(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		each(c, fn)
	}
}
