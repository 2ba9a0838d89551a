package demo

import "time"

// rhythm gives, for each day of the history, how likely a need of the trade is on it: more as the hall becomes
// known, few at weekends and on holidays, more in the trade's season.
func (m *maker) rhythm(trade string) scale {
	days := int(history / (24 * time.Hour))
	return newScale(days+1, func(i int) float64 {
		t := m.Now.Add(-history).AddDate(0, 0, i).In(zone)
		w := .3 + 1.1*float64(i)/float64(days)
		switch t.Weekday() {
		case time.Saturday:
			w *= .35
		case time.Sunday:
			w *= .12
		}
		return w * festival(t) * season(trade, t)
	})
}

// newYears are the first days of the lunar years.
var newYears = map[int]string{
	2022: "2022-02-01", 2023: "2023-01-22", 2024: "2024-02-10", 2025: "2025-01-29", 2026: "2026-02-17", 2027: "2027-02-06", 2028: "2028-01-26",
	2029: "2029-02-13", 2030: "2030-02-03", 2031: "2031-01-23", 2032: "2032-02-11",
}

// festival is how much of the usual work is done around holidays.
func festival(t time.Time) float64 {
	if s, ok := newYears[t.Year()]; ok {
		n, _ := time.ParseInLocation(time.DateOnly, s, zone)
		switch d := int(t.Sub(n).Hours()/24 + .5); {
		case d >= -4 && d <= 8:
			return .04
		case d > 8 && d <= 15, d >= -9 && d < -4:
			return .5
		}
	}
	switch {
	case t.Month() == time.October && t.Day() <= 6:
		return .1
	case t.Month() == time.May && t.Day() <= 4, t.Month() == time.January && t.Day() == 1:
		return .15
	}
	return 1
}

// season is when a trade has its troubles: tea when the leaves come, boilers in winter, cold in summer.
func season(trade string, t time.Time) float64 {
	mo := t.Month()
	between := func(from, to time.Month) bool { return mo >= from && mo <= to }
	switch trade {
	case "tea":
		switch {
		case mo == time.April, mo == time.March && t.Day() > 15, mo == time.May && t.Day() <= 20:
			return 4
		case mo == time.October, mo == time.September && t.Day() > 15:
			return 2
		}
		return .5
	case "refrigeration", "pumps":
		if between(time.May, time.September) {
			return 1.9
		}
	case "boiler":
		if mo >= time.November || mo <= time.February {
			return 1.9
		}
	case "garment", "footwear":
		if between(time.August, time.November) {
			return 1.4
		}
	case "food":
		if mo >= time.December || between(time.August, time.September) {
			return 1.4
		}
	case "welding", "coating": // the damp months
		if between(time.March, time.June) {
			return 1.25
		}
	}
	return 1
}

// hours are when people write, by weight.
var hours = newScale(24, func(h int) float64 {
	return []float64{.1, 0, 0, 0, 0, 0, .2, 1, 6, 10, 11, 6, 2, 3, 8, 9, 9, 7, 2, 2, 3, 3, 2, .7}[h]
})

// moment is a time on t's day at which people write.
func moment(d dice, t time.Time) time.Time {
	return day(t).Add(time.Duration(hours.pick(d))*time.Hour + time.Duration(d.IntN(3600))*time.Second)
}

// waking moves t out of the night, to some minutes after the next morning begins.
func waking(d dice, t time.Time) time.Time {
	l := t.In(zone)
	if h := l.Hour(); h >= 23 || h < 7 {
		next := day(t.Add(time.Hour))
		return next.Add(7*time.Hour + time.Duration(d.between(15, 150))*time.Minute + time.Duration(d.IntN(60))*time.Second)
	}
	return t
}
