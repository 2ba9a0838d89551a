package match

import (
	"cmp"
	"slices"
	"strings"
)

const (
	maxWords  = 5
	mostShare = 0.8  // of what the words gave; the rest is not told
	leastPart = 0.15 // of what the strongest gave
)

// run is a stretch of the asker's text that the candidate has too.
type run struct {
	body       *folded
	start, end int
	form       form
	gave       float64
}

// join takes up the next token where it overlaps: pairs if the document has the whole, and the parts of a
// model name.
func (r *run) join(next run, d *document) bool {
	if r.body != next.body || r.form != next.form || next.start >= r.end {
		return false
	}
	if next.form == pair && !d.has(r.body.span(r.start, next.end)) {
		return false
	}
	r.end = max(r.end, next.end)
	r.gave += next.gave
	return true
}

// words are the stretches of the asker's text that gave most of a candidate's text score. Pairs that
// overlap are joined as long as the candidate has the whole.
func (q *question) words(c *candidate, w *weighed) []string {
	gave := w.gave(c)
	var runs []run
	for _, t := range q.tokens {
		part := gave[t.term]
		if part == 0 || t.form == single {
			continue
		}
		next := run{&q.bodies[t.body], t.start, t.end, t.form, part}
		if n := len(runs); n == 0 || !runs[n-1].join(next, c.s.d) {
			runs = append(runs, next)
		}
	}
	return tell(runs)
}

// gave is what each asked term added to the candidate's sum.
func (w *weighed) gave(c *candidate) []float64 {
	gave := make([]float64, len(w.weights))
	words := c.s.d.words
	for _, k := range w.known {
		i, ok := slices.BinarySearch(words, k.word)
		if ok {
			gave[k.term] = float64(w.weights[k.term] * w.share(of(w.lists[k.term].postings, c.at)))
		}
		words = words[i:] // both ascend
	}
	return gave
}

func (d *document) has(text string) bool {
	for _, body := range d.bodies {
		if strings.Contains(body, text) {
			return true
		}
	}
	return false
}

// tell picks the strongest runs, each once.
func tell(runs []run) []string {
	slices.SortStableFunc(runs, func(a, b run) int { return cmp.Compare(b.gave, a.gave) })
	total, sum := 0.0, 0.0
	for _, r := range runs {
		total += r.gave
	}
	var told, texts []string
	for _, r := range runs {
		if len(told) == maxWords || sum >= mostShare*total || r.gave < leastPart*runs[0].gave {
			break
		}
		sum += r.gave
		r.trim()
		text := r.body.span(r.start, r.end)
		if r.end-r.start < 2 && dense(r.body.runes[r.start].r) ||
			slices.ContainsFunc(texts, func(t string) bool { return strings.Contains(t, text) }) {
			continue
		}
		texts = append(texts, text)
		told = append(told, r.body.origin(r.start, r.end))
	}
	return told
}

// trim takes off what only ties a run to the words around it, and what is left of a word that says nothing: of
// 客户图纸 the pair 客户 does not count, and 户图纸 would be no word.
func (r *run) trim() {
	if r.start > 0 && r.end-r.start > 1 && chatter[r.body.span(r.start-1, r.start+1)] {
		r.start++
	}
	if r.end < len(r.body.runes) && r.end-r.start > 1 && chatter[r.body.span(r.end-1, r.end+1)] {
		r.end--
	}
	for r.end-r.start > 1 && ties[r.body.runes[r.start].r] {
		r.start++
	}
	for r.end-r.start > 1 && ties[r.body.runes[r.end-1].r] {
		r.end--
	}
}
