package htmlcheck

import (
	"fmt"
	"strings"

	"golang.org/x/net/html"

	"github.com/unionhall/unionhall/internal/web/static"
)

// Sound fails the test for everything that Faults finds.
func (d *Doc) Sound() {
	d.t.Helper()
	for _, f := range d.Faults() {
		d.t.Error(f)
	}
}

// Faults lists what no page may have. A whole page must also have a language, a title and one h1.
func (d *Doc) Faults() []string {
	c := checker{ids: map[string]int{}, labelled: map[string]bool{}}
	each(d.root, c.gather)
	each(d.root, c.look)
	if d.page {
		c.wholePage(d)
	}
	return c.faults
}

type checker struct {
	ids      map[string]int
	labelled map[string]bool // ids that a label is for
	level    int             // of the heading before
	faults   []string
}

func (c *checker) add(n *html.Node, format string, args ...any) {
	c.faults = append(c.faults, fmt.Sprintf(format, args...)+": "+outline(n))
}

// outline is an element's start tag, for the message.
func outline(n *html.Node) string {
	var b strings.Builder
	b.WriteString("<" + n.Data)
	for _, a := range n.Attr {
		if len(a.Val) < 60 {
			fmt.Fprintf(&b, " %s=%q", a.Key, a.Val)
		}
	}
	return b.String() + "> " + cut(Node{n}.Text(), 40)
}

func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}

func (c *checker) gather(n *html.Node) {
	if id, ok := attr(n, "id"); ok {
		if c.ids[id]++; c.ids[id] == 2 {
			c.add(n, "id %q is used twice", id)
		}
	}
	if f, ok := attr(n, "for"); ok && n.Data == "label" {
		c.labelled[f] = true
	}
}

func (c *checker) look(n *html.Node) {
	c.inline(n)
	c.references(n)
	switch n.Data {
	case "input", "select", "textarea":
		kind, _ := attr(n, "type")
		if kind != "hidden" && kind != "submit" && !c.named(n) {
			c.add(n, "control without a label")
		}
	case "img":
		if _, ok := attr(n, "alt"); !ok {
			c.add(n, "picture without alt")
		}
	case "button", "a", "summary":
		if name(n) == "" {
			c.add(n, "%s without a name", n.Data)
		}
	case "use":
		href, _ := attr(n, "href")
		if file, icon, ok := strings.Cut(href, "#"); ok && strings.Contains(file, "icons") && !static.HasIcon(icon) {
			c.add(n, "icon %q is not in assets/icons.txt", icon)
		}
	case "h1", "h2", "h3", "h4", "h5", "h6":
		level := int(n.Data[1] - '0')
		if c.level > 0 && level > c.level+1 {
			c.add(n, "heading jumps from h%d", c.level)
		}
		c.level = level
	case "form":
		if m, _ := attr(n, "method"); strings.EqualFold(m, "post") {
			if action, _ := attr(n, "action"); action != "" && !strings.HasPrefix(action, "/") {
				c.add(n, "form posts to %q", action)
			}
		}
	}
}

// inline finds what the content security policy refuses.
func (c *checker) inline(n *html.Node) {
	for _, a := range n.Attr {
		if a.Key == "style" || strings.HasPrefix(a.Key, "on") && a.Key != "on" || strings.HasPrefix(a.Key, "hx-on") {
			c.add(n, "%s is written inline", a.Key)
		}
		if strings.HasPrefix(strings.TrimSpace(strings.ToLower(a.Val)), "javascript:") {
			c.add(n, "%s runs a script", a.Key)
		}
	}
	if n.Data == "style" {
		c.add(n, "inline style")
	}
	if _, ok := attr(n, "src"); n.Data == "script" && !ok {
		c.add(n, "inline script")
	}
}

// references finds ids that are named and do not exist.
func (c *checker) references(n *html.Node) {
	for _, key := range []string{"for", "aria-describedby", "aria-labelledby", "aria-controls", "popovertarget", "list", "form"} {
		v, ok := attr(n, key)
		if !ok {
			continue
		}
		for _, id := range strings.Fields(v) {
			if c.ids[id] == 0 {
				c.add(n, "%s names %q, which is not there", key, id)
			}
		}
	}
	if href, _ := attr(n, "href"); n.Data == "a" && len(href) > 1 && href[0] == '#' && c.ids[href[1:]] == 0 {
		c.add(n, "link to %s, which is not there", href)
	}
}

// named reports whether a control has a label of any kind.
func (c *checker) named(n *html.Node) bool {
	if id, ok := attr(n, "id"); ok && c.labelled[id] {
		return true
	}
	for _, key := range []string{"aria-label", "aria-labelledby", "title"} {
		if v, _ := attr(n, key); v != "" {
			return true
		}
	}
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Data == "label" {
			return true
		}
	}
	return false
}

// name is what a screen reader says for a button or link.
func name(n *html.Node) string {
	for _, key := range []string{"aria-label", "aria-labelledby", "title"} {
		if v, _ := attr(n, key); v != "" {
			return v
		}
	}
	text := Node{n}.Text()
	each(n, func(in *html.Node) {
		for _, key := range []string{"alt", "aria-label"} {
			if v, _ := attr(in, key); v != "" {
				text += v
			}
		}
	})
	return text
}

func (c *checker) wholePage(d *Doc) {
	if len(d.Select("html[lang]")) == 0 {
		c.faults = append(c.faults, "the page says no language")
	}
	for _, sel := range []string{"head > title", "main", "h1"} {
		if n := len(d.Select(sel)); n != 1 {
			c.faults = append(c.faults, fmt.Sprintf("the page has %d %s, not one", n, sel))
		}
	}
}
