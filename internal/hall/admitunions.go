package hall

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/lang"
)

// UnionEntry is one union of a list. ID and EntryID are as in MasterEntry. ParentID of the NewUnion is not used, and a
// Code of "" takes the next one that is free.
type UnionEntry struct {
	ID, EntryID string
	Parent      string // name or path within the scope; "" is the scope itself
	NewUnion
}

// UnionStore takes many unions in at a time, and takes them out again.
type UnionStore interface {
	// AdmitUnions runs fn on all unions and, in the same transaction, adds what it returns. While a move is under way it
	// fails with MoveRunning; with TakenCode when a sibling has the code. fn may run twice.
	AdmitUnions(ctx context.Context, fn func(all []Union) ([]Union, Trace, error)) error
	// MadeUnions gives the unions that the lines of the record made, as far as they are there.
	MadeUnions(ctx context.Context, entries []string) ([]MadeUnion, error)
	// ExpelUnions runs fn on MadeUnions and, in the same transaction, removes those it returns. While a move is under way,
	// whose rows may not have come to a union yet, it fails with MoveRunning. fn may run twice.
	ExpelUnions(ctx context.Context, entries []string, fn func([]MadeUnion) (gone []string, t Trace)) error
}

// MadeUnion is a union that a list made, as it stands now.
type MadeUnion struct {
	EntryID  string
	Detail   json.RawMessage // of the line: its name as the list made it
	Union    Union
	Children []string // identifiers
	Used     bool     // rows of this module stand at it, beside that line
}

// Planned are the unions that the earlier rows of a list would make; the zero value is the beginning of one.
type Planned struct{ unions []Union }

// JudgeUnions says what entries below a union would come to, to a lead of it, and adds to what the list has planned. It
// changes nothing.
func (s *Service) JudgeUnions(ctx context.Context, a actor.Actor, unionID string, plan *Planned, list []UnionEntry) (_ []Standing, err error) {
	defer fault.Wrap(&err, "hall.JudgeUnions(%s, %d)", unionID, len(list))
	d, err := s.growing(ctx, a, unionID)
	if err != nil {
		return nil, err
	}
	d.begin(append(s.tree.all(), plan.unions...))
	out := d.decide(list)
	plan.unions = append(plan.unions, d.fresh...)
	return out, nil
}

// AdmitUnions makes the unions that can be made, all of them in one transaction, as CreateUnion makes one: below a union
// that the actor leads. A union that is there, by its name under its parent, stays as it is.
func (s *Service) AdmitUnions(ctx context.Context, a actor.Actor, unionID string, list []UnionEntry) (out []Standing, err error) {
	defer fault.Wrap(&err, "hall.AdmitUnions(%s, %d)", unionID, len(list))
	d, err := s.growing(ctx, a, unionID)
	if err != nil {
		return nil, err
	}
	err = s.store.AdmitUnions(ctx, func(all []Union) ([]Union, Trace, error) {
		d.begin(all)
		if d.scope.Path == "" || !a.MayLead(d.scope.Path) {
			return nil, Trace{}, fault.Refused() // it has gone or moved meanwhile
		}
		out = d.decide(list)
		return d.fresh, d.trace(), nil
	})
	if err == nil && len(d.fresh) > 0 {
		s.tree.stale()
	}
	return out, err
}

// growing decides about one batch of unions. What an entry plans counts as there for those that follow.
type growing struct {
	s     *Service
	actor actor.Actor
	scope Union

	byID, byPath map[string]Union
	named        map[string][]Union // of the scope
	children     map[string]Union   // by parent and name
	codes        map[string]bool    // by parent and code
	next         map[string]int     // the code that a parent gives out next
	fresh        []Union
	audits       []Audit
}

func (s *Service) growing(ctx context.Context, a actor.Actor, unionID string) (*growing, error) {
	u, err := s.Union(ctx, unionID)
	if err == nil && !a.MayLead(u.Path) {
		err = fault.Refused()
	}
	return &growing{s: s, actor: a, scope: u}, err
}

func (d *growing) begin(all []Union) {
	d.byID, d.byPath, d.named, d.children = map[string]Union{}, map[string]Union{}, map[string][]Union{}, map[string]Union{}
	d.codes, d.next, d.fresh, d.audits = map[string]bool{}, map[string]int{}, nil, nil
	for _, u := range all {
		if u.ID == d.scope.ID {
			d.scope = u
		}
	}
	for _, u := range all {
		d.know(u)
	}
	if _, there := d.byID[d.scope.ID]; !there {
		d.scope = Union{}
	}
}

func (d *growing) know(u Union) {
	d.byID[u.ID], d.byPath[u.Path], d.codes[u.ParentID+"/"+u.Code] = u, u, true
	d.children[u.ParentID+"\x00"+foldName(u.Name.ZH)] = u
	if !actor.Within(u.Path, d.scope.Path) {
		return
	}
	zh, en := foldName(u.Name.ZH), foldName(u.Name.EN)
	d.named[zh] = append(d.named[zh], u)
	if en != "" && en != zh {
		d.named[en] = append(d.named[en], u)
	}
}

func (d *growing) decide(list []UnionEntry) []Standing {
	out := make([]Standing, len(list))
	for i, e := range list {
		out[i] = d.union(e)
	}
	return out
}

func (d *growing) union(e UnionEntry) Standing {
	if _, there := d.byID[e.ID]; there {
		return Standing{State: EntryNew}
	}
	e.clean()
	parent, msg := d.parent(e.Parent)
	if msg != "" {
		return bad("parent", msg)
	}
	old, there := d.children[parent.ID+"\x00"+foldName(e.Name.ZH)]
	given := e.Code != ""
	if !given {
		e.Code = d.free(parent)
	}
	if err := e.check(parent); err != nil {
		return Standing{Err: err}
	}
	switch {
	case there:
		return meetsUnion(old, e, given)
	case d.codes[parent.ID+"/"+e.Code]:
		return bad("code", TakenCode.Msg)
	}
	u := e.NewUnion.union(parent, d.s.clock.Now())
	u.ID = e.ID
	d.know(u)
	d.fresh = append(d.fresh, u)
	au := d.s.audit(d.actor, AuditUnionMade, u.Path, u.ID, u.Name)
	au.ID = e.EntryID
	d.audits = append(d.audits, au)
	return Standing{State: EntryNew}
}

// meetsUnion compares an entry with the union that is there.
func meetsUnion(old Union, e UnionEntry, code bool) Standing {
	if old.Level != e.Level || old.Kind != e.Kind || code && old.Code != e.Code || e.Name.EN != "" && old.Name.EN != e.Name.EN || e.Place.Known() && old.Place != e.Place {
		return Standing{State: EntryChanged}
	}
	return Standing{State: EntrySame}
}

// parent finds the union that a row names as the one above.
func (d *growing) parent(words string) (Union, string) {
	words = strings.TrimSpace(words)
	if words == "" {
		return d.scope, ""
	}
	found := d.named[foldName(words)]
	if strings.HasPrefix(words, "/") {
		found = nil
		if u, there := d.byPath[words]; there {
			found = []Union{u}
		}
	}
	switch {
	case len(found) == 0:
		return Union{}, "hall.fault.no-parent"
	case len(found) > 1:
		return Union{}, "hall.fault.union-ambiguous"
	case !actor.Within(found[0].Path, d.scope.Path):
		return Union{}, "hall.fault.union-outside"
	}
	return found[0], ""
}

// free gives the next code that no child of the parent has: "01", "02" …
func (d *growing) free(parent Union) string {
	for {
		d.next[parent.ID]++
		if code := fmt.Sprintf("%02d", d.next[parent.ID]); !d.codes[parent.ID+"/"+code] {
			d.next[parent.ID]--
			return code
		}
	}
}

func (d *growing) trace() Trace {
	if len(d.fresh) == 0 {
		return Trace{}
	}
	return Trace{Audits: d.audits, Events: []event.Event{changed(UnionChanged, d.s.clock.Now(), "", d.scope.Path)}}
}

// ExpelUnions undoes AdmitUnions for those at which nothing stands, by leads of what is above them; those that hang on
// others of the entries go with them. It gives which are gone.
func (s *Service) ExpelUnions(ctx context.Context, a actor.Actor, entries []string) (gone []string, left []Spared, err error) {
	defer fault.Wrap(&err, "hall.ExpelUnions(%d)", len(entries))
	if len(entries) == 0 {
		return nil, nil, nil
	}
	made, err := s.store.MadeUnions(ctx, entries)
	if err != nil || len(made) == 0 {
		return nil, nil, err
	}
	busy, err := s.housing(ctx, made)
	if err != nil {
		return nil, nil, err
	}
	err = s.store.ExpelUnions(ctx, entries, func(made []MadeUnion) ([]string, Trace) {
		gone, left = nil, nil
		slices.SortFunc(made, func(x, y MadeUnion) int { return cmp.Compare(y.Union.Level, x.Union.Level) }) // the lowest first
		for _, m := range made {
			if why := m.keeps(a, busy, gone); why != "" {
				left = append(left, Spared{m.EntryID, why})
			} else {
				gone = append(gone, m.Union.ID)
			}
		}
		if len(gone) == 0 {
			return nil, Trace{}
		}
		return gone, Trace{Events: []event.Event{changed(UnionChanged, s.clock.Now(), "", "")}}
	})
	if err == nil && len(gone) > 0 {
		s.tree.stale()
	}
	return gone, left, err
}

// keeps says why a union stays, when those others go.
func (m MadeUnion) keeps(a actor.Actor, busy map[string]bool, gone []string) string {
	var name lang.Text
	switch {
	case !a.MayLead(m.Union.Path) || m.Union.ParentID == "":
		return "hall.left.elsewhere"
	case slices.ContainsFunc(m.Children, func(c string) bool { return !slices.Contains(gone, c) }):
		return "hall.left.below"
	case json.Unmarshal(m.Detail, &name) != nil || name != m.Union.Name:
		return "hall.left.changed"
	case m.Used || busy[m.Union.ID]:
		return "hall.left.housed"
	}
	return ""
}

// housing asks the other modules which of the unions they have something at or below; where there is nothing at one, there
// is nothing at those below it either.
func (s *Service) housing(ctx context.Context, made []MadeUnion) (map[string]bool, error) {
	busy, empty := map[string]bool{}, []string{}
	if s.houses == nil {
		return busy, nil
	}
	slices.SortFunc(made, func(x, y MadeUnion) int { return cmp.Compare(len(x.Union.Path), len(y.Union.Path)) })
	for _, m := range made {
		if slices.ContainsFunc(empty, func(p string) bool { return actor.Within(m.Union.Path, p) }) {
			continue
		}
		counts, err := s.houses.Housed(ctx, m.Union.Path)
		if err != nil {
			return nil, err
		}
		for _, n := range counts {
			busy[m.Union.ID] = busy[m.Union.ID] || n > 0
		}
		if !busy[m.Union.ID] {
			empty = append(empty, m.Union.Path)
		}
	}
	return busy, nil
}
