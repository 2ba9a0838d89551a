// Package noticesql keeps notices in SQL.
package noticesql

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/notice"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// Store is a notice.Store.
type Store struct{ db *sqldb.DB }

var _ notice.Store = (*Store)(nil)

// New makes a store on a migrated database.
func New(db *sqldb.DB) *Store { return &Store{db} }

const columns = `id, person_id, event_id, msg, args, link, created_at, read_at`

func scan(s sqldb.Scanner) (it notice.Item, err error) {
	var args string
	err = s.Scan(&it.ID, &it.PersonID, &it.EventID, &it.Msg, &args, &it.Link,
		(*sqldb.Time)(&it.CreatedAt), (*sqldb.Time)(&it.ReadAt))
	if err != nil {
		return it, err
	}
	return it, json.Unmarshal([]byte(args), &it.Args)
}

// Add implements notice.Store.
func (s *Store) Add(ctx context.Context, items []notice.Item, told func([]string) event.Event) (err error) {
	defer fault.Wrap(&err, "noticesql.Add(%d)", len(items))
	args := make([]string, len(items))
	for i, it := range items {
		b, err := json.Marshal(it.Args)
		if err != nil {
			return err
		}
		args[i] = string(b)
	}
	return s.db.Update(ctx, func(tx sqldb.Tx) error {
		var people []string
		seen := map[string]bool{}
		for i, it := range items {
			known, err := knows(ctx, tx, it)
			if err != nil {
				return err
			}
			if known {
				continue
			}
			n, err := tx.Exec(ctx, `INSERT INTO notice_item (`+columns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
				ON CONFLICT (person_id, event_id, msg) DO NOTHING`,
				it.ID, it.PersonID, it.EventID, it.Msg, args[i], it.Link, it.CreatedAt, it.ReadAt)
			if err != nil {
				return err
			}
			if n == 0 {
				continue
			}
			if err := insertDeliveries(ctx, tx, it.Out); err != nil {
				return err
			}
			if !seen[it.PersonID] {
				seen[it.PersonID] = true
				people = append(people, it.PersonID)
			}
		}
		if len(people) == 0 {
			return nil
		}
		return tx.Emit(ctx, told(people))
	})
}

// knows reports whether a notice that is to be the first of its link comes too late for that.
func knows(ctx context.Context, tx sqldb.Tx, it notice.Item) (bool, error) {
	if !it.First {
		return false, nil
	}
	n, err := sqldb.One(ctx, tx, sqldb.Value[int], `SELECT COUNT(*) FROM notice_item WHERE person_id = $1 AND link = $2`, it.PersonID, it.Link)
	return n > 0, err
}

// Unread implements notice.Store.
func (s *Store) Unread(ctx context.Context, personID string) (n int, err error) {
	defer fault.Wrap(&err, "noticesql.Unread(%s)", personID)
	return sqldb.One(ctx, s.db, sqldb.Value[int],
		`SELECT COUNT(*) FROM notice_item WHERE person_id = $1 AND read_at = 0`, personID)
}

// List implements notice.Store.
func (s *Store) List(ctx context.Context, personID string, after notice.Position, limit int) (_ []notice.Item, err error) {
	defer fault.Wrap(&err, "noticesql.List(%s)", personID)
	if after.IsZero() {
		return sqldb.All(ctx, s.db, scan, `SELECT `+columns+` FROM notice_item WHERE person_id = $1
			ORDER BY created_at DESC, id DESC LIMIT 0+$2`, personID, limit)
	}
	return sqldb.All(ctx, s.db, scan, `SELECT `+columns+` FROM notice_item
		WHERE person_id = $1 AND (created_at, id) < ($2, $3)
		ORDER BY created_at DESC, id DESC LIMIT 0+$4`, personID, after.At, after.ID, limit)
}

// Item implements notice.Store.
func (s *Store) Item(ctx context.Context, personID, id string) (_ notice.Item, err error) {
	defer fault.Wrap(&err, "noticesql.Item(%s, %s)", personID, id)
	it, err := sqldb.One(ctx, s.db, scan,
		`SELECT `+columns+` FROM notice_item WHERE person_id = $1 AND id = $2`, personID, id)
	if errors.Is(err, sql.ErrNoRows) {
		return it, fault.NoSuch()
	}
	return it, err
}

// Read implements notice.Store.
func (s *Store) Read(ctx context.Context, personID, id string, at time.Time, read event.Event) (err error) {
	defer fault.Wrap(&err, "noticesql.Read(%s, %s)", personID, id)
	return s.mark(ctx, read,
		`UPDATE notice_item SET read_at = $1 WHERE person_id = $2 AND id = $3 AND read_at = 0`, at, personID, id)
}

// ReadAll implements notice.Store.
func (s *Store) ReadAll(ctx context.Context, personID string, until, at time.Time, read event.Event) (err error) {
	defer fault.Wrap(&err, "noticesql.ReadAll(%s)", personID)
	return s.mark(ctx, read,
		`UPDATE notice_item SET read_at = $1 WHERE person_id = $2 AND created_at <= $3 AND read_at = 0`, at, personID, until)
}

func (s *Store) mark(ctx context.Context, read event.Event, q string, args ...any) error {
	return s.db.Update(ctx, func(tx sqldb.Tx) error {
		n, err := tx.Exec(ctx, q, args...)
		if err != nil || n == 0 {
			return err
		}
		return tx.Emit(ctx, read)
	})
}

// Trim implements notice.Store.
func (s *Store) Trim(ctx context.Context, before time.Time, limit int) (trimmed int, err error) {
	defer fault.Wrap(&err, "noticesql.Trim")
	err = s.db.Update(ctx, func(tx sqldb.Tx) error {
		n, err := tx.Exec(ctx, `DELETE FROM notice_item WHERE (person_id, event_id, msg) IN (
			SELECT person_id, event_id, msg FROM notice_item WHERE created_at < $1 ORDER BY created_at LIMIT 0+$2)`,
			before, limit)
		trimmed = int(n)
		return err
	})
	return trimmed, err
}
