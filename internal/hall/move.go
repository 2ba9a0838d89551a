package hall

import (
	"slices"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
)

// Move is a union that went under another parent, or into another union. The tree and the grants change at once; the
// rows follow, see docs/adr/0019-unions-move.md.
type Move struct {
	ID       string
	UnionID  string
	IntoID   string // the new parent, or the union that it went into
	Merge    bool
	Steps    []actor.Moved
	By       string
	At       time.Time
	Followed time.Time // since when no row has been found behind; zero: some may be
	Done     time.Time // zero: it is under way
}

// Span is the whole of the old place.
func (m Move) span() string { return m.Steps[len(m.Steps)-1].From }

// MoveInput names what goes where.
type MoveInput struct {
	UnionID string
	IntoID  string
	Merge   bool
}

// The faults of a move.
var (
	MoveRunning = fault.New(fault.Conflict, "hall.fault.move-running")
	moveInside  = func(field string) error { return badMove(field, "hall.fault.move-inside") }
)

func badMove(field, msg string, args ...any) error {
	var c fault.Check
	c.Add(field, msg, args...)
	return c.Err()
}

// NewCode is a union that had to take another code, because a sibling at the new place has its own.
type NewCode struct {
	Union Union
	Code  string
}

// shift is what a move makes of the tree.
type shift struct {
	Steps   []actor.Moved
	Changed []Union // as they will be
	Gone    string  // the union that went into another, "" if none did
	Recoded []NewCode
}

// plan works out a move on the tree as it is. It decides nothing about who may.
func (in MoveInput) plan(all []Union) (shift, error) {
	t := sketch(all)
	u, ok := t.byID[in.UnionID]
	into, has := t.byID[in.IntoID]
	switch {
	case !ok || !has:
		return shift{}, fault.NoSuch()
	case u.ParentID == "":
		return shift{}, badMove("into", "hall.fault.move-root")
	case actor.Within(into.Path, u.Path):
		return shift{}, moveInside("into")
	case !in.Merge && u.ParentID == into.ID:
		return shift{}, badMove("into", "hall.fault.move-there")
	}
	var s shift
	if !in.Merge {
		err := t.put(&s, u, into)
		return s, err
	}
	for _, c := range t.children[u.ID] {
		if err := t.put(&s, c, into); err != nil {
			return s, err
		}
	}
	s.Gone = u.ID
	s.Steps = append(s.Steps, actor.Moved{From: u.Path, To: into.Path, Alone: true, FromID: u.ID, ToID: into.ID})
	return s, nil
}

// plot is the tree while a move is worked out on it.
type plot struct {
	byID     map[string]Union
	children map[string][]Union
	codes    map[string]bool // parent's id and code
}

func sketch(all []Union) plot {
	t := plot{map[string]Union{}, map[string][]Union{}, map[string]bool{}}
	for _, u := range all {
		t.byID[u.ID] = u
		t.children[u.ParentID] = append(t.children[u.ParentID], u)
		t.codes[u.ParentID+"/"+u.Code] = true
	}
	return t
}

// put plans that a union goes below another with all that is below it. A code that is taken there is replaced: also the one
// of the union that goes into its own parent, whose place must stay empty until no row stands there.
func (t plot) put(s *shift, u, parent Union) error {
	if u.Level <= parent.Level {
		return badMove("into", "hall.fault.move-level", "name", u.Name.ZH)
	}
	code := u.Code
	if t.codes[parent.ID+"/"+code] {
		code = t.freeCode(parent.ID, code)
		s.Recoded = append(s.Recoded, NewCode{u, code})
	}
	t.codes[parent.ID+"/"+code] = true
	step := actor.Moved{From: u.Path, To: PathOf(parent.Path, code)}
	s.Steps = append(s.Steps, step)
	u.ParentID, u.Code = parent.ID, code
	t.follow(s, u, step)
	return nil
}

func (t plot) follow(s *shift, u Union, step actor.Moved) {
	u.Path = step.To + strings.TrimPrefix(u.Path, step.From)
	s.Changed = append(s.Changed, u)
	for _, c := range t.children[u.ID] {
		t.follow(s, c, step)
	}
}

// freeCode is the code with the first letters behind it that make it one of its own: "01" becomes "01a".
func (t plot) freeCode(parentID, code string) string {
	const letters = "abcdefghijklmnopqrstuvwxyz"
	for n := range len(letters) * len(letters) {
		tail := letters[n%len(letters):][:1]
		if n >= len(letters) {
			tail = letters[n/len(letters)-1:][:1] + tail
		}
		if try := code[:min(len(code), 8-len(tail))] + tail; !t.codes[parentID+"/"+try] {
			return try
		}
	}
	return code // as good as impossible; the unique key refuses it
}

// leadsAbove reports whether one grant of the actor leads a union above the one that goes, and above or at the one it goes
// under. What goes into another union is led from above both.
func leadsAbove(a actor.Actor, u, into Union, merge bool) bool {
	return a.Kind == actor.System || slices.ContainsFunc(a.Grants, func(g actor.Grant) bool {
		above := u.Path != g.Path && actor.Within(u.Path, g.Path) && actor.Within(into.Path, g.Path)
		return g.Role == actor.Lead && above && (!merge || into.Path != g.Path)
	})
}

// MoveScope gives the topmost union that the actor leads above the one that would move: what it can go to is below that.
// Without one the actor may not move it.
func MoveScope(a actor.Actor, u Union) (unionID string, ok bool) {
	at := ""
	for _, g := range a.Grants {
		if g.Role == actor.Lead && g.Path != u.Path && actor.Within(u.Path, g.Path) && (at == "" || len(g.Path) < len(at)) {
			at, unionID, ok = g.Path, g.UnionID, true
		}
	}
	return unionID, ok
}
