// Package report is the form in which every benchmark prints its figures, and the way from there to a document.
package report

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// Figure is one line: the median of several rounds with the least and the most.
type Figure struct {
	Name     string
	Value    float64
	Unit     string
	Min, Max float64
}

// Of makes a figure of rounds; there is at least one.
func Of(name, unit string, rounds []float64) Figure {
	s := slices.Sorted(slices.Values(rounds))
	n := len(s)
	return Figure{name, (s[(n-1)/2] + s[n/2]) / 2, unit, s[0], s[n-1]}
}

// Print writes name, value, unit, min, max with tabs between.
func (f Figure) Print(w io.Writer) {
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", f.Name, number(f.Value), f.Unit, number(f.Min), number(f.Max))
}

// Ratio prints ours over the peer's, both of the same run.
func Ratio(w io.Writer, name string, ours, peer Figure) {
	fmt.Fprintf(w, "ratio/%s\t%s\tx\n", name, number(ours.Value/peer.Value))
}

func number(x float64) string { return strconv.FormatFloat(x, 'g', 4, 64) }

// Machine prints what it runs on, each line behind '#'.
func Machine(w io.Writer, more ...string) {
	cpu := first("/proc/cpuinfo", "model name")
	mem := first("/proc/meminfo", "MemTotal")
	kernel, _ := exec.Command("uname", "-sr").Output()
	fmt.Fprintf(w, "# machine: %s, %d processors, memory %s, %s\n", cpu, runtime.NumCPU(), mem, strings.TrimSpace(string(kernel)))
	fmt.Fprintf(w, "# %s\n", runtime.Version())
	for _, m := range more {
		fmt.Fprintf(w, "# %s\n", m)
	}
}

// first gives what stands behind the key's colon in a file of the kernel.
func first(path, key string) string {
	f, err := os.Open(path)
	if err != nil {
		return "unknown"
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if k, v, ok := strings.Cut(s.Text(), ":"); ok && strings.TrimSpace(k) == key {
			return strings.TrimSpace(v)
		}
	}
	return "unknown"
}

// Sections takes a document of such sections apart, by their titles.
func Sections(doc string) map[string]string {
	out := map[string]string{}
	for _, part := range strings.Split("\n"+doc, "\n## ")[1:] {
		title, _, _ := strings.Cut(part, "\n")
		out[title] = "## " + part
	}
	return out
}

// Markdown turns the output of a benchmark into a section: the remarks, then a table. A line that is neither remark
// nor figure is an error, so that a failed run never becomes a document.
func Markdown(w io.Writer, title string, output io.Reader) error {
	fmt.Fprintf(w, "## %s\n\n", title)
	var rows []string
	for s := bufio.NewScanner(output); s.Scan(); {
		line := s.Text()
		if remark, ok := strings.CutPrefix(line, "# "); ok {
			fmt.Fprintf(w, "- %s\n", remark)
			continue
		}
		cells := strings.Split(line, "\t")
		if len(cells) != 5 && !(len(cells) == 3 && strings.HasPrefix(line, "ratio/")) {
			return fmt.Errorf("not a figure: %q", line)
		}
		if _, err := strconv.ParseFloat(cells[1], 64); err != nil {
			return fmt.Errorf("not a figure: %q: %w", line, err)
		}
		for len(cells) < 5 {
			cells = append(cells, "")
		}
		rows = append(rows, "| "+strings.Join(cells, " | ")+" |")
	}
	if len(rows) == 0 {
		return fmt.Errorf("%s: no figures", title)
	}
	fmt.Fprint(w, "\n| figure | median | unit | min | max |\n|---|---:|---|---:|---:|\n")
	_, err := fmt.Fprintln(w, strings.Join(rows, "\n"))
	return err
}
