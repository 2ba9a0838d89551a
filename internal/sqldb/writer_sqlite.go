package sqldb

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"
)

// groupMax is how many closures share a commit: with 64 the fsync is already a small part of each, and a
// closure never waits for more than 63 others.
const groupMax = 64

var errClosed = errors.New("sqldb: closed")

// job is one closure on its way through the writer. The closure runs in the goroutine that called Update,
// so that a panic there is that caller's own, with its stack, and cannot harm the writer.
type job struct {
	ctx  context.Context
	from uintptr // the place that called Update, for the log
	tx   *tx
	turn chan struct{} // the writer says: run now
	ran  chan error    // the caller says: my closure has ended, keep or undo its writes
	done chan error    // the writer says: this is what became of it
}

var errPanicked = errors.New("sqldb: the closure did not return")

func (s *sqliteDB) update(ctx context.Context, fn func(*tx) error) (err error) {
	var from [1]uintptr
	runtime.Callers(3, from[:]) // past Callers, this and DB.Update
	j := &job{ctx: ctx, from: from[0], turn: make(chan struct{}), ran: make(chan error, 1), done: make(chan error, 1)}
	select { // first alone: a select among several would sometimes begin what should not begin
	case <-s.closed:
		return unavailable(errClosed)
	default:
	}
	select {
	case s.jobs <- j:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.closed:
		return unavailable(errClosed)
	}
	select {
	case <-j.turn:
	case err := <-j.done: // it could not begin
		return err
	}
	outcome := errPanicked
	defer func() {
		j.tx.ended = true
		j.ran <- outcome
		if e := <-j.done; outcome != errPanicked {
			err = e
		}
	}()
	outcome = j.tx.verdict(fn(j.tx))
	return outcome
}

// serve is the writer: it takes what waits, gives each its turn, commits once, answers all.
func (s *sqliteDB) serve() {
	defer close(s.idle)
	for {
		select {
		case j := <-s.jobs:
			s.group(j)
		case <-s.closed:
			return
		}
	}
}

// group runs first and what else is waiting in one transaction.
func (s *sqliteDB) group(first *job) {
	on, err := s.write.BeginTx(context.Background(), nil)
	if err != nil {
		first.done <- unavailable(err)
		return
	}
	run := &sqliteRunner{on: on, cache: s.writes}
	var kept []*job
	var lost error // the transaction is gone, and with it all that was kept
	for j, n := first, 1; j != nil && lost == nil; n++ {
		var keep bool
		if keep, lost = s.one(run, j); keep {
			kept = append(kept, j)
		}
		j = nil
		if n < groupMax && lost == nil {
			select {
			case j = <-s.jobs:
			default:
			}
		}
	}
	switch {
	case lost != nil:
		_ = on.Rollback() // most likely SQLite has done it
		err = unavailable(lost)
	case len(kept) == 0:
		_ = on.Rollback()
	default:
		if err = on.Commit(); err != nil {
			err = unavailable(err)
		}
	}
	for _, j := range kept {
		j.done <- err
	}
	run.learn()
}

// one gives a closure its turn inside a savepoint of its own. A closure that is not to be kept has been
// answered; one that is will be, after the commit.
func (s *sqliteDB) one(run *sqliteRunner, j *job) (keep bool, lost error) {
	if err := j.ctx.Err(); err != nil {
		j.done <- err
		return false, nil
	}
	j.tx = &tx{run: run, observer: s.observer}
	if err := j.tx.control(j.ctx, "SAVEPOINT closure"); err != nil {
		j.done <- unavailable(err)
		return false, err
	}
	started := time.Now()
	slow := time.AfterFunc(s.slow, func() {
		s.log.Warn("sqldb: a closure holds the writer; it must be quick and must not call Update", "for", s.slow, "place", j.place())
	})
	j.turn <- struct{}{}
	err := <-j.ran
	if !slow.Stop() {
		s.log.Warn("sqldb: a closure held the writer", "for", time.Since(started), "place", j.place())
	}
	if err == nil {
		if err = j.tx.control(j.ctx, "RELEASE SAVEPOINT closure"); err != nil {
			j.done <- unavailable(err)
			return false, err
		}
		return true, nil
	}
	if lost = j.tx.broken; lost != nil {
		j.done <- unavailable(err)
		return false, lost
	}
	if lost = j.tx.control(j.ctx, "ROLLBACK TO SAVEPOINT closure"); lost == nil {
		lost = j.tx.control(j.ctx, "RELEASE SAVEPOINT closure")
	}
	j.done <- err
	return false, lost
}

func (j *job) place() string {
	f, _ := runtime.CallersFrames([]uintptr{j.from}).Next()
	return fmt.Sprintf("%s:%d", f.Function, f.Line)
}
