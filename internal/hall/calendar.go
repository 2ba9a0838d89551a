package hall

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
)

// Calendar says when a master is free: the same slots every week, less the absences.
type Calendar struct {
	Weekly   []Slot    `json:"weekly"`
	Absences []Absence `json:"absences"`
}

// Slot is a span of one weekday in minutes from midnight: [From, To).
type Slot struct {
	Weekday time.Weekday `json:"weekday"` // 0 is Sunday
	From    int          `json:"from"`
	To      int          `json:"to"`
}

// Absence is a run of days, both included, on which the master is away.
type Absence struct {
	From   string `json:"from"` // "2026-01-31", so that order of text is order of time
	To     string `json:"to"`
	Reason string `json:"reason,omitempty"`
}

// Free is a span of real time: [From, To).
type Free struct{ From, To time.Time }

const dayForm = "2006-01-02"

var tradeForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

const (
	maxSlots    = 28
	maxAbsences = 40
)

func (cal *Calendar) check(c *fault.Check) {
	c.That(len(cal.Weekly) <= maxSlots, "weekly", "hall.fault.many", "max", maxSlots)
	for _, s := range cal.Weekly {
		ok := s.Weekday >= time.Sunday && s.Weekday <= time.Saturday && s.From >= 0 && s.From < s.To && s.To <= 24*60
		if !c.That(ok, "weekly", "hall.fault.slot") {
			break
		}
	}
	slices.SortFunc(cal.Weekly, func(a, b Slot) int {
		if a.Weekday != b.Weekday {
			return int(a.Weekday) - int(b.Weekday)
		}
		return a.From - b.From
	})
	for i := 1; i < len(cal.Weekly); i++ {
		a, b := cal.Weekly[i-1], cal.Weekly[i]
		if !c.That(a.Weekday != b.Weekday || a.To <= b.From, "weekly", "hall.fault.slot-overlap") {
			break
		}
	}
	c.That(len(cal.Absences) <= maxAbsences, "absences", "hall.fault.many", "max", maxAbsences)
	for i := range cal.Absences {
		a := &cal.Absences[i]
		a.Reason = strings.TrimSpace(a.Reason)
		checkLength(c, "absences", a.Reason, 60)
		if !c.That(validDay(a.From) && validDay(a.To) && a.From <= a.To, "absences", "hall.fault.absence") {
			break
		}
	}
	slices.SortFunc(cal.Absences, func(a, b Absence) int { return strings.Compare(a.From+a.To, b.From+b.To) })
}

func validDay(s string) bool {
	_, err := time.Parse(dayForm, s)
	return err == nil
}

// Away reports whether the day (year, month, day of t in its own zone) falls into an absence.
func (cal Calendar) Away(t time.Time) bool {
	day := t.Format(dayForm)
	return slices.ContainsFunc(cal.Absences, func(a Absence) bool { return a.From <= day && day <= a.To })
}

// Between lists the free spans that touch [from, to), in order, cut to it. Days are those of from's zone.
func (cal Calendar) Between(from, to time.Time) []Free {
	var out []Free
	for day := time.Date(from.Year(), from.Month(), from.Day(), 0, 0, 0, 0, from.Location()); day.Before(to); day = day.AddDate(0, 0, 1) {
		if cal.Away(day) {
			continue
		}
		for _, s := range cal.Weekly {
			if s.Weekday != day.Weekday() {
				continue
			}
			f := Free{From: later(minute(day, s.From), from), To: earlier(minute(day, s.To), to)}
			if f.From.Before(f.To) {
				out = append(out, f)
			}
		}
	}
	return out
}

// FreeWithin reports whether there is any free time in [from, to).
func (cal Calendar) FreeWithin(from, to time.Time) bool { return len(cal.Between(from, to)) > 0 }

// minute is the clock time on the day, which a change to summer time does not shift.
func minute(day time.Time, m int) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), m/60, m%60, 0, 0, day.Location())
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
