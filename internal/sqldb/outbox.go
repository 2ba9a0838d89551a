package sqldb

import (
	"context"
	"encoding/json"
	"fmt"
	"math/bits"
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
)

// emitAtOnce bounds the rows of one INSERT, and so the number of distinct statement texts.
const emitAtOnce = 32

// eventMax bounds an event's data. Events name things; what they are is read from the store.
const eventMax = 64 << 10

var subjectForm = regexp.MustCompile(`^[a-z0-9_-]+(\.[a-z0-9_-]+)+$`)

// checkEvent refuses what no transport would take: it would stay in the outbox for ever, and hold up what
// comes after it.
func checkEvent(e event.Event) error {
	switch {
	case !subjectForm.MatchString(e.Subject):
		return fmt.Errorf("subject %q: want words of a-z, 0-9, _ and - joined by dots", e.Subject)
	case e.ID == "" || len(e.ID) > 64 || strings.ContainsFunc(e.ID, unicode.IsControl):
		return fmt.Errorf("id %q: want up to 64 characters", e.ID)
	case len(e.Data) > eventMax:
		return fmt.Errorf("%d bytes of data: want at most %d; name the thing and let the consumer read it", len(e.Data), eventMax)
	}
	return nil
}

func insertOutbox(ctx context.Context, t *tx, events []event.Event) (err error) {
	defer fault.Wrap(&err, "sqldb.Emit(%s)", events[0].Subject)
	for _, e := range events {
		if err := checkEvent(e); err != nil {
			return err
		}
	}
	for len(events) > 0 {
		n := min(len(events), emitAtOnce)
		var q strings.Builder
		q.WriteString("INSERT INTO sqldb_outbox (id, subject, at, data, published_at) VALUES ")
		args := make([]any, 0, 4*n)
		for i, e := range events[:n] {
			if i > 0 {
				q.WriteString(", ")
			}
			q.WriteString("(" + In(4*i+1, 4) + ", 0)")
			args = append(args, e.ID, e.Subject, Micros(e.At), string(e.Data))
		}
		if _, err := t.Exec(ctx, q.String(), args...); err != nil {
			return err
		}
		events = events[n:]
	}
	return nil
}

const outboxWaiting = `SELECT id, subject, at, data FROM sqldb_outbox WHERE published_at = 0 ORDER BY id LIMIT 0+$1`

func scanEvent(s Scanner) (e event.Event, err error) {
	var data string
	err = s.Scan(&e.ID, &e.Subject, (*Time)(&e.At), &data)
	e.Data = json.RawMessage(data)
	return e, err
}

func markPublished(ctx context.Context, tx Tx, events []event.Event) error {
	// The list is filled up to a power of two, so that there are few statement texts to prepare.
	ids := make([]string, 1<<bits.Len(uint(len(events)-1)))
	for i := range ids {
		ids[i] = events[min(i, len(events)-1)].ID
	}
	_, err := tx.Exec(ctx, `UPDATE sqldb_outbox SET published_at = $1 WHERE id IN (`+In(2, len(ids))+`)`,
		Args(Micros(time.Now()), ids)...)
	return err
}

// Emitted signals that a commit of this process has put events into the outbox. One signal may stand for
// many commits; one goroutine should listen.
func (db *DB) Emitted() <-chan struct{} { return db.emitted }

// RelayOutbox hands up to limit waiting events, in the order of their ids, to publish, and marks them as
// published when publish returns nil. It returns how many it handed over; when publish fails, none is
// marked and all come again. An event can reach publish more than once: when marking fails, or the
// process ends in between. On PostgreSQL the rows are locked meanwhile, and the relays of other nodes
// pass over them.
func (db *DB) RelayOutbox(ctx context.Context, limit int, publish func(context.Context, []event.Event) error) (n int, err error) {
	defer fault.Wrap(&err, "sqldb.RelayOutbox")
	return db.engine.relay(ctx, limit, publish)
}

// PublishedSince gives up to limit events that were published at or after since, with ids after the
// given one, in the order of ids: to publish again what a transport may have lost.
func (db *DB) PublishedSince(ctx context.Context, since time.Time, after string, limit int) ([]event.Event, error) {
	return All(ctx, db, scanEvent, `SELECT id, subject, at, data FROM sqldb_outbox
		WHERE published_at >= $1 AND id > $2 ORDER BY id LIMIT 0+$3`, max(Micros(since), 1), after, limit)
}

// TrimOutbox deletes up to limit events that were published before the given time, and says how many. The
// caller repeats it until there are none, so that no transaction is long.
func (db *DB) TrimOutbox(ctx context.Context, before time.Time, limit int) (n int64, err error) {
	defer fault.Wrap(&err, "sqldb.TrimOutbox")
	err = db.Update(ctx, func(tx Tx) error {
		n, err = tx.Exec(ctx, `DELETE FROM sqldb_outbox WHERE id IN (
			SELECT id FROM sqldb_outbox WHERE published_at > 0 AND published_at < $1
			ORDER BY published_at LIMIT 0+$2)`, Micros(before), limit)
		return err
	})
	return n, err
}
