// Command sizing measures what an operator sizes a machine by: the room that members and cases take, the memory of the
// hall's process, what it answers under 64 users, how long it takes to start and to be copied. For each engine and each
// size it fills a hall, and then runs the program itself on it, as an operator would.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/unionhall/unionhall/bench/report"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

var (
	engines = flag.String("engines", "sqlite,postgres", "which engines, with commas between")
	sizes   = flag.String("members", "1000,100000,1000000", "how many members, with commas between")
)

// share is how many members there are for each case.
const share = 20

func main() {
	flag.Parse()
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "bench sizing:", err)
		os.Exit(1)
	}
}

// settings are those of the PostgreSQL that is measured; the rest is the default. Commits wait for the disk.
var settings = []string{"shared_buffers=1GB", "effective_cache_size=4GB", "max_wal_size=4GB", "random_page_cost=1.1"}

func run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "unionhall-sizing-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "unionhall")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, "./cmd/unionhall")
	build.Dir = ".." // as make build does it: the benchmarks' own module knows the same packages by another way
	build.Env, build.Stderr = append(os.Environ(), "CGO_ENABLED=0"), os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("building the program: %w", err)
	}
	version, _ := exec.Command("/usr/lib/postgresql/15/bin/postgres", "--version").Output()
	report.Machine(os.Stdout, "SQLite: WAL, synchronous=FULL", strings.TrimSpace(string(version))+" on the same machine: fsync=on, "+strings.Join(settings, ", "),
		fmt.Sprintf("members beside the demonstration province, with a telephone number each; for %d of them one closed case with six messages", share),
		"disk: the file of SQLite, or the database as PostgreSQL counts it, without its log; the members' and cases' files come on top",
		"memory: of the hall's process alone (VmRSS); with PostgreSQL that server needs its own",
		fmt.Sprintf("load: %d users on the same machine ask again as soon as they are answered: the front page, the same signed in, a need with its matches, the officers' desk, the list of members, in turn; %d rounds of %s each", users, rounds, each))
	for _, engine := range strings.Split(*engines, ",") {
		for _, s := range strings.Split(*sizes, ",") {
			members, err := strconv.Atoi(s)
			if err != nil {
				return err
			}
			if err := measure(ctx, engine, program, filepath.Join(dir, engine+s), members); err != nil {
				return fmt.Errorf("%s with %d members: %w", engine, members, err)
			}
		}
	}
	return nil
}

// measure fills a hall of one size and runs the program on it; nothing of it is left behind.
func measure(ctx context.Context, engine, program, dir string, members int) (err error) {
	if !slices.Contains([]string{"sqlite", "postgres"}, engine) {
		return errors.New("no such engine")
	}
	store := ""
	if engine == "postgres" {
		dsn, stop, err := sqldbtest.Durable(settings...)
		if err != nil {
			return err
		}
		defer stop()
		store = dsn
	}
	defer os.RemoveAll(dir)
	h := &hall{engine: engine, program: program, dir: filepath.Join(dir, "data"), store: store, members: members}
	if err := h.fill(ctx); err != nil {
		return err
	}
	return h.work(ctx)
}

// say prints a figure of this size on this engine.
func (h *hall) say(name, unit string, values ...float64) {
	report.Of(fmt.Sprintf("%s/%d/%s", h.engine, h.members, name), unit, values).Print(os.Stdout)
}
