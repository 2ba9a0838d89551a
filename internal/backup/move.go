package backup

import (
	"context"
	"errors"
	"fmt"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// Moved is a table as the two stores hold it.
type Moved struct{ From, To Sum }

// Move copies a store into an empty one, of either dialect, in one transaction there: it is kept only when every table
// reads there as it reads here, and when the source is still what it was when the copy began. The source stays as it
// is. Nothing is kept when it fails or dies: run it again.
func Move(ctx context.Context, from Source, to Target) (moved []Moved, err error) {
	defer fault.Wrap(&err, "backup.Move")
	err = from.View(ctx, func(q sqldb.Queryer) error {
		steps, err := from.Steps(ctx, q)
		if err != nil {
			return err
		}
		if len(steps) == 0 {
			return errors.New("the store to copy from holds no hall")
		}
		tables, err := from.Tables(ctx, q)
		if err != nil {
			return err
		}
		if err := prepare(ctx, to, steps, tables); err != nil {
			return err
		}
		return to.Update(ctx, func(tx sqldb.Tx) error {
			moved, err = moveAll(ctx, q, tx, tables)
			if err != nil {
				return err
			}
			return still(ctx, from, moved)
		})
	})
	if err != nil {
		return moved, err
	}
	return moved, finish(ctx, to)
}

func moveAll(ctx context.Context, q sqldb.Queryer, tx sqldb.Tx, tables []sqldb.Table) ([]Moved, error) {
	if err := empty(ctx, tx, tables); err != nil { // somebody may have been quicker
		return nil, err
	}
	var out []Moved
	for _, t := range tables {
		l := newLoader(ctx, tx, t)
		from, err := sum(ctx, q, t, func(values []any, _ []byte) error { return l.add(values) })
		if err == nil {
			err = l.flush()
		}
		if err != nil {
			return out, err
		}
		to, err := sum(ctx, tx, t, nil)
		if err != nil {
			return out, err
		}
		out = append(out, Moved{from, to})
		if from != to {
			return out, fmt.Errorf("table %s reads differently in the new store: %d rows there, %d here; nothing was kept", t.Name, to.Rows, from.Rows)
		}
	}
	return out, nil
}

// still looks at the source once more: what was written since would be left behind, without anybody knowing.
func still(ctx context.Context, from Source, moved []Moved) error {
	now, err := Sums(ctx, from)
	if err != nil {
		return err
	}
	was := make([]Sum, len(moved))
	for i, m := range moved {
		was[i] = m.From
	}
	if t := differ(was, now); t != "" {
		return fmt.Errorf("table %s was written to meanwhile; nothing was kept: stop the hall, then move its store", t)
	}
	return nil
}

// finish brings a store that was copied from an older hall up to what this one knows.
func finish(ctx context.Context, to Target) error {
	if err := to.Migrate(ctx); err != nil {
		return err
	}
	return to.Analyze(ctx)
}
