package exchange

import (
	"encoding/json"
	"time"

	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
)

// What happened. An event's subject is "exchange." and one of these; its data is a Happened.
const (
	NeedPosted         = "need.posted"
	NeedEdited         = "need.edited"
	NeedReopened       = "need.reopened" // it looks for somebody again, because of the event before it
	NeedWithdrew       = "need.withdrawn"
	EngagementInvited  = "engagement.invited"
	EngagementAccepted = "engagement.accepted"
	EngagementDeclined = "engagement.declined"
	EngagementLeft     = "engagement.left"
	EngagementSaid     = "engagement.said"
	EngagementClosing  = "engagement.closing"  // one side has closed
	EngagementFinished = "engagement.finished" // both have
	VisitProposed      = "visit.proposed"
	VisitAgreed        = "visit.agreed"
	VisitCanceled      = "visit.canceled"
	VisitDone          = "visit.done"
	FollowUpAsked      = "followup.asked"
	FollowUpAnswered   = "followup.answered"
	ToolPublished      = "tool.published"
	OfferChanged       = "offer.changed"
	KindChanged        = "kind.changed"
)

// SubjectPrefix begins the subject of every event of the exchange.
const SubjectPrefix = "exchange."

// Happened is the data of every event of the exchange: identifiers only.
type Happened struct {
	What         string    `json:"what"`
	KindID       string    `json:"kind,omitempty"`
	NeedID       string    `json:"need,omitempty"`
	EngagementID string    `json:"engagement,omitempty"`
	OfferID      string    `json:"offer,omitempty"`
	OwnerID      string    `json:"owner,omitempty"` // the person on the offer's side
	EnterpriseID string    `json:"enterprise,omitempty"`
	PosterID     string    `json:"poster,omitempty"`
	PortalID     string    `json:"portal,omitempty"`
	ToolID       string    `json:"tool,omitempty"`
	UnionPath    string    `json:"union_path,omitempty"`
	By           string    `json:"by,omitempty"` // who did it; not told of it
	Side         Side      `json:"side,omitempty"`
	Assigned     bool      `json:"assigned,omitempty"`
	At           time.Time `json:"-"`
	EventID      string    `json:"-"`
}

func (h Happened) event(at time.Time) event.Event { return event.New(SubjectPrefix+h.What, at, h) }

// ReadEvent gives what an event of the exchange says.
func ReadEvent(e event.Event) (h Happened, err error) {
	defer fault.Wrap(&err, "exchange.ReadEvent(%s, %s)", e.ID, e.Subject)
	err = json.Unmarshal(e.Data, &h)
	h.At, h.EventID = e.At, e.ID
	return h, err
}

// about fills in what every event of a case says.
func (c *Case) about(what string, e *Engagement, by string, side Side) Happened {
	h := Happened{What: what, KindID: c.Need.KindID, NeedID: c.Need.ID, EnterpriseID: c.Need.EnterpriseID,
		PosterID: c.Need.PosterID, PortalID: c.Need.PortalID, UnionPath: c.Need.UnionPath, By: by, Side: side}
	if e != nil {
		h.EngagementID, h.OfferID, h.OwnerID, h.ToolID, h.Assigned = e.ID, e.OfferID, e.OwnerID, e.ToolID, e.Assigned
	}
	return h
}
