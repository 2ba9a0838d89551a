package console

import (
	"errors"
	"regexp"
	"strconv"

	"github.com/unionhall/unionhall/internal/fault"
)

// joined makes one Invalid fault of two, each field's fault once.
func joined(errs ...error) error {
	var c fault.Check
	seen := map[string]bool{}
	for _, err := range errs {
		var f *fault.Error
		if err == nil {
			continue
		}
		if !errors.As(err, &f) || f.Code != fault.Invalid {
			return err
		}
		for _, x := range f.Fields {
			if !seen[x.Path] {
				seen[x.Path] = true
				c.Add(x.Path, x.Msg, x.Args...)
			}
		}
	}
	return c.Err()
}

var (
	labelPath = regexp.MustCompile(`^(need|offer)(?:\.fields\[(\d+)\])?\.label$`)
	termPath  = regexp.MustCompile(`^(lists\[\d+\]\.terms)\[(\d+)\]$`)
	afterPath = regexp.MustCompile(`^steps\.follow_ups\[\d+\]$`)
	condPath  = regexp.MustCompile(`^conditions\[\d+\]$`)
)

// placed gives a kind's faults the names of the controls where they are mended.
func placed(f *fault.Error, d draft) *fault.Error {
	var c fault.Check
	seen := map[string]bool{}
	for _, x := range f.Fields {
		path, msg, args := x.Path, x.Msg, x.Args
		if m := labelPath.FindStringSubmatch(path); m != nil {
			path += d.emptyHalf(m[1], m[2])
		} else if m := termPath.FindStringSubmatch(path); m != nil {
			path = m[1]
		} else if afterPath.MatchString(path) {
			path = "steps.follow_ups"
		} else if condPath.MatchString(path) {
			path += ".kind"
		}
		if !seen[path] {
			seen[path] = true
			c.Add(path, msg, args...)
		}
	}
	out := *f
	out.Fields = nil
	var made *fault.Error
	if errors.As(c.Err(), &made) {
		out.Fields = made.Fields
	}
	return &out
}

// emptyHalf says which language of a label is missing.
func (d draft) emptyHalf(form, row string) string {
	f := d.Need
	if form == "offer" {
		f = d.Offer
	}
	label := f.Label
	if row != "" {
		if i, _ := strconv.Atoi(row); i < len(f.Fields) {
			label = f.Fields[i].Label
		}
	}
	if label.ZH == "" {
		return ".zh"
	}
	return ".en"
}
