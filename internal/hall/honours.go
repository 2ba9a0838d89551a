package hall

import (
	"context"
	"slices"
	"strings"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
)

const (
	honourLength = 60   // characters of an honour's or an issuer's name
	firstHonour  = 1949 // no honour of the federation is older
)

// TakenHonour is the answer to an honour that the master has already, or that waits.
var TakenHonour = fault.New(fault.Conflict, "hall.fault.taken-honour")

// HonourInput is an honour as it is handed in or entered.
type HonourInput struct {
	Name   string
	Level  HonourLevel
	Year   int
	Issuer string
	Papers []Paper
}

// check tells what is wrong; whoever is not an officer shows a certificate.
func (in HonourInput) check(year int, shown bool) (Honour, error) {
	var c fault.Check
	h := Honour{Name: strings.TrimSpace(in.Name), Level: in.Level, Year: in.Year, Issuer: strings.TrimSpace(in.Issuer)}
	checkLine(&c, "name", h.Name, honourLength)
	checkLine(&c, "issuer", h.Issuer, honourLength)
	c.That(slices.Contains(HonourLevels, h.Level), "level", "hall.fault.choice")
	c.That(h.Year >= firstHonour && h.Year <= year, "year", "hall.fault.year")
	if shown {
		checkPapers(&c, in.Papers)
	} else {
		c.That(len(in.Papers) <= MaxPapers, "files", "hall.fault.many", "max", MaxPapers)
	}
	return h, c.Err()
}

// room is a fault when the honour is there already, or there are as many as anybody can have.
func room(h Honour, m Master, given []Document) error {
	waiting := 0
	for _, d := range given {
		if d.State == DocumentWaiting {
			waiting++
			if d.Honour.same(h) {
				return TakenHonour
			}
		}
	}
	if slices.ContainsFunc(m.Honours, h.same) {
		return TakenHonour
	}
	var c fault.Check
	c.That(len(m.Honours)+waiting < MaxHonours, "name", "hall.fault.many", "max", MaxHonours)
	return c.Err()
}

// GiveHonour hands in an honour of one's own with its certificate. Nobody else sees it before an officer has confirmed it.
func (s *Service) GiveHonour(ctx context.Context, a actor.Actor, in HonourInput) (_ Document, err error) {
	defer fault.Wrap(&err, "hall.GiveHonour(%s)", a.ID)
	if !a.SignedIn() || !a.Master {
		return Document{}, fault.Refused()
	}
	return s.addHonour(ctx, a, a.ID, in, DocumentWaiting)
}

// EnterHonour enters an honour as confirmed, by an officer who works on the master's union. Nobody confirms their own.
func (s *Service) EnterHonour(ctx context.Context, a actor.Actor, personID string, in HonourInput) (_ Document, err error) {
	defer fault.Wrap(&err, "hall.EnterHonour(%s)", personID)
	if _, err := s.honoured(ctx, a, personID); err != nil {
		return Document{}, err
	}
	return s.addHonour(ctx, a, personID, in, DocumentConfirmed)
}

// honoured gives the master whose honours the officer may confirm.
func (s *Service) honoured(ctx context.Context, a actor.Actor, personID string) (Master, error) {
	m, err := s.store.Master(ctx, personID)
	if err != nil {
		return Master{}, err
	}
	switch {
	case !a.MayRead(m.UnionPath):
		return Master{}, fault.NoSuch()
	case !a.MayAct(m.UnionPath) || a.ID == m.PersonID || m.Status == Closed:
		return Master{}, fault.Refused()
	}
	return m, nil
}

func (s *Service) addHonour(ctx context.Context, a actor.Actor, personID string, in HonourInput, state DocumentState) (Document, error) {
	h, err := in.check(s.clock.Now().Year(), state == DocumentWaiting)
	if err != nil {
		return Document{}, err
	}
	d := Document{ID: id.New(), Kind: HonourDocument, SubjectID: personID, State: state, Honour: h, Papers: in.Papers, PersonID: a.ID, Given: s.clock.Now()}
	err = s.store.GiveHonour(ctx, personID, func(m Master, given []Document) (Master, Document, Trace, error) {
		if m.Status == Closed {
			return m, d, Trace{}, fault.Refused()
		}
		if err := room(h, m, given); err != nil {
			return m, d, Trace{}, err
		}
		what := AuditHonourGiven
		if state == DocumentConfirmed {
			what = AuditHonourConfirmed
			d.By, d.At = a.ID, d.Given
			m.Honours = withHonour(m, d)
		}
		return m, d, s.honourTrace(a, what, d, m), nil
	})
	return d, err
}

// withHonour is what the master has with the honour of a document that was just confirmed.
func withHonour(m Master, d Document) []Honour {
	h := d.Honour
	h.By, h.At = d.By, d.At
	return append(slices.Clone(m.Honours), h)
}

// honourTrace is what a change leaves: what others see of the master changes only with what is confirmed.
func (s *Service) honourTrace(a actor.Actor, what string, d Document, m Master) Trace {
	detail := map[string]string{"document": d.ID} // whoever is erased takes the honour itself along
	if d.Reason != "" {
		detail["reason"] = d.Reason
	}
	t := Trace{Audits: []Audit{s.audit(a, what, m.UnionPath, m.PersonID, detail)}}
	t.Events = []event.Event{changed(DocumentChanged, s.clock.Now(), d.ID, m.UnionPath)}
	if d.State == DocumentConfirmed {
		t.Events = append(t.Events, changedMaster(m, s.clock.Now())...)
	}
	return t
}

// HonourDecision is what an officer found on a certificate.
type HonourDecision struct {
	DocumentID string
	State      DocumentState // DocumentConfirmed or DocumentRefused
	Reason     string        // why it is refused
}

// DecideHonour confirms or refuses an honour that waits, by an officer who works on the master's union. Nobody confirms
// their own. A second decision is DocumentMoved.
func (s *Service) DecideHonour(ctx context.Context, a actor.Actor, in HonourDecision) (err error) {
	defer fault.Wrap(&err, "hall.DecideHonour(%s)", in.DocumentID)
	d, err := s.Document(ctx, a, in.DocumentID)
	if err != nil {
		return err
	}
	if d.Kind != HonourDocument {
		return fault.NoSuch()
	}
	if _, err := s.honoured(ctx, a, d.SubjectID); err != nil {
		return fault.Refused()
	}
	var c fault.Check
	reason := strings.TrimSpace(in.Reason)
	switch in.State {
	case DocumentConfirmed:
		reason = ""
	case DocumentRefused:
		checkLine(&c, "reason", reason, 200)
	default:
		c.Add("state", "hall.fault.choice")
	}
	if err := c.Err(); err != nil {
		return err
	}
	return s.store.DecideHonour(ctx, d.ID, func(d Document, m Master) (Document, Master, Trace, error) {
		switch {
		case d.State != DocumentWaiting:
			return d, m, Trace{}, DocumentMoved
		case in.State == DocumentConfirmed && slices.ContainsFunc(m.Honours, d.Honour.same):
			return d, m, Trace{}, TakenHonour
		}
		what := AuditHonourRefused
		d.State, d.Reason, d.By, d.At = in.State, reason, a.ID, s.clock.Now()
		if d.State == DocumentConfirmed {
			what = AuditHonourConfirmed
			m.Honours = withHonour(m, d)
		}
		return d, m, s.honourTrace(a, what, d, m), nil
	})
}

// WithdrawHonour takes back an honour of one's own that waits, with its certificate. One that was decided is DocumentMoved.
func (s *Service) WithdrawHonour(ctx context.Context, a actor.Actor, documentID string) (err error) {
	defer fault.Wrap(&err, "hall.WithdrawHonour(%s)", documentID)
	d, err := s.store.Document(ctx, documentID)
	if err != nil {
		return err
	}
	if d.Kind != HonourDocument || !d.owns(a) {
		return fault.NoSuch()
	}
	return s.store.WithdrawHonour(ctx, d.ID, func(d Document, m Master) (Trace, error) {
		if d.State != DocumentWaiting {
			return Trace{}, DocumentMoved
		}
		return s.honourTrace(a, AuditHonourWithdrawn, d, m), nil
	})
}

// HonoursGiven lists what was handed in about a master, newest first, to the master and to the officers of their union.
func (s *Service) HonoursGiven(ctx context.Context, a actor.Actor, personID string) (_ []Document, err error) {
	defer fault.Wrap(&err, "hall.HonoursGiven(%s)", personID)
	m, err := s.store.Master(ctx, personID)
	if err != nil {
		return nil, err
	}
	if a.ID != m.PersonID && !a.MayRead(m.UnionPath) {
		return nil, fault.NoSuch()
	}
	return s.store.DocumentsOf(ctx, HonourDocument, personID)
}
