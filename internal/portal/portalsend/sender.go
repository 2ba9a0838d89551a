// Package portalsend sends what is queued for partner portals to their hooks.
package portalsend

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/portal"
)

// Options say how a Sender works. The zero value is for production.
type Options struct {
	Reach    portal.Reach
	Resolver *net.Resolver // of the hooks' names; nil is the machine's
	Clock    clock.Clock   // nil is the machine's
	Log      *slog.Logger  // nil is the default one
	Timeout  time.Duration // for one attempt; 0 is portal.Timeout, and longer would outlive the claim
	Workers  int           // attempts at once; 0 is 16
	PerHook  int           // of them for one hook; 0 is 2
	Poll     time.Duration // how often it looks for what has become due; 0 is a second
	Grace    time.Duration // how long attempts under way may go on after the end; 0 is 3 s
}

// Sender claims deliveries that are due, sends them, and notes what came of it. Any number of them may
// work on one store: a claim keeps the others away until it lapses. A sender that dies between sending
// and noting leaves the claim to lapse, and the delivery is sent again under the same webhook-id: at
// least once.
type Sender struct {
	store  portal.Store
	clock  clock.Clock
	log    *slog.Logger
	client *client
	opts   Options
	nudge  chan struct{}

	mu   sync.Mutex
	busy map[string]int // hook id → attempts under way here
	n    int            // their sum
}

// New makes a sender on the store.
func New(store portal.Store, o Options) *Sender {
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	o.Timeout = min(cmp.Or(o.Timeout, portal.Timeout), portal.Timeout)
	o.Workers, o.PerHook = cmp.Or(o.Workers, 16), cmp.Or(o.PerHook, 2)
	o.Poll, o.Grace = cmp.Or(o.Poll, time.Second), cmp.Or(o.Grace, 3*time.Second)
	return &Sender{
		store: store, clock: o.Clock, log: o.Log, client: newClient(o), opts: o,
		nudge: make(chan struct{}, 1), busy: map[string]int{},
	}
}

// Nudge lets Run look at once. It never blocks.
func (s *Sender) Nudge() {
	select {
	case s.nudge <- struct{}{}:
	default:
	}
}

// Run sends until ctx ends. Attempts under way then have Options.Grace to come home; one that does not
// is given up unnoted, and sent again when its claim has lapsed.
func (s *Sender) Run(ctx context.Context) error {
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var wg sync.WaitGroup
	defer func() {
		cut := time.AfterFunc(s.opts.Grace, stop)
		defer cut.Stop()
		wg.Wait()
		s.client.close()
	}()
	poll, tend := time.NewTicker(s.opts.Poll), time.NewTicker(time.Minute)
	defer poll.Stop()
	defer tend.Stop()
	for {
		s.start(ctx, work, &wg)
		select {
		case <-ctx.Done():
			return nil
		case <-s.nudge:
		case <-poll.C:
		case <-tend.C:
			s.tend(ctx)
		}
	}
}

// start claims and sets to work until there is nothing more to claim, or no room for it.
func (s *Sender) start(ctx, work context.Context, wg *sync.WaitGroup) {
	for {
		jobs, err := s.claim(ctx)
		if err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "deliveries not claimed", "err", err)
		}
		if len(jobs) == 0 {
			return
		}
		for _, j := range jobs {
			wg.Go(func() {
				defer s.Nudge() // there is room for another
				defer s.done(j)
				s.deliver(work, j)
			})
		}
	}
}

// Once sends what is due now, as far as it can be claimed at once, and returns when all of it is noted.
func (s *Sender) Once(ctx context.Context) (int, error) {
	jobs, err := s.claim(ctx)
	var wg sync.WaitGroup
	for _, j := range jobs {
		wg.Go(func() {
			defer s.done(j)
			s.deliver(ctx, j)
		})
	}
	wg.Wait()
	return len(jobs), err
}

// claim takes as much as there is room for, in all and per hook, and counts it as under way.
func (s *Sender) claim(ctx context.Context) ([]portal.Job, error) {
	now := s.clock.Now()
	c := portal.Claim{Now: now, Until: now.Add(portal.LeaseTime), Lease: id.New()}
	s.mu.Lock()
	c.Limit, c.PerHook = s.opts.Workers-s.n, s.opts.PerHook
	for hook, n := range s.busy {
		if n > 0 {
			c.Except = append(c.Except, hook)
		}
	}
	s.mu.Unlock()
	if c.Limit <= 0 {
		return nil, nil
	}
	jobs, err := s.store.Claim(ctx, c)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, j := range jobs {
		s.busy[j.Delivery.HookID]++
		s.n++
	}
	return jobs, err
}

func (s *Sender) done(j portal.Job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	hook := j.Delivery.HookID
	s.n--
	if s.busy[hook]--; s.busy[hook] == 0 {
		delete(s.busy, hook)
	}
}

// deliver makes one attempt and notes it.
func (s *Sender) deliver(ctx context.Context, j portal.Job) {
	began, d := time.Now(), j.Delivery
	r := s.client.post(ctx, j, s.clock.Now())
	if ctx.Err() != nil {
		return // cut off by the end of the process: says nothing about the receiver
	}
	r.At, r.Took = s.clock.Now(), time.Since(began)
	err := s.store.UpdateDelivery(ctx, d.PortalID, d.ID, func(now portal.Delivery, h portal.Hook) (portal.Delivery, portal.Hook, error) {
		now, h = portal.Settle(now, h, d.Lease, r)
		return now, h, nil
	})
	log := s.log.With("portal", d.PortalID, "hook", d.HookID, "event", d.EventID, "status", r.Status)
	switch {
	case fault.Is(err, fault.NotFound):
		log.InfoContext(ctx, "delivery of a hook that is gone")
	case err != nil:
		log.ErrorContext(ctx, "delivery not noted, it will be sent again", "err", err)
	case !r.OK():
		log.WarnContext(ctx, "delivery failed", "failure", r.Failure)
	}
}

const trimBatch = 1000

// tend fails what nobody took in time and forgets what is old, a batch at a time.
func (s *Sender) tend(ctx context.Context) {
	now := s.clock.Now()
	if _, err := s.store.Expire(ctx, now); err != nil && ctx.Err() == nil {
		s.log.ErrorContext(ctx, "deliveries not expired", "err", err)
	}
	for n := trimBatch; n == trimBatch; {
		var err error
		if n, err = s.store.Trim(ctx, now.Add(-portal.KeepFor), trimBatch); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "deliveries not trimmed", "err", err)
		}
	}
}
