package stream

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/unionhall/unionhall/internal/fault"
)

// ErrTaken says that another process has the folder.
var ErrTaken = errors.New("another process uses this folder")

// Embedded opens the stream that is kept in dir, which belongs to one process at a time: a second one gets ErrTaken. Its
// server is inside this process, is reached without a network, and listens on no port.
func Embedded(dir string, opts ...Option) (_ Stream, err error) {
	defer fault.Wrap(&err, "stream.Embedded(%s)", dir)
	t := newTransport(opts)
	if err := t.embed(dir); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

func (t *transport) embed(dir string) (err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	// The server itself would let a second process write into the same files.
	if t.lock, err = lockFile(filepath.Join(dir, "lock")); err != nil {
		return err
	}
	t.server, err = server.NewServer(&server.Options{
		ServerName:             "hall",
		DontListen:             true,
		JetStream:              true,
		StoreDir:               dir,
		SyncInterval:           syncEvery,
		JetStreamMaxStore:      2 * t.maxBytes, // consumers' state lies beside the events
		JetStreamMaxMemory:     64 << 20,
		NoSigs:                 true,
		NoLog:                  true,
		DisableJetStreamBanner: true,
	})
	if err != nil {
		return err
	}
	t.server.SetLoggerV2(serverLog{t.log}, false, false, false)
	t.server.Start()
	if !t.server.ReadyForConnections(30 * time.Second) {
		return errors.New("the server did not start")
	}
	t.conn, err = nats.Connect("", nats.InProcessServer(t.server), nats.MaxReconnects(-1), nats.Name("hall"))
	if err != nil {
		return err
	}
	return t.begun()
}
