package exchange

import "time"

// Wait says what a case waits for, since when, and from when on that is too long.
type Wait struct {
	For   WaitFor
	Since time.Time
	Due   time.Time
}

// WaitFor names what a case waits for.
type WaitFor string

// What a case can wait for.
const (
	WaitNothing WaitFor = ""
	WaitAnswer  WaitFor = "answer"  // nobody has taken the need
	WaitAdvice  WaitFor = "advice"  // taken, and nobody has written
	WaitVisit   WaitFor = "visit"   // a proposed date is not answered, or a passed one not confirmed
	WaitClosing WaitFor = "closing" // one side has closed
	WaitGain    WaitFor = "gain"    // a follow-up is not answered
)

func hours(given, otherwise int) time.Duration {
	if given <= 0 {
		given = otherwise
	}
	return time.Duration(given) * time.Hour
}

// waits finds the thing that has been, or will first be, waited for too long.
func (c *Case) waits(k Kind) Wait {
	var first Wait
	add := func(w WaitFor, since time.Time, limit time.Duration) {
		if due := since.Add(limit); first.For == WaitNothing || due.Before(first.Due) {
			first = Wait{For: w, Since: since, Due: due}
		}
	}
	w := k.Steps.Waits
	if c.Need.State == NeedOpen && c.Working() == 0 {
		limit := hours(w.Answer, 72)
		switch c.Need.Urgency(k) {
		case Urgent:
			limit = hours(w.AnswerUrgent, 4)
		case Soon:
			limit = hours(w.Answer, 72) / 3
		}
		add(WaitAnswer, c.lastOpened(), limit)
	}
	for _, e := range c.Engagements {
		if e.Live() {
			e.waits(k, add)
		}
		for _, f := range e.FollowUps {
			if !f.Asked.IsZero() && f.Answered.IsZero() {
				add(WaitGain, f.Asked, 14*24*time.Hour)
			}
		}
	}
	return first
}

func (e Engagement) waits(k Kind, add func(WaitFor, time.Time, time.Duration)) {
	w := k.Steps.Waits
	if e.NeedEnd != nil && e.OfferEnd == nil {
		add(WaitClosing, e.NeedEnd.At, hours(w.Closing, 7*24))
		return
	}
	if e.OfferEnd != nil && e.NeedEnd == nil {
		add(WaitClosing, e.OfferEnd.At, hours(w.Closing, 7*24))
		return
	}
	open := false
	for _, v := range e.Visits {
		switch {
		case !v.Open():
		case v.Agreed.IsZero():
			open = true
			add(WaitVisit, v.Proposed, 48*time.Hour)
		default:
			open = true
			add(WaitVisit, v.To, 48*time.Hour)
		}
	}
	switch {
	case open:
	case e.Messages == 0 && len(e.Visits) == 0:
		add(WaitAdvice, e.Accepted, hours(w.Advice, 48))
	default:
		last := e.LastWord
		for _, v := range e.Visits {
			if v.Done.After(last) {
				last = v.Done
			}
		}
		add(WaitAdvice, last, 14*24*time.Hour)
	}
}

// lastOpened is when the need last began to look for somebody.
func (c *Case) lastOpened() time.Time {
	t := c.Need.Posted
	for _, e := range c.Engagements {
		if e.State == Left && !e.Accepted.IsZero() && e.Ended.After(t) {
			t = e.Ended
		}
	}
	return t
}
