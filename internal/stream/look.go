package stream

import (
	"context"
	"errors"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/unionhall/unionhall/internal/fault"
)

// Health is what can be seen of an external stream from outside.
type Health struct {
	Servers int  // that are known to each other
	Made    bool // the stream is there
	Copies  int  // of each event, as it is set
	Current int  // of the copies, those that are up to date
	Waiting uint64
	Used    bool // a hall asks for events at this moment
}

// Look looks at the stream at an address of External, and changes nothing.
func Look(ctx context.Context, at string) (h Health, err error) {
	defer fault.Wrap(&err, "stream.Look")
	a, err := parseAddress(at)
	if err != nil {
		return h, err
	}
	conn, err := a.connect(nats.MaxReconnects(0))
	if err != nil {
		return h, err
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(ctx, askWait)
	defer cancel()
	js, err := jetstream.New(conn)
	if err != nil {
		return h, err
	}
	h.Servers = max(1, len(conn.DiscoveredServers())+1)
	if conn.ConnectedClusterName() != "" {
		h.Servers = len(conn.Servers())
	}
	s, err := js.Stream(ctx, strings.ToUpper(a.name))
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return h, nil
	}
	if err != nil {
		return h, err
	}
	return h, h.read(ctx, s)
}

func (h *Health) read(ctx context.Context, s jetstream.Stream) error {
	i := s.CachedInfo()
	h.Made, h.Copies = true, i.Config.Replicas
	h.Current = 1 // where there is no cluster
	if i.Cluster != nil && i.Cluster.Leader == "" {
		h.Current = 0
	}
	if i.Cluster != nil {
		for _, r := range i.Cluster.Replicas {
			if r.Current && !r.Offline {
				h.Current++
			}
		}
	}
	all := s.ListConsumers(ctx)
	for c := range all.Info() {
		if c.Config.Durable == "" {
			continue
		}
		h.Used = h.Used || c.NumWaiting > 0
		h.Waiting = max(h.Waiting, c.NumPending)
	}
	return all.Err()
}
