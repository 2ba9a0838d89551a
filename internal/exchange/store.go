package exchange

import (
	"context"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/match"
)

// CaseChange is the change of a case: the case as it shall be, and what to tell. It gets a copy, may run
// more than once, and has no other effect. An error leaves everything as it was and is given to the caller.
type CaseChange func(Case) (Case, []event.Event, error)

// Store keeps the exchange. Every method is safe for concurrent use. What a method has returned without an
// error is durable, and its events are in the outbox of the same commit. A missing row is fault.NotFound.
type Store interface {
	Admissions

	// Rehome brings some rows after unions that moved, in one transaction, and says how many; 0: none is behind. Doing it
	// again goes on where it was left.
	Rehome(ctx context.Context, steps []actor.Moved) (int, error)
	// Housed counts the rows of a subtree by what they are.
	Housed(ctx context.Context, path string) (map[string]int, error)

	Kinds(ctx context.Context) ([]Kind, error)
	// SaveKind keeps k as version k.Version, which must be one more than the kept one (fault.Conflict).
	SaveKind(ctx context.Context, k Kind, events ...event.Event) error

	// AddNeed keeps a new need. The same owner (poster or portal) giving the same once key again gets the
	// need of the first time and adds nothing; fresh says which it was. An empty key is always fresh.
	AddNeed(ctx context.Context, n Need, once string, events ...event.Event) (kept Need, fresh bool, err error)
	Case(ctx context.Context, needID string) (Case, error)
	// UpdateCase runs change on the case within one transaction and keeps what it gives.
	UpdateCase(ctx context.Context, needID string, change CaseChange) (Case, error)
	// Book is UpdateCase for a date of the owner of one of its engagements: change also gets the visits that they have
	// agreed to in their engagements at work on this and on other needs, as they stand in the same transaction.
	Book(ctx context.Context, needID, ownerID string, change func(c Case, busy []match.Window) (Case, []event.Event, error)) (Case, error)
	// Accept is UpdateCase that also takes up one place of the offer, whose owner carries at most so many over all their
	// offers, 0 for any number; with no place left it is fault.Conflict "exchange.offer.full" and changes nothing. Callers
	// that arrive together share a commit.
	Accept(ctx context.Context, needID, offerID, ownerID string, most int, change CaseChange) (Case, error)

	Messages(ctx context.Context, needID, engagementID string) ([]Message, error) // oldest first
	Needs(ctx context.Context, f NeedFilter) ([]Need, error)
	CountNeeds(ctx context.Context, f NeedFilter) (int, error)
	NeedsByID(ctx context.Context, ids []string) ([]Need, error)
	// EngagementsOf gives a person's engagements, the latest first, with their needs.
	EngagementsOf(ctx context.Context, ownerID string, limit int) ([]Case, error)
	// EngagementsIn gives the engagements of the needs.
	EngagementsIn(ctx context.Context, needIDs []string) ([]Engagement, error)
	// AskDue gives needs whose next follow-up is due, the longest due first.
	AskDue(ctx context.Context, now time.Time, limit int) ([]string, error)

	Offer(ctx context.Context, id string) (Offer, error)
	OffersByID(ctx context.Context, ids []string) ([]Offer, error)
	// OffersOf gives the offers of persons, by person and kind, in one question.
	OffersOf(ctx context.Context, ownerIDs ...string) ([]Offer, error)
	// Busy gives the agreed visits, not yet over at from, of the persons' engagements at work.
	Busy(ctx context.Context, ownerIDs []string, from time.Time) (map[string][]match.Window, error)
	// SaveOffer runs change on the owner's offer of the kind, with a zero Offer when there is none yet.
	SaveOffer(ctx context.Context, ownerID, kindID string, change func(Offer) (Offer, []event.Event, error)) (Offer, error)

	Tool(ctx context.Context, id string) (Tool, error)
	ToolsByID(ctx context.Context, ids []string) ([]Tool, error)
	Tools(ctx context.Context, f ToolFilter) ([]Tool, error)
	// AddTool keeps the entry and runs change on its case, in one transaction.
	AddTool(ctx context.Context, t Tool, change CaseChange) error
	UpdateTool(ctx context.Context, id string, change func(Tool) (Tool, []event.Event, error)) (Tool, error)
	// Helped notes that the entry helped the person; it counts each person once.
	Helped(ctx context.Context, toolID, personID string) error

	// Visits gives the cases within any of the paths that have an agreed visit which overlaps [from, to) and is
	// still to be confirmed, with their engagements at work. In kinds other than those named, where several may
	// be at work on one need, a case with such a visit waits for nothing but a visit.
	Visits(ctx context.Context, under []string, from, to time.Time, several []string) ([]Case, error)

	// Figures sums the cases of each section, in their order.
	Figures(ctx context.Context, sections []Section, kindID string, now time.Time) ([]Figures, error)
	// KindUse counts by kind, within any of the paths.
	KindUse(ctx context.Context, under []string) (map[string]KindUse, error)

	// Each… walk the whole table for an index, in batches, without holding a transaction open throughout.
	EachOffer(ctx context.Context, fn func(Offer) error) error
	EachNeed(ctx context.Context, states []NeedState, fn func(Need) error) error
	EachTool(ctx context.Context, fn func(Tool) error) error
	// SolvedBy gives, for needs closed as solved or partly, the persons who did it.
	SolvedBy(ctx context.Context, needIDs []string) (map[string][]string, error)

	// Load adds everything at once, for imports and demonstration data; ids are the caller's.
	Load(ctx context.Context, b Batch) error
}

// NeedFilter chooses needs. Zero members do not restrict.
type NeedFilter struct {
	Under        []string // union paths: within any of them
	Alone        bool     // Under names the unions themselves, without what is below them
	EnterpriseID []string // of any of them
	PosterID     string
	PortalID     string
	PortalRef    string
	KindID       string
	Trade        string
	States       []NeedState
	Words        string    // in the title
	From, To     time.Time // posted, [From, To)
	Figure       Figure    // only those that the figure counts
	WaitingAt    time.Time // only those that wait too long then, the longest over first
	Before       string    // a need id: only those posted before it, for the next page
	After        time.Time // with WaitingAt: only those due after it
	Limit        int
}

// KindUse is how much a kind is used.
type KindUse struct {
	Needs   int
	Running int // open or engaged
	Offers  int // open
}

// ToolFilter chooses toolbox entries, the latest first.
type ToolFilter struct {
	KindID  string
	Trade   string
	OwnerID string
	Words   string
	Before  string
	Limit   int
}

// Batch is what Load adds.
type Batch struct {
	Needs       []Need
	Engagements []Engagement
	Messages    []Message
	Offers      []Offer
	Tools       []Tool
}
