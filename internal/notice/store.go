package notice

import (
	"context"
	"time"

	"github.com/unionhall/unionhall/internal/event"
)

// Store keeps notices. What a method has changed is durable when it returns, together with the event
// it was given; all are safe for concurrent use. A person's notices are only ever reached through
// that person's id.
type Store interface {
	// Add keeps those items whose person, event and message are not there yet, of those marked First
	// only the ones whose person has none with their link, and emits what told makes of the people
	// that got something. It calls told only if there is somebody, and may call it
	// more than once. With an item that is kept, and only with it, its deliveries are kept.
	Add(ctx context.Context, items []Item, told func(people []string) event.Event) error

	// Unread counts what the person has not read, exactly.
	Unread(ctx context.Context, personID string) (int, error)

	// List gives at most limit notices of the person, newest first, from the one after the position on;
	// the zero position is the beginning.
	List(ctx context.Context, personID string, after Position, limit int) ([]Item, error)

	// Item gives one notice of the person, or fault.NotFound.
	Item(ctx context.Context, personID, id string) (Item, error)

	// Read marks one notice of the person read at that time, and emits the event if it was unread.
	Read(ctx context.Context, personID, id string, at time.Time, read event.Event) error

	// ReadAll marks all that the person was told until then, and emits the event if anything changed.
	ReadAll(ctx context.Context, personID string, until, at time.Time, read event.Event) error

	// Trim forgets at most limit notices made before then and says how many it forgot.
	Trim(ctx context.Context, before time.Time, limit int) (int, error)
}
