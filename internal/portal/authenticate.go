package portal

import (
	"context"
	"log/slog"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/limit"
)

// CacheTime is how long a node goes on with what it knows of a key or a portal: the longest that a key
// revoked, or a portal suspended, on another node is still let in here.
const CacheTime = 5 * time.Second

const touchEvery = time.Minute // how exactly a key's last use is noted

// Authenticate tells who holds the text of a key, and their scopes. Whatever is wrong with it — form,
// id, secret, expiry, revocation, a suspended portal — the answer is the same fault.Unauthenticated.
func (s *Service) Authenticate(ctx context.Context, bearer string) (_ actor.Actor, scopes []string, err error) {
	defer fault.Wrap(&err, "portal.Authenticate")
	p, err := s.holder(ctx, bearer)
	if err != nil {
		return actor.Actor{}, nil, err
	}
	return p.Actor(), p.Scopes, nil
}

// Admit is Authenticate for a request that counts against the portal's rate, which is
// fault.TooMany when it is used up; the fault's argument "seconds" says when to come again.
func (s *Service) Admit(ctx context.Context, bearer string) (_ actor.Actor, err error) {
	defer fault.Wrap(&err, "portal.Admit")
	p, err := s.holder(ctx, bearer)
	if err != nil {
		return actor.Actor{}, err
	}
	rate := limit.Rate{Burst: p.RatePerMinute, Every: time.Minute / time.Duration(p.RatePerMinute)}
	if wait := s.rates.Take(p.ID, s.clock.Now(), rate); wait > 0 {
		return actor.Actor{}, fault.New(fault.TooMany, "portal.rate", "seconds", int(wait/time.Second)+1)
	}
	return p.Actor(), nil
}

// Require is nil when the actor is a portal that has the scope, and otherwise the fault.Denied that says
// what is missing. It is cheap: every operation of the API asks it.
func (s *Service) Require(ctx context.Context, a actor.Actor, scope string) (err error) {
	defer fault.Wrap(&err, "portal.Require(%s)", scope)
	if a.Kind != actor.Portal {
		return fault.Refused()
	}
	p, err := s.portal(ctx, a.ID)
	if err != nil {
		return err
	}
	if !p.May(scope) || p.Status != Active {
		return fault.New(fault.Denied, "portal.scope.missing", "scope", scope)
	}
	return nil
}

func (s *Service) portal(ctx context.Context, portalID string) (Portal, error) {
	now := s.clock.Now()
	if p, ok := s.known.portals.get(portalID, now); ok {
		return p, nil
	}
	p, err := s.store.Portal(ctx, portalID)
	if err == nil {
		s.known.portals.put(portalID, p, now)
	}
	return p, err
}

func (s *Service) holder(ctx context.Context, bearer string) (Portal, error) {
	refused := fault.New(fault.Unauthenticated, "portal.key.refused")
	keyID, hash, ok := parseKey(bearer)
	if !ok {
		return Portal{}, refused
	}
	now := s.clock.Now()
	h, ok := s.known.keys.get(keyID, now)
	if !ok {
		k, p, err := s.store.Key(ctx, keyID)
		if fault.Is(err, fault.NotFound) {
			return Portal{}, refused // and not remembered: nobody can fill the cache by guessing
		}
		if err != nil {
			return Portal{}, err
		}
		h = holding{k, p}
		s.known.keys.put(keyID, h, now)
		s.known.portals.put(p.ID, p, now)
	}
	if !h.key.Hash.equal(hash) || !h.key.Holds(now) || h.portal.Status != Active {
		return Portal{}, refused
	}
	if s.known.touch(h.key, now) {
		// The use is a courtesy to who looks after the keys: a request does not fail over it, and it does not end with the request.
		if err := s.store.TouchKey(context.WithoutCancel(ctx), keyID, now); err != nil {
			slog.WarnContext(ctx, "use of a portal key not noted", "key", keyID, "err", err)
		}
	}
	return h.portal, nil
}
