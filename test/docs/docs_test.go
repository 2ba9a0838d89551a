// Package docs holds the documents to the truth: links lead somewhere, both languages say as much, labels are those of
// the pages, commands and flags exist.
package docs

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// root is the top of the checkout, seen from this folder.
const root = "../.."

// document is one of the project's papers, its code set apart.
type document struct {
	path  string // from the root
	text  string
	prose string // the text without fenced code and code spans
	code  []string
}

var (
	fence = regexp.MustCompile("(?ms)^```[^\n]*\n(.*?)^```")
	span  = regexp.MustCompile("`([^`\n]+)`")
)

func read(t *testing.T, name string) document {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	d := document{path: name, text: string(b)}
	d.prose = fence.ReplaceAllStringFunc(d.text, func(s string) string {
		d.code = append(d.code, strings.Split(fence.FindStringSubmatch(s)[1], "\n")...)
		return ""
	})
	d.prose = span.ReplaceAllStringFunc(d.prose, func(s string) string {
		d.code = append(d.code, s[1:len(s)-1])
		return ""
	})
	return d
}

// documents are all that people read before and while they use the hall.
func documents(t *testing.T) []document {
	t.Helper()
	var out []document
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			rel, err := filepath.Rel(root, f)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, read(t, filepath.ToSlash(rel)))
		}
	}
	if len(out) < 20 {
		t.Fatalf("only %d documents: the search is broken", len(out))
	}
	return out
}

var (
	link    = regexp.MustCompile(`(!?)\[[^\]]*\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^(#{1,6}) +(.+?) *$`)
)

// anchors are the names that a forge gives the headings.
func (d document) anchors() []string {
	var out []string
	for _, m := range heading.FindAllStringSubmatch(fence.ReplaceAllString(d.text, ""), -1) {
		out = append(out, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, m[2]))
	}
	return out
}

func TestLinksLeadSomewhere(t *testing.T) {
	seen := 0
	for _, d := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(d.prose, -1) {
			if strings.Contains(m[2], "://") || strings.HasPrefix(m[2], "mailto:") {
				continue
			}
			seen++
			to, anchor, _ := strings.Cut(m[2], "#")
			name := d.path
			if to != "" {
				name = path.Join(path.Dir(d.path), to)
			}
			if _, err := os.Stat(filepath.Join(root, name)); err != nil {
				t.Errorf("%s: %s leads nowhere", d.path, m[2])
			} else if anchor != "" && !slices.Contains(read(t, name).anchors(), anchor) {
				t.Errorf("%s: %s has no such heading", d.path, m[2])
			}
		}
	}
	if seen < 40 {
		t.Errorf("only %d links: the search is broken", seen)
	}
}

// Pictures are taken by test/e2e, which is where one that nobody shows is to be dropped.
func TestEveryPictureIsShown(t *testing.T) {
	shown := map[string]bool{}
	for _, d := range documents(t) {
		n := 0
		for _, m := range link.FindAllStringSubmatch(d.prose, -1) {
			if m[1] == "!" {
				n++
				shown[path.Join(path.Dir(d.path), m[2])] = true
			}
		}
		if strings.HasPrefix(d.path, "README") && n != 1 {
			t.Errorf("%s shows %d pictures, and one is enough", d.path, n)
		}
	}
	err := filepath.WalkDir(filepath.Join(root, "docs", "pictures"), func(p string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && !shown[path.Join("docs/pictures", e.Name())] {
			t.Errorf("no document shows %s", e.Name())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// pairs are documents in Chinese and in English.
func pairs(t *testing.T) [][2]document {
	t.Helper()
	out := [][2]document{{read(t, "README.zh-CN.md"), read(t, "README.md")}}
	found, err := filepath.Glob(filepath.Join(root, "docs/guides/*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		name := "docs/guides/" + filepath.Base(f)
		en, ok := strings.CutSuffix(name, ".zh.md")
		if ok {
			out = append(out, [2]document{read(t, name), read(t, en+".en.md")})
			continue
		}
		zh := strings.TrimSuffix(name, ".en.md") + ".zh.md"
		if _, err := os.Stat(filepath.Join(root, zh)); err != nil {
			t.Errorf("%s has no Chinese", name)
		}
	}
	if len(out) < 5 {
		t.Fatalf("only %d pairs: the search is broken", len(out))
	}
	return out
}

// outline is what both languages of a document share: headings with their depth, rows of tables, steps, points,
// pictures, questions, examples.
func (d document) outline() string {
	var out strings.Builder
	code := false
	for line := range strings.Lines(d.text) {
		switch {
		case strings.HasPrefix(line, "```"):
			code = !code
			out.WriteString("`")
		case code:
		case strings.HasPrefix(line, "#"):
			out.WriteString("\n" + strings.Repeat("#", len(line)-len(strings.TrimLeft(line, "#"))))
		case strings.HasPrefix(line, "|"), strings.HasPrefix(line, "!"), strings.HasPrefix(line, "- "):
			out.WriteString(line[:1])
		case strings.HasPrefix(line, "**"):
			out.WriteString("*")
		case line[0] >= '1' && line[0] <= '9' && strings.HasPrefix(line[1:], ". "):
			out.WriteString("1")
		}
	}
	return out.String()
}

func TestBothLanguagesSayAsMuch(t *testing.T) {
	for _, p := range pairs(t) {
		if zh, en := p[0].outline(), p[1].outline(); zh != en {
			t.Errorf("%s and %s differ:%s\n\nand%s", p[0].path, p[1].path, zh, en)
		}
		for i, d := range p {
			if !strings.Contains(d.text, "]("+path.Base(p[1-i].path)+")") {
				t.Errorf("%s does not lead to %s", d.path, p[1-i].path)
			}
		}
	}
}
