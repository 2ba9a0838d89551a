package hall

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
)

// Matters is what the hall asks of the other modules before it closes an enterprise, or a member leaves.
type Matters interface {
	// Ongoing gives what is not over yet for the enterprise, at most limit.
	Ongoing(ctx context.Context, enterpriseID string, limit int) ([]Matter, error)
	// OngoingOf gives what others count on the person for, at most limit.
	OngoingOf(ctx context.Context, personID string, limit int) ([]Matter, error)
}

// Matter is one thing under way for an enterprise or a person.
type Matter struct{ Title, Href string }

// Consult names whom to ask before an enterprise is closed; to be called before the service is used. Without it
// nothing stands in the way.
func (s *Service) Consult(m Matters) { s.matters = m }

// mattersNamed is how many matters are named to whoever would close an enterprise.
const mattersNamed = 20

// Ongoing gives to officers what keeps an enterprise from being closed.
func (s *Service) Ongoing(ctx context.Context, a actor.Actor, enterpriseID string) (_ []Matter, err error) {
	defer fault.Wrap(&err, "hall.Ongoing(%s)", enterpriseID)
	e, err := s.worksOn(ctx, a, enterpriseID)
	if err != nil {
		return nil, err
	}
	return s.ongoing(ctx, e)
}

func (s *Service) ongoing(ctx context.Context, e Enterprise) ([]Matter, error) {
	if s.matters == nil {
		return nil, nil
	}
	return s.matters.Ongoing(ctx, e.ID, mattersNamed)
}

// worksOn gives an enterprise to an officer who works on its union.
func (s *Service) worksOn(ctx context.Context, a actor.Actor, enterpriseID string) (Enterprise, error) {
	e, err := s.Enterprise(ctx, a, enterpriseID)
	if err == nil && !a.MayAct(e.UnionPath) {
		err = fault.Refused()
	}
	return e, err
}

// CloseEnterprise says that an enterprise is no longer in business, by an officer who works on its union. Its rows stay
// and its contacts go on reading them; it posts nothing new. While anything is under way for it this is EnterpriseBusy:
// who is at work for it must not learn of the end from an empty page. Closing it twice changes nothing.
func (s *Service) CloseEnterprise(ctx context.Context, a actor.Actor, enterpriseID, reason string) (err error) {
	defer fault.Wrap(&err, "hall.CloseEnterprise(%s)", enterpriseID)
	e, err := s.worksOn(ctx, a, enterpriseID)
	if err != nil {
		return err
	}
	var c fault.Check
	reason = strings.TrimSpace(reason)
	checkLine(&c, "reason", reason, 100)
	if err := c.Err(); err != nil {
		return err
	}
	list, err := s.ongoing(ctx, e)
	if err != nil {
		return err
	}
	if len(list) > 0 {
		return EnterpriseBusy
	}
	return s.become(ctx, a, e, Closed, AuditEnterpriseClosed, map[string]string{"name": e.Name, "reason": reason})
}

// ReopenEnterprise undoes CloseEnterprise, by the same officers.
func (s *Service) ReopenEnterprise(ctx context.Context, a actor.Actor, enterpriseID string) (err error) {
	defer fault.Wrap(&err, "hall.ReopenEnterprise(%s)", enterpriseID)
	e, err := s.worksOn(ctx, a, enterpriseID)
	if err != nil {
		return err
	}
	return s.become(ctx, a, e, Active, AuditEnterpriseReopened, map[string]string{"name": e.Name})
}

// become moves an enterprise to a state, and leaves no trace where it is there already.
func (s *Service) become(ctx context.Context, a actor.Actor, e Enterprise, to Status, what string, detail any) error {
	t := s.trace(s.audit(a, what, e.UnionPath, e.ID, detail), EnterpriseChanged, e.ID)
	_, err := s.store.UpdateEnterprise(ctx, e.ID, func(old Enterprise) (Enterprise, Trace, error) {
		if old.Status == to {
			return old, Trace{}, nil
		}
		old.Status = to
		return old, t, nil
	})
	return err
}

// contactDetail is what the record keeps of a contact who was removed, enough to put them back.
type contactDetail struct {
	Person string    `json:"person"`
	Title  string    `json:"title,omitempty"`
	Since  time.Time `json:"since,omitzero"`
}

// contactTrace is what a change of who speaks for an enterprise leaves: what the person may has changed too.
func (s *Service) contactTrace(a actor.Actor, what string, e Enterprise, c Contact) Trace {
	t := s.trace(s.audit(a, what, e.UnionPath, e.ID, contactDetail{c.PersonID, c.Title, c.Since}), EnterpriseChanged, e.ID)
	t.Events = append(t.Events, changed(PersonChanged, s.clock.Now(), c.PersonID, e.UnionPath))
	return t
}

// RemoveContact ends that a person speaks for an enterprise, by an officer who works on its union. The person stays,
// with all that they did; they may nothing more for the enterprise from their next request on. The last contact can
// be removed as well.
func (s *Service) RemoveContact(ctx context.Context, a actor.Actor, enterpriseID, personID string) (err error) {
	defer fault.Wrap(&err, "hall.RemoveContact(%s, %s)", enterpriseID, personID)
	e, err := s.worksOn(ctx, a, enterpriseID)
	if err != nil {
		return err
	}
	contacts, err := s.store.ContactsOf(ctx, []string{e.ID})
	if err != nil {
		return err
	}
	i := slices.IndexFunc(contacts, func(c Contact) bool { return c.PersonID == personID })
	if i < 0 {
		return fault.NoSuch()
	}
	if err := s.store.RemoveContact(ctx, e.ID, personID, s.contactTrace(a, AuditContactRemoved, e, contacts[i])); err != nil {
		return err
	}
	s.forget(personID)
	return nil
}

// RestoreContact undoes RemoveContact as long as Past names the person, by the same officers.
func (s *Service) RestoreContact(ctx context.Context, a actor.Actor, enterpriseID, personID string) (err error) {
	defer fault.Wrap(&err, "hall.RestoreContact(%s, %s)", enterpriseID, personID)
	e, err := s.worksOn(ctx, a, enterpriseID)
	if err != nil {
		return err
	}
	past, err := s.past(ctx, e)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(past.Removed, func(c Contact) bool { return c.PersonID == personID })
	if i < 0 {
		return fault.NoSuch()
	}
	p, err := s.store.Person(ctx, personID)
	if err != nil {
		return err
	}
	if p.Status != Active {
		return fault.New(fault.Conflict, "hall.fault.closed")
	}
	c := past.Removed[i]
	if err := s.store.AddContact(ctx, c, nil, s.contactTrace(a, AuditContact, e, c)); err != nil {
		return err
	}
	s.forget(personID)
	return nil
}

// Past is what the record says of an enterprise that its row does not.
type Past struct {
	Removed []Contact // who can be put back, the last removed first
	Reason  string    // why it was last closed
	Closed  time.Time
}

const (
	undoFor  = 30 * 24 * time.Hour // how long a contact can be put back
	pastRead = 100                 // entries of the record
)

// Past gives to officers what an enterprise was, which they have from Enterprise.
func (s *Service) Past(ctx context.Context, a actor.Actor, e Enterprise) (_ Past, err error) {
	defer fault.Wrap(&err, "hall.Past(%s)", e.ID)
	if !a.MayRead(e.UnionPath) {
		return Past{}, fault.NoSuch()
	}
	return s.past(ctx, e)
}

func (s *Service) past(ctx context.Context, e Enterprise) (p Past, err error) {
	list, err := s.store.AuditsOn(ctx, e.UnionPath, e.ID, []string{AuditContact, AuditContactRemoved, AuditEnterpriseClosed}, pastRead)
	if err != nil {
		return Past{}, err
	}
	settled := map[string]bool{} // the last word on each person counts
	for _, au := range list {
		if au.What == AuditEnterpriseClosed {
			p.closed(au)
			continue
		}
		var d contactDetail
		if err := json.Unmarshal(au.Detail, &d); err != nil {
			return Past{}, err
		}
		if !settled[d.Person] && au.What == AuditContactRemoved && s.clock.Now().Sub(au.At) < undoFor {
			p.Removed = append(p.Removed, Contact{EnterpriseID: e.ID, PersonID: d.Person, Title: d.Title, Since: d.Since})
		}
		settled[d.Person] = true
	}
	return p, nil
}

// closed notes the latest closing.
func (p *Past) closed(au Audit) {
	var d struct {
		Reason string `json:"reason"`
	}
	if p.Closed.IsZero() && json.Unmarshal(au.Detail, &d) == nil {
		p.Closed, p.Reason = au.At, d.Reason
	}
}
