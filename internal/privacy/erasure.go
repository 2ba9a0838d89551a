package privacy

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
)

// ErasureState says how far an erasure has come.
type ErasureState string

// The states of an erasure.
const (
	Waiting  ErasureState = "waiting"  // may be called off
	Erasing  ErasureState = "erasing"  // under way: it goes on until it is done
	Done     ErasureState = "done"     // nobody is left to show it to; the row says that it was
	Recalled ErasureState = "recalled" // called off
)

// Wait is how long an erasure can be called off.
const Wait = 7 * 24 * time.Hour

// Erasure is a person's wish to be erased.
type Erasure struct {
	PersonID  string
	UnionPath string
	State     ErasureState
	Part      int // of the modules' parts, how many are done
	Asked     time.Time
	Due       time.Time
	Done      time.Time
}

// Open reports an erasure that is still to come.
func (e Erasure) Open() bool { return e.State == Waiting || e.State == Erasing }

// Fate is what becomes of one kind of data, for the page that is read before anything is erased: its sentence is
// "privacy.fate.KEY". Days is how long what is kept stays; 0 says that no term is set.
type Fate struct {
	Key  string
	Kept bool
	Days int
}

// Fates are all of them.
var Fates = []Fate{
	{Key: "account"}, {Key: "sensitive"}, {Key: "sessions"}, {Key: "words"}, {Key: "notices"}, {Key: "master"},
	{Key: "engagements", Kept: true},
	{Key: "toolbox", Kept: true},
	{Key: "audits", Kept: true},
	{Key: "others", Kept: true, Days: 180},
	{Key: "evidence", Kept: true, Days: EvidenceDays},
	{Key: "imports", Kept: true, Days: ImportDays},
	{Key: "backups", Kept: true},
}

// Farewell is what somebody sees before they ask to be erased.
type Farewell struct {
	Person  Person
	Erasure Erasure  // zero when nothing was asked for
	Hinders []string // message ids of what has to end first
	Fates   []Fate
}

// Farewell says what would become of the actor's data, and whether anything stands in the way.
func (s *Service) Farewell(ctx context.Context, a actor.Actor) (out Farewell, err error) {
	defer fault.Wrap(&err, "privacy.Farewell")
	if out.Person, err = s.known(ctx, a, a.ID); err != nil {
		return out, err
	}
	out.Fates = Fates
	out.Erasure, err = s.store.Erasure(ctx, a.ID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return out, err
	}
	out.Hinders, err = s.hinders(ctx, a.ID)
	return out, err
}

func (s *Service) hinders(ctx context.Context, personID string) (out []string, err error) {
	for _, p := range s.parts {
		more, err := p.Hinders(ctx, personID)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

// AskErasure begins the time after which the actor is erased. They type their name to show that they mean it.
func (s *Service) AskErasure(ctx context.Context, a actor.Actor, typed string) (_ Erasure, err error) {
	defer fault.Wrap(&err, "privacy.AskErasure")
	f, err := s.Farewell(ctx, a)
	if err != nil {
		return Erasure{}, err
	}
	var c fault.Check
	c.That(strings.TrimSpace(typed) == f.Person.Name, "name", "privacy.fault.name")
	if err := c.Err(); err != nil {
		return Erasure{}, err
	}
	if len(f.Hinders) > 0 {
		return Erasure{}, fault.New(fault.Conflict, f.Hinders[0])
	}
	if f.Erasure.Open() {
		return f.Erasure, nil
	}
	now := s.clock.Now()
	e := Erasure{PersonID: a.ID, UnionPath: f.Person.UnionPath, State: Waiting, Asked: now, Due: now.Add(Wait)}
	return e, s.store.SaveErasure(ctx, f.Erasure.State, e)
}

// RecallErasure calls the actor's erasure off while it waits.
func (s *Service) RecallErasure(ctx context.Context, a actor.Actor) (err error) {
	defer fault.Wrap(&err, "privacy.RecallErasure")
	if !a.SignedIn() {
		return fault.Refused()
	}
	e, err := s.store.Erasure(ctx, a.ID)
	if fault.Is(err, fault.NotFound) || err == nil && e.State == Recalled {
		return fault.New(fault.Conflict, "privacy.fault.no-erasure")
	}
	if err != nil {
		return err
	}
	if e.State != Waiting {
		return fault.New(fault.Conflict, "privacy.fault.erasing")
	}
	e.State = Recalled
	return s.store.SaveErasure(ctx, Waiting, e)
}

// EraseDue erases those whose time has come and says how many that were. Cut short, the next call goes on with the part
// that it was at. One that something stands in the way of waits.
func (s *Service) EraseDue(ctx context.Context) (n int, err error) {
	defer fault.Wrap(&err, "privacy.EraseDue")
	due, err := s.store.DueErasures(ctx, s.clock.Now(), 100)
	if err != nil {
		return 0, err
	}
	for _, e := range due {
		done, err := s.erase(ctx, e)
		if fault.Is(err, fault.Conflict) { // another process is at it, or they have called it off
			s.log.InfoContext(ctx, "erasure left alone", "person", e.PersonID, "part", e.Part, "err", err)
			continue
		}
		if err != nil {
			s.log.ErrorContext(ctx, "person not erased yet", "person", e.PersonID, "part", e.Part, "err", err)
			continue
		}
		if done {
			n++
		}
	}
	return n, ctx.Err()
}

func (s *Service) erase(ctx context.Context, e Erasure) (done bool, err error) {
	if e.State == Waiting {
		hinders, err := s.hinders(ctx, e.PersonID)
		if err != nil {
			return false, err
		}
		if len(hinders) > 0 {
			s.log.InfoContext(ctx, "erasure waits", "person", e.PersonID, "for", strings.Join(slices.Compact(hinders), " "))
			return false, nil
		}
		e.State = Erasing
		if err := s.store.SaveErasure(ctx, Waiting, e); err != nil {
			return false, err
		}
	}
	for e.Part < len(s.parts) {
		more, err := s.parts[e.Part].Erase(ctx, e.PersonID)
		if err != nil {
			return false, err
		}
		if more {
			continue
		}
		e.Part++
		if err := s.store.SaveErasure(ctx, Erasing, e); err != nil {
			return false, err
		}
	}
	e.State, e.Done = Done, s.clock.Now()
	if err := s.store.SaveErasure(ctx, Erasing, e); err != nil {
		return false, err
	}
	s.log.InfoContext(ctx, "person erased", "person", e.PersonID, slog.Duration("after", e.Done.Sub(e.Asked)))
	return true, nil
}
