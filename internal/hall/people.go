package hall

import (
	"context"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
)

// Actor gives who the person is as an actor, at most a few seconds old. Somebody who may not sign in
// any more is fault.NoSuch.
func (s *Service) Actor(ctx context.Context, personID string) (_ actor.Actor, err error) {
	defer fault.Wrap(&err, "hall.Actor(%s)", personID)
	return s.powers.Get(personID, func() (actor.Actor, error) {
		p, err := s.store.Person(ctx, personID)
		if err != nil {
			return actor.Actor{}, err
		}
		if p.Status != Active {
			return actor.Actor{}, fault.NoSuch()
		}
		may, err := s.store.Powers(ctx, personID)
		if err != nil {
			return actor.Actor{}, err
		}
		return actor.Actor{
			Kind: actor.Person, ID: p.ID, Name: p.Name, UnionID: p.UnionID, UnionPath: actor.NowAt(may.Moving, p.UnionPath),
			Grants: may.Grants, Enterprises: may.Enterprises, Master: may.Master, Moving: may.Moving,
		}, nil
	})
}

// Person gives a person to themself, or to an officer who may read their union. Only the former may
// be shown the phone whole.
func (s *Service) Person(ctx context.Context, a actor.Actor, personID string) (_ Person, err error) {
	defer fault.Wrap(&err, "hall.Person(%s)", personID)
	p, err := s.store.Person(ctx, personID)
	if err != nil {
		return Person{}, err
	}
	if !(a.SignedIn() && a.ID == p.ID) && !a.MayRead(p.UnionPath) {
		return Person{}, fault.NoSuch()
	}
	return p, nil
}

// SetLang keeps the language the actor reads in.
func (s *Service) SetLang(ctx context.Context, a actor.Actor, tag string) (err error) {
	defer fault.Wrap(&err, "hall.SetLang(%s)", tag)
	if !a.SignedIn() {
		return fault.Refused()
	}
	if tag != "zh" && tag != "en" {
		return fault.New(fault.Invalid, "hall.fault.choice")
	}
	_, err = s.store.UpdatePerson(ctx, a.ID, func(p Person) (Person, Trace, error) {
		p.Lang = tag
		return p, Trace{}, nil
	})
	return err
}

// Workers lists the people of a subtree.
func (s *Service) Workers(ctx context.Context, a actor.Actor, unionID string, q Search) (_ List[Person], err error) {
	defer fault.Wrap(&err, "hall.Workers(%s)", unionID)
	u, err := s.Scope(ctx, a, unionID)
	if err != nil {
		return List[Person]{}, err
	}
	return readable(a, func(p Person) string { return p.UnionPath })(s.store.ListPeople(ctx, u.Path, q.sane()))
}

// Names gives the names of the persons that exist, in one query. For other modules.
func (s *Service) Names(ctx context.Context, ids []string) (_ map[string]string, err error) {
	defer fault.Wrap(&err, "hall.Names(%d)", len(ids))
	out := make(map[string]string, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	people, err := s.store.People(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		out[p.ID] = p.Name
	}
	return out, nil
}

// Newcomer is what an officer has to tell a person who was just entered. Password is shown once and
// known to nobody afterwards; it is "" when the person was there before.
type Newcomer struct {
	Person   Person
	Password string
}

// findOrEnter gives the person with the phone, who must be one that the officer may know of, or
// prepares a new one in the union.
func (s *Service) findOrEnter(ctx context.Context, a actor.Actor, in PersonInput, u Union) (Newcomer, *NewPerson, error) {
	known, err := s.byPhone(ctx, a, in.Phone)
	if err == nil {
		return Newcomer{Person: known}, nil, nil
	}
	if !fault.Is(err, fault.NotFound) {
		return Newcomer{}, nil, err
	}
	p, err := in.check()
	if err != nil {
		return Newcomer{}, nil, err
	}
	password := firstPassword()
	hash, err := s.hash.Hash(ctx, password)
	if err != nil {
		return Newcomer{}, nil, err
	}
	p.ID, p.UnionID, p.UnionPath, p.Created = id.New(), u.ID, u.Path, s.clock.Now()
	return Newcomer{p, password}, &NewPerson{Person: p, Hash: hash, First: true}, nil
}

// byPhone finds a person by the whole number. Somebody whom the officer may not read is answered as
// such: the number is taken, and who has it is not said.
func (s *Service) byPhone(ctx context.Context, a actor.Actor, phone string) (Person, error) {
	n, ok := ParsePhone(phone)
	if !ok {
		var c fault.Check
		c.Add("phone", "hall.fault.phone")
		return Person{}, c.Err()
	}
	cred, err := s.store.Credential(ctx, string(n))
	if err != nil {
		return Person{}, err
	}
	p, err := s.store.Person(ctx, cred.PersonID)
	if err != nil {
		return Person{}, err
	}
	if !a.MayRead(p.UnionPath) {
		var c fault.Check
		c.Add("phone", "hall.fault.elsewhere")
		return Person{}, c.Err()
	}
	if p.Status != Active {
		var c fault.Check
		c.Add("phone", "hall.fault.closed")
		return Person{}, c.Err()
	}
	return p, nil
}

// entered adds what a newcomer leaves to the trace.
func (s *Service) entered(a actor.Actor, p *NewPerson, t Trace) Trace {
	if p == nil {
		return t
	}
	t.Audits = append(t.Audits, s.audit(a, AuditPerson, p.UnionPath, p.ID, nil))
	return t
}

// personEvent tells that what a person may has changed.
func (s *Service) personEvent(p Person) event.Event {
	return changed(PersonChanged, s.clock.Now(), p.ID, p.UnionPath)
}

// sane bounds a page.
func (q Search) sane() Search {
	if q.Limit <= 0 || q.Limit > 200 {
		q.Limit = 50
	}
	return q
}

// Load adds a batch of rows without asking anybody: for demonstration data and imports. Processes
// hear of it by events without an id.
func (s *Service) Load(ctx context.Context, b Batch) (err error) {
	defer fault.Wrap(&err, "hall.Load")
	if err := s.store.Load(ctx, b); err != nil {
		return err
	}
	s.tree.stale()
	s.forget("")
	return nil
}

// Empty reports whether there is no union yet.
func (s *Service) Empty(ctx context.Context) (bool, error) {
	_, err := s.Root(ctx)
	if fault.Is(err, fault.NotFound) {
		return true, nil
	}
	return false, err
}

// People gives those of the persons that the officer may read, by id, in one query; and the officer
// themself.
func (s *Service) People(ctx context.Context, a actor.Actor, ids []string) (_ map[string]Person, err error) {
	defer fault.Wrap(&err, "hall.People(%d)", len(ids))
	out := make(map[string]Person, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	list, err := s.store.People(ctx, ids)
	for _, p := range list {
		if a.MayRead(p.UnionPath) || (a.SignedIn() && a.ID == p.ID) {
			out[p.ID] = p
		}
	}
	return out, err
}
