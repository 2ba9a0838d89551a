package portal

import (
	"context"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
)

// Store keeps portals, keys, hooks and deliveries. What a method has changed is durable when it
// returns. All methods are safe for concurrent use, also by several processes on one database. A
// thing that is not there is fault.NotFound. Hooks and deliveries are only ever reached through their
// portal's id.
type Store interface {
	// Rehome brings some rows after unions that moved, in one transaction, and says how many; 0: none is behind. Doing it
	// again goes on where it was left.
	Rehome(ctx context.Context, steps []actor.Moved) (int, error)

	AddPortal(ctx context.Context, p Portal) error
	Portal(ctx context.Context, id string) (Portal, error)
	// Portals gives those of the unions in the subtree at root, by name; root "/" is all.
	Portals(ctx context.Context, root string) ([]Portal, error)
	// SetStatus changes the portal's status and nothing else.
	SetStatus(ctx context.Context, id string, s Status) error

	AddKey(ctx context.Context, k Key) error
	// Key gives the key and its portal.
	Key(ctx context.Context, keyID string) (Key, Portal, error)
	// Keys gives all keys of the portal, oldest first.
	Keys(ctx context.Context, portalID string) ([]Key, error)
	// RevokeKey revokes; a key that was revoked before keeps its time.
	RevokeKey(ctx context.Context, keyID string, at time.Time) error
	// TouchKey notes a use, unless a later one is noted.
	TouchKey(ctx context.Context, keyID string, at time.Time) error

	// AddHook keeps the hook and its secret; with max hooks there already it is fault.Conflict.
	AddHook(ctx context.Context, h Hook, s Secret, max int) error
	Hook(ctx context.Context, portalID, hookID string) (Hook, error)
	// Hooks gives all hooks of the portal, oldest first.
	Hooks(ctx context.Context, portalID string) ([]Hook, error)
	// DropHook forgets the hook and its deliveries.
	DropHook(ctx context.Context, portalID, hookID string) error
	// ResumeHook makes the hook active and forgets its failures.
	ResumeHook(ctx context.Context, portalID, hookID string) error

	// AddDeliveries keeps those whose portal, hook and event are not there yet, and says how many.
	AddDeliveries(ctx context.Context, ds []Delivery) (int, error)
	Delivery(ctx context.Context, portalID, hookID, id string) (Delivery, error)
	// Deliveries gives at most limit deliveries of the hook, newest first, after the one with that id;
	// "" is the beginning.
	Deliveries(ctx context.Context, portalID, hookID, after string, limit int) ([]Delivery, error)
	// UpdateDelivery gives a delivery and its hook to change and keeps what that returns; nobody else
	// changes either in between. change may run twice and has no other effect.
	UpdateDelivery(ctx context.Context, portalID, id string, change func(Delivery, Hook) (Delivery, Hook, error)) error
	// Claim hands out deliveries that are due, oldest first, and sets Lease and DueAt on them: until
	// then nobody else gets them. Hooks that are paused or disabled and suspended portals have none.
	Claim(ctx context.Context, c Claim) ([]Job, error)
	// Expire fails the deliveries that are pending beyond their time and says how many.
	Expire(ctx context.Context, now time.Time) (int, error)
	// Trim forgets at most limit deliveries that are not pending and were made before then, and says how
	// many.
	Trim(ctx context.Context, before time.Time, limit int) (int, error)
}

// Claim says what a sender asks for.
type Claim struct {
	Now     time.Time
	Until   time.Time // when the claim lapses
	Lease   string
	Limit   int
	PerHook int      // at most so many of one hook
	Except  []string // ids of hooks that have enough under way
}

// Job is a claimed delivery with what it takes to send it.
type Job struct {
	Delivery Delivery
	URL      string
	Secret   Secret
}
