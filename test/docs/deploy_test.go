package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	called = regexp.MustCompile(`(?:/usr/local/bin/unionhall|unionhall|\bhall) ([a-z][a-z-]+ --[^|&"\n]*)`)
	set    = regexp.MustCompile(`\bUNIONHALL_[A-Z_]+\b`)
	listed = regexp.MustCompile(`CMD \["([^]]*)"\]`)
)

// What the files under deploy/ call and set is what the program knows.
func TestDeploymentsUseWhatExists(t *testing.T) {
	p := build(t)
	found, err := filepath.Glob(filepath.Join(root, "deploy", "*"))
	if err != nil {
		t.Fatal(err)
	}
	calls, settings := 0, 0
	for _, path := range found {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := "deploy/" + filepath.Base(path)
		text := strings.NewReplacer("\\\n#", "", "\\\n", "").Replace(string(b))
		lines := called.FindAllStringSubmatch(text, -1)
		for _, m := range listed.FindAllStringSubmatch(text, -1) {
			lines = append(lines, []string{"", strings.ReplaceAll(m[1], `", "`, " ")})
		}
		for _, m := range lines {
			calls++
			p.check(name, m[1])
		}
		for _, s := range set.FindAllString(text, -1) {
			settings++
			flag := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(s, "UNIONHALL_"), "_", "-"))
			if !p.has(flag, "serve") {
				t.Errorf("%s: unionhall serve has no --%s, which %s would set", name, flag, s)
			}
		}
	}
	if calls < 5 || settings < 5 {
		t.Errorf("only %d calls and %d settings: the search is broken", calls, settings)
	}
}

// Whoever is woken by an alert finds it in the operators' page.
func TestAlertsAreDocumented(t *testing.T) {
	rules, err := os.ReadFile(filepath.Join(root, "deploy", "alerts.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`alert: (\w+)`).FindAllStringSubmatch(string(rules), -1)
	if len(names) < 5 {
		t.Fatalf("only %d alerts: the search is broken", len(names))
	}
	for _, m := range names {
		if !strings.Contains(string(page), "`"+m[1]+"`") {
			t.Errorf("docs/operations.md does not name %s", m[1])
		}
	}
	for _, part := range []string{"summary:", "action:", "severity:"} {
		if n := strings.Count(string(rules), part); n != len(names) {
			t.Errorf("%d of %d alerts have a %s", n, len(names), part)
		}
	}
}
