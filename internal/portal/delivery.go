package portal

import "time"

// State says where a delivery stands.
type State string

// The states of a delivery.
const (
	Pending   State = "pending"
	Delivered State = "delivered"
	Failed    State = "failed"
)

// Failure says in a word why an attempt failed. It is safe to show: it tells a partner about their own
// address and nothing about our network.
type Failure string

// The failures.
const (
	FailStatus  Failure = "status"  // an answer other than 2xx, redirects among them
	FailTimeout Failure = "timeout" // no answer in time
	FailConnect Failure = "connect" // no connection, or it broke
	FailName    Failure = "name"    // the name does not resolve
	FailTLS     Failure = "tls"     // the certificate does not hold
	FailAddress Failure = "address" // it leads to an address that hooks may not reach
	FailExpired Failure = "expired" // nobody took it within Lifetime
)

// Delivery is one event on its way over one hook: what was sent, how often, and what came back last.
type Delivery struct {
	ID        string
	PortalID  string
	HookID    string
	EventID   string // also its webhook-id, the same at every attempt: by it a receiver knows a repeat
	Subject   string
	Body      []byte // the JSON that is sent, the same at every attempt
	State     State
	Attempts  int
	DueAt     time.Time // when it is to be tried next; while a sender has it, when it is free again
	ExpiresAt time.Time // when it fails if it is still pending
	CreatedAt time.Time
	LastAt    time.Time // the last attempt; zero before the first
	Status    int       // the HTTP status of its answer, 0 for none
	Failure   Failure   // empty when it did not fail
	Took      time.Duration
	Lease     string // names the claim of the sender that has it
}

// The rules of delivering.
const (
	Timeout    = 10 * time.Second // one attempt, from the name to the end of the answer
	LeaseTime  = time.Minute      // how long a claim holds; well over Timeout
	Lifetime   = 72 * time.Hour   // over the sum of Backoff, with room for pauses
	PauseAfter = 20               // failures in a row that pause a hook
	PauseFor   = time.Hour
	KeepFor    = 30 * 24 * time.Hour // how long the log is kept
)

// Backoff is the wait after each failed attempt; when the list is used up the delivery has failed.
var Backoff = []time.Duration{
	5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute,
	time.Hour, 3 * time.Hour, 8 * time.Hour, 24 * time.Hour,
}

// gone is the answer by which a receiver says that it wants no more.
const gone = 410

// Result is what became of one attempt.
type Result struct {
	At      time.Time // when it ended
	Took    time.Duration
	Status  int
	Failure Failure
}

// OK reports whether the receiver has taken it.
func (r Result) OK() bool { return r.Failure == "" }

// Settle applies the result of an attempt that was made under the lease: it says how delivery and
// hook go on. A success counts whoever had the claim, because the receiver has it; a failure counts
// only for the claim that still holds, so that one slot of the schedule is used once.
func Settle(d Delivery, h Hook, lease string, r Result) (Delivery, Hook) {
	if d.State == Delivered || (!r.OK() && (d.State != Pending || d.Lease != lease)) {
		return d, h
	}
	d.Attempts++
	d.LastAt, d.Took, d.Status, d.Failure, d.Lease = r.At, r.Took, r.Status, r.Failure, ""
	if r.OK() {
		d.State = Delivered
		if h.Failures = 0; h.Status == HookPaused {
			h.Status, h.PausedUntil = HookActive, time.Time{}
		}
		return d, h
	}
	if d.Attempts > len(Backoff) {
		d.State = Failed
	} else {
		d.DueAt = r.At.Add(Backoff[d.Attempts-1])
	}
	h.Failures++
	switch {
	case r.Status == gone:
		d.State = Failed
		h.Status, h.PausedUntil = HookDisabled, time.Time{}
	case h.Failures >= PauseAfter && h.Status != HookDisabled:
		h.Status, h.PausedUntil = HookPaused, r.At.Add(PauseFor)
	}
	return d, h
}
