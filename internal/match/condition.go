package match

// Kind is what a condition is about. Those of predicates are also their names in JSON.
type Kind string

// The kinds of conditions that a predicate makes.
const (
	KindAll       Kind = "all"
	KindAny       Kind = "any"
	KindNot       Kind = "not" // in a predicate only; a Condition has the field Not instead
	KindHas       Kind = "has"
	KindUnder     Kind = "under"
	KindRange     Kind = "range"
	KindNear      Kind = "near"
	KindReachesMe Kind = "reachesMe"
	KindFreeIn    Kind = "freeIn"
)

// The kinds of conditions that hold for every match.
const (
	KindTime     Kind = "time"     // a free time in common
	KindCapacity Kind = "capacity" // places left
	KindText     Kind = "text"     // Query.MinText
	KindSelf     Kind = "self"     // an entry is not its own match
	KindExcluded Kind = "excluded" // Query.Exclude
)

// Side says whose condition it is.
type Side string

// The sides.
const (
	Asker     Side = "asker"     // Query.From wants it of the candidate
	Candidate Side = "candidate" // the candidate wants it of Query.From
	Both      Side = "both"      // every match needs it
)

// Condition is one thing that held or failed, for a reader's language to say. Want and Have are, by Kind:
//
//	has        []string, the values wanted     []string, those of them the other has; all it has where that says more
//	under      string, the root                []string, likewise
//	range      Bounds                          float64
//	near       float64, metres                 float64, the distance
//	reachesMe  float64, the distance           float64, the other's reach
//	freeIn     Window                          Window, the first common stretch
//	time       []Window, the asker's           Window, the first common stretch
//	capacity   1                               int
//	text       float64, Query.MinText          float64, Hit.Covered
//	any, all   nothing; Parts has what mattered
//
// and nil for what is not known or is not there, such as the distance to an entry without place.
type Condition struct {
	Kind       Kind
	Side       Side
	Not        bool   // it is wanted that this does not hold
	Facet      string // of has and under
	Number     string // of range
	Want, Have any
	Parts      []Condition // of any and all
}

// Bounds are the ends of a range; nil is open.
type Bounds struct{ Min, Max *float64 }
