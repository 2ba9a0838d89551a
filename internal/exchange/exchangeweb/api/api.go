// Package api is the exchange as other portals embed it: JSON over HTTP, described by OpenAPI 3.1. A portal posts
// needs for enterprises of its union, reads whom they fit, and follows what comes of them. It sees what was posted
// through it and nothing else.
package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/web"
)

// The scopes that the operations ask for.
const (
	needsRead       = "needs:read"
	needsWrite      = "needs:write"
	engagementsRead = "engagements:read"
)

// Scopes says what a portal's keys may do.
type Scopes interface {
	// Require is nil when the actor has the scope, else fault.Denied.
	Require(ctx context.Context, a actor.Actor, scope string) error
}

// Firms finds enterprises for a portal.
type Firms interface {
	// ByLicence gives the id of the enterprise with the licence number within the portal's union;
	// fault.NotFound when there is none.
	ByLicence(ctx context.Context, portal actor.Actor, licence string) (string, error)
	// Names gives persons' names.
	Names(ctx context.Context, personIDs []string) (map[string]string, error)
}

// Register adds the exchange's operations. base is the address of the hall, for links.
func Register(api huma.API, s *exchange.Service, scopes Scopes, firms Firms, base string) {
	h := handlers{s, scopes, firms, base}
	huma.Register(api, op("list-kinds", http.MethodGet, "/v1/kinds", "Kinds", "List the kinds of need",
		"What can be asked for, with the form of each: the keys, types and choices of its fields."), h.kinds)
	huma.Register(api, op("get-kind", http.MethodGet, "/v1/kinds/{kind}", "Kinds", "Read one kind", ""), h.kind)

	post := op("post-need", http.MethodPost, "/v1/needs", "Needs", "Post a need",
		"Scope `needs:write`. For an enterprise of your union, named by its id here or by its licence number. Send an `Idempotency-Key`: "+
			"the same key again posts nothing and gives the need of the first time, and with another body is a conflict. The answer is durable; matches can be read at once.")
	post.DefaultStatus = http.StatusCreated
	huma.Register(api, post, h.post)
	huma.Register(api, op("list-needs", http.MethodGet, "/v1/needs", "Needs", "List your needs",
		"Scope `needs:read`. Those posted through your portal, the latest first."), h.needs)
	huma.Register(api, op("get-need", http.MethodGet, "/v1/needs/{need}", "Needs", "Read a need",
		"Scope `needs:read`. With its engagements, where the key also has `engagements:read`."), h.need)
	huma.Register(api, op("get-matches", http.MethodGet, "/v1/needs/{need}/matches", "Needs", "Read whom a need fits",
		"Scope `needs:read`. Toolbox entries from similar needs, and the providers who fit, best first, each with reasons in the language "+
			"of `Accept-Language`."), h.matches)
	huma.Register(api, op("invite", http.MethodPost, "/v1/needs/{need}/invitations", "Needs", "Invite a provider",
		"Scope `needs:write`. Asks the owner of one of the offers that fit. Inviting twice changes nothing."), h.invite)
	huma.Register(api, op("withdraw-need", http.MethodPost, "/v1/needs/{need}/withdrawal", "Needs", "Withdraw a need",
		"Scope `needs:write`. Ends it without a result."), h.withdraw)

	huma.Register(api, op("get-engagement", http.MethodGet, "/v1/needs/{need}/engagements/{engagement}", "Engagements", "Follow an engagement",
		"Scope `engagements:read`. Its state, visits, how both sides closed it, and follow-ups."), h.engagement)
	huma.Register(api, op("list-messages", http.MethodGet, "/v1/needs/{need}/engagements/{engagement}/messages", "Engagements", "Read the thread",
		"Scope `engagements:read`. Oldest first."), h.messages)
	huma.Register(api, op("say", http.MethodPost, "/v1/needs/{need}/engagements/{engagement}/messages", "Engagements", "Write to the thread",
		"Scope `needs:write`. On behalf of the need's side."), h.say)

	huma.Register(api, op("search-toolbox", http.MethodGet, "/v1/toolbox", "Toolbox", "Search the toolbox",
		"What was learned from solved needs, ranked by how well it answers the words; without words the latest."), h.tools)
	huma.Register(api, op("get-tool", http.MethodGet, "/v1/toolbox/{tool}", "Toolbox", "Read a toolbox entry", ""), h.tool)
}

func op(name, method, path, tag, summary, description string) huma.Operation {
	o := huma.Operation{OperationID: name, Method: method, Path: path, Tags: []string{tag}, Summary: summary, Description: description,
		Errors: []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests}}
	if strings.Contains(path, "{") {
		o.Errors = append(o.Errors, http.StatusNotFound)
	}
	if method == http.MethodPost {
		o.Errors = append(o.Errors, http.StatusConflict, http.StatusUnprocessableEntity)
	}
	return o
}

type handlers struct {
	s      *exchange.Service
	scopes Scopes
	firms  Firms
	base   string
}

// enter is who asks, when they hold the scope.
func (h handlers) enter(ctx context.Context, scope string) (actor.Actor, error) {
	a := actor.From(ctx)
	if a.Kind == actor.Anyone {
		return a, fault.New(fault.Unauthenticated, "fault.no-key")
	}
	return a, h.scopes.Require(ctx, a, scope)
}

// answer turns an error into a problem document.
func answer[T any](ctx context.Context, out *T, err error) (*T, error) {
	if err == nil {
		return out, nil
	}
	return nil, web.NewProblem(ctx, err)
}

type kindsOut struct {
	Body struct {
		Kinds []Kind `json:"kinds"`
	}
}

func (h handlers) kinds(ctx context.Context, _ *struct{}) (*kindsOut, error) {
	a, err := h.enter(ctx, needsRead)
	if err != nil {
		return answer[kindsOut](ctx, nil, err)
	}
	out := &kindsOut{}
	out.Body.Kinds = []Kind{}
	for _, k := range h.s.Kinds(a) {
		if k.Status == exchange.KindOpen {
			out.Body.Kinds = append(out.Body.Kinds, kindOf(k))
		}
	}
	return out, nil
}

type kindOut struct{ Body Kind }

func (h handlers) kind(ctx context.Context, in *struct {
	Kind string `path:"kind" maxLength:"48"`
}) (*kindOut, error) {
	a, err := h.enter(ctx, needsRead)
	if err != nil {
		return answer[kindOut](ctx, nil, err)
	}
	k, err := h.s.Kind(a, in.Kind)
	return answer(ctx, &kindOut{kindOf(k)}, err)
}

type postIn struct {
	Once string `header:"Idempotency-Key" maxLength:"100" pattern:"^[!-~]+$" doc:"Any key of yours for this one act of posting."`
	Body struct {
		Kind       string                    `json:"kind" maxLength:"48" example:"expert-visit"`
		Enterprise string                    `json:"enterprise_id,omitempty" maxLength:"36" pattern:"^[0-9a-z-]*$"`
		Licence    string                    `json:"enterprise_licence,omitempty" maxLength:"18" pattern:"^[0-9A-Za-z]*$" doc:"Unified social credit code, where the id is not known."`
		Ref        string                    `json:"ref,omitempty" maxLength:"100" doc:"Your own name for the need."`
		Values     map[string]exchange.Value `json:"values" doc:"The filled form, by field key. See the kind."`
	}
}

type needOut struct{ Body Need }

func (h handlers) post(ctx context.Context, in *postIn) (*needOut, error) {
	a, err := h.enter(ctx, needsWrite)
	if err != nil {
		return answer[needOut](ctx, nil, err)
	}
	firm, field := in.Body.Enterprise, "enterprise_id"
	if firm == "" && in.Body.Licence != "" {
		field = "enterprise_licence"
		if firm, err = h.firms.ByLicence(ctx, a, in.Body.Licence); err != nil {
			return answer[needOut](ctx, nil, h.placed(a, in.Body.Kind, field, err))
		}
	}
	n, err := h.s.Post(ctx, a, exchange.Draft{KindID: in.Body.Kind, EnterpriseID: firm, Values: in.Body.Values, Once: in.Once, PortalRef: in.Body.Ref})
	return answer(ctx, &needOut{h.needOf(exchange.Case{Need: n})}, h.placed(a, in.Body.Kind, field, err))
}

// placed says where in the body what is wrong stands: firm is the field that named an enterprise which is not there
// (the address of the operation is right, so a bare "not found" would send its caller astray), and what the service
// says of the form stands in values.
func (h handlers) placed(a actor.Actor, kind, firm string, err error) error {
	var f *fault.Error
	switch {
	case fault.Is(err, fault.NotFound):
		if _, e := h.s.Kind(a, kind); e != nil {
			return e
		}
		var c fault.Check
		c.Add(firm, "exchange.api.firm")
		return c.Err()
	case errors.As(err, &f) && f.Code == fault.Invalid:
		moved := *f
		moved.Fields = slices.Clone(f.Fields)
		for i := range moved.Fields {
			moved.Fields[i].Path = "values." + moved.Fields[i].Path
		}
		return &moved
	}
	return err
}

type needsIn struct {
	Ref    string `query:"ref" maxLength:"100" doc:"Only the need with this name of yours."`
	State  string `query:"state" enum:"open,engaged,closed,withdrawn"`
	Before string `query:"before" maxLength:"36" doc:"Id of the last need of the page before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type needsOut struct {
	Body struct {
		Needs []Need `json:"needs"`
		Next  string `json:"next,omitempty" doc:"Give it as before for the next page."`
	}
}

func (h handlers) needs(ctx context.Context, in *needsIn) (*needsOut, error) {
	a, err := h.enter(ctx, needsRead)
	if err != nil {
		return answer[needsOut](ctx, nil, err)
	}
	f := exchange.NeedFilter{PortalRef: in.Ref, Before: in.Before, Limit: in.Limit}
	if in.State != "" {
		f.States = []exchange.NeedState{exchange.NeedState(in.State)}
	}
	rows, err := h.s.List(ctx, a, f)
	out := &needsOut{}
	out.Body.Needs = []Need{}
	for _, n := range rows {
		out.Body.Needs = append(out.Body.Needs, h.needOf(exchange.Case{Need: n}))
	}
	if len(rows) > 0 && len(rows) == in.Limit {
		out.Body.Next = rows[len(rows)-1].ID
	}
	return answer(ctx, out, err)
}

type needIn struct {
	Need string `path:"need" maxLength:"36"`
}

// of gives the case that an operation is about, to a portal with the scope.
func (h handlers) of(ctx context.Context, scope, needID string) (actor.Actor, exchange.Case, error) {
	a, err := h.enter(ctx, scope)
	if err != nil {
		return a, exchange.Case{}, err
	}
	if !id.Valid(needID) {
		return a, exchange.Case{}, fault.NoSuch()
	}
	c, _, err := h.s.Case(ctx, a, needID)
	return a, c, err
}

func (h handlers) need(ctx context.Context, in *needIn) (*needOut, error) {
	a, c, err := h.of(ctx, needsRead, in.Need)
	if err == nil && h.scopes.Require(ctx, a, engagementsRead) != nil {
		c.Engagements = nil
	}
	return answer(ctx, &needOut{h.needOf(c)}, err)
}

type matchesOut struct{ Body Matches }

func (h handlers) matches(ctx context.Context, in *struct {
	Need  string `path:"need" maxLength:"36"`
	Limit int    `query:"limit" minimum:"1" maximum:"50" default:"10"`
}) (*matchesOut, error) {
	a, _, err := h.of(ctx, needsRead, in.Need)
	if err != nil {
		return answer[matchesOut](ctx, nil, err)
	}
	m, err := h.s.Matches(ctx, a, in.Need, in.Limit)
	return answer(ctx, &matchesOut{h.matchesOf(ctx, m)}, err)
}

type engagementOut struct{ Body Engagement }

func (h handlers) invite(ctx context.Context, in *struct {
	Need string `path:"need" maxLength:"36"`
	Body struct {
		Offer string `json:"offer_id" maxLength:"36" pattern:"^[0-9a-z-]+$"`
	}
}) (*engagementOut, error) {
	a, _, err := h.of(ctx, needsWrite, in.Need)
	if err != nil {
		return answer[engagementOut](ctx, nil, err)
	}
	e, err := h.s.Invite(ctx, a, in.Need, in.Body.Offer)
	return answer(ctx, &engagementOut{engagementOf(e)}, err)
}

func (h handlers) withdraw(ctx context.Context, in *struct {
	Need string `path:"need" maxLength:"36"`
	Body struct {
		Reason string `json:"reason,omitempty" maxLength:"500"`
	}
}) (*struct{}, error) {
	a, _, err := h.of(ctx, needsWrite, in.Need)
	if err == nil {
		err = h.s.Withdraw(ctx, a, in.Need, in.Body.Reason)
	}
	return answer[struct{}](ctx, nil, err)
}

type engagementIn struct {
	Need       string `path:"need" maxLength:"36"`
	Engagement string `path:"engagement" maxLength:"36"`
}

func (h handlers) engagement(ctx context.Context, in *engagementIn) (*engagementOut, error) {
	_, c, err := h.of(ctx, engagementsRead, in.Need)
	if err != nil {
		return answer[engagementOut](ctx, nil, err)
	}
	e := c.Engagement(in.Engagement)
	if e == nil {
		return answer[engagementOut](ctx, nil, fault.NoSuch())
	}
	return &engagementOut{engagementOf(*e)}, nil
}

type messagesOut struct {
	Body struct {
		Messages []Message `json:"messages"`
	}
}

func (h handlers) messages(ctx context.Context, in *engagementIn) (*messagesOut, error) {
	a, _, err := h.of(ctx, engagementsRead, in.Need)
	if err != nil {
		return answer[messagesOut](ctx, nil, err)
	}
	said, err := h.s.Thread(ctx, a, in.Need, in.Engagement)
	if err != nil {
		return answer[messagesOut](ctx, nil, err)
	}
	names, err := h.firms.Names(ctx, authors(said))
	out := &messagesOut{}
	out.Body.Messages = []Message{}
	for _, m := range said {
		out.Body.Messages = append(out.Body.Messages, messageOf(m, names))
	}
	return answer(ctx, out, err)
}

type messageOut struct{ Body Message }

func (h handlers) say(ctx context.Context, in *struct {
	Need       string `path:"need" maxLength:"36"`
	Engagement string `path:"engagement" maxLength:"36"`
	Body       struct {
		Text string `json:"text" maxLength:"4000"`
	}
}) (*messageOut, error) {
	a, _, err := h.of(ctx, needsWrite, in.Need)
	if err != nil {
		return answer[messageOut](ctx, nil, err)
	}
	m, err := h.s.Say(ctx, a, in.Need, in.Engagement, in.Body.Text, nil, "")
	return answer(ctx, &messageOut{messageOf(m, nil)}, err)
}

type toolsIn struct {
	Words string `query:"q" maxLength:"200"`
	Kind  string `query:"kind" maxLength:"48" default:"expert-visit"`
	Trade string `query:"trade" maxLength:"48" doc:"Without words only."`
	Limit int    `query:"limit" minimum:"1" maximum:"50" default:"20"`
}

type toolsOut struct {
	Body struct {
		Entries []Tool `json:"entries"`
	}
}

func (h handlers) tools(ctx context.Context, in *toolsIn) (*toolsOut, error) {
	if _, err := h.enter(ctx, needsRead); err != nil {
		return answer[toolsOut](ctx, nil, err)
	}
	out := &toolsOut{}
	out.Body.Entries = []Tool{}
	if strings.TrimSpace(in.Words) != "" {
		found, err := h.s.SearchTools(ctx, in.Kind, in.Words, in.Limit)
		for _, m := range found {
			out.Body.Entries = append(out.Body.Entries, h.toolOf(*m.Tool))
		}
		return answer(ctx, out, err)
	}
	found, err := h.s.Tools(ctx, exchange.ToolFilter{KindID: in.Kind, Trade: in.Trade, Limit: in.Limit})
	for _, t := range found {
		out.Body.Entries = append(out.Body.Entries, h.toolOf(t))
	}
	return answer(ctx, out, err)
}

type toolOut struct{ Body Tool }

func (h handlers) tool(ctx context.Context, in *struct {
	Tool string `path:"tool" maxLength:"36"`
}) (*toolOut, error) {
	if _, err := h.enter(ctx, needsRead); err != nil {
		return answer[toolOut](ctx, nil, err)
	}
	if !id.Valid(in.Tool) {
		return answer[toolOut](ctx, nil, fault.NoSuch())
	}
	t, err := h.s.Tool(ctx, in.Tool)
	return answer(ctx, &toolOut{h.toolOf(t)}, err)
}

// stamp leaves out a time that is not set.
func stamp(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
