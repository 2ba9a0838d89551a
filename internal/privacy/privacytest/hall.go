package privacytest

import (
	"context"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/privacy"
)

// Hall is people and unions in memory. Its people's telephone numbers are "1390000" and the id.
type Hall map[string]privacy.Person

// Person implements privacy.People.
func (h Hall) Person(_ context.Context, id string) (privacy.Person, error) {
	p, ok := h[id]
	if !ok {
		return p, fault.NoSuch()
	}
	return p, nil
}

// Whole implements privacy.People.
func (h Hall) Whole(_ context.Context, ids []string, _ privacy.Field) (map[string]privacy.Reached, error) {
	out := map[string]privacy.Reached{}
	for _, id := range ids {
		if h[id].Phone != "" {
			out[id] = privacy.Reached{Text: "1390000" + id, UnionPath: h[id].UnionPath}
		}
	}
	return out, nil
}

// Names implements privacy.People.
func (h Hall) Names(_ context.Context, ids []string) (map[string]string, error) {
	out := map[string]string{}
	for _, id := range ids {
		out[id] = h[id].Name
	}
	return out, nil
}

// Scope implements privacy.Unions: a union's id is its path.
func (h Hall) Scope(_ context.Context, a actor.Actor, path string) (privacy.Union, error) {
	if path == "" && len(a.Grants) > 0 {
		path = a.Grants[0].Path
	}
	if !a.MayRead(path) {
		return privacy.Union{}, fault.NoSuch()
	}
	return privacy.Union{ID: path, Path: path}, nil
}

// Officer is an officer of a union.
func Officer(id string, role actor.Role, path string) actor.Actor {
	return actor.Actor{Kind: actor.Person, ID: id, UnionPath: path, Grants: []actor.Grant{{Role: role, UnionID: path, Path: path}}}
}
