package stream

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
)

// maxPause is the longest an event waits after it failed.
const maxPause = 10 * time.Minute

func (e *embedded) Consume(ctx context.Context, name string, subjects []string, fn func(context.Context, event.Event) error) (err error) {
	defer fault.Wrap(&err, "stream.Consume(%s)", name)
	consumer, err := e.stream.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{
		Durable:        name,
		FilterSubjects: prefixed(subjects),
		DeliverPolicy:  jetstream.DeliverAllPolicy,
		AckPolicy:      jetstream.AckExplicitPolicy,
		AckWait:        e.ackWait,
		MaxDeliver:     -1,
		MaxAckPending:  -1, // events that wait for another try must not hold up the others
	})
	if err != nil {
		return unavailable(err)
	}
	ctx, end, err := e.begin(ctx)
	if err != nil {
		return err
	}
	go func() {
		defer end()
		for ctx.Err() == nil {
			// One by one: what is fetched ahead would wait here while a slow fn runs, be believed lost, and
			// be given to another. A trip to the server in this process costs less than any useful fn.
			m, err := consumer.Next(jetstream.FetchContext(ctx))
			switch {
			case err == nil:
				e.handle(ctx, name, m, fn)
			case errors.Is(err, nats.ErrTimeout), ctx.Err() != nil:
			default:
				e.log.Warn("stream: a consumer cannot read; it goes on trying", "consumer", name, "err", err)
				sleep(ctx, time.Second)
			}
		}
	}()
	return nil
}

// handle gives one event to fn and tells the server how it went. An answer that does not arrive only means
// that the event comes again.
func (e *embedded) handle(ctx context.Context, name string, m jetstream.Msg, fn func(context.Context, event.Event) error) {
	ev := received(m)
	alive := time.NewTicker(e.ackWait / 3)
	defer alive.Stop()
	done := run(ctx, ev, fn)
	for {
		select {
		case <-alive.C:
			_ = m.InProgress()
			continue
		case err := <-done:
			switch {
			case err == nil:
				_ = m.Ack()
			case ctx.Err() != nil:
				_ = m.Nak() // the hall is closing; that says nothing about the event
			default:
				tries := uint64(1)
				if meta, e := m.Metadata(); e == nil {
					tries = meta.NumDelivered
				}
				pause := pause(e.retry, tries)
				e.log.Error("stream: a consumer failed on an event; it will come again",
					"consumer", name, "event", ev.ID, "subject", ev.Subject, "tries", tries, "pause", pause, "err", err)
				_ = m.NakWithDelay(pause)
			}
		}
		return
	}
}

// pause doubles from first with every try, up to maxPause.
func pause(first time.Duration, tries uint64) time.Duration {
	p := first
	for ; tries > 1 && p < maxPause; tries-- {
		p *= 2
	}
	return min(p, maxPause)
}

// run calls fn in a goroutine of its own and gives its answer. A panic is an error: one bad event must not
// end the process, and with it all other work, again and again.
func run(ctx context.Context, ev event.Event, fn func(context.Context, event.Event) error) <-chan error {
	done := make(chan error, 1)
	go func() {
		err := errLeft
		defer func() {
			if v := recover(); v != nil {
				err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
			}
			done <- err
		}()
		err = fn(ctx, ev)
	}()
	return done
}

var errLeft = errors.New("the function ended its goroutine")

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func (e *embedded) Follow(ctx context.Context, subjects []string, fn func(event.Event)) (err error) {
	defer fault.Wrap(&err, "stream.Follow(%v)", subjects)
	info, err := e.stream.Info(ctx)
	if err != nil {
		return unavailable(err)
	}
	// "From now on" as a number: a consumer that has to be made anew before it saw its first event then
	// begins at the same place, not at the new now.
	consumer, err := e.js.OrderedConsumer(ctx, streamName, jetstream.OrderedConsumerConfig{
		FilterSubjects: prefixed(subjects),
		DeliverPolicy:  jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:    info.State.LastSeq + 1,
	})
	if err != nil {
		return unavailable(err)
	}
	ctx, end, err := e.begin(ctx)
	if err != nil {
		return err
	}
	reading, err := consumer.Consume(func(m jetstream.Msg) {
		if ctx.Err() != nil {
			return
		}
		ev := received(m)
		err := <-run(ctx, ev, func(_ context.Context, ev event.Event) error { fn(ev); return nil })
		if err != nil {
			e.log.Error("stream: a follower failed on an event", "event", ev.ID, "subject", ev.Subject, "err", err)
		}
	})
	if err != nil {
		end()
		return unavailable(err)
	}
	context.AfterFunc(ctx, func() {
		defer end()
		reading.Stop()
		<-reading.Closed()
	})
	return nil
}
