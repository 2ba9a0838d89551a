// Command hall measures the whole hall through its real HTTP pages and API, with 64 users at once and the
// demonstration province loaded, on SQLite and on PostgreSQL; beside it, in the same run, what the machine can do at
// most. The load is made on the same machine and shares its processors with the hall.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/pprof"
	"slices"
	"strings"

	"github.com/unionhall/unionhall/bench/report"
	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/limit"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

var out io.Writer = os.Stdout

// What a developer may narrow a run to while tuning.
var (
	engines = flag.String("engines", "sqlite,postgres", "which engines, with commas between")
	only    = flag.String("only", "", "a pattern: the works to measure, without ceilings and ratios")
	profile = flag.String("profile", "", "a file for the processor profile of the run, load included")
)

func main() {
	flag.Parse()
	if err := profiled(*profile, func() error { return run(context.Background()) }); err != nil {
		fmt.Fprintln(os.Stderr, "bench hall:", err)
		os.Exit(1)
	}
}

// profiled runs do with a processor profile written to path, if there is one.
func profiled(path string, do func() error) error {
	if path == "" {
		return do()
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return do()
}

// chosen reports whether a work is to be measured.
func chosen(name string) bool { return regexp.MustCompile(*only).MatchString(name) }

// settings are those of the PostgreSQL that is measured; the rest is the default. Commits wait for the disk.
var settings = []string{"shared_buffers=1GB", "effective_cache_size=4GB", "max_wal_size=4GB", "random_page_cost=1.1", "max_connections=100"}

func run(ctx context.Context) error {
	wanted := strings.Split(*engines, ",")
	version, _ := exec.Command("/usr/lib/postgresql/15/bin/postgres", "--version").Output()
	report.Machine(out, "SQLite: WAL, synchronous=FULL", strings.TrimSpace(string(version))+": fsync=on, "+strings.Join(settings, ", "),
		fmt.Sprintf("%d users at once, %d rounds of %s each, after a warm-up; load and hall share the processors", users, rounds, each),
		fmt.Sprintf("rate, p50, p99: each user asks again as soon as they are answered; paced: each asks once in %s", pace))
	if slices.Contains(wanted, "sqlite") {
		if err := measureEngine(ctx, "sqlite", ""); err != nil {
			return err
		}
	}
	if !slices.Contains(wanted, "postgres") {
		return nil
	}
	dsn, stop, err := sqldbtest.Durable(settings...)
	if err != nil {
		return err
	}
	defer stop()
	return measureEngine(ctx, "postgres", dsn)
}

// measureEngine runs all works on one engine, then that engine's ceiling.
func measureEngine(ctx context.Context, engine, store string) (err error) {
	dir, err := os.MkdirTemp("", "unionhall-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	a, err := app.Open(ctx, app.Config{Dir: dir, Store: store, Listen: "127.0.0.1:0", Cheap: true, Writes: limit.Rate{Burst: 1 << 20, Every: 1}}, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if _, err := a.LoadDemo(ctx, app.DemoSeed); err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	ready, done := make(chan string, 1), make(chan error, 1)
	go func() { done <- a.Run(running, func(addr net.Addr) { ready <- "http://" + addr.String() }) }()
	select {
	case base := <-ready:
		w := &works{app: a, base: base, engine: engine}
		err = w.prepare(ctx)
		if err == nil {
			err = w.all(ctx)
		}
		if err == nil && *only == "" {
			err = w.ceiling()
		}
	case err = <-done:
		stop()
		return err
	}
	stop()
	if err := errors.Join(err, <-done); err != nil || *only != "" {
		return err
	}
	return ceilings(ctx, engine, store, dir)
}

func ceilings(ctx context.Context, engine, store, dir string) (err error) {
	if store == "" {
		store = "sqlite:" + filepath.Join(dir, "bare.db")
	}
	db, err := sqldb.Open(ctx, store)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	one, batched, err := bareInserts(ctx, engine, db, wide())
	if err != nil {
		return err
	}
	report.Ratio(out, engine+"/post-over-bare-insert-alone", measured[engine+"/post"], one)
	report.Ratio(out, engine+"/post-over-bare-insert-batched", measured[engine+"/post"], batched)
	return nil
}
