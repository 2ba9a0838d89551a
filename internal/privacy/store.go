package privacy

import (
	"context"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
)

// Store keeps what this package knows. All methods are safe for concurrent use; a write is durable when its method
// returns nil, and all of it or nothing was kept. A row that does not exist is fault.NoSuch. A store decides no policy.
type Store interface {
	// Rehome brings some rows after unions that moved, in one transaction, and says how many; 0: none is behind. Doing it
	// again goes on where it was left.
	Rehome(ctx context.Context, steps []actor.Moved) (int, error)

	// AddAct adds an act of consent.
	AddAct(ctx context.Context, a Act) error
	// Acts lists a person's acts, oldest first.
	Acts(ctx context.Context, personID string) ([]Act, error)
	// LastActs gives each person's last act on a purpose, in one query; who never said anything is left out.
	LastActs(ctx context.Context, personIDs []string, purpose string) (map[string]Act, error)

	// SetValue keeps a value, sealed, with the acts that allow it. TakenID when another person has the identity number.
	SetValue(ctx context.Context, v Value, acts []Act) error
	// RemoveValue forgets a value; there need not be one.
	RemoveValue(ctx context.Context, personID string, f Field) error
	// Values gives a person's values, whole.
	Values(ctx context.Context, personID string) ([]Value, error)
	// FindValue gives the person with the identity number.
	FindValue(ctx context.Context, f Field, text string) (personID string, err error)

	// AddReadings adds readings; one that was there before (same person and Once) is left as it is.
	AddReadings(ctx context.Context, rows []Reading) error
	// Readings lists those of people in the subtree, newest first.
	Readings(ctx context.Context, path string, q Query) ([]Reading, error)
	// CountReadings counts them, whatever page was asked for, and the people in them.
	CountReadings(ctx context.Context, path string, q Query) (rows, people int, err error)
	// ReadingsOf lists those of one person, newest first, from the one before the id.
	ReadingsOf(ctx context.Context, personID, before string, limit int) ([]Reading, error)

	// SaveErasure keeps where an erasure stands if it still stands where it was read: old is its state then, "" for none.
	// Otherwise it is a fault.Conflict.
	SaveErasure(ctx context.Context, old ErasureState, e Erasure) error
	Erasure(ctx context.Context, personID string) (Erasure, error)
	// DueErasures gives those that wait and are due, the longest due first.
	DueErasures(ctx context.Context, now time.Time, limit int) ([]Erasure, error)
	// Forget removes a person's values, with their marks. Acts and readings are evidence and stay for their time.
	Forget(ctx context.Context, personID string) error

	// Sweeps gives when each kind was last tidied up.
	Sweeps(ctx context.Context) (map[string]Sweep, error)
	// SaveSweep keeps a run and adds what it removed to the total: several processes may tidy up at once.
	SaveSweep(ctx context.Context, s Sweep) error
	// TrimReadings, TrimActs and TrimErasures delete at most limit rows from before the time: readings, acts of erased
	// people, and erasures that are done or were called off.
	TrimReadings(ctx context.Context, before time.Time, limit int) (int, error)
	TrimActs(ctx context.Context, before time.Time, limit int) (int, error)
	TrimErasures(ctx context.Context, before time.Time, limit int) (int, error)
}
