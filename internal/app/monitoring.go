package app

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/doctor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/intake/intakesql"
	"github.com/unionhall/unionhall/internal/monitor"
	"github.com/unionhall/unionhall/internal/monitor/monitorweb"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/web"
)

// backlog is a kind of work that waits behind the pages, and how long it may.
type backlog struct {
	kind    string
	waiting func(context.Context) (sqldb.Waiting, error)
	late    time.Duration
}

func (a *App) backlogs() []backlog {
	imports := intakesql.New(a.DB)
	return []backlog{
		{"outbox", a.DB.Outbox, time.Minute},
		{"webhooks", func(ctx context.Context) (sqldb.Waiting, error) { return a.portals.Due(ctx, a.clock.Now()) }, 10 * time.Minute},
		{"imports", func(ctx context.Context) (sqldb.Waiting, error) { return imports.Unclaimed(ctx, a.clock.Now()) }, 10 * time.Minute},
	}
}

// measure counts what the parts of the hall take, and keeps it: counting files takes longer than a page may.
func (a *App) measure(ctx context.Context) error {
	store, err := a.DB.Size(ctx)
	if err != nil {
		return err
	}
	parts := []monitorweb.Storage{{Part: "store", Bytes: store}}
	for _, part := range []string{"files", "stream"} {
		n, err := folderSize(ctx, filepath.Join(a.Config.Dir, part))
		if err != nil {
			return err
		}
		parts = append(parts, monitorweb.Storage{Part: part, Bytes: n})
	}
	a.taken.Store(&parts)
	return nil
}

// folderSize sums what lies below a folder. What goes away meanwhile is not counted.
func folderSize(ctx context.Context, dir string) (n int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			n += info.Size()
		}
		return nil
	})
	return n, err
}

// figures registers what is read when somebody asks.
func (a *App) figures() {
	m := a.monitor
	for _, b := range a.backlogs() {
		labels := prometheus.Labels{"kind": b.kind}
		m.Gauge("backlog", "Work that waits behind the pages, by kind.", labels, func(ctx context.Context) (float64, error) {
			w, err := b.waiting(ctx)
			return float64(w.Count), err
		})
		m.Gauge("backlog_seconds", "How long the oldest of it has waited.", labels, func(ctx context.Context) (float64, error) {
			w, err := b.waiting(ctx)
			if err != nil || w.Oldest.IsZero() {
				return 0, err
			}
			return max(0, a.clock.Now().Sub(w.Oldest).Seconds()), nil
		})
	}
	for i, part := range []string{"store", "files", "stream"} {
		m.Gauge("storage_bytes", "What the hall takes, by part; measured every ten minutes.", prometheus.Labels{"part": part},
			func(context.Context) (float64, error) {
				t := a.taken.Load()
				if t == nil {
					return 0, errors.New("not measured yet")
				}
				return float64((*t)[i].Bytes), nil
			})
	}
	m.Gauge("disk_free_bytes", "Free on the disk of the data folder.", nil, func(context.Context) (float64, error) {
		free, _, err := doctor.Space(a.Config.Dir)
		return float64(free), err
	})
	m.Gauge("live_pages", "Pages that follow what happens.", nil, func(context.Context) (float64, error) { return float64(a.live.Followers()), nil })
}

// listenForFigures takes the address of the figures; nil when there is none.
func (a *App) listenForFigures() (net.Listener, error) {
	if a.Config.Metrics == "" {
		return nil, nil
	}
	return Listen(a.Config.Metrics)
}

// serveFigures answers on an address of its own until ctx ends.
func (a *App) serveFigures(ctx context.Context, l net.Listener) {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", a.monitor.Handler())
	s := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: time.Minute}
	stop := context.AfterFunc(ctx, func() { _ = s.Close() })
	defer stop()
	if err := s.Serve(l); ctx.Err() == nil {
		a.log.ErrorContext(ctx, "the figures are no longer served", "err", err)
	}
}

// systemFacts gives the page of the system what it shows.
type systemFacts struct {
	*App
	since time.Time
}

var _ monitorweb.Source = systemFacts{}

// leadsAll reports whether the actor leads the topmost union: what the page shows belongs to no other.
func leadsAll(who actor.Actor) bool {
	return slices.ContainsFunc(who.Grants, func(g actor.Grant) bool { return g.Role == actor.Lead && parent(g.Path) == "" })
}

// Facts implements monitorweb.Source.
func (s systemFacts) Facts(ctx context.Context, who actor.Actor) (f monitorweb.Facts, err error) {
	defer fault.Wrap(&err, "app.Facts")
	if !leadsAll(who) {
		return f, fault.Refused()
	}
	now := s.clock.Now()
	f = monitorweb.Facts{Now: now, Since: s.since, Version: Version, Engine: engineNames[s.DB.Dialect()], Live: s.live.Followers(), Slow: s.monitor.Slowest(10)}
	for _, b := range s.backlogs() {
		w, err := b.waiting(ctx)
		if err != nil {
			return f, err
		}
		f.Backlogs = append(f.Backlogs, monitorweb.Backlog{Kind: b.kind, Count: w.Count, Oldest: w.Oldest, Late: w.Count > 0 && now.Sub(w.Oldest) > b.late})
	}
	if t := s.taken.Load(); t != nil {
		f.Storage = *t
	}
	if f.Free, f.Total, err = doctor.Space(s.Config.Dir); err != nil {
		web.Spare(ctx, "free space", err)
		f.Free, f.Total = 0, 0
	}
	return f, nil
}

var engineNames = map[sqldb.Dialect]string{sqldb.SQLite: "SQLite", sqldb.Postgres: "PostgreSQL"}

// watching is what the app needs to be watched.
type watching struct {
	monitor *monitor.Monitor
	taken   atomic.Pointer[[]monitorweb.Storage] // what the parts take, as last measured
}

// watch makes the monitor, with traces when they are asked for.
func (a *App) watch(ctx context.Context) error {
	var opts []monitor.Option
	if a.Config.Traces != "" {
		tracer, stop, err := monitor.Traces(ctx, a.Config.Traces, Version, a.Config.TraceShare, a.log)
		if err != nil {
			return advise(err, "cannot send traces (%v): see that --traces is right", err)
		}
		a.onClose(stop)
		opts = append(opts, monitor.WithTracer(tracer))
	}
	a.monitor = monitor.New(Version, opts...)
	return nil
}
