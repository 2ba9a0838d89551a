package docs

import (
	"bufio"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// security is the page that answers ASVS.
const security = "docs/asvs.md"

// answers are those that a requirement can have, in the order of the totals.
var answers = []string{"yes", "partly", "no", "not applicable"}

// requirement is one line of the page's tables.
type requirement struct {
	number, asked, answer, why string
	chapter                    int // of the heading above it
}

var (
	chapterOf = regexp.MustCompile(`^## ([0-9]+)\. `)
	numbered  = regexp.MustCompile(`^([0-9]+)\.([0-9]+)\.([0-9]+)$`)
	totals    = regexp.MustCompile(`^(?:([0-9]+)\. .*|\*\*all ([0-9]+)\*\*)$`)
	namedTest = regexp.MustCompile("`([a-z0-9/]+)\\.((?:Test|Fuzz)[A-Za-z0-9]+)`")
)

// requirements are the lines of the page, and totals what stands above them: by chapter, and 0 for all.
func requirements(t *testing.T) (rows []requirement, said map[int][]int) {
	t.Helper()
	said = map[int][]int{}
	chapter := 0
	lines := bufio.NewScanner(strings.NewReader(read(t, security).text))
	for lines.Scan() {
		if m := chapterOf.FindStringSubmatch(lines.Text()); m != nil {
			chapter, _ = strconv.Atoi(m[1])
			continue
		}
		if strings.HasPrefix(lines.Text(), "## ") {
			chapter = -1
		}
		cells := strings.Split(strings.Trim(lines.Text(), "| "), " | ")
		switch {
		case !strings.HasPrefix(lines.Text(), "| ") || chapter < 0:
		case chapter > 0 && cells[0] != "no.":
			if len(cells) != 4 {
				t.Errorf("%d cells in %q", len(cells), lines.Text())
				continue
			}
			rows = append(rows, requirement{cells[0], cells[1], cells[2], cells[3], chapter})
		case chapter == 0:
			if m := totals.FindStringSubmatch(cells[0]); m != nil {
				n, _ := strconv.Atoi(m[1])
				for _, c := range cells[1:] {
					v, err := strconv.Atoi(strings.Trim(c, "*"))
					if err != nil {
						t.Errorf("a total is %q", c)
					}
					said[n] = append(said[n], v)
				}
				if m[2] != "" {
					all, _ := strconv.Atoi(m[2])
					said[-1] = []int{all}
				}
			}
		}
	}
	return rows, said
}

func TestEachRequirementIsAnsweredOnce(t *testing.T) {
	rows, said := requirements(t)
	counted := map[int][]int{0: make([]int, len(answers)), -1: {len(rows)}}
	last := ""
	for _, r := range rows {
		m := numbered.FindStringSubmatch(r.number)
		if m == nil || m[1] != strconv.Itoa(r.chapter) {
			t.Errorf("%q is no requirement of chapter %d", r.number, r.chapter)
			continue
		}
		key := ""
		for _, part := range m[1:] {
			key += fmt.Sprintf("%03s.", part)
		}
		if key <= last {
			t.Errorf("%s stands twice, or below one that comes after it", r.number)
		}
		last = key
		n := slices.Index(answers, r.answer)
		if n < 0 || r.asked == "" || r.why == "" {
			t.Errorf("%s: %q is asked, the answer is %q, because %q", r.number, r.asked, r.answer, r.why)
			continue
		}
		if counted[r.chapter] == nil {
			counted[r.chapter] = make([]int, len(answers))
		}
		counted[r.chapter][n]++
		counted[0][n]++
		if r.answer == "yes" && !namedTest.MatchString(r.why) {
			t.Errorf("%s: yes, and no test that shows it", r.number)
		}
	}
	if len(rows) != 253 { // 70 of level 1 and 183 of level 2
		t.Errorf("%d requirements", len(rows))
	}
	for n := -1; n <= 17; n++ {
		if !slices.Equal(said[n], counted[n]) {
			t.Errorf("chapter %d: the page says %v, and %v are right (0 is all, -1 their number)", n, said[n], counted[n])
		}
	}
}

// tests are the tests of the project, by the folder of their package.
func tests(t *testing.T) map[string]map[string]bool {
	t.Helper()
	out := map[string]map[string]bool{}
	err := filepath.WalkDir(root, func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() && (e.Name() == "testdata" || e.Name() == "node_modules" || e.Name() == ".git") {
			return skip(err)
		}
		if e.IsDir() || !strings.HasSuffix(p, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, filepath.Dir(p))
		if err != nil {
			return err
		}
		folder := filepath.ToSlash(rel)
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && (strings.HasPrefix(f.Name.Name, "Test") || strings.HasPrefix(f.Name.Name, "Fuzz")) {
				if out[folder] == nil {
					out[folder] = map[string]bool{}
				}
				out[folder][f.Name.Name] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 30 {
		t.Fatalf("only %d packages with tests: the search is broken", len(out))
	}
	return out
}

func skip(err error) error {
	if err != nil {
		return err
	}
	return fs.SkipDir
}

func TestTestsThatAreNamedExist(t *testing.T) {
	known := tests(t)
	rows, _ := requirements(t)
	seen := 0
	for _, r := range rows {
		for _, m := range namedTest.FindAllStringSubmatch(r.why, -1) {
			seen++
			var in []string
			for folder := range known {
				if strings.HasSuffix("/"+folder, "/"+m[1]) {
					in = append(in, folder)
				}
			}
			switch {
			case len(in) != 1:
				t.Errorf("%s: %s is the name of %d packages: %v", r.number, m[1], len(in), in)
			case !known[in[0]][m[2]]:
				t.Errorf("%s: there is no %s in %s", r.number, m[2], in[0])
			}
		}
	}
	if seen < 150 {
		t.Errorf("only %d tests are named: the search is broken", seen)
	}
}

// What the table says of the test run, of the image and of the example of a deployment.
func TestTheRunAndTheImageHoldToTheTable(t *testing.T) {
	text := func(name string) string {
		b, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for name, wants := range map[string][]string{
		"scripts/test.sh":   {"go vet ./...", "staticcheck ./...", "govulncheck ./...", "go test -race", "CGO_ENABLED=0 go build"},
		"deploy/Dockerfile": {"CGO_ENABLED=0 go build", "distroless/static", ":nonroot"},
	} {
		for _, want := range wants {
			if !strings.Contains(text(name), want) {
				t.Errorf("%s has no %q", name, want)
			}
		}
	}
	_, image, _ := strings.Cut(text("deploy/Dockerfile"), "\nFROM gcr.io/")
	for line := range strings.Lines(image) {
		if strings.HasPrefix(line, "COPY ") && !strings.Contains(line, "--from=build") || strings.HasPrefix(line, "ADD ") {
			t.Errorf("the image holds more than what was built: %s", line)
		}
	}
	for line := range strings.Lines(text("deploy/compose.yaml")) {
		if strings.Contains(line, "PASSWORD") && !strings.HasPrefix(line, "#") && !strings.Contains(line, "${POSTGRES_PASSWORD:?") {
			t.Errorf("a password from the factory: %s", line)
		}
	}
}
