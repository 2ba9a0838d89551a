package exchange

import "time"

// Figure names one of the exchange's figures; each counts whole needs, so that it opens to rows.
type Figure string

// The figures.
const (
	CountNeeds    Figure = "needs"
	CountAnswered Figure = "answered"
	CountVisited  Figure = "visited" // needs with a visit done
	CountClosed   Figure = "closed"  // with a result
	CountSolved   Figure = "solved"
	CountRated    Figure = "rated"
	CountWaiting  Figure = "waiting" // waiting too long now
)

// AllFigures in the order in which they are shown.
var AllFigures = []Figure{CountNeeds, CountAnswered, CountVisited, CountClosed, CountSolved, CountRated, CountWaiting}

// Section is what one line of figures sums: a subtree, or one union alone, and when its needs were posted.
type Section struct {
	Path     string
	Alone    bool      // the union itself, without what is below it
	From, To time.Time // posted, [From, To); zero is open
}

// Figures of a section: needs are counted by when they were posted.
type Figures struct {
	Path         string
	Needs        int
	Answered     int
	Visited      int
	Visits       int // there can be several to a need
	Closed       int
	Solved       int
	Rated        int
	Waiting      int
	MedianAnswer time.Duration // from posting to first answer, of those answered; 0 when none was
	RatingSum    int
	RatingCount  int
}

// Count gives the figure that was asked for.
func (f Figures) Count(which Figure) int {
	switch which {
	case CountAnswered:
		return f.Answered
	case CountVisited:
		return f.Visited
	case CountClosed:
		return f.Closed
	case CountSolved:
		return f.Solved
	case CountRated:
		return f.Rated
	case CountWaiting:
		return f.Waiting
	}
	return f.Needs
}

// SolvedShare is solved of closed, 0..1; ok is false when none was closed.
func (f Figures) SolvedShare() (share float64, ok bool) {
	if f.Closed == 0 {
		return 0, false
	}
	return float64(f.Solved) / float64(f.Closed), true
}

// Satisfaction is the mean of the stars given by the needs' side; ok is false when nobody rated.
func (f Figures) Satisfaction() (stars float64, ok bool) {
	if f.RatingCount == 0 {
		return 0, false
	}
	return float64(f.RatingSum) / float64(f.RatingCount), true
}
