package exchange

import (
	"time"

	"github.com/unionhall/unionhall/internal/actor"
)

// OfferStatus is where an offer stands.
type OfferStatus string

// The states of an offer.
const (
	OfferOpen   OfferStatus = "open"
	OfferPaused OfferStatus = "paused" // by its owner
	OfferEnded  OfferStatus = "ended"
)

// Offer is what somebody gives. A person has at most one offer of a kind.
type Offer struct {
	ID          string
	KindID      string
	OwnerID     string
	UnionID     string
	UnionPath   string
	Title       string
	Trades      []string // the codes by which its kind sorts
	Values      Values
	Spot        Spot
	Reach       float64  // metres from Spot; 0 is none: on line only
	Capacity    int      // engagements it can carry at once
	OwnReach    *float64 // as its owner says for this offer; nil: as their entry in the hall says
	OwnCapacity *int
	Load        int // engagements at work now
	Status      OfferStatus
	RatingSum   int // of the ratings given by needs' sides
	RatingCount int
	SolvedCount int // needs closed as solved
	Version     int
	Updated     time.Time
}

// Full reports whether the offer carries all it can.
func (o Offer) Full() bool { return o.Load >= o.Capacity }

// settle makes reach and capacity what they now are: what the offer itself says, where its kind asks for that, or else what
// its owner's entry in the hall says. That a master carries no more over all offers than the entry allows is another matter,
// see Provider.most.
func (o *Offer) settle(k Kind, p Provider) {
	o.Reach, o.Capacity = p.Reach, max(1, p.MaxLoad)
	if o.OwnReach != nil && k.Has(Reach) {
		o.Reach = *o.OwnReach
	}
	if o.OwnCapacity != nil && k.Has(Capacity) {
		o.Capacity = *o.OwnCapacity
	}
}

// Stars is the mean rating, 0 when nobody has rated.
func (o Offer) Stars() float64 {
	if o.RatingCount == 0 {
		return 0
	}
	return float64(o.RatingSum) / float64(o.RatingCount)
}

// Tally is what engagements add to the counters of their offer.
type Tally struct{ Load, RatingSum, RatingCount, Solved int }

// Tally gives what one engagement adds; a nil one adds nothing.
func (e *Engagement) Tally() (t Tally) {
	if e == nil {
		return t
	}
	if e.Live() {
		t.Load = 1
	}
	if e.State == Finished && e.NeedEnd != nil {
		if e.NeedEnd.Stars > 0 {
			t.RatingSum, t.RatingCount = e.NeedEnd.Stars, 1
		}
		if e.NeedEnd.Result == Solved {
			t.Solved = 1
		}
	}
	return t
}

// Minus is the difference of two tallies.
func (t Tally) Minus(o Tally) Tally {
	return Tally{t.Load - o.Load, t.RatingSum - o.RatingSum, t.RatingCount - o.RatingCount, t.Solved - o.Solved}
}

// Count adds a tally to the offer's counters.
func (o *Offer) Count(t Tally) {
	o.Load += t.Load
	o.RatingSum += t.RatingSum
	o.RatingCount += t.RatingCount
	o.SolvedCount += t.Solved
}

// Tool is an entry of the toolbox: what was learned from one engagement, for everybody.
type Tool struct {
	ID           string
	KindID       string
	OwnerID      string // who wrote it
	NeedID       string // the case it came of
	EngagementID string
	UnionID      string
	UnionPath    string
	Title        string
	Trades       []string
	Problem      string // what showed
	Cause        string
	Method       string // what to do, step by step
	Gear         string // tools and material
	Measure      *Measure
	After        *float64
	Helped       int // people who said that it helped them
	Published    time.Time
	Version      int
	Updated      time.Time
}

// MayEdit reports whether the actor may change the words of the entry: who wrote it, or an officer of its union.
func (t Tool) MayEdit(a actor.Actor) bool {
	return a.SignedIn() && t.OwnerID == a.ID || a.MayAct(t.UnionPath)
}
