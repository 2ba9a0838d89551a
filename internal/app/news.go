package app

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/intake"
	"github.com/unionhall/unionhall/internal/notice"
	"github.com/unionhall/unionhall/internal/portal"
)

// teller hands the exchange's news to the notices.
type teller struct{ notices *notice.Service }

// Tell implements exchange.Teller.
func (t teller) Tell(ctx context.Context, eventID string, notes []exchange.Note) error {
	news := make([]notice.New, len(notes))
	for i, n := range notes {
		news[i] = notice.New{PersonID: n.PersonID, EventID: eventID, Msg: n.Msg, Args: n.Args, Link: n.Link, First: n.First}
	}
	return t.notices.Tell(ctx, news)
}

// tell is the durable consumer behind the notices: of all nodes, one handles each event.
func (a *App) tell(ctx context.Context, e event.Event) error {
	return a.Exchange.Tell(ctx, e, teller{a.Notices})
}

// sync is the durable consumer that gives masters their offers: one whose entry has changed, or all of them when
// many entries came at once.
func (a *App) sync(ctx context.Context, e event.Event) error {
	c, err := hall.ChangedIn(e)
	if err != nil {
		return err
	}
	if c.ID == "" {
		return a.syncAll(ctx)
	}
	return a.syncOne(ctx, c.ID)
}

func (a *App) syncAll(ctx context.Context) error {
	return a.Hall.EachMaster(ctx, func(m hall.Master) error { return a.syncOne(ctx, m.PersonID) })
}

func (a *App) syncOne(ctx context.Context, personID string) error {
	err := a.Exchange.SyncMaster(ctx, personID)
	if fault.Is(err, fault.NotFound) {
		return nil // gone since
	}
	return err
}

// offer is the durable consumer that gives masters their offers of a kind that has opened or changed.
func (a *App) offer(ctx context.Context, e event.Event) error {
	h, err := exchange.ReadEvent(e)
	if err != nil {
		return err
	}
	if err := a.Exchange.LoadKinds(ctx); err != nil { // this node may not have heard of it yet
		return err
	}
	k, err := a.Exchange.Kind(actor.Hall, h.KindID)
	if err != nil || k.Status != exchange.KindOpen || k.Offer.By != exchange.ByMaster {
		return err
	}
	return a.syncAll(ctx)
}

// topics are the events that portals can hear of, and the scope each asks for.
func topics() []portal.Topic {
	var out []portal.Topic
	for _, what := range []string{exchange.NeedPosted, exchange.NeedEdited, exchange.NeedReopened, exchange.NeedWithdrew} {
		out = append(out, portal.Topic{Subject: exchange.SubjectPrefix + what, Scope: portal.NeedsRead})
	}
	for _, what := range []string{exchange.EngagementInvited, exchange.EngagementAccepted, exchange.EngagementDeclined,
		exchange.EngagementLeft, exchange.EngagementSaid, exchange.EngagementClosing, exchange.EngagementFinished,
		exchange.VisitProposed, exchange.VisitAgreed, exchange.VisitCanceled, exchange.VisitDone,
		exchange.FollowUpAsked, exchange.FollowUpAnswered, exchange.ToolPublished} {
		out = append(out, portal.Topic{Subject: exchange.SubjectPrefix + what, Scope: portal.EngagementsRead})
	}
	return out
}

// hooked is what a webhook carries: identifiers that the portal may read with its key, and no more.
type hooked struct {
	NeedID       string `json:"need_id"`
	EngagementID string `json:"engagement_id,omitempty"`
	ToolID       string `json:"tool_id,omitempty"`
}

// hook is the durable consumer that queues webhooks for the portal through which a need came.
func (a *App) hook(ctx context.Context, e event.Event) error {
	h, err := exchange.ReadEvent(e)
	if err != nil || h.PortalID == "" {
		return err
	}
	data, err := json.Marshal(hooked{h.NeedID, h.EngagementID, h.ToolID})
	if err != nil {
		return err
	}
	err = a.Portals.Offer(ctx, e, h.PortalID, data)
	if fault.Is(err, fault.NotFound) {
		return nil // the portal is gone
	}
	return err
}

// hear runs in every process for every event: it brings what this process keeps in memory up to date, then tells
// the open pages.
func (a *App) hear(e event.Event) {
	ctx := context.Background() // the stream waits for it when it closes
	switch {
	case strings.HasPrefix(e.Subject, "hall."):
		a.Hall.Hear(ctx, e)
		a.moved(e)
	case strings.HasPrefix(e.Subject, exchange.SubjectPrefix):
		if err := a.Exchange.Apply(ctx, e); err != nil && !fault.Is(err, fault.NotFound) {
			a.log.ErrorContext(ctx, "event not applied", "subject", e.Subject, "event", e.ID, "err", err)
		}
	}
	a.live.Publish(a.liveTopics(ctx, e)...)
}

// liveTopics names the pages that an event changes.
func (a *App) liveTopics(ctx context.Context, e event.Event) []string {
	var out []string
	if strings.HasPrefix(e.Subject, "notice.") {
		for _, p := range notice.People(e) {
			out = append(out, "person:"+p)
		}
		return out
	}
	if m, err := intake.MovedIn(e); e.Subject == intake.Changed && err == nil {
		return []string{intake.Topic(m.ID)}
	}
	if !strings.HasPrefix(e.Subject, exchange.SubjectPrefix) {
		return nil
	}
	h, err := exchange.ReadEvent(e)
	if err != nil {
		return nil
	}
	if h.NeedID != "" {
		out = append(out, "need:"+h.NeedID)
	}
	if h.OwnerID != "" {
		out = append(out, "person:"+h.OwnerID)
	}
	for p := h.UnionPath; p != ""; p = parent(p) {
		if u, err := a.Hall.UnionAt(ctx, p); err == nil {
			out = append(out, "union:"+u.ID)
		}
	}
	return out
}

// maySee is who may follow a topic: the same who may open the page.
func (a *App) maySee(ctx context.Context, who actor.Actor, topic string) bool {
	kind, key, ok := strings.Cut(topic, ":")
	if !ok {
		return false
	}
	switch kind {
	case "person":
		return who.SignedIn() && who.ID == key
	case "need":
		_, _, err := a.Exchange.Case(ctx, who, key)
		return err == nil
	case "import":
		_, err := a.Imports.Job(ctx, who, key)
		return err == nil
	case "union":
		u, err := a.Hall.Union(ctx, key)
		return err == nil && who.MayRead(u.Path)
	}
	return false
}

// unions tells the portals where a union stands.
type unions struct{ hall *hall.Service }

// UnionPath implements portal.Unions.
func (u unions) UnionPath(ctx context.Context, unionID string) (string, error) {
	found, err := u.hall.Union(ctx, unionID)
	return found.Path, err
}
