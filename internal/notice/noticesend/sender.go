// Package noticesend sends news out of the hall: at most once for each notice and address, even if the hall is killed.
//
// That a delivery is being sent is durable in the store before the gateway hears of it. After a crash in between nobody
// can tell whether the gateway took it, so it is given up as unknown: the news stands on the hall's pages in any case,
// and to be told twice, or at night once more, is worse than to find it there. Only what a gateway has certainly not
// taken is tried again.
package noticesend

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/notice"
)

// Line is one piece of news in a letter.
type Line struct {
	Kind notice.Kind
	Text string // of the reader's language
	Link string // a whole address
}

// Letter is what a gateway is given.
type Letter struct {
	To            string // in the clear: it goes into no log and no error
	Lang          string
	Subject, Text string // of a letter that tells no news, and has no lines

	Asks  bool // it asks whether the address is its owner's, and its one line leads to the answer
	Lines []Line
	Stop  string // where its owner can say that they want no more; "" in one that asks
}

// Gateway takes letters. A nil error says that it has taken the letter; a Refusal, that it certainly has not; any other
// error, that nobody knows.
type Gateway interface {
	Send(ctx context.Context, l Letter) error
}

// Refusal is a certain failure.
type Refusal struct {
	Again bool   // it may be taken later
	Gone  bool   // there is nobody at the address
	Ours  bool   // the hall is set up wrongly: no letter can go this way until somebody mends it
	Why   string // for the store and the log: no address, no secret
}

// Error implements error.
func (r *Refusal) Error() string { return r.Why }

// Contact is what the hall knows of a person.
type Contact struct {
	Lang     string
	Phone    string // in the clear
	Objected bool   // to being told beyond the hall's pages
}

// Options say how a Sender works.
type Options struct {
	Store    notice.Outgoing
	Items    notice.Store
	Gateways map[notice.Way]Gateway
	Contact  func(ctx context.Context, personID string) (Contact, error)
	Text     func(lang string, it notice.Item) string // the sentence of a notice
	BaseURL  string                                   // of links
	Mark     func(kind, value string) string          // see notice.LeavingOptions
	Clock    clock.Clock
	Log      *slog.Logger
	TextsDay int           // text messages for one person in a day; 0 is 5
	Poll     time.Duration // 0 is two seconds
	Timeout  time.Duration // of one attempt; 0 is 30 s
	Workers  int           // 0 is 8
}

// Sender sends what is due. Any number of them may work on one store.
type Sender struct {
	Options
	nudge chan struct{}
	shut  map[notice.Way]*door
}

// New makes a sender.
func New(o Options) *Sender {
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	o.TextsDay, o.Workers = cmp.Or(o.TextsDay, 5), cmp.Or(o.Workers, 8)
	o.Poll, o.Timeout = cmp.Or(o.Poll, 2*time.Second), cmp.Or(o.Timeout, 30*time.Second)
	shut := map[notice.Way]*door{}
	for w := range o.Gateways {
		shut[w] = &door{}
	}
	return &Sender{Options: o, nudge: make(chan struct{}, 1), shut: shut}
}

// Nudge lets Run look at once. It never blocks.
func (s *Sender) Nudge() {
	select {
	case s.nudge <- struct{}{}:
	default:
	}
}

// Run sends until ctx ends. An attempt under way is finished first.
func (s *Sender) Run(ctx context.Context) error {
	tick := time.NewTicker(s.Poll)
	defer tick.Stop()
	for {
		n, err := s.Once(ctx)
		if err != nil && ctx.Err() == nil {
			s.Log.ErrorContext(ctx, "news not sent", "err", err)
		}
		if n > 0 && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.nudge:
		case <-tick.C:
		}
	}
}

// lapse is how long an attempt may be under way before it is given up: much longer than it can take.
const lapse = 5 * time.Minute

// Once gives up what has lapsed, sends what is due, and says how many deliveries it dealt with.
func (s *Sender) Once(ctx context.Context) (n int, err error) {
	defer fault.Wrap(&err, "noticesend.Once")
	now := s.Clock.Now()
	unknown, _, err := s.Store.Lapse(ctx, now.Add(-lapse), now)
	if err != nil {
		return 0, err
	}
	if unknown > 0 {
		s.Log.WarnContext(ctx, "news that may or may not have been sent is not sent again", "count", unknown)
	}
	due, err := s.Store.Due(ctx, now, 4*s.Workers)
	if err != nil {
		return 0, err
	}
	var wg sync.WaitGroup
	errs := make([]error, len(due))
	slots := make(chan struct{}, s.Workers)
	for i, d := range due {
		slots <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		wg.Go(func() {
			defer func() { <-slots }()
			errs[i] = s.one(ctx, d)
		})
	}
	wg.Wait()
	return len(due), errors.Join(errs...)
}

// digestMost is how many pieces of news a digest holds; more come with the next letter.
const digestMost = 50

// one sends one delivery, or the digest that it belongs to.
func (s *Sender) one(ctx context.Context, d notice.Delivery) error {
	ds := []notice.Delivery{d}
	if d.Way == notice.Digest {
		var err error
		if ds, err = s.Store.DueDigest(ctx, d.PersonID, s.Clock.Now(), digestMost); err != nil {
			return err
		}
	}
	job, err := s.prepare(ctx, ds)
	if err != nil || len(job.ds) == 0 {
		return err
	}
	if job.gateway == nil {
		return s.leave(ctx, job.ds, "not offered")
	}
	if until, ok := job.door.pass(s.Clock.Now()); !ok {
		return s.postpone(ctx, job.ds, until)
	}
	// From here on the delivery is not sent again, whatever happens, unless the gateway says that it has not taken it.
	ctx = context.WithoutCancel(ctx)
	lease := id.New()
	begun, err := s.Store.Begin(ctx, job.ds, lease, s.Clock.Now())
	if err != nil || len(begun) == 0 {
		return err
	}
	if len(begun) < len(job.ds) { // another sender has some of them: what it sends must not stand in this letter
		job.letter.Lines = linesOf(job, begun)
	}
	within, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	err = job.gateway.Send(within, job.letter)
	return s.settle(ctx, job.door, begun, lease, err)
}

func linesOf(j job, begun []notice.Delivery) (out []Line) {
	for i, d := range j.ds {
		if slices.ContainsFunc(begun, func(b notice.Delivery) bool { return b.EventID == d.EventID && b.Msg == d.Msg }) {
			out = append(out, j.letter.Lines[i])
		}
	}
	return out
}

// backoff is how long what was not taken waits.
var backoff = []time.Duration{time.Minute, 5 * time.Minute, 20 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour}

// settle notes what came of an attempt.
func (s *Sender) settle(ctx context.Context, at *door, ds []notice.Delivery, lease string, came error) error {
	var refusal *Refusal
	certain := errors.As(came, &refusal)
	if certain && refusal.Ours {
		return s.spare(ctx, at, ds, lease, refusal)
	}
	at.open()
	for i := range ds {
		d := &ds[i]
		switch {
		case came == nil:
			d.State, d.Why = notice.Sent, ""
		case !certain:
			d.State, d.Why = notice.Unknown, "no answer"
		case refusal.Again && d.Attempts <= len(backoff):
			d.State, d.Why, d.DueAt = notice.Waiting, refusal.Why, s.Clock.Now().Add(backoff[d.Attempts-1])
		default:
			d.State, d.Why = notice.Failed, refusal.Why
		}
	}
	if came != nil {
		s.Log.WarnContext(ctx, "news not taken", "way", ds[0].Way, "person", ds[0].PersonID, "state", ds[0].State, "why", ds[0].Why, "attempt", ds[0].Attempts)
	}
	if certain && refusal.Gone && ds[0].Way == notice.Push {
		if err := s.Store.DropAddress(ctx, ds[0].PersonID, ds[0].AddressID); err != nil {
			return err
		}
	} else if certain && refusal.Gone && ds[0].AddressID != "" {
		if _, err := s.Store.SetAddress(ctx, ds[0].PersonID, ds[0].AddressID, notice.AddressOff, notice.OffBad,
			notice.AddressNew, notice.AddressActive); err != nil {
			return err
		}
	}
	return s.Store.Settle(ctx, ds, lease)
}
