package stream_test

import (
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/stream"
	"github.com/unionhall/unionhall/internal/stream/streamtest"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func embedded(t testing.TB, dir string, opts ...stream.Option) stream.Stream {
	t.Helper()
	s, err := stream.Embedded(dir, append([]stream.Option{
		stream.WithLog(quiet), stream.WithRetry(5 * time.Millisecond), stream.WithAckWait(500 * time.Millisecond),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestMemory(t *testing.T) {
	streamtest.Run(t, func(*testing.T) stream.Stream { return stream.Memory() })
}

func TestEmbedded(t *testing.T) {
	streamtest.Run(t, func(t *testing.T) stream.Stream { return embedded(t, t.TempDir()) })
}
