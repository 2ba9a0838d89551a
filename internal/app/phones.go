package app

import (
	"context"

	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/notice"
)

// tellPhone is the durable consumer that says that somebody's number was changed: on their pages, and by short messages to
// the numbers. News holds no number; it is kept in the clear.
func (a *App) tellPhone(ctx context.Context, e event.Event) error {
	c, err := hall.ChangedIn(e)
	if err != nil {
		return err
	}
	news := notice.New{PersonID: c.ID, EventID: e.ID, Msg: "notice.hall.phone.changed", Link: "/me"}
	if err := a.Notices.Tell(ctx, []notice.New{news}); err != nil {
		return err
	}
	err = a.Hall.TellNumbers(ctx, e)
	if fault.Is(err, fault.NotFound) {
		return nil // gone since
	}
	return err
}
