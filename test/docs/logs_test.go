package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// The log has one way out: the program makes it, on standard error, and hands it to all the rest.
func TestTheLogGoesToStandardErrorOnly(t *testing.T) {
	made := 0
	for _, top := range []string{"internal", "cmd"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(p string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") || strings.HasSuffix(filepath.Dir(p), "test") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				switch name(call.Fun) {
				case "slog.NewTextHandler", "slog.NewJSONHandler":
					made++
					if to := name(call.Args[0]); to != "os.Stderr" {
						t.Errorf("%s: a log goes to %s", p, to)
					}
				case "log.SetOutput", "log.New":
					t.Errorf("%s makes a log of its own", p)
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if made < 2 {
		t.Errorf("only %d logs: the search is broken", made)
	}
}

// name is what an expression like os.Stderr is called.
func name(e ast.Expr) string {
	if s, ok := e.(*ast.SelectorExpr); ok {
		if x, ok := s.X.(*ast.Ident); ok {
			return x.Name + "." + s.Sel.Name
		}
	}
	return ""
}
