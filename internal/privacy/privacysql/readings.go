package privacysql

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/privacy"
	"github.com/unionhall/unionhall/internal/sqldb"
)

const readingColumns = `person_id, id, once, reader_id, role, union_path, field, reason, note, source, at`

func scanReading(s sqldb.Scanner) (r privacy.Reading, err error) {
	return r, s.Scan(&r.PersonID, &r.ID, &r.Once, &r.ReaderID, &r.Role, &r.UnionPath, &r.Field, &r.Reason, &r.Note, &r.Source, (*sqldb.Time)(&r.At))
}

// AddReadings implements privacy.Store.
func (s *Store) AddReadings(ctx context.Context, rows []privacy.Reading) (err error) {
	defer fault.Wrap(&err, "privacysql.AddReadings(%d)", len(rows))
	rows, err = s.fresh(ctx, rows)
	if err != nil || len(rows) == 0 {
		return err
	}
	return s.db.Update(ctx, func(tx sqldb.Tx) error {
		for _, r := range rows {
			_, err := tx.Exec(ctx, `INSERT INTO privacy_reading (`+readingColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
				ON CONFLICT (person_id, once) DO NOTHING`,
				r.PersonID, r.ID, r.Once, r.ReaderID, r.Role, r.UnionPath, r.Field, r.Reason, r.Note, r.Source, r.At)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// fresh leaves out what is there, so that a page that is opened again writes nothing.
func (s *Store) fresh(ctx context.Context, rows []privacy.Reading) ([]privacy.Reading, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	var where []string
	var args []any
	for i, r := range rows {
		where = append(where, fmt.Sprintf("(person_id = $%d AND once = $%d)", 2*i+1, 2*i+2))
		args = append(args, r.PersonID, r.Once)
	}
	there, err := sqldb.All(ctx, s.db, func(s sqldb.Scanner) (k [2]string, err error) { return k, s.Scan(&k[0], &k[1]) },
		`SELECT person_id, once FROM privacy_reading WHERE `+strings.Join(where, " OR "), args...)
	if err != nil {
		return nil, err
	}
	known := map[[2]string]bool{}
	for _, k := range there {
		known[k] = true
	}
	var out []privacy.Reading
	for _, r := range rows {
		if !known[[2]string{r.PersonID, r.Once}] {
			out = append(out, r)
		}
	}
	return out, nil
}

// conditions are those of a query within a subtree; before says whether the page counts.
func conditions(path string, q privacy.Query, paged bool) (string, []any) {
	from, to := actor.Span(path)
	where, args := []string{"union_path >= $1", "union_path < $2"}, []any{from, to}
	add := func(ok bool, cond string, v any) {
		if ok {
			args = append(args, v)
			where = append(where, fmt.Sprintf(cond, len(args)))
		}
	}
	add(q.ReaderID != "", "reader_id = $%d", q.ReaderID)
	add(q.PersonID != "", "person_id = $%d", q.PersonID)
	add(q.Field != "", "field = $%d", q.Field)
	add(q.Source != "", "source LIKE $%d ESCAPE '!'", strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(q.Source)+"%")
	add(!q.From.IsZero(), "at >= $%d", q.From)
	add(!q.To.IsZero(), "at < $%d", q.To)
	add(paged && q.Before != "", "id < $%d", q.Before)
	return strings.Join(where, " AND "), args
}

// Readings implements privacy.Store.
func (s *Store) Readings(ctx context.Context, path string, q privacy.Query) (_ []privacy.Reading, err error) {
	defer fault.Wrap(&err, "privacysql.Readings(%s)", path)
	where, args := conditions(path, q, true)
	args = append(args, q.Limit)
	return sqldb.All(ctx, s.db, scanReading, `SELECT `+readingColumns+` FROM privacy_reading WHERE `+where+
		` ORDER BY id DESC LIMIT 0+$`+strconv.Itoa(len(args)), args...)
}

// CountReadings implements privacy.Store.
func (s *Store) CountReadings(ctx context.Context, path string, q privacy.Query) (rows, people int, err error) {
	defer fault.Wrap(&err, "privacysql.CountReadings(%s)", path)
	where, args := conditions(path, q, false)
	n, err := sqldb.One(ctx, s.db, func(s sqldb.Scanner) (n [2]int, err error) { return n, s.Scan(&n[0], &n[1]) },
		`SELECT COUNT(*), COUNT(DISTINCT NULLIF(person_id, '')) FROM privacy_reading WHERE `+where, args...)
	return n[0], n[1], err
}

// ReadingsOf implements privacy.Store.
func (s *Store) ReadingsOf(ctx context.Context, personID, before string, limit int) (_ []privacy.Reading, err error) {
	defer fault.Wrap(&err, "privacysql.ReadingsOf(%s)", personID)
	if before == "" {
		return sqldb.All(ctx, s.db, scanReading, `SELECT `+readingColumns+` FROM privacy_reading WHERE person_id = $1
			ORDER BY id DESC LIMIT 0+$2`, personID, limit)
	}
	return sqldb.All(ctx, s.db, scanReading, `SELECT `+readingColumns+` FROM privacy_reading WHERE person_id = $1 AND id < $2
		ORDER BY id DESC LIMIT 0+$3`, personID, before, limit)
}
