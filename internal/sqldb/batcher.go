package sqldb

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"runtime/debug"
	"sync"
)

// BatcherOptions bounds a Batcher. The zero value is right for most.
type BatcherOptions struct {
	Lanes   int // keys are spread over so many lanes; default 64
	Max     int // commands in one transaction; default 64
	Waiting int // commands that may wait in one lane before more are turned away; default 4096
}

// Batcher applies commands that contend for the same rows. Those that arrive together for one lane (the
// hash of the key) share a transaction, each of which can be undone alone, so that the rows are locked
// and the disk is waited for once for all of them. One lane never contends with itself; correctness still
// comes from the database (a conditional update, a unique key), as other nodes have lanes too.
//
// Cost: a command pays its own statements and its share of one commit. When a command of a batch fails
// after it has written something, the batch is undone and run again with a savepoint around each, which
// costs every command of it its statements again and two more. A command waits for at most the batches
// before it in its lane.
type Batcher[C, R any] struct {
	db    *DB
	opts  BatcherOptions
	apply func(ctx context.Context, tx Tx, cmd C) (R, error)
	seed  maphash.Seed
	lanes []lane[C, R]

	mu     sync.RWMutex // held for reading while a command is handed in
	closed bool
	busy   sync.WaitGroup
}

type lane[C, R any] struct {
	mu      sync.Mutex
	waiting []*call[C, R]
	running bool
}

type call[C, R any] struct {
	ctx  context.Context
	cmd  C
	res  R
	err  error
	done chan struct{}
}

// Panicked is what Do panics with when apply panicked: apply runs in the lane's goroutine, so the stack of
// the place is carried along.
type Panicked struct {
	Value any
	Stack []byte
}

func (p *Panicked) Error() string { return fmt.Sprintf("%v\n\n%s", p.Value, p.Stack) }

// NewBatcher makes a batcher. apply runs one command inside the shared transaction and is bound like the
// closure of Update: it may run twice, has no effect but through tx, and must not block. Close it when
// done, before the DB.
func NewBatcher[C, R any](db *DB, opts BatcherOptions, apply func(ctx context.Context, tx Tx, cmd C) (R, error)) *Batcher[C, R] {
	if opts.Lanes <= 0 {
		opts.Lanes = 64
	}
	if opts.Max <= 0 {
		opts.Max = 64
	}
	if opts.Waiting <= 0 {
		opts.Waiting = 4096
	}
	return &Batcher[C, R]{
		db: db, opts: opts, apply: apply,
		seed: maphash.MakeSeed(), lanes: make([]lane[C, R], opts.Lanes),
	}
}

// Do applies cmd and answers after its transaction is durable. Commands of one key are applied in the
// order of their calls. An error that apply returned undoes that command only; an error of the commit
// (fault.Unavailable) undoes the whole batch and every caller of it gets the error.
//
// When ctx ends first, Do returns its error at once: a command that has not begun is then skipped, one
// that has may have been applied. It is never applied twice.
func (b *Batcher[C, R]) Do(ctx context.Context, key string, cmd C) (R, error) {
	var none R
	if err := ctx.Err(); err != nil {
		return none, err
	}
	c := &call[C, R]{ctx: ctx, cmd: cmd, done: make(chan struct{})}
	if err := b.hand(key, c); err != nil {
		return none, err
	}
	select {
	case <-c.done:
	case <-ctx.Done():
		return none, ctx.Err()
	}
	if p, ok := c.err.(*Panicked); ok {
		panic(p)
	}
	return c.res, c.err
}

// Close turns new commands away and returns when those handed in have been answered.
func (b *Batcher[C, R]) Close() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.busy.Wait()
}

func (b *Batcher[C, R]) hand(key string, c *call[C, R]) error {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if b.closed {
		return unavailable(errClosed)
	}
	l := &b.lanes[maphash.String(b.seed, key)%uint64(len(b.lanes))]
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) >= b.opts.Waiting {
		return unavailable(fmt.Errorf("sqldb: %d commands wait in this lane", len(l.waiting)))
	}
	l.waiting = append(l.waiting, c)
	if !l.running {
		l.running = true
		b.busy.Add(1)
		go b.serve(l)
	}
	return nil
}

// serve works a lane until nothing waits in it.
func (b *Batcher[C, R]) serve(l *lane[C, R]) {
	done := false
	defer func() {
		if !done { // apply ended this goroutine: another goes on
			go b.serve(l)
			return
		}
		b.busy.Done()
	}()
	for {
		l.mu.Lock()
		n := min(len(l.waiting), b.opts.Max)
		if n == 0 {
			l.running, l.waiting = false, nil
			l.mu.Unlock()
			done = true
			return
		}
		calls := l.waiting[:n:n]
		l.waiting = l.waiting[n:]
		l.mu.Unlock()
		b.batch(calls)
	}
}

// batch applies calls in one transaction and answers them.
func (b *Batcher[C, R]) batch(calls []*call[C, R]) {
	answered := false
	answer := func(err error) {
		for _, c := range calls {
			if err != nil && c.err == nil {
				c.err = err
			}
			close(c.done)
		}
		answered = true
	}
	defer func() {
		if !answered { // apply ended its goroutine, and so this one
			answer(errLeft)
		}
	}()
	// The transaction is nobody's alone; each command's statements carry its own context.
	ctx := context.Background()
	answer(b.db.Update(ctx, func(tx Tx) error {
		careful := false
		err := Savepoint(ctx, tx, func() error {
			for _, c := range calls {
				if !b.hopeful(tx, c) {
					careful = true
					return errUndo
				}
			}
			return nil
		})
		if !careful {
			return err
		}
		for _, c := range calls {
			b.careful(tx, c)
		}
		return nil
	}))
}

var (
	errUndo = errors.New("sqldb: the batch is run again with savepoints")
	errLeft = errors.New("sqldb: the command ended its goroutine")
)

// hopeful applies one command without a savepoint, which would cost two more trips to the server. It
// reports false when the command failed after writing something: that has to be undone, and all with it.
// Most failures are refusals (nothing left) that wrote nothing and leave the others alone.
func (b *Batcher[C, R]) hopeful(tx Tx, c *call[C, R]) bool {
	own := asTx(tx)
	own.wrote = false
	b.one(tx, c)
	return own.failed == nil && (c.err == nil || !own.wrote && !ofDatabase(c.err))
}

// careful applies one command in a savepoint of its own.
func (b *Batcher[C, R]) careful(tx Tx, c *call[C, R]) {
	err := Savepoint(context.Background(), tx, func() error { b.one(tx, c); return c.err })
	if err != nil && c.err == nil { // a statement failed and apply did not say so
		var none R
		c.res, c.err = none, err
	}
}

// one sets the call's outcome; it may be run again and then sets it anew.
func (b *Batcher[C, R]) one(tx Tx, c *call[C, R]) {
	defer func() {
		if v := recover(); v != nil {
			c.err = &Panicked{v, debug.Stack()}
		}
		if c.err != nil {
			var none R
			c.res = none
		}
	}()
	if c.err = c.ctx.Err(); c.err != nil {
		return // nobody waits for it any more
	}
	// Once begun, a caller who goes must not harm the others.
	c.res, c.err = b.apply(context.WithoutCancel(c.ctx), tx, c.cmd)
}
