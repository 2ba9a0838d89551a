package portaltest

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/unionhall/unionhall/internal/portal"
)

// ErrInjected is what a Faulty store answers instead of the truth.
var ErrInjected = errors.New("injected")

// Faulty is a store that can fail to note what came of an attempt: as if the process had died before
// the write (Lose), or after it and before the answer (Hide).
type Faulty struct {
	portal.Store
	Lose, Hide atomic.Bool
}

// UpdateDelivery implements portal.Store.
func (f *Faulty) UpdateDelivery(ctx context.Context, portalID, id string,
	change func(portal.Delivery, portal.Hook) (portal.Delivery, portal.Hook, error)) error {
	if f.Lose.Load() {
		return ErrInjected
	}
	err := f.Store.UpdateDelivery(ctx, portalID, id, change)
	if err == nil && f.Hide.Load() {
		return ErrInjected
	}
	return err
}
