// Package portal lets partner portals embed the hall: each has keys for the API, scopes that say what
// it may do there, and hooks by which the hall tells it what changed. A portal is bound to one union
// and never sees another portal's rows.
package portal

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
)

// The scopes: what a portal may do over the API.
const (
	NeedsRead       = "needs:read"
	NeedsWrite      = "needs:write"
	EngagementsRead = "engagements:read"
)

// AllScopes lists every scope there is.
var AllScopes = []string{NeedsRead, NeedsWrite, EngagementsRead}

// Status says whether a portal is let in.
type Status string

// The states of a portal. A suspended one is refused at the API and told nothing; its rows stay.
const (
	Active    Status = "active"
	Suspended Status = "suspended"
)

// Portal is a partner's site or system that embeds the hall.
type Portal struct {
	ID            string
	Name          string
	UnionID       string // the union that answers for it
	UnionPath     string
	Status        Status
	Scopes        []string
	RatePerMinute int // requests over all its keys, at each node
	CreatedAt     time.Time
}

// Draft is what a new portal is made from.
type Draft struct {
	Name          string
	UnionID       string
	Scopes        []string
	RatePerMinute int // 0 is DefaultRate
}

// The limits of a portal's rate, in requests a minute.
const (
	DefaultRate = 600
	MaxRate     = 60_000
)

func (d Draft) clean() (Draft, error) {
	d.Name = strings.TrimSpace(d.Name)
	if d.RatePerMinute == 0 {
		d.RatePerMinute = DefaultRate
	}
	var c fault.Check
	n := utf8.RuneCountInString(d.Name)
	c.That(n > 0 && n <= 100, "name", "portal.field.name")
	c.That(d.UnionID != "", "union", "portal.field.union")
	c.That(d.RatePerMinute > 0 && d.RatePerMinute <= MaxRate, "rate", "portal.field.rate", "max", MaxRate)
	c.That(len(d.Scopes) > 0, "scopes", "portal.field.scopes")
	for _, s := range d.Scopes {
		c.That(slices.Contains(AllScopes, s), "scopes", "portal.field.scope", "scope", s)
	}
	d.Scopes = slices.Clone(d.Scopes)
	slices.Sort(d.Scopes)
	d.Scopes = slices.Compact(d.Scopes)
	return d, c.Err()
}

// May reports whether the portal has the scope.
func (p Portal) May(scope string) bool { return slices.Contains(p.Scopes, scope) }

// Actor is who acts when a key of this portal is used.
func (p Portal) Actor() actor.Actor {
	return actor.Actor{Kind: actor.Portal, ID: p.ID, Name: p.Name, UnionID: p.UnionID, UnionPath: p.UnionPath}
}

// manage is for changing the portal itself, its keys and its status: the hall, and who leads its union.
func (p Portal) manage(a actor.Actor) error {
	switch {
	case a.MayLead(p.UnionPath):
		return nil
	case a.MayRead(p.UnionPath), p.is(a):
		return fault.Refused()
	}
	return fault.NoSuch()
}

// enter is for the portal's hooks and what went over them: the portal, and whoever manages it.
func (p Portal) enter(a actor.Actor) error {
	if p.is(a) {
		return nil
	}
	return p.manage(a)
}

func (p Portal) is(a actor.Actor) bool { return a.Kind == actor.Portal && a.ID == p.ID }
