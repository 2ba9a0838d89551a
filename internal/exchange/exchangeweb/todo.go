package exchangeweb

import (
	"time"

	"github.com/unionhall/unionhall/internal/exchange"
)

// step is what comes next in a case, as "exchange.next."+ID says it to one side. Mine are those that wait for
// this side.
type step struct {
	ID         string
	Mine       bool
	At         time.Time // of the visit that it is about
	Engagement string    // "" when it is about the need
}

// nextOf is what comes next in a case for a side: what waits for it, before what it waits for.
func nextOf(k exchange.Kind, c exchange.Case, as exchange.Side, now time.Time) step {
	var best step
	for i := range c.Engagements {
		s := nextIn(k, c.Need, c.Engagements[i], as, now)
		if s.ID != "" && (best.ID == "" || s.Mine && !best.Mine) {
			best = s
		}
	}
	switch {
	case best.Mine:
		return best
	case c.Need.State == exchange.NeedOpen && c.Working() == 0 && as == exchange.NeedSide:
		if best.ID == "await-answer" {
			return best
		}
		return step{ID: "find", Mine: true}
	case best.ID != "":
		return best
	}
	return step{ID: string(c.Need.State)}
}

// nextIn is what comes next in one engagement for a side.
func nextIn(k exchange.Kind, n exchange.Need, e exchange.Engagement, as exchange.Side, now time.Time) step {
	s := step{Engagement: e.ID}
	s.ID, s.Mine, s.At = nextStep(k, e, as, now)
	return s
}

func nextStep(k exchange.Kind, e exchange.Engagement, as exchange.Side, now time.Time) (string, bool, time.Time) {
	var none time.Time
	need, offer := as == exchange.NeedSide, as == exchange.OfferSide
	switch e.State {
	case exchange.Invited:
		if offer {
			return "answer", true, none
		}
		return "await-answer", false, none
	case exchange.Accepted:
		return nextAtWork(k, e, as, now)
	case exchange.Finished:
		switch {
		case offer && k.Steps.Toolbox && e.ToolID == "":
			return "write-tool", true, none
		case need && asked(e) != nil:
			return "follow-up", true, none
		}
		return "finished", false, none
	}
	return "", false, none
}

func nextAtWork(k exchange.Kind, e exchange.Engagement, as exchange.Side, now time.Time) (string, bool, time.Time) {
	var none time.Time
	mine, theirs := e.NeedEnd, e.OfferEnd
	if as == exchange.OfferSide {
		mine, theirs = theirs, mine
	}
	party := as == exchange.NeedSide || as == exchange.OfferSide
	switch {
	case theirs != nil && mine == nil:
		return "close-too", party, none
	case mine != nil && theirs == nil:
		return "await-close", false, none
	}
	for _, v := range e.Visits {
		switch {
		case !v.Open():
		case v.Agreed.IsZero() && v.Side != as:
			return "answer-visit", party, v.From
		case v.Agreed.IsZero():
			return "await-visit", false, v.From
		case now.After(v.From):
			return "confirm-visit", party, v.From
		default:
			return "visit-ahead", false, v.From
		}
	}
	switch {
	case k.Steps.Advice && e.Messages == 0 && as == exchange.OfferSide:
		return "first-word", true, none
	case k.Steps.Advice && e.Messages == 0:
		return "await-word", false, none
	}
	return "go-on", false, none
}

// asked is the follow-up that waits for an answer, nil when none does.
func asked(e exchange.Engagement) *exchange.FollowUp {
	for i := range e.FollowUps {
		if f := &e.FollowUps[i]; !f.Asked.IsZero() && f.Answered.IsZero() {
			return f
		}
	}
	return nil
}
