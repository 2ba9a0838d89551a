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

func (t *transport) Consume(ctx context.Context, name string, subjects []string, fn func(context.Context, event.Event) error) (err error) {
	defer fault.Wrap(&err, "stream.Consume(%s)", name)
	consumer, err := t.consumer(ctx, name, subjects)
	if err != nil {
		return unavailable(err)
	}
	ctx, end, err := t.begin(ctx)
	if err != nil {
		return err
	}
	go func() {
		defer end()
		for ctx.Err() == nil {
			// One by one: what is fetched ahead would wait here while a slow fn runs, be believed lost, and
			// be given to another. A trip to the server costs less than any useful fn.
			m, err := consumer.Next(jetstream.FetchContext(ctx), jetstream.FetchHeartbeat(t.beat))
			switch {
			case err == nil:
				t.handle(ctx, name, m, fn)
			case errors.Is(err, nats.ErrTimeout), ctx.Err() != nil:
			default:
				t.log.Warn("stream: a consumer cannot read; it goes on trying", "consumer", name, "err", err)
				sleep(ctx, t.calm())
				if c, err := t.consumer(ctx, name, subjects); err == nil { // the servers may have lost it
					consumer = c
				}
			}
		}
	}()
	return nil
}

// calm is the pause before a server that did not answer is asked again.
func (t *transport) calm() time.Duration { return min(t.beat, time.Second) }

// consumer finds the durable consumer, or makes it; and the stream before it, where that is gone.
func (t *transport) consumer(ctx context.Context, name string, subjects []string) (jetstream.Consumer, error) {
	ctx, cancel := context.WithTimeout(ctx, askWait)
	defer cancel()
	c := jetstream.ConsumerConfig{
		Durable:        name,
		FilterSubjects: t.prefixed(subjects),
		DeliverPolicy:  jetstream.DeliverAllPolicy,
		AckPolicy:      jetstream.AckExplicitPolicy,
		AckWait:        t.ackWait,
		MaxDeliver:     -1,
		MaxAckPending:  -1, // events that wait for another try must not hold up the others
	}
	out, err := t.js.CreateOrUpdateConsumer(ctx, t.name, c)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		if _, err = t.ensure(ctx); err == nil {
			out, err = t.js.CreateOrUpdateConsumer(ctx, t.name, c)
		}
	}
	return out, err
}

// handle gives one event to fn and tells the server how it went. An answer that does not arrive only means
// that the event comes again.
func (t *transport) handle(ctx context.Context, name string, m jetstream.Msg, fn func(context.Context, event.Event) error) {
	ev := t.received(m)
	alive := time.NewTicker(t.ackWait / 3)
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
				pause := pause(t.retry, tries)
				t.log.Error("stream: a consumer failed on an event; it will come again",
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

// sleep waits, and reports whether ctx has not ended.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
