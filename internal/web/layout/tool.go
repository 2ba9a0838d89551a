package layout

import (
	"slices"

	"github.com/a-h/templ"

	"github.com/unionhall/unionhall/internal/actor"
)

// Tool stands in the top bar of every page that a person sees: the bell of their notices.
type Tool struct {
	Body templ.Component
	Live func(actor.Actor) []string // topics that it follows, on every page; nil for none
}

// AddTool registers a tool.
func (n *Nav) AddTool(t Tool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.tools = append(n.tools, t)
}

// Tools gives the tools that the actor is shown: people have some, strangers none.
func (n *Nav) Tools(a actor.Actor) []Tool {
	if n == nil || !a.SignedIn() {
		return nil
	}
	n.mu.RLock()
	defer n.mu.RUnlock()
	return slices.Clone(n.tools)
}

// live are the topics that the page follows, for itself and for the tools it shows.
func (p Props) live(c *Chrome, a actor.Actor) []string {
	out := slices.Clone(p.Live)
	if p.Plain {
		return out
	}
	for _, t := range c.Nav.Tools(a) {
		if t.Live == nil {
			continue
		}
		for _, topic := range t.Live(a) {
			if !slices.Contains(out, topic) {
				out = append(out, topic)
			}
		}
	}
	return out
}
