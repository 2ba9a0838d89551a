package hall

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/limit"
)

// lookups is how often one address may look for unions and employers: each looks through all of them.
var lookups = limit.Rate{Burst: 60, Every: 2 * time.Second}

// Look is what somebody says to find the union to join.
type Look struct {
	Place    Place  // where they are, as their browser says
	Words    string // a place, or a union's name
	Employer string
}

// Empty reports whether nothing was said.
func (l Look) Empty() bool { return !l.Place.Known() && l.Words == "" && l.Employer == "" }

// Spot is a union that was found.
type Spot struct {
	Union Union
	Metre float64 // how far; 0 when not known
}

// Workplace is an employer that was found, with its union.
type Workplace struct {
	Enterprise Enterprise
	Union      Union
}

// Looked is what was found.
type Looked struct {
	Named      []Spot
	Near       []Spot // from the browser's place, or from the first of those named
	Workplaces []Workplace
}

const (
	spotsFound      = 8
	workplacesFound = 10
)

// Look finds unions to join, for anybody: those of a name, the nearest to a place, and those of an employer. Enterprises
// that are closed are not found.
func (s *Service) Look(ctx context.Context, l Look, address string) (out Looked, err error) {
	defer fault.Wrap(&err, "hall.Look")
	if wait := s.attempts.Take("looks from "+address, s.clock.Now(), lookups); wait > 0 {
		return out, limit.TooMany(wait)
	}
	root, err := s.Root(ctx)
	if err != nil {
		return out, err
	}
	at := l.Place
	if words := fold(l.Words); len([]rune(words)) >= 2 {
		out.Named = s.named(root.ID, words)
		for _, n := range out.Named {
			if !at.Known() {
				at = n.Union.Place
			}
		}
	}
	if at.Known() {
		out.Near = s.near(root.ID, at)
	}
	if len([]rune(fold(l.Employer))) >= 2 {
		out.Workplaces, err = s.workplaces(ctx, root, l.Employer)
	}
	return out, err
}

// joinable reports whether workers join a union themselves: those of the nation and of provinces have unions for members.
func joinable(u Union) bool { return u.Level > Province }

func fold(s string) string { return strings.ToLower(strings.Join(strings.Fields(narrow(s)), "")) }

// stem is what a union's name says of its place or trade: 鼓楼区 of 鼓楼区总工会.
func stem(u Union) string {
	name := fold(u.Name.ZH)
	for _, tail := range []string{"总工会", "工会联合会", "联合工会", "工会委员会", "工会"} {
		if s, ok := strings.CutSuffix(name, tail); ok {
			return s
		}
	}
	return name
}

// named finds the unions whose name has the words, or whose place stands in them: who types 福州市鼓楼区 means 鼓楼区总工会.
// The lowest come first.
func (s *Service) named(rootID, words string) (out []Spot) {
	s.tree.walk(rootID, func(u Union) bool {
		if joinable(u) {
			part := stem(u)
			if strings.Contains(fold(u.Name.ZH+" "+u.Name.EN), words) || len([]rune(part)) >= 2 && strings.Contains(words, part) {
				out = append(out, Spot{Union: u})
			}
		}
		return true
	})
	slices.SortStableFunc(out, func(a, b Spot) int { return cmp.Compare(b.Union.Level, a.Union.Level) })
	return out[:min(len(out), spotsFound)]
}

// near finds the nearest unions that have a place, of several at one place the lowest first.
func (s *Service) near(rootID string, at Place) (out []Spot) {
	s.tree.walk(rootID, func(u Union) bool {
		if joinable(u) && u.Place.Known() {
			out = append(out, Spot{u, at.Metres(u.Place)})
		}
		return true
	})
	slices.SortStableFunc(out, func(a, b Spot) int {
		return cmp.Or(cmp.Compare(math.Round(a.Metre/100), math.Round(b.Metre/100)), cmp.Compare(b.Union.Level, a.Union.Level))
	})
	return out[:min(len(out), spotsFound)]
}

func (s *Service) workplaces(ctx context.Context, root Union, words string) (out []Workplace, err error) {
	list, err := s.store.ListEnterprises(ctx, root.Path, Search{Words: words, Page: Page{Limit: workplacesFound}})
	for _, e := range list.Rows {
		if u, ok := s.tree.get(e.UnionID); ok && e.Status == Active {
			out = append(out, Workplace{e, u})
		}
	}
	return out, err
}

// Metres is how far another place is, along the surface of the earth.
func (p Place) Metres(q Place) float64 {
	const radius, rad = 6_371_000, math.Pi / 180
	lat, lng := (q.Lat-p.Lat)*rad/2, (q.Lng-p.Lng)*rad/2
	h := math.Sin(lat)*math.Sin(lat) + math.Cos(p.Lat*rad)*math.Cos(q.Lat*rad)*math.Sin(lng)*math.Sin(lng)
	return 2 * radius * math.Asin(math.Min(1, math.Sqrt(h)))
}
