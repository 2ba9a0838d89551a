package hall

import (
	"context"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/limit"
)

// filings is how often one member may ask: whoever takes back and asks again all day keeps officers from their work.
var filings = limit.Rate{Burst: 5, Every: time.Hour}

// AskTransfer files that the actor would go over to another union. Asked twice it is one request: the one that waits is
// the answer.
func (s *Service) AskTransfer(ctx context.Context, a actor.Actor, unionID, note string) (_ Request, err error) {
	defer fault.Wrap(&err, "hall.AskTransfer(%s)", unionID)
	if !a.SignedIn() {
		return Request{}, fault.Refused()
	}
	p, err := s.store.Person(ctx, a.ID)
	if err != nil {
		return Request{}, err
	}
	var c fault.Check
	note = strings.TrimSpace(note)
	checkLength(&c, "note", note, 500)
	u, err := s.Union(ctx, unionID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return Request{}, err
	}
	if c.That(err == nil, "union", "hall.fault.choose-union") {
		c.That(u.ID != p.UnionID, "union", "hall.fault.own-union")
	}
	if err := c.Err(); err != nil {
		return Request{}, err
	}
	now := s.clock.Now()
	if wait := s.attempts.Take("filings of "+a.ID, now, filings); wait > 0 {
		return Request{}, limit.TooMany(wait)
	}
	r := Request{ID: id.New(), Kind: Transfer, State: Waiting, PersonID: p.ID, UnionID: u.ID, UnionPath: u.Path, FromPath: p.UnionPath,
		Name: p.Name, Note: note, Lang: lang.Of(ctx), Created: now}
	t := Trace{Audits: []Audit{s.audit(a, AuditFiled, u.Path, p.ID, nil), s.audit(a, AuditFiled, p.UnionPath, p.ID, nil)},
		Events: []event.Event{changed(RequestChanged, now, r.ID, u.Path)}}
	return s.store.FileRequest(ctx, r, t)
}

// OwnTransfer gives the actor's latest request to go over to another union; without one it is fault.NoSuch.
func (s *Service) OwnTransfer(ctx context.Context, a actor.Actor) (_ Request, err error) {
	defer fault.Wrap(&err, "hall.OwnTransfer(%s)", a.ID)
	if !a.SignedIn() {
		return Request{}, fault.Refused()
	}
	return s.store.TransferOf(ctx, a.ID)
}

// WithdrawTransfer takes back the actor's request that waits.
func (s *Service) WithdrawTransfer(ctx context.Context, a actor.Actor) (err error) {
	defer fault.Wrap(&err, "hall.WithdrawTransfer(%s)", a.ID)
	r, err := s.OwnTransfer(ctx, a)
	if err != nil {
		return err
	}
	return s.withdraw(ctx, r.ID)
}

// RolesAfter says which of the actor's roles stay and which end when they belong to the union.
func (s *Service) RolesAfter(ctx context.Context, a actor.Actor, unionID string) (stay, end []Grant, err error) {
	defer fault.Wrap(&err, "hall.RolesAfter(%s)", unionID)
	if !a.SignedIn() {
		return nil, nil, fault.Refused()
	}
	u, err := s.Union(ctx, unionID)
	if err != nil {
		return nil, nil, err
	}
	b, err := s.store.Belonging(ctx, a.ID)
	stay, end = keeps(b.Grants, u.Path)
	return stay, end, err
}

// Leaving is what leaving would end, and what keeps the actor from it.
type Leaving struct {
	Belonging
	Ongoing  []Matter // have to be over first
	OnlyLead bool     // nobody else leads the whole federation
}

// Leaving says what it means that the actor leaves.
func (s *Service) Leaving(ctx context.Context, a actor.Actor) (v Leaving, err error) {
	defer fault.Wrap(&err, "hall.Leaving(%s)", a.ID)
	if !a.SignedIn() {
		return v, fault.Refused()
	}
	if v.Belonging, err = s.store.Belonging(ctx, a.ID); err != nil {
		return v, err
	}
	if s.matters != nil {
		if v.Ongoing, err = s.matters.OngoingOf(ctx, a.ID, mattersNamed); err != nil {
			return v, err
		}
	}
	v.OnlyLead, err = s.onlyLead(ctx, v.Belonging)
	return v, err
}

// onlyLead reports whether the person is the only one who leads the root: without them nobody could make another.
func (s *Service) onlyLead(ctx context.Context, b Belonging) (bool, error) {
	root, err := s.Root(ctx)
	if err != nil || !leads(b.Grants, root.Path) {
		return false, err
	}
	q := Search{Page: Page{Limit: 200}}
	for {
		list, err := s.store.ListOfficers(ctx, root.Path, q)
		if err != nil {
			return false, err
		}
		for _, o := range list.Rows {
			if o.UnionPath != root.Path { // sorted by union, the root first
				return true, nil
			}
			if o.PersonID != b.Person.ID && o.Role == actor.Lead && o.Person.Status == Active {
				return false, nil
			}
		}
		if list.Next == "" {
			return true, nil
		}
		q.After = list.Next
	}
}

// Leave ends that the actor belongs to a union: they cannot sign in any more, their roles end, they speak for no
// enterprise, and their entry as a master is closed. What they did stays. While others count on them it is StillEngaged.
// It is undone by asking to be taken in again.
func (s *Service) Leave(ctx context.Context, a actor.Actor) (err error) {
	defer fault.Wrap(&err, "hall.Leave(%s)", a.ID)
	v, err := s.Leaving(ctx, a)
	switch {
	case err != nil:
		return err
	case len(v.Ongoing) > 0:
		return StillEngaged
	case v.OnlyLead:
		return OnlyLead
	}
	firms, err := s.Enterprises(ctx, enterprisesOf(v.Contacts))
	if err != nil {
		return err
	}
	err = s.store.Turn(ctx, a.ID, func(b Belonging) (Turned, Trace, error) {
		if b.Person.Status != Active {
			return Turned{}, Trace{}, fault.New(fault.Conflict, "hall.fault.closed")
		}
		return s.left(a, b, firms)
	})
	if err == nil {
		s.forget(a.ID)
	}
	return err
}

func (s *Service) left(a actor.Actor, b Belonging, firms map[string]Enterprise) (Turned, Trace, error) {
	now := s.clock.Now()
	p := b.Person
	p.Status = Closed
	out := Turned{Person: p, Entry: Membership{PersonID: p.ID, ID: id.New(), At: now, How: Left, FromUnion: p.UnionID, By: a.ID}}
	if b.Master != "" {
		out.Master = Closed
	}
	t := s.turnTrace(a, AuditLeft, p, b.Master, p.UnionPath)
	for _, g := range b.Grants {
		t.Audits = append(t.Audits, s.grantTrace(a, AuditWithdrawn, g).Audits...)
	}
	// As if an officer had removed them: so they can be put back after they have come again.
	for _, c := range b.Contacts {
		gone := s.contactTrace(a, AuditContactRemoved, firms[c.EnterpriseID], c)
		t.Audits, t.Events = append(t.Audits, gone.Audits...), append(t.Events, gone.Events...)
	}
	return out, t, nil
}

func enterprisesOf(list []Contact) []string {
	out := make([]string, len(list))
	for i, c := range list {
		out[i] = c.EnterpriseID
	}
	return out
}
