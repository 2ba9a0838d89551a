package hall

import (
	"context"
	"strings"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
)

// Enterprise gives an enterprise to those who speak for it and to the officers of its union.
func (s *Service) Enterprise(ctx context.Context, a actor.Actor, enterpriseID string) (_ Enterprise, err error) {
	defer fault.Wrap(&err, "hall.Enterprise(%s)", enterpriseID)
	e, err := s.store.Enterprise(ctx, enterpriseID)
	if err != nil {
		return Enterprise{}, err
	}
	if !a.SpeaksFor(e.ID) && !a.MayRead(e.UnionPath) {
		return Enterprise{}, fault.NoSuch()
	}
	return e, nil
}

// Enterprises gives those that exist, by id, in one query. For other modules.
func (s *Service) Enterprises(ctx context.Context, ids []string) (_ map[string]Enterprise, err error) {
	defer fault.Wrap(&err, "hall.Enterprises(%d)", len(ids))
	out := make(map[string]Enterprise, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	rows, err := s.store.Enterprises(ctx, ids)
	for _, e := range rows {
		out[e.ID] = e
	}
	return out, err
}

// Contacts lists who speaks for each of the enterprises, by enterprise, in one query. For other
// modules.
func (s *Service) Contacts(ctx context.Context, enterpriseIDs []string) (_ map[string][]Contact, err error) {
	defer fault.Wrap(&err, "hall.Contacts(%d)", len(enterpriseIDs))
	out := make(map[string][]Contact, len(enterpriseIDs))
	if len(enterpriseIDs) == 0 {
		return out, nil
	}
	rows, err := s.store.ContactsOf(ctx, enterpriseIDs)
	for _, c := range rows {
		out[c.EnterpriseID] = append(out[c.EnterpriseID], c)
	}
	return out, err
}

// EnterprisesIn lists the enterprises of a subtree.
func (s *Service) EnterprisesIn(ctx context.Context, a actor.Actor, unionID string, q Search) (_ List[Enterprise], err error) {
	defer fault.Wrap(&err, "hall.EnterprisesIn(%s)", unionID)
	u, err := s.Scope(ctx, a, unionID)
	if err != nil {
		return List[Enterprise]{}, err
	}
	return readable(a, func(e Enterprise) string { return e.UnionPath })(s.store.ListEnterprises(ctx, u.Path, q.sane()))
}

// CreateEnterprise enters an enterprise into a union on which the officer works.
func (s *Service) CreateEnterprise(ctx context.Context, a actor.Actor, in EnterpriseInput) (_ Enterprise, err error) {
	defer fault.Wrap(&err, "hall.CreateEnterprise(%s)", in.UnionID)
	u, err := s.workingUnion(ctx, a, in.UnionID)
	if err != nil {
		return Enterprise{}, err
	}
	e, err := in.check()
	if err != nil {
		return Enterprise{}, err
	}
	e.ID, e.UnionPath, e.Created = id.New(), u.Path, s.clock.Now()
	t := s.trace(s.audit(a, AuditEnterprise, u.Path, e.ID, map[string]string{"name": e.Name}), EnterpriseChanged, e.ID)
	return e, s.store.CreateEnterprise(ctx, e, t)
}

// workingUnion gives the union if the officer may work on its rows.
func (s *Service) workingUnion(ctx context.Context, a actor.Actor, unionID string) (Union, error) {
	u, err := s.Union(ctx, unionID)
	if err != nil {
		return Union{}, err
	}
	if !a.MayAct(u.Path) {
		return Union{}, fault.Refused()
	}
	return u, nil
}

// ContactInput names who shall speak for an enterprise: a person there is, by phone, or a new one.
type ContactInput struct {
	EnterpriseID string
	Title        string
	Phone        string
	Name         string // for a new person
}

// AddContact lets a person speak for the enterprise, by an officer who works on its union. A person
// whom nobody knows yet is entered, with a first password to hand over.
func (s *Service) AddContact(ctx context.Context, a actor.Actor, in ContactInput) (_ Newcomer, err error) {
	defer fault.Wrap(&err, "hall.AddContact(%s)", in.EnterpriseID)
	e, err := s.Enterprise(ctx, a, in.EnterpriseID)
	if err != nil {
		return Newcomer{}, err
	}
	if a.MayAct(e.UnionPath) && e.Status == Closed {
		return Newcomer{}, EnterpriseClosed
	}
	u, err := s.workingUnion(ctx, a, e.UnionID)
	if err != nil {
		return Newcomer{}, err
	}
	in.Title = strings.TrimSpace(in.Title)
	var c fault.Check
	checkLength(&c, "title", in.Title, 40)
	if err := c.Err(); err != nil {
		return Newcomer{}, err
	}
	n, fresh, err := s.findOrEnter(ctx, a, PersonInput{Name: in.Name, Phone: in.Phone}, u)
	if err != nil {
		return Newcomer{}, err
	}
	row := Contact{EnterpriseID: e.ID, PersonID: n.Person.ID, Title: in.Title, Since: s.clock.Now()}
	t := s.trace(s.audit(a, AuditContact, e.UnionPath, e.ID, map[string]string{"person": n.Person.ID}), EnterpriseChanged, e.ID)
	t.Events = append(t.Events, s.personEvent(n.Person))
	if err := s.store.AddContact(ctx, row, fresh, s.entered(a, fresh, t)); err != nil {
		return Newcomer{}, err
	}
	s.forget(n.Person.ID)
	return n, nil
}
