package notice

import (
	"slices"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/lang"
)

// Way is how news leaves the hall. On its pages it is always there to be read.
type Way string

// The ways. With Nowhere a kind of news stays on the pages; with Digest it waits for the next collected e-mail.
const (
	Nowhere Way = "none"
	Mail    Way = "mail"
	Text    Way = "sms"
	Push    Way = "push" // to the browsers that the person has registered
	Digest  Way = "digest"
)

// Ways are all of them, in the order in which they are shown.
var Ways = []Way{Nowhere, Mail, Push, Text, Digest}

// Every is how often a digest comes.
type Every string

// The rhythms; a weekly digest comes on Monday.
const (
	Daily  Every = "daily"
	Weekly Every = "weekly"
)

// Choices are how a person wants to be told. Minutes and hours are those of the hall's place.
type Choices struct {
	Ways      map[Kind]Way `json:"ways,omitempty"` // a kind that is not there has its default
	Quiet     bool         `json:"quiet"`
	QuietFrom int          `json:"quiet_from"` // minute of the day
	QuietTo   int          `json:"quiet_to"`
	Break     bool         `json:"break"` // urgent news does not wait for the end of the quiet hours
	Every     Every        `json:"every"`
	Hour      int          `json:"hour"` // of the digest
}

// Default is what holds for whoever has not chosen.
func Default() Choices {
	return Choices{Quiet: true, QuietFrom: 22 * 60, QuietTo: 7 * 60, Every: Daily, Hour: 8}
}

// ways that hold for kinds that nobody has chosen for: what somebody waits for at once, the rest together. Text
// messages cost the union money, so nobody gets one without asking.
var defaults = map[Kind]Way{KindUrgent: Mail, KindWork: Mail, KindVisit: Mail}

// Way is how news of the kind leaves the hall.
func (c Choices) Way(k Kind) Way {
	if w, ok := c.Ways[k]; ok {
		return w
	}
	if w, ok := defaults[k]; ok {
		return w
	}
	return Digest
}

// heeding gives c with what was chosen before of ways that this hall cannot send by at present: a form that does not
// offer them shows Nowhere in their place, and who saves it has not chosen that.
func (c Choices) heeding(before Choices, offered func(Way) bool) Choices {
	ways := map[Kind]Way{}
	for k, w := range c.Ways {
		if w != Nowhere || offered(before.Way(k)) {
			ways[k] = w
		} else if was, chosen := before.Ways[k]; chosen {
			ways[k] = was
		}
	}
	c.Ways = ways
	return c
}

const dayMinutes = 24 * 60

// check refuses what no form of the hall can say.
func (c Choices) check() error {
	bad := c.QuietFrom < 0 || c.QuietFrom >= dayMinutes || c.QuietTo < 0 || c.QuietTo >= dayMinutes ||
		c.Hour < 0 || c.Hour > 23 || (c.Every != Daily && c.Every != Weekly)
	for k, w := range c.Ways {
		bad = bad || !slices.Contains(Kinds, k) || !slices.Contains(Ways, w)
	}
	if bad {
		return fault.New(fault.Invalid, "fault.notice.choices")
	}
	return nil
}

// After is the earliest time from now on at which news of the kind may disturb.
func (c Choices) After(k Kind, now time.Time) time.Time {
	if !c.Quiet || c.QuietFrom == c.QuietTo || (c.Break && k == KindUrgent) {
		return now
	}
	here := now.In(lang.Zone)
	minute := here.Hour()*60 + here.Minute()
	quiet := minute >= c.QuietFrom && minute < c.QuietTo
	if c.QuietFrom > c.QuietTo { // over midnight
		quiet = minute >= c.QuietFrom || minute < c.QuietTo
	}
	if !quiet {
		return now
	}
	end := midnight(here).Add(time.Duration(c.QuietTo) * time.Minute)
	if !end.After(here) {
		end = end.Add(24 * time.Hour)
	}
	return end.UTC()
}

// nextDigest is when the next digest after now goes out.
func (c Choices) nextDigest(now time.Time) time.Time {
	here := now.In(lang.Zone)
	at := midnight(here).Add(time.Duration(c.Hour) * time.Hour)
	for !at.After(here) || (c.Every == Weekly && at.Weekday() != time.Monday) {
		at = at.Add(24 * time.Hour)
	}
	return at.UTC()
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, lang.Zone)
}
