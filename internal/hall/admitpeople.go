package hall

import (
	"context"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
)

// PersonEntry is one worker of a list. ID is the identifier that the person gets if they are new: given again with the
// same ID, an entry is new and adds nothing.
type PersonEntry struct {
	ID    string
	Name  string
	Phone string
	Email string
	Union string // name or path within the scope; "" is the scope itself
}

// JudgePeople says what entries into a subtree would come to, to officers who work on it. It changes nothing.
func (s *Service) JudgePeople(ctx context.Context, a actor.Actor, unionID string, list []PersonEntry) (_ []Standing, err error) {
	defer fault.Wrap(&err, "hall.JudgePeople(%s, %d)", unionID, len(list))
	return s.people(ctx, a, unionID, false, list, true)
}

// AdmitPeople takes the entries in that can be, all of them in one transaction, by officers who work on the subtree. A
// person is the one with the phone, or else with the address. Who is there stays as they are; with fill, a blank phone
// or address is filled. The new cannot sign in until they are handed a password. The answers are those of JudgePeople
// at the moment of adding.
func (s *Service) AdmitPeople(ctx context.Context, a actor.Actor, unionID string, fill bool, list []PersonEntry) (_ []Standing, err error) {
	defer fault.Wrap(&err, "hall.AdmitPeople(%s, %d)", unionID, len(list))
	return s.people(ctx, a, unionID, fill, list, false)
}

func (s *Service) people(ctx context.Context, a actor.Actor, unionID string, fill bool, list []PersonEntry, judge bool) ([]Standing, error) {
	d, err := s.admitting(ctx, a, unionID, fill)
	if err != nil {
		return nil, err
	}
	var k Keys
	for _, e := range list {
		k.Logins = append(k.Logins, loginsOf(e.Phone, e.Email)...)
	}
	return s.admit(ctx, d, k, judge, func() []Standing {
		out := make([]Standing, len(list))
		for i, e := range list {
			out[i] = d.person(ctx, e)
		}
		return out
	})
}

func loginsOf(phone, email string) (out []string) {
	if p, ok := ParsePhone(phone); ok {
		out = append(out, string(p))
	}
	if e, ok := ParseEmail(email); ok {
		out = append(out, string(e))
	}
	return out
}

func (d *admitting) person(ctx context.Context, e PersonEntry) Standing {
	p, err := PersonInput{Name: e.Name, Phone: e.Phone, Email: e.Email}.check()
	u, msg := d.union(ctx, e.Union)
	if msg != "" {
		var c fault.Check
		for _, f := range under(err, "") {
			c.Add(f.Path, f.Msg, f.Args...)
		}
		c.Add("union", msg)
		err = c.Err()
	}
	if err != nil {
		return Standing{Err: err}
	}
	p.ID, p.UnionID, p.UnionPath, p.Created = e.ID, u.ID, u.Path, d.s.clock.Now()
	old, key := d.holder(p)
	if old == nil {
		d.out.People = append(d.out.People, NewPerson{Person: p})
		d.knowPerson(p)
		return Standing{State: EntryNew}
	}
	if msg := d.closedTo(*old); msg != "" {
		return bad(key, msg)
	}
	return d.meets(*old, p, e.Union != "")
}

// holder finds who has the phone, or else the address.
func (d *admitting) holder(p Person) (*Person, string) {
	if old := d.logins[string(p.Phone)]; p.Phone != "" && old != nil {
		return old, "phone"
	}
	if old := d.logins[string(p.Email)]; p.Email != "" && old != nil {
		return old, "email"
	}
	return nil, ""
}

// closedTo says why a person who is there cannot be meant, as byPhone does.
func (d *admitting) closedTo(p Person) string {
	switch {
	case !d.actor.MayRead(p.UnionPath):
		return "hall.fault.elsewhere"
	case p.Status != Active:
		return "hall.fault.closed"
	}
	return ""
}

// meets compares an entry with the person who is there, and fills their blanks.
func (d *admitting) meets(old, p Person, union bool) Standing {
	if old.ID == p.ID {
		return Standing{State: EntryNew}
	}
	if old.Phone != p.Phone && old.Phone != "" && p.Phone != "" {
		return bad("email", TakenEmail.Msg)
	}
	if other := d.logins[string(p.Email)]; p.Email != "" && other != nil && other.ID != old.ID {
		return bad("email", TakenEmail.Msg)
	}
	st := Standing{State: EntrySame}
	if old.Name != p.Name || union && old.UnionID != p.UnionID || p.Email != "" && old.Email != p.Email || p.Phone != "" && old.Phone != p.Phone {
		st.State = EntryChanged
	}
	st.Fills = d.actor.MayAct(old.UnionPath) && (old.Email == "" && p.Email != "" || old.Phone == "" && p.Phone != "")
	if st.Fills && d.fill {
		if old.Phone == "" {
			old.Phone = p.Phone
		}
		if old.Email == "" {
			old.Email = p.Email
		}
		d.out.Fill = append(d.out.Fill, old)
		d.knowPerson(old)
	}
	return st
}

// ExpelPeople undoes AdmitPeople for those whom nothing names yet, by officers who work on their unions. The others are
// left, and so are those who are not there.
func (s *Service) ExpelPeople(ctx context.Context, a actor.Actor, ids []string) (removed, left []string, err error) {
	defer fault.Wrap(&err, "hall.ExpelPeople(%d)", len(ids))
	if len(ids) == 0 {
		return nil, nil, nil
	}
	there, err := s.store.People(ctx, ids)
	if err != nil {
		return nil, nil, err
	}
	var mine []string
	for _, p := range there {
		if a.MayAct(p.UnionPath) {
			mine = append(mine, p.ID)
		} else {
			left = append(left, p.ID)
		}
	}
	if removed, err = s.store.ExpelPeople(ctx, mine, Trace{}); err != nil {
		return nil, nil, err
	}
	return removed, append(left, without(mine, removed)...), nil
}

// without gives those of the ids that are not among gone.
func without(ids, gone []string) (out []string) {
	is := make(map[string]bool, len(gone))
	for _, id := range gone {
		is[id] = true
	}
	for _, id := range ids {
		if !is[id] {
			out = append(out, id)
		}
	}
	return out
}
