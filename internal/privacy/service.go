package privacy

import (
	"log/slog"

	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/dossier"
)

// Options are what the service needs.
type Options struct {
	Store  Store
	People People
	Unions Unions
	Parts  []dossier.Part // what every module knows of people; the last is the one that holds the person
	Keep   []Keep         // what is tidied up, see Keeps
	Clock  clock.Clock
	Log    *slog.Logger
}

// Service is what this package does. It is safe for concurrent use.
type Service struct {
	store  Store
	people People
	unions Unions
	parts  []dossier.Part
	keep   []Keep
	clock  clock.Clock
	log    *slog.Logger
}

// New makes the service. Its own data of a person are the first part.
func New(o Options) *Service {
	s := &Service{store: o.Store, people: o.People, unions: o.Unions, keep: o.Keep, clock: o.Clock, log: o.Log}
	s.parts = append([]dossier.Part{own{s}}, o.Parts...)
	s.keep = append(s.ownKeeps(), o.Keep...)
	if s.log == nil {
		s.log = slog.Default()
	}
	return s
}
