package exchange

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
)

// FileLimit is how many files a need or a message carries.
const FileLimit = 10

// Draft is a need as its side fills it in. Once is any key that the sender gives to one act of posting: the
// same key again posts nothing and gives the need of the first time, and with other content is fault.Conflict.
type Draft struct {
	KindID       string
	EnterpriseID string
	Values       Values
	Files        []File
	Once         string
	PortalRef    string
}

// Post makes a need. It is durable, and findable by those it fits, when Post returns; they are told by the
// event that it leaves.
func (s *Service) Post(ctx context.Context, a actor.Actor, d Draft) (_ Need, err error) {
	defer fault.Wrap(&err, "exchange.Post(%s)", d.KindID)
	k, firm, err := s.MayPost(ctx, a, d.KindID, d.EnterpriseID)
	if err != nil {
		return Need{}, err
	}
	now := s.clock.Now()
	n, err := k.drawNeed(a, firm, d, now)
	if err == nil {
		err = k.notOver(n.Values, now)
	}
	if err != nil {
		return Need{}, err
	}
	c := Case{Need: n}
	h := c.about(NeedPosted, nil, a.ID, NeedSide)
	kept, fresh, err := s.store.AddNeed(ctx, c.Need, d.Once, h.event(now))
	if err != nil {
		return Need{}, err
	}
	if !fresh && kept.Sum != n.Sum {
		return Need{}, fault.New(fault.Conflict, "exchange.once.other")
	}
	if fresh {
		s.putNeed(ctx, kept)
	}
	return kept, nil
}

// drawNeed makes the need that a draft is, for an enterprise the actor may post for.
func (k Kind) drawNeed(a actor.Actor, firm Firm, d Draft, now time.Time) (n Need, err error) {
	n = Need{ID: id.New(), KindID: k.ID, State: NeedOpen, Posted: now, Version: 1, PortalRef: clip(d.PortalRef)}
	n.UnionID, n.UnionPath, n.EnterpriseID = firm.UnionID, firm.UnionPath, firm.ID
	if a.Kind == actor.Portal {
		n.PortalID = a.ID
	} else {
		n.PosterID = a.ID
	}
	if n.Values, err = k.Check(k.Need, d.Values); err != nil {
		return Need{}, err
	}
	if n.Files, err = checkFiles(k.Need, d.Files); err != nil {
		return Need{}, err
	}
	n.Sum = sum(k.ID, firm.ID, n.PortalRef, n.Values, hashes(n.Files))
	k.locate(n.Values, firm.Spot)
	k.sortNeed(&n)
	c := Case{Need: n}
	c.Settle(k, now)
	return c.Need, nil
}

// sum tells whether two lists of things are the same.
func sum(parts ...any) string {
	b, err := json.Marshal(parts)
	if err != nil {
		panic("exchange: sum: " + err.Error()) // what was checked can be written
	}
	h := sha256.Sum256(b)
	return base64.RawStdEncoding.EncodeToString(h[:12])
}

func hashes(files []File) []string {
	out := make([]string, len(files))
	for i, f := range files {
		out[i] = f.Hash
	}
	return out
}

func titleKey(f Form) string {
	t, _ := f.Of(Title)
	return t.Key
}

func checkFiles(f Form, files []File) ([]File, error) {
	var c fault.Check
	x, ok := f.Of(Files)
	switch {
	case !ok:
		c.That(len(files) == 0, "files", "field.unknown")
	default:
		c.That(len(files) <= FileLimit, x.Key, "exchange.files.many", "max", FileLimit)
		c.That(len(files) > 0 || !x.Required, x.Key, "field.required")
	}
	return files, c.Err()
}

// Edit changes an open need's form while nobody is at work on it. version is what the actor saw.
func (s *Service) Edit(ctx context.Context, a actor.Actor, needID string, v Values, addFiles []File, version int) (_ Need, err error) {
	defer fault.Wrap(&err, "exchange.Edit(%s)", needID)
	c, err := s.update(ctx, a, needID, "", func(c *Case, _ *Engagement, k Kind, as Side, now time.Time) ([]Happened, error) {
		if as != NeedSide {
			return nil, fault.Refused()
		}
		if c.Need.Version != version {
			return nil, fault.New(fault.Conflict, "fault.moved")
		}
		if c.Need.State != NeedOpen || c.Working() > 0 {
			return nil, fault.New(fault.Conflict, "exchange.need.running")
		}
		var err error
		was := c.Need.Spot(k)
		if c.Need.Values, err = k.checkNeed(v, now); err != nil {
			return nil, err
		}
		if was != nil {
			k.locate(c.Need.Values, *was)
		}
		if c.Need.Files, err = checkFiles(k.Need, append(c.Need.Files, addFiles...)); err != nil {
			return nil, err
		}
		k.sortNeed(&c.Need)
		return []Happened{c.about(NeedEdited, nil, a.ID, as)}, nil
	})
	if err == nil {
		s.putNeed(ctx, c.Need)
	}
	return c.Need, err
}

// Withdraw ends a need without a result, by its own side or an officer. Engagements at work end with it.
func (s *Service) Withdraw(ctx context.Context, a actor.Actor, needID, reason string) (err error) {
	defer fault.Wrap(&err, "exchange.Withdraw(%s)", needID)
	c, err := s.update(ctx, a, needID, "", func(c *Case, _ *Engagement, _ Kind, as Side, now time.Time) ([]Happened, error) {
		if c.Need.State == NeedClosed || c.Need.State == NeedWithdrawn {
			return nil, fault.New(fault.Conflict, "exchange.need.over")
		}
		told := []Happened{c.about(NeedWithdrew, nil, a.ID, as)}
		for i := range c.Engagements {
			if e := &c.Engagements[i]; e.State == Invited || e.State == Accepted {
				e.State, e.Ended, e.Reason = Left, now, clip(reason)
				e.cancelVisits(now)
				told = append(told, c.about(EngagementLeft, e, a.ID, as))
			}
		}
		c.Need.State, c.Need.Closed, c.Need.Reason = NeedWithdrawn, now, clip(reason)
		return told, nil
	})
	if err == nil {
		s.putNeed(ctx, c.Need)
	}
	return err
}

// Case gives a need with the engagements that the actor may see, and the side on which the actor stands. A
// provider sees their own engagement only; one whose offer fits sees the open need. Ratings are blind, see
// Engagement.Blind.
func (s *Service) Case(ctx context.Context, a actor.Actor, needID string) (_ Case, as Side, err error) {
	defer fault.Wrap(&err, "exchange.Case(%s)", needID)
	c, err := s.store.Case(ctx, needID)
	if err != nil {
		return Case{}, NoSide, err
	}
	c = c.shownTo(a)
	as = SideOf(a, c.Need, nil)
	if as != NoSide || a.MayRead(c.Need.UnionPath) {
		return c, as, nil
	}
	own := slices.DeleteFunc(slices.Clone(c.Engagements), func(e Engagement) bool { return !a.SignedIn() || e.OwnerID != a.ID })
	c.Engagements = own
	if len(own) > 0 {
		return c, OfferSide, nil
	}
	if c.Need.State == NeedOpen && s.fitsSomeOffer(ctx, a, c.Need) {
		return c, NoSide, nil
	}
	return Case{}, NoSide, fault.NoSuch()
}

// fitsSomeOffer reports whether an open offer of the actor fits the need.
func (s *Service) fitsSomeOffer(ctx context.Context, a actor.Actor, n Need) bool {
	if !a.SignedIn() {
		return false
	}
	offers, err := s.store.OffersOf(ctx, a.ID)
	if err != nil {
		return false
	}
	for _, o := range offers {
		if o.KindID == n.KindID && o.Status == OfferOpen && s.fits(ctx, n, o) == nil {
			return true
		}
	}
	return false
}

// List gives needs the actor may see: officers those of their subtrees, others those of their enterprises,
// portals those they posted. A filter that asks for a subtree that is not the actor's is refused.
func (s *Service) List(ctx context.Context, a actor.Actor, f NeedFilter) (_ []Need, err error) {
	defer fault.Wrap(&err, "exchange.List")
	if f, err = s.scope(a, f); err != nil {
		return nil, err
	}
	rows, err := s.store.Needs(ctx, f)
	return f.readable(a, rows), err
}

// readable narrows what an officer's filter finds while a union moves.
func (f NeedFilter) readable(a actor.Actor, rows []Need) []Need {
	if len(f.Under) == 0 {
		return rows
	}
	return actor.Readable(a, rows, func(n Need) string { return n.UnionPath })
}

// Count is how many needs List would give in all.
func (s *Service) Count(ctx context.Context, a actor.Actor, f NeedFilter) (_ int, err error) {
	defer fault.Wrap(&err, "exchange.Count")
	if f, err = s.scope(a, f); err != nil {
		return 0, err
	}
	return s.store.CountNeeds(ctx, f)
}

// scope narrows a filter to what the actor may see.
func (s *Service) scope(a actor.Actor, f NeedFilter) (NeedFilter, error) {
	if f.Limit <= 0 || f.Limit > 200 {
		f.Limit = 50
	}
	f.Words = clip(f.Words) // as titles are kept: what was typed in full-width letters finds them too
	if f.Figure == CountWaiting && f.WaitingAt.IsZero() {
		f.WaitingAt = s.clock.Now()
	}
	switch {
	case a.Kind == actor.System:
		return f, nil
	case a.Kind == actor.Portal:
		f.PortalID = a.ID
		return f, nil
	case len(f.Under) > 0:
		for _, p := range f.Under {
			if !a.MayRead(p) {
				return f, fault.Refused()
			}
		}
		return f, nil
	case len(f.EnterpriseID) > 0:
		for _, e := range f.EnterpriseID {
			if !a.SpeaksFor(e) {
				return f, fault.NoSuch()
			}
		}
		return f, nil
	case f.PosterID != "":
		if f.PosterID != a.ID {
			return f, fault.NoSuch()
		}
		return own(a, f), nil
	case len(a.Grants) > 0:
		for _, g := range a.Roots() {
			f.Under = append(f.Under, g.Path)
		}
		return f, nil
	case a.SignedIn() && len(a.Enterprises) > 0:
		f.EnterpriseID = a.Enterprises
		return f, nil
	case a.SignedIn():
		f.PosterID = a.ID
		return own(a, f), nil
	}
	return f, fault.New(fault.Unauthenticated, "fault.unauthenticated")
}

// own narrows what the person posted to what is still theirs, see Need.ownedBy. An officer posts for enterprises
// without speaking for them.
func own(a actor.Actor, f NeedFilter) NeedFilter {
	if !a.Officer() {
		f.EnterpriseID = append([]string{""}, a.Enterprises...)
	}
	return f
}

// Figures sums the subtrees, which must be the actor's to read, in the order given.
func (s *Service) Figures(ctx context.Context, a actor.Actor, paths []string, kindID string, from, to time.Time) ([]Figures, error) {
	sections := make([]Section, len(paths))
	for i, p := range paths {
		sections[i] = Section{Path: p, From: from, To: to}
	}
	return s.FiguresOf(ctx, a, sections, kindID)
}

// AskDue asks the follow-ups that are due: each is asked once, and its need's side is told by the event.
// It gives how many it asked; one that fails does not hold up the others.
func (s *Service) AskDue(ctx context.Context) (asked int, err error) {
	defer fault.Wrap(&err, "exchange.AskDue")
	ids, err := s.store.AskDue(ctx, s.clock.Now(), 200)
	if err != nil {
		return 0, err
	}
	var failed []error
	for _, needID := range ids {
		n := 0
		_, err := s.update(ctx, actor.Hall, needID, "", func(c *Case, _ *Engagement, _ Kind, _ Side, now time.Time) ([]Happened, error) {
			var told []Happened
			n = 0
			for i := range c.Engagements {
				e := &c.Engagements[i]
				for j := range e.FollowUps {
					if f := &e.FollowUps[j]; f.Asked.IsZero() && !f.Due.After(now) {
						f.Asked = now
						n++
						told = append(told, c.about(FollowUpAsked, e, actor.Hall.ID, HallSide))
					}
				}
			}
			return told, nil
		})
		if err != nil {
			failed = append(failed, err)
			continue
		}
		asked += n
	}
	return asked, errors.Join(failed...)
}
