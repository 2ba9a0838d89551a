// Package app wires the hall: it is the one package that imports every other. The program and the end-to-end
// tests boot the same App.
package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/unionhall/unionhall/internal/blob"
	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/exchange/exchangesql"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/hall/hallsql"
	"github.com/unionhall/unionhall/internal/intake"
	"github.com/unionhall/unionhall/internal/intake/intakesql"
	"github.com/unionhall/unionhall/internal/match"
	"github.com/unionhall/unionhall/internal/notice"
	"github.com/unionhall/unionhall/internal/notice/noticesend"
	"github.com/unionhall/unionhall/internal/notice/noticesql"
	"github.com/unionhall/unionhall/internal/portal"
	"github.com/unionhall/unionhall/internal/portal/portalsend"
	"github.com/unionhall/unionhall/internal/portal/portalsql"
	"github.com/unionhall/unionhall/internal/privacy"
	"github.com/unionhall/unionhall/internal/privacy/privacysql"
	"github.com/unionhall/unionhall/internal/seal"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/stream"
	"github.com/unionhall/unionhall/internal/web"
)

// App is one hall. Open gives its store and services, which is enough for commands beside a running hall; Run adds
// the stream and the pages and serves until its context ends; Close lets go of everything.
type App struct {
	Config   Config
	DB       *sqldb.DB
	Hall     *hall.Service
	Exchange *exchange.Service
	Notices  *notice.Service
	Portals  *portal.Service
	Imports  *intake.Service
	Privacy  *privacy.Service
	Router   *web.Router
	KeysMade string // the key file, when Open had to make one: somebody must be told to keep a copy

	log     *slog.Logger
	clock   clock.Clock
	stream  stream.Stream
	blobs   blob.Store
	box     *seal.Box
	people  *hallsql.Store
	sealed  *privacysql.Store
	cases   *exchangesql.Store
	portals *portalsql.Store
	hasher  *hall.Hasher
	live    *web.Live
	sender  *portalsend.Sender
	news    *noticesend.Sender
	out     *noticesql.Outgoing
	closers []func() error
	watching
}

// Open opens the store, brings its schema up to date, and wires the services. It serves nothing yet, and what it
// emits waits in the outbox for a hall that runs.
func Open(ctx context.Context, c Config, log *slog.Logger) (_ *App, err error) {
	defer fault.Wrap(&err, "app.Open(%s)", c.Dir)
	a := &App{Config: c, log: log, clock: c.Clock}
	if a.clock == nil {
		a.clock = clock.System{}
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	if err := usable(c.Dir); err != nil {
		return nil, err
	}
	if err := restored(c.Dir); err != nil {
		return nil, err
	}
	if err := a.watch(ctx); err != nil {
		return nil, err
	}
	if a.DB, err = sqldb.Open(ctx, c.DSN(), sqldb.WithLog(log), sqldb.WithObserver(a.monitor), sqldb.WithFaults(c.Faults)); err != nil {
		return nil, advise(err, "cannot open the store (%v): see that --store is right and what it names is there", err)
	}
	a.onClose(a.DB.Close)
	if err := a.DB.Migrate(ctx); err != nil {
		return nil, err
	}
	if err := a.openPeople(ctx); err != nil {
		return nil, err
	}
	if a.blobs, err = c.Blobs(); err != nil {
		return nil, err
	}
	a.services()
	if err := a.Hall.UsePasskeys(c.Address()); err != nil {
		return nil, err
	}
	if err := a.federate(); err != nil {
		return nil, err
	}
	if err := a.out.MarkOld(ctx); err != nil {
		return nil, err
	}
	if err := a.leave(); err != nil {
		return nil, err
	}
	return a, a.texts()
}

func (a *App) services() {
	cost := hall.DefaultCost
	if a.Config.Cheap {
		cost = hall.Cost{Memory: 64, Time: 1, Threads: 1}
	}
	a.hasher = hall.NewHasher(cost)
	a.Hall = hall.New(a.people, a.clock, a.hasher)
	if a.Config.Stream != "" {
		a.Hall.Share()
	}
	a.cases = exchangesql.New(a.DB)
	a.onClose(func() error { a.cases.Close(); return nil })
	a.Exchange = exchange.New(a.cases, directory{a.Hall, a.clock}, match.NewPlain(), a.clock, a.log)
	a.Hall.Consult(matters{a.Exchange})
	a.Hall.CountWith(houses{a})
	a.Notices = notice.NewService(noticesql.New(a.DB), a.clock)
	reach := a.Config.reach()
	a.portals = portalsql.New(a.DB)
	a.sender = portalsend.New(a.portals, portalsend.Options{Reach: reach, Clock: a.clock, Log: a.log})
	a.Portals = portal.NewService(a.portals, portal.Options{Clock: a.clock, Unions: unions{a.Hall}, Topics: topics(), Reach: reach,
		Queued: a.sender.Nudge})
	a.Imports = intake.New(intake.Options{Store: intakesql.New(a.DB), Files: importFiles{a.blobs, a.box}, Unions: importUnions{a.Hall}, Actors: a.Hall,
		Records: importRecords{a.Hall}, Clock: a.clock, Log: a.log, Kinds: a.importKinds()})
	a.out = noticesql.NewOutgoing(a.DB, a.box)
	a.private()
	a.live = web.NewLive(web.LiveOptions{MaySee: a.maySee, Log: a.log})
}

func (a *App) onClose(f func() error) { a.closers = append(a.closers, f) }

// Close lets go of everything in the opposite order. What was acknowledged is durable whether or not it runs.
func (a *App) Close() error {
	var errs []error
	for i := len(a.closers) - 1; i >= 0; i-- {
		errs = append(errs, a.closers[i]())
	}
	a.closers = nil
	return errors.Join(errs...)
}

// load opens the stream and builds what the services keep in memory. Events are heard from before it begins, so
// that nothing falls between.
func (a *App) load(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "app.load")
	if err := a.useStore(ctx); err != nil {
		return err
	}
	if err := a.openStream(); err != nil {
		return err
	}
	if err := a.stream.Follow(ctx, []string{"hall.>", "exchange.>", "notice.>", "intake.>"}, a.hear); err != nil {
		return err
	}
	return a.Exchange.Load(ctx)
}

// Run loads, listens and serves until ctx ends; then it stops accepting, finishes what it has accepted, and
// returns. ready is called with the address once requests are taken; it may be nil.
func (a *App) Run(ctx context.Context, ready func(addr net.Addr)) (err error) {
	defer fault.Wrap(&err, "app.Run")
	// What works behind the pages outlives them, so that a request accepted last still leaves its events.
	behind, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	if err := a.load(behind); err != nil {
		return err
	}
	if err := a.surface(); err != nil {
		return err
	}
	l, err := Listen(a.Config.Listen)
	if err != nil {
		return err
	}
	figures, err := a.listenForFigures()
	if err != nil {
		return errors.Join(err, l.Close())
	}
	var group sync.WaitGroup
	a.work(behind, &group)
	if figures != nil {
		group.Go(func() { a.serveFigures(behind, figures) })
	}
	defer group.Wait()
	defer stop()
	if a.KeysMade != "" {
		a.log.InfoContext(ctx, "key file made; keep a copy apart from the store", "path", a.KeysMade)
	}
	if ready != nil {
		ready(l.Addr())
	}
	return web.NewServer(a.Router).Serve(ctx, l)
}

// restartAfter is how long what has stopped working waits before it is started again.
const restartAfter = 5 * time.Second

// work starts all that runs beside the pages. What stops working is started again: the hall goes on taking needs, and
// what they set off must not wait for somebody to notice.
func (a *App) work(ctx context.Context, group *sync.WaitGroup) {
	run := func(name string, f func(context.Context) error) {
		again := a.monitor.Restarts(name)
		group.Go(func() {
			for {
				err := f(ctx)
				if err == nil || ctx.Err() != nil {
					return
				}
				again()
				a.log.ErrorContext(ctx, "stopped working; it is started again", "what", name, "pause", restartAfter, "err", err)
				select {
				case <-ctx.Done():
				case <-time.After(restartAfter):
				}
			}
		})
	}
	consume := func(name string, subjects []string, fn func(context.Context, event.Event) error) {
		run(name, func(ctx context.Context) error {
			if err := a.stream.Consume(ctx, name, subjects, a.monitor.Consumer(name, fn)); err != nil {
				return err
			}
			<-ctx.Done()
			return nil
		})
	}
	consume("exchange-notices", []string{"exchange.>"}, a.tell)
	consume("exchange-hooks", []string{"exchange.>"}, a.hook)
	consume("exchange-masters", []string{hall.MasterChanged}, a.sync)
	consume("exchange-members", []string{hall.MembershipChanged}, a.followMember)
	consume("hall-requests", []string{hall.RequestChanged}, a.tellRequest)
	consume("hall-phones", []string{hall.PhoneChanged}, a.tellPhone)
	consume("hall-documents", []string{hall.DocumentChanged}, a.tellDocument)
	consume("exchange-kinds", []string{exchange.SubjectPrefix + exchange.KindChanged}, a.offer)
	run("relay", func(ctx context.Context) error { return stream.Relay(ctx, a.DB, a.stream, a.log) })
	run("sender", a.sender.Run)
	run("news", a.news.Run)
	run("sessions", a.Hall.Run)
	run("notices", func(ctx context.Context) error { return a.Notices.Tend(ctx, a.log) })
	run("imports", a.Imports.Run)
	run("moves", func(ctx context.Context) error { return a.every(ctx, followEvery, a.FollowMoves) })
	run("late-moves", func(ctx context.Context) error { return a.every(ctx, time.Hour, a.followLate) })
	run("privacy", a.Privacy.Run)
	run("follow-ups", func(ctx context.Context) error { return a.every(ctx, time.Minute, a.ask) })
	run("index", func(ctx context.Context) error { return a.every(ctx, 30*time.Second, a.Exchange.Mend) })
	run("storage", func(ctx context.Context) error { return a.every(ctx, 10*time.Minute, a.measure) })
	run("calendars", func(ctx context.Context) error { return a.every(ctx, 6*time.Hour, a.Exchange.LoadOffers) })
}

// every runs f now and then every so often; an error is logged and the next turn tries again.
func (a *App) every(ctx context.Context, d time.Duration, f func(context.Context) error) error {
	tick := time.NewTicker(d)
	defer tick.Stop()
	for {
		if err := f(ctx); err != nil && ctx.Err() == nil {
			a.log.ErrorContext(ctx, "turn failed", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// ask asks the follow-ups that are due.
func (a *App) ask(ctx context.Context) error {
	n, err := a.Exchange.AskDue(ctx)
	if n > 0 {
		a.log.InfoContext(ctx, "follow-ups asked", "count", n)
	}
	return err
}
