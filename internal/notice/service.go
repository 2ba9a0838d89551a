package notice

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
)

// PageSize is how many notices a page of the list holds.
const PageSize = 30

const trimBatch = 1000

// Service tells people and lets each read their own.
type Service struct {
	store Store
	clock clock.Clock
	out   *leaving // nil where nothing leaves the hall
}

// NewService makes the service on a store.
func NewService(store Store, c clock.Clock) *Service { return &Service{store: store, clock: c} }

// Tell keeps the notices. One that was told before — same person, event and message — is left as it
// is, so a redelivered event tells nobody twice; of one marked First any told before with its link is
// enough. Only consumers of events call it: there is no actor
// who could ask for it.
func (s *Service) Tell(ctx context.Context, news []New) (err error) {
	defer fault.Wrap(&err, "notice.Tell(%d)", len(news))
	if len(news) == 0 {
		return nil
	}
	now := s.clock.Now()
	items := make([]Item, len(news))
	for i, n := range news {
		if err := n.check(); err != nil {
			return err
		}
		items[i] = Item{
			ID: id.New(), PersonID: n.PersonID, EventID: n.EventID, Msg: n.Msg, Args: n.Args, Link: n.Link, First: n.First,
			CreatedAt: now,
		}
	}
	// One order for everybody: two tellers of the same event then never wait for each other in a ring.
	slices.SortFunc(items, func(a, b Item) int {
		return cmp.Or(cmp.Compare(a.PersonID, b.PersonID), cmp.Compare(a.EventID, b.EventID), cmp.Compare(a.Msg, b.Msg))
	})
	if err := s.out.plan(ctx, items); err != nil {
		return err
	}
	return s.store.Add(ctx, items, func(p []string) event.Event { return event.New(Told, now, people{p}) })
}

// check finds defects of the caller; no person's input leads here, so they are no faults.
func (n New) check() error {
	switch {
	case n.PersonID == "" || n.EventID == "" || n.Msg == "":
		return fmt.Errorf("notice without person, event or message: %q %q %q", n.PersonID, n.EventID, n.Msg)
	case len(n.Args)%2 != 0:
		return fmt.Errorf("notice %s: arguments are not pairs", n.Msg)
	case !local(n.Link):
		return fmt.Errorf("notice %s: link %q leaves the hall", n.Msg, n.Link)
	}
	return nil
}

// Unread counts what the actor has not read yet.
func (s *Service) Unread(ctx context.Context, a actor.Actor) (n int, err error) {
	defer fault.Wrap(&err, "notice.Unread")
	if err := own(a); err != nil {
		return 0, err
	}
	return s.store.Unread(ctx, a.ID)
}

// Page is a part of the list; Next is the cursor of the part after it, empty at the end.
type Page struct {
	Items []Item
	Next  string
}

// List gives the actor's notices, newest first, from the cursor on.
func (s *Service) List(ctx context.Context, a actor.Actor, cursor string) (p Page, err error) {
	defer fault.Wrap(&err, "notice.List")
	if err := own(a); err != nil {
		return Page{}, err
	}
	after, err := parsePosition(cursor)
	if err != nil {
		return Page{}, err
	}
	p.Items, err = s.store.List(ctx, a.ID, after, PageSize+1)
	if err != nil {
		return Page{}, err
	}
	if len(p.Items) > PageSize {
		p.Items = p.Items[:PageSize]
		p.Next = positionOf(p.Items[PageSize-1]).String()
	}
	return p, nil
}

// Open marks one of the actor's notices read and returns it. Somebody else's does not exist.
func (s *Service) Open(ctx context.Context, a actor.Actor, itemID string) (it Item, err error) {
	defer fault.Wrap(&err, "notice.Open(%s)", itemID)
	if err := own(a); err != nil {
		return Item{}, err
	}
	it, err = s.store.Item(ctx, a.ID, itemID)
	if err != nil || !it.Unread() {
		return it, err
	}
	it.ReadAt = s.clock.Now()
	return it, s.store.Read(ctx, a.ID, itemID, it.ReadAt, event.New(Read, it.ReadAt, people{[]string{a.ID}}))
}

// ReadAll marks read what the actor was told until then: what a page showed, and not what has come
// since. The zero time is now.
func (s *Service) ReadAll(ctx context.Context, a actor.Actor, until time.Time) (err error) {
	defer fault.Wrap(&err, "notice.ReadAll")
	if err := own(a); err != nil {
		return err
	}
	now := s.clock.Now()
	if until.IsZero() {
		until = now
	}
	return s.store.ReadAll(ctx, a.ID, until, now, event.New(Read, now, people{[]string{a.ID}}))
}

// own refuses whoever has no notices of their own: only people do.
func own(a actor.Actor) error {
	switch {
	case a.Kind == actor.Anyone:
		return fault.New(fault.Unauthenticated, "fault.unauthenticated")
	case !a.SignedIn():
		return fault.Refused()
	}
	return nil
}

// Trim forgets what is older than Keep, a batch at a time so that no writer waits long.
func (s *Service) Trim(ctx context.Context) (n int, err error) {
	defer fault.Wrap(&err, "notice.Trim")
	before := s.clock.Now().Add(-Keep)
	for {
		k, err := s.store.Trim(ctx, before, trimBatch)
		n += k
		if err != nil {
			return n, err
		}
		if k < trimBatch {
			return n, s.out.trim(ctx, before)
		}
	}
}

// Tend trims now and every six hours until ctx ends. Several nodes may tend the same store.
func (s *Service) Tend(ctx context.Context, log *slog.Logger) error {
	tick := time.NewTicker(6 * time.Hour)
	defer tick.Stop()
	for {
		n, err := s.Trim(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			log.ErrorContext(ctx, "notices not trimmed", "err", err)
		case n > 0:
			log.InfoContext(ctx, "notices trimmed", "count", n)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
