package hall

import (
	"context"
	"strings"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
)

// Master gives a master's entry, which is public unless it is closed. It holds no phone.
func (s *Service) Master(ctx context.Context, a actor.Actor, personID string) (_ Master, err error) {
	defer fault.Wrap(&err, "hall.Master(%s)", personID)
	m, err := s.store.Master(ctx, personID)
	if err != nil {
		return Master{}, err
	}
	if m.Status == Closed && a.ID != m.PersonID && !a.MayRead(m.UnionPath) {
		return Master{}, fault.NoSuch()
	}
	return m, nil
}

// Masters gives those that exist, by person, in one query. For other modules.
func (s *Service) Masters(ctx context.Context, personIDs []string) (_ map[string]Master, err error) {
	defer fault.Wrap(&err, "hall.Masters(%d)", len(personIDs))
	out := make(map[string]Master, len(personIDs))
	if len(personIDs) == 0 {
		return out, nil
	}
	rows, err := s.store.Masters(ctx, personIDs)
	for _, m := range rows {
		out[m.PersonID] = m
	}
	return out, err
}

// EachMaster calls fn for every master who is not closed, in no certain order: to build an index. For
// other modules.
func (s *Service) EachMaster(ctx context.Context, fn func(Master) error) (err error) {
	defer fault.Wrap(&err, "hall.EachMaster")
	q := MasterSearch{Search: Search{Page: Page{Limit: 500}}}
	for {
		page, err := s.store.FindMasters(ctx, q)
		if err != nil {
			return err
		}
		for _, m := range page.Rows {
			if err := fn(m); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		q.After = page.Next
	}
}

// FindMasters is the public search, the most honoured first.
func (s *Service) FindMasters(ctx context.Context, q MasterSearch) (_ List[Master], err error) {
	defer fault.Wrap(&err, "hall.FindMasters(%s, %s)", q.Trade, q.City)
	q.Search = q.Search.sane()
	return s.store.FindMasters(ctx, q)
}

// MasterCities gives the cities in which there are masters, those with the most first.
func (s *Service) MasterCities(ctx context.Context) (_ []string, err error) {
	defer fault.Wrap(&err, "hall.MasterCities")
	return s.store.MasterCities(ctx)
}

// MastersIn lists the masters of a subtree.
func (s *Service) MastersIn(ctx context.Context, a actor.Actor, unionID string, q Search) (_ List[Master], err error) {
	defer fault.Wrap(&err, "hall.MastersIn(%s)", unionID)
	u, err := s.Scope(ctx, a, unionID)
	if err != nil {
		return List[Master]{}, err
	}
	return readable(a, func(m Master) string { return m.UnionPath })(s.store.ListMasters(ctx, u.Path, q.sane()))
}

// CreateMaster enters a master into a union on which the officer works: a person there is, by phone,
// or a new one, with a first password to hand over.
func (s *Service) CreateMaster(ctx context.Context, a actor.Actor, who PersonInput, in MasterInput) (_ Newcomer, err error) {
	defer fault.Wrap(&err, "hall.CreateMaster(%s)", in.UnionID)
	u, err := s.workingUnion(ctx, a, in.UnionID)
	if err != nil {
		return Newcomer{}, err
	}
	if err := in.check(s.clock.Now().Year()); err != nil {
		return Newcomer{}, err
	}
	n, fresh, err := s.findOrEnter(ctx, a, who, u)
	if err != nil {
		return Newcomer{}, err
	}
	m := Master{
		PersonID: n.Person.ID, Name: n.Person.Name, UnionID: u.ID, UnionPath: u.Path,
		Title: in.Title, Honours: in.Honours, Created: s.clock.Now(),
	}
	in.apply(&m)
	for i := range m.Honours { // an officer's word
		m.Honours[i].By, m.Honours[i].At = a.ID, m.Created
	}
	t := s.trace(s.audit(a, AuditMaster, u.Path, m.PersonID, nil), MasterChanged, m.PersonID)
	t.Events = append(t.Events, s.personEvent(n.Person))
	if err := s.store.CreateMaster(ctx, m, fresh, s.entered(a, fresh, t)); err != nil {
		return Newcomer{}, err
	}
	s.forget(m.PersonID)
	return n, nil
}

func (in *MasterInput) check(year int) error {
	var c fault.Check
	in.Title = strings.TrimSpace(in.Title)
	checkLine(&c, "title", in.Title, 40)
	c.That(len(in.Honours) <= MaxHonours, "honours", "hall.fault.many", "max", MaxHonours)
	for i := range in.Honours {
		h := &in.Honours[i]
		h.Name = strings.TrimSpace(h.Name)
		checkLine(&c, "honours", h.Name, honourLength)
		c.That(h.Year >= firstHonour && h.Year <= year, "honours", "hall.fault.year")
	}
	in.MasterOwn.check(&c)
	return c.Err()
}

// KeepMaster is a master's own editing of what they offer. Title and honours are the union's word.
func (s *Service) KeepMaster(ctx context.Context, a actor.Actor, own MasterOwn) (_ Master, err error) {
	defer fault.Wrap(&err, "hall.KeepMaster(%s)", a.ID)
	if !a.SignedIn() || !a.Master {
		return Master{}, fault.Refused()
	}
	var c fault.Check
	own.check(&c)
	if err := c.Err(); err != nil {
		return Master{}, err
	}
	return s.store.UpdateMaster(ctx, a.ID, func(m Master) (Master, Trace, error) {
		if m.Status == Closed {
			return m, Trace{}, fault.Refused()
		}
		own.apply(&m)
		return m, Trace{Events: changedMaster(m, s.clock.Now())}, nil
	})
}
