package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
)

func (t *transport) Follow(ctx context.Context, subjects []string, fn func(event.Event)) (err error) {
	defer fault.Wrap(&err, "stream.Follow(%v)", subjects)
	ctx, end, err := t.begin(ctx)
	if err != nil {
		return err
	}
	f := &follower{transport: t, subjects: t.prefixed(subjects), fn: fn}
	// "From now on" is a number: a reading that has to begin anew before it saw its first event then begins at the
	// same place, not at the new now.
	info, err := t.ensure(ctx)
	if err == nil {
		f.made, f.next = info.Created, info.State.LastSeq+1
		err = f.begin(ctx)
	}
	if err != nil {
		end()
		return unavailable(err)
	}
	go func() {
		defer end()
		f.run(ctx)
	}()
	return nil
}

// follower reads the stream from a place on, and never passes over an event that is still kept.
type follower struct {
	*transport
	subjects []string
	fn       func(event.Event)
	made     time.Time // when the stream was
	next     uint64    // the place of the next event in it

	reading jetstream.MessagesContext
	count   uint64 // of what this reading has given
}

// begin begins a reading at the next place. The server forgets it soon after nobody asks any more.
func (f *follower) begin(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, askWait)
	defer cancel()
	c, err := f.js.CreateConsumer(ctx, f.name, jetstream.ConsumerConfig{
		FilterSubjects:    f.subjects,
		DeliverPolicy:     jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:       f.next,
		AckPolicy:         jetstream.AckNonePolicy,
		InactiveThreshold: time.Minute,
		Replicas:          1,
		MemoryStorage:     true,
	})
	if err != nil {
		return err
	}
	f.count = 0
	f.reading, err = c.Messages(jetstream.PullHeartbeat(f.beat), jetstream.PullExpiry(max(10*f.beat, 2*time.Second)), jetstream.WithMessagesErrOnMissingHeartbeat(true))
	return err
}

func (f *follower) run(ctx context.Context) {
	for ctx.Err() == nil {
		err := f.read(ctx)
		if ctx.Err() != nil {
			return
		}
		f.log.Warn("stream: a follower cannot read; it goes on trying", "subjects", f.subjects, "err", err)
		for ctx.Err() == nil {
			if err := f.again(ctx); err == nil {
				break
			}
			sleep(ctx, f.calm())
		}
	}
}

// again goes on where the last reading ended; in a stream that was made anew, at its beginning.
func (f *follower) again(ctx context.Context) error {
	info, err := f.ensure(ctx)
	if err != nil {
		return err
	}
	if !info.Created.Equal(f.made) {
		f.made, f.next = info.Created, 1
	}
	return f.begin(ctx)
}

var errGap = errors.New("an event was lost on the way")

// read gives events to fn until the reading breaks off.
func (f *follower) read(ctx context.Context) error {
	defer f.reading.Stop()
	for {
		m, err := f.reading.Next(jetstream.NextContext(ctx))
		if err != nil {
			return err
		}
		at, err := m.Metadata()
		if err != nil {
			return err
		}
		if f.count++; at.Sequence.Consumer != f.count {
			return fmt.Errorf("%w: want %d, have %d", errGap, f.count, at.Sequence.Consumer)
		}
		if at.Sequence.Stream < f.next {
			continue // seen before
		}
		f.next = at.Sequence.Stream + 1
		if ctx.Err() != nil {
			return ctx.Err()
		}
		ev := f.received(m)
		if err := <-run(ctx, ev, func(_ context.Context, ev event.Event) error { f.fn(ev); return nil }); err != nil {
			f.log.Error("stream: a follower failed on an event", "event", ev.ID, "subject", ev.Subject, "err", err)
		}
	}
}
