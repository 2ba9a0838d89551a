package sqldb_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Placeholders are $1, $2 … numbered by first appearance, so that a driver that binds by position and one
// that binds by number agree. The rule is checked on every text in the tree that looks like a statement.

var (
	statement   = regexp.MustCompile(`^\s*(SELECT\s|INSERT\s+INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|WITH\s+(RECURSIVE\s+)?\w+\s*(\(|AS\s))`)
	placeholder = regexp.MustCompile(`\$(\d+)`)
	quoted      = regexp.MustCompile(`'(?:[^']|'')*'`)
	comment     = regexp.MustCompile(`--[^\n]*`)
)

// gap stands for a part of a text that only the running program knows.
const gap = "\x00"

// bareLimit is a placeholder that SQLite's planner looks into: each new value has the statement planned anew, which
// costs more than running it. A sum, LIMIT 0+$1, it leaves alone.
var bareLimit = regexp.MustCompile(`(?i)\b(LIMIT|OFFSET)\s+\$`)

// wrongPlaceholders says what is wrong with a statement's placeholders, or nothing. After a gap the numbers
// may have moved on by any amount, but never back below what was seen and skipped.
func wrongPlaceholders(text string) string {
	text = comment.ReplaceAllString(quoted.ReplaceAllString(text, "''"), "")
	if strings.Contains(text, "?") {
		return "has a ? placeholder (or operator)"
	}
	if bareLimit.MatchString(text) {
		return "has a bare placeholder as its limit: write LIMIT 0+$1"
	}
	highest := 0
	for i, part := range strings.Split(text, gap) {
		first := true
		for _, m := range placeholder.FindAllStringSubmatch(part, -1) {
			n, _ := strconv.Atoi(m[1])
			switch {
			case n == 0:
				return "numbers a placeholder $0"
			case n <= highest: // used again
			case n == highest+1 || i > 0 && first:
				highest, first = n, false
			default:
				return fmt.Sprintf("has $%d where $%d comes next", n, highest+1)
			}
		}
	}
	return ""
}

func TestPlaceholderRule(t *testing.T) {
	for text, ok := range map[string]bool{
		"SELECT 1":          true,
		"SELECT $1, $2, $1": true,
		"SELECT $2, $1":     false,
		"SELECT $1, $3":     false,
		"SELECT ?":          false,
		"SELECT '?', $1":    true,
		"SELECT a FROM b WHERE c IN (" + gap + ") AND d > $7":  true,
		"SELECT a FROM b WHERE c IN (" + gap + ") AND $7 > $9": false,
		"SELECT $1 -- why?":          true,
		"SELECT a FROM b LIMIT $1":   false,
		"SELECT a FROM b LIMIT 0+$1": true,
	} {
		if wrong := wrongPlaceholders(text); (wrong == "") != ok {
			t.Errorf("%q: %q", text, wrong)
		}
	}
}

func TestPlaceholdersAreNumberedByFirstAppearance(t *testing.T) {
	seen := 0
	check := func(where, text string) {
		if !statement.MatchString(text) {
			return
		}
		seen++
		if wrong := wrongPlaceholders(text); wrong != "" {
			t.Errorf("%s: %s: %s", where, wrong, strings.Join(strings.Fields(strings.ReplaceAll(text, gap, "…")), " "))
		}
	}
	walkSources(t, func(path string) {
		if strings.HasSuffix(path, ".sql") {
			checkFile(t, path, check)
			return
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Logf("%s cannot be parsed; the compiler will say more", path)
			return
		}
		consts := constants(file)
		ast.Inspect(file, func(n ast.Node) bool {
			e, ok := n.(ast.Expr)
			if !ok {
				return true
			}
			text, ok := fold(e, consts)
			if ok {
				check(files.Position(e.Pos()).String(), text)
			}
			return !ok // its parts have been looked at as one
		})
	})
	if seen == 0 {
		t.Error("no statement was found: the rule looks in the wrong place")
	}
}

func checkFile(t *testing.T, path string, check func(where, text string)) {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range strings.Split(comment.ReplaceAllString(string(text), ""), ";") {
		check(path, s)
	}
}

// walkSources visits the Go and SQL files of the whole tree, but for this one, whose texts are wrong on
// purpose.
func walkSources(t *testing.T, visit func(path string)) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch name := d.Name(); {
		case err != nil:
			return err
		case d.IsDir() && (name == "node_modules" || name == "testdata" || strings.HasPrefix(name, ".")):
			return filepath.SkipDir
		case name == "lint_test.go" && filepath.Base(filepath.Dir(path)) == "sqldb", d.IsDir():
		case strings.HasSuffix(name, ".go"), strings.HasSuffix(name, ".sql"):
			visit(path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// constants are the file's own text constants, by name.
func constants(file *ast.File) map[string]string {
	out := map[string]string{}
	for range 2 { // a constant may be made of one that comes later
		ast.Inspect(file, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			if !ok || len(v.Names) != len(v.Values) {
				return true
			}
			for i, name := range v.Names {
				if text, ok := fold(v.Values[i], out); ok && !strings.Contains(text, gap) {
					out[name.Name] = text
				}
			}
			return true
		})
	}
	return out
}

// fold joins a text that is written in parts; what it cannot know becomes a gap. It reports false for an
// expression that is not written as a text.
func fold(e ast.Expr, consts map[string]string) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	case *ast.ParenExpr:
		return fold(e.X, consts)
	case *ast.BinaryExpr:
		if e.Op != token.ADD {
			return "", false
		}
		a, okA := foldPart(e.X, consts)
		b, okB := foldPart(e.Y, consts)
		return a + b, okA || okB
	}
	return "", false
}

func foldPart(e ast.Expr, consts map[string]string) (string, bool) {
	if text, ok := fold(e, consts); ok {
		return text, true
	}
	if id, ok := e.(*ast.Ident); ok {
		if text, ok := consts[id.Name]; ok {
			return text, true
		}
	}
	return gap, false
}
