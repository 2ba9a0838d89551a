// Command faulty is the hall with switches for what goes wrong around it and cannot be had from outside: a disk that is
// full, a store whose answer is lost, a clock that is set.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/limit"
)

// switches is what the file says that is read again and again.
type switches struct {
	Full bool          // no update of the store is kept
	Lost float64       // the share of updates that are kept, and whose caller is told that they failed
	Off  time.Duration // how wrong the clock is
}

type house struct{ now atomic.Pointer[switches] }

// Before implements sqldb.Faults.
func (h *house) Before(context.Context) error {
	if h.now.Load().Full {
		return errors.New("no space left on device")
	}
	return nil
}

// After implements sqldb.Faults.
func (h *house) After(context.Context) error {
	if rand.Float64() < h.now.Load().Lost {
		return errors.New("connection lost")
	}
	return nil
}

// Now implements clock.Clock.
func (h *house) Now() time.Time { return clock.System{}.Now().Add(h.now.Load().Off) }

// watch reads the file until the program ends. One that is being written says nothing new.
func (h *house) watch(path string) {
	for ; ; time.Sleep(20 * time.Millisecond) {
		b, err := os.ReadFile(path)
		var s switches
		if err == nil && json.Unmarshal(b, &s) == nil {
			h.now.Store(&s)
		}
	}
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "faulty:", err)
		os.Exit(1)
	}
}

func run() (err error) {
	h := &house{}
	h.now.Store(&switches{})
	c := app.Config{Private: true, Cheap: true, Clock: h, Faults: h, Writes: limit.Rate{Burst: 100_000, Every: time.Millisecond}}
	flag.StringVar(&c.Dir, "data", "", "")
	flag.StringVar(&c.Store, "store", "", "")
	flag.StringVar(&c.Listen, "listen", "", "")
	flag.StringVar(&c.Stream, "stream", "", "")
	flag.StringVar(&c.Files, "files", "", "")
	file := flag.String("switches", "", "the file of the switches, JSON")
	flag.Parse()
	go h.watch(*file)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	a, err := app.Open(ctx, c, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	return a.Run(ctx, func(net.Addr) {})
}
