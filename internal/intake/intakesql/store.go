// Package intakesql keeps imports in SQL.
package intakesql

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/intake"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// Store is an intake.Store.
type Store struct{ db *sqldb.DB }

var _ intake.Store = (*Store)(nil)

// New makes a store on a migrated database.
func New(db *sqldb.DB) *Store { return &Store{db} }

const (
	columns   = `id, kind, union_id, union_path, by_id, file, mark, state, created_at, changed_at, plan, progress`
	selectJob = `SELECT ` + columns + ` FROM intake_job WHERE id = $1`
)

func scan(s sqldb.Scanner) (j intake.Job, err error) {
	var plan, progress string
	err = s.Scan(&j.ID, &j.Kind, &j.UnionID, &j.UnionPath, &j.ByID, &j.File, &j.Mark, &j.State,
		(*sqldb.Time)(&j.Created), (*sqldb.Time)(&j.Changed), &plan, &progress)
	if err != nil {
		return j, err
	}
	if err := json.Unmarshal([]byte(plan), &j.Plan); err != nil {
		return j, err
	}
	return j, json.Unmarshal([]byte(progress), &j.Progress)
}

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain structs always marshal
	}
	return string(b)
}

func one[T any](ctx context.Context, q sqldb.Queryer, scan func(sqldb.Scanner) (T, error), query string, args ...any) (T, error) {
	v, err := sqldb.One(ctx, q, scan, query, args...)
	if errors.Is(err, sql.ErrNoRows) {
		err = fault.NoSuch()
	}
	return v, err
}

// Create implements intake.Store.
func (s *Store) Create(ctx context.Context, j intake.Job) (err error) {
	defer fault.Wrap(&err, "intakesql.Create(%s)", j.ID)
	return s.db.Update(ctx, func(tx sqldb.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO intake_job (`+columns+`, working, worker, claimed_until)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '', 0)`, j.ID, j.Kind, j.UnionID, j.UnionPath, j.ByID, j.File, j.Mark, j.State,
			j.Created, j.Changed, encode(j.Plan), encode(j.Progress), j.State.Working())
		if err != nil {
			return err
		}
		return tx.Emit(ctx, intake.EventOf(j))
	})
}

// Job implements intake.Store.
func (s *Store) Job(ctx context.Context, id string) (_ intake.Job, err error) {
	defer fault.Wrap(&err, "intakesql.Job(%s)", id)
	return one(ctx, s.db, scan, selectJob, id)
}

// Update implements intake.Store.
func (s *Store) Update(ctx context.Context, id string, fn func(intake.Job) (intake.Job, error)) (out intake.Job, err error) {
	defer fault.Wrap(&err, "intakesql.Update(%s)", id)
	err = s.db.Update(ctx, func(tx sqldb.Tx) error {
		out, err = change(ctx, tx, id, fn)
		return err
	})
	return out, err
}

func change(ctx context.Context, tx sqldb.Tx, id string, fn func(intake.Job) (intake.Job, error)) (intake.Job, error) {
	old, err := one(ctx, tx, scan, selectJob, id)
	if err != nil {
		return old, err
	}
	j, err := fn(old)
	if err != nil {
		return old, err
	}
	_, err = tx.Exec(ctx, `UPDATE intake_job SET state = $1, working = $2, changed_at = $3, plan = $4, progress = $5 WHERE id = $6`,
		j.State, j.State.Working(), j.Changed, encode(j.Plan), encode(j.Progress), id)
	if err != nil {
		return old, err
	}
	return j, tx.Emit(ctx, intake.EventOf(j))
}

// List implements intake.Store.
func (s *Store) List(ctx context.Context, path, before string, limit int) (_ []intake.Job, err error) {
	defer fault.Wrap(&err, "intakesql.List(%s)", path)
	if before == "" {
		before = "g" // after every identifier
	}
	from, to := actor.Span(path)
	return sqldb.All(ctx, s.db, scan, `SELECT `+columns+` FROM intake_job WHERE union_path >= $1 AND union_path < $2 AND id < $3
		ORDER BY id DESC LIMIT 0+$4`, from, to, before, limit)
}

// Twin implements intake.Store.
func (s *Store) Twin(ctx context.Context, j intake.Job) (_ intake.Job, err error) {
	defer fault.Wrap(&err, "intakesql.Twin(%s)", j.ID)
	return one(ctx, s.db, scan, `SELECT `+columns+` FROM intake_job WHERE mark = $1 AND union_id = $2 AND kind = $3 AND state = 'done' AND id <> $4
		ORDER BY id DESC LIMIT 1`, j.Mark, j.UnionID, j.Kind, j.ID)
}

// Claim implements intake.Store.
func (s *Store) Claim(ctx context.Context, worker string, now, until time.Time) (out intake.Job, err error) {
	defer fault.Wrap(&err, "intakesql.Claim")
	const free = `FROM intake_job WHERE working = TRUE AND (claimed_until < $1 OR worker = $2) ORDER BY id LIMIT 1`
	if _, err := one(ctx, s.db, sqldb.Value[string], `SELECT id `+free, now, worker); err != nil {
		return out, err // most of the time there is none, and looking takes no lock
	}
	err = s.db.Update(ctx, func(tx sqldb.Tx) error {
		out, err = one(ctx, tx, scan, `SELECT `+columns+` `+free, now, worker)
		if err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE intake_job SET worker = $1, claimed_until = $2 WHERE id = $3`, worker, until, out.ID)
		return err
	})
	return out, err
}

// Unclaimed says how many jobs nobody works on at a time, and since when the oldest waits.
func (s *Store) Unclaimed(ctx context.Context, now time.Time) (_ sqldb.Waiting, err error) {
	defer fault.Wrap(&err, "intakesql.Unclaimed")
	return sqldb.One(ctx, s.db, sqldb.ScanWaiting, `SELECT count(*), coalesce(min(changed_at), 0) FROM intake_job
		WHERE working = TRUE AND claimed_until < $1`, now)
}

// Advance implements intake.Store.
func (s *Store) Advance(ctx context.Context, id, worker string, until time.Time, phase intake.Phase, issues []intake.Issue,
	fn func(intake.Job) (intake.Job, error)) (out intake.Job, err error) {
	defer fault.Wrap(&err, "intakesql.Advance(%s)", id)
	err = s.db.Update(ctx, func(tx sqldb.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE intake_job SET claimed_until = $1 WHERE id = $2 AND worker = $3`, until, id, worker)
		if err != nil {
			return err
		}
		if n == 0 {
			return intake.ErrLost
		}
		if out, err = change(ctx, tx, id, fn); err != nil {
			return err
		}
		if !out.State.Working() {
			if _, err := tx.Exec(ctx, `UPDATE intake_job SET worker = '', claimed_until = 0 WHERE id = $1`, id); err != nil {
				return err
			}
		}
		return addIssues(ctx, tx, id, phase, issues)
	})
	return out, err
}

// issuesAtOnce is how many issues one INSERT takes.
const issuesAtOnce = 64

func addIssues(ctx context.Context, tx sqldb.Tx, jobID string, phase intake.Phase, issues []intake.Issue) error {
	for len(issues) > 0 {
		n := min(len(issues), issuesAtOnce)
		var q strings.Builder
		q.WriteString(`INSERT INTO intake_issue (job_id, phase, row_no, field, msg, args) VALUES `)
		args := make([]any, 0, 6*n)
		for i, is := range issues[:n] {
			if i > 0 {
				q.WriteByte(',')
			}
			q.WriteString(`(` + sqldb.In(len(args)+1, 6) + `)`)
			args = append(args, jobID, phase, is.Row, is.Field, is.Msg, encode(is.Args))
		}
		q.WriteString(` ON CONFLICT (job_id, phase, row_no, field, msg) DO NOTHING`)
		if _, err := tx.Exec(ctx, q.String(), args...); err != nil {
			return err
		}
		issues = issues[n:]
	}
	return nil
}

// Forget implements intake.Store.
func (s *Store) Forget(ctx context.Context, jobID string, phase intake.Phase) (err error) {
	defer fault.Wrap(&err, "intakesql.Forget(%s)", jobID)
	return s.db.Update(ctx, func(tx sqldb.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM intake_issue WHERE job_id = $1 AND phase = $2`, jobID, phase)
		return err
	})
}

// Issues implements intake.Store.
func (s *Store) Issues(ctx context.Context, jobID string, phase intake.Phase, after, limit int) (_ []intake.Issue, err error) {
	defer fault.Wrap(&err, "intakesql.Issues(%s)", jobID)
	return sqldb.All(ctx, s.db, func(s sqldb.Scanner) (i intake.Issue, err error) {
		var args string
		if err := s.Scan(&i.Row, &i.Field, &i.Msg, &args); err != nil {
			return i, err
		}
		return i, json.Unmarshal([]byte(args), &i.Args)
	}, `SELECT row_no, field, msg, args FROM intake_issue WHERE job_id = $1 AND phase = $2 AND row_no > $3
		ORDER BY row_no, field, msg LIMIT 0+$4`, jobID, phase, after, limit)
}

// BadRows implements intake.Store.
func (s *Store) BadRows(ctx context.Context, jobID string, phase intake.Phase) (_ map[int]bool, err error) {
	defer fault.Wrap(&err, "intakesql.BadRows(%s)", jobID)
	list, err := sqldb.All(ctx, s.db, sqldb.Value[int], `SELECT DISTINCT row_no FROM intake_issue WHERE job_id = $1 AND phase = $2`, jobID, phase)
	out := make(map[int]bool, len(list))
	for _, n := range list {
		out[n] = true
	}
	return out, err
}

// Columns implements intake.Store.
func (s *Store) Columns(ctx context.Context, unionID, kind, header string) (out []string, err error) {
	defer fault.Wrap(&err, "intakesql.Columns(%s)", unionID)
	raw, err := one(ctx, s.db, sqldb.Value[string], `SELECT fields FROM intake_columns WHERE union_id = $1 AND kind = $2 AND header = $3`, unionID, kind, header)
	if err != nil {
		return nil, err
	}
	return out, json.Unmarshal([]byte(raw), &out)
}

// Remember implements intake.Store.
func (s *Store) Remember(ctx context.Context, unionID, kind, header string, fields []string, at time.Time) (err error) {
	defer fault.Wrap(&err, "intakesql.Remember(%s)", unionID)
	return s.db.Update(ctx, func(tx sqldb.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO intake_columns (union_id, kind, header, fields, kept_at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (union_id, kind, header) DO UPDATE SET fields = excluded.fields, kept_at = excluded.kept_at`,
			unionID, kind, header, encode(fields), at)
		return err
	})
}
