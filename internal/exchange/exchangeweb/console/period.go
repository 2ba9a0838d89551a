package console

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/width"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/lang"
)

// The presets of a period. A preset moves with the calendar; days that were given stay.
const (
	thisMonth   = "month"
	thisQuarter = "quarter"
	thisYear    = "year"
	allTime     = "all"
)

var presets = []string{thisMonth, thisQuarter, thisYear, allTime}

// period is a stretch of whole days in the readers' zone.
type period struct {
	Preset string // "" for days that were given
	From   string // 2006-01-02, or as typed when it is no date
	To     string // the last day, included
	since  time.Time
	until  time.Time // the start of the day after the last; zero is open
}

// periodOf reads period, from and to. Wrong days are an Invalid fault for from and to, with the period as typed.
func periodOf(q url.Values, now time.Time, otherwise string) (period, error) {
	preset, from, to := q.Get("period"), strings.TrimSpace(q.Get("from")), strings.TrimSpace(q.Get("to"))
	if from == "" && to == "" {
		if start, ok := presetStart(preset, now); ok {
			return upTo(preset, start), nil
		}
		start, _ := presetStart(otherwise, now)
		return upTo(otherwise, start), nil
	}
	p := period{From: from, To: to}
	var c fault.Check
	p.since, p.From = day(&c, "from", from)
	last, to := day(&c, "to", to)
	p.To = to
	if !last.IsZero() {
		p.until = last.AddDate(0, 0, 1)
		c.That(p.since.IsZero() || !last.Before(p.since), "to", "console.period.order")
	}
	return p, c.Err()
}

// presetStart is when a preset begins; all of time has no begin.
func presetStart(preset string, now time.Time) (time.Time, bool) {
	n := now.In(lang.Zone)
	switch preset {
	case thisMonth:
		return monthOf(n), true
	case thisQuarter:
		return time.Date(n.Year(), (n.Month()-1)/3*3+1, 1, 0, 0, 0, 0, lang.Zone), true
	case thisYear:
		return time.Date(n.Year(), 1, 1, 0, 0, 0, 0, lang.Zone), true
	case allTime:
		return time.Time{}, true
	}
	return time.Time{}, false
}

// upTo is a period that has begun and goes on.
func upTo(preset string, start time.Time) period {
	p := period{Preset: preset, since: start}
	if !start.IsZero() {
		p.From = start.Format(time.DateOnly)
	}
	return p
}

func monthOf(t time.Time) time.Time {
	t = t.In(lang.Zone)
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, lang.Zone)
}

var dayForm = regexp.MustCompile(`^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$`)

// day reads a date as browsers send it and as people type it, and gives it back in one form; what is no date is
// noted and given back as typed.
func day(c *fault.Check, name, typed string) (time.Time, string) {
	if typed == "" {
		return time.Time{}, ""
	}
	m := dayForm.FindStringSubmatch(strings.ReplaceAll(width.Narrow.String(typed), " ", ""))
	if m == nil {
		c.Add(name, "console.period.date", "text", typed)
		return time.Time{}, typed
	}
	y, _ := strconv.Atoi(m[1])
	mo, _ := strconv.Atoi(m[2])
	d, _ := strconv.Atoi(m[3])
	t := time.Date(y, time.Month(mo), d, 0, 0, 0, 0, lang.Zone)
	if !c.That(t.Year() == y && int(t.Month()) == mo && t.Day() == d && y >= 2000 && y < 2100, name, "console.period.date", "text", typed) {
		return time.Time{}, typed
	}
	return t, t.Format(time.DateOnly)
}

// put writes the period as the days it now covers, so that what the address shows stays what was counted.
func (p period) put(q url.Values) {
	q.Set("from", p.From)
	q.Set("to", p.To)
	if p.From == "" && p.To == "" {
		q.Set("period", p.Preset)
	}
}

// months are the months that a chart of the period shows: its own, but never fewer than a year of them and never
// more than three.
func (p period) months(now time.Time) []time.Time {
	last := monthOf(now)
	if !p.until.IsZero() {
		if m := monthOf(p.until.Add(-time.Second)); m.Before(last) {
			last = m
		}
	}
	count := 12
	if p.since.IsZero() {
		count = 24
	} else if first := monthOf(p.since); first.Before(last) {
		count = max(count, 12*(last.Year()-first.Year())+int(last.Month()-first.Month())+1)
	}
	count = min(count, 36)
	out := make([]time.Time, count)
	for i := range out {
		out[i] = last.AddDate(0, i-count+1, 0)
	}
	return out
}

// before is the same stretch of the period before: this month up to today against last month up to the same day.
func before(preset string, now time.Time) period {
	start, _ := presetStart(preset, now)
	today := now.In(lang.Zone)
	back := func(t time.Time) time.Time { return lastDayFits(t, 0, -1) }
	if preset == thisYear {
		back = func(t time.Time) time.Time { return lastDayFits(t, -1, 0) }
	}
	p := upTo("", back(start))
	end := back(time.Date(today.Year(), today.Month(), today.Day(), 0, 0, 0, 0, lang.Zone))
	p.To, p.until = end.Format(time.DateOnly), end.AddDate(0, 0, 1)
	return p
}

// lastDayFits moves t by years and months, to the last day of a month that is too short for its day.
func lastDayFits(t time.Time, years, months int) time.Time {
	first := time.Date(t.Year()+years, t.Month()+time.Month(months), 1, 0, 0, 0, 0, lang.Zone)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}
