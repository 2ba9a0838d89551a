package app

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/match"
)

// calendarDays is how far ahead the exchange looks into a master's calendar.
const calendarDays = 90

// directory answers the exchange's questions about people and firms from the hall.
type directory struct {
	hall  *hall.Service
	clock clock.Clock
}

var _ exchange.Directory = directory{}

// Enterprise implements exchange.Directory.
func (d directory) Enterprise(ctx context.Context, id string) (exchange.Firm, error) {
	found, err := d.hall.Enterprise(ctx, actor.Hall, id)
	if err != nil {
		return exchange.Firm{}, err
	}
	return firmOf(found), nil
}

func firmOf(e hall.Enterprise) exchange.Firm {
	return exchange.Firm{ID: e.ID, Name: e.Name, UnionID: e.UnionID, UnionPath: e.UnionPath,
		Spot: exchange.Spot{Lat: e.Place.Lat, Lng: e.Place.Lng, Address: e.Address}, Closed: e.Status == hall.Closed}
}

// Enterprises implements exchange.Directory.
func (d directory) Enterprises(ctx context.Context, ids []string) (map[string]exchange.Firm, error) {
	found, err := d.hall.Enterprises(ctx, ids)
	out := make(map[string]exchange.Firm, len(found))
	for id, e := range found {
		out[id] = firmOf(e)
	}
	return out, err
}

// Provider implements exchange.Directory. Somebody who is no master provides as the person they are.
func (d directory) Provider(ctx context.Context, personID string) (exchange.Provider, error) {
	found, err := d.hall.Masters(ctx, []string{personID})
	if err != nil {
		return exchange.Provider{}, err
	}
	if m, ok := found[personID]; ok {
		return d.provider(m), nil
	}
	p, err := d.hall.Person(ctx, actor.Hall, personID)
	if err != nil {
		return exchange.Provider{}, err
	}
	return exchange.Provider{ID: p.ID, Name: p.Name, UnionID: p.UnionID, UnionPath: p.UnionPath, MaxLoad: 1, Left: p.Status == hall.Closed}, nil
}

// Providers implements exchange.Directory.
func (d directory) Providers(ctx context.Context, personIDs []string) (map[string]exchange.Provider, error) {
	masters, err := d.hall.Masters(ctx, personIDs)
	if err != nil {
		return nil, err
	}
	out := make(map[string]exchange.Provider, len(personIDs))
	var others []string
	for _, id := range personIDs {
		if m, ok := masters[id]; ok {
			out[id] = d.provider(m)
		} else if !slices.Contains(others, id) {
			others = append(others, id)
		}
	}
	if len(others) == 0 {
		return out, nil
	}
	names, err := d.hall.Names(ctx, others)
	for id, name := range names {
		out[id] = exchange.Provider{ID: id, Name: name, MaxLoad: 1}
	}
	return out, err
}

// Named implements exchange.Directory.
func (d directory) Named(ctx context.Context, words string, most int) ([]exchange.Provider, int, error) {
	found, err := d.hall.FindMasters(ctx, hall.MasterSearch{Name: words, Search: hall.Search{Page: hall.Page{Limit: most}}})
	out := make([]exchange.Provider, len(found.Rows))
	for i, m := range found.Rows {
		out[i] = d.provider(m)
	}
	return out, found.Total, err
}

func (d directory) provider(m hall.Master) exchange.Provider {
	p := exchange.Provider{ID: m.PersonID, Name: m.Name, Master: m.Status == hall.Active, Left: m.Status == hall.Closed, UnionID: m.UnionID, UnionPath: m.UnionPath,
		Title: m.Title, Craft: m.Craft, Bio: m.Bio, Spot: d.spot(m),
		Reach: float64(m.ReachMetre), MaxLoad: m.MaxLoad}
	for _, h := range m.Honours {
		p.Honours = append(p.Honours, h.Name)
	}
	now := d.clock.Now().In(lang.Zone)
	for _, f := range m.Calendar.Between(now, now.AddDate(0, 0, calendarDays)) {
		p.Free = append(p.Free, match.Window{From: f.From.UTC(), To: f.To.UTC()})
	}
	if len(p.Free) == 0 {
		// No window at all would read as always free; one that is past says never.
		p.Free = []match.Window{{From: time.Unix(0, 0).UTC(), To: time.Unix(1, 0).UTC()}}
	}
	return p
}

// spot is where a master sets out from: their own place, or else the nearest union above them that has one. With
// no place at all they would be out of reach of every need.
func (d directory) spot(m hall.Master) exchange.Spot {
	at := m.Place
	for p := m.UnionPath; p != "" && !at.Known(); p = parent(p) {
		if u, err := d.hall.UnionAt(context.Background(), p); err == nil {
			at = u.Place
		}
	}
	return exchange.Spot{Lat: at.Lat, Lng: at.Lng, Address: m.City}
}

// Contacts implements exchange.Directory.
func (d directory) Contacts(ctx context.Context, enterpriseID string) ([]string, error) {
	found, err := d.hall.Contacts(ctx, []string{enterpriseID})
	var out []string
	for _, c := range found[enterpriseID] {
		out = append(out, c.PersonID)
	}
	return out, err
}

// Officers implements exchange.Directory: it climbs from the union at path, one query for each step.
func (d directory) Officers(ctx context.Context, path string) ([]string, error) {
	for p := path; p != ""; p = parent(p) {
		u, err := d.hall.UnionAt(ctx, p)
		if err != nil {
			return nil, err
		}
		list, err := d.hall.Officers(ctx, actor.Hall, u.ID, hall.Search{Page: hall.Page{Limit: 100}})
		if err != nil {
			return nil, err
		}
		var out []string
		for _, o := range list.Rows {
			if o.UnionPath == p && o.Role != actor.Auditor && !slices.Contains(out, o.PersonID) {
				out = append(out, o.PersonID)
			}
		}
		if len(out) > 0 {
			return out, nil
		}
	}
	return nil, nil
}

// parent is the path one step up, "" above the root.
func parent(path string) string {
	p := strings.TrimSuffix(path, "/")
	i := strings.LastIndexByte(p, '/')
	if i <= 0 {
		return ""
	}
	return p[:i+1]
}

// City implements exchange.Directory. The tree is held in memory.
func (d directory) City(path string) string {
	for p := path; p != ""; p = parent(p) {
		u, err := d.hall.UnionAt(context.Background(), p)
		if err != nil {
			return ""
		}
		if u.Level == hall.City {
			return u.Path
		}
	}
	return ""
}
