package api

import (
	"context"
	"slices"
	"time"

	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/lang"
)

// Kind is what can be asked for.
type Kind struct {
	ID         string               `json:"id" example:"expert-visit"`
	Version    int                  `json:"version"`
	Name       lang.Text            `json:"name"`
	Summary    lang.Text            `json:"summary"`
	Fields     []exchange.Field     `json:"fields" doc:"The form of a need."`
	Lists      []exchange.List      `json:"lists" doc:"What choices choose from, by the field's list."`
	Conditions []exchange.Condition `json:"conditions" doc:"What a match never breaks."`
}

func kindOf(k exchange.Kind) Kind {
	return Kind{k.ID, k.Version, k.Name, k.Summary, k.Need.Fields, k.Lists, k.Conditions}
}

// Need is what was posted.
type Need struct {
	ID          string                    `json:"id"`
	Kind        string                    `json:"kind"`
	Ref         string                    `json:"ref,omitempty" doc:"Your own name for it."`
	Enterprise  string                    `json:"enterprise_id,omitempty"`
	Title       string                    `json:"title"`
	Values      map[string]exchange.Value `json:"values"`
	State       exchange.NeedState        `json:"state" enum:"open,engaged,closed,withdrawn"`
	Result      exchange.Result           `json:"result,omitempty" enum:"solved,partly,unsolved"`
	Reason      string                    `json:"reason,omitempty" doc:"Why it was withdrawn."`
	Posted      time.Time                 `json:"posted_at"`
	FirstAnswer *time.Time                `json:"first_answer_at,omitempty"`
	Closed      *time.Time                `json:"closed_at,omitempty"`
	WaitsFor    exchange.WaitFor          `json:"waits_for,omitempty" enum:"answer,advice,visit,closing,gain"`
	WaitsUntil  *time.Time                `json:"waits_until,omitempty" doc:"From then on it has waited too long."`
	URL         string                    `json:"url" doc:"Its page in the hall."`
	Engagements []Engagement              `json:"engagements,omitempty"`
}

func (h handlers) needOf(c exchange.Case) Need {
	n := c.Need
	out := Need{ID: n.ID, Kind: n.KindID, Ref: n.PortalRef, Enterprise: n.EnterpriseID, Title: n.Title, Values: n.Values, State: n.State,
		Result: n.Result, Reason: n.Reason, Posted: n.Posted, FirstAnswer: stamp(n.FirstAnswer), Closed: stamp(n.Closed), WaitsFor: n.Wait.For,
		WaitsUntil: stamp(n.Wait.Due), URL: h.base + "/needs/" + n.ID}
	for _, e := range c.Engagements {
		out.Engagements = append(out.Engagements, engagementOf(e))
	}
	return out
}

// Matches is whom a need fits.
type Matches struct {
	Toolbox   []ToolMatch  `json:"toolbox" doc:"What was learned from needs like it."`
	Providers []OfferMatch `json:"providers"`
	Eligible  int          `json:"eligible" doc:"All providers who fit, listed or not."`
}

// OfferMatch is one provider who fits.
type OfferMatch struct {
	Offer      string   `json:"offer_id"`
	Name       string   `json:"name"`
	Title      string   `json:"title"`
	Score      float64  `json:"score"`
	Terms      []Share  `json:"terms" doc:"What the score is made of."`
	Kilometres *float64 `json:"kilometres,omitempty"`
	Reasons    []string `json:"reasons" example:"[\"数控车工\",\"同市 12 km\"]"`
}

// Share is one part of a score.
type Share struct {
	Name   string  `json:"name" enum:"text,distance,freshness,quality,load,experience"`
	Value  float64 `json:"value" minimum:"0" maximum:"1"`
	Weight float64 `json:"weight"`
}

// ToolMatch is a toolbox entry that may help.
type ToolMatch struct {
	Tool
	Score   float64  `json:"score"`
	Reasons []string `json:"reasons"`
}

func (h handlers) matchesOf(ctx context.Context, m exchange.Matches) Matches {
	out := Matches{Toolbox: []ToolMatch{}, Providers: []OfferMatch{}, Eligible: m.Eligible}
	for _, t := range m.Tools {
		out.Toolbox = append(out.Toolbox, ToolMatch{h.toolOf(*t.Tool), t.Score, said(ctx, t.Reasons)})
	}
	for _, o := range m.Offers {
		x := OfferMatch{Offer: o.Offer.ID, Name: o.Owner.Name, Title: o.Offer.Title, Score: o.Score, Reasons: said(ctx, o.Reasons)}
		for _, t := range o.Terms {
			x.Terms = append(x.Terms, Share{t.Name, t.Value, t.Weight})
		}
		if o.Metres >= 0 {
			km := o.Metres / 1000
			x.Kilometres = &km
		}
		out.Providers = append(out.Providers, x)
	}
	return out
}

func said(ctx context.Context, reasons []exchange.Reason) []string {
	out := make([]string, len(reasons))
	for i, r := range reasons {
		out[i] = r.Say(ctx)
	}
	return out
}

// Engagement is what came of a match.
type Engagement struct {
	ID        string                   `json:"id"`
	Offer     string                   `json:"offer_id"`
	State     exchange.EngagementState `json:"state" enum:"invited,accepted,finished,declined,left"`
	Assigned  bool                     `json:"assigned,omitempty" doc:"By an officer."`
	Invited   *time.Time               `json:"invited_at,omitempty"`
	Accepted  *time.Time               `json:"accepted_at,omitempty"`
	Ended     *time.Time               `json:"ended_at,omitempty"`
	Messages  int                      `json:"messages"`
	Visits    []Visit                  `json:"visits,omitempty"`
	NeedEnd   *Closing                 `json:"need_closing,omitempty" doc:"How the need's side closed it."`
	OfferEnd  *Closing                 `json:"offer_closing,omitempty"`
	FollowUps []FollowUp               `json:"follow_ups,omitempty"`
	Tool      string                   `json:"tool_id,omitempty" doc:"The toolbox entry that came of it."`
}

// Visit is a date on site.
type Visit struct {
	From     time.Time  `json:"from"`
	To       time.Time  `json:"to"`
	Agreed   *time.Time `json:"agreed_at,omitempty"`
	Done     *time.Time `json:"done_at,omitempty"`
	Canceled *time.Time `json:"canceled_at,omitempty"`
}

// Closing is how one side ended it.
type Closing struct {
	At     time.Time       `json:"at"`
	Result exchange.Result `json:"result" enum:"solved,partly,unsolved"`
	After  *float64        `json:"after,omitempty" doc:"In the unit of the need's measure."`
	Stars  int             `json:"stars,omitempty" doc:"What this side gives the other; of the provider's closing only once the need's side has closed too."`
	Note   string          `json:"note,omitempty" doc:"Shown as the stars are."`
}

// FollowUp asks whether the gain holds.
type FollowUp struct {
	Days     int           `json:"days"`
	Due      time.Time     `json:"due_at"`
	Answered *time.Time    `json:"answered_at,omitempty"`
	Holds    exchange.Gain `json:"holds,omitempty" enum:"holds,slipped,lost"`
	Value    *float64      `json:"value,omitempty"`
}

func engagementOf(e exchange.Engagement) Engagement {
	out := Engagement{ID: e.ID, Offer: e.OfferID, State: e.State, Assigned: e.Assigned, Invited: stamp(e.Invited), Accepted: stamp(e.Accepted),
		Ended: stamp(e.Ended), Messages: e.Messages, NeedEnd: closingOf(e.NeedEnd), OfferEnd: closingOf(e.OfferEnd), Tool: e.ToolID}
	for _, v := range e.Visits {
		out.Visits = append(out.Visits, Visit{v.From, v.To, stamp(v.Agreed), stamp(v.Done), stamp(v.Canceled)})
	}
	for _, f := range e.FollowUps {
		out.FollowUps = append(out.FollowUps, FollowUp{f.Days, f.Due, stamp(f.Answered), f.Holds, f.Value})
	}
	return out
}

func closingOf(c *exchange.Closing) *Closing {
	if c == nil {
		return nil
	}
	return &Closing{c.At, c.Result, c.After, c.Stars, c.Note}
}

// Message is one word in a thread.
type Message struct {
	ID   string        `json:"id"`
	Side exchange.Side `json:"side" enum:"need,offer,hall"`
	By   string        `json:"by,omitempty" doc:"The writer's name; empty for what your portal wrote."`
	Text string        `json:"text"`
	At   time.Time     `json:"at"`
}

func messageOf(m exchange.Message, names map[string]string) Message {
	return Message{m.ID, m.Side, names[m.AuthorID], m.Body, m.At}
}

func authors(said []exchange.Message) []string {
	var out []string
	for _, m := range said {
		if !slices.Contains(out, m.AuthorID) {
			out = append(out, m.AuthorID)
		}
	}
	return out
}

// Tool is an entry of the toolbox.
type Tool struct {
	ID        string            `json:"id"`
	Title     string            `json:"title"`
	Trades    []string          `json:"trades"`
	Problem   string            `json:"problem"`
	Cause     string            `json:"cause,omitempty"`
	Method    string            `json:"method"`
	Gear      string            `json:"gear,omitempty"`
	Measure   *exchange.Measure `json:"measure,omitempty"`
	After     *float64          `json:"after,omitempty"`
	Helped    int               `json:"helped" doc:"How many said that it helped them."`
	Published time.Time         `json:"published_at"`
	URL       string            `json:"url"`
}

func (h handlers) toolOf(t exchange.Tool) Tool {
	return Tool{t.ID, t.Title, t.Trades, t.Problem, t.Cause, t.Method, t.Gear, t.Measure, t.After, t.Helped, t.Published, h.base + "/toolbox/" + t.ID}
}
