// Package match finds, for one side of the exchange, the best of the other side: who fits, how well and
// why. It knows ids, facets, predicates, places, times, capacity and text, and nothing of what they
// stand for.
//
// Two entries fit when each one's predicate holds over the other, when they have a free time in common,
// and when the candidate has capacity left. These are hard: no score makes up for one that fails. Those that
// fit are ranked by five soft terms, each between 0 and 1: text, distance, freshness, quality, load.
//
// Distance is never a condition by itself: an entry that cares says so in its predicate, with Near (the
// other is close enough to me) or ReachesMe (the other is willing to come to me), because a kind of
// offer decides whether a visit is needed at all.
package match

import (
	"context"
	"time"
)

// Index holds entries and answers which of them fit. Every method may be called concurrently.
//
// An answer depends only on the entries held and on the query: two indexes with the same entries give the
// same answers bit for bit, in whatever order the entries were put, replaced and removed.
type Index interface {
	// Put adds entries, or replaces those with the same ID, also when they were in another group. Each
	// entry can be found as soon as Put returns. An invalid entry is refused before anything is
	// changed; when ctx ends, the entries up to some point are in and the error says so. The
	// index keeps copies.
	Put(ctx context.Context, entries ...Entry) error
	// Remove takes entries out; an ID that is not there is no error. They count for nothing afterwards, also
	// not in how rare a word is.
	Remove(ids ...string)
	// Top gives the best K of a group for one entry.
	Top(ctx context.Context, q Query) (Result, error)
	// Explain says of one candidate whether Top would list it for the same query, had K no limit, and if
	// not, what is in the way. An ID that the group does not hold is a NotFound fault.
	Explain(ctx context.Context, q Query, id string) (Verdict, error)
	// Len is the number of entries in a group.
	Len(group string) int
}

// Query asks for the best of a group. From need not be in the index; if it is, it is not its own match.
type Query struct {
	From    Entry
	Group   string
	K       int     // how many hits at most; 0 only counts
	Weights Weights // the zero value stands for DefaultWeights
	// Now is where freshness counts from; times before it are past and help nobody. Zero: nothing is past,
	// and nothing is fresh.
	Now time.Time
	// MinText cuts candidates whose Covered is lower; 0 cuts nothing. Between two texts of some sentences about
	// the same trouble Covered is seldom below 0.08 and about 0.16 in the middle; between texts about
	// different troubles it is seldom above 0.04 and hardly ever 0.07. So 0.08 finds what is alike. Words of a
	// list that both sides repeat (the trade, the material) add to both. A few words typed into a
	// search box cover much or nothing: any small number, such as 0.01, means that something is found.
	MinText float64
	// PerOwner is how many hits one Owner may have; 0 is no limit. Entries without owner are not limited.
	PerOwner int
	Exclude  map[string]bool // ids that must not be listed
	Brief    bool            // hits without Terms, FreeFrom, Words and Held, which cost more than finding them: for who only counts
}

// Weights say how much each soft term counts; only their proportions matter. None is negative.
type Weights struct {
	Text      float64 `json:"text"`
	Distance  float64 `json:"distance"`
	Freshness float64 `json:"freshness"`
	Quality   float64 `json:"quality"`
	Load      float64 `json:"load"`
}

// DefaultWeights serve a kind that names none: what is written decides, the rest orders those who are close.
var DefaultWeights = Weights{Text: 0.60, Distance: 0.15, Freshness: 0.05, Quality: 0.10, Load: 0.10}

// The names of the terms, in the order in which a Hit lists them.
const (
	TermText      = "text"
	TermDistance  = "distance"
	TermFreshness = "freshness"
	TermQuality   = "quality"
	TermLoad      = "load"
)

var termNames = [...]string{TermText, TermDistance, TermFreshness, TermQuality, TermLoad}

const terms = len(termNames)

// Term is one part of a score.
type Term struct {
	Name   string
	Value  float64 // 0 to 1
	Weight float64 // its share of the score; the weights of a hit add up to 1, or are all 0
}

// Hit is one candidate that fits.
type Hit struct {
	ID, Owner string
	Score     float64 // 0 to 1: the weighted mean of the terms
	Terms     []Term
	// Covered is the share, 0 to 1, of what the asker's words weigh that this candidate has. A word weighs more
	// the rarer it is in the group, also one that nobody has, and is had in full when it occurs once in a
	// field of mean length and weight 1. Unlike the text term, which is Covered beside that of the best
	// candidate, it means the same in every query.
	Covered float64
	// Distance is in metres; -1 when either side has no place.
	Distance float64
	// FreeFrom is the first time at which the candidate says it is free: within the times that the
	// asker gives, else within the next fortnight. Zero when there is none, and when it gives no times.
	FreeFrom time.Time
	// Words are the asker's own words that carried most of the text score, the strongest first.
	Words []string
	Held  []Condition
}

// Result is the answer of Top. Eligible is how many would be listed if K and PerOwner were not limited.
type Result struct {
	Hits       []Hit // best first; equal scores by ID
	Considered int   // all in the group
	Eligible   int
}

// Verdict is the answer of Explain.
type Verdict struct {
	Fits   bool
	Failed []Condition
	Held   []Condition
}
