package stream

import (
	"context"
	"log/slog"
	"time"

	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/sqldb"
)

const (
	relayBatch   = 256
	relayPoll    = time.Second // what other processes emitted, and what a missed signal would leave
	relayPatient = 10 * time.Second
	publishWait  = 30 * time.Second
	trimEvery    = 10 * time.Minute
	trimBatch    = 500
)

// Relay publishes the outbox of db to s until ctx ends, and then returns nil. It wakes with every commit
// that emitted, and each second for what other processes have committed. A failure is logged and tried
// again, with growing pauses; meanwhile events wait in the outbox, and nothing else does.
//
// Every event that was committed is published at least once. At the start it publishes again what was
// published in the last minutes, as the transport may have lost it with the power; when the transport comes
// up empty, then or later, all that the outbox keeps. Published events are kept seven days, then deleted in small portions.
//
// Run one in each process. On one PostgreSQL the relays of several nodes share the rows.
//
// Cost: two statements for each batch of up to 256 events, one small read a second when nothing happens.
func Relay(ctx context.Context, db *sqldb.DB, s Stream, log *slog.Logger) error {
	r := &relay{db: db, stream: s, log: log}
	r.again(ctx, time.Now().Add(-republish))
	poll := time.NewTicker(relayPoll)
	defer poll.Stop()
	trim := time.NewTicker(trimEvery)
	defer trim.Stop()
	r.trim(ctx)
	for {
		if r.lost() {
			r.again(ctx, time.Time{})
		}
		r.drain(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-db.Emitted():
		case <-poll.C:
		case <-trim.C:
			r.trim(ctx)
		}
	}
}

type relay struct {
	db     *sqldb.DB
	stream Stream
	log    *slog.Logger
	fails  uint64
}

// drain publishes until nothing waits.
func (r *relay) drain(ctx context.Context) {
	for ctx.Err() == nil {
		n, err := r.db.RelayOutbox(ctx, relayBatch, r.publish)
		if !r.went(ctx, err) {
			continue
		}
		if n < relayBatch {
			return
		}
	}
}

func (r *relay) publish(ctx context.Context, events []event.Event) error {
	ctx, cancel := context.WithTimeout(ctx, publishWait)
	defer cancel()
	return r.stream.Publish(ctx, events...)
}

// went logs a failure, waits, and reports whether there was none.
func (r *relay) went(ctx context.Context, err error) bool {
	if err == nil {
		r.fails = 0
		return true
	}
	if ctx.Err() != nil {
		return false // it is over, and that was why
	}
	r.fails++
	wait := min(pause(50*time.Millisecond, r.fails), relayPatient)
	r.log.Warn("stream: the relay failed; what is in the outbox waits", "fails", r.fails, "pause", wait, "err", err)
	sleep(ctx, wait)
	return false
}

// lost reports whether the transport has come up empty since this was last asked.
func (r *relay) lost() bool {
	s, ok := r.stream.(interface{ Empty() bool })
	return ok && s.Empty()
}

// again publishes once more what was published since then, which a crash may have taken from the transport.
func (r *relay) again(ctx context.Context, since time.Time) {
	for after := ""; ctx.Err() == nil; {
		events, err := r.db.PublishedSince(ctx, since, after, relayBatch)
		if err == nil && len(events) > 0 {
			err = r.publish(ctx, events)
		}
		if !r.went(ctx, err) {
			continue
		}
		if len(events) == 0 {
			return
		}
		after = events[len(events)-1].ID
	}
}

// trim deletes what is older than the transport would keep.
func (r *relay) trim(ctx context.Context) {
	for ctx.Err() == nil {
		n, err := r.db.TrimOutbox(ctx, time.Now().Add(-keep), trimBatch)
		if err != nil {
			if !fault.Is(err, fault.Unavailable) {
				r.log.Warn("stream: the outbox was not trimmed", "err", err)
			}
			return
		}
		if n < trimBatch {
			return
		}
	}
}
