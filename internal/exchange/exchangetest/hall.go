// Package exchangetest has what tests of the exchange share: a hall that stands still, builders, and the
// suite that every store must pass.
package exchangetest

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
)

// Hall is an exchange.Directory of what a test puts in.
type Hall struct {
	mu        sync.Mutex
	Firms     map[string]exchange.Firm
	People    map[string]exchange.Provider
	Speakers  map[string][]string // enterprise → persons
	OfficerAt map[string][]string // union path → persons
}

var _ exchange.Directory = (*Hall)(nil)

// NewHall makes an empty one.
func NewHall() *Hall {
	return &Hall{Firms: map[string]exchange.Firm{}, People: map[string]exchange.Provider{}, Speakers: map[string][]string{},
		OfficerAt: map[string][]string{}}
}

// AddFirm adds an enterprise with a contact, and gives the contact as an actor.
func (h *Hall) AddFirm(f exchange.Firm, contact string) actor.Actor {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.Firms[f.ID] = f
	h.Speakers[f.ID] = append(h.Speakers[f.ID], contact)
	return actor.Actor{Kind: actor.Person, ID: contact, Name: contact, UnionID: f.UnionID, UnionPath: f.UnionPath, Enterprises: []string{f.ID}}
}

// AddProvider adds a person on the offering side, and gives them as an actor.
func (h *Hall) AddProvider(p exchange.Provider) actor.Actor {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.People[p.ID] = p
	return actor.Actor{Kind: actor.Person, ID: p.ID, Name: p.Name, UnionID: p.UnionID, UnionPath: p.UnionPath, Master: p.Master}
}

// Officer makes an actor with one grant.
func Officer(id string, role actor.Role, path string) actor.Actor {
	return actor.Actor{Kind: actor.Person, ID: id, Name: id, UnionPath: path, Grants: []actor.Grant{{Role: role, UnionID: path, Path: path}}}
}

// Enterprise implements exchange.Directory.
func (h *Hall) Enterprise(_ context.Context, id string) (exchange.Firm, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f, ok := h.Firms[id]
	if !ok {
		return f, fault.NoSuch()
	}
	return f, nil
}

// Enterprises implements exchange.Directory.
func (h *Hall) Enterprises(_ context.Context, ids []string) (map[string]exchange.Firm, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := map[string]exchange.Firm{}
	for _, id := range ids {
		if f, there := h.Firms[id]; there {
			out[id] = f
		}
	}
	return out, nil
}

// Provider implements exchange.Directory.
func (h *Hall) Provider(_ context.Context, id string) (exchange.Provider, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p, ok := h.People[id]
	if !ok {
		return p, fault.NoSuch()
	}
	return p, nil
}

// Providers implements exchange.Directory.
func (h *Hall) Providers(ctx context.Context, ids []string) (map[string]exchange.Provider, error) {
	out := map[string]exchange.Provider{}
	for _, id := range ids {
		if p, err := h.Provider(ctx, id); err == nil {
			out[id] = p
		}
	}
	return out, nil
}

// Named implements exchange.Directory, by id.
func (h *Hall) Named(_ context.Context, words string, most int) ([]exchange.Provider, int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []exchange.Provider
	for _, id := range slices.Sorted(maps.Keys(h.People)) {
		if p := h.People[id]; p.Master && strings.Contains(p.Name, words) {
			out = append(out, p)
		}
	}
	return out[:min(most, len(out))], len(out), nil
}

// Contacts implements exchange.Directory.
func (h *Hall) Contacts(_ context.Context, id string) ([]string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.Speakers[id], nil
}

// Officers implements exchange.Directory.
func (h *Hall) Officers(_ context.Context, path string) ([]string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for p := path; p != "/" && p != ""; p = p[:strings.LastIndexByte(strings.TrimSuffix(p, "/"), '/')+1] {
		if found := h.OfficerAt[p]; len(found) > 0 {
			return found, nil
		}
	}
	return nil, nil
}

// City implements exchange.Directory: the first three codes of the path.
func (h *Hall) City(path string) string {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if len(parts) < 3 {
		return ""
	}
	return "/" + strings.Join(parts[:3], "/") + "/"
}
