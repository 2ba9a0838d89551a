package doctor

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
	"github.com/unionhall/unionhall/internal/stream"
)

func TestStreamElsewhere(t *testing.T) {
	p := healthy(t, sqldbtest.SQLiteDSN(t))
	p.exec(event, "1", sqldb.Micros(time.Now().Add(-time.Hour)), 0)
	var h stream.Health
	var err error
	p.Stream = func(context.Context) (stream.Health, error) { return h, err }
	p.has("stream", Fine, "the first start", "")
	h = stream.Health{Servers: 3, Made: true, Copies: 3, Current: 3}
	p.has("stream", Fine, "3 of 3", "")
	p.has("hall", Fine, "none works", "")
	p.has("outbox", Fine, "wait for the hall to start", "")
	h.Used = true
	p.has("hall", Fine, "at least one", "")
	p.has("outbox", Wrong, "oldest for 1h", "relay")
	h.Current = 2
	p.has("stream", Careful, "2 of 3", "one more may be too many")
	h.Copies, h.Current = 1, 1
	p.has("stream", Careful, "only one keeps", "replicas")
	err = errors.New("nats: no servers available for connection")
	p.has("stream", Wrong, "no servers available", "JetStream")
}
