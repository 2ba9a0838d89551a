// Command write turns the outputs of benchmarks, one file each in the folder given, into docs/benchmarks.md, and that of
// the sizing benchmark into docs/sizing.md.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

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
	if len(os.Args) != 2 {
		return fmt.Errorf("usage: write FOLDER, or write sizes FILE")
	}
	files, err := filepath.Glob(filepath.Join(os.Args[1], "*"))
	if err != nil {
		return err
	}
	var doc bytes.Buffer
	doc.WriteString(head)
	for _, f := range files {
		if filepath.Ext(f) != "" {
			continue // the document itself
		}
		b, err := os.ReadFile(f)
		if err != nil {
			return err
		}
		if err := report.Markdown(&doc, "make bench-"+filepath.Base(f), bytes.NewReader(b)); err != nil {
			return err
		}
	}
	_, err = os.Stdout.Write(doc.Bytes())
	return err
}
