package hall

import (
	"context"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/lang"
)

// The tree is public: figures and pages name unions to everybody. Only what hangs on them is not.

// Union gives one node.
func (s *Service) Union(ctx context.Context, unionID string) (_ Union, err error) {
	defer fault.Wrap(&err, "hall.Union(%s)", unionID)
	if err := s.tree.ready(ctx); err != nil {
		return Union{}, err
	}
	u, ok := s.tree.get(unionID)
	if !ok {
		return Union{}, fault.NoSuch()
	}
	return u, nil
}

// UnionAt gives the node at a path.
func (s *Service) UnionAt(ctx context.Context, path string) (_ Union, err error) {
	defer fault.Wrap(&err, "hall.UnionAt(%s)", path)
	if err := s.tree.ready(ctx); err != nil {
		return Union{}, err
	}
	u, ok := s.tree.at(path)
	if !ok {
		return Union{}, fault.NoSuch()
	}
	return u, nil
}

// Root gives the top of the tree; fault.NoSuch when the store is empty.
func (s *Service) Root(ctx context.Context) (Union, error) {
	top, err := s.Children(ctx, "")
	if err != nil {
		return Union{}, err
	}
	if len(top) == 0 {
		return Union{}, fault.NoSuch()
	}
	return top[0], nil
}

// Children gives the unions directly below, by code.
func (s *Service) Children(ctx context.Context, unionID string) (_ []Union, err error) {
	defer fault.Wrap(&err, "hall.Children(%s)", unionID)
	if err := s.tree.ready(ctx); err != nil {
		return nil, err
	}
	return s.tree.below(unionID), nil
}

// Line gives the unions from the root to this one, itself included.
func (s *Service) Line(ctx context.Context, unionID string) (_ []Union, err error) {
	defer fault.Wrap(&err, "hall.Line(%s)", unionID)
	if err := s.tree.ready(ctx); err != nil {
		return nil, err
	}
	return s.tree.line(unionID), nil
}

// Subtree gives the union and those below it whose name contains the words in either language, parents
// before children, at most limit of them (0: all).
func (s *Service) Subtree(ctx context.Context, unionID, words string, limit int) (_ []Union, err error) {
	defer fault.Wrap(&err, "hall.Subtree(%s)", unionID)
	if err := s.tree.ready(ctx); err != nil {
		return nil, err
	}
	words = strings.ToLower(strings.TrimSpace(words))
	var out []Union
	s.tree.walk(unionID, func(u Union) bool {
		if words == "" || strings.Contains(strings.ToLower(u.Name.ZH+"\x00"+u.Name.EN), words) {
			out = append(out, u)
		}
		return limit == 0 || len(out) < limit
	})
	return out, nil
}

// Scope gives the union whose rows an officer asks to see: the one named, or their own topmost when
// the id is "". Outside what the actor may read it is refused.
func (s *Service) Scope(ctx context.Context, a actor.Actor, unionID string) (Union, error) {
	if !a.Officer() {
		return Union{}, fault.Refused()
	}
	if unionID == "" {
		if roots := a.Roots(); len(roots) > 0 {
			unionID = roots[0].UnionID
		} else {
			return s.Root(ctx)
		}
	}
	u, err := s.Union(ctx, unionID)
	if err != nil {
		return Union{}, err
	}
	if !a.MayRead(u.Path) {
		return Union{}, fault.Refused()
	}
	return u, nil
}

// Tallies counts people, enterprises, masters and unions below the union: in all, and for each child
// by its id.
func (s *Service) Tallies(ctx context.Context, a actor.Actor, unionID string) (sum Tally, each map[string]Tally, err error) {
	defer fault.Wrap(&err, "hall.Tallies(%s)", unionID)
	u, err := s.Scope(ctx, a, unionID)
	if err != nil {
		return Tally{}, nil, err
	}
	own, err := s.store.Tallies(ctx, u.Path)
	if err != nil {
		return Tally{}, nil, err
	}
	children, err := s.Children(ctx, u.ID)
	if err != nil {
		return Tally{}, nil, err
	}
	each = make(map[string]Tally, len(children))
	sum = own[u.Path]
	for _, c := range children {
		var t Tally
		s.tree.walk(c.ID, func(d Union) bool {
			t = t.plus(own[d.Path])
			t.Unions++
			return true
		})
		sum = sum.plus(t)
		t.Unions-- // itself
		each[c.ID] = t
	}
	return sum, each, nil
}

// CreateUnion adds a union below one that the actor leads.
func (s *Service) CreateUnion(ctx context.Context, a actor.Actor, in NewUnion) (_ Union, err error) {
	defer fault.Wrap(&err, "hall.CreateUnion(%s, %s)", in.ParentID, in.Code)
	parent, err := s.Union(ctx, in.ParentID)
	if err != nil {
		return Union{}, err
	}
	if !a.MayLead(parent.Path) {
		return Union{}, fault.Refused()
	}
	in.clean()
	if err := in.check(parent); err != nil {
		return Union{}, err
	}
	u := in.union(parent, s.clock.Now())
	t := s.trace(s.audit(a, AuditUnionMade, u.Path, u.ID, u.Name), UnionChanged, u.ID)
	if err := s.store.CreateUnion(ctx, u, t); err != nil {
		return Union{}, err
	}
	s.tree.put(u)
	return u, nil
}

// union is the row to store.
func (n NewUnion) union(parent Union, now time.Time) Union {
	return Union{
		ID: id.New(), ParentID: parent.ID, Level: n.Level, Code: n.Code, Path: PathOf(parent.Path, n.Code),
		Name: n.Name, Kind: n.Kind, Place: n.Place, Created: now,
	}
}

// RenameUnion gives a union that the actor leads another name. What was written under the old name
// keeps it.
func (s *Service) RenameUnion(ctx context.Context, a actor.Actor, unionID string, name lang.Text) (_ Union, err error) {
	defer fault.Wrap(&err, "hall.RenameUnion(%s)", unionID)
	name = cleanText(name)
	var c fault.Check
	checkName(&c, name)
	if err := c.Err(); err != nil {
		return Union{}, err
	}
	u, err := s.store.UpdateUnion(ctx, unionID, func(u Union) (Union, Trace, error) {
		if !a.MayLead(u.Path) {
			return u, Trace{}, fault.Refused()
		}
		au := s.audit(a, AuditUnionNamed, u.Path, u.ID, map[string]lang.Text{"from": u.Name, "to": name})
		u.Name = name
		return u, s.trace(au, UnionChanged, u.ID), nil
	})
	if err != nil {
		return Union{}, err
	}
	s.tree.put(u)
	return u, nil
}
