// Package actor says who acts, in which role, at which node of the union tree. Services take an
// Actor explicitly and decide with it; SQL and templates never do.
package actor

import (
	"context"
	"strings"
)

// Role is what an officer may do in a subtree.
type Role string

// The roles. A lead may all a clerk may and also change kinds, unions, officers; a clerk works the
// cases; an auditor reads.
const (
	Lead    Role = "lead"
	Clerk   Role = "clerk"
	Auditor Role = "auditor"
)

// Kind says what stands behind the actor.
type Kind int

// The kinds of actor. The zero value is Anyone: nobody signed in.
const (
	Anyone Kind = iota
	Person
	Portal // a partner portal with an API key
	System // the hall itself: consumers, demonstration data, the command line
)

// Grant binds an officer to a union and everything below it.
type Grant struct {
	Role    Role
	UnionID string
	Path    string // the union's path in the tree, see Within
}

// Actor is who acts. It is a value: copy it freely.
type Actor struct {
	Kind        Kind
	ID          string // person id or portal id
	Name        string
	UnionID     string // where the person is a member; the union a portal is bound to
	UnionPath   string
	Grants      []Grant
	Enterprises []string // enterprises the person speaks for
	Master      bool
	Moving      []Moved // unions under way to another place: what a row's path says of them is old
}

// Hall is the system itself. Only code that no request reaches may use it.
var Hall = Actor{Kind: System, ID: "system", Name: "system"}

// Within reports whether path lies in the subtree at root. Paths are codes joined by '/', with a '/'
// at both ends: "/0/33/01/" is within "/0/33/". An empty root holds nothing.
func Within(path, root string) bool {
	return root != "" && strings.HasPrefix(path, root)
}

// SignedIn reports whether the actor is a person.
func (a Actor) SignedIn() bool { return a.Kind == Person }

// Officer reports whether the actor holds any grant.
func (a Actor) Officer() bool { return a.Kind == System || len(a.Grants) > 0 }

// MayRead reports whether the actor, as an officer, may read rows of the union at path.
func (a Actor) MayRead(path string) bool { return a.holds(path, Lead, Clerk, Auditor) }

// MayAct reports whether the actor, as an officer, may work on rows of the union at path.
func (a Actor) MayAct(path string) bool { return a.holds(path, Lead, Clerk) }

// MayLead reports whether the actor may change the union at path itself: officers, unions, kinds.
func (a Actor) MayLead(path string) bool { return a.holds(path, Lead) }

// SpeaksFor reports whether the actor is a contact of the enterprise.
func (a Actor) SpeaksFor(enterpriseID string) bool {
	if enterpriseID == "" || a.Kind != Person {
		return false
	}
	for _, e := range a.Enterprises {
		if e == enterpriseID {
			return true
		}
	}
	return false
}

// Roots gives the subtrees the actor may read as an officer, without those inside another.
func (a Actor) Roots() []Grant {
	var out []Grant
	for i, g := range a.Grants {
		inside := false
		for j, h := range a.Grants {
			if i != j && Within(g.Path, h.Path) && (g.Path != h.Path || j < i) {
				inside = true
			}
		}
		if !inside {
			out = append(out, g)
		}
	}
	return out
}

func (a Actor) holds(path string, roles ...Role) bool {
	if a.Kind == System {
		return true
	}
	path = NowAt(a.Moving, path)
	for _, g := range a.Grants {
		if !Within(path, g.Path) {
			continue
		}
		for _, r := range roles {
			if g.Role == r {
				return true
			}
		}
	}
	return false
}

type key struct{}

// With puts the actor into the context; only the surfaces do, to hand it to their handlers.
func With(ctx context.Context, a Actor) context.Context { return context.WithValue(ctx, key{}, a) }

// From takes the actor out; without one it is Anyone.
func From(ctx context.Context) Actor {
	a, _ := ctx.Value(key{}).(Actor)
	return a
}
