package hall

import (
	"context"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
)

// Turn says how a membership turned.
type Turn string

// The turns: 录入, 入会, 转会, 退会, 重新入会. Entered is nobody's row: it is how those belong who were there before anybody
// asked for anything.
const (
	Entered     Turn = "entered"
	Joined      Turn = "joined"
	Transferred Turn = "transferred"
	Left        Turn = "left"
	Rejoined    Turn = "rejoined"
)

// Membership is one turn in the history of a person: out of one union, into another.
type Membership struct {
	PersonID  string
	ID        string
	At        time.Time
	How       Turn
	FromUnion string // "" when they came from none
	ToUnion   string // "" when they left
	By        string // the officer who approved it, or the person
}

// Stretch is how long somebody belonged to one union.
type Stretch struct {
	UnionID string
	From    time.Time
	To      time.Time // zero: to this day
	How     Turn      // it began
	By      string    // whose word that was; "" when nobody knows
	Ended   Turn      // "" when it goes on
}

// stretches reads a history, the latest first.
func stretches(p Person, turns []Membership) []Stretch {
	var out []Stretch
	if len(turns) == 0 || turns[0].FromUnion != "" {
		first := Stretch{UnionID: p.UnionID, From: p.Created, How: Entered}
		if len(turns) > 0 {
			first.UnionID = turns[0].FromUnion
		}
		out = append(out, first)
	}
	for _, m := range turns {
		if n := len(out); n > 0 && out[n-1].To.IsZero() {
			out[n-1].To, out[n-1].Ended = m.At, m.How
		}
		if m.ToUnion != "" {
			out = append(out, Stretch{UnionID: m.ToUnion, From: m.At, How: m.How, By: m.By})
		}
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}

// History gives to which unions a person belonged, the latest first, to themself and to officers who may read them.
func (s *Service) History(ctx context.Context, a actor.Actor, personID string) (_ []Stretch, err error) {
	defer fault.Wrap(&err, "hall.History(%s)", personID)
	p, err := s.Person(ctx, a, personID)
	if err != nil {
		return nil, err
	}
	turns, err := s.store.MembershipsOf(ctx, personID)
	return stretches(p, turns), err
}

// Belonging is a person with all that hangs on where they belong.
type Belonging struct {
	Person   Person
	Grants   []Grant
	Contacts []Contact
	Master   Status // of their entry; "" when they are no master
}

// Keeps gives the roles that stay, and those that end, when the person belongs to the union at the path.
func (b Belonging) Keeps(path string) (stay, end []Grant) { return keeps(b.Grants, path) }

// keeps gives the roles that somebody keeps who belongs to the union at the path, and those that end. The rule: a role
// stays in a union to which the new one belongs.
func keeps(grants []Grant, path string) (stay, end []Grant) {
	for _, g := range grants {
		if actor.Within(path, g.UnionPath) {
			stay = append(stay, g)
		} else {
			end = append(end, g)
		}
	}
	return stay, end
}

// Turned is a person after a turn: where they belong, whether they still do, and what they keep.
type Turned struct {
	Person   Person
	Grants   []Grant // that stay
	Contacts bool    // whether they go on speaking for enterprises
	Master   Status  // of their entry, if they have one
	Sessions bool    // whether their devices stay signed in
	Entry    Membership
}

// Memberships keeps who belongs where, how that came, and what people ask for.
type Memberships interface {
	// MembershipsOf gives the turns of a person, the earliest first.
	MembershipsOf(ctx context.Context, personID string) ([]Membership, error)
	// Belonging gives a person with what hangs on their union.
	Belonging(ctx context.Context, personID string) (Belonging, error)
	// Turn runs fn on a person with what hangs on their union and makes it what fn returns, together with the entry. The
	// person's transfer that waits goes. Calls for one person do not overlap.
	Turn(ctx context.Context, personID string, fn func(Belonging) (Turned, Trace, error)) error

	// DraftRequest keeps a request whose number is not proved yet. Nobody finds it.
	DraftRequest(ctx context.Context, r Request) error
	// ProveRequest lets a draft wait for its union. When its number has one waiting already, the draft goes, that one is the
	// answer, and trace is not asked.
	ProveRequest(ctx context.Context, id string, at time.Time, trace func(Request) Trace) (Request, error)
	// FileRequest keeps a member's request, which waits at once. When they have one waiting, that is the answer, and the
	// new one is nowhere.
	FileRequest(ctx context.Context, r Request, t Trace) (Request, error)
	Request(ctx context.Context, id string) (Request, error)
	// RequestOf gives the latest request of a number that was proved.
	RequestOf(ctx context.Context, phone Phone) (Request, error)
	// TransferOf gives the latest request of a member; without one it is fault.NoSuch.
	TransferOf(ctx context.Context, personID string) (Request, error)
	// ListRequests lists what waits, the oldest first, or what was decided, the latest first: requests to unions of the
	// subtree, and those of members who would leave one of them.
	ListRequests(ctx context.Context, path string, decided bool, page Page) (List[Request], error)
	// DecideRequest runs fn on a request and who is behind it: the member, or whoever has the number; nil is nobody. Then it
	// makes all that is in the outcome so. Calls for one request do not overlap.
	DecideRequest(ctx context.Context, id string, fn func(Request, *Belonging) (Outcome, error)) error
	// TakeTelling reports whether it is for the caller to tell the applicant of the decision; it is so once.
	TakeTelling(ctx context.Context, id string, at time.Time) (bool, error)
	// TrimRequests forgets drafts made before the first time and requests decided before the second, and says how many.
	TrimRequests(ctx context.Context, drafts, decided time.Time) (int, error)
}

// Outcome is what a decision changes.
type Outcome struct {
	Request  Request
	Newcomer *NewPerson  // who enters
	Entry    *Membership // how the newcomer did
	Strip    bool        // whoever had the number so far has it no more
	Turned   *Turned     // who was known
	Trace    Trace
}
