package privacy

import (
	"context"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
)

// Purpose is something that personal data is used for. Its text is "privacy.purpose.KEY" (the name) and
// "privacy.purpose.KEY.vN" (what is agreed to), in both languages; a text that changes its meaning gets a new version and
// keeps the old message, so that what somebody agreed to can be read later.
type Purpose struct {
	Key     string
	Version int
	Basis   Basis
}

// Basis is what a use of data stands on.
type Basis string

// The bases.
const (
	ByLaw     Basis = "law"     // the service cannot be without it: told, not asked
	ByService Basis = "service" // part of the service that was asked for: allowed until the person objects
	ByConsent Basis = "consent" // only after the person has agreed to the text as it stands now
)

// The purposes that modules ask for.
const (
	Membership = "membership" // being a member whom the union knows
	Contact    = "contact"    // the other side of an accepted engagement sees the telephone number
	News       = "news"       // messages by SMS and e-mail
	Location   = "location"   // where somebody stands, to find what is near
	Identity   = "identity"   // the identity number is kept
	Health     = "health"     // health notes are kept, for services that need them
)

// Purposes are all of them, in the order in which they are shown.
var Purposes = []Purpose{
	{Membership, 1, ByLaw},
	{Contact, 1, ByService},
	{News, 1, ByService},
	{Location, 1, ByConsent},
	{Identity, 1, ByConsent},
	{Health, 1, ByConsent},
}

// PurposeOf finds a purpose.
func PurposeOf(key string) (Purpose, bool) {
	for _, p := range Purposes {
		if p.Key == key {
			return p, true
		}
	}
	return Purpose{}, false
}

// Act is one giving or withdrawing. By is the person, or the officer to whom a signed paper was handed.
type Act struct {
	ID       string
	PersonID string
	Purpose  string
	Version  int
	Given    bool
	By       string
	At       time.Time
}

// holds says whether a purpose may be followed, by the last act (zero when there was none). A withdrawal counts until it
// is taken back; an agreement counts for the version that was read.
func (p Purpose) holds(last Act) bool {
	switch {
	case p.Basis == ByLaw:
		return true
	case last.ID == "":
		return p.Basis == ByService
	case p.Basis == ByConsent:
		return last.Given && last.Version == p.Version
	}
	return last.Given
}

// Standing is how a person stands to a purpose.
type Standing struct {
	Purpose
	Holds bool
	Last  Act  // zero when nothing was ever said
	Anew  bool // the text has changed since
}

// Consented reports whether the person's data may be used for the purpose. Modules ask before each use; an error is a no.
func (s *Service) Consented(ctx context.Context, personID, purpose string) (_ bool, err error) {
	defer fault.Wrap(&err, "privacy.Consented(%s, %s)", personID, purpose)
	p, ok := PurposeOf(purpose)
	if !ok {
		return false, fault.NoSuch()
	}
	if p.Basis == ByLaw {
		return true, nil
	}
	last, err := s.store.LastActs(ctx, []string{personID}, purpose)
	if err != nil {
		return false, err
	}
	return p.holds(last[personID]), nil
}

// consented is Consented for many, in one query.
func (s *Service) consented(ctx context.Context, personIDs []string, purpose string) (map[string]bool, error) {
	p, ok := PurposeOf(purpose)
	if !ok {
		return nil, fault.NoSuch()
	}
	last, err := s.store.LastActs(ctx, personIDs, purpose)
	out := make(map[string]bool, len(personIDs))
	for _, id := range personIDs {
		out[id] = p.holds(last[id])
	}
	return out, err
}

// Standings gives how the actor stands to every purpose.
func (s *Service) Standings(ctx context.Context, a actor.Actor) (_ []Standing, err error) {
	defer fault.Wrap(&err, "privacy.Standings")
	if !a.SignedIn() {
		return nil, fault.Refused()
	}
	acts, err := s.store.Acts(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	last := map[string]Act{}
	for _, act := range acts {
		last[act.Purpose] = act
	}
	var out []Standing
	for _, p := range Purposes {
		l := last[p.Key]
		out = append(out, Standing{p, p.holds(l), l, l.ID != "" && l.Version < p.Version})
	}
	return out, nil
}

// fieldOf is the sensitive field that is kept for a purpose only.
func fieldOf(purpose string) (Field, bool) {
	for _, f := range Fields {
		if f.kept() && f.purpose() == purpose {
			return f, true
		}
	}
	return "", false
}

// Decide keeps that the actor gives or withdraws consent to the purpose's text of the version, which must be the one that
// stands: a page that was opened before the text changed has shown another. What was kept for the purpose goes when its consent is
// withdrawn.
func (s *Service) Decide(ctx context.Context, a actor.Actor, purpose string, version int, given bool) (err error) {
	defer fault.Wrap(&err, "privacy.Decide(%s)", purpose)
	p, ok := PurposeOf(purpose)
	switch {
	case !a.SignedIn():
		return fault.Refused()
	case !ok:
		return fault.NoSuch()
	case p.Basis == ByLaw:
		return fault.New(fault.Conflict, "privacy.fault.by-law")
	case version != p.Version:
		return fault.New(fault.Conflict, "privacy.fault.text-changed")
	}
	if f, ok := fieldOf(purpose); ok && !given {
		if err := s.store.RemoveValue(ctx, a.ID, f); err != nil {
			return err
		}
	}
	return s.store.AddAct(ctx, s.act(a.ID, p, given, a.ID))
}

func (s *Service) act(personID string, p Purpose, given bool, by string) Act {
	return Act{ID: id.New(), PersonID: personID, Purpose: p.Key, Version: p.Version, Given: given, By: by, At: s.clock.Now()}
}
