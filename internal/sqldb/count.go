package sqldb

import (
	"context"
	"sync"
)

// Counter holds the statements that were issued with one context.
type Counter struct {
	mu    sync.Mutex
	texts []string
}

// N is how many there were.
func (c *Counter) N() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.texts)
}

// Texts are the statements in the order they were issued, shortened, for the message of a failed test.
func (c *Counter) Texts() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.texts...)
}

type counterKey struct{}

// CountQueries counts the statements issued with the returned context, by whatever path: through DB, View,
// Tx or Batcher. A statement that a retry issues again counts again. It is for tests that pin how many
// statements a page costs.
func CountQueries(ctx context.Context) (context.Context, *Counter) {
	c := new(Counter)
	return context.WithValue(ctx, counterKey{}, c), c
}

func count(ctx context.Context, q string) {
	c, _ := ctx.Value(counterKey{}).(*Counter)
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.texts = append(c.texts, oneLine(q))
}
