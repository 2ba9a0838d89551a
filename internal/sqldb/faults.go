package sqldb

import "context"

// Faults makes updates fail, for tests of what stands on the store. An error of its methods reaches whoever called Update
// as fault.Unavailable.
type Faults interface {
	// Before is asked when a closure has ended well. An error undoes what the closure wrote, as a full disk would.
	Before(ctx context.Context) error
	// After is asked when what was written is durable. With an error the caller does not learn that it is, as when the
	// connection is lost in the middle of a commit.
	After(ctx context.Context) error
}

// WithFaults makes a store's updates fail.
func WithFaults(f Faults) Option { return func(o *options) { o.faults = f } }

// fault asks for a fault, where there are any.
func (db *DB) fault(ctx context.Context, ask func(Faults, context.Context) error) error {
	if db.faults == nil {
		return nil
	}
	if err := ask(db.faults, ctx); err != nil {
		return unavailable(err)
	}
	return nil
}
