package portal

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
)

// MaxBody is the largest body that is sent over a hook, in bytes.
const MaxBody = 256 << 10

// AddHook subscribes an address of the portal to events; no events are all that its scopes allow. The
// secret is for the partner and is not to be had again.
func (s *Service) AddHook(ctx context.Context, a actor.Actor, portalID, url string, events []string) (h Hook, secret Secret, err error) {
	defer fault.Wrap(&err, "portal.AddHook(%s)", portalID)
	p, err := s.entered(ctx, a, portalID)
	if err != nil {
		return Hook{}, Secret{}, err
	}
	var c fault.Check
	url, ok := s.reach.Check(url)
	c.That(ok, "url", "portal.field.url")
	events = checkEvents(&c, p, s.topics, events)
	if err := c.Err(); err != nil {
		return Hook{}, Secret{}, err
	}
	h = Hook{ID: id.New(), PortalID: p.ID, URL: url, Events: events, Status: HookActive, CreatedAt: s.clock.Now()}
	secret = NewSecret()
	if err := s.store.AddHook(ctx, h, secret, MaxHooks); err != nil {
		return Hook{}, Secret{}, err
	}
	return h, secret, nil
}

// Hooks lists the portal's hooks, oldest first.
func (s *Service) Hooks(ctx context.Context, a actor.Actor, portalID string) (hs []Hook, err error) {
	defer fault.Wrap(&err, "portal.Hooks(%s)", portalID)
	if _, err := s.entered(ctx, a, portalID); err != nil {
		return nil, err
	}
	return s.store.Hooks(ctx, portalID)
}

// DropHook ends a hook and forgets its deliveries.
func (s *Service) DropHook(ctx context.Context, a actor.Actor, portalID, hookID string) (err error) {
	defer fault.Wrap(&err, "portal.DropHook(%s, %s)", portalID, hookID)
	if _, err := s.entered(ctx, a, portalID); err != nil {
		return err
	}
	return s.store.DropHook(ctx, portalID, hookID)
}

// ResumeHook makes a paused or disabled hook active; what waited for it is sent.
func (s *Service) ResumeHook(ctx context.Context, a actor.Actor, portalID, hookID string) (err error) {
	defer fault.Wrap(&err, "portal.ResumeHook(%s, %s)", portalID, hookID)
	if _, err := s.entered(ctx, a, portalID); err != nil {
		return err
	}
	if err := s.store.ResumeHook(ctx, portalID, hookID); err != nil {
		return err
	}
	s.queued()
	return nil
}

// DeliveryPage is a part of a hook's log; Next is the cursor of the part after it, empty at the end.
type DeliveryPage struct {
	Deliveries []Delivery
	Next       string
}

// MaxPage is the most deliveries on one page of the log.
const MaxPage = 100

// Deliveries gives the hook's log, newest first, from the cursor on.
func (s *Service) Deliveries(ctx context.Context, a actor.Actor, portalID, hookID, cursor string, limit int) (pg DeliveryPage, err error) {
	defer fault.Wrap(&err, "portal.Deliveries(%s, %s)", portalID, hookID)
	if _, err := s.entered(ctx, a, portalID); err != nil {
		return DeliveryPage{}, err
	}
	if _, err := s.store.Hook(ctx, portalID, hookID); err != nil {
		return DeliveryPage{}, err
	}
	limit = min(max(limit, 1), MaxPage)
	pg.Deliveries, err = s.store.Deliveries(ctx, portalID, hookID, cursor, limit+1)
	if err != nil {
		return DeliveryPage{}, err
	}
	if len(pg.Deliveries) > limit {
		pg.Deliveries = pg.Deliveries[:limit]
		pg.Next = pg.Deliveries[limit-1].ID
	}
	return pg, nil
}

// Redeliver sends a delivery once more, under the same webhook-id and with a fresh schedule. One that
// a sender has right now may arrive twice.
func (s *Service) Redeliver(ctx context.Context, a actor.Actor, portalID, hookID, deliveryID string) (err error) {
	defer fault.Wrap(&err, "portal.Redeliver(%s, %s, %s)", portalID, hookID, deliveryID)
	if _, err := s.entered(ctx, a, portalID); err != nil {
		return err
	}
	if _, err := s.store.Delivery(ctx, portalID, hookID, deliveryID); err != nil {
		return err
	}
	now := s.clock.Now()
	err = s.store.UpdateDelivery(ctx, portalID, deliveryID, func(d Delivery, h Hook) (Delivery, Hook, error) {
		if h.Status == HookDisabled {
			return d, h, fault.New(fault.Conflict, "portal.hook.disabled")
		}
		d.State, d.Attempts, d.DueAt, d.ExpiresAt, d.Lease = Pending, 0, now, now.Add(Lifetime), ""
		return d, h, nil
	})
	if err == nil {
		s.queued()
	}
	return err
}

// Offer queues the event for the hooks of the portal that want it; an event that is no topic, or whose
// scope the portal lacks, is for none. Data is what the portal sees of it: it was made for that portal
// by who offers it. Only consumers of events call it, and offering an event again changes nothing. Order over one hook is best effort: a delivery that has to be tried
// again lets the next ones pass, so receivers go by the timestamp or read the row anew.
func (s *Service) Offer(ctx context.Context, e event.Event, portalID string, data json.RawMessage) (err error) {
	defer fault.Wrap(&err, "portal.Offer(%s, %s, %s)", e.Subject, e.ID, portalID)
	scope, known := s.topics[e.Subject]
	if !known {
		return nil // not for portals
	}
	p, err := s.store.Portal(ctx, portalID)
	if err != nil {
		return err
	}
	if p.Status != Active || !p.May(scope) {
		return nil
	}
	hooks, err := s.store.Hooks(ctx, portalID)
	if err != nil {
		return err
	}
	body, err := envelope(e, data)
	if err != nil {
		return err
	}
	now := s.clock.Now()
	var ds []Delivery
	for _, h := range hooks {
		if h.wants(e.Subject) {
			ds = append(ds, Delivery{
				ID: id.New(), PortalID: portalID, HookID: h.ID, EventID: e.ID, Subject: e.Subject, Body: body,
				State: Pending, DueAt: now, ExpiresAt: now.Add(Lifetime), CreatedAt: now,
			})
		}
	}
	if len(ds) == 0 {
		return nil
	}
	n, err := s.store.AddDeliveries(ctx, ds)
	if n > 0 {
		s.queued()
	}
	return err
}

// envelope is the body of a delivery in the form that Standard Webhooks recommends.
func envelope(e event.Event, data json.RawMessage) ([]byte, error) {
	body, err := json.Marshal(struct {
		Type      string          `json:"type"`
		Timestamp time.Time       `json:"timestamp"`
		Data      json.RawMessage `json:"data"`
	}{e.Subject, e.At.UTC(), data})
	if err != nil {
		return nil, err
	}
	if len(body) > MaxBody {
		return nil, fmt.Errorf("body of %d bytes is over %d", len(body), MaxBody)
	}
	return body, nil
}
