package exchange

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/match"
)

// The groups of the index, each within a kind.
const (
	offerGroup  = "/offer"
	needGroup   = "/need"   // open needs
	toolGroup   = "/tool"   // the toolbox
	solvedGroup = "/solved" // needs that were solved, with who did it
)

// How much the words of a field count when the kind does not say.
const (
	titleWeight   = 2
	plainWeight   = 1
	measureWeight = 0.5
)

// needEntry is a need as the index sees it. All hard conditions are its wishes: they are asked whichever side
// begins, since both sides' wishes must hold.
func needEntry(k Kind, n Need) match.Entry {
	e := match.Entry{ID: n.ID, Group: k.ID + needGroup, Owner: n.EnterpriseID + n.PosterID, Capacity: match.Unlimited,
		At: n.Posted, Facets: facets(k.Need, n.Values), Numbers: numbers(k.Need, n.Values),
		Text: texts(k, k.Need, n.Values), Place: point(n.Spot(k))}
	var wants []match.Predicate
	for _, c := range k.Conditions {
		v := n.Values[c.Need]
		switch c.Kind {
		case Same:
			if codes := v.chosen(); len(codes) > 0 {
				wants = append(wants, match.Has(c.Offer, codes...))
			}
		case AtLeast:
			if v.Number != nil {
				wants = append(wants, match.Range(c.Offer, *v.Number, math.Inf(1)))
			}
		case AtMost:
			if v.Number != nil {
				wants = append(wants, match.Range(c.Offer, math.Inf(-1), *v.Number))
			}
		case Reach:
			if e.Place != nil {
				wants = append(wants, match.ReachesMe())
			}
		case Free:
			if d := n.Days(k); d != nil {
				e.Free = []match.Window{window(*d)}
			}
		}
	}
	e.Wants = match.All(wants...)
	return e
}

// window closes the open ends of a span.
func window(s Span) match.Window {
	w := match.Window{From: s.From, To: s.To}
	if w.From.IsZero() {
		w.From = time.Unix(0, 0).UTC()
	}
	if w.To.IsZero() {
		w.To = w.From.AddDate(0, 6, 0)
	}
	if !w.From.Before(w.To) {
		w.To = w.From.Add(24 * time.Hour)
	}
	return w
}

// offerEntry is an offer as the index sees it. busy are the agreed visits of its owner, load what all their offers carry.
func offerEntry(k Kind, o Offer, p Provider, busy []match.Window, load int) match.Entry {
	e := match.Entry{ID: o.ID, Group: k.ID + offerGroup, Owner: o.OwnerID, At: o.Updated, Reach: o.Reach,
		Facets: facets(k.Offer, o.Values), Numbers: numbers(k.Offer, o.Values), Text: texts(k, k.Offer, o.Values),
		Place: point(&o.Spot), Capacity: match.Unlimited, Load: o.Load, Quality: quality(o)}
	if k.Has(Capacity) {
		e.Capacity = max(0, o.Capacity-o.Load)
		if most := p.most(); most > 0 {
			e.Capacity = max(0, min(e.Capacity, most-load))
		}
	}
	if k.Has(Free) {
		e.Free = without(p.Free, busy)
		if len(p.Free) > 0 && len(e.Free) == 0 {
			e.Capacity = 0 // no free windows would mean always free, and this one never is
		}
	}
	return e
}

// quality is the mean rating drawn towards 4 stars by five imagined ratings, so that one happy firm does not
// outrank fifty; 0..1.
func quality(o Offer) float64 {
	return min(1, (float64(o.RatingSum)+5*4)/float64(o.RatingCount+5)/5)
}

// toolEntry is a toolbox entry as the index sees it.
func toolEntry(k Kind, t Tool) match.Entry {
	e := match.Entry{ID: t.ID, Group: k.ID + toolGroup, Owner: t.OwnerID, At: t.Published, Reach: match.Everywhere,
		Capacity: match.Unlimited, Quality: 1 - 1/(1+float64(t.Helped)/3)}
	e.Text = []match.Text{
		{Field: "title", Weight: titleWeight, Body: t.Title},
		{Field: "problem", Weight: 1.5, Body: t.Problem},
		{Field: "cause", Weight: plainWeight, Body: t.Cause},
		{Field: "method", Weight: 0.5, Body: t.Method},
		{Field: "trade", Weight: plainWeight, Body: tradeWords(k, t.Trades)},
	}
	if t.Measure != nil {
		e.Text = append(e.Text, match.Text{Field: "measure", Weight: measureWeight, Body: t.Measure.Name})
	}
	return e
}

// solvedEntry is a solved need as the index sees it: asked only for how alike it is.
func solvedEntry(k Kind, n Need, owner string) match.Entry {
	return match.Entry{ID: n.ID, Group: k.ID + solvedGroup, Owner: owner, At: n.Closed, Reach: match.Everywhere,
		Capacity: match.Unlimited, Text: texts(k, k.Need, n.Values)}
}

func facets(f Form, v Values) map[string][]string {
	out := map[string][]string{}
	for _, x := range f.Fields {
		if codes := v[x.Key].chosen(); (x.Type == Choice || x.Type == Choices) && len(codes) > 0 {
			out[x.Key] = codes
		}
	}
	return out
}

func numbers(f Form, v Values) map[string]float64 {
	out := map[string]float64{}
	for _, x := range f.Fields {
		if n := v[x.Key].Number; x.Type == Number && n != nil {
			out[x.Key] = *n
		}
	}
	return out
}

func texts(k Kind, f Form, v Values) []match.Text {
	var out []match.Text
	for _, x := range f.Fields {
		val, weight, body := v[x.Key], x.Weight, ""
		switch x.Type {
		case Title:
			body = val.Text
			weight = fallback(weight, titleWeight)
		case Line, Prose:
			body = val.Text
			weight = fallback(weight, plainWeight)
		case Choice, Choices:
			body = k.words(x.List, val.chosen())
			weight = fallback(weight, plainWeight)
		case Gauge:
			if val.Measure != nil {
				body = val.Measure.Name
			}
			weight = fallback(weight, measureWeight)
		}
		if body != "" {
			out = append(out, match.Text{Field: x.Key, Weight: weight, Body: body})
		}
	}
	return out
}

func fallback(w, otherwise float64) float64 {
	if w > 0 {
		return w
	}
	return otherwise
}

// words gives all words for the terms chosen.
func (k Kind) words(list string, codes []string) string {
	var out []string
	for _, code := range codes {
		if t, ok := k.TermOf(list, code); ok {
			out = append(out, t.Name.ZH)
			out = append(out, t.Also...)
		}
	}
	return strings.Join(out, " ")
}

func tradeWords(k Kind, codes []string) string {
	f, _, _ := k.Trade()
	return k.words(f.List, codes)
}

func point(s *Spot) *match.Place {
	if s == nil || !s.Known() {
		return nil
	}
	return &match.Place{Lat: s.Lat, Lon: s.Lng}
}

// without cuts the busy stretches out of the free ones. Both may be in any order.
func without(free, busy []match.Window) []match.Window {
	out := slices.Clone(free)
	for _, b := range busy {
		var next []match.Window
		for _, f := range out {
			if !f.From.Before(b.To) || !b.From.Before(f.To) {
				next = append(next, f)
				continue
			}
			if f.From.Before(b.From) {
				next = append(next, match.Window{From: f.From, To: b.From})
			}
			if b.To.Before(f.To) {
				next = append(next, match.Window{From: b.To, To: f.To})
			}
		}
		out = next
	}
	return out
}
