package intake

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
)

// Changed is the subject of the one event here: an import has moved on. Data is a Moved.
const Changed = "intake.job.changed"

// Moved is the data of Changed.
type Moved struct {
	ID        string `json:"id"`
	UnionPath string `json:"union"`
}

// Topic is what pages follow to see an import move on.
func Topic(jobID string) string { return "import:" + jobID }

// EventOf is the event that a store emits with every change of a job.
func EventOf(j Job) event.Event {
	return event.New(Changed, j.Changed, Moved{ID: j.ID, UnionPath: j.UnionPath})
}

// MovedIn reads the data of an event.
func MovedIn(e event.Event) (m Moved, err error) { return m, json.Unmarshal(e.Data, &m) }

// ErrLost is the answer to a worker whose claim on a job has run out and been taken by another.
var ErrLost = fault.New(fault.Conflict, "intake.fault.lost")

// Kept is a file that is kept: Ref is what it is opened by, Mark the same for the same content and telling nothing of it.
type Kept struct {
	Ref, Mark string
	Size      int64 // of the content, in bytes
}

// Files keeps what is imported, unreadable to whoever has no key to it. It is safe for concurrent use.
type Files interface {
	// Keep reads r to its end. When it returns nil the file survives a loss of power; else nothing of it stays.
	Keep(ctx context.Context, r io.Reader) (Kept, error)
	// Open gives the content; fault.NotFound says that there is none.
	Open(ctx context.Context, ref string) (io.ReadSeeker, error)
	// Drop removes a file; one that is not there is no error.
	Drop(ctx context.Context, ref string) error
}

// Store keeps imports. All methods are safe for concurrent use; a write is durable when its method returns nil, and
// every change of a job emits EventOf it in the same transaction. A job that is not there is fault.NoSuch.
type Store interface {
	// Rehome brings some rows after unions that moved, in one transaction, and says how many; 0: none is behind. Doing it
	// again goes on where it was left.
	Rehome(ctx context.Context, steps []actor.Moved) (int, error)
	// CountAt counts the jobs of a subtree.
	CountAt(ctx context.Context, path string) (int, error)

	Create(ctx context.Context, j Job) error
	Job(ctx context.Context, id string) (Job, error)
	// Update makes a job what fn returns; identifier, kind, union, officer, file and creation stay. fn may run twice.
	Update(ctx context.Context, id string, fn func(Job) (Job, error)) (Job, error)
	// List gives the jobs of a subtree, newest first, from the one before the identifier ("": the newest).
	List(ctx context.Context, path, before string, limit int) ([]Job, error)
	// Twin gives the newest job that is done, of the kind and union and with the file, and is not the one named.
	Twin(ctx context.Context, j Job) (Job, error)

	// Claim gives a job that is Working and that nobody has a claim on at now, the oldest first, to the worker until
	// then. fault.NoSuch says that there is none.
	Claim(ctx context.Context, worker string, now, until time.Time) (Job, error)
	// Advance is Update by the worker who has the claim, which it prolongs, and adds issues of a phase. ErrLost when
	// another has it. A job that is not Working any more is released.
	Advance(ctx context.Context, id, worker string, until time.Time, phase Phase, issues []Issue, fn func(Job) (Job, error)) (Job, error)

	// Forget removes the issues of a phase.
	Forget(ctx context.Context, jobID string, phase Phase) error
	// Issues lists those of a phase by row, beginning after a row.
	Issues(ctx context.Context, jobID string, phase Phase, after, limit int) ([]Issue, error)
	// BadRows gives the numbers of all rows that have an issue of the phase.
	BadRows(ctx context.Context, jobID string, phase Phase) (map[int]bool, error)

	// Old gives jobs that are not Working, were last changed before the time and still have their file, the oldest first.
	Old(ctx context.Context, before time.Time, limit int) ([]Job, error)
	// LoseFile notes that the file of a job is gone; what waited for an officer is canceled. A job that is Working by now
	// is a fault.Conflict.
	LoseFile(ctx context.Context, id string) error

	// Columns gives the columns that were last chosen for a header in a union; fault.NoSuch when none were.
	Columns(ctx context.Context, unionID, kind, header string) ([]string, error)
	// Remember keeps them.
	Remember(ctx context.Context, unionID, kind, header string, columns []string, at time.Time) error
}
