package match

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"
	"unicode/utf8"
)

// Everywhere is the Reach of an entry that goes wherever it is needed.
const Everywhere = -1

// Unlimited is the Capacity of an entry that is never full, such as a document.
const Unlimited = -1

// Entry is one thing that can match or be matched: an offer, a need, a solved case.
type Entry struct {
	ID    string
	Group string // the collection searched, e.g. "expert-visit/offer"
	Owner string // who stands behind it and must not drown; several entries may share one

	Facets  map[string][]string // a hierarchical value is a path of codes with '/' at both ends: "/0/33/01/"
	Numbers map[string]float64

	Place *Place  // nil: nowhere in particular
	Reach float64 // metres it is willing to go from Place; 0 stays, Everywhere goes anywhere

	Free     []Window // when it is free; empty: always. Windows may touch and overlap.
	Capacity int      // places left; Unlimited never runs out. Asked of candidates, not of the asker.

	Text  []Text
	Wants Predicate // over the other side's entry; the zero value wants everything

	At      time.Time // when it was made or last proved itself, for freshness
	Quality float64   // 0 to 1
	Load    int       // what its Owner already carries
}

// Place is a point on the earth, in degrees of WGS 84.
type Place struct{ Lat, Lon float64 }

// Window is a stretch of time: From is in it, To is not.
type Window struct{ From, To time.Time }

// Text is one body of text. Bodies of the same Field count as one field of the entry; Weight says how much
// a word in it counts, 1 being plain.
type Text struct {
	Field  string
	Weight float64
	Body   string
}

const (
	maxBodies = 1 << 8
	maxBody   = 1 << 20 // bytes of all bodies of an entry
)

// Validate says what is wrong with the entry. The callers build entries from rows that were
// checked when they were written, so a fault here is a defect and not the person's.
func (e Entry) Validate() error {
	if e.ID == "" || e.Group == "" {
		return fmt.Errorf("entry %q in group %q: needs both", e.ID, e.Group)
	}
	return e.validContent()
}

// validContent is Validate for an asker, who needs no identity.
func (e Entry) validContent() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("entry %q: %s", e.ID, fmt.Sprintf(format, args...))
	}
	switch {
	case e.Place != nil && !e.Place.valid():
		return bad("no such place: %v", *e.Place)
	case e.Reach != Everywhere && !(e.Reach >= 0 && e.Reach <= math.MaxFloat64):
		return bad("reach %v", e.Reach)
	case e.Capacity < Unlimited:
		return bad("capacity %d", e.Capacity)
	case !(e.Quality >= 0 && e.Quality <= 1):
		return bad("quality %v", e.Quality)
	case e.Load < 0:
		return bad("load %d", e.Load)
	}
	for name, n := range e.Numbers {
		if math.IsNaN(n) || math.IsInf(n, 0) {
			return bad("number %q is %v", name, n)
		}
	}
	for _, w := range e.Free {
		if !w.From.Before(w.To) {
			return bad("empty window %s to %s", w.From, w.To)
		}
	}
	size := 0
	for _, t := range e.Text {
		if !(t.Weight >= 0 && t.Weight <= 1000) || !utf8.ValidString(t.Body) {
			return bad("text %q: weight %v, or not UTF-8", t.Field, t.Weight)
		}
		size += len(t.Body)
	}
	if len(e.Text) > maxBodies || size > maxBody {
		return bad("too much text: %d bodies, %d bytes", len(e.Text), size)
	}
	if err := e.Wants.Validate(); err != nil {
		return fmt.Errorf("entry %q: wants: %w", e.ID, err)
	}
	return nil
}

// clone copies all that the caller could still change.
func (e Entry) clone() Entry {
	e.Facets = maps.Clone(e.Facets)
	for name, values := range e.Facets {
		e.Facets[name] = slices.Clone(values)
	}
	e.Numbers = maps.Clone(e.Numbers)
	if e.Place != nil {
		p := *e.Place
		e.Place = &p
	}
	e.Free = slices.Clone(e.Free)
	e.Text = slices.Clone(e.Text)
	return e // a Predicate cannot be changed once made
}
