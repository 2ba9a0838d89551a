package hallsql

import (
	"context"
	"encoding/json"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/sqldb"
)

const moveColumns = `id, union_id, into_id, merge, plan, by_id, at, followed_at, done_at`

func scanMove(s sqldb.Scanner) (m hall.Move, err error) {
	var plan string
	err = s.Scan(&m.ID, &m.UnionID, &m.IntoID, &m.Merge, &plan, &m.By, (*sqldb.Time)(&m.At), (*sqldb.Time)(&m.Followed), (*sqldb.Time)(&m.Done))
	if err != nil {
		return m, err
	}
	return m, json.Unmarshal([]byte(plan), &m.Steps)
}

// housed are the tables whose rows follow a union, grants first: what somebody may goes before what it is about.
var housed = []sqldb.Housed{
	{Table: "hall_grant", Key: "id", ID: "union_id"},
	{Table: "hall_enterprise", Key: "id", ID: "union_id"},
	{Table: "hall_person", Key: "id", ID: "union_id"},
	{Table: "hall_master", Key: "person_id", ID: "union_id"},
	{Table: "hall_audit", Key: "id"},
	{Table: "hall_request", Key: "id", ID: "union_id"}, {Table: "hall_request", Key: "id", Path: "from_path"},
}

// BeginMove implements hall.Moves. Transactions are serializable: whoever changes the tree meanwhile comes before or after.
func (s *Store) BeginMove(ctx context.Context, fn func([]hall.Union) (hall.Shift, hall.Trace, error)) (m hall.Move, err error) {
	defer fault.Wrap(&err, "hallsql.BeginMove")
	err = s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		if err := unmoved(ctx, tx); err != nil {
			return hall.Trace{}, err
		}
		all, err := sqldb.All(ctx, tx, scanUnion, `SELECT `+unionColumns+` FROM hall_union ORDER BY path`)
		if err != nil {
			return hall.Trace{}, err
		}
		sh, t, err := fn(all)
		if err != nil {
			return t, err
		}
		m = sh.Move
		return t, shiftTree(ctx, tx, sh)
	})
	return m, err
}

func shiftTree(ctx context.Context, tx sqldb.Tx, sh hall.Shift) error {
	if sh.Gone != "" {
		if _, err := tx.Exec(ctx, `DELETE FROM hall_union WHERE id = $1`, sh.Gone); err != nil {
			return err
		}
	}
	for _, u := range sh.Changed {
		if _, err := tx.Exec(ctx, `UPDATE hall_union SET parent_id = $1, code = $2, path = $3 WHERE id = $4`, u.ParentID, u.Code, u.Path, u.ID); err != nil {
			return taken(err, hall.TakenCode)
		}
	}
	if err := shiftGrants(ctx, tx, sh.Move.Steps); err != nil {
		return err
	}
	m := sh.Move
	return insert(ctx, tx, `INSERT INTO hall_move (`+moveColumns+`) VALUES `,
		[]any{m.ID, m.UnionID, m.IntoID, m.Merge, encode(m.Steps), m.By, m.At, m.Followed, m.Done})
}

// shiftGrants takes all grants along at once. Who had the same at both unions has it once.
func shiftGrants(ctx context.Context, tx sqldb.Tx, steps []actor.Moved) error {
	for _, m := range steps {
		if m.FromID != "" {
			if _, err := tx.Exec(ctx, `DELETE FROM hall_grant WHERE union_id = $1 AND EXISTS (SELECT 1 FROM hall_grant g
				WHERE g.person_id = hall_grant.person_id AND g.role = hall_grant.role AND g.union_id = $2)`, m.FromID, m.ToID); err != nil {
				return err
			}
		}
		if _, err := housed[0].Rehome(ctx, tx, m, 1<<30); err != nil {
			return err
		}
	}
	return nil
}

// Moves implements hall.Moves.
func (s *Store) Moves(ctx context.Context) (_ []hall.Move, err error) {
	defer fault.Wrap(&err, "hallsql.Moves")
	return sqldb.All(ctx, s.db, scanMove, `SELECT `+moveColumns+` FROM hall_move ORDER BY id`)
}

// FollowMove implements hall.Moves.
func (s *Store) FollowMove(ctx context.Context, moveID string, at time.Time) (err error) {
	defer fault.Wrap(&err, "hallsql.FollowMove(%s)", moveID)
	return s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		_, err := tx.Exec(ctx, `UPDATE hall_move SET followed_at = $1 WHERE id = $2 AND done_at = 0`, at, moveID)
		return hall.Trace{}, err
	})
}

// EndMove implements hall.Moves.
func (s *Store) EndMove(ctx context.Context, moveID string, at time.Time, t hall.Trace) (err error) {
	defer fault.Wrap(&err, "hallsql.EndMove(%s)", moveID)
	return s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		n, err := tx.Exec(ctx, `UPDATE hall_move SET done_at = $1 WHERE id = $2 AND done_at = 0 AND followed_at > 0`, at, moveID)
		if n == 0 {
			t = hall.Trace{}
		}
		return t, err
	})
}

// Rehome implements hall.Moves.
func (s *Store) Rehome(ctx context.Context, steps []actor.Moved) (n int, err error) {
	defer fault.Wrap(&err, "hallsql.Rehome")
	err = s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) { return hall.Trace{}, shiftGrants(ctx, tx, steps) })
	if err != nil {
		return 0, err
	}
	return s.db.RehomeAll(ctx, housed[1:], steps, sqldb.RehomeBatch)
}

// Housed implements hall.Moves.
func (s *Store) Housed(ctx context.Context, path string) (out map[string]int, err error) {
	defer fault.Wrap(&err, "hallsql.Housed(%s)", path)
	out = map[string]int{}
	from, until := actor.Span(path)
	for i, what := range []string{"grants", "enterprises", "people", "masters", "audits"} {
		if out[what], err = housed[i].Count(ctx, s.db, from, until); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// OfficersAt implements hall.Moves.
func (s *Store) OfficersAt(ctx context.Context, paths []string) (_ []hall.Officer, err error) {
	defer fault.Wrap(&err, "hallsql.OfficersAt(%d)", len(paths))
	return sqldb.All(ctx, s.db, s.scanOfficer, `SELECT `+officerColumns+` FROM hall_grant g JOIN hall_person p ON p.id = g.person_id
		WHERE g.union_path IN (`+sqldb.In(1, len(paths))+`) ORDER BY g.union_path, p.name, g.id`, sqldb.Args(paths)...)
}

// free is TakenCode when a place is kept for rows that have not left it yet, or the parent is elsewhere by now.
func free(ctx context.Context, tx sqldb.Tx, u hall.Union) error {
	moves, err := sqldb.All(ctx, tx, scanMove, `SELECT `+moveColumns+` FROM hall_move WHERE done_at = 0`)
	if err != nil {
		return err
	}
	for _, m := range moves {
		if actor.NowAt(m.Steps, u.Path) != u.Path {
			return hall.TakenCode
		}
	}
	if u.ParentID == "" {
		return nil
	}
	parent, err := one(ctx, tx, scanUnion, selectUnion, u.ParentID)
	if err == nil && hall.PathOf(parent.Path, u.Code) != u.Path {
		err = fault.New(fault.Conflict, "fault.moved")
	}
	return err
}
