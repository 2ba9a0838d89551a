package docs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// The examples for docker compose can be read, and name no volume and no service that is not there.
func TestComposeExamples(t *testing.T) {
	found, err := filepath.Glob(filepath.Join(root, "deploy", "compose*.yaml"))
	if err != nil || len(found) < 2 {
		t.Fatal(found, err)
	}
	for _, path := range found {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var c struct {
			Services map[string]struct {
				Depends yaml.Node `yaml:"depends_on"`
				Volumes []string
			}
			Volumes map[string]any
		}
		if err := yaml.Unmarshal(b, &c); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		for name, s := range c.Services {
			for _, v := range s.Volumes {
				if _, ok := c.Volumes[strings.Split(v, ":")[0]]; !ok {
					t.Errorf("%s: %s mounts %s, which is no volume", path, name, v)
				}
			}
			for _, other := range names(t, s.Depends) {
				if _, ok := c.Services[other]; !ok {
					t.Errorf("%s: %s depends on %s, which is no service", path, name, other)
				}
			}
		}
	}
}

// names reads a list, or the keys of a table.
func names(t *testing.T, n yaml.Node) (out []string) {
	t.Helper()
	if n.Kind == yaml.SequenceNode {
		if err := n.Decode(&out); err != nil {
			t.Error(err)
		}
		return out
	}
	var table map[string]any
	if err := n.Decode(&table); n.Kind != 0 && err != nil {
		t.Error(err)
	}
	for name := range table {
		out = append(out, name)
	}
	return out
}
