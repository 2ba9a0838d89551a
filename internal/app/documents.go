package app

import (
	"context"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/notice"
)

// tellDocument is the durable consumer that says what an officer found on a document: to the master, or to all who speak
// for the enterprise. What waits is found by officers in their list.
func (a *App) tellDocument(ctx context.Context, e event.Event) error {
	c, err := hall.ChangedIn(e)
	if err != nil {
		return err
	}
	d, err := a.Hall.Document(ctx, actor.Hall, c.ID)
	if fault.Is(err, fault.NotFound) {
		return nil // erased since
	}
	if err != nil || d.State != hall.DocumentConfirmed && d.State != hall.DocumentRefused {
		return err
	}
	news, err := a.documentNews(ctx, d)
	if err != nil {
		return err
	}
	return a.Notices.Tell(ctx, news)
}

// documentNews takes the state for the event, as requestNews does: word that it was handed in may come when it is decided.
func (a *App) documentNews(ctx context.Context, d hall.Document) ([]notice.New, error) {
	event := d.ID + " " + string(d.State)
	msg := "notice.hall." + string(d.Kind) + "." + string(d.State)
	if d.Kind == hall.HonourDocument {
		return []notice.New{{PersonID: d.SubjectID, EventID: event, Msg: msg, Args: []string{"name", d.Honour.Name}, Link: "/me/master/honours"}}, nil
	}
	contacts, err := a.Hall.Contacts(ctx, []string{d.SubjectID})
	var out []notice.New
	for _, c := range contacts[d.SubjectID] {
		out = append(out, notice.New{PersonID: c.PersonID, EventID: event, Msg: msg, Args: []string{"name", d.Subject}, Link: "/me/enterprises/" + d.SubjectID})
	}
	return out, err
}
