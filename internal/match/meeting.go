package match

import (
	"slices"
	"strings"
	"time"
)

// meeting is an asker and one candidate, to be judged. Both entries have tidy windows.
type meeting struct {
	asker, candidate *Entry
	there            *Place // the candidate's
	now              time.Time
	metres           float64 // once known
	measured         bool
}

func (m *meeting) distance() float64 {
	if !m.measured {
		m.metres, m.measured = distance(m.asker.Place, m.there), true
	}
	return m.metres
}

// other is whom a condition of that side is about.
func (m *meeting) other(side Side) *Entry {
	if side == Asker {
		return m.candidate
	}
	return m.asker
}

// holds is judge without the reasons, and without asking more than it must.
func (m *meeting) holds(p *Predicate, side Side) bool {
	switch p.op {
	case KindAll:
		for i := range p.parts {
			if !m.holds(&p.parts[i], side) {
				return false
			}
		}
		return true
	case KindAny:
		for i := range p.parts {
			if m.holds(&p.parts[i], side) {
				return true
			}
		}
		return false
	case KindNot:
		return !m.holds(&p.parts[0], side)
	}
	return m.leaf(p, side)
}

func (m *meeting) leaf(p *Predicate, side Side) bool {
	other := m.other(side)
	switch p.op {
	case KindHas:
		for _, value := range other.Facets[p.name] {
			if slices.Contains(p.values, value) {
				return true
			}
		}
		return false
	case KindUnder:
		for _, value := range other.Facets[p.name] {
			if strings.HasPrefix(value, p.values[0]) {
				return true
			}
		}
		return false
	case KindRange:
		n, ok := other.Numbers[p.name]
		return ok && n >= p.min && n <= p.max
	case KindNear:
		d := m.distance()
		return d >= 0 && d <= p.min
	case KindReachesMe:
		return reaches(other.Reach, m.distance())
	case KindFreeIn:
		_, ok := common([]Window{p.window}, other.Free, m.now)
		return ok
	}
	return true // the zero Predicate
}

// judge adds to v what held and what failed of p, or of its opposite where want is false, and reports
// whether that held. Of an Any that holds, the parts that held are told; of one that fails, all.
func (m *meeting) judge(p *Predicate, side Side, want bool, v *Verdict) bool {
	switch p.op {
	case "":
		return want
	case KindNot:
		return m.judge(&p.parts[0], side, !want, v)
	case KindAll, KindAny:
		if (p.op == KindAll) == want {
			ok := true
			for i := range p.parts {
				ok = m.judge(&p.parts[i], side, want, v) && ok
			}
			return ok
		}
		return m.judgeAny(p.parts, side, want, v)
	}
	ok := m.leaf(p, side) == want
	c := m.condition(p, side)
	c.Not = !want
	v.add(ok, c)
	return ok
}

func (m *meeting) judgeAny(parts []Predicate, side Side, want bool, v *Verdict) bool {
	var missed []Condition
	var held []Condition
	ok := false
	for i := range parts {
		var part Verdict
		if m.judge(&parts[i], side, want, &part) {
			ok = true
			held = append(held, part.Held...)
			continue
		}
		if len(part.Failed) == 1 {
			missed = append(missed, part.Failed[0])
		} else {
			missed = append(missed, Condition{Kind: KindAll, Side: side, Parts: part.Failed})
		}
	}
	switch {
	case ok:
		v.Held = append(v.Held, held...)
	case len(missed) == 1:
		v.Failed = append(v.Failed, missed[0])
	default:
		v.Failed = append(v.Failed, Condition{Kind: KindAny, Side: side, Parts: missed})
	}
	return ok
}

// condition says what a leaf wants and what there is.
func (m *meeting) condition(p *Predicate, side Side) Condition {
	other := m.other(side)
	c := Condition{Kind: p.op, Side: side}
	switch p.op {
	case KindHas:
		c.Facet, c.Want = p.name, slices.Clone(p.values)
		c.Have = those(other.Facets[p.name], func(value string) bool { return slices.Contains(p.values, value) })
	case KindUnder:
		c.Facet, c.Want = p.name, p.values[0]
		c.Have = those(other.Facets[p.name], func(value string) bool { return strings.HasPrefix(value, p.values[0]) })
	case KindRange:
		c.Number, c.Want = p.name, p.bounds()
		if n, ok := other.Numbers[p.name]; ok {
			c.Have = n
		}
	case KindNear:
		c.Want = p.min
		if d := m.distance(); d >= 0 {
			c.Have = d
		}
	case KindReachesMe:
		if d := m.distance(); d >= 0 {
			c.Want = d
		}
		c.Have = other.Reach
	case KindFreeIn:
		c.Want = p.window
		if w, ok := common([]Window{p.window}, other.Free, m.now); ok {
			c.Have = w
		}
	}
	return c
}

// those are the values that count, or all when none does.
func those(values []string, counts func(string) bool) any {
	var some []string
	for _, value := range values {
		if counts(value) {
			some = append(some, value)
		}
	}
	if some == nil {
		some = slices.Clone(values)
	}
	if some == nil {
		return nil
	}
	return some
}

// Judge says whether two entries fit, by the hard conditions alone. No index need hold either, and none is changed.
func Judge(asker, candidate Entry, now time.Time) (Verdict, error) {
	for _, e := range []Entry{asker, candidate} {
		if err := e.validContent(); err != nil {
			return Verdict{}, err
		}
	}
	asker.Free, candidate.Free = tidy(asker.Free), tidy(candidate.Free)
	m := meeting{asker: &asker, candidate: &candidate, there: candidate.Place, now: now}
	v := m.verdict()
	v.Fits = len(v.Failed) == 0
	return v, nil
}

// verdict is fits with the reasons. Whether it Fits is for the caller to say, once all is in.
func (m *meeting) verdict() Verdict {
	var v Verdict
	m.judge(&m.asker.Wants, Asker, true, &v)
	m.judge(&m.candidate.Wants, Candidate, true, &v)
	if m.asker.ID == m.candidate.ID {
		v.add(false, Condition{Kind: KindSelf, Side: Both})
	}
	if left := m.candidate.Capacity; left != Unlimited {
		v.add(left > 0, Condition{Kind: KindCapacity, Side: Both, Want: 1, Have: left})
	}
	w, ok := common(m.asker.Free, m.candidate.Free, m.now)
	c := Condition{Kind: KindTime, Side: Both}
	if len(m.asker.Free) > 0 {
		c.Want = slices.Clone(m.asker.Free)
	}
	if ok && len(m.candidate.Free) > 0 {
		c.Have = w
	}
	if !ok || c.Want != nil && c.Have != nil {
		v.add(ok, c)
	}
	return v
}

// add notes a condition that all needs.
func (v *Verdict) add(ok bool, c Condition) {
	if ok {
		v.Held = append(v.Held, c)
	} else {
		v.Failed = append(v.Failed, c)
	}
}
