package main

import (
	"bytes"
	"os"

	"github.com/unionhall/unionhall/bench/report"
)

const sizesHead = `# Sizing

Written by ` + "`scripts/sizing.sh`" + ` (` + "`make sizing`" + `) from a run of the sizing benchmark; not by hand. The load comes from the same machine and shares its processors with the hall, so that
a machine of its own answers more. Measure on yours before you buy.

`

// sizes writes docs/sizing.md from the output of the sizing benchmark.
func sizes(path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var doc bytes.Buffer
	doc.WriteString(sizesHead)
	if err := report.Sizes(&doc, bytes.NewReader(b)); err != nil {
		return err
	}
	doc.WriteString("\n")
	if err := report.Markdown(&doc, "Every figure", bytes.NewReader(b)); err != nil {
		return err
	}
	_, err = os.Stdout.Write(doc.Bytes())
	return err
}
