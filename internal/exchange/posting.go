package exchange

import (
	"context"
	"slices"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
)

// MayPost gives the kind and the enterprise for which the actor may post a need of it, and otherwise the fault
// that Post would give. Where needs are a person's, only the firm's union is set, to the person's.
func (s *Service) MayPost(ctx context.Context, a actor.Actor, kindID, enterpriseID string) (k Kind, firm Firm, err error) {
	defer fault.Wrap(&err, "exchange.MayPost(%s, %s)", kindID, enterpriseID)
	if !a.SignedIn() && a.Kind != actor.Portal {
		return k, firm, fault.New(fault.Unauthenticated, "fault.unauthenticated")
	}
	if k, err = s.kind(kindID); err != nil {
		return k, firm, err
	}
	if k.Status != KindOpen {
		return k, firm, fault.New(fault.Conflict, "exchange.kind.closed")
	}
	if k.Need.By == ByEnterprise {
		if firm, err = s.hall.Enterprise(ctx, enterpriseID); err != nil {
			return k, firm, err
		}
	}
	return mayPost(a, k, firm)
}

// mayPost is MayPost for an enterprise that is known.
func mayPost(a actor.Actor, k Kind, firm Firm) (Kind, Firm, error) {
	if k.Need.By == ByEnterprise {
		if !a.SpeaksFor(firm.ID) && !a.MayAct(firm.UnionPath) && !(a.Kind == actor.Portal && actor.Within(firm.UnionPath, a.UnionPath)) {
			return k, Firm{}, fault.NoSuch()
		}
		if firm.Closed {
			return k, Firm{}, fault.New(fault.Conflict, "exchange.firm.closed")
		}
	} else {
		if !a.SignedIn() || k.Need.By == ByMaster && !a.Master {
			return k, firm, fault.Refused()
		}
		firm = Firm{UnionID: a.UnionID, UnionPath: a.UnionPath}
	}
	if k.UnionPath != "" && !actor.Within(firm.UnionPath, k.UnionPath) {
		return k, Firm{}, fault.New(fault.Denied, "exchange.kind.elsewhere")
	}
	return k, firm, nil
}

// KindsToPost gives the open kinds of which the actor may post a need, when the enterprises they can post for
// are of the unions at paths.
func (s *Service) KindsToPost(a actor.Actor, paths []string) []Kind {
	if !a.SignedIn() {
		return nil
	}
	return slices.DeleteFunc(s.Kinds(a), func(k Kind) bool {
		covers := func(path string) bool { return k.UnionPath == "" || actor.Within(path, k.UnionPath) }
		switch {
		case k.Status != KindOpen:
			return true
		case k.Need.By == ByEnterprise:
			return !slices.ContainsFunc(paths, covers)
		}
		return k.Need.By == ByMaster && !a.Master || !covers(a.UnionPath)
	})
}

// checkNeed is Check for a need's form as of now: days that are over would fit nobody.
func (k Kind) checkNeed(v Values, now time.Time) (Values, error) {
	out, err := k.Check(k.Need, v)
	if err != nil {
		return out, err
	}
	return out, k.notOver(out, now)
}

func (k Kind) notOver(v Values, now time.Time) error {
	var c fault.Check
	if f, ok := k.Need.Of(Days); ok && v[f.Key].Days != nil {
		to := v[f.Key].Days.To
		c.That(to.IsZero() || to.After(now), f.Key, "exchange.days.past")
	}
	return c.Err()
}

// locate gives a place without a point the enterprise's own, since how far somebody must come can be told from
// a point only.
func (k Kind) locate(v Values, at Spot) {
	f, ok := k.Need.Of(Place)
	if !ok || !at.Known() || v[f.Key].Spot == nil || v[f.Key].Spot.Known() {
		return
	}
	v[f.Key] = Value{Spot: &Spot{Lat: at.Lat, Lng: at.Lng, Address: v[f.Key].Spot.Address}}
}

// Cases is List with the engagements of each need.
func (s *Service) Cases(ctx context.Context, a actor.Actor, f NeedFilter) (_ []Case, err error) {
	defer fault.Wrap(&err, "exchange.Cases")
	needs, err := s.List(ctx, a, f)
	if err != nil || len(needs) == 0 {
		return nil, err
	}
	ids, at := make([]string, len(needs)), make(map[string]int, len(needs))
	out := make([]Case, len(needs))
	for i, n := range needs {
		ids[i], at[n.ID], out[i].Need = n.ID, i, n
	}
	all, err := s.store.EngagementsIn(ctx, ids)
	for _, e := range all {
		c := &out[at[e.NeedID]]
		c.Engagements = append(c.Engagements, e)
	}
	return shownTo(a, out, err)
}
