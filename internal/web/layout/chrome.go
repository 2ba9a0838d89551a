// Package layout is the frame around every page: head, navigation, footer, and the switches for
// language and theme.
package layout

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/web/ui"
)

// Place is where a navigation entry stands.
type Place int

// The places. Bottom entries are the phone's bar and, from 1024 px, the top bar; Rail entries are
// the console's side rail; Foot entries are links of the footer; Account entries are the menu of
// the person who is signed in.
const (
	Bottom Place = iota
	Rail
	Foot
	Account
)

// Entry is one entry of the navigation. Label is a message id. Show nil means everybody.
type Entry struct {
	Key   string // what Props.Active names
	Href  string
	Label string
	Icon  string
	Place Place
	Order int    // ascending within its place
	Group string // message id of a heading in the rail; entries of one group stand together
	Show  func(actor.Actor) bool
}

// Nav is the registry of navigation entries. Modules add theirs at start-up; it is safe for
// concurrent use.
type Nav struct {
	mu      sync.RWMutex
	entries []Entry
	tools   []Tool
}

// Add registers entries.
func (n *Nav) Add(entries ...Entry) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.entries = append(n.entries, entries...)
	slices.SortStableFunc(n.entries, func(a, b Entry) int { return a.Order - b.Order })
}

// At gives the entries of a place that the actor is shown.
func (n *Nav) At(p Place, a actor.Actor) []Entry {
	if n == nil {
		return nil
	}
	n.mu.RLock()
	defer n.mu.RUnlock()
	var out []Entry
	for _, e := range n.entries {
		if e.Place == p && (e.Show == nil || e.Show(a)) {
			out = append(out, e)
		}
	}
	return out
}

// Chrome is what the frame knows of the request. The web package fills it.
type Chrome struct {
	Nav       *Nav
	Theme     string    // "light", "dark" or "" to follow the system
	Path      string    // local path and query that the switches return to
	At        time.Time // when the request came: what changes later is not on the page
	RequestID string
	Version   string
	SignIn    string           // where one signs in
	SignOut   string           // where one signs out, by POST
	Notes     func() []ui.Note // takes the messages that wait for this reader
}

type key struct{}

// With puts the chrome into the context.
func With(ctx context.Context, c *Chrome) context.Context { return context.WithValue(ctx, key{}, c) }

// From takes the chrome out; without one it is an empty frame.
func From(ctx context.Context) *Chrome {
	if c, ok := ctx.Value(key{}).(*Chrome); ok {
		return c
	}
	return &Chrome{Path: "/"}
}

func (c *Chrome) notes() []ui.Note {
	if c.Notes == nil {
		return nil
	}
	return c.Notes()
}

// Props say what a page is.
type Props struct {
	Title   string   // already in the reader's language; the hall's name is added
	Lead    string   // one sentence for search engines and previews
	Active  string   // key of the navigation entry that is current
	Console bool     // the dense frame of officers, with the side rail
	Narrow  bool     // one reading column: forms, articles, sign-in
	Plain   bool     // no navigation: sign-in and error pages
	Live    []string // topics whose changes this page follows
}
