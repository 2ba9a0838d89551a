package hall

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
)

// RequestKind says what is asked for.
type RequestKind string

// The kinds of request: 入会申请, 转会申请.
const (
	Joining  RequestKind = "joining"
	Transfer RequestKind = "transfer"
)

// RequestState says where a request stands.
type RequestState string

// The states of a request. An unproved one is not filed yet: its number has to be proved first.
const (
	Unproved  RequestState = "unproved"
	Waiting   RequestState = "waiting"
	Approved  RequestState = "approved"
	NotTaken  RequestState = "refused"
	Withdrawn RequestState = "withdrawn"
)

// Request is what somebody asks of a union: to be taken in, or to be taken over from another.
type Request struct {
	ID           string
	Kind         RequestKind
	State        RequestState
	PersonID     string // the member; of a joining, who was taken in
	UnionID      string
	UnionPath    string
	FromPath     string // the union that a member would leave
	Name         string
	Phone        Phone
	Employer     string
	EnterpriseID string // the employer, when it was found among the enterprises of the hall
	Note         string
	Lang         string // in which the applicant is told
	Reason       string // why it was refused
	By           string // the officer who decided
	Created      time.Time
	Decided      time.Time
}

const (
	draftLife  = time.Hour           // how long a number may take to be proved
	decidedFor = 30 * 24 * time.Hour // how long a decided request is kept
)

// RequestChanged is emitted when a request was filed or decided; MembershipChanged when somebody came, moved or left.
const (
	RequestChanged    = "hall.request.changed"
	MembershipChanged = "hall.membership.changed"
)

// What can stand in an audit of memberships. The name of an applicant stands in none: who was not taken is forgotten.
const (
	AuditJoined      = "hall.membership.joined"
	AuditRejoined    = "hall.membership.rejoined"
	AuditTransferred = "hall.membership.transferred"
	AuditLeft        = "hall.membership.left"
	AuditFiled       = "hall.request.filed"
	AuditNotTaken    = "hall.request.refused"
)

// Faults of requests that callers tell apart.
var (
	// RequestDecided is the answer to whoever comes second.
	RequestDecided = fault.New(fault.Conflict, "hall.fault.request-decided")
	// StillEngaged keeps somebody from leaving while others count on them.
	StillEngaged = fault.New(fault.Conflict, "hall.fault.still-engaged")
	// OnlyLead keeps the federation from being left without anybody who leads it.
	OnlyLead = fault.New(fault.Conflict, "hall.fault.only-lead")
)

// Request gives a request to officers of the union that was asked or of one above, to those of the union that the member
// would leave, and to the member.
func (s *Service) Request(ctx context.Context, a actor.Actor, requestID string) (_ Request, err error) {
	defer fault.Wrap(&err, "hall.Request(%s)", requestID)
	r, err := s.store.Request(ctx, requestID)
	if err != nil {
		return Request{}, err
	}
	mine := r.Kind == Transfer && a.SignedIn() && a.ID == r.PersonID
	if r.State == Unproved || !mine && !r.readable(a) {
		return Request{}, fault.NoSuch()
	}
	return r, nil
}

// Requests lists those of a subtree, to its officers.
func (s *Service) Requests(ctx context.Context, a actor.Actor, unionID string, decided bool, p Page) (_ List[Request], err error) {
	defer fault.Wrap(&err, "hall.Requests(%s)", unionID)
	u, err := s.Scope(ctx, a, unionID)
	if err != nil {
		return List[Request]{}, err
	}
	list, err := s.store.ListRequests(ctx, u.Path, decided, Search{Page: p}.sane().Page)
	list.Rows = slices.DeleteFunc(list.Rows, func(r Request) bool { return !r.readable(a) })
	return list, err
}

// readable reports whether an officer reads it: of the union that was asked, or of the one that the member would leave.
func (r Request) readable(a actor.Actor) bool {
	return a.MayRead(r.UnionPath) || r.FromPath != "" && a.MayRead(r.FromPath)
}

// MayDecide reports whether the actor decides on a request: an officer who works on the union that was asked, and never
// on their own.
func (r Request) MayDecide(a actor.Actor) bool {
	return r.State == Waiting && a.MayAct(r.UnionPath) && a.ID != r.PersonID
}

// Decision is an officer's word on a request.
type Decision struct {
	RequestID string
	Approve   bool
	Reason    string // of a refusal; the applicant reads it
}

// Behind is who is behind a request before it is decided, for the officer who does: nobody, or the member, or whoever left
// with that number.
func (s *Service) Behind(ctx context.Context, a actor.Actor, r Request) (_ *Belonging, err error) {
	defer fault.Wrap(&err, "hall.Behind(%s)", r.ID)
	if !r.readable(a) {
		return nil, fault.NoSuch()
	}
	personID := r.PersonID
	if r.Kind == Joining {
		cred, err := s.store.Credential(ctx, string(r.Phone))
		if fault.Is(err, fault.NotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		personID = cred.PersonID
	}
	b, err := s.store.Belonging(ctx, personID)
	return &b, err
}

// Decide approves or refuses a request, by an officer who works on the union that was asked or on one above. Of two who
// decide at once the second gets RequestDecided.
func (s *Service) Decide(ctx context.Context, a actor.Actor, d Decision) (_ Request, err error) {
	defer fault.Wrap(&err, "hall.Decide(%s)", d.RequestID)
	r, err := s.Request(ctx, a, d.RequestID)
	if err != nil {
		return Request{}, err
	}
	u, err := s.Union(ctx, r.UnionID)
	if err != nil {
		return Request{}, err
	}
	if !a.MayAct(u.Path) || a.ID == r.PersonID {
		return Request{}, fault.Refused()
	}
	d.Reason = strings.TrimSpace(d.Reason)
	if !d.Approve {
		var c fault.Check
		checkLine(&c, "reason", d.Reason, 200)
		if err := c.Err(); err != nil {
			return Request{}, err
		}
	}
	fresh, personID := id.New(), r.PersonID
	err = s.store.DecideRequest(ctx, r.ID, func(now Request, known *Belonging) (Outcome, error) {
		if now.State != Waiting {
			return Outcome{}, RequestDecided
		}
		out := s.outcome(a, now, u, known, fresh, d)
		if f := out.refused(known); f != nil {
			return Outcome{}, f
		}
		r, personID = out.Request, out.Request.PersonID
		return out, nil
	})
	if err != nil {
		return Request{}, err
	}
	if personID != "" {
		s.forget(personID)
	}
	return r, nil
}

// refused says why an approval cannot be.
func (o Outcome) refused(known *Belonging) *fault.Error {
	switch {
	case o.Request.State != Approved:
		return nil
	case o.Request.Kind == Joining && known != nil && known.Person.Status == Active:
		return TakenPhone
	case o.Request.Kind == Transfer && (known == nil || known.Person.Status != Active):
		return fault.New(fault.Conflict, "hall.fault.closed")
	}
	return nil
}

// outcome is what a decision comes to.
func (s *Service) outcome(a actor.Actor, r Request, u Union, known *Belonging, fresh string, d Decision) Outcome {
	now := s.clock.Now()
	r.By, r.Decided = a.ID, now
	out := Outcome{Request: r}
	tell := changed(RequestChanged, now, r.ID, u.Path)
	switch {
	case !d.Approve:
		out.Request.State, out.Request.Reason = NotTaken, d.Reason
		out.Trace = Trace{Audits: []Audit{s.audit(a, AuditNotTaken, u.Path, cmp.Or(r.PersonID, r.ID), nil)}, Events: []event.Event{tell}}
		return out
	case r.Kind == Transfer && known != nil:
		out.transfer(s, a, u, *known)
	case known != nil && known.Person.Status == Closed && known.Person.Name == r.Name:
		out.rejoin(s, a, u, *known)
	default:
		// The number may have been somebody else's, who left: networks give numbers to others.
		out.Strip = known != nil
		out.join(s, a, u, fresh)
	}
	out.Request.State = Approved
	out.Trace.Events = append(out.Trace.Events, tell)
	return out
}

func (o *Outcome) join(s *Service, a actor.Actor, u Union, personID string) {
	now := s.clock.Now()
	p := Person{ID: personID, Name: o.Request.Name, Phone: o.Request.Phone, UnionID: u.ID, UnionPath: u.Path, Lang: o.Request.Lang, Status: Active, Created: now}
	o.Request.PersonID = p.ID
	o.Newcomer = &NewPerson{Person: p}
	o.Entry = &Membership{PersonID: p.ID, ID: id.New(), At: now, How: Joined, ToUnion: u.ID, By: a.ID}
	o.Trace = s.turnTrace(a, AuditJoined, p, "", u.Path)
}

func (o *Outcome) rejoin(s *Service, a actor.Actor, u Union, b Belonging) {
	p := b.Person
	p.Status, p.UnionID, p.UnionPath = Active, u.ID, u.Path
	o.Request.PersonID = p.ID
	o.Turned = &Turned{Person: p, Grants: b.Grants, Contacts: true, Sessions: true, Master: Active,
		Entry: Membership{PersonID: p.ID, ID: id.New(), At: s.clock.Now(), How: Rejoined, ToUnion: u.ID, By: a.ID}}
	o.Trace = s.turnTrace(a, AuditRejoined, p, b.Master, u.Path)
}

func (o *Outcome) transfer(s *Service, a actor.Actor, u Union, b Belonging) {
	p := b.Person
	from := p
	p.UnionID, p.UnionPath = u.ID, u.Path
	stay, end := keeps(b.Grants, u.Path)
	o.Turned = &Turned{Person: p, Grants: stay, Contacts: true, Sessions: true, Master: b.Master,
		Entry: Membership{PersonID: p.ID, ID: id.New(), At: s.clock.Now(), How: Transferred, FromUnion: from.UnionID, ToUnion: u.ID, By: a.ID}}
	o.Trace = s.turnTrace(a, AuditTransferred, p, b.Master, u.Path, from.UnionPath)
	for _, g := range end {
		o.Trace.Audits = append(o.Trace.Audits, s.grantTrace(a, AuditWithdrawn, g).Audits...)
	}
}

// turnTrace is what a turn leaves: an audit in each union that it touches, and word to whoever keeps where the person
// belongs.
func (s *Service) turnTrace(a actor.Actor, what string, p Person, master Status, paths ...string) (t Trace) {
	now := s.clock.Now()
	for i, path := range paths {
		if i == 0 || path != paths[0] {
			t.Audits = append(t.Audits, s.audit(a, what, path, p.ID, nil))
		}
	}
	t.Events = []event.Event{changed(PersonChanged, now, p.ID, p.UnionPath), changed(MembershipChanged, now, p.ID, p.UnionPath)}
	if master != "" {
		t.Events = append(t.Events, changed(MasterChanged, now, p.ID, p.UnionPath))
	}
	return t
}
