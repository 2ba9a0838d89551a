// Package monitorweb shows how the hall does to those who answer for all of it: what waits, what is slow, and what it
// takes on the disk.
package monitorweb

import (
	"context"
	"embed"
	"io/fs"
	"net/http"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/monitor"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/layout"
)

//go:embed locale/*.json
var messages embed.FS

func init() {
	sub, err := fs.Sub(messages, "locale")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	lang.Register(sub)
}

// Backlog is work that waits behind the pages.
type Backlog struct {
	Kind   string // monitor.backlog.KIND names it
	Count  int
	Oldest time.Time // zero when nothing waits
	Late   bool      // it has waited longer than it should
}

// Storage is what one part of the hall takes.
type Storage struct {
	Part  string // monitor.storage.PART names it
	Bytes int64
}

// Facts are what the page shows.
type Facts struct {
	Now, Since time.Time // Since is when this process began
	Version    string
	Engine     string // of the store: SQLite or PostgreSQL
	Backlogs   []Backlog
	Storage    []Storage
	Free       uint64 // bytes on the disk of the data folder
	Total      uint64
	Live       int // pages that follow what happens
	Slow       []monitor.Slow
}

// Source gives the facts to those who lead the topmost union, and a fault to everybody else.
type Source interface {
	Facts(ctx context.Context, a actor.Actor) (Facts, error)
}

// Routes registers the page. leads says whose menu names it.
func Routes(rt *web.Router, s Source, leads func(actor.Actor) bool) {
	rt.Page("GET /console/system", web.Officer, func(w http.ResponseWriter, r *http.Request) error {
		f, err := s.Facts(r.Context(), actor.From(r.Context()))
		if err != nil {
			return err
		}
		return web.Render(w, r, http.StatusOK, systemPage(f))
	})
	rt.Nav().Add(layout.Entry{Key: "console-system", Href: "/console/system", Label: "monitor.title", Icon: "activity", Place: layout.Rail,
		Group: "hall.nav.federation", Order: 90, Show: leads})
}
