package exchangeweb

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web"
)

// Where a place's point can come from, beside the path of a union.
const (
	atFirm = "firm" // the enterprise's own
	atHere = "here" // where the browser says it is
	atKept = "kept" // where it was
)

// asking is a form that is being filled in: whose it is and where its places are.
type asking struct {
	kind   exchange.Kind
	form   exchange.Form
	places []Place
	firm   exchange.Spot // of the enterprise; zero where there is none
	kept   exchange.Spot // of the entry that is edited
}

// read takes the values out of what was typed. What it cannot make sense of it names in c; whether the rest is
// right is for the service to say.
func (q asking) read(f *web.Form, c *fault.Check) exchange.Values {
	out := exchange.Values{}
	for _, x := range q.form.Fields {
		if v, given := q.readOne(x, f, c); given {
			out[x.Key] = v
		}
	}
	return out
}

func (q asking) readOne(x exchange.Field, f *web.Form, c *fault.Check) (v exchange.Value, given bool) {
	switch x.Type {
	case exchange.Choices:
		v.Choices = f.All(x.Key)
		return v, len(v.Choices) > 0
	case exchange.YesNo:
		return exchange.Value{Yes: f.Has(x.Key)}, true
	case exchange.Place:
		v.Spot = q.readSpot(x, f, c)
		return v, v.Spot != nil
	case exchange.Days:
		v.Days = readDays(x.Key, f, c)
		return v, v.Days != nil
	case exchange.Gauge:
		v.Measure = readMeasure(x.Key, f, c)
		return v, v.Measure != nil
	case exchange.Files:
		return v, false
	}
	v.Text = f.Get(x.Key)
	return v, v.Text != ""
}

// readSpot joins the address that was typed with the point that was chosen. The one without the other is
// filled up: an address lies at the enterprise, a chosen place is called by its name.
func (q asking) readSpot(x exchange.Field, f *web.Form, c *fault.Check) *exchange.Spot {
	address, at := f.Get(x.Key), f.Get(x.Key+".at")
	s := exchange.Spot{Address: address}
	switch {
	case at == "":
		if address == "" {
			return nil
		}
		c.That(q.firm.Known() || !q.kind.Has(exchange.Reach), x.Key+".at", "exchange.place.choose")
		return &s
	case at == atFirm && q.firm.Known():
		s.Lat, s.Lng = q.firm.Lat, q.firm.Lng
		s.Address = or(address, q.firm.Address)
	case at == atKept && q.kept.Known():
		s.Lat, s.Lng = q.kept.Lat, q.kept.Lng
		s.Address = or(address, q.kept.Address)
	case at == atHere:
		lat, err1 := strconv.ParseFloat(f.Get(x.Key+".lat"), 64)
		lng, err2 := strconv.ParseFloat(f.Get(x.Key+".lng"), 64)
		c.That(err1 == nil && err2 == nil && (lat != 0 || lng != 0), x.Key+".at", "exchange.place.no-position")
		s.Lat, s.Lng = lat, lng
	default:
		for _, p := range q.places {
			if p.Path == at {
				s.Lat, s.Lng = p.Lat, p.Lng
				s.Address = or(address, p.address())
				return &s
			}
		}
		c.Add(x.Key+".at", "field.choice")
	}
	return &s
}

// address names a place to those who have no finer one: 厦门市海沧区.
func (p Place) address() string {
	name := placeName(p.Name).ZH
	if group := placeName(p.Group).ZH; group != name {
		return group + name
	}
	return name
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// readDays reads the first and the last day; the span ends where the last day does.
func readDays(key string, f *web.Form, c *fault.Check) *exchange.Span {
	var s exchange.Span
	if v := f.Get(key); v != "" {
		t, err := time.ParseInLocation(time.DateOnly, exchange.Tidy(v), lang.Zone)
		if c.That(err == nil, key, "field.date") {
			s.From = t.UTC()
		}
	}
	if v := f.Get(key + ".to"); v != "" {
		t, err := time.ParseInLocation(time.DateOnly, exchange.Tidy(v), lang.Zone)
		if c.That(err == nil, key+".to", "field.date") {
			s.To = t.AddDate(0, 0, 1).UTC()
		}
	}
	if s.From.IsZero() && s.To.IsZero() {
		return nil
	}
	return &s
}

// readMeasure reads what success would measure; either all of it is given or nothing.
func readMeasure(key string, f *web.Form, c *fault.Check) *exchange.Measure {
	m := exchange.Measure{Name: f.Get(key + ".name"), Unit: f.Get(key + ".unit")}
	before, target := f.Get(key+".before"), f.Get(key+".target")
	if m.Name == "" && before == "" && target == "" {
		return nil
	}
	m.Before = readNumber(key+".before", before, c)
	m.Target = readNumber(key+".target", target, c)
	if before == "" || target == "" { // said above; equal zeros are not what is wrong
		m.Target = m.Before + 1
	}
	return &m
}

func readNumber(path, s string, c *fault.Check) float64 {
	if !c.That(s != "", path, "field.required") {
		return 0
	}
	n, ok := exchange.ParseNumber(s)
	c.That(ok, path, "field.number")
	return n
}

// typed writes values as one would type them, to begin a form with.
func (q asking) typed(v exchange.Values) url.Values {
	out := url.Values{}
	for _, x := range q.form.Fields {
		val := v[x.Key]
		switch {
		case len(val.Choices) > 0:
			out[x.Key] = val.Choices
		case val.Number != nil:
			out.Set(x.Key, number(*val.Number))
		case val.Yes:
			out.Set(x.Key, "on")
		case val.Spot != nil:
			out.Set(x.Key, val.Spot.Address)
			if val.Spot.Known() {
				out.Set(x.Key+".at", atKept)
			}
		case val.Days != nil:
			out.Set(x.Key, day(val.Days.From))
			if !val.Days.To.IsZero() {
				out.Set(x.Key+".to", day(val.Days.To.Add(-time.Second)))
			}
		case val.Measure != nil:
			m := val.Measure
			out.Set(x.Key+".name", m.Name)
			out.Set(x.Key+".before", number(m.Before))
			out.Set(x.Key+".target", number(m.Target))
			out.Set(x.Key+".unit", m.Unit)
		default:
			out.Set(x.Key, val.Text)
		}
	}
	return out
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(lang.Zone).Format(time.DateOnly)
}

// check is everything that is wrong with what was typed: what could not be read, and what the form asks.
func (q asking) check(v exchange.Values, unread fault.Check) error {
	_, err := q.kind.Check(q.form, v)
	return q.join(unread.Err(), err)
}

// join adds to the first fault what the second says of other fields. What is no fault of the input wins.
func (q asking) join(first, second error) error {
	a, ok1 := faultOf(first)
	b, ok2 := faultOf(second)
	switch {
	case first == nil:
		return q.place(second)
	case second == nil || !ok1:
		return first
	case !ok2 || b.Code != fault.Invalid:
		return second
	}
	sum := *a
	for _, x := range b.Fields {
		if !named(a.Fields, x.Path) {
			sum.Fields = append(sum.Fields, x)
		}
	}
	return q.place(&sum)
}

// place moves what is said of a field of several controls to the first of them, so that it can be found.
func (q asking) place(err error) error {
	f, ok := faultOf(err)
	m, has := q.form.Of(exchange.Gauge)
	if !ok || !has {
		return err
	}
	moved := *f
	moved.Fields = append([]fault.Field(nil), f.Fields...)
	for i := range moved.Fields {
		if moved.Fields[i].Path == m.Key {
			moved.Fields[i].Path = m.Key + ".name"
		}
	}
	return &moved
}

// named reports whether a fault of the same field is among them: measure.before counts for measure.
func named(fields []fault.Field, path string) bool {
	top, _, _ := strings.Cut(path, ".")
	for _, f := range fields {
		if t, _, _ := strings.Cut(f.Path, "."); t == top && (f.Path == path || f.Path == top || path == top) {
			return true
		}
	}
	return false
}
