package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
)

const (
	streamName = "HALL"
	prefix     = "hall." // event subjects live below it, apart from the server's own

	keep = 7 * 24 * time.Hour

	// JetStream acknowledges before it syncs. It syncs this often, so no more than this is lost with the
	// power; Relay publishes again several times as much.
	syncEvery = 30 * time.Second
	republish = 5 * time.Minute
	// An event published again by Relay must still be recognised, even when starting took a while.
	duplicates = 2 * republish

	atHeader = "Hall-At"
)

// Option changes an embedded stream.
type Option func(*embedded)

// WithMaxBytes bounds the disk that events may take; the default is 1 GiB. When it is full the oldest go,
// seen or not.
func WithMaxBytes(n int64) Option { return func(e *embedded) { e.maxBytes = n } }

// WithLog gives the log; without it slog's default.
func WithLog(l *slog.Logger) Option { return func(e *embedded) { e.log = l } }

// WithRetry sets the pause after the first failure of a consumer; it doubles with each further one, up to
// ten minutes. The default is one second.
func WithRetry(first time.Duration) Option { return func(e *embedded) { e.retry = first } }

// WithAckWait sets after how long a consumer that has not answered is believed dead and its event given
// to another: what a crash delays an event by. A slow consumer is kept alive. The default is 15 seconds.
func WithAckWait(d time.Duration) Option { return func(e *embedded) { e.ackWait = d } }

// embedded is a JetStream server inside this process, reached without a network.
type embedded struct {
	maxBytes int64
	log      *slog.Logger
	retry    time.Duration
	ackWait  time.Duration

	lock   *os.File
	server *server.Server
	conn   *nats.Conn
	js     jetstream.JetStream
	stream jetstream.Stream
	made   bool // the stream was empty when opened

	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	running sync.WaitGroup
	mu      sync.Mutex // orders running.Add before Close's Wait
}

// ErrTaken says that another process has the folder.
var ErrTaken = errors.New("another process uses this folder")

// Embedded opens the stream that is kept in dir, which belongs to one process at a time: a second one gets ErrTaken. It
// listens on no port.
func Embedded(dir string, opts ...Option) (_ Stream, err error) {
	defer fault.Wrap(&err, "stream.Embedded(%s)", dir)
	e := &embedded{maxBytes: 1 << 30, log: slog.Default(), retry: time.Second, ackWait: 15 * time.Second}
	for _, opt := range opts {
		opt(e)
	}
	e.ctx, e.cancel = context.WithCancel(context.Background())
	if err := e.open(dir); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

func (e *embedded) open(dir string) (err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	// The server itself would let a second process write into the same files.
	if e.lock, err = lockFile(filepath.Join(dir, "lock")); err != nil {
		return err
	}
	e.server, err = server.NewServer(&server.Options{
		ServerName:             "hall",
		DontListen:             true,
		JetStream:              true,
		StoreDir:               dir,
		SyncInterval:           syncEvery,
		JetStreamMaxStore:      2 * e.maxBytes, // consumers' state lies beside the events
		JetStreamMaxMemory:     64 << 20,
		NoSigs:                 true,
		NoLog:                  true,
		DisableJetStreamBanner: true,
	})
	if err != nil {
		return err
	}
	e.server.SetLoggerV2(serverLog{e.log}, false, false, false)
	e.server.Start()
	if !e.server.ReadyForConnections(30 * time.Second) {
		return errors.New("the server did not start")
	}
	e.conn, err = nats.Connect("", nats.InProcessServer(e.server), nats.MaxReconnects(-1), nats.Name("hall"))
	if err != nil {
		return err
	}
	// The window of unacknowledged messages is the relay's batch; an acknowledgement that has not come in
	// ten seconds will not.
	if e.js, err = jetstream.New(e.conn, jetstream.WithPublishAsyncTimeout(10*time.Second)); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(e.ctx, 30*time.Second)
	defer cancel()
	e.stream, err = e.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name:        streamName,
		Description: "what the modules of the hall tell each other",
		Subjects:    []string{prefix + ">"},
		Retention:   jetstream.LimitsPolicy,
		Storage:     jetstream.FileStorage,
		MaxAge:      keep,
		MaxBytes:    e.maxBytes,
		Discard:     jetstream.DiscardOld, // a full disk must not stop what is new
		Duplicates:  duplicates,
	})
	if err != nil {
		return err
	}
	e.made = e.stream.CachedInfo().State.LastSeq == 0
	return nil
}

// Empty reports whether the stream held nothing when it was opened: it is new, or its folder was lost.
func (e *embedded) Empty() bool { return e.made }

func (e *embedded) Publish(ctx context.Context, events ...event.Event) (err error) {
	if len(events) == 0 {
		return nil
	}
	defer fault.Wrap(&err, "stream.Publish(%s and %d more)", events[0].ID, len(events)-1)
	if e.ctx.Err() != nil {
		return errClosed()
	}
	acks := make([]jetstream.PubAckFuture, len(events))
	for i, ev := range events {
		if acks[i], err = e.js.PublishMsgAsync(message(ev), jetstream.WithMsgID(ev.ID)); err != nil {
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
		case <-e.ctx.Done():
			return errClosed()
		}
	}
	return nil
}

func message(ev event.Event) *nats.Msg {
	m := nats.NewMsg(prefix + ev.Subject)
	m.Data = ev.Data
	at := int64(0)
	if !ev.At.IsZero() {
		at = ev.At.UnixMicro()
	}
	m.Header.Set(atHeader, strconv.FormatInt(at, 10))
	return m
}

func received(m jetstream.Msg) event.Event {
	ev := event.Event{
		ID:      m.Headers().Get(jetstream.MsgIDHeader),
		Subject: m.Subject()[len(prefix):],
		Data:    m.Data(),
	}
	if at, err := strconv.ParseInt(m.Headers().Get(atHeader), 10, 64); err == nil && at != 0 {
		ev.At = time.UnixMicro(at).UTC()
	}
	return ev
}

func prefixed(subjects []string) []string {
	out := make([]string, len(subjects))
	for i, s := range subjects {
		out[i] = prefix + s
	}
	return out
}

// begin counts a subscription in; Close waits for it. The context ends with the caller's or with Close.
func (e *embedded) begin(ctx context.Context) (context.Context, func(), error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ctx.Err() != nil {
		return nil, nil, errClosed()
	}
	e.running.Add(1)
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(e.ctx, cancel)
	return ctx, func() { stop(); cancel(); e.running.Done() }, nil
}

// closeWait is how long Close waits for functions that do not heed their context.
const closeWait = 20 * time.Second

// Close implements Stream.
func (e *embedded) Close() error {
	e.mu.Lock()
	e.cancel()
	e.mu.Unlock()
	ended := make(chan struct{})
	go func() { e.running.Wait(); close(ended) }()
	var err error
	select {
	case <-ended:
	case <-time.After(closeWait):
		err = fmt.Errorf("stream.Close: a consumer did not end within %s", closeWait)
	}
	if e.conn != nil {
		// What consumers have acknowledged is on its way; let it arrive.
		_ = e.conn.FlushTimeout(5 * time.Second)
		e.conn.Close()
	}
	if e.server != nil {
		e.server.Shutdown()
		e.server.WaitForShutdown()
	}
	if e.lock != nil {
		err = errors.Join(err, e.lock.Close())
		e.lock = nil
	}
	return err
}

func errClosed() error { return unavailable(errors.New("the stream is closed")) }

func unavailable(cause error) error {
	return fault.New(fault.Unavailable, "fault.unavailable").Because(cause)
}
