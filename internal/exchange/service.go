package exchange

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/match"
)

// Directory is what the exchange asks the hall about people and firms. Rows that do not exist are
// fault.NotFound.
type Directory interface {
	Enterprise(ctx context.Context, id string) (Firm, error)
	// Enterprises gives those that exist, in one query.
	Enterprises(ctx context.Context, ids []string) (map[string]Firm, error)
	Provider(ctx context.Context, personID string) (Provider, error)
	Providers(ctx context.Context, personIDs []string) (map[string]Provider, error)
	// Named gives the masters whose name has the words in it, the most honoured first, at most so many, and how many
	// there are. Those who have left are not among them.
	Named(ctx context.Context, words string, most int) (_ []Provider, total int, err error)
	// Contacts gives the persons who speak for an enterprise.
	Contacts(ctx context.Context, enterpriseID string) ([]string, error)
	// Officers gives the officers, leads and clerks, of the nearest union at or above path that has any.
	Officers(ctx context.Context, unionPath string) ([]string, error)
	// City gives the path of the city-level union that path lies in, "" above that level.
	City(unionPath string) string
}

// Firm is an enterprise as the exchange sees it.
type Firm struct {
	ID, Name           string
	UnionID, UnionPath string
	Spot               Spot
	Closed             bool // no longer in business
}

// Provider is a person on the offering side.
type Provider struct {
	ID, Name           string
	Master             bool
	Left               bool // left; shown to nobody any more
	UnionID, UnionPath string
	Title              string // of their craft
	Craft              []string
	Bio                string
	Honours            []string
	Spot               Spot
	Reach              float64        // metres
	MaxLoad            int            // engagements at once
	Free               []match.Window // of the next weeks, by their own calendar
}

// most is how many engagements the provider may carry over all their offers, 0 where each offer says for itself: the
// number is part of a master's entry, and nobody else has one.
func (p Provider) most() int {
	if !p.Master {
		return 0
	}
	return max(1, p.MaxLoad)
}

// Service is the exchange. It is safe for concurrent use.
type Service struct {
	store Store
	hall  Directory
	index match.Index
	clock clock.Clock
	log   *slog.Logger

	mu     sync.RWMutex
	kinds  map[string]Kind
	behind atomic.Bool // an event could not be applied
}

// New makes a service; Load must run before it answers.
func New(store Store, hall Directory, index match.Index, c clock.Clock, log *slog.Logger) *Service {
	return &Service{store: store, hall: hall, index: index, clock: c, log: log, kinds: map[string]Kind{}}
}

// LoadKinds reads the kinds anew, and makes the built-in ones in an empty store.
func (s *Service) LoadKinds(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "exchange.LoadKinds")
	kept, err := s.store.Kinds(ctx)
	if err != nil {
		return err
	}
	if len(kept) == 0 {
		for _, k := range BuiltIn() {
			k.Version, k.Updated = 1, s.clock.Now()
			if err := s.store.SaveKind(ctx, k); err != nil && !fault.Is(err, fault.Conflict) {
				return err // a conflict is another node that was faster
			}
		}
		if kept, err = s.store.Kinds(ctx); err != nil {
			return err
		}
	}
	kinds := make(map[string]Kind, len(kept))
	for _, k := range kept {
		kinds[k.ID] = k
	}
	s.mu.Lock()
	s.kinds = kinds
	s.mu.Unlock()
	return nil
}

// kind gives a kind whatever its state; what runs under it must go on.
func (s *Service) kind(id string) (Kind, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	k, ok := s.kinds[id]
	if !ok {
		return Kind{}, fault.New(fault.NotFound, "exchange.kind.none")
	}
	return k, nil
}

// Kind gives a kind that the actor may know: an open or retired one, or any to an officer of its union.
func (s *Service) Kind(a actor.Actor, id string) (Kind, error) {
	k, err := s.kind(id)
	if err != nil {
		return Kind{}, err
	}
	if k.Status == KindDraft && !s.mayReadKind(a, k) {
		return Kind{}, fault.New(fault.NotFound, "exchange.kind.none")
	}
	return k, nil
}

// Kinds gives the kinds that the actor may know, by id.
func (s *Service) Kinds(a actor.Actor) []Kind {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []Kind
	for _, k := range s.kinds {
		if k.Status != KindDraft || s.mayReadKind(a, k) {
			out = append(out, k)
		}
	}
	slices.SortFunc(out, func(x, y Kind) int { return strings.Compare(x.ID, y.ID) })
	return out
}

// mayReadKind: officers of the kind's union and of those above and below it may see its drafts.
func (s *Service) mayReadKind(a actor.Actor, k Kind) bool {
	if k.UnionPath == "" {
		return a.Officer()
	}
	if a.MayRead(k.UnionPath) {
		return true
	}
	return slices.ContainsFunc(a.Grants, func(g actor.Grant) bool { return actor.Within(g.Path, k.UnionPath) })
}

// MayEditKind reports whether the actor may change the kind: a lead of its union, or for the built-in ones a
// lead of the root.
func (s *Service) MayEditKind(a actor.Actor, k Kind) bool {
	if k.UnionPath == "" {
		return a.Kind == actor.System || slices.ContainsFunc(a.Grants, func(g actor.Grant) bool {
			return g.Role == actor.Lead && strings.Count(g.Path, "/") == 2
		})
	}
	return a.MayLead(k.UnionPath)
}

// SaveKind makes or changes a kind. k.Version is the version that the actor saw, 0 for a new one; when
// somebody else was faster it is fault.Conflict and nothing is changed. A form's field must keep its type
// while cases hold values of it.
func (s *Service) SaveKind(ctx context.Context, a actor.Actor, k Kind) (_ Kind, err error) {
	defer fault.Wrap(&err, "exchange.SaveKind(%s)", k.ID)
	if err := k.Validate(); err != nil {
		return Kind{}, err
	}
	old, err := s.kind(k.ID)
	exists := err == nil
	if exists {
		if k.Version == 0 {
			return Kind{}, wrong("id", "field.taken")
		}
		if k.Version < old.Version {
			return Kind{}, fault.New(fault.Conflict, "fault.moved")
		}
		k.UnionID, k.UnionPath = old.UnionID, old.UnionPath
		if !old.Status.MayBecome(k.Status) {
			return Kind{}, wrong("status", "exchange.kind.status")
		}
		if old.Status != KindDraft {
			if err := keepsFields(old, k); err != nil {
				return Kind{}, err
			}
		}
	}
	if !s.MayEditKind(a, k) {
		return Kind{}, fault.Refused()
	}
	now := s.clock.Now()
	k.Version++
	k.Updated = now
	h := Happened{What: KindChanged, KindID: k.ID, UnionPath: k.UnionPath, By: a.ID}
	if err := s.store.SaveKind(ctx, k, h.event(now)); err != nil {
		return Kind{}, err
	}
	s.mu.Lock()
	s.kinds[k.ID] = k
	s.mu.Unlock()
	return k, nil
}

func wrong(field, msg string) error {
	return &fault.Error{Code: fault.Invalid, Msg: "fault.invalid", Fields: []fault.Field{{Path: field, Msg: msg}}}
}

// keepsFields refuses a change that would make kept values unreadable.
func keepsFields(old, k Kind) error {
	var c fault.Check
	for name, pair := range map[string][2]Form{"need": {old.Need, k.Need}, "offer": {old.Offer, k.Offer}} {
		for i, f := range pair[1].Fields {
			if was, ok := pair[0].FieldOf(f.Key); ok && (was.Type != f.Type || was.List != f.List) {
				c.Add(at(name+".fields", i, "type"), "exchange.kind.type-fixed")
			}
		}
	}
	return c.Err()
}

// SideOf says on whose behalf the actor acts in a case; e may be nil for the need alone. NoSide may still see
// it, see Case.
func SideOf(a actor.Actor, n Need, e *Engagement) Side {
	switch {
	case a.Kind == actor.Portal && n.PortalID == a.ID && a.ID != "":
		return NeedSide
	case a.Kind == actor.Portal:
		return NoSide
	case n.ownedBy(a):
		return NeedSide
	case a.SignedIn() && e != nil && e.OwnerID == a.ID:
		return OfferSide
	case a.MayAct(n.UnionPath):
		return HallSide
	}
	return NoSide
}

// ownedBy reports whether the person acts on the need's own side: whoever speaks for its enterprise now. Who posted
// it has a part only where the need is their own, or as an officer who still works the enterprise's union.
func (n Need) ownedBy(a actor.Actor) bool {
	if !a.SignedIn() {
		return false
	}
	return a.SpeaksFor(n.EnterpriseID) || n.PosterID == a.ID && (n.EnterpriseID == "" || a.MayAct(n.UnionPath))
}

// act is a change of a case by somebody who has a side in it, and what to tell; without anything to
// tell nothing was changed. e is nil where the need alone is meant.
type act func(c *Case, e *Engagement, k Kind, as Side, now time.Time) ([]Happened, error)

// update runs a change of a case as an actor on one engagement: it checks that the actor has a side, gives
// it to act, settles the case, and keeps it with the events.
func (s *Service) update(ctx context.Context, a actor.Actor, needID, engagementID string, act act) (Case, error) {
	now := s.clock.Now()
	return s.store.UpdateCase(ctx, needID, func(c Case) (Case, []event.Event, error) {
		return s.changed(c, a, engagementID, now, act)
	})
}

// changed is what update keeps.
func (s *Service) changed(c Case, a actor.Actor, engagementID string, now time.Time, act act) (Case, []event.Event, error) {
	k, err := s.kind(c.Need.KindID)
	if err != nil {
		return c, nil, err
	}
	var e *Engagement
	if engagementID != "" {
		if e = c.Engagement(engagementID); e == nil {
			return c, nil, fault.NoSuch()
		}
	}
	as := SideOf(a, c.Need, e)
	if as == NoSide {
		return c, nil, s.hidden(a, c.Need)
	}
	was := c.Need.State
	told, err := act(&c, e, k, as, now)
	if err != nil || len(told) == 0 {
		return c, nil, err
	}
	c.Settle(k, now)
	if was == NeedEngaged && c.Need.State == NeedOpen {
		told = append(told, c.about(NeedReopened, nil, a.ID, as))
	}
	return c, eventsOf(told, now), nil
}

// hidden is the fault for somebody without a side: an auditor may read the row and is refused, everybody
// else does not learn that it is there.
func (s *Service) hidden(a actor.Actor, n Need) error {
	if a.MayRead(n.UnionPath) {
		return fault.Refused()
	}
	return fault.NoSuch()
}

func eventsOf(told []Happened, now time.Time) []event.Event {
	out := make([]event.Event, len(told))
	for i, h := range told {
		out[i] = h.event(now)
	}
	return out
}
