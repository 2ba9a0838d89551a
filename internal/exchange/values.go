package exchange

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"

	"github.com/unionhall/unionhall/internal/fault"
)

// Values are a filled form: by field key, what was given. Exactly one member of a Value is set, by the
// field's type.
type Values map[string]Value

// Value is one answer.
type Value struct {
	Text    string   `json:"text,omitempty"`    // line, text, title, choice, date (2006-01-02), urgency
	Choices []string `json:"choices,omitempty"` // choices
	Number  *float64 `json:"number,omitempty"`  // number
	Yes     bool     `json:"yes,omitempty"`     // yesno
	Spot    *Spot    `json:"spot,omitempty"`    // place
	Days    *Span    `json:"days,omitempty"`    // days
	Measure *Measure `json:"measure,omitempty"` // measure
}

// Spot is a place people can find: WGS84 degrees and an address.
type Spot struct {
	Lat     float64 `json:"lat,omitempty"`
	Lng     float64 `json:"lng,omitempty"`
	Address string  `json:"address,omitempty"`
}

// Known reports whether the spot has a point.
func (s Spot) Known() bool { return s.Lat != 0 || s.Lng != 0 }

// Span is from the start of the first day to the end of the last; either may be open (zero).
type Span struct {
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
}

// Measure is what success would measure, in one unit throughout.
type Measure struct {
	Name   string  `json:"name"`
	Before float64 `json:"before"`
	Target float64 `json:"target"`
	Unit   string  `json:"unit,omitempty"`
}

// Lower reports whether less is better.
func (m Measure) Lower() bool { return m.Target < m.Before }

// Reached reports whether after meets the target.
func (m Measure) Reached(after float64) bool {
	if m.Lower() {
		return after <= m.Target
	}
	return after >= m.Target
}

// Gain is the share of the way from before to target that after has come; 1 is the target, and more than
// 1 is better than asked. It is 0 where before already was the target.
func (m Measure) Gain(after float64) float64 {
	if m.Target == m.Before {
		return 0
	}
	return (after - m.Before) / (m.Target - m.Before)
}

// How soon somebody must answer.
const (
	Normal = "normal"
	Soon   = "soon"
	Urgent = "urgent"
)

// How many characters a text of each kind has at most. A message is as long as a text of several lines.
const (
	TitleMost = 80
	lineMost  = 200
	ProseMost = 4000
)

// Tidy folds what people type into what they mean: full-width digits and letters, line ends, outer
// blanks; control characters go. Chinese punctuation stays as it is.
func Tidy(s string) string {
	s = norm.NFC.String(strings.ToValidUTF8(s, ""))
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\u3000' || r == '\u00a0':
			return ' '
		case unicode.IsControl(r) || r == '\ufeff' || r == '\u200b':
			return -1
		case r >= '０' && r <= '９', r >= 'Ａ' && r <= 'Ｚ', r >= 'ａ' && r <= 'ｚ':
			return width.LookupRune(r).Narrow()
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// thousands are digits grouped as readers do; a comma anywhere else could be a decimal point as well.
var thousands = regexp.MustCompile(`^[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?$`)

// ParseNumber reads a number as people write it: full-width digits, blanks, thousands separators, and the
// Chinese full stop that an input method leaves in place of the point.
func ParseNumber(s string) (float64, bool) {
	s = width.Narrow.String(Tidy(s))
	s = strings.NewReplacer(" ", "", "−", "-", "，", ",", "。", ".", "｡", ".").Replace(s)
	if thousands.MatchString(s) {
		s = strings.ReplaceAll(s, ",", "")
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil && !math.IsInf(f, 0) && !math.IsNaN(f)
}

// Check tidies v by the form and gives every wrong field. The result holds the form's keys only.
func (k Kind) Check(f Form, v Values) (Values, error) {
	var c fault.Check
	out := Values{}
	for _, x := range f.Fields {
		val, given := k.checkValue(&c, x, v[x.Key])
		if given {
			out[x.Key] = val
		} else if x.Required && x.Type != Files && x.Type != YesNo {
			c.Add(x.Key, "field.required")
		}
	}
	for key := range v {
		if _, ok := f.FieldOf(key); !ok {
			c.Add(key, "field.unknown")
		}
	}
	return out, c.Err()
}

// checkValue gives the tidied value, and whether one was given at all, right or wrong.
func (k Kind) checkValue(c *fault.Check, x Field, v Value) (out Value, given bool) {
	switch x.Type {
	case Title, Line, Prose:
		return checkText(c, x, v)
	case Choice:
		if v.Text == "" {
			return Value{}, false
		}
		_, ok := k.TermOf(x.List, v.Text)
		c.That(ok, x.Key, "field.choice")
		return Value{Text: v.Text}, true
	case Choices:
		return k.checkChoices(c, x, v)
	case Number:
		return checkNumber(c, x, v)
	case Date:
		if v.Text == "" {
			return Value{}, false
		}
		_, err := time.Parse(time.DateOnly, v.Text)
		c.That(err == nil, x.Key, "field.date")
		return Value{Text: v.Text}, true
	case YesNo:
		return Value{Yes: v.Yes}, true
	case Place:
		return checkSpot(c, x, v)
	case Days:
		if v.Days == nil || v.Days.From.IsZero() && v.Days.To.IsZero() {
			return Value{}, false
		}
		ok := v.Days.To.IsZero() || !v.Days.To.Before(v.Days.From)
		c.That(ok, x.Key, "field.days-order")
		return Value{Days: v.Days}, true
	case Urgency:
		if v.Text == "" {
			return Value{Text: Normal}, true
		}
		c.That(slices.Contains([]string{Normal, Soon, Urgent}, v.Text), x.Key, "field.choice")
		return Value{Text: v.Text}, true
	case Gauge:
		return checkMeasure(c, x, v)
	}
	return Value{}, false // files travel beside the values
}

// Most is how many characters a field of text takes, 0 for other fields.
func (f Field) Most() int {
	limit := map[FieldType]int{Title: TitleMost, Line: lineMost, Prose: ProseMost}[f.Type]
	if f.Limit > 0 {
		limit = min(limit, f.Limit)
	}
	return limit
}

func checkText(c *fault.Check, x Field, v Value) (Value, bool) {
	s := Tidy(v.Text)
	limit := x.Most()
	if x.Type != Prose {
		s = strings.Join(strings.Fields(s), " ")
	}
	n := utf8.RuneCountInString(s)
	c.That(n <= limit, x.Key, "field.too-long", "max", limit, "length", n)
	return Value{Text: s}, s != ""
}

func (k Kind) checkChoices(c *fault.Check, x Field, v Value) (Value, bool) {
	var out []string
	for _, code := range v.Choices {
		if _, ok := k.TermOf(x.List, code); !ok {
			c.Add(x.Key, "field.choice")
			return Value{}, true
		}
		if !slices.Contains(out, code) {
			out = append(out, code)
		}
	}
	return Value{Choices: out}, len(out) > 0
}

func checkNumber(c *fault.Check, x Field, v Value) (Value, bool) {
	if v.Number == nil {
		if v.Text == "" {
			return Value{}, false
		}
		n, ok := ParseNumber(v.Text)
		if !c.That(ok, x.Key, "field.number") {
			return Value{}, true
		}
		v.Number = &n
	}
	n := *v.Number
	c.That(x.Min == nil || n >= *x.Min, x.Key, "field.at-least", "min", deref(x.Min))
	c.That(x.Max == nil || n <= *x.Max, x.Key, "field.at-most", "max", deref(x.Max))
	return Value{Number: &n}, true
}

func checkSpot(c *fault.Check, x Field, v Value) (Value, bool) {
	if v.Spot == nil {
		return Value{}, false
	}
	s := *v.Spot
	s.Address = Tidy(s.Address)
	if !s.Known() && s.Address == "" {
		return Value{}, false
	}
	ok := s.Lat >= -90 && s.Lat <= 90 && s.Lng >= -180 && s.Lng <= 180
	c.That(ok, x.Key, "field.place")
	c.That(utf8.RuneCountInString(s.Address) <= lineMost, x.Key, "field.too-long", "max", lineMost,
		"length", utf8.RuneCountInString(s.Address))
	return Value{Spot: &s}, true
}

func checkMeasure(c *fault.Check, x Field, v Value) (Value, bool) {
	if v.Measure == nil {
		return Value{}, false
	}
	m := *v.Measure
	m.Name, m.Unit = Tidy(m.Name), Tidy(m.Unit)
	if m.Name == "" && m.Before == 0 && m.Target == 0 {
		return Value{}, false
	}
	c.That(m.Name != "", x.Key+".name", "field.required")
	c.That(utf8.RuneCountInString(m.Name) <= 40, x.Key+".name", "field.too-long", "max", 40, "length", utf8.RuneCountInString(m.Name))
	c.That(utf8.RuneCountInString(m.Unit) <= 16, x.Key+".unit", "field.too-long", "max", 16, "length", utf8.RuneCountInString(m.Unit))
	c.That(m.Before != m.Target, x.Key+".target", "exchange.measure.same")
	return Value{Measure: &m}, true
}

func deref(f *float64) float64 {
	if f == nil {
		return 0
	}
	return *f
}
