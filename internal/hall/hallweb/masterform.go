package hallweb

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/ui"
)

// masterForm is a master's entry as typed, for showing it again.
type masterForm struct {
	Union       hall.Union // the console's form only, with the fields of the next line
	Name, Phone string
	Title       string
	Honours     []honourRow
	Craft       []string
	Bio, City   string
	Lat, Lng    string
	Reach       string // km
	MaxLoad     string
	Paused      bool
	Week        []dayRow
	Absences    []hall.Absence
}

type honourRow struct{ Name, Year string }

type dayRow struct {
	Day   time.Weekday
	Spans []spanRow
}

type spanRow struct{ From, To string }

// week is in the order in which people write it here.
var week = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}

const (
	spansAday   = 2 // offered for each day; more are kept when there are more
	moreRows    = 2 // empty rows behind the ones there are
	craftsFirst = 3
)

// blankMaster is the form for somebody new.
func blankMaster() masterForm { return masterFormOf(hall.UsualMaster()).padded() }

func masterFormOf(m hall.Master) masterForm {
	f := masterForm{
		Title: m.Title, Craft: m.Craft, Bio: m.Bio, City: m.City, Reach: lang.Decimal(float64(m.ReachMetre)/1000, 1),
		MaxLoad: strconv.Itoa(m.MaxLoad), Paused: m.Status == hall.Paused, Absences: slices.Clone(m.Calendar.Absences),
	}
	if m.Place.Known() {
		f.Lat, f.Lng = lang.Decimal(m.Place.Lat, 6), lang.Decimal(m.Place.Lng, 6)
	}
	for _, h := range m.Honours {
		f.Honours = append(f.Honours, honourRow{h.Name, strconv.Itoa(h.Year)})
	}
	for _, d := range week {
		row := dayRow{Day: d}
		for _, s := range m.Calendar.Weekly {
			if s.Weekday == d {
				row.Spans = append(row.Spans, spanRow{clockOf(s.From), clockOf(s.To)})
			}
		}
		f.Week = append(f.Week, row)
	}
	return f.padded()
}

// padded adds the empty rows into which more can be typed.
func (f masterForm) padded() masterForm {
	for i := range f.Week {
		for len(f.Week[i].Spans) < spansAday {
			f.Week[i].Spans = append(f.Week[i].Spans, spanRow{})
		}
	}
	if n := len(f.Absences); n == 0 || f.Absences[n-1] != (hall.Absence{}) {
		f.Absences = append(f.Absences, make([]hall.Absence, moreRows)...)
	}
	if n := len(f.Honours); n == 0 || f.Honours[n-1] != (honourRow{}) {
		f.Honours = append(f.Honours, make([]honourRow, moreRows)...)
	}
	for len(f.Craft) < craftsFirst {
		f.Craft = append(f.Craft, "")
	}
	if len(f.Craft) < hall.MaxCraft && f.Craft[len(f.Craft)-1] != "" {
		f.Craft = append(f.Craft, "")
	}
	return f
}

func craftName(i int) string {
	if i == 0 {
		return "craft"
	}
	return "craft-" + strconv.Itoa(i+1)
}

// readMaster reads what a master keeps: as typed, and as meant.
func (h *handlers) readMaster(f *web.Form, c *fault.Check) (masterForm, hall.MasterOwn) {
	form := masterForm{Bio: f.Get("bio"), City: f.Get("city"), Lat: f.Get("lat"), Lng: f.Get("lng"), Reach: f.Get("reach"),
		MaxLoad: f.Get("max_load"), Paused: f.Has("paused")}
	own := hall.MasterOwn{Bio: form.Bio, City: form.City, Paused: form.Paused, MaxLoad: f.Int("max_load", c), Place: readPlace(f, c)}
	for i := range hall.MaxCraft {
		code := f.Get(craftName(i))
		if code == "" {
			continue
		}
		_, known := h.Trades.Trade(code)
		c.That(known, "craft", "hall.fault.choice")
		own.Craft = append(own.Craft, code)
	}
	form.Craft = slices.Clone(own.Craft)
	if km := f.Float("reach", c); km != nil {
		own.ReachMetre = int(*km * 1000)
	}
	form.Week, own.Calendar.Weekly = readWeek(f, c)
	form.Absences, own.Calendar.Absences = readAbsences(f)
	return form.padded(), own
}

func readPlace(f *web.Form, c *fault.Check) hall.Place {
	lat, lng := f.Float("lat", c), f.Float("lng", c)
	if lat == nil && lng == nil {
		return hall.Place{}
	}
	if lat == nil || lng == nil {
		c.Add("lat", "hall.fault.place")
		return hall.Place{}
	}
	return hall.Place{Lat: *lat, Lng: *lng}
}

func readWeek(f *web.Form, c *fault.Check) (rows []dayRow, slots []hall.Slot) {
	wrong := false
	for _, d := range week {
		row := dayRow{Day: d}
		from, to := f.Values[fmt.Sprintf("from-%d", d)], f.Values[fmt.Sprintf("to-%d", d)]
		for i := range min(len(from), len(to), 8) {
			if from[i] == "" && to[i] == "" {
				continue
			}
			row.Spans = append(row.Spans, spanRow{from[i], to[i]})
			a, ok1 := minutes(from[i])
			b, ok2 := minutes(to[i])
			if b == 0 {
				b = 24 * 60 // until midnight
			}
			wrong = wrong || !ok1 || !ok2
			slots = append(slots, hall.Slot{Weekday: d, From: a, To: b})
		}
		rows = append(rows, row)
	}
	c.That(!wrong, "weekly", "hall.fault.slot")
	return rows, slots
}

func readAbsences(f *web.Form) (rows, absences []hall.Absence) {
	from, to, why := f.Values["absent_from"], f.Values["absent_to"], f.Values["absent_reason"]
	for i := range min(len(from), len(to), len(why), 60) {
		a := hall.Absence{From: strings.TrimSpace(from[i]), To: strings.TrimSpace(to[i]), Reason: strings.TrimSpace(why[i])}
		if a == (hall.Absence{}) {
			continue
		}
		if a.To == "" {
			a.To = a.From // one day
		}
		rows = append(rows, a)
	}
	return rows, slices.Clone(rows)
}

// readHonours reads the rows of the console's form.
func readHonours(f *web.Form, c *fault.Check) (rows []honourRow, out []hall.Honour) {
	names, years := f.Values["honour"], f.Values["honour_year"]
	for i := range min(len(names), len(years), 2*hall.MaxHonours) {
		row := honourRow{strings.TrimSpace(names[i]), strings.TrimSpace(years[i])}
		if row == (honourRow{}) {
			continue
		}
		rows = append(rows, row)
		year, err := strconv.Atoi(row.Year)
		c.That(err == nil, "honours", "hall.fault.year")
		out = append(out, hall.Honour{Name: row.Name, Year: year})
	}
	return rows, out
}

// minutes reads "08:30" as minutes from midnight.
func minutes(s string) (int, bool) {
	t, err := time.Parse("15:04", strings.TrimSpace(s))
	return t.Hour()*60 + t.Minute(), err == nil
}

func clockOf(m int) string { return fmt.Sprintf("%02d:%02d", m/60%24, m%60) }

// weekdayName is the name of a day of the week.
func weekdayName(ctx context.Context, d time.Weekday) string {
	return lang.Weekday(ctx, time.Date(2026, 3, 1+int(d), 12, 0, 0, 0, lang.Zone)) // 1 March 2026 is a Sunday
}

func (h *handlers) tradeOptions(ctx context.Context) []ui.Option {
	var out []ui.Option
	for _, t := range h.Trades.All() {
		out = append(out, ui.Option{Value: t.Code, Label: t.Name.In(ctx), Group: t.Group.In(ctx)})
	}
	return out
}

// crafts are the names of a master's trades.
func (h *handlers) crafts(ctx context.Context, m hall.Master) []string {
	var out []string
	for _, code := range m.Craft {
		if name, ok := h.Trades.Trade(code); ok {
			out = append(out, name.In(ctx))
		}
	}
	return out
}
