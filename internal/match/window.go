package match

import (
	"slices"
	"time"
)

// FreeAhead is how far FreeFrom looks when the asker gives no times.
const FreeAhead = 14 * 24 * time.Hour

// tidy sorts windows and joins those that touch or overlap.
func tidy(windows []Window) []Window {
	if len(windows) == 0 {
		return nil
	}
	sorted := slices.Clone(windows)
	slices.SortFunc(sorted, func(a, b Window) int { return a.From.Compare(b.From) })
	out := sorted[:1]
	for _, w := range sorted[1:] {
		last := &out[len(out)-1]
		if w.From.After(last.To) {
			out = append(out, w)
		} else if w.To.After(last.To) {
			last.To = w.To
		}
	}
	return out
}

// common is the first stretch that tidy lists a and b share and that is not past at now. An empty list is
// always; where both are, the stretch is the zero Window and ok is true.
func common(a, b []Window, now time.Time) (first Window, ok bool) {
	if len(a) == 0 && len(b) == 0 {
		return Window{}, true
	}
	if len(a) == 0 {
		a, b = b, a
	}
	if len(b) == 0 {
		b = a
	}
	for i, j := 0, 0; i < len(a) && j < len(b); {
		w := Window{latest(a[i].From, b[j].From), earliest(a[i].To, b[j].To)}
		if w.From.Before(now) {
			w.From = now
		}
		if w.From.Before(w.To) {
			return w, true
		}
		if a[i].To.Before(b[j].To) {
			i++
		} else {
			j++
		}
	}
	return Window{}, false
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// asked are the windows in which an asker would like to know the other free: its own times, else those
// its predicate asks for outright, else the next fortnight. Nil: it cannot be said.
func asked(from *Entry, now time.Time) []Window {
	if len(from.Free) > 0 {
		return from.Free
	}
	if w := from.Wants.windows(nil); len(w) > 0 {
		return tidy(w)
	}
	if now.IsZero() {
		return nil
	}
	return []Window{{now, now.Add(FreeAhead)}}
}

// windows are those that must be met for p to hold.
func (p *Predicate) windows(found []Window) []Window {
	switch p.op {
	case KindFreeIn:
		found = append(found, p.window)
	case KindAll:
		for i := range p.parts {
			found = p.parts[i].windows(found)
		}
	}
	return found
}

// freeFrom is the start of the first stretch in the asked windows in which the candidate says it is free.
func freeFrom(candidate *Entry, asked []Window, now time.Time) time.Time {
	if len(candidate.Free) == 0 || len(asked) == 0 {
		return time.Time{}
	}
	w, _ := common(candidate.Free, asked, now)
	return w.From
}
