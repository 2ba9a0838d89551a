package hall

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
)

// MasterEntry is one master of a list: somebody who is there, by phone, or a new person. ID is the identifier that the
// person gets if they are new. EntryID is that of the line in the record which says who entered them: by it an entry that
// is given again is known, and undone.
type MasterEntry struct {
	ID, EntryID string
	Name, Phone string
	Union       string // name or path within the scope; "" is the scope itself
	MasterInput
	Open bool // reach and load are the usual ones, since the list says nothing of them
}

// EnteredMaster is what a list made of an entry, as it stands now.
type EnteredMaster struct {
	EntryID  string
	PersonID string
	Sum      string // of the entry as the list made it
	Master   Master // the zero one when it is gone
	SignsIn  bool
	Papers   bool // certificates were handed in since
}

// Spared is what a list made and an undoing leaves, with the message id of why.
type Spared struct{ ID, Why string }

// JudgeMasters is JudgePeople for masters.
func (s *Service) JudgeMasters(ctx context.Context, a actor.Actor, unionID string, list []MasterEntry) (_ []Standing, err error) {
	defer fault.Wrap(&err, "hall.JudgeMasters(%s, %d)", unionID, len(list))
	return s.masters(ctx, a, unionID, list, true)
}

// AdmitMasters is AdmitPeople for masters, by the officers who may enter one. Somebody who is a master stays as they are:
// what the entry says is theirs and the union's to change.
func (s *Service) AdmitMasters(ctx context.Context, a actor.Actor, unionID string, list []MasterEntry) (_ []Standing, err error) {
	defer fault.Wrap(&err, "hall.AdmitMasters(%s, %d)", unionID, len(list))
	return s.masters(ctx, a, unionID, list, false)
}

func (s *Service) masters(ctx context.Context, a actor.Actor, unionID string, list []MasterEntry, judge bool) ([]Standing, error) {
	d, err := s.admitting(ctx, a, unionID, false)
	if err != nil {
		return nil, err
	}
	var k Keys
	for _, e := range list {
		k.Logins = append(k.Logins, loginsOf(e.Phone, "")...)
		k.Entries = append(k.Entries, e.EntryID)
	}
	return s.admit(ctx, d, k, judge, func() []Standing {
		out := make([]Standing, len(list))
		for i, e := range list {
			out[i] = d.master(ctx, e)
		}
		return out
	})
}

func (d *admitting) master(ctx context.Context, e MasterEntry) Standing {
	var c fault.Check
	u, msg := d.union(ctx, e.Union)
	c.That(msg == "", "union", msg)
	p, fresh, wrong := d.artisan(e, u)
	e.Honours = slices.Clone(e.Honours) // check tidies them in place
	for _, f := range append(wrong, under(e.MasterInput.check(d.s.clock.Now().Year()), "")...) {
		c.Add(f.Path, f.Msg, f.Args...)
	}
	if err := c.Err(); err != nil {
		return Standing{Err: err}
	}
	m := Master{PersonID: p.ID, Name: p.Name, UnionID: u.ID, UnionPath: u.Path, Title: e.Title, Honours: e.Honours, Created: d.s.clock.Now()}
	e.apply(&m)
	for i := range m.Honours { // an officer's word, as in CreateMaster
		m.Honours[i].By, m.Honours[i].At = d.actor.ID, m.Created
	}
	if old, there := d.masters[p.ID]; there {
		return d.meetsMaster(old, m, e)
	}
	if fresh {
		d.out.People = append(d.out.People, NewPerson{Person: p})
		d.knowPerson(p)
	}
	d.masters[p.ID] = m
	d.out.Masters = append(d.out.Masters, m)
	au := d.s.audit(d.actor, AuditMaster, u.Path, p.ID, enteredDetail{m.sum()})
	au.ID = e.EntryID
	d.audits = append(d.audits, au)
	return Standing{State: EntryNew}
}

// artisan finds or prepares the person. A number that is somebody else's is more likely mistyped than meant.
func (d *admitting) artisan(e MasterEntry, u Union) (_ Person, fresh bool, wrong []fault.Field) {
	var c fault.Check
	n, ok := ParsePhone(e.Phone)
	if old := d.logins[string(n)]; ok && old != nil {
		if msg := d.closedTo(*old); msg != "" {
			c.Add("phone", msg)
		} else {
			c.That(foldName(old.Name) == foldName(e.Name), "name", "hall.fault.other-name")
		}
		return *old, false, under(c.Err(), "")
	}
	c.That(strings.TrimSpace(e.Phone) != "", "phone", "hall.fault.required")
	if err := c.Err(); err != nil {
		return Person{}, false, under(err, "")
	}
	p, err := PersonInput{Name: e.Name, Phone: e.Phone}.check()
	p.ID, p.UnionID, p.UnionPath, p.Created = e.ID, u.ID, u.Path, d.s.clock.Now()
	return p, true, under(err, "")
}

// meetsMaster compares an entry with the one that is there.
func (d *admitting) meetsMaster(old, m Master, e MasterEntry) Standing {
	switch {
	case d.entries[e.EntryID] == m.PersonID:
		return Standing{State: EntryNew}
	case !d.actor.MayRead(old.UnionPath):
		return bad("phone", "hall.fault.elsewhere")
	case old.Status == Closed:
		return bad("phone", "hall.fault.closed")
	}
	differs := old.Title != m.Title || !slices.Equal(old.Craft, m.Craft) || e.Union != "" && old.UnionID != m.UnionID ||
		m.Bio != "" && old.Bio != m.Bio || m.City != "" && old.City != m.City || m.Place.Known() && old.Place != m.Place ||
		!e.Open && (old.ReachMetre != m.ReachMetre || old.MaxLoad != m.MaxLoad)
	for _, h := range m.Honours {
		differs = differs || !slices.ContainsFunc(old.Honours, h.same)
	}
	if differs {
		return Standing{State: EntryChanged}
	}
	return Standing{State: EntrySame}
}

// enteredDetail is what the record keeps of a row that a list made.
type enteredDetail struct {
	Sum string `json:"sum"`
}

// sum tells whether an entry is still what a list made of it.
func (m Master) sum() string {
	m.Name, m.UnionID, m.UnionPath, m.Created = "", "", "", m.Created.UTC().Truncate(time.Microsecond)
	b, err := json.Marshal(m)
	if err != nil {
		panic("hall: " + err.Error()) // a plain struct can be written
	}
	h := sha256.Sum256(b)
	return base64.RawStdEncoding.EncodeToString(h[:12])
}

// ExpelMasters undoes AdmitMasters for the entries that are as the list made them and have not been used: whoever came new
// with theirs must not have been handed a password since. busy names the persons whom another module knows at work. The
// persons stay, see ExpelPeople. It gives who is no master any more, also by an undoing that broke off.
func (s *Service) ExpelMasters(ctx context.Context, a actor.Actor, entries map[string]string, busy func(context.Context, []string) (map[string]bool, error)) (
	gone []string, left []Spared, err error) {
	defer fault.Wrap(&err, "hall.ExpelMasters(%d)", len(entries))
	if len(entries) == 0 {
		return nil, nil, nil
	}
	ids := make([]string, 0, len(entries))
	for entry := range entries {
		ids = append(ids, entry)
	}
	there, err := s.store.EnteredMasters(ctx, ids)
	if err != nil || len(there) == 0 {
		return nil, nil, err
	}
	people := make([]string, len(there))
	for i, m := range there {
		people[i] = m.PersonID
	}
	atWork, err := busy(ctx, people)
	if err != nil {
		return nil, nil, err
	}
	err = s.store.ExpelMasters(ctx, ids, func(there []EnteredMaster) ([]string, Trace) {
		gone, left = nil, nil
		var t Trace
		for _, m := range there {
			if why := m.keeps(a, entries[m.EntryID], atWork); why != "" {
				left = append(left, Spared{m.EntryID, why})
				continue
			}
			gone = append(gone, m.PersonID)
			t.Events = append(t.Events, changed(MasterChanged, s.clock.Now(), m.PersonID, m.Master.UnionPath),
				changed(PersonChanged, s.clock.Now(), m.PersonID, m.Master.UnionPath))
		}
		return gone, t
	})
	for _, p := range gone {
		s.forget(p)
	}
	return gone, left, err
}

// keeps says why an entry stays; newcomer is who would have come new with it.
func (m EnteredMaster) keeps(a actor.Actor, newcomer string, busy map[string]bool) string {
	switch {
	case m.Master.PersonID == "":
		return "" // an undoing that broke off was here before
	case !a.MayAct(m.Master.UnionPath):
		return "hall.left.elsewhere"
	case busy[m.PersonID]:
		return "hall.left.engaged"
	case m.SignsIn && m.PersonID == newcomer:
		return "hall.left.signs-in"
	case m.Papers || m.Sum != m.Master.sum():
		return "hall.left.changed"
	}
	return ""
}

// mastersEntered tells of each master who was entered: the exchange makes an offer of every one.
func (d *admitting) mastersEntered() (out []event.Event) {
	for _, m := range d.out.Masters {
		out = append(out, changed(MasterChanged, d.s.clock.Now(), m.PersonID, m.UnionPath))
	}
	return out
}
