package hallsql

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// AdmitUnions implements hall.UnionStore. Transactions are serializable: whoever changes the tree meanwhile comes before
// or after.
func (s *Store) AdmitUnions(ctx context.Context, fn func([]hall.Union) ([]hall.Union, hall.Trace, error)) (err error) {
	defer fault.Wrap(&err, "hallsql.AdmitUnions")
	return s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		if err := unmoved(ctx, tx); err != nil {
			return hall.Trace{}, err
		}
		all, err := sqldb.All(ctx, tx, scanUnion, `SELECT `+unionColumns+` FROM hall_union ORDER BY path`)
		if err != nil {
			return hall.Trace{}, err
		}
		fresh, t, err := fn(all)
		if err != nil {
			return t, err
		}
		return t, taken(insert(ctx, tx, insertUnions, rows(fresh, unionRow)...), hall.TakenCode)
	})
}

// unmoved is MoveRunning while a move is under way.
func unmoved(ctx context.Context, tx sqldb.Tx) error {
	running, err := sqldb.One(ctx, tx, count, `SELECT COUNT(*) FROM hall_move WHERE done_at = 0`)
	if err == nil && running > 0 {
		err = hall.MoveRunning
	}
	return err
}

// MadeUnions implements hall.UnionStore.
func (s *Store) MadeUnions(ctx context.Context, entries []string) (_ []hall.MadeUnion, err error) {
	defer fault.Wrap(&err, "hallsql.MadeUnions(%d)", len(entries))
	return madeUnions(ctx, s.db, entries)
}

func madeUnions(ctx context.Context, q sqldb.Queryer, lines []string) (out []hall.MadeUnion, err error) {
	if len(lines) == 0 {
		return nil, nil
	}
	args := append([]any{hall.AuditUnionMade}, sqldb.Args(lines)...)
	out, err = sqldb.All(ctx, q, func(s sqldb.Scanner) (m hall.MadeUnion, err error) {
		var detail string
		err = s.Scan(&m.EntryID, &m.Union.ID, &detail)
		m.Detail = json.RawMessage(detail)
		return m, err
	}, `SELECT a.id, a.subject_id, a.detail FROM hall_audit a JOIN hall_union u ON u.id = a.subject_id
		WHERE a.what = $1 AND a.id IN (`+sqldb.In(2, len(lines))+`)`, args...)
	if err != nil || len(out) == 0 {
		return nil, err
	}
	ids := make([]string, len(out))
	for i, m := range out {
		ids[i] = m.Union.ID
	}
	near, err := sqldb.All(ctx, q, scanUnion, `SELECT `+unionColumns+` FROM hall_union WHERE id IN (`+sqldb.In(1, len(ids))+`)
		OR parent_id IN (`+sqldb.In(len(ids)+1, len(ids))+`)`, append(sqldb.Args(ids), sqldb.Args(ids)...)...)
	if err != nil {
		return nil, err
	}
	used, err := usedPaths(ctx, q, near, lines)
	for i := range out {
		m := &out[i]
		for _, u := range near {
			switch m.Union.ID {
			case u.ID:
				m.Union, m.Used = u, used[u.Path]
			case u.ParentID:
				m.Children = append(m.Children, u.ID)
			}
		}
	}
	return out, err
}

// usedPaths are those of the unions at which rows stand, beside the lines of the record that are given and those about a
// union that was at the same place before.
func usedPaths(ctx context.Context, q sqldb.Queryer, unions []hall.Union, lines []string) (map[string]bool, error) {
	paths := make([]string, len(unions))
	for i, u := range unions {
		paths[i] = u.Path
	}
	out := map[string]bool{}
	at := ` IN (` + sqldb.In(1, len(paths)) + `)`
	for _, query := range []string{`SELECT DISTINCT union_path FROM hall_grant WHERE union_path` + at, `SELECT DISTINCT union_path FROM hall_enterprise WHERE union_path` + at,
		`SELECT DISTINCT union_path FROM hall_person WHERE union_path` + at, `SELECT DISTINCT union_path FROM hall_master WHERE union_path` + at,
		`SELECT DISTINCT union_path FROM hall_request WHERE union_path` + at, `SELECT DISTINCT from_path FROM hall_request WHERE from_path` + at,
		`SELECT DISTINCT a.union_path FROM hall_audit a JOIN hall_union u ON u.path = a.union_path
			WHERE a.union_path` + at + ` AND a.at > u.created_at AND a.id NOT IN (` + sqldb.In(len(paths)+1, len(lines)) + `)`} {
		args := sqldb.Args(paths)
		if strings.Contains(query, "hall_audit") {
			args = append(args, sqldb.Args(lines)...)
		}
		found, err := sqldb.All(ctx, q, sqldb.Value[string], query, args...)
		if err != nil {
			return nil, err
		}
		for _, p := range found {
			out[p] = true
		}
	}
	return out, nil
}

// ExpelUnions implements hall.UnionStore.
func (s *Store) ExpelUnions(ctx context.Context, entries []string, fn func([]hall.MadeUnion) ([]string, hall.Trace)) (err error) {
	defer fault.Wrap(&err, "hallsql.ExpelUnions(%d)", len(entries))
	return s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		if err := unmoved(ctx, tx); err != nil {
			return hall.Trace{}, err
		}
		made, err := madeUnions(ctx, tx, entries)
		if err != nil {
			return hall.Trace{}, err
		}
		gone, t := fn(made)
		if len(gone) == 0 {
			return t, nil
		}
		return t, remove(ctx, tx, gone, `hall_union WHERE id`)
	})
}
