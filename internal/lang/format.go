package lang

import (
	"context"
	"embed"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

//go:embed zh.json en.json
var messages embed.FS

func init() { Register(messages) }

// Zone is where the hall's readers live. China keeps one time all year, so a fixed offset stands in
// where the machine has no zone data.
var Zone = func() *time.Location {
	if z, err := time.LoadLocation("Asia/Shanghai"); err == nil {
		return z
	}
	return time.FixedZone("Asia/Shanghai", 8*60*60)
}()

// Day is a date: 2026年1月2日, 2 Jan 2026. The zero time is empty.
func Day(ctx context.Context, t time.Time) string {
	return format(ctx, t, "2006年1月2日", "2 Jan 2006")
}

// ShortDay is a date without its year: 1月2日, 2 Jan.
func ShortDay(ctx context.Context, t time.Time) string { return format(ctx, t, "1月2日", "2 Jan") }

// WeekDay is a date with its day of the week: 2026年1月2日 周五, Fri 2 Jan 2026.
func WeekDay(ctx context.Context, t time.Time) string { return withWeekday(ctx, t, Day(ctx, t)) }

// ShortWeekDay is WeekDay without the year: 1月2日 周五, Fri 2 Jan.
func ShortWeekDay(ctx context.Context, t time.Time) string {
	return withWeekday(ctx, t, ShortDay(ctx, t))
}

func withWeekday(ctx context.Context, t time.Time, day string) string {
	switch {
	case t.IsZero():
		return ""
	case Of(ctx) == EN:
		return Weekday(ctx, t) + " " + day
	}
	return day + " " + Weekday(ctx, t)
}

// Month is a month of a year: 2026年1月, Jan 2026.
func Month(ctx context.Context, t time.Time) string { return format(ctx, t, "2006年1月", "Jan 2006") }

// Clock is a time of day: 15:04.
func Clock(ctx context.Context, t time.Time) string { return format(ctx, t, "15:04", "15:04") }

// Moment is a date with its time of day.
func Moment(ctx context.Context, t time.Time) string {
	return format(ctx, t, "2006年1月2日 15:04", "2 Jan 2006, 15:04")
}

func format(ctx context.Context, t time.Time, zh, en string) string {
	if t.IsZero() {
		return ""
	}
	if Of(ctx) == EN {
		return t.In(Zone).Format(en)
	}
	return t.In(Zone).Format(zh)
}

// Weekday is the day of the week: 周五, Fri.
func Weekday(ctx context.Context, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	d := t.In(Zone).Weekday()
	if Of(ctx) == EN {
		return d.String()[:3]
	}
	return "周" + string([]rune("日一二三四五六")[d])
}

// Ago says how long before or after now t is, as people do: 刚刚, 3 小时前, in 2 days. Beyond 30 days
// it is the date.
func Ago(ctx context.Context, t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	d, id := now.Sub(t), "lang.ago."
	if d < 0 {
		d, id = -d, "lang.in."
	}
	switch {
	case d < time.Minute:
		return T(ctx, "lang.now")
	case d < time.Hour:
		return T(ctx, id+"minutes", "count", int(d/time.Minute))
	case d < 24*time.Hour:
		return T(ctx, id+"hours", "count", int(d/time.Hour))
	case d < 30*24*time.Hour:
		return T(ctx, id+"days", "count", int(d/(24*time.Hour)))
	}
	return Day(ctx, t)
}

// Span says how long d is in its largest fitting unit: 45 分钟, 3 hours, 12 days.
func Span(ctx context.Context, d time.Duration) string {
	switch {
	case d < time.Hour:
		return T(ctx, "lang.span.minutes", "count", int(d.Round(time.Minute)/time.Minute))
	case d < 48*time.Hour:
		return T(ctx, "lang.span.hours", "count", int(d.Round(time.Hour)/time.Hour))
	}
	return T(ctx, "lang.span.days", "count", int(d.Round(24*time.Hour)/(24*time.Hour)))
}

// Number groups a whole number: 140,000.
func Number[N ~int | ~int32 | ~int64](_ context.Context, n N) string {
	s := strconv.FormatInt(int64(n), 10)
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// Big shortens a large number as its readers do: 4.06 亿 and 27.6 万, 406M and 276K. Below ten thousand
// it is Number.
func Big(ctx context.Context, n int64) string {
	a := math.Abs(float64(n))
	if a < 10_000 {
		return Number(ctx, n)
	}
	units := []struct {
		at   float64
		name string
	}{{1e8, " 亿"}, {1e4, " 万"}}
	if Of(ctx) == EN {
		units[0].at, units[0].name, units[1].at, units[1].name = 1e6, "M", 1e3, "K"
	}
	u := units[1]
	if a >= units[0].at {
		u = units[0]
	}
	return Decimal(float64(n)/u.at, 2) + u.name
}

// Decimal writes x with at most so many decimals and no trailing zeros: 0.09, 12.5, 3.
func Decimal(x float64, decimals int) string {
	s := strconv.FormatFloat(x, 'f', decimals, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if s == "-0" {
		return "0"
	}
	return s
}

// Percent writes a share between 0 and 1: 95.3%.
func Percent(x float64) string { return Decimal(x*100, 1) + "%" }

// Bytes writes a size: 3.2 MB.
func Bytes(n int64) string {
	switch {
	case n >= 1<<30:
		return Decimal(float64(n)/(1<<30), 1) + " GB"
	case n >= 1<<20:
		return Decimal(float64(n)/(1<<20), 1) + " MB"
	case n >= 1<<10:
		return Decimal(float64(n)/(1<<10), 0) + " KB"
	}
	return fmt.Sprintf("%d B", n)
}
