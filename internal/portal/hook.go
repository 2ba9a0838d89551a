package portal

import (
	"slices"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
)

// HookStatus says whether a hook is used.
type HookStatus string

// The states of a hook. A paused one failed too often in a row; after PausedUntil it is tried again by
// itself. A disabled one answered 410 Gone and stays so until somebody resumes it.
const (
	HookActive   HookStatus = "active"
	HookPaused   HookStatus = "paused"
	HookDisabled HookStatus = "disabled"
)

// Hook is an address of a portal to which the hall tells what changed.
type Hook struct {
	ID          string
	PortalID    string
	URL         string
	Events      []string // subjects, or AllEvents alone
	Status      HookStatus
	Failures    int       // attempts that failed since the last one that did not
	PausedUntil time.Time // set while paused
	CreatedAt   time.Time
}

// AllEvents subscribes a hook to every event that the portal's scopes allow, now and later.
const AllEvents = "*"

// MaxHooks is how many hooks one portal may have.
const MaxHooks = 10

// Topic is an event that portals can hear of, and the scope they need for it. Who wires the hall lists
// them: this package knows no other module's events.
type Topic struct {
	Subject string
	Scope   string
}

// wants reports whether the hook is to hear of the subject.
func (h Hook) wants(subject string) bool {
	return h.Status != HookDisabled && (slices.Contains(h.Events, subject) || slices.Contains(h.Events, AllEvents))
}

// checkEvents gives the events sorted and once each. A portal may name only topics that its scopes
// allow, or else a key without a right could listen its way around it.
func checkEvents(c *fault.Check, p Portal, topics map[string]string, events []string) []string {
	if len(events) == 0 || slices.Contains(events, AllEvents) {
		return []string{AllEvents}
	}
	for _, e := range events {
		scope, known := topics[e]
		if c.That(known, "events", "portal.field.event", "event", e) {
			c.That(p.May(scope), "events", "portal.field.event.scope", "event", e, "scope", scope)
		}
	}
	out := slices.Clone(events)
	slices.Sort(out)
	return slices.Compact(out)
}
