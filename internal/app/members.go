package app

import (
	"context"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/notice"
)

// followMember is the durable consumer that takes a person's offers along when they move to another union, or leave.
func (a *App) followMember(ctx context.Context, e event.Event) error {
	c, err := hall.ChangedIn(e)
	if err != nil {
		return err
	}
	err = a.Exchange.FollowOwner(ctx, c.ID)
	if fault.Is(err, fault.NotFound) {
		return nil // gone since
	}
	return err
}

// tellRequest is the durable consumer that says what has become of a request: to the officers whom it waits for, to the
// member, and by a short message to an applicant, who has no account to read it with.
func (a *App) tellRequest(ctx context.Context, e event.Event) error {
	c, err := hall.ChangedIn(e)
	if err != nil {
		return err
	}
	r, err := a.Hall.Request(ctx, actor.Hall, c.ID)
	if fault.Is(err, fault.NotFound) {
		return nil // forgotten since
	}
	if err != nil {
		return err
	}
	news, err := a.requestNews(ctx, r)
	if err != nil {
		return err
	}
	if err := a.Notices.Tell(ctx, news); err != nil {
		return err
	}
	return a.Hall.TellApplicant(ctx, r)
}

// requestNews says nothing of who asks to be taken in: that may be forgotten before the news are.
func (a *App) requestNews(ctx context.Context, r hall.Request) ([]notice.New, error) {
	u, err := a.Hall.Union(ctx, r.UnionID)
	if err != nil {
		return nil, err
	}
	// Of what is told the state is the event: word that it was filed may come when it is decided already, and word of that after it.
	one := func(to, msg, link string) notice.New {
		return notice.New{PersonID: to, EventID: r.ID + " " + string(r.State), Msg: msg, Link: link}
	}
	switch {
	case r.State == hall.Waiting:
		officers, err := directory{a.Hall, a.clock}.Officers(ctx, u.Path)
		if err != nil {
			return nil, err
		}
		var out []notice.New
		for _, p := range officers {
			out = append(out, one(p, "notice.hall."+string(r.Kind), "/console/joining/"+r.ID))
		}
		return out, nil
	case r.Kind == hall.Transfer && r.State == hall.Approved:
		return []notice.New{one(r.PersonID, "notice.hall.transfer.approved", "/me/membership")}, nil
	case r.Kind == hall.Transfer && r.State == hall.NotTaken:
		return []notice.New{one(r.PersonID, "notice.hall.transfer.refused", "/me/membership")}, nil
	}
	return nil, nil
}

// ongoingMost is how many engagements of a person are looked through: nobody has more.
const ongoingMost = 5000

// OngoingOf implements hall.Matters: invitations that wait for an answer, and what is at work.
func (m matters) OngoingOf(ctx context.Context, personID string, limit int) ([]hall.Matter, error) {
	cases, err := m.exchange.Engagements(ctx, actor.Actor{Kind: actor.Person, ID: personID}, ongoingMost)
	var out []hall.Matter
	for _, c := range cases {
		for _, e := range c.Engagements {
			if (e.State == exchange.Invited || e.State == exchange.Accepted) && len(out) < limit {
				out = append(out, hall.Matter{Title: c.Need.Title, Href: "/needs/" + c.Need.ID + "/engagements/" + e.ID})
			}
		}
	}
	return out, err
}
