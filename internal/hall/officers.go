package hall

import (
	"context"
	"slices"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
)

// GrantInput names who shall act where as what.
type GrantInput struct {
	Phone   string
	UnionID string
	Role    actor.Role
}

// CheckGrant gives who and where a grant would be for, so that it can be confirmed: by a lead of the
// union or of one above it, to a person whom the lead may read.
func (s *Service) CheckGrant(ctx context.Context, a actor.Actor, in GrantInput) (_ Person, _ Union, err error) {
	defer fault.Wrap(&err, "hall.CheckGrant(%s, %s)", in.UnionID, in.Role)
	u, err := s.Union(ctx, in.UnionID)
	if err != nil {
		return Person{}, Union{}, err
	}
	if !a.MayLead(u.Path) {
		return Person{}, Union{}, fault.Refused()
	}
	var c fault.Check
	c.That(slices.Contains(Roles, in.Role), "role", "hall.fault.choice")
	if err := c.Err(); err != nil {
		return Person{}, Union{}, err
	}
	p, err := s.byPhone(ctx, a, in.Phone)
	if fault.Is(err, fault.NotFound) {
		c.Add("phone", "hall.fault.nobody")
		err = c.Err()
	}
	return p, u, err
}

// GiveGrant makes the person an officer. It fails with TakenGrant when they already are that one.
func (s *Service) GiveGrant(ctx context.Context, a actor.Actor, in GrantInput) (_ Grant, err error) {
	defer fault.Wrap(&err, "hall.GiveGrant(%s, %s)", in.UnionID, in.Role)
	p, u, err := s.CheckGrant(ctx, a, in)
	if err != nil {
		return Grant{}, err
	}
	g := Grant{ID: id.New(), PersonID: p.ID, UnionID: u.ID, UnionPath: u.Path, Role: in.Role, GivenBy: a.ID, Given: s.clock.Now()}
	err = s.store.UpdateGrants(ctx, p.ID, func(old []Grant) ([]Grant, Trace, error) {
		for _, h := range old {
			if h.UnionID == g.UnionID && h.Role == g.Role {
				return nil, Trace{}, TakenGrant
			}
		}
		return append(slices.Clone(old), g), s.grantTrace(a, AuditGiven, g), nil
	})
	if err != nil {
		return Grant{}, err
	}
	s.forget(p.ID)
	return g, nil
}

// WithdrawGrant ends a grant: by a lead of its union or of one above. A lead may not take from
// themself what nobody else's word then covers: only a grant below another lead of their own.
func (s *Service) WithdrawGrant(ctx context.Context, a actor.Actor, grantID string) (err error) {
	defer fault.Wrap(&err, "hall.WithdrawGrant(%s)", grantID)
	g, err := s.OfficerGrant(ctx, a, grantID)
	if err != nil {
		return err
	}
	if !a.MayLead(g.UnionPath) {
		return fault.Refused()
	}
	err = s.store.UpdateGrants(ctx, g.PersonID, func(old []Grant) ([]Grant, Trace, error) {
		left := slices.DeleteFunc(slices.Clone(old), func(h Grant) bool { return h.ID == g.ID })
		if len(left) == len(old) {
			return nil, Trace{}, fault.NoSuch()
		}
		if a.ID == g.PersonID && !leads(left, g.UnionPath) {
			return nil, Trace{}, LastGrant
		}
		return left, s.grantTrace(a, AuditWithdrawn, g.Grant), nil
	})
	if err != nil {
		return err
	}
	s.forget(g.PersonID)
	return nil
}

func leads(grants []Grant, path string) bool {
	return slices.ContainsFunc(grants, func(g Grant) bool {
		return g.Role == actor.Lead && actor.Within(path, g.UnionPath)
	})
}

func (s *Service) grantTrace(a actor.Actor, what string, g Grant) Trace {
	au := s.audit(a, what, g.UnionPath, g.PersonID, map[string]string{"grant": g.ID, "union": g.UnionID, "role": string(g.Role)})
	return Trace{Audits: []Audit{au}, Events: []event.Event{changed(PersonChanged, au.At, g.PersonID, g.UnionPath)}}
}

// OfficerGrant gives a grant with its officer to those who may read its union.
func (s *Service) OfficerGrant(ctx context.Context, a actor.Actor, grantID string) (_ Officer, err error) {
	defer fault.Wrap(&err, "hall.OfficerGrant(%s)", grantID)
	g, err := s.store.Grant(ctx, grantID)
	if err != nil {
		return Officer{}, err
	}
	if !a.MayRead(g.UnionPath) {
		return Officer{}, fault.NoSuch()
	}
	p, err := s.store.Person(ctx, g.PersonID)
	return Officer{g, p}, err
}

// Officers lists the officers of a subtree.
func (s *Service) Officers(ctx context.Context, a actor.Actor, unionID string, q Search) (_ List[Officer], err error) {
	defer fault.Wrap(&err, "hall.Officers(%s)", unionID)
	u, err := s.Scope(ctx, a, unionID)
	if err != nil {
		return List[Officer]{}, err
	}
	return readable(a, func(o Officer) string { return o.Grant.UnionPath })(s.store.ListOfficers(ctx, u.Path, q.sane()))
}

// Audits lists what was done in a subtree, newest first, to its leads and auditors.
func (s *Service) Audits(ctx context.Context, a actor.Actor, unionID string, p Page) (_ List[Audit], err error) {
	defer fault.Wrap(&err, "hall.Audits(%s)", unionID)
	u, err := s.Scope(ctx, a, unionID)
	if err != nil {
		return List[Audit]{}, err
	}
	return readable(a, func(au Audit) string { return au.UnionPath })(s.store.Audits(ctx, u.Path, Search{Page: p}.sane().Page))
}
