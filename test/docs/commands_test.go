package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var target = regexp.MustCompile(`(?m)^([a-z][a-z-]*):`)

func TestTargetsOfMakeExist(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, m := range target.FindAllStringSubmatch(string(b), -1) {
		known[m[1]] = true
	}
	seen := 0
	for _, d := range documents(t) {
		for _, line := range d.code {
			rest, ok := strings.CutPrefix(line, "make ")
			if !ok {
				continue
			}
			seen++
			if name, _, _ := strings.Cut(rest, " "); !known[name] {
				t.Errorf("%s: the Makefile has no %s", d.path, name)
			}
		}
	}
	if seen < 8 {
		t.Errorf("only %d targets: the search is broken", seen)
	}
}

// program is the program itself, which is asked what it knows.
type program struct {
	t    *testing.T
	path string
	said map[string]string
}

func build(t *testing.T) *program {
	t.Helper()
	p := &program{t: t, path: filepath.Join(t.TempDir(), "unionhall"), said: map[string]string{}}
	c := exec.CommandContext(t.Context(), "go", "build", "-o", p.path, "github.com/unionhall/unionhall/cmd/unionhall")
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return p
}

// help is what a command says to -h; "" when there is no such command.
func (p *program) help(words ...string) string {
	name := strings.Join(words, " ")
	if said, ok := p.said[name]; ok {
		return said
	}
	out, err := exec.CommandContext(p.t.Context(), p.path, append(words, "-h")...).Output()
	if err != nil {
		out = nil
	}
	p.said[name] = string(out)
	return p.said[name]
}

func (p *program) has(flag string, words ...string) bool {
	return strings.Contains(p.help(words...), "\n  -"+strings.TrimLeft(flag, "-")+" ") ||
		strings.Contains(p.help(words...), "\n  -"+strings.TrimLeft(flag, "-")+"\n")
}

var (
	flagWord = regexp.MustCompile(`^--?[a-z][a-z-]+$`)
	setting  = regexp.MustCompile(`^UNIONHALL_[A-Z_]+$`)
)

// check holds a line of a document that calls the program to what the program knows.
func (p *program) check(path, line string) {
	p.t.Helper()
	line, _, _ = strings.Cut(line, " #")
	words := strings.Fields(line)
	var command []string
	for len(words) > 0 && regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`).MatchString(words[0]) {
		command, words = append(command, words[0]), words[1:]
	}
	all := [][]string{command}
	for len(words) > 1 && words[0] == "|" { // list | revoke
		all, words = append(all, append(command[:len(command)-1:len(command)-1], words[1])), words[2:]
	}
	for _, c := range all {
		if p.help(c...) == "" {
			p.t.Errorf("%s: there is no unionhall %s", path, strings.Join(c, " "))
			continue
		}
		for _, w := range words {
			if flagWord.MatchString(w) && w != "-h" && !p.has(w, c...) {
				p.t.Errorf("%s: unionhall %s has no %s", path, strings.Join(c, " "), w)
			}
		}
	}
}

func TestCommandsAndFlagsExist(t *testing.T) {
	p := build(t)
	seen := 0
	for _, d := range documents(t) {
		for _, line := range d.code {
			rest, ours := strings.CutPrefix(line, "unionhall ")
			if _, after, ok := strings.Cut(line, "./cmd/unionhall "); ok {
				rest, ours = after, true
			}
			switch {
			case ours:
				p.check(d.path, rest)
			case setting.MatchString(line):
				line = "-" + strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(line, "UNIONHALL_"), "_", "-"))
				fallthrough
			case flagWord.MatchString(line) && d.path == "docs/operations.md":
				if !p.has(line, "serve") && line != "-h" {
					t.Errorf("%s: unionhall serve has no %s", d.path, line)
				}
			default:
				continue
			}
			seen++
		}
	}
	if seen < 12 {
		t.Errorf("only %d commands and flags: the search is broken", seen)
	}
}
