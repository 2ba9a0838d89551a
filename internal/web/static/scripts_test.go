package static

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// What people typed goes into a page as text: the project's own scripts have no way to make markup or code of a string,
// and keep nothing under names that others give in an object, whose own words such a name could be.
func TestScriptsPutTextInAsText(t *testing.T) {
	dangerous := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|document\.write|\beval\(|new Function|javascript:|__proto__|[=:] \{\};`)
	seen := 0
	for _, pattern := range []string{"../../../assets/js/*.js", "../../*/*web/*.js", "../../*/*web/*/*.js"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			seen++
			if m := dangerous.Find(b); m != nil {
				t.Errorf("%s uses %s", path, m)
			}
		}
	}
	if seen < 2 {
		t.Errorf("only %d scripts: the search is broken", seen)
	}
}
