package demo

import (
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/id"
)

func TestNeedTexts(t *testing.T) {
	w := one()
	texts, titles, same := map[string]bool{}, map[string]int{}, 0
	perTrade := map[string]int{}
	for _, n := range w.Needs {
		if texts[n.Text] {
			same++
		}
		texts[n.Text] = true
		titles[n.Title]++
		perTrade[n.Trade]++
		if l := runes(n.Text); l < 20 || l > 225 {
			t.Errorf("%d characters: %s", l, n.Text)
		}
		if l := runes(n.Title); l < 6 || l > 60 {
			t.Errorf("title %q", n.Title)
		}
		if s := n.Text + n.Title + n.Equipment; strings.ContainsAny(s, "{}|") || strings.Contains(s, "。。") || strings.Contains(s, "，，") || strings.Contains(s, "，。") {
			t.Errorf("unfinished: %s / %s / %s", n.Title, n.Text, n.Equipment)
		}
	}
	if same*100 > 3*len(w.Needs) {
		t.Errorf("%d needs say what another says", same)
	}
	for _, code := range tradeCodes(t) {
		if perTrade[code] < 20 {
			t.Errorf("%s has %d needs", code, perTrade[code])
		}
	}
}

func TestEveryStateIsThere(t *testing.T) {
	w := one()
	count := map[string]int{}
	for _, n := range w.Needs {
		count["need "+n.State]++
		count["result "+n.Result]++
		if n.PortalID != "" {
			count["portal"]++
		}
		if n.State == NeedOpen && w.Now.Sub(n.Posted) > 5*24*time.Hour {
			count["waits too long"]++
		}
		if n.State == NeedOpen && len(n.Engagements) > 0 && n.FirstAnswer.IsZero() {
			count["need invited"]++
		}
		for _, e := range n.Engagements {
			count[e.State]++
			if e.Assigned {
				count["assigned"]++
			}
			if e.State == Accepted {
				switch {
				case e.NeedEnd != nil || e.OfferEnd != nil:
					count["one side closed"]++
				case len(e.Visits) == 0 && len(e.Messages) == 0:
					count["silent"]++
				case len(e.Visits) == 0:
					count["in advice"]++
				case e.Visits[0].Agreed.IsZero():
					count["visit proposed"]++
				case e.Visits[0].Done.IsZero():
					count["visit agreed"]++
				default:
					count["visit done"]++
				}
			}
			for _, m := range e.Messages {
				count["said by "+m.Side]++
			}
			for _, f := range e.FollowUps {
				switch {
				case !f.Answered.IsZero():
					count["follow-up "+f.Holds]++
				case f.Asked.IsZero():
					count["follow-up to come"]++
				case w.Now.Sub(f.Asked) > 14*24*time.Hour:
					count["follow-up overdue"]++
				default:
					count["follow-up asked"]++
				}
			}
		}
	}
	t.Log(count)
	for what, least := range map[string]int{
		"need open": 30, "need engaged": 40, "need closed": 1800, "need withdrawn": 80, "result solved": 1000, "result partly": 200, "result unsolved": 80,
		"portal": 40, "waits too long": 15, "need invited": 15, Invited: 20, Declined: 200, Left: 300, "assigned": 100, "one side closed": 2, "silent": 1, "in advice": 10,
		"visit proposed": 2, "visit agreed": 4, "visit done": 5, "said by need": 5000, "said by offer": 5000, "said by hall": 200,
		"follow-up holds": 800, "follow-up slipped": 150, "follow-up lost": 30, "follow-up to come": 50, "follow-up asked": 3, "follow-up overdue": 50,
	} {
		if count[what] < least {
			t.Errorf("%s: %d, want %d or more", what, count[what], least)
		}
	}
}

func TestTimesAreInOrder(t *testing.T) {
	w := one()
	people, firms := map[string]Person{}, map[string]Enterprise{}
	for _, p := range w.People {
		people[p.ID] = p
	}
	for _, e := range w.Enterprises {
		firms[e.ID] = e
	}
	last := time.Time{}
	for _, n := range w.Needs {
		inOrder(t, n.Title, last, n.Posted, w.Now)
		last = n.Posted
		inOrder(t, "firm before need", firms[n.EnterpriseID].Created, n.Posted)
		if n.PosterID != "" {
			inOrder(t, "contact before need", people[n.PosterID].Joined, n.Posted)
		}
		if (n.State == NeedClosed || n.State == NeedWithdrawn) == n.Closed.IsZero() || (n.Result != "") != (n.State == NeedClosed) {
			t.Errorf("need %s: %s %s %v", n.Title, n.State, n.Result, n.Closed)
		}
		at := 0
		for _, e := range n.Engagements {
			if e.State == Accepted || e.State == Finished {
				at++
				inOrder(t, "first answer", e.Accepted, n.FirstAnswer, e.Accepted)
			} else if len(e.Messages)+len(e.Visits)+len(e.FollowUps) > 0 || !e.Accepted.IsZero() || e.Tool != nil {
				t.Errorf("an engagement that is %s did something", e.State)
			}
			engagementInOrder(t, w, n, e)
		}
		if want := map[string]int{NeedEngaged: 1, NeedClosed: 1}[n.State]; at != want {
			t.Errorf("%s need with %d at work", n.State, at)
		}
	}
}

func engagementInOrder(t *testing.T, w World, n Need, e Engagement) {
	t.Helper()
	inOrder(t, "invited", n.Posted, e.Invited, w.Now)
	inOrder(t, "answered", e.Invited, e.Accepted, e.Ended, w.Now)
	if len(e.Messages) > most {
		t.Errorf("%d messages", len(e.Messages))
	}
	said := e.Accepted
	for _, m := range e.Messages {
		inOrder(t, "message", said, m.At, w.Now)
		said = m.At
		if m.Body == "" || runes(m.Body) > 400 || strings.ContainsAny(m.Body, "{}|") || !id.Valid(m.AuthorID) {
			t.Errorf("message %+v", m)
		}
	}
	for _, v := range e.Visits {
		inOrder(t, "visit", e.Accepted, v.Proposed, v.Agreed, v.From, v.To, v.Done)
		inOrder(t, "visit", v.Agreed, w.Now)
		inOrder(t, "visit", v.Done, w.Now)
		if !v.Done.IsZero() && e.NeedEnd != nil {
			inOrder(t, "outcome after visit", v.Done, e.NeedEnd.At)
		}
	}
	for _, end := range []*Closing{e.NeedEnd, e.OfferEnd} {
		if end == nil {
			continue
		}
		inOrder(t, "closing", said, end.At, e.Ended)
		if end.Stars < 1 || end.Stars > 5 || end.After == nil {
			t.Errorf("closing %+v", end)
		}
		if end == e.NeedEnd && n.Measure != nil && (end.Result == Solved) != reaches(*n.Measure, *end.After) {
			t.Errorf("%s but %v of %+v", end.Result, *end.After, *n.Measure)
		}
	}
	if (e.State == Finished) != (e.NeedEnd != nil && e.OfferEnd != nil) {
		t.Errorf("%s with closings %v %v", e.State, e.NeedEnd, e.OfferEnd)
	}
	for _, f := range e.FollowUps {
		inOrder(t, "follow-up", e.Ended, f.Due, f.Answered)
		inOrder(t, "follow-up", f.Asked, w.Now)
		if f.Asked.IsZero() != f.Due.After(w.Now) || f.Answered.After(w.Now) || (f.Holds == "") != f.Answered.IsZero() {
			t.Errorf("follow-up %+v", f)
		}
	}
	if x := e.Tool; x != nil {
		inOrder(t, "tool", e.Ended, x.Published, w.Now)
		if runes(x.Title) > 60 || runes(x.Method) > 600 || strings.ContainsAny(x.Title+x.Problem+x.Cause+x.Method+x.Result, "{}|") || strings.Count(x.Method, "\n") < 2 {
			t.Errorf("tool %+v", x)
		}
	}
}

// inOrder checks that moments do not go backwards; those that are not known do not count.
func inOrder(t *testing.T, what string, times ...time.Time) {
	t.Helper()
	var last time.Time
	for _, x := range times {
		if !x.IsZero() && x.Before(last) {
			t.Errorf("%s: %v before %v", what, x, last)
		}
		if !x.IsZero() {
			last = x
		}
	}
}

// Nothing promised to people is broken in the demonstration: trade, reach, load, free time.
func TestHardConditionsHold(t *testing.T) {
	w := one()
	masters := map[string]*Master{}
	for i := range w.Masters {
		masters[w.Masters[i].PersonID] = &w.Masters[i]
	}
	busy := map[string][]span{}
	for _, n := range w.Needs {
		for _, e := range n.Engagements {
			m := masters[e.MasterID]
			if m == nil || !strings.Contains(strings.Join(m.Trades, " "), n.Trade) {
				t.Fatalf("%v at a need of %s", m, n.Trade)
			}
			if km := distance(m.Place, n.Place); km > float64(m.ReachKM) {
				t.Errorf("%s goes %.0f km, his reach is %d", m.Name, km, m.ReachKM)
			}
			for _, v := range e.Visits {
				if m.away(v.From) || !within(m.Weekly, v) {
					t.Errorf("%s visits at %v", m.Name, v.From.In(zone))
				}
			}
			if e.State == Accepted {
				busy[e.MasterID] = append(busy[e.MasterID], span{e.Accepted, w.Now})
			}
		}
	}
	for who, spans := range busy {
		if len(spans) > masters[who].MaxLoad {
			t.Errorf("%s has %d engagements, at most %d", masters[who].Name, len(spans), masters[who].MaxLoad)
		}
	}
}

func within(slots []Slot, v Visit) bool {
	f, to := v.From.In(zone), v.To.In(zone)
	for _, s := range slots {
		if s.Weekday == f.Weekday() && f.Hour()*60+f.Minute() >= s.From && to.Hour()*60+to.Minute() <= s.To {
			return true
		}
	}
	return false
}
