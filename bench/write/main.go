// Command write turns the outputs of benchmarks, one file each in the folder given, into docs/benchmarks.md, where those
// that were not run keep their sections, and that of the sizing benchmark into docs/sizing.md.
package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/unionhall/unionhall/bench/report"
)

const head = `# Benchmarks

Written by ` + "`scripts/benchmarks.sh`" + ` from the output of the benchmarks; not by hand. Figures are medians of rounds, with the least and the most. Ratios are ours
over the peer's, of the same run.

`

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench write:", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) == 3 && os.Args[1] == "sizes" {
		return sizes(os.Args[2])
	}
	if len(os.Args) != 3 {
		return fmt.Errorf("usage: write FOLDER DOCUMENT, or write sizes FILE")
	}
	files, err := filepath.Glob(filepath.Join(os.Args[1], "*"))
	if err != nil {
		return err
	}
	before, err := os.ReadFile(os.Args[2])
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	sections := report.Sections(string(before))
	for _, f := range files {
		if filepath.Ext(f) != "" {
			continue // the document itself
		}
		b, err := os.ReadFile(f)
		if err != nil {
			return err
		}
		var section bytes.Buffer
		title := "make bench-" + filepath.Base(f)
		if err := report.Markdown(&section, title, bytes.NewReader(b)); err != nil {
			return err
		}
		sections[title] = section.String()
	}
	doc := head
	for _, title := range slices.Sorted(maps.Keys(sections)) {
		doc += strings.TrimRight(sections[title], "\n") + "\n\n"
	}
	_, err = os.Stdout.WriteString(strings.TrimRight(doc, "\n") + "\n")
	return err
}
