package match

import (
	"context"
	"fmt"
	"time"
)

// The scales of the soft terms, at which each is worth a half.
const (
	halfDistance = 30_000.0             // metres
	halfFresh    = 180 * 24 * time.Hour // age
	halfLoad     = 2.0                  // things carried
	// A text term of 1 needs at least this share of the asker's words, so that the best of a bad lot
	// does not look good.
	fullShare = 0.15
)

// search is a query that was found in order, with what all candidates share.
type search struct {
	q       Query
	weights [terms]float64 // adding up to 1, or all 0
	text    question
	asked   []Window
}

func newSearch(q Query) (*search, error) {
	if err := q.From.validContent(); err != nil {
		return nil, err
	}
	if q.K < 0 || q.PerOwner < 0 || !(q.MinText >= 0 && q.MinText <= 1) {
		return nil, fmt.Errorf("k %d, per owner %d, least text %v", q.K, q.PerOwner, q.MinText)
	}
	if q.Weights == (Weights{}) {
		q.Weights = DefaultWeights
	}
	s := &search{q: q}
	s.q.From.Free = tidy(q.From.Free)
	w := q.Weights
	s.weights = [terms]float64{w.Text, w.Distance, w.Freshness, w.Quality, w.Load}
	sum := 0.0
	for _, weight := range s.weights {
		if !(weight >= 0 && weight <= 1e6) {
			return nil, fmt.Errorf("weights %+v", w)
		}
		sum += weight
	}
	for i := range s.weights {
		if sum > 0 {
			s.weights[i] /= sum
		}
	}
	s.text = ask(q.From.Text)
	s.asked = asked(&s.q.From, q.Now)
	return s, nil
}

func (s *search) meet(candidate *Entry) meeting {
	return meeting{asker: &s.q.From, candidate: candidate, now: s.q.Now}
}

// candidate is a document that fits.
type candidate struct {
	slot     uint32
	d        *document
	covered  float64
	distance float64
	score    float64
}

// top ranks the group.
func (s *search) top(ctx context.Context, g *group) (Result, error) {
	r := Result{Considered: len(g.byID)}
	found, err := s.eligible(ctx, g)
	if err != nil {
		return Result{}, err
	}
	w := g.weigh(&s.text)
	found = s.cover(found, &w, len(g.slots))
	r.Eligible = len(found)
	// The text term compares the candidates with the best of them.
	full := fullShare
	for i := range found {
		full = max(full, found[i].covered)
	}
	for i := range found {
		found[i].score = s.mean(s.values(&found[i], full))
	}
	for _, c := range best(found, s.q.K, s.q.PerOwner) {
		r.Hits = append(r.Hits, s.hit(&c, full, &w))
	}
	return r, nil
}

// eligible are those that the hard conditions let through.
func (s *search) eligible(ctx context.Context, g *group) ([]candidate, error) {
	found := make([]candidate, 0, len(g.byID))
	wants := g.prepare(&s.q.From.Wants)
	for slot, d := range g.slots {
		if slot%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if d == nil || s.q.Exclude[d.entry.ID] {
			continue
		}
		if m := s.meet(&d.entry); m.fits(&wants, d) {
			found = append(found, candidate{slot: uint32(slot), d: d, distance: m.distance()})
		}
	}
	return found, ctx.Err()
}

// cover finds how much of the question each candidate answers, and drops those that answer too little. It
// goes through the postings once, and gives each document the same sum as weighed.sum does.
func (s *search) cover(found []candidate, w *weighed, slots int) []candidate {
	sums := make([]float64, slots)
	wanted := make([]bool, slots)
	for _, c := range found {
		wanted[c.slot] = true
	}
	for i := range w.lists {
		list := w.lists[i].postings
		for j := 0; j < len(list); {
			end, slot := j+1, list[j].slot
			for end < len(list) && list[end].slot == slot {
				end++
			}
			if wanted[slot] {
				sums[slot] += float64(w.weights[i] * w.share(list[j:end]))
			}
			j = end
		}
	}
	kept := found[:0]
	for _, c := range found {
		if c.covered = w.covered(sums[c.slot]); c.covered >= s.q.MinText {
			kept = append(kept, c)
		}
	}
	return kept
}

// values are the terms of a candidate, in the order of their names.
func (s *search) values(c *candidate, full float64) [terms]float64 {
	e := &c.d.entry
	return [terms]float64{
		c.covered / full,
		nearness(c.distance),
		freshness(e.At, s.q.Now),
		e.Quality,
		halfLoad / (halfLoad + float64(e.Load)),
	}
}

func (s *search) mean(values [terms]float64) float64 {
	mean := 0.0
	for i, value := range values {
		mean += float64(s.weights[i] * value)
	}
	return mean
}

func nearness(metres float64) float64 {
	if metres < 0 {
		return 0
	}
	return halfDistance / (halfDistance + metres)
}

// freshness of what has no time, or no now to be compared with, is 0.
func freshness(at, now time.Time) float64 {
	if at.IsZero() || now.IsZero() {
		return 0
	}
	return float64(halfFresh) / float64(halfFresh+max(0, now.Sub(at)))
}

// hit is a candidate as it is told.
func (s *search) hit(c *candidate, full float64, w *weighed) Hit {
	e := &c.d.entry
	h := Hit{ID: e.ID, Owner: e.Owner, Score: c.score, Covered: c.covered, Distance: c.distance}
	values := s.values(c, full)
	h.Terms = make([]Term, terms)
	for i, name := range termNames {
		h.Terms[i] = Term{Name: name, Value: values[i], Weight: s.weights[i]}
	}
	h.FreeFrom = freeFrom(e, s.asked, s.q.Now)
	h.Words = s.text.words(c, w)
	m := s.meet(e)
	h.Held = m.verdict().Held
	return h
}

// explain judges one document by the same measures.
func (s *search) explain(g *group, slot uint32) Verdict {
	d := g.slots[slot]
	m := s.meet(&d.entry)
	v := m.verdict()
	if s.q.Exclude[d.entry.ID] {
		v.add(false, Condition{Kind: KindExcluded, Side: Both})
	}
	if s.q.MinText > 0 {
		w := g.weigh(&s.text)
		share := w.covered(w.sum(slot))
		v.add(share >= s.q.MinText, Condition{Kind: KindText, Side: Both, Want: s.q.MinText, Have: share})
	}
	v.Fits = len(v.Failed) == 0
	return v
}
