package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
)

const (
	streamName = "HALL"

	keep = 7 * 24 * time.Hour

	// JetStream acknowledges before it syncs. It syncs this often, so no more than this is lost with the
	// power; Relay publishes again several times as much.
	syncEvery = 30 * time.Second
	republish = 5 * time.Minute
	// An event published again by Relay must still be recognised, even when starting took a while.
	duplicates = 2 * republish

	atHeader = "Hall-At"

	// askWait bounds a question to the server, settleWait the whole of an opening: a cluster that starts has to
	// choose its leaders first.
	askWait    = 5 * time.Second
	settleWait = 30 * time.Second
)

// Option changes a stream.
type Option func(*transport)

// WithMaxBytes bounds the disk that events may take; the default is 1 GiB. When it is full the oldest go,
// seen or not.
func WithMaxBytes(n int64) Option { return func(t *transport) { t.maxBytes = n } }

// WithLog gives the log; without it slog's default.
func WithLog(l *slog.Logger) Option { return func(t *transport) { t.log = l } }

// WithRetry sets the pause after the first failure of a consumer; it doubles with each further one, up to
// ten minutes. The default is one second.
func WithRetry(first time.Duration) Option { return func(t *transport) { t.retry = first } }

// WithAckWait sets after how long a consumer that has not answered is believed dead and its event given
// to another: what a crash delays an event by. A slow consumer is kept alive. The default is 15 seconds.
func WithAckWait(d time.Duration) Option { return func(t *transport) { t.ackWait = d } }

// withSettle bounds the opening in tests of what cannot be opened.
func withSettle(d time.Duration) Option { return func(t *transport) { t.settle = d } }

// transport is a stream of JetStream: on a server inside this process, or on servers elsewhere.
type transport struct {
	maxBytes int64
	log      *slog.Logger
	retry    time.Duration
	ackWait  time.Duration
	settle   time.Duration
	name     string // of the stream
	prefix   string // event subjects live below it, apart from the server's own
	replicas int
	beat     time.Duration // how often a server that is asked for events says that it is there

	lock   *os.File       // nil unless the server is inside
	server *server.Server // the same
	conn   *nats.Conn
	js     jetstream.JetStream
	made   atomic.Bool // the stream was found new and nobody was told yet

	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	running sync.WaitGroup
	mu      sync.Mutex // orders running.Add before Close's Wait
	created time.Time  // when the stream was, as last seen; under mu
}

func newTransport(opts []Option) *transport {
	t := &transport{maxBytes: 1 << 30, log: slog.Default(), retry: time.Second, ackWait: 15 * time.Second, settle: settleWait,
		name: streamName, prefix: "hall.", replicas: 1, beat: 5 * time.Second}
	for _, opt := range opts {
		opt(t)
	}
	t.ctx, t.cancel = context.WithCancel(context.Background())
	return t
}

// begun speaks JetStream over the connection and finds the stream there, or makes it.
func (t *transport) begun() (err error) {
	// The window of unacknowledged messages is the relay's batch; an acknowledgement that has not come in
	// ten seconds will not.
	if t.js, err = jetstream.New(t.conn, jetstream.WithPublishAsyncTimeout(10*time.Second)); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(t.ctx, t.settle)
	defer cancel()
	for {
		_, e := t.ensure(ctx)
		if e == nil {
			return nil
		}
		if err == nil || ctx.Err() == nil {
			err = e // what the servers said last; that time is over says nothing
		}
		if !sleep(ctx, 250*time.Millisecond) {
			return err
		}
	}
}

// ensure gives the stream as it is, and makes it where there is none: at first, and when the servers have lost it.
// It never takes copies away from one that has more than are asked for.
func (t *transport) ensure(ctx context.Context) (*jetstream.StreamInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, askWait)
	defer cancel()
	c := jetstream.StreamConfig{
		Name:        t.name,
		Description: "what the modules of the hall tell each other",
		Subjects:    []string{t.prefix + ">"},
		Retention:   jetstream.LimitsPolicy,
		Storage:     jetstream.FileStorage,
		MaxAge:      keep,
		MaxBytes:    t.maxBytes,
		Discard:     jetstream.DiscardOld, // a full disk must not stop what is new
		Duplicates:  duplicates,
		Replicas:    t.replicas,
	}
	known, err := t.js.Stream(ctx, t.name)
	if err == nil {
		is := known.CachedInfo().Config
		c.Replicas = max(c.Replicas, is.Replicas)
		if is.MaxBytes == c.MaxBytes && is.Replicas == c.Replicas && is.MaxAge == c.MaxAge && is.Duplicates == c.Duplicates {
			t.found(known.CachedInfo())
			return known.CachedInfo(), nil
		}
	} else if !errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, err
	}
	s, err := t.js.CreateOrUpdateStream(ctx, c)
	if err != nil {
		if known == nil {
			return nil, err
		}
		t.log.Warn("stream: its settings could not be changed; it goes on with those it has", "err", err)
		s = known
	}
	t.found(s.CachedInfo())
	return s.CachedInfo(), nil
}

// found notes a stream that is new here: empty when it was opened, or another than the one there was.
func (t *transport) found(i *jetstream.StreamInfo) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.created.Equal(i.Created) && (i.State.LastSeq == 0 || !t.created.IsZero()) {
		t.made.Store(true)
	}
	t.created = i.Created
}

// Empty reports whether the stream has been found to be new since this was last asked: what it held before, if anything,
// is lost.
func (t *transport) Empty() bool { return t.made.Swap(false) }

func (t *transport) Publish(ctx context.Context, events ...event.Event) (err error) {
	if len(events) == 0 {
		return nil
	}
	defer fault.Wrap(&err, "stream.Publish(%s and %d more)", events[0].ID, len(events)-1)
	if t.ctx.Err() != nil {
		return errClosed()
	}
	if !t.conn.IsConnected() {
		return unavailable(nats.ErrDisconnected) // at once: whoever publishes may hold rows meanwhile
	}
	err = t.publish(ctx, events)
	if errors.Is(err, jetstream.ErrNoStreamResponse) || errors.Is(err, nats.ErrNoResponders) {
		_, e := t.ensure(ctx)
		err = errors.Join(err, e)
	}
	return err
}

func (t *transport) publish(ctx context.Context, events []event.Event) error {
	acks := make([]jetstream.PubAckFuture, len(events))
	var err error
	for i, ev := range events {
		if acks[i], err = t.js.PublishMsgAsync(t.message(ev), jetstream.WithMsgID(ev.ID)); err != nil {
			return unavailable(err)
		}
	}
	for _, ack := range acks {
		select {
		case <-ack.Ok():
		case err := <-ack.Err():
			return unavailable(err)
		case <-ctx.Done():
			return ctx.Err()
		case <-t.ctx.Done():
			return errClosed()
		}
	}
	return nil
}

func (t *transport) message(ev event.Event) *nats.Msg {
	m := nats.NewMsg(t.prefix + ev.Subject)
	m.Data = ev.Data
	at := int64(0)
	if !ev.At.IsZero() {
		at = ev.At.UnixMicro()
	}
	m.Header.Set(atHeader, strconv.FormatInt(at, 10))
	return m
}

func (t *transport) received(m jetstream.Msg) event.Event {
	ev := event.Event{
		ID:      m.Headers().Get(jetstream.MsgIDHeader),
		Subject: m.Subject()[len(t.prefix):],
		Data:    m.Data(),
	}
	if at, err := strconv.ParseInt(m.Headers().Get(atHeader), 10, 64); err == nil && at != 0 {
		ev.At = time.UnixMicro(at).UTC()
	}
	return ev
}

func (t *transport) prefixed(subjects []string) []string {
	out := make([]string, len(subjects))
	for i, s := range subjects {
		out[i] = t.prefix + s
	}
	return out
}

// begin counts a subscription in; Close waits for it. The context ends with the caller's or with Close.
func (t *transport) begin(ctx context.Context) (context.Context, func(), error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ctx.Err() != nil {
		return nil, nil, errClosed()
	}
	t.running.Add(1)
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(t.ctx, cancel)
	return ctx, func() { stop(); cancel(); t.running.Done() }, nil
}

// closeWait is how long Close waits for functions that do not heed their context.
const closeWait = 20 * time.Second

// Close implements Stream.
func (t *transport) Close() error {
	t.mu.Lock()
	t.cancel()
	t.mu.Unlock()
	ended := make(chan struct{})
	go func() { t.running.Wait(); close(ended) }()
	var err error
	select {
	case <-ended:
	case <-time.After(closeWait):
		err = fmt.Errorf("stream.Close: a consumer did not end within %s", closeWait)
	}
	if t.conn != nil {
		// What consumers have acknowledged is on its way; let it arrive.
		if t.conn.IsConnected() {
			_ = t.conn.FlushTimeout(5 * time.Second)
		}
		t.conn.Close()
	}
	if t.server != nil {
		t.server.Shutdown()
		t.server.WaitForShutdown()
	}
	if t.lock != nil {
		err = errors.Join(err, t.lock.Close())
		t.lock = nil
	}
	return err
}

func errClosed() error { return unavailable(errors.New("the stream is closed")) }

func unavailable(cause error) error {
	return fault.New(fault.Unavailable, "fault.unavailable").Because(cause)
}
