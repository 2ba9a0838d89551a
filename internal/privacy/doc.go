// Package privacy keeps what people may ask of whoever holds their data: consent for each purpose, sensitive values that
// are read under a record, a copy of one's own data, being erased, and an end to everything that is kept.
//
// Other modules ask Consented before they use data for a purpose, and show what is sensitive through Show and Numbers,
// which write down who read what before there is anything to show. What they know of a person they say as a
// dossier.Part.
package privacy

import (
	"context"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/lang"
)

// Person is what this package knows of a person. Phone and Email are masked.
type Person struct {
	ID, Name     string
	UnionID      string
	UnionPath    string
	Phone, Email string
	Closed       bool
}

// Reached is what reaches somebody, whole.
type Reached struct{ Text, UnionPath string }

// People answers from the hall. What does not exist is fault.NotFound, or left out where many are asked for.
type People interface {
	Person(ctx context.Context, id string) (Person, error)
	// Whole gives telephone numbers or addresses as their owners write them, in one query; who has none is left out.
	Whole(ctx context.Context, ids []string, f Field) (map[string]Reached, error)
	Names(ctx context.Context, ids []string) (map[string]string, error)
}

// Union is what this package knows of a union.
type Union struct {
	ID, Path string
	Name     lang.Text
}

// Unions finds unions. Scope gives the topmost one of the officer for "".
type Unions interface {
	Scope(ctx context.Context, a actor.Actor, unionID string) (Union, error)
}
