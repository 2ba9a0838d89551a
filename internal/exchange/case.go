package exchange

import (
	"slices"
	"time"
)

// NeedState is where a need stands.
type NeedState string

// The states of a need.
const (
	NeedOpen      NeedState = "open"      // looking for somebody
	NeedEngaged   NeedState = "engaged"   // as many are at work as its kind allows
	NeedClosed    NeedState = "closed"    // with a result
	NeedWithdrawn NeedState = "withdrawn" // by its own side
)

// Result is how a need ended, as its own side says.
type Result string

// The results.
const (
	Solved   Result = "solved"
	Partly   Result = "partly"
	Unsolved Result = "unsolved"
)

// Need is what somebody asks for.
type Need struct {
	ID           string
	KindID       string
	UnionID      string // the union of the enterprise
	UnionPath    string
	EnterpriseID string // "" where the kind's needs are a person's
	PosterID     string // the person; "" when a portal posted it
	PortalID     string // the portal through which it came
	PortalRef    string // the portal's own name for it
	Title        string
	Trades       []string // the codes by which its kind sorts, see Kind.Trade
	Values       Values
	Files        []File
	State        NeedState
	Result       Result
	Reason       string // why it was withdrawn
	Sum          string // of what was posted: tells another act of posting under the same key
	Posted       time.Time
	FirstAnswer  time.Time // when somebody first accepted or wrote; zero while nobody has
	Closed       time.Time
	Visits       int // visits done
	RatingSum    int // of the ratings that the need's side gave
	RatingCount  int
	Wait         Wait
	AskAt        time.Time // when the next follow-up is to be asked; zero when none is
	Version      int       // counts changes; the store refuses to overwrite a newer one
	Updated      time.Time
}

// File is an attachment: its bytes lie in the blob store under Hash.
type File struct {
	ID    string    `json:"id"`
	Name  string    `json:"name"`
	Type  string    `json:"type"` // as found in its bytes, not as the sender said
	Size  int64     `json:"size"`
	Hash  string    `json:"hash"`
	Thumb string    `json:"thumb,omitempty"` // a smaller picture, where there is one
	By    string    `json:"by"`
	At    time.Time `json:"at"`
}

// Image reports whether a browser may show the file within a page.
func (f File) Image() bool {
	return slices.Contains([]string{"image/jpeg", "image/png", "image/webp", "image/gif"}, f.Type)
}

// EngagementState is where an engagement stands.
type EngagementState string

// The states of an engagement.
const (
	Invited  EngagementState = "invited"  // asked by the need's side or an officer
	Accepted EngagementState = "accepted" // at work
	Finished EngagementState = "finished" // both sides have closed
	Declined EngagementState = "declined" // by the offer's side
	Left     EngagementState = "left"     // given up by either side after accepting, or the invitation taken back
)

// Engagement is what a match becomes: the service order between a need and an offer.
type Engagement struct {
	ID        string
	NeedID    string
	OfferID   string
	OwnerID   string // the person behind the offer
	State     EngagementState
	InvitedBy string // person who invited or assigned; "" when the offer's side came by itself
	Assigned  bool   // by an officer
	Invited   time.Time
	Accepted  time.Time
	Ended     time.Time
	Reason    string // why it was declined or left
	Messages  int
	LastWord  time.Time // of the last message
	LastSum   string    // of who wrote it and what: tells the same one sent twice
	LastOnce  string    // the key under which it was sent, if any
	Visits    []Visit
	NeedEnd   *Closing // how the need's side closed
	OfferEnd  *Closing
	FollowUps []FollowUp
	ToolID    string // the toolbox entry that came of it
}

// Live reports whether the engagement takes up a place on both sides.
func (e Engagement) Live() bool { return e.State == Accepted }

// Met reports whether the two sides may see each other's telephone numbers.
func (e Engagement) Met() bool { return e.State == Accepted || e.State == Finished }

// Visit is a date on site.
type Visit struct {
	ID       string
	From, To time.Time
	Address  string
	Note     string
	By       string // who proposed it
	Side     Side   // for which side
	Proposed time.Time
	Agreed   time.Time // zero until the other side has agreed
	Done     time.Time // zero until it has taken place
	Canceled time.Time
	Edition  int // grows with each change, for calendars
}

// Open reports whether the visit is still to come or to be confirmed.
func (v Visit) Open() bool { return v.Done.IsZero() && v.Canceled.IsZero() }

// Closing is one side's end of an engagement.
type Closing struct {
	By      string
	At      time.Time
	Result  Result
	After   *float64 // in the unit of the need's measure
	Note    string
	Stars   int // 1..5 for the other side; 0 where the kind has no rating
	Comment string
}

// FollowUp asks some days after closing whether the gain holds.
type FollowUp struct {
	Days     int
	Due      time.Time
	Asked    time.Time
	Answered time.Time
	Holds    Gain
	Value    *float64
	Note     string
}

// Gain is an answer to a follow-up.
type Gain string

// The answers.
const (
	Holds   Gain = "holds"
	Slipped Gain = "slipped"
	Lost    Gain = "lost"
)

// Message is one word in an engagement's thread.
type Message struct {
	ID           string
	NeedID       string
	EngagementID string
	AuthorID     string
	Side         Side
	Body         string
	Files        []File
	At           time.Time
}

// Side is on whose behalf somebody acts in a case.
type Side string

// The sides.
const (
	NoSide    Side = ""
	NeedSide  Side = "need"
	OfferSide Side = "offer"
	HallSide  Side = "hall" // an officer
)

// Case is a need with its engagements. Said are messages that the change at hand adds; a case read from the
// store has none.
type Case struct {
	Need        Need
	Engagements []Engagement
	Said        []Message
}

// Engagement gives a pointer into the case, nil when there is no such engagement.
func (c *Case) Engagement(id string) *Engagement {
	i := slices.IndexFunc(c.Engagements, func(e Engagement) bool { return e.ID == id })
	if i < 0 {
		return nil
	}
	return &c.Engagements[i]
}

// With gives the engagement of an offer that is invited, at work or finished.
func (c *Case) With(offerID string) *Engagement {
	for i := range c.Engagements {
		e := &c.Engagements[i]
		if e.OfferID == offerID && (e.State == Invited || e.State == Accepted || e.State == Finished) {
			return e
		}
	}
	return nil
}

// Working counts the engagements at work.
func (c *Case) Working() int {
	n := 0
	for _, e := range c.Engagements {
		if e.Live() {
			n++
		}
	}
	return n
}

// Clone copies the case so deeply that changing the copy leaves c alone.
func (c Case) Clone() Case {
	c.Engagements = slices.Clone(c.Engagements)
	for i := range c.Engagements {
		e := &c.Engagements[i]
		e.Visits = slices.Clone(e.Visits)
		e.FollowUps = slices.Clone(e.FollowUps)
	}
	c.Need.Files = slices.Clone(c.Need.Files)
	c.Said = slices.Clone(c.Said)
	return c
}

// Settle recomputes what follows from the rest of the case: its state, counts, what it waits for. Every
// change ends with it, so that the columns lists and figures read are never stale.
func (c *Case) Settle(k Kind, now time.Time) {
	n := &c.Need
	n.Visits, n.RatingSum, n.RatingCount, n.AskAt = 0, 0, 0, time.Time{}
	for _, e := range c.Engagements {
		for _, v := range e.Visits {
			if !v.Done.IsZero() {
				n.Visits++
			}
		}
		t := e.Tally()
		n.RatingSum += t.RatingSum
		n.RatingCount += t.RatingCount
		for _, f := range e.FollowUps {
			if f.Asked.IsZero() && (n.AskAt.IsZero() || f.Due.Before(n.AskAt)) {
				n.AskAt = f.Due
			}
		}
	}
	if n.State == NeedOpen || n.State == NeedEngaged {
		n.State = NeedOpen
		if c.Working() >= max(1, k.Steps.Masters) {
			n.State = NeedEngaged
		}
	}
	n.Wait = c.waits(k)
	n.Updated = now
}

// Urgency gives how soon somebody must answer.
func (n Need) Urgency(k Kind) string {
	if f, ok := k.Need.Of(Urgency); ok && n.Values[f.Key].Text != "" {
		return n.Values[f.Key].Text
	}
	return Normal
}

// Spot gives where the need is, nil where its kind does not ask.
func (n Need) Spot(k Kind) *Spot {
	f, _ := k.Need.Of(Place)
	return n.Values[f.Key].Spot
}

// Measure gives what success would measure, nil where nobody said.
func (n Need) Measure(k Kind) *Measure {
	f, _ := k.Need.Of(Gauge)
	return n.Values[f.Key].Measure
}

// Days gives when it is wanted.
func (n Need) Days(k Kind) *Span {
	f, _ := k.Need.Of(Days)
	return n.Values[f.Key].Days
}

func (v Value) chosen() []string {
	if v.Text != "" {
		return []string{v.Text}
	}
	return v.Choices
}
