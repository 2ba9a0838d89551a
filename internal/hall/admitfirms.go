package hall

import (
	"context"
	"strings"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
)

// EnterpriseEntry is one enterprise of a list, with one who speaks for it if Contact.Phone is given. The identifiers
// are as in PersonEntry.
type EnterpriseEntry struct {
	ID string
	EnterpriseInput
	Union     string // name or path within the scope; "" is the scope itself
	Contact   ContactInput
	ContactID string // of the contact's person, if they are new
}

// JudgeEnterprises is JudgePeople for enterprises.
func (s *Service) JudgeEnterprises(ctx context.Context, a actor.Actor, unionID string, list []EnterpriseEntry) (_ []Standing, err error) {
	defer fault.Wrap(&err, "hall.JudgeEnterprises(%s, %d)", unionID, len(list))
	return s.firms(ctx, a, unionID, false, list, true)
}

// AdmitEnterprises is AdmitPeople for enterprises and their contacts. An enterprise is the one with the licence, or
// else with the name in the same union. With fill, a blank licence, address or place is filled, and a contact whom the
// enterprise does not have is added.
func (s *Service) AdmitEnterprises(ctx context.Context, a actor.Actor, unionID string, fill bool, list []EnterpriseEntry) (_ []Standing, err error) {
	defer fault.Wrap(&err, "hall.AdmitEnterprises(%s, %d)", unionID, len(list))
	return s.firms(ctx, a, unionID, fill, list, false)
}

func (s *Service) firms(ctx context.Context, a actor.Actor, unionID string, fill bool, list []EnterpriseEntry, judge bool) ([]Standing, error) {
	d, err := s.admitting(ctx, a, unionID, fill)
	if err != nil {
		return nil, err
	}
	var k Keys
	unions := map[string]bool{}
	for i, e := range list {
		list[i].Licence = tidyLicence(e.Licence)
		k.Logins = append(k.Logins, loginsOf(e.Contact.Phone, "")...)
		if list[i].Licence != "" {
			k.Licences = append(k.Licences, list[i].Licence)
		}
		k.Names = append(k.Names, strings.TrimSpace(e.Name))
		if u, msg := d.union(ctx, e.Union); msg == "" && !unions[u.ID] {
			unions[u.ID] = true
			k.Unions = append(k.Unions, u.ID)
		}
	}
	return s.admit(ctx, d, k, judge, func() []Standing {
		out := make([]Standing, len(list))
		for i, e := range list {
			out[i] = d.firm(ctx, e)
		}
		return out
	})
}

func (d *admitting) firm(ctx context.Context, in EnterpriseEntry) Standing {
	var c fault.Check
	u, msg := d.union(ctx, in.Union)
	if msg != "" {
		c.Add("union", msg)
	}
	e, err := in.check()
	contact, fresh, wrong := d.contact(in, u)
	for _, f := range append(under(err, ""), wrong...) {
		c.Add(f.Path, f.Msg, f.Args...)
	}
	if err := c.Err(); err != nil {
		return Standing{Err: err}
	}
	e.ID, e.UnionID, e.UnionPath, e.Created = in.ID, u.ID, u.Path, d.s.clock.Now()
	old := d.licences[e.Licence]
	if old == nil {
		if old = d.names[e.UnionID+"\x00"+e.Name]; old != nil && old.Licence != "" && e.Licence != "" {
			old = nil // two enterprises of one name
		}
	}
	if old == nil {
		d.out.Enterprises = append(d.out.Enterprises, e)
		d.knowFirm(e)
		d.speaks(e.ID, in.Contact.Title, contact, fresh)
		return Standing{State: EntryNew}
	}
	return d.meetsFirm(*old, e, in.Contact.Title, contact, fresh)
}

// contact finds or prepares who speaks for the enterprise; nil when the entry names nobody.
func (d *admitting) contact(in EnterpriseEntry, u Union) (_ *Person, fresh bool, wrong []fault.Field) {
	const prefix = "contact_"
	in.Contact.Title = strings.TrimSpace(in.Contact.Title)
	var c fault.Check
	checkLength(&c, "title", in.Contact.Title, 40)
	if strings.TrimSpace(in.Contact.Phone) == "" {
		c.That(strings.TrimSpace(in.Contact.Name) == "" && in.Contact.Title == "", "phone", "hall.fault.required")
		return nil, false, under(c.Err(), prefix)
	}
	if n, ok := ParsePhone(in.Contact.Phone); ok && d.logins[string(n)] != nil {
		p := d.logins[string(n)]
		if msg := d.closedTo(*p); msg != "" {
			c.Add("phone", msg)
		}
		return p, false, under(c.Err(), prefix)
	}
	p, err := PersonInput{Name: in.Contact.Name, Phone: in.Contact.Phone}.check()
	p.ID, p.UnionID, p.UnionPath, p.Created = in.ContactID, u.ID, u.Path, d.s.clock.Now()
	return &p, true, append(under(c.Err(), prefix), under(err, prefix)...)
}

// speaks adds the contact unless the enterprise has them.
func (d *admitting) speaks(enterpriseID, title string, p *Person, fresh bool) {
	if p == nil {
		return
	}
	key := Contact{EnterpriseID: enterpriseID, PersonID: p.ID}
	if d.contacts[key] {
		return
	}
	if fresh {
		d.out.People = append(d.out.People, NewPerson{Person: *p})
		d.knowPerson(*p)
	}
	d.contacts[key] = true
	d.out.Contacts = append(d.out.Contacts, Contact{EnterpriseID: enterpriseID, PersonID: p.ID, Title: strings.TrimSpace(title), Since: d.s.clock.Now()})
}

// meetsFirm compares an entry with the enterprise that is there, and fills its blanks.
func (d *admitting) meetsFirm(old, e Enterprise, title string, contact *Person, fresh bool) Standing {
	switch {
	case old.ID == e.ID:
		return Standing{State: EntryNew}
	case !d.actor.MayRead(old.UnionPath):
		return bad("licence", TakenLicence.Msg)
	case old.Status == Closed:
		return bad("name", EnterpriseClosed.Msg)
	}
	st := Standing{State: EntrySame}
	speaks := contact == nil || !fresh && d.contacts[Contact{EnterpriseID: old.ID, PersonID: contact.ID}]
	if old.Name != e.Name || old.UnionID != e.UnionID || old.Industry != e.Industry || old.Size != e.Size || !speaks ||
		e.Licence != "" && old.Licence != e.Licence || e.Address != "" && old.Address != e.Address || e.Place.Known() && old.Place != e.Place {
		st.State = EntryChanged
	}
	was := old
	if old.Licence == "" {
		old.Licence = e.Licence
	}
	if old.Address == "" {
		old.Address = e.Address
	}
	if !old.Place.Known() {
		old.Place = e.Place
	}
	if !d.actor.MayAct(old.UnionPath) {
		return st
	}
	st.Fills = old != was || !speaks
	if st.Fills && d.fill {
		if old != was {
			d.out.FillFirms = append(d.out.FillFirms, old)
			d.knowFirm(old)
		}
		d.speaks(old.ID, title, contact, fresh)
	}
	return st
}

// ExpelEnterprises undoes AdmitEnterprises for those that nobody has worked on, by officers who work on their unions.
// busy names those that another module knows of.
func (s *Service) ExpelEnterprises(ctx context.Context, a actor.Actor, ids []string, busy map[string]bool) (removed, left []string, err error) {
	defer fault.Wrap(&err, "hall.ExpelEnterprises(%d)", len(ids))
	if len(ids) == 0 {
		return nil, nil, nil
	}
	there, err := s.store.Enterprises(ctx, ids)
	if err != nil {
		return nil, nil, err
	}
	var mine []string
	for _, e := range there {
		if a.MayAct(e.UnionPath) && !busy[e.ID] {
			mine = append(mine, e.ID)
		} else {
			left = append(left, e.ID)
		}
	}
	t := s.admittedTrace(mine)
	if removed, err = s.store.ExpelEnterprises(ctx, mine, t); err != nil {
		return nil, nil, err
	}
	s.forget("") // who spoke for them
	return removed, append(left, without(mine, removed)...), nil
}

func (s *Service) admittedTrace(ids []string) (t Trace) {
	if len(ids) > 0 {
		t.Events = append(t.Events, changed(EnterpriseChanged, s.clock.Now(), "", ""), changed(PersonChanged, s.clock.Now(), "", ""))
	}
	return t
}
