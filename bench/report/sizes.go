package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// size is one hall that was measured: an engine, its members, and its figures by name.
type size struct {
	engine  string
	members int
	figures map[string]float64
}

// Sizes turns the output of the sizing benchmark into what an operator looks up: a table of what was measured, and one
// of what follows from it for larger halls. A size of which a figure is missing is an error.
func Sizes(w io.Writer, output io.Reader) error {
	cores, all, err := sizesIn(output)
	if err != nil {
		return err
	}
	fmt.Fprint(w, "| engine | members | cases | cores | disk | memory at rest | memory under load | requests/s measured | 99 of 100 within | start | backup | its size |\n"+
		"|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n")
	for _, s := range all {
		v, err := s.have("cases", "disk", "memory-at-rest", "memory-under-load", "rate", "p99", "start", "backup", "backup-size")
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "| %s | %d | %.0f | %s | %s | %s | %s | %.0f | %s | %s | %s | %s |\n", s.engine, s.members, v[0], cores, room(v[1]), room(v[2]), room(v[3]), v[4],
			number(v[5])+" ms", number(v[6])+" s", number(v[7])+" s", room(v[8]))
	}
	return further(w, all)
}

// further says what follows for halls three and ten times as large as the largest of each engine.
func further(w io.Writer, all []size) error {
	fmt.Fprint(w, "\nExtrapolated, **not measured**: disk from the bytes that each further member and case took; memory at rest along the line through the two largest halls.\n\n"+
		"| engine | members | cases | disk | memory at rest |\n|---|---:|---:|---:|---:|\n")
	for i, s := range all {
		if i == 0 || all[i-1].engine != s.engine || i+1 < len(all) && all[i+1].engine == s.engine {
			continue
		}
		v, err := s.have("cases", "disk", "disk-per-member", "disk-per-case", "memory-at-rest")
		if err != nil {
			return err
		}
		before, err := all[i-1].have("memory-at-rest")
		if err != nil {
			return err
		}
		slope := max(0, (v[4]-before[0])/float64(s.members-all[i-1].members))
		for _, times := range []float64{3, 10} {
			more, moreCases := float64(s.members)*(times-1), v[0]*(times-1)
			fmt.Fprintf(w, "| %s | %.0f | %.0f | %s | %s |\n", s.engine, float64(s.members)*times, v[0]*times,
				room(v[1]+(more*v[2]+moreCases*v[3])/1e6), room(v[4]+slope*more))
		}
	}
	return nil
}

func (s size) have(names ...string) (out []float64, err error) {
	for _, n := range names {
		v, ok := s.figures[n]
		if !ok {
			return nil, fmt.Errorf("%s with %d members has no %s", s.engine, s.members, n)
		}
		out = append(out, v)
	}
	return out, nil
}

// room says MB as people do.
func room(mb float64) string {
	if mb >= 1000 {
		return strconv.FormatFloat(mb/1000, 'f', 1, 64) + " GB"
	}
	return strconv.FormatFloat(mb, 'f', 0, 64) + " MB"
}

// sizesIn reads engine/members/figure lines, in the order in which they stand, and how many processors there were.
func sizesIn(output io.Reader) (cores string, all []size, err error) {
	in := bufio.NewScanner(output)
	for in.Scan() {
		line := in.Text()
		if rest, ok := strings.CutPrefix(line, "# machine: "); ok {
			if before, _, ok := strings.Cut(rest, " processors"); ok {
				cores = before[strings.LastIndex(before, " ")+1:]
			}
		}
		cells := strings.Split(line, "\t")
		name := strings.Split(cells[0], "/")
		if strings.HasPrefix(line, "#") || len(cells) != 5 || len(name) != 3 {
			continue
		}
		members, err := strconv.Atoi(name[1])
		if err != nil {
			return "", nil, fmt.Errorf("not a size: %q", line)
		}
		value, err := strconv.ParseFloat(cells[1], 64)
		if err != nil {
			return "", nil, fmt.Errorf("not a figure: %q: %w", line, err)
		}
		i := slices.IndexFunc(all, func(s size) bool { return s.engine == name[0] && s.members == members })
		if i < 0 {
			all, i = append(all, size{name[0], members, map[string]float64{}}), len(all)
		}
		all[i].figures[name[2]] = value
	}
	if len(all) == 0 || cores == "" {
		return "", nil, fmt.Errorf("no sizes, or no machine")
	}
	return cores, all, in.Err()
}
