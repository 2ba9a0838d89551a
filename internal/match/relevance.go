package match

import (
	"cmp"
	"math"
	"slices"
)

// The measures of BM25F, where a plain occurrence in a field of mean length is worth 1 before saturation.
// Any near these order questions of lay people over statutes, and over the profiles of testdata,
// about as well.
const (
	saturation = 1.2  // k1: how soon more of the same word stops counting
	lengthBias = 0.75 // b: how much a long field thins out its words
	repetition = 2.0  // k3: how soon a word that the asker repeats stops counting
	weak       = 0.5  // what a single character counts beside a pair or a word
)

// question is the asker's text, ready to be put to any group.
type question struct {
	bodies []folded
	terms  []askedTerm // by first appearance: this is the order in which floats are added up
	tokens []askedToken
}

type askedTerm struct {
	term   string
	form   form
	amount float64 // occurrences times weight
}

// askedToken is an occurrence.
type askedToken struct {
	term, body, start, end int
	form                   form
}

func ask(texts []Text) question {
	q := question{bodies: make([]folded, len(texts))}
	number := map[string]int{}
	for i, t := range texts {
		q.bodies[i] = fold(t.Body)
		tokenize(&q.bodies[i], func(found token) {
			n, ok := number[found.term]
			if !ok {
				n = len(q.terms)
				number[found.term] = n
				q.terms = append(q.terms, askedTerm{term: found.term, form: found.form})
			}
			q.terms[n].amount += t.Weight
			q.tokens = append(q.tokens, askedToken{n, i, found.start, found.end, found.form})
		})
	}
	return q
}

// weighed is a question as one group sees it.
type weighed struct {
	weights []float64 // by asked term
	lists   []list    // likewise; empty where the group does not know the term
	known   []known   // the terms that the group knows, by word
	mass    float64   // of all terms, known or not
	thin    []float64 // by field: what one word of its length adds to the divisor
}

type known struct {
	word uint32
	term int
}

// weigh gives each asked term its weight in the group: how rare it is there, times how much the asker
// makes of it.
func (g *group) weigh(q *question) weighed {
	w := weighed{
		weights: make([]float64, len(q.terms)),
		lists:   make([]list, len(q.terms)),
		thin:    make([]float64, len(g.lengths)),
	}
	for f, l := range g.lengths {
		if l.words > 0 {
			w.thin[f] = lengthBias * float64(l.documents) / float64(l.words)
		}
	}
	all := len(g.byID)
	for i, t := range q.terms {
		if number, ok := g.words[t.term]; ok {
			w.lists[i] = g.lists[number]
			w.known = append(w.known, known{number, i})
		}
		weight := rarity(all, w.lists[i].documents) * emphasis(t.amount)
		if t.form == single {
			weight *= weak
		}
		w.weights[i] = weight
		w.mass += weight
	}
	slices.SortFunc(w.known, func(a, b known) int { return cmp.Compare(a.word, b.word) })
	return w
}

// rarity is what a word is worth that so many of all documents have.
func rarity(all, having int) float64 {
	return math.Log1p((float64(all-having) + 0.5) / (float64(having) + 0.5))
}

// emphasis is what the asker makes of a word: 1 for once, at most 1 + repetition.
func emphasis(amount float64) float64 { return (repetition + 1) * amount / (repetition + amount) }

// share is what one document's postings of a term make of its weight, from 0 to below 1 + saturation.
func (w *weighed) share(postings []posting) float64 {
	amount := 0.0
	for i := range postings {
		p := &postings[i]
		// The conversion keeps the compiler from fusing the sum, which would round differently elsewhere.
		amount += float64(p.amount) / (1 - lengthBias + float64(w.thin[p.field]*float64(p.length)))
	}
	return (saturation + 1) * amount / (saturation + amount)
}

// sum is what a document answers of the question, added up in the order of its terms.
func (w *weighed) sum(slot uint32) float64 {
	sum := 0.0
	for i := range w.lists {
		sum += float64(w.weights[i] * w.share(of(w.lists[i].postings, slot)))
	}
	return sum
}

// covered is the share of the question that a document's sum makes.
func (w *weighed) covered(sum float64) float64 {
	if w.mass == 0 {
		return 0
	}
	return min(1, sum/w.mass)
}
