// Package arch keeps the shape of the house: who may import whom, and why.
package arch

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/unionhall/unionhall/"

// root is the top of the checkout, seen from this folder.
const root = "../.."

// modules are the rooms of the house. They never import each other.
var modules = []string{"hall", "exchange", "notice", "portal", "intake", "privacy"}

// file is one Go file with what it imports.
type file struct {
	path    string // from the root
	pkg     string // its folder
	test    bool
	imports []string
}

func files(t *testing.T) []file {
	t.Helper()
	var out []file
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		if d.IsDir() {
			if rel == "bench" || rel == "tools" || rel == "tmp" || strings.Contains(rel, "node_modules") || d.Name() == ".git" {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(rel, ".go") {
			return nil
		}
		ast, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		f := file{path: rel, pkg: filepath.ToSlash(filepath.Dir(rel)), test: strings.HasSuffix(rel, "_test.go")}
		for _, i := range ast.Imports {
			p, _ := strconv.Unquote(i.Path.Value)
			f.imports = append(f.imports, p)
		}
		out = append(out, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 50 {
		t.Fatalf("only %d files found: the walk is broken", len(out))
	}
	return out
}

// rule forbids imports. A rule without a reason is only a habit.
type rule struct {
	name   string
	reason string
	from   func(f file) bool
	bad    func(f file, imported string) bool
}

func in(folders ...string) func(string) bool {
	return func(p string) bool {
		for _, f := range folders {
			if p == f || strings.HasPrefix(p, f+"/") {
				return true
			}
		}
		return false
	}
}

func own(imported string) (string, bool) { return strings.CutPrefix(imported, module) }

// moduleOf says in which room a folder lies: "internal/exchange/exchangesql" is in exchange.
func moduleOf(folder string) string {
	rest, ok := strings.CutPrefix(folder, "internal/")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, "/")
	for _, m := range modules {
		if m == name {
			return m
		}
	}
	return ""
}

func isDomain(f file) bool {
	m := moduleOf(f.pkg)
	return m != "" && f.pkg == "internal/"+m
}

var kernel = in("internal/fault", "internal/actor", "internal/clock", "internal/id", "internal/event", "internal/memo")

var rules = []rule{
	{
		name:   "the kernel knows nobody",
		reason: "its words are used everywhere, so whatever it imported would be everywhere",
		from:   func(f file) bool { return kernel(f.pkg) && !f.test },
		bad: func(_ file, i string) bool {
			p, mine := own(i)
			return mine && !kernel(p) || !mine && strings.Contains(i, ".") && i != "github.com/google/uuid"
		},
	},
	{
		name:   "modules never import each other",
		reason: "a room can be understood, replaced and moved to its own process alone; app wires narrow interfaces and events",
		from:   func(f file) bool { return moduleOf(f.pkg) != "" },
		bad: func(f file, i string) bool {
			p, mine := own(i)
			m := moduleOf(p)
			return mine && m != "" && m != moduleOf(f.pkg)
		},
	},
	{
		name:   "domains know neither SQL nor HTTP nor the stream, and nothing of seals",
		reason: "types and policy outlive the engine that keeps them, how it is made unreadable, and the surface that shows them",
		from:   func(f file) bool { return isDomain(f) && !f.test },
		bad: func(_ file, i string) bool {
			p, _ := own(i)
			return i == "database/sql" || i == "net/http" || in("internal/sqldb", "internal/web", "internal/stream", "internal/seal")(p)
		},
	},
	{
		name:   "a module's SQL does not know its pages, and its pages do not know its SQL",
		reason: "pages that query go around the policy in the service",
		from:   func(f file) bool { return moduleOf(f.pkg) != "" && !isDomain(f) && !f.test },
		bad: func(f file, i string) bool {
			p, _ := own(i)
			sql, web := strings.Contains(f.pkg, "sql"), strings.Contains(f.pkg, "web")
			return sql && (strings.Contains(p, "web") || i == "net/http") || web && (strings.HasSuffix(p, "sql") || in("internal/sqldb")(p))
		},
	},
	{
		name:   "matching knows ids, facets and text, and nothing of the hall",
		reason: "the engine is replaced as a whole, and is tested against an oracle without any of it",
		from:   func(f file) bool { return in("internal/match")(f.pkg) && !f.test },
		bad: func(_ file, i string) bool {
			p, mine := own(i)
			return mine && !kernel(p) && !in("internal/match", "internal/lang")(p) || i == "database/sql" || i == "net/http"
		},
	},
	{
		name:   "the platform knows no module",
		reason: "sqldb, stream, blob, seal, web and lang serve every room alike; backup and doctor take the tables as they find them",
		from: func(f file) bool {
			return in("internal/sqldb", "internal/stream", "internal/blob", "internal/seal", "internal/web", "internal/lang", "internal/sheet", "internal/backup", "internal/doctor", "internal/monitor")(f.pkg) && !f.test
		},
		bad: func(_ file, i string) bool {
			p, mine := own(i)
			return mine && (moduleOf(p) != "" || in("internal/app", "internal/demo")(p))
		},
	},
	{
		name:   "only the program imports app",
		reason: "app wires everything; whoever imports it depends on everything",
		from:   func(f file) bool { return !in("cmd", "internal/app", "test", "scripts")(f.pkg) },
		bad: func(_ file, i string) bool {
			p, _ := own(i)
			return in("internal/app")(p)
		},
	},
	{
		name:   "the product is pure Go",
		reason: "one static binary for every machine; what needs cgo must earn it in a decision record",
		from:   func(f file) bool { return !f.test },
		bad:    func(_ file, i string) bool { return i == "C" || i == "github.com/mattn/go-sqlite3" },
	},
}

func TestImports(t *testing.T) {
	all := files(t)
	for _, r := range rules {
		t.Run(strings.ReplaceAll(r.name, " ", "-"), func(t *testing.T) {
			seen := 0
			for _, f := range all {
				if !r.from(f) {
					continue
				}
				seen++
				for _, i := range f.imports {
					if r.bad(f, i) {
						t.Errorf("%s imports %s\n\trule: %s\n\twhy: %s", f.path, i, r.name, r.reason)
					}
				}
			}
			if seen == 0 {
				t.Error("the rule covers no file: it tests nothing")
			}
		})
	}
}
