package portal

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/limit"
)

// Unions tells where a union stands in the tree; an unknown one is fault.NotFound.
type Unions interface {
	UnionPath(ctx context.Context, unionID string) (string, error)
}

// Options are what a Service needs beside its store. Clock, Unions and Topics are needed.
type Options struct {
	Clock  clock.Clock
	Unions Unions
	Topics []Topic
	Reach  Reach
	Queued func() // called when there is something new to send; may be nil, must not block
}

// Service decides who may do what with portals, and does it.
type Service struct {
	store  Store
	clock  clock.Clock
	unions Unions
	topics map[string]string
	reach  Reach
	queued func()
	known  known
	rates  limit.Buckets // a minute's worth may be used at once, and refills evenly
}

// NewService makes the service on a store.
func NewService(store Store, o Options) *Service {
	s := &Service{
		store: store, clock: o.Clock, unions: o.Unions, reach: o.Reach, queued: o.Queued,
		topics: make(map[string]string, len(o.Topics)),
	}
	for _, t := range o.Topics {
		s.topics[t.Subject] = t.Scope
	}
	if s.queued == nil {
		s.queued = func() {}
	}
	return s
}

// Topics lists the events that portals can hear of, by subject.
func (s *Service) Topics() []Topic {
	out := make([]Topic, 0, len(s.topics))
	for subject, scope := range s.topics {
		out = append(out, Topic{subject, scope})
	}
	slices.SortFunc(out, func(a, b Topic) int { return strings.Compare(a.Subject, b.Subject) })
	return out
}

// Add makes a portal of a union: for who leads that union.
func (s *Service) Add(ctx context.Context, a actor.Actor, d Draft) (p Portal, err error) {
	defer fault.Wrap(&err, "portal.Add(%q)", d.Name)
	d, err = d.clean()
	if err != nil {
		return Portal{}, err
	}
	path, err := s.unions.UnionPath(ctx, d.UnionID)
	if err != nil {
		return Portal{}, err
	}
	p = Portal{
		ID: id.New(), Name: d.Name, UnionID: d.UnionID, UnionPath: path, Status: Active, Scopes: d.Scopes,
		RatePerMinute: d.RatePerMinute, CreatedAt: s.clock.Now(),
	}
	if err := p.manage(a); err != nil {
		return Portal{}, err
	}
	return p, s.store.AddPortal(ctx, p)
}

// Portal gives one portal to itself or to who manages it.
func (s *Service) Portal(ctx context.Context, a actor.Actor, portalID string) (p Portal, err error) {
	defer fault.Wrap(&err, "portal.Portal(%s)", portalID)
	return s.entered(ctx, a, portalID)
}

// List gives the portals that the actor manages, by name.
func (s *Service) List(ctx context.Context, a actor.Actor) (out []Portal, err error) {
	defer fault.Wrap(&err, "portal.List")
	roots := []string{"/"}
	if a.Kind != actor.System {
		roots = nil
		for _, g := range a.Grants {
			roots = append(roots, g.Path)
		}
	}
	seen := map[string]bool{}
	for _, root := range roots {
		ps, err := s.store.Portals(ctx, root)
		if err != nil {
			return nil, err
		}
		for _, p := range ps {
			if !seen[p.ID] && p.manage(a) == nil {
				seen[p.ID] = true
				out = append(out, p)
			}
		}
	}
	return out, nil
}

// SetStatus lets a portal in or keeps it out. Every node follows within CacheTime.
func (s *Service) SetStatus(ctx context.Context, a actor.Actor, portalID string, to Status) (err error) {
	defer fault.Wrap(&err, "portal.SetStatus(%s, %s)", portalID, to)
	if _, err := s.managed(ctx, a, portalID); err != nil {
		return err
	}
	var c fault.Check
	c.That(to == Active || to == Suspended, "status", "portal.field.status")
	if err := c.Err(); err != nil {
		return err
	}
	defer s.known.clear()
	return s.store.SetStatus(ctx, portalID, to)
}

// AddKey makes a key of the portal; zero expires never. The text is for the partner and is not to be
// had again.
func (s *Service) AddKey(ctx context.Context, a actor.Actor, portalID string, expires time.Time) (k Key, text string, err error) {
	defer fault.Wrap(&err, "portal.AddKey(%s)", portalID)
	if _, err := s.managed(ctx, a, portalID); err != nil {
		return Key{}, "", err
	}
	now := s.clock.Now()
	var c fault.Check
	c.That(expires.IsZero() || expires.After(now), "expires", "portal.field.expires")
	if err := c.Err(); err != nil {
		return Key{}, "", err
	}
	k, text = newKey(portalID, now, expires)
	if err := s.store.AddKey(ctx, k); err != nil {
		return Key{}, "", err
	}
	return k, text, nil
}

// Keys lists the portal's keys, oldest first.
func (s *Service) Keys(ctx context.Context, a actor.Actor, portalID string) (ks []Key, err error) {
	defer fault.Wrap(&err, "portal.Keys(%s)", portalID)
	if _, err := s.managed(ctx, a, portalID); err != nil {
		return nil, err
	}
	return s.store.Keys(ctx, portalID)
}

// Revoke ends a key, given by its id or by its prefix as it is shown. Every node refuses it within
// CacheTime, this one as a rule at once.
func (s *Service) Revoke(ctx context.Context, a actor.Actor, keyID string) (err error) {
	keyID = strings.TrimPrefix(keyID, keyPrefix)
	defer fault.Wrap(&err, "portal.Revoke(%s)", keyID)
	_, p, err := s.store.Key(ctx, keyID)
	if err != nil {
		return err
	}
	if err := p.manage(a); err != nil {
		return err
	}
	defer s.known.clear()
	return s.store.RevokeKey(ctx, keyID, s.clock.Now())
}

func (s *Service) managed(ctx context.Context, a actor.Actor, portalID string) (Portal, error) {
	p, err := s.store.Portal(ctx, portalID)
	if err != nil {
		return Portal{}, err
	}
	return p, p.manage(a)
}

func (s *Service) entered(ctx context.Context, a actor.Actor, portalID string) (Portal, error) {
	p, err := s.store.Portal(ctx, portalID)
	if err != nil {
		return Portal{}, err
	}
	return p, p.enter(a)
}
