package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/sqldb"
)

// patience bounds what a store may take to answer one check that is quick when all is well.
const patience = 20 * time.Second

func open(ctx context.Context, h *seen) Finding {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	db, err := h.Engine(ctx)
	if err == nil {
		if err = db.Ping(ctx); err != nil {
			_ = db.Close() // the first error says more
		}
	}
	if err != nil {
		return wrong(remedy(err.Error()), "it cannot be opened: %v", err)
	}
	h.db = db
	return fine("%s answers", db.Dialect())
}

// remedy knows the usual reasons why a store does not open.
func remedy(says string) string {
	for _, r := range []struct{ part, mend string }{
		{"LOCALE 'C'", "make a database that sorts by code point (CREATE DATABASE hall LOCALE 'C' TEMPLATE template0) and move the data there with unionhall migrate-store, or restore a backup into it"},
		{"there is no store at", "give the folder or the store of the hall with --data or --store"},
		{"password authentication failed", "see that user and password in --store are right"},
		{"does not exist", "make the database and the user that --store names"},
		{"connection refused", "start PostgreSQL, or correct the host and the port in --store"},
		{"not a database", "the file is damaged or no store: restore the last backup"},
		{"malformed", "the file is damaged: restore the last backup"},
		{"readonly", "run this as the user that runs the hall"},
		{"permission", "run this as the user that runs the hall"},
	} {
		if strings.Contains(says, r.part) {
			return r.mend
		}
	}
	return "see that --store is right and that what it names is there and can be reached"
}

func schema(ctx context.Context, h *seen) Finding {
	steps, err := h.db.Steps(ctx, h.db)
	if err != nil {
		return failed(err)
	}
	h.steps = steps
	known := sqldb.KnownSteps()
	var newer, missing []int64
	for _, n := range steps {
		if !slices.Contains(known, n) {
			newer = append(newer, n)
		}
	}
	for _, n := range known {
		if !slices.Contains(steps, n) {
			missing = append(missing, n)
		}
	}
	switch {
	case len(steps) == 0:
		return careful("run unionhall init to found a hall, or restore a backup into it", "the store is empty: it holds no hall yet")
	case len(newer) > 0:
		return wrong("use the unionhall that made it, or a newer one", "the store has steps that this unionhall does not know: %v", newer)
	case len(missing) > 0:
		return careful("make a backup, then start this unionhall or run unionhall migrate", "steps %v are still to be done; the next start does them", missing)
	}
	return fine("all %d steps are done", len(known))
}

// database asks the engine itself.
func database(ctx context.Context, h *seen) Finding {
	if h.db.Dialect() == sqldb.Postgres {
		return server(ctx, h)
	}
	found, err := h.db.Check(ctx, h.Deep)
	if err != nil && strings.Contains(err.Error(), "malformed") { // too damaged even to be checked
		found, err = []string{err.Error()}, nil
	}
	switch {
	case err != nil:
		return failed(err)
	case len(found) > 0:
		return wrong("stop the hall, keep the damaged file aside, and restore the last backup; then look for what harms the disk", "the file is damaged: %s", strings.Join(found, "; "))
	case h.Deep:
		return fine("the whole file is sound")
	}
	return fine("the file is sound, as far as a quick look tells; --deep reads all of it")
}

// oldestServer is the first version that has everything the hall asks for.
const oldestServer = 15

// server looks at PostgreSQL. That it sorts by code point was seen when it was opened.
func server(ctx context.Context, h *seen) Finding {
	version, err := sqldb.One(ctx, h.db, sqldb.Value[string], `SELECT current_setting('server_version_num')`)
	if err != nil {
		return failed(err)
	}
	var n int
	if _, err := fmt.Sscan(version, &n); err != nil {
		return failed(err)
	}
	if n/10000 < oldestServer {
		return wrong("bring the server up to PostgreSQL 15 or newer", "it is PostgreSQL %d", n/10000)
	}
	return fine("PostgreSQL %d, sorting by code point", n/10000)
}

// lateAfter is how old a waiting event may be in a hall that runs: the relay comes every second.
const lateAfter = time.Minute

func outbox(ctx context.Context, h *seen) Finding {
	if len(h.steps) == 0 {
		return fine("there is none yet")
	}
	w, err := h.db.Outbox(ctx)
	if err != nil {
		return failed(err)
	}
	n, age := w.Count, h.Now().Sub(w.Oldest).Truncate(time.Second)
	switch {
	case n == 0:
		return fine("nothing waits")
	case !h.running:
		return fine("%d events wait for the hall to start, the oldest for %s", n, age)
	case age > lateAfter:
		return wrong("look in the log for the relay's failures: most often the disk of the stream is full or the stream does not answer; restart the hall",
			"%d events wait, the oldest for %s: nobody is told of what happened since", n, age)
	}
	return fine("%d events wait, the oldest for %s", n, age)
}

// ahead is how far the store's newest time may lie after this machine's: clocks of several nodes are never quite one.
const ahead = time.Minute

// clocks compares this machine's clock with the newest time in the store, and with PostgreSQL's.
func clocks(ctx context.Context, h *seen) Finding {
	now := h.Now()
	if now.Year() < 2026 { // no release is older
		return wrong("set the machine's clock, and let NTP keep it", "this machine believes it is %s", now.Format(time.DateOnly))
	}
	if len(h.steps) > 0 {
		newest, err := sqldb.One(ctx, h.db, sqldb.Value[int64], `SELECT coalesce(max(at), 0) FROM (
			SELECT at FROM sqldb_outbox ORDER BY id DESC LIMIT 1000) AS newest`)
		if err != nil {
			return failed(err)
		}
		if by := sqldb.FromMicros(newest).Sub(now); by > ahead {
			return wrong("set the machine's clock, and let NTP keep it; what was noted meanwhile keeps its wrong time",
				"the store notes things %s in the future: this clock was set back, or was ahead before", by.Truncate(time.Second))
		}
	}
	if h.db.Dialect() != sqldb.Postgres {
		return fine("nothing in the store is later than now")
	}
	return theirs(ctx, h)
}

func theirs(ctx context.Context, h *seen) Finding {
	theirs, err := sqldb.One(ctx, h.db, sqldb.Value[int64], `SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint`)
	if err != nil {
		return failed(err)
	}
	by := h.Now().Sub(sqldb.FromMicros(theirs)).Abs()
	if by > ahead {
		return careful("let NTP keep both clocks", "this machine and PostgreSQL's differ by %s", by.Truncate(time.Second))
	}
	return fine("nothing in the store is later than now, and PostgreSQL's clock agrees")
}

// failed is a check that could not be made.
func failed(err error) Finding {
	return wrong("run this again; if it stays so, the log of the hall or of PostgreSQL says more", "it cannot be looked at: %v", err)
}
