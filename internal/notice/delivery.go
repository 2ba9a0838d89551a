package notice

import (
	"context"
	"time"
)

// State is how far a delivery has come.
type State string

// The states. Sending is noted before the gateway is called: whoever finds it later cannot know whether the
// gateway took the news, and it is Unknown for good. Only Waiting is ever sent.
const (
	Waiting State = "waiting"
	Sending State = "sending"
	Sent    State = "sent"
	Failed  State = "failed"  // refused for good, or too often
	Unknown State = "unknown" // perhaps sent; not sent again
	Expired State = "expired" // too old to be news
	Dropped State = "dropped" // read, or no longer wanted that way
)

// Delivery is one notice on its way out of the hall to one address.
type Delivery struct {
	PersonID, EventID, Msg string
	Way                    Way
	AddressID              string // "" for the phone that the hall knows
	ItemID                 string

	State     State
	Attempts  int
	CreatedAt time.Time
	DueAt     time.Time
	ExpiresAt time.Time
	BegunAt   time.Time
	Lease     string
	Why       string // what the last attempt came to; never an address
	Spared    bool   // only to Settle: the attempt does not count
}

// AddressState says whether an address is used.
type AddressState string

// The states of an address.
const (
	AddressNew    AddressState = "new" // its owner has yet to say that it is theirs
	AddressActive AddressState = "active"
	AddressOff    AddressState = "off"
)

// Why an address is off.
const (
	OffStopped = "stopped" // its owner said so from a letter
	OffBad     = "bad"     // there is nobody there
)

// Address is where a person can be told. Value is in the clear here, and sealed in the store.
type Address struct {
	PersonID, ID string
	Way          Way
	Value        string
	State        AddressState
	Why          string
	CreatedAt    time.Time
}

// String keeps the value out of logs.
func (a Address) String() string { return string(a.Way) + " " + a.ID }

// Outgoing keeps choices, addresses and deliveries. What a method has changed is durable when it returns; all are safe
// for concurrent use, by several processes too.
type Outgoing interface {
	// Choices gives those of the people who have chosen.
	Choices(ctx context.Context, people []string) (map[string]Choices, error)
	SaveChoices(ctx context.Context, personID string, c Choices) error

	// Addresses gives all of the people, oldest first.
	Addresses(ctx context.Context, people []string) (map[string][]Address, error)
	// PutAddress adds the address in place of all others of its person and way, with a delivery that asks whether it is
	// theirs.
	PutAddress(ctx context.Context, a Address, ask Delivery) error
	// AddAddress adds the address beside the others. One of that id is replaced, whoever's it was.
	AddAddress(ctx context.Context, a Address) error
	// Owners gives those who use the address for a way, so that it is active.
	Owners(ctx context.Context, w Way, value string) (people []string, err error)
	// SetAddress changes state and reason of an address that is in one of the states from; false when there is none.
	SetAddress(ctx context.Context, personID, id string, to AddressState, why string, from ...AddressState) (bool, error)
	// DropAddress forgets an address.
	DropAddress(ctx context.Context, personID, id string) error

	// Due gives at most limit deliveries that wait and are due, earliest first; each digest once, by one of its rows.
	Due(ctx context.Context, now time.Time, limit int) ([]Delivery, error)
	// DueDigest gives all that a person's digest is to hold now.
	DueDigest(ctx context.Context, personID string, now time.Time, limit int) ([]Delivery, error)
	// Begin notes that the deliveries are being sent, and gives those that still waited: of all that try, one gets each.
	Begin(ctx context.Context, ds []Delivery, lease string, now time.Time) ([]Delivery, error)
	// Settle notes what came of deliveries: only of those that are still under the lease, or, where it is "", still wait.
	Settle(ctx context.Context, ds []Delivery, lease string) error
	// Lapse gives up what was begun before then and never settled, as Unknown, and what has expired at now.
	Lapse(ctx context.Context, begunBefore, now time.Time) (unknown, expired int, err error)

	// Begun counts the deliveries of a person by a way that were begun since then, and Asked how often they have entered
	// an address.
	Begun(ctx context.Context, personID string, w Way, since time.Time) (int, error)
	Asked(ctx context.Context, personID string, since time.Time) (int, error)
	// TrimDeliveries forgets what was made before then.
	TrimDeliveries(ctx context.Context, before time.Time, limit int) (int, error)
}

// MsgConfirm is the message of a delivery that asks whether an address is its owner's. It tells of no notice.
const MsgConfirm = "notice.confirm"

// expiry is how long news by a way is worth sending.
var expiry = map[Way]time.Duration{Mail: 3 * 24 * time.Hour, Text: 12 * time.Hour, Push: 12 * time.Hour, Digest: 9 * 24 * time.Hour}

// plan says what leaves the hall of one notice: one delivery for each address of the way that its person has chosen.
func plan(it Item, c Choices, addresses []Address, offered func(Way) bool) (out []Delivery) {
	k := KindOf(it.Msg)
	w := c.Way(k)
	if w == Nowhere || !offered(w) {
		return nil
	}
	d := Delivery{PersonID: it.PersonID, EventID: it.EventID, Msg: it.Msg, Way: w, ItemID: it.ID, State: Waiting, CreatedAt: it.CreatedAt,
		DueAt: c.After(k, it.CreatedAt)}
	if w == Digest {
		d.DueAt = c.nextDigest(it.CreatedAt)
	}
	d.ExpiresAt = d.DueAt.Add(expiry[w])
	if w == Text {
		return []Delivery{d}
	}
	for _, a := range addresses {
		if a.Way == carrier(w) && a.State == AddressActive {
			d.AddressID = a.ID
			out = append(out, d)
		}
	}
	return out
}

// carrier is the way of the addresses that a way goes to.
func carrier(w Way) Way {
	if w == Digest {
		return Mail
	}
	return w
}
