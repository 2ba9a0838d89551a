package app

import (
	"context"
	"slices"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/notice"
)

// tellDocument is the durable consumer that tells officers of a document that waits for them, and says what one of them
// found on it: to the master, or to all who speak for the enterprise.
func (a *App) tellDocument(ctx context.Context, e event.Event) error {
	c, err := hall.ChangedIn(e)
	if err != nil {
		return err
	}
	d, err := a.Hall.Document(ctx, actor.Hall, c.ID)
	if fault.Is(err, fault.NotFound) {
		return nil // erased or taken back since
	}
	if err != nil || d.State == hall.DocumentReplaced {
		return err
	}
	tell := a.documentNews
	if d.State == hall.DocumentWaiting {
		tell = a.waitingNews
	}
	news, err := tell(ctx, d)
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

// waitingNews tells those officers who are the nearest that may decide. It names no master: who is erased is to be found in
// nobody's news.
func (a *App) waitingNews(ctx context.Context, d hall.Document) (out []notice.New, err error) {
	officers, err := a.deciders(ctx, d)
	for _, p := range officers {
		n := notice.New{PersonID: p, EventID: d.ID + " " + string(d.State), Msg: "notice.hall." + string(d.Kind) + ".waiting", Link: "/console/documents"}
		if d.Kind == hall.LicenceDocument {
			n.Args = []string{"name", d.Subject}
		}
		out = append(out, n)
	}
	return out, err
}

// deciders are the officers of the union, or of the nearest above that has one besides the master: nobody confirms their own.
func (a *App) deciders(ctx context.Context, d hall.Document) ([]string, error) {
	for p := d.UnionPath; p != ""; p = parent(p) {
		officers, err := directory{a.Hall, a.clock}.Officers(ctx, p)
		if err != nil {
			return nil, err
		}
		officers = slices.DeleteFunc(officers, func(o string) bool { return o == d.SubjectID })
		if len(officers) > 0 {
			return officers, nil
		}
	}
	return nil, nil
}
