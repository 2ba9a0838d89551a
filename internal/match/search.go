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
	return meeting{asker: &s.q.From, candidate: candidate, there: candidate.Place, now: s.q.Now}
}

// candidate is a document that fits.
type candidate struct {
	at       uint32 // its slot
	s        *slot
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

// eligible are those that the hard conditions let through, asked in the order of their price.
func (s *search) eligible(ctx context.Context, g *group) ([]candidate, error) {
	found := make([]candidate, 0, len(g.byID))
	wants, answers, out := g.prepare(&s.q.From.Wants), make(answers, g.wishes.count), s.out(g)
	for at := range g.slots {
		if at%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		sl := &g.slots[at]
		if sl.d == nil || sl.capacity == 0 || out[uint32(at)] {
			continue
		}
		m := meeting{asker: &s.q.From, candidate: &sl.d.entry, now: s.q.Now}
		if sl.placed {
			m.there = &sl.place
		}
		if !wants.holds(&m, sl) || !answers.holds(sl.wish, &m) {
			continue
		}
		if _, ok := common(s.q.From.Free, sl.free, s.q.Now); ok {
			found = append(found, candidate{at: uint32(at), s: sl, distance: m.distance()})
		}
	}
	return found, ctx.Err()
}

// out are the slots that the query leaves out: of those excluded, and of the asker.
func (s *search) out(g *group) map[uint32]bool {
	out := map[uint32]bool{}
	for id, excluded := range s.q.Exclude {
		if at, ok := g.byID[id]; ok && excluded {
			out[at] = true
		}
	}
	if at, ok := g.byID[s.q.From.ID]; ok {
		out[at] = true
	}
	return out
}

// cover finds how much of the question each candidate answers, and drops those that answer too little. It
// goes through the postings once, and gives each document the same sum as weighed.sum does.
func (s *search) cover(found []candidate, w *weighed, slots int) []candidate {
	sums := make([]float64, slots)
	wanted := make([]bool, slots)
	for _, c := range found {
		wanted[c.at] = true
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
		if c.covered = w.covered(sums[c.at]); c.covered >= s.q.MinText {
			kept = append(kept, c)
		}
	}
	return kept
}

// values are the terms of a candidate, in the order of their names.
func (s *search) values(c *candidate, full float64) [terms]float64 {
	return [terms]float64{
		c.covered / full,
		nearness(c.distance),
		freshness(c.s.at, s.q.Now),
		c.s.quality,
		halfLoad / (halfLoad + float64(c.s.load)),
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
	e := &c.s.d.entry
	h := Hit{ID: e.ID, Owner: e.Owner, Score: c.score, Covered: c.covered, Distance: c.distance}
	if s.q.Brief {
		return h
	}
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
func (s *search) explain(g *group, at uint32) Verdict {
	e := &g.slots[at].d.entry
	m := s.meet(e)
	v := m.verdict()
	if s.q.Exclude[e.ID] {
		v.add(false, Condition{Kind: KindExcluded, Side: Both})
	}
	if s.q.MinText > 0 {
		w := g.weigh(&s.text)
		share := w.covered(w.sum(at))
		v.add(share >= s.q.MinText, Condition{Kind: KindText, Side: Both, Want: s.q.MinText, Have: share})
	}
	v.Fits = len(v.Failed) == 0
	return v
}
