// Package portalweb is what a partner portal does over the API for itself: its hooks, and the log of
// what went over them.
package portalweb

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/portal"
	"github.com/unionhall/unionhall/internal/web"
)

// Register adds the operations under /v1/hooks. Who acts is in the request's context; only portals have
// hooks.
func Register(api huma.API, s *portal.Service) {
	h := handlers{s}
	huma.Register(api, op("list-hooks", http.MethodGet, "/v1/hooks",
		"List your hooks", "Oldest first. Secrets are not shown again."), h.list)
	add := op("add-hook", http.MethodPost, "/v1/hooks", "Add a hook",
		"The hall posts events to the address as JSON, signed as Standard Webhooks says: `webhook-id`, `webhook-timestamp` "+
			"and `webhook-signature` (v1, HMAC-SHA256). The `webhook-id` of an event is the same at every attempt: use it to "+
			"tell a repeat. Order is best effort. Answer 2xx within 10 seconds; anything else is tried again after 5 s, 30 s, "+
			"2 min, 10 min, 1 h, 3 h, 8 h and 24 h. 410 disables the hook. Events: "+events(s)+".")
	add.DefaultStatus = http.StatusCreated
	huma.Register(api, add, h.add)
	huma.Register(api, op("drop-hook", http.MethodDelete, "/v1/hooks/{hook}",
		"Remove a hook", "Its log goes with it. What is under way at this moment may still arrive."), h.drop)
	huma.Register(api, op("resume-hook", http.MethodPost, "/v1/hooks/{hook}/resume",
		"Resume a hook", "Makes a paused or disabled hook active again and sends what waits for it."), h.resume)
	huma.Register(api, op("list-deliveries", http.MethodGet, "/v1/hooks/{hook}/deliveries",
		"List what was sent over a hook", "Newest first, kept for 30 days."), h.deliveries)
	huma.Register(api, op("redeliver", http.MethodPost, "/v1/hooks/{hook}/deliveries/{delivery}/redeliver",
		"Send something once more", "Under the same `webhook-id`, with a fresh schedule of attempts."), h.redeliver)
}

func op(id, method, path, summary, description string) huma.Operation {
	o := huma.Operation{
		OperationID: id, Method: method, Path: path, Summary: summary, Description: description, Tags: []string{"Hooks"},
		Errors: []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests},
	}
	if strings.Contains(path, "{") {
		o.Errors = append(o.Errors, http.StatusNotFound)
	}
	if method == http.MethodPost {
		o.Errors = append(o.Errors, http.StatusConflict)
	}
	if method == http.MethodDelete || method == http.MethodPost {
		o.DefaultStatus = http.StatusNoContent
	}
	return o
}

func events(s *portal.Service) string {
	var out []string
	for _, t := range s.Topics() {
		out = append(out, fmt.Sprintf("`%s` (%s)", t.Subject, t.Scope))
	}
	return strings.Join(out, ", ")
}

type handlers struct{ s *portal.Service }

func (h handlers) list(ctx context.Context, _ *struct{}) (*hooksOut, error) {
	p, err := self(ctx)
	if err != nil {
		return nil, problem(ctx, err)
	}
	hooks, err := h.s.Hooks(ctx, p, p.ID)
	if err != nil {
		return nil, problem(ctx, err)
	}
	out := &hooksOut{}
	out.Body.Hooks = make([]Hook, 0, len(hooks))
	for _, k := range hooks {
		out.Body.Hooks = append(out.Body.Hooks, hookOf(k))
	}
	return out, nil
}

func (h handlers) add(ctx context.Context, in *addIn) (*newHookOut, error) {
	p, err := self(ctx)
	if err != nil {
		return nil, problem(ctx, err)
	}
	k, secret, err := h.s.AddHook(ctx, p, p.ID, in.Body.URL, in.Body.Events)
	if err != nil {
		return nil, problem(ctx, err)
	}
	return &newHookOut{Body: NewHook{Hook: hookOf(k), Secret: secret.Reveal()}}, nil
}

func (h handlers) drop(ctx context.Context, in *hookIn) (*struct{}, error) {
	p, err := self(ctx)
	if err == nil {
		err = h.s.DropHook(ctx, p, p.ID, in.Hook)
	}
	return nil, problem(ctx, err)
}

func (h handlers) resume(ctx context.Context, in *hookIn) (*struct{}, error) {
	p, err := self(ctx)
	if err == nil {
		err = h.s.ResumeHook(ctx, p, p.ID, in.Hook)
	}
	return nil, problem(ctx, err)
}

func (h handlers) deliveries(ctx context.Context, in *deliveriesIn) (*deliveriesOut, error) {
	p, err := self(ctx)
	if err != nil {
		return nil, problem(ctx, err)
	}
	page, err := h.s.Deliveries(ctx, p, p.ID, in.Hook, in.After, in.Limit)
	if err != nil {
		return nil, problem(ctx, err)
	}
	out := &deliveriesOut{}
	out.Body.Next = page.Next
	out.Body.Deliveries = make([]Delivery, 0, len(page.Deliveries))
	for _, d := range page.Deliveries {
		out.Body.Deliveries = append(out.Body.Deliveries, deliveryOf(d))
	}
	return out, nil
}

func (h handlers) redeliver(ctx context.Context, in *deliveryIn) (*struct{}, error) {
	p, err := self(ctx)
	if err == nil {
		err = h.s.Redeliver(ctx, p, p.ID, in.Hook, in.Delivery)
	}
	return nil, problem(ctx, err)
}

// self is the portal that asks: every path here is relative to it.
func self(ctx context.Context) (actor.Actor, error) {
	a := actor.From(ctx)
	switch a.Kind {
	case actor.Portal:
		return a, nil
	case actor.Anyone:
		return a, fault.New(fault.Unauthenticated, "fault.no-key")
	}
	return a, fault.Refused()
}

// problem is the error as the API tells it; nil stays nil.
func problem(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	return web.NewProblem(ctx, err)
}
