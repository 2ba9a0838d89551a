package demo

import "time"

// The states of a need.
const (
	NeedOpen      = "open"      // nobody is at work on it
	NeedEngaged   = "engaged"   // somebody is
	NeedClosed    = "closed"    // with a result
	NeedWithdrawn = "withdrawn" // by its own side
)

// How soon somebody must answer.
const (
	Normal = "normal"
	Soon   = "soon"
	Urgent = "urgent"
)

// Measure is what success would measure. Less is better where the target is below before.
type Measure struct {
	Name           string
	Before, Target float64
	Unit           string
	Decimals       int // with how many decimals its values are told
}

// Lower reports whether less is better.
func (m Measure) Lower() bool { return m.Target < m.Before }

// Need is what an enterprise asks for, with all that became of it.
type Need struct {
	ID           string
	EnterpriseID string
	PosterID     string // the contact; "" when a portal posted it
	PortalID     string
	PortalRef    string // the portal's own number for it
	Trade        string
	Title        string
	Text         string
	Equipment    string
	Urgency      string
	Measure      *Measure // nil where the enterprise did not say
	WantFrom     string   // days on which a visit would suit: "2026-01-31", both "" where not said
	WantTo       string
	Address      string
	Place        Place
	Posted       time.Time
	State        string
	Result       string // of a closed need: Solved, Partly, Unsolved
	FirstAnswer  time.Time
	Closed       time.Time // or withdrawn
	Reason       string    // why it was withdrawn
	Engagements  []Engagement
	Family       string // "cnc-turning/slender-shaft": from which family of problems it was made; for tests
}

// The states of an engagement.
const (
	Invited  = "invited"  // asked, no answer yet
	Accepted = "accepted" // at work
	Finished = "finished" // both sides have closed
	Declined = "declined" // by the master
	Left     = "left"     // the invitation fell away because another accepted or the need ended
)

// Engagement is one master at one need.
type Engagement struct {
	ID        string
	MasterID  string // person
	State     string
	InvitedBy string // the person who invited or assigned; "" where the master came by the hall's notice
	Assigned  bool   // by an officer
	Invited   time.Time
	Accepted  time.Time
	Ended     time.Time // finished, declined, left
	Reason    string    // why declined or left
	Messages  []Message
	Visits    []Visit
	NeedEnd   *Closing // how the enterprise closed
	OfferEnd  *Closing // how the master closed
	FollowUps []FollowUp
	Tool      *Tool
}

// The sides of an engagement.
const (
	NeedSide  = "need"
	OfferSide = "offer"
	HallSide  = "hall" // an officer
)

// Message is one word in the thread.
type Message struct {
	ID       string
	AuthorID string
	Side     string
	Body     string
	At       time.Time
}

// Visit is a date on site, within the master's weekly free time and outside absences.
type Visit struct {
	ID       string
	From, To time.Time
	Address  string
	Note     string
	ByID     string // who proposed it
	Side     string
	Proposed time.Time
	Agreed   time.Time // zero until the other side has agreed
	Done     time.Time // zero until it has taken place
}

// The results.
const (
	Solved   = "solved"
	Partly   = "partly"
	Unsolved = "unsolved"
)

// Closing is one side's end of an engagement, with its rating of the other side.
type Closing struct {
	ByID    string
	At      time.Time
	Result  string
	After   *float64 // in the unit of the need's measure
	Note    string
	Stars   int
	Comment string
}

// The answers to a follow-up.
const (
	Holds   = "holds"
	Slipped = "slipped"
	Lost    = "lost"
)

// FollowUp asks some days after closing whether the gain holds. It has been asked once it is due, and is
// overdue when a fortnight later nobody has answered.
type FollowUp struct {
	Days     int
	Due      time.Time
	Asked    time.Time
	Answered time.Time
	Holds    string
	Value    *float64
	Note     string
}

// Tool is an entry of the toolbox: what was learned, for the next firm.
type Tool struct {
	ID        string
	Title     string
	Problem   string
	Cause     string
	Method    string // numbered steps, one a line
	Result    string
	Gear      string
	Trade     string
	Measure   *Measure
	After     *float64
	Helped    int // people who said that it helped them
	Published time.Time
}
