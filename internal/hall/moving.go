package hall

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
)

// Moves keeps how unions moved.
type Moves interface {
	// BeginMove runs fn on all unions and changes the tree and the grants as the Shift says, all at once. While a move is
	// under way it fails with MoveRunning. fn may run twice.
	BeginMove(ctx context.Context, fn func(all []Union) (Shift, Trace, error)) (Move, error)
	// Moves gives all moves, the first first.
	Moves(ctx context.Context) ([]Move, error)
	// FollowMove notes since when no row was found behind.
	FollowMove(ctx context.Context, moveID string, at time.Time) error
	// EndMove ends a move behind which nothing is noted to be; else, and when it has ended, it changes nothing.
	EndMove(ctx context.Context, moveID string, at time.Time, t Trace) error
	// Rehome brings some rows of this module after the steps and says how many; 0: none is behind.
	Rehome(ctx context.Context, steps []actor.Moved) (int, error)
	// Housed counts rows of this module in a subtree, by what they are.
	Housed(ctx context.Context, path string) (map[string]int, error)
	// OfficersAt gives those who hold a grant at one of the paths itself, with the grant.
	OfficersAt(ctx context.Context, paths []string) ([]Officer, error)
}

// Shift is what BeginMove changes.
type Shift struct {
	Move    Move
	Changed []Union // as they become
	Gone    string  // the union that is no more, "" if none
}

// Houses counts what the other modules have in a subtree, by what it is.
type Houses interface {
	Housed(ctx context.Context, path string) (map[string]int, error)
}

// CountWith names whom to ask before a move for what is not this module's; to be called before the service is used.
func (s *Service) CountWith(h Houses) { s.houses = h }

// Count is how many rows of a kind a move takes along.
type Count struct {
	What string
	N    int
}

// Preview is what a move would do.
type Preview struct {
	Union, Into Union
	Merge       bool
	Counts      []Count
	Recoded     []NewCode
	Lose        []Officer // who would no longer reach what moves
	Gain        []Officer // who would come to reach it, or more than before
}

// counted is the order in which a preview counts.
var counted = []string{"unions", "people", "enterprises", "masters", "grants", "audits", "needs", "engagements", "offers", "tools", "kinds", "portals", "imports"}

// PreviewMove says what a move would do: to a lead of a union above both.
func (s *Service) PreviewMove(ctx context.Context, a actor.Actor, in MoveInput) (p Preview, err error) {
	defer fault.Wrap(&err, "hall.PreviewMove(%s, %s)", in.UnionID, in.IntoID)
	if p.Union, err = s.Union(ctx, in.UnionID); err != nil {
		return p, err
	}
	if p.Into, err = s.Union(ctx, in.IntoID); err != nil {
		return p, err
	}
	if !leadsAbove(a, p.Union, p.Into, in.Merge) {
		return p, fault.Refused()
	}
	p.Merge = in.Merge
	sh, err := in.plan(s.tree.all())
	if err != nil {
		return p, err
	}
	p.Recoded = sh.Recoded
	if p.Counts, err = s.counts(ctx, p.Union); err != nil {
		return p, err
	}
	p.Lose, p.Gain, err = s.reaches(ctx, p.Union, p.Into, in.Merge)
	return p, err
}

func (s *Service) counts(ctx context.Context, u Union) ([]Count, error) {
	n := map[string]int{}
	s.tree.walk(u.ID, func(Union) bool { n["unions"]++; return true })
	own, err := s.store.Housed(ctx, u.Path)
	if err != nil {
		return nil, err
	}
	maps.Copy(n, own)
	if s.houses != nil {
		others, err := s.houses.Housed(ctx, u.Path)
		if err != nil {
			return nil, err
		}
		maps.Copy(n, others)
	}
	var out []Count
	for _, what := range counted {
		if n[what] > 0 {
			out = append(out, Count{what, n[what]})
		}
	}
	return out, nil
}

// reaches tells who would reach less, and who more. Whoever acts for the union that moves keeps what they have; what
// goes into another union takes its officers along, who then act for the whole of that.
func (s *Service) reaches(ctx context.Context, u, into Union, merge bool) (lose, gain []Officer, err error) {
	before, after := climb(u.Path)[1:], climb(into.Path)
	all, err := s.store.OfficersAt(ctx, append(climb(u.Path), after...))
	for _, o := range all {
		was, is := slices.Contains(before, o.Grant.UnionPath), slices.Contains(after, o.Grant.UnionPath)
		switch {
		case o.Grant.UnionPath == u.Path && merge, is && !was:
			gain = append(gain, o)
		case was && !is:
			lose = append(lose, o)
		}
	}
	return lose, gain, err
}

// climb gives a path and those above it.
func climb(path string) (out []string) {
	for len(path) > 1 {
		out = append(out, path)
		path = path[:strings.LastIndexByte(path[:len(path)-1], '/')+1]
	}
	return out
}

// MoveUnion moves a union with all that hangs on it, or merges it into another: by a lead of a union above both. From
// now on the tree is the new one and everybody may what they may in it; the rows come after, see Rehome.
func (s *Service) MoveUnion(ctx context.Context, a actor.Actor, in MoveInput) (m Move, err error) {
	defer fault.Wrap(&err, "hall.MoveUnion(%s, %s)", in.UnionID, in.IntoID)
	m, err = s.store.BeginMove(ctx, func(all []Union) (Shift, Trace, error) {
		t := sketch(all)
		u, into := t.byID[in.UnionID], t.byID[in.IntoID]
		if u.ID == "" || into.ID == "" {
			return Shift{}, Trace{}, fault.NoSuch()
		}
		if !leadsAbove(a, u, into, in.Merge) {
			return Shift{}, Trace{}, fault.Refused()
		}
		sh, err := in.plan(all)
		if err != nil {
			return Shift{}, Trace{}, err
		}
		now := s.clock.Now()
		m := Move{ID: id.New(), UnionID: u.ID, IntoID: into.ID, Merge: in.Merge, Steps: sh.Steps, By: a.ID, At: now}
		return Shift{Move: m, Changed: sh.Changed, Gone: sh.Gone}, s.moveTrace(a, u, into, in.Merge, now), nil
	})
	if err == nil {
		s.tree.stale()
		s.forget("")
	}
	return m, err
}

// moveTrace is written down at the new place, where those who read it from now on find it, and at the old one, whose
// leads must find where it went.
func (s *Service) moveTrace(a actor.Actor, u, into Union, merge bool, now time.Time) Trace {
	what := AuditUnionMoved
	if merge {
		what = AuditUnionMerged
	}
	detail := map[string]any{"name": u.Name, "into": into.Name, "into_id": into.ID}
	left := climb(u.Path)[1]
	t := Trace{Audits: []Audit{s.audit(a, what, into.Path, u.ID, detail)}, Events: movedEvents(now)}
	if !actor.Within(into.Path, left) {
		t.Audits = append(t.Audits, s.audit(a, what, left, u.ID, detail))
	}
	return t
}

// movedEvents have every process read the tree and what people may anew.
func movedEvents(at time.Time) []event.Event {
	return []event.Event{changed(UnionChanged, at, "", ""), changed(PersonChanged, at, "", "")}
}

// MoveUnderWay gives the move whose rows may be behind, none or one. For the program.
func (s *Service) MoveUnderWay(ctx context.Context) (out []Move, err error) {
	defer fault.Wrap(&err, "hall.MoveUnderWay")
	all, err := s.store.Moves(ctx)
	return slices.DeleteFunc(all, func(m Move) bool { return !m.Done.IsZero() }), err
}

// LateMoves gives the moves of the last day whose old place nobody has taken since: a process that had not heard of them
// may have written a row there. For the program.
func (s *Service) LateMoves(ctx context.Context) (out []Move, err error) {
	defer fault.Wrap(&err, "hall.LateMoves")
	all, err := s.store.Moves(ctx)
	now := s.clock.Now()
	all = slices.DeleteFunc(all, func(m Move) bool { return m.Done.IsZero() || now.Sub(m.Done) >= strayFor })
	if err != nil || len(all) == 0 {
		return nil, err
	}
	unions, err := s.store.AllUnions(ctx)
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		if !slices.ContainsFunc(unions, func(u Union) bool { return actor.Within(u.Path, m.span()) }) {
			out = append(out, m)
		}
	}
	return out, nil
}

const (
	settleFor = time.Minute // how long none must be behind before a move ends: longer than any request
	strayFor  = 24 * time.Hour
)

// Rehome brings some rows of this module after a move and says how many; 0: none is behind. For the program.
func (s *Service) Rehome(ctx context.Context, steps []actor.Moved) (int, error) {
	return s.store.Rehome(ctx, steps)
}

// Followed says that no row of any module was found behind a move, or that some was. Once that has lasted for a while
// the move is over. For the program.
func (s *Service) Followed(ctx context.Context, m Move, behind bool) (err error) {
	defer fault.Wrap(&err, "hall.Followed(%s)", m.ID)
	now := s.clock.Now()
	switch {
	case !m.Done.IsZero():
		return nil
	case behind: // whatever another process has found meanwhile
		return s.store.FollowMove(ctx, m.ID, time.Time{})
	case m.Followed.IsZero():
		return s.store.FollowMove(ctx, m.ID, now)
	case now.Sub(m.Followed) < settleFor:
		return nil
	}
	if err := s.store.EndMove(ctx, m.ID, now, Trace{Events: movedEvents(now)}); err != nil {
		return err
	}
	s.tree.stale()
	s.forget("")
	return nil
}

// MoveOf gives the move under way, to an officer who leads the union it is about or one above; the zero Move if none is.
func (s *Service) MoveOf(ctx context.Context, a actor.Actor, unionID string) (_ Move, err error) {
	defer fault.Wrap(&err, "hall.MoveOf(%s)", unionID)
	all, err := s.store.Moves(ctx)
	if err != nil || len(all) == 0 {
		return Move{}, err
	}
	last := all[len(all)-1]
	u, err := s.Union(ctx, unionID)
	if err != nil || !last.Done.IsZero() || !a.MayLead(u.Path) || last.UnionID != u.ID && last.IntoID != u.ID {
		return Move{}, err
	}
	return last, nil
}

// readable narrows what a store gives to what the actor may read while a union moves.
func readable[T any](a actor.Actor, path func(T) string) func(List[T], error) (List[T], error) {
	return func(l List[T], err error) (List[T], error) {
		l.Rows = actor.Readable(a, l.Rows, path)
		return l, err
	}
}

// Housed counts rows of this module in a subtree, by what they are. For the program.
func (s *Service) Housed(ctx context.Context, path string) (map[string]int, error) {
	return s.store.Housed(ctx, path)
}
