package exchange

import (
	"context"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
)

// Close is one side's end of an engagement: the result, what was measured, the rating of the other side. When
// both sides have closed the engagement is finished; the need's side says how the need ended. A side may
// change its closing until then.
func (s *Service) Close(ctx context.Context, a actor.Actor, needID, engagementID string, end Closing) (_ Case, err error) {
	defer fault.Wrap(&err, "exchange.Close(%s)", engagementID)
	c, err := s.update(ctx, a, needID, engagementID, func(c *Case, e *Engagement, k Kind, as Side, now time.Time) ([]Happened, error) {
		if as != NeedSide && as != OfferSide {
			return nil, fault.Refused()
		}
		if e.State != Accepted {
			return nil, fault.New(fault.Conflict, "exchange.engagement.not-working")
		}
		if err := checkClosing(k, c.Need, end); err != nil {
			return nil, err
		}
		end := end
		end.By, end.At, end.Note, end.Comment = a.ID, now, clip(end.Note), clip(end.Comment)
		if as == NeedSide {
			e.NeedEnd = &end
		} else {
			e.OfferEnd = &end
		}
		if e.NeedEnd == nil || e.OfferEnd == nil {
			return []Happened{c.about(EngagementClosing, e, a.ID, as)}, nil
		}
		told := []Happened{c.about(EngagementFinished, e, a.ID, as)}
		for _, x := range c.finish(e, k, now) {
			told = append(told, c.about(EngagementLeft, x, a.ID, NeedSide))
		}
		return told, nil
	})
	if err == nil {
		s.refreshOwner(ctx, needID, engagementID)
	}
	return c.shownTo(a), err
}

func checkClosing(k Kind, n Need, end Closing) error {
	var c fault.Check
	c.That(slices.Contains([]Result{Solved, Partly, Unsolved}, end.Result), "result", "field.choice")
	if k.Steps.Rating {
		c.That(end.Stars >= 1 && end.Stars <= 5, "stars", "exchange.closing.stars")
	} else {
		c.That(end.Stars == 0, "stars", "field.unknown")
	}
	if k.Steps.Outcome && n.Measure(k) != nil {
		c.That(end.After != nil || end.Result == Unsolved, "after", "exchange.closing.after")
	}
	return c.Err()
}

// better orders results; a need that has none yet takes any.
var better = map[Result]int{Unsolved: 1, Partly: 2, Solved: 3}

// finish ends an engagement that both sides have closed, and gives the invitations that ended with it. The need
// ends with it unless it stayed unsolved while others are at work on it. Those who are still at work when a need
// ends go on to their own end; of several results the best is the need's.
func (c *Case) finish(e *Engagement, k Kind, now time.Time) (over []*Engagement) {
	e.State, e.Ended = Finished, now
	e.endVisits(now)
	r := e.NeedEnd.Result
	if r != Unsolved {
		for _, days := range k.Steps.FollowUps {
			e.FollowUps = append(e.FollowUps, FollowUp{Days: days, Due: now.AddDate(0, 0, days)})
		}
	}
	n := &c.Need
	if r == Unsolved && c.Working() > 0 {
		return nil
	}
	if better[r] > better[n.Result] {
		n.Result = r
	}
	if n.State == NeedClosed {
		return nil
	}
	n.State, n.Closed = NeedClosed, now
	for i := range c.Engagements {
		if x := &c.Engagements[i]; x.State == Invited {
			x.State, x.Ended = Left, now
			over = append(over, x)
		}
	}
	return over
}

// AnswerFollowUp says whether the gain holds: by the need's side, once for each question asked.
func (s *Service) AnswerFollowUp(ctx context.Context, a actor.Actor, needID, engagementID string, days int, g Gain, value *float64, note string) (err error) {
	defer fault.Wrap(&err, "exchange.AnswerFollowUp(%s, %d)", engagementID, days)
	if !slices.Contains([]Gain{Holds, Slipped, Lost}, g) {
		return &fault.Error{Code: fault.Invalid, Msg: "fault.invalid", Fields: []fault.Field{{Path: "holds", Msg: "field.choice"}}}
	}
	_, err = s.update(ctx, a, needID, engagementID, func(c *Case, e *Engagement, _ Kind, as Side, now time.Time) ([]Happened, error) {
		if as != NeedSide {
			return nil, fault.Refused()
		}
		for i := range e.FollowUps {
			f := &e.FollowUps[i]
			if f.Days != days {
				continue
			}
			if f.Asked.IsZero() {
				return nil, fault.New(fault.Conflict, "exchange.followup.early")
			}
			if !f.Answered.IsZero() {
				return nil, fault.New(fault.Conflict, "exchange.followup.answered")
			}
			f.Answered, f.Holds, f.Value, f.Note = now, g, value, clip(note)
			return []Happened{c.about(FollowUpAnswered, e, a.ID, as)}, nil
		}
		return nil, fault.NoSuch()
	})
	return err
}

// checkTool tidies an entry and gives every wrong field.
func checkTool(t Tool) (Tool, error) {
	var c fault.Check
	text := func(field string, s *string, limit int, required bool) {
		*s = Tidy(*s)
		n := utf8.RuneCountInString(*s)
		c.That(n <= limit, field, "field.too-long", "max", limit, "length", n)
		c.That(n > 0 || !required, field, "field.required")
	}
	text("title", &t.Title, TitleMost, true)
	text("problem", &t.Problem, ProseMost, true)
	text("cause", &t.Cause, ProseMost, false)
	text("method", &t.Method, ProseMost, true)
	text("gear", &t.Gear, ProseMost, false)
	return t, c.Err()
}

// WriteTool publishes what was learned from a finished engagement: by its offer's side, once.
func (s *Service) WriteTool(ctx context.Context, a actor.Actor, needID, engagementID string, t Tool) (_ Tool, err error) {
	defer fault.Wrap(&err, "exchange.WriteTool(%s)", engagementID)
	if t, err = checkTool(t); err != nil {
		return Tool{}, err
	}
	seen, _, err := s.Case(ctx, a, needID)
	if err != nil {
		return Tool{}, err
	}
	e := seen.Engagement(engagementID)
	if e == nil {
		return Tool{}, fault.NoSuch()
	}
	k, err := s.kind(seen.Need.KindID)
	if err != nil {
		return Tool{}, err
	}
	if SideOf(a, seen.Need, e) != OfferSide || !k.Steps.Toolbox {
		return Tool{}, fault.Refused()
	}
	now := s.clock.Now()
	t.ID, t.KindID, t.OwnerID, t.NeedID, t.EngagementID = id.New(), k.ID, a.ID, needID, engagementID
	t.UnionID, t.UnionPath, t.Trades = seen.Need.UnionID, seen.Need.UnionPath, seen.Need.Trades
	t.Measure, t.After = seen.Need.Measure(k), nil
	if e.NeedEnd != nil {
		t.After = e.NeedEnd.After
	}
	t.Helped, t.Published, t.Updated, t.Version = 0, now, now, 1
	err = s.store.AddTool(ctx, t, func(c Case) (Case, []event.Event, error) {
		e := c.Engagement(engagementID)
		if e == nil || e.State != Finished {
			return c, nil, fault.New(fault.Conflict, "exchange.tool.early")
		}
		if e.ToolID != "" {
			return c, nil, fault.New(fault.Conflict, "exchange.tool.written")
		}
		e.ToolID = t.ID
		told := []Happened{c.about(ToolPublished, e, a.ID, OfferSide)}
		c.Settle(k, now)
		return c, eventsOf(told, now), nil
	})
	if err == nil {
		s.putTool(ctx, t)
	}
	return t, err
}

// EditTool changes the words of an entry, see Tool.MayEdit.
func (s *Service) EditTool(ctx context.Context, a actor.Actor, toolID string, words Tool, version int) (_ Tool, err error) {
	defer fault.Wrap(&err, "exchange.EditTool(%s)", toolID)
	if words, err = checkTool(words); err != nil {
		return Tool{}, err
	}
	now := s.clock.Now()
	t, err := s.store.UpdateTool(ctx, toolID, func(t Tool) (Tool, []event.Event, error) {
		if !t.MayEdit(a) {
			return t, nil, fault.Refused() // the entry is public, so its being there is no secret
		}
		if t.Version != version {
			return t, nil, fault.New(fault.Conflict, "fault.moved")
		}
		t.Title, t.Problem, t.Cause, t.Method, t.Gear = words.Title, words.Problem, words.Cause, words.Method, words.Gear
		t.Updated = now
		h := Happened{What: ToolPublished, KindID: t.KindID, ToolID: t.ID, OwnerID: t.OwnerID, By: a.ID}
		return t, eventsOf([]Happened{h}, now), nil
	})
	if err == nil {
		s.putTool(ctx, t)
	}
	return t, err
}

// Tool gives an entry to anybody; Tools lists them.
func (s *Service) Tool(ctx context.Context, toolID string) (Tool, error) {
	return s.store.Tool(ctx, toolID)
}

// Helped notes that an entry helped the actor, who is not its author: what helped many is shown first.
func (s *Service) Helped(ctx context.Context, a actor.Actor, toolID string) (err error) {
	defer fault.Wrap(&err, "exchange.Helped(%s)", toolID)
	if !a.SignedIn() {
		return fault.New(fault.Unauthenticated, "fault.unauthenticated")
	}
	t, err := s.store.Tool(ctx, toolID)
	if err != nil {
		return err
	}
	if t.OwnerID == a.ID {
		return fault.Refused()
	}
	return s.store.Helped(ctx, toolID, a.ID)
}
