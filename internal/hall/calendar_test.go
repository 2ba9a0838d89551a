package hall

import (
	"errors"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
)

func TestCalendarBetween(t *testing.T) {
	zone := time.FixedZone("CST", 8*3600)
	at := func(day, h, m int) time.Time { return time.Date(2026, 3, day, h, m, 0, 0, zone) } // 2 March is a Monday
	cal := Calendar{
		Weekly:   []Slot{{time.Monday, 9 * 60, 12 * 60}, {time.Monday, 14 * 60, 17 * 60}, {time.Saturday, 0, 24 * 60}},
		Absences: []Absence{{From: "2026-03-07", To: "2026-03-09"}},
	}
	got := cal.Between(at(2, 10, 30), at(17, 0, 0))
	want := []Free{
		{at(2, 10, 30), at(2, 12, 0)}, {at(2, 14, 0), at(2, 17, 0)}, // 7 to 9 March away
		{at(14, 0, 0), at(15, 0, 0)}, {at(16, 9, 0), at(16, 12, 0)}, {at(16, 14, 0), at(16, 17, 0)},
	}
	if len(got) != len(want) {
		t.Fatalf("%v", got)
	}
	for i := range got {
		if !got[i].From.Equal(want[i].From) || !got[i].To.Equal(want[i].To) {
			t.Errorf("%v, want %v", got[i], want[i])
		}
	}
	if cal.FreeWithin(at(3, 0, 0), at(14, 0, 0)) || !cal.FreeWithin(at(3, 0, 0), at(14, 0, 1)) {
		t.Error("free within")
	}
}

func TestCalendarCheck(t *testing.T) {
	for name, c := range map[string]struct {
		cal Calendar
		msg string
	}{
		"fine":       {Calendar{Weekly: []Slot{{1, 540, 720}, {1, 720, 800}}, Absences: []Absence{{From: "2026-02-01", To: "2026-02-01"}}}, ""},
		"backwards":  {Calendar{Weekly: []Slot{{1, 720, 540}}}, "hall.fault.slot"},
		"no such":    {Calendar{Weekly: []Slot{{7, 540, 720}}}, "hall.fault.slot"},
		"overlap":    {Calendar{Weekly: []Slot{{1, 700, 800}, {1, 540, 720}}}, "hall.fault.slot-overlap"},
		"bad day":    {Calendar{Absences: []Absence{{From: "2026-02-30", To: "2026-03-01"}}}, "hall.fault.absence"},
		"wrong way":  {Calendar{Absences: []Absence{{From: "2026-03-02", To: "2026-03-01"}}}, "hall.fault.absence"},
		"many slots": {Calendar{Weekly: manySlots(29)}, "hall.fault.many"},
	} {
		var check fault.Check
		c.cal.check(&check)
		var f *fault.Error
		got := ""
		if errors.As(check.Err(), &f) {
			got = f.Fields[0].Msg
		}
		if got != c.msg {
			t.Errorf("%s: %q, want %q", name, got, c.msg)
		}
	}
}

func manySlots(n int) (out []Slot) {
	for i := range n {
		out = append(out, Slot{time.Weekday(i % 7), i / 7 * 60, i/7*60 + 30})
	}
	return out
}
