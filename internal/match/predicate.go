package match

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/unionhall/unionhall/internal/fault"
)

// The limits of a predicate. They keep what an officer or a portal writes from costing everybody else.
const (
	MaxDepth  = 16      // predicates within predicates
	MaxParts  = 256     // predicates in all
	MaxValues = 1024    // values in all
	MaxString = 256     // bytes of a name or value
	MaxJSON   = 1 << 16 // bytes of its JSON
)

// Predicate is a condition over the other side's entry. It is a value that cannot be changed once made; the
// zero value holds for everything. What an entry does not state does not hold: a range over a missing
// number is false, and its Not is true.
type Predicate struct {
	op     Kind
	parts  []Predicate
	name   string   // facet or number
	values []string // has; one for under
	min    float64  // range; metres for near
	max    float64
	window Window
}

// All holds when each part does; without parts it wants everything.
func All(parts ...Predicate) Predicate {
	parts = slices.DeleteFunc(slices.Clone(parts), Predicate.IsZero)
	switch len(parts) {
	case 0:
		return Predicate{}
	case 1:
		return parts[0]
	}
	return Predicate{op: KindAll, parts: parts}
}

// Any holds when at least one part does. Validate refuses it without parts, since nothing could fit.
func Any(parts ...Predicate) Predicate {
	return Predicate{op: KindAny, parts: slices.Clone(parts)}
}

// Not holds when p does not.
func Not(p Predicate) Predicate {
	return Predicate{op: KindNot, parts: []Predicate{p}}
}

// Has holds when the facet has at least one of the values.
func Has(facet string, values ...string) Predicate {
	return Predicate{op: KindHas, name: facet, values: slices.Clone(values)}
}

// Under holds when the facet has a path in the subtree at root, root itself included: "/0/33/01/" is
// under "/0/33/".
func Under(facet, root string) Predicate {
	return Predicate{op: KindUnder, name: facet, values: []string{root}}
}

// Range holds when the number is at least min and at most max. An infinite end is open.
func Range(number string, min, max float64) Predicate {
	return Predicate{op: KindRange, name: number, min: min, max: max}
}

// Near holds when the other's place is within metres of mine.
func Near(metres float64) Predicate {
	return Predicate{op: KindNear, min: metres}
}

// ReachesMe holds when the other is willing to come to my place: its Reach covers the distance, or it goes
// Everywhere.
func ReachesMe() Predicate {
	return Predicate{op: KindReachesMe}
}

// FreeIn holds when the other has a free time within the window that is not past.
func FreeIn(w Window) Predicate {
	return Predicate{op: KindFreeIn, window: Window{w.From.UTC().Round(0), w.To.UTC().Round(0)}}
}

// IsZero reports whether p wants everything because it says nothing.
func (p Predicate) IsZero() bool { return p.op == "" }

// Validate refuses what cannot be meant, and what is too large. The fault is Invalid, with the path of each
// wrong part in the form that the JSON has ("all[1].has.values").
func (p Predicate) Validate() error {
	var c fault.Check
	v := validator{check: &c}
	v.visit(p, "", 1)
	c.That(v.parts <= MaxParts, "", "match.predicate.large", "max", MaxParts)
	c.That(v.values <= MaxValues, "", "match.predicate.values", "max", MaxValues)
	return c.Err()
}

type validator struct {
	check         *fault.Check
	parts, values int
}

func (v *validator) visit(p Predicate, path string, depth int) {
	v.parts++
	if v.parts > MaxParts || !v.check.That(depth <= MaxDepth, path, "match.predicate.deep", "max", MaxDepth) {
		return
	}
	path = join(path, string(p.op))
	switch p.op {
	case KindAll, KindAny:
		v.check.That(len(p.parts) > 0, path, "match.predicate.no-parts")
		for i, part := range p.parts {
			v.part(part, path+"["+strconv.Itoa(i)+"]", depth)
		}
	case KindNot:
		v.part(p.parts[0], path, depth)
	case KindHas:
		v.word(p.name, join(path, "facet"))
		v.check.That(len(p.values) > 0, join(path, "values"), "match.predicate.no-values")
		v.values += len(p.values)
		for i, value := range p.values {
			v.word(value, join(path, "values["+strconv.Itoa(i)+"]"))
		}
	case KindUnder:
		v.word(p.name, join(path, "facet"))
		root := p.values[0]
		v.word(root, join(path, "root"))
		v.check.That(strings.HasPrefix(root, "/") && strings.HasSuffix(root, "/"), join(path, "root"), "match.predicate.root")
	case KindRange:
		v.word(p.name, join(path, "number"))
		v.check.That(p.min <= p.max && !math.IsInf(p.min, 1) && !math.IsInf(p.max, -1), path, "match.predicate.range")
		v.check.That(!math.IsInf(p.min, -1) || !math.IsInf(p.max, 1), path, "match.predicate.no-bounds")
	case KindNear:
		v.check.That(p.min > 0 && p.min <= math.MaxFloat64, join(path, "metres"), "match.predicate.metres")
	case KindFreeIn:
		v.check.That(p.window.From.Before(p.window.To), path, "match.predicate.window")
		for _, t := range []time.Time{p.window.From, p.window.To} {
			v.check.That(t.Year() >= 0 && t.Year() <= 9999, path, "match.predicate.window")
		}
	}
}

// part refuses a part that says nothing: it would decide an Any alone, and a Not could never hold.
func (v *validator) part(p Predicate, path string, depth int) {
	if v.check.That(!p.IsZero(), path, "match.predicate.no-parts") {
		v.visit(p, path, depth+1)
	}
}

func (v *validator) word(s, path string) {
	v.check.That(s != "" && len(s) <= MaxString && utf8.ValidString(s), path, "match.predicate.word", "max", MaxString)
}

func join(path, name string) string {
	if path == "" || name == "" {
		return path + name
	}
	return path + "." + name
}

// String is a stable reading for logs and tests: all(has("trade", "turning"), not(near(500))).
func (p Predicate) String() string {
	var b strings.Builder
	p.write(&b)
	return b.String()
}

func (p Predicate) write(b *strings.Builder) {
	if p.IsZero() {
		b.WriteString("everything")
		return
	}
	b.WriteString(string(p.op))
	b.WriteByte('(')
	switch p.op {
	case KindAll, KindAny, KindNot:
		for i, part := range p.parts {
			if i > 0 {
				b.WriteString(", ")
			}
			part.write(b)
		}
	case KindHas, KindUnder:
		b.WriteString(strconv.Quote(p.name))
		for _, value := range p.values {
			b.WriteString(", " + strconv.Quote(value))
		}
	case KindRange:
		b.WriteString(strconv.Quote(p.name) + ", " + number(p.min) + ", " + number(p.max))
	case KindNear:
		b.WriteString(number(p.min))
	case KindFreeIn:
		b.WriteString(p.window.From.Format(time.RFC3339Nano) + ", " + p.window.To.Format(time.RFC3339Nano))
	}
	b.WriteByte(')')
}

func number(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

// bounds are the ends of a range.
func (p *Predicate) bounds() Bounds {
	var b Bounds
	if low := p.min; !math.IsInf(low, -1) {
		b.Min = &low
	}
	if high := p.max; !math.IsInf(high, 1) {
		b.Max = &high
	}
	return b
}
