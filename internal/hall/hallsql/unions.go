package hallsql

import (
	"context"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/sqldb"
)

const (
	unionColumns = `id, parent_id, level, code, path, name_zh, name_en, kind, lat, lng, created_at`
	insertUnions = `INSERT INTO hall_union (` + unionColumns + `) VALUES `
)

func unionRow(u hall.Union) []any {
	return []any{u.ID, u.ParentID, int(u.Level), u.Code, u.Path, u.Name.ZH, u.Name.EN, string(u.Kind), u.Place.Lat, u.Place.Lng, u.Created}
}

func scanUnion(s sqldb.Scanner) (u hall.Union, err error) {
	err = s.Scan(&u.ID, &u.ParentID, &u.Level, &u.Code, &u.Path, &u.Name.ZH, &u.Name.EN, &u.Kind,
		&u.Place.Lat, &u.Place.Lng, (*sqldb.Time)(&u.Created))
	return u, err
}

// AllUnions implements hall.Unions.
func (s *Store) AllUnions(ctx context.Context) (_ []hall.Union, err error) {
	defer fault.Wrap(&err, "hallsql.AllUnions")
	return sqldb.All(ctx, s.db, scanUnion, `SELECT `+unionColumns+` FROM hall_union ORDER BY path`)
}

// Union implements hall.Unions.
func (s *Store) Union(ctx context.Context, id string) (_ hall.Union, err error) {
	defer fault.Wrap(&err, "hallsql.Union(%s)", id)
	return one(ctx, s.db, scanUnion, selectUnion, id)
}

const selectUnion = `SELECT ` + unionColumns + ` FROM hall_union WHERE id = $1`

// CreateUnion implements hall.Unions.
func (s *Store) CreateUnion(ctx context.Context, u hall.Union, t hall.Trace) (err error) {
	defer fault.Wrap(&err, "hallsql.CreateUnion(%s)", u.Path)
	return s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		if err := free(ctx, tx, u); err != nil {
			return t, err
		}
		return t, taken(insert(ctx, tx, insertUnions, unionRow(u)), hall.TakenCode)
	})
}

// UpdateUnion implements hall.Unions.
func (s *Store) UpdateUnion(ctx context.Context, id string, fn hall.Change[hall.Union]) (out hall.Union, err error) {
	defer fault.Wrap(&err, "hallsql.UpdateUnion(%s)", id)
	err = s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		old, err := one(ctx, tx, scanUnion, selectUnion, id)
		if err != nil {
			return hall.Trace{}, err
		}
		u, t, err := fn(old)
		if err != nil {
			return t, err
		}
		out = old
		out.Name, out.Kind, out.Place = u.Name, u.Kind, u.Place
		_, err = tx.Exec(ctx, `UPDATE hall_union SET name_zh = $1, name_en = $2, kind = $3, lat = $4, lng = $5 WHERE id = $6`,
			u.Name.ZH, u.Name.EN, string(u.Kind), u.Place.Lat, u.Place.Lng, id)
		return t, err
	})
	return out, err
}

// Tallies implements hall.Unions.
func (s *Store) Tallies(ctx context.Context, path string) (_ map[string]hall.Tally, err error) {
	defer fault.Wrap(&err, "hallsql.Tallies(%s)", path)
	from, to := actor.Span(path)
	type row struct {
		thing, path string
		n           int
	}
	rows, err := sqldb.All(ctx, s.db, func(s sqldb.Scanner) (r row, err error) { return r, s.Scan(&r.thing, &r.path, &r.n) }, `
		SELECT 'people', union_path, COUNT(*) FROM hall_person WHERE union_path >= $1 AND union_path < $2 GROUP BY union_path
		UNION ALL
		SELECT 'enterprises', union_path, COUNT(*) FROM hall_enterprise WHERE union_path >= $3 AND union_path < $4 GROUP BY union_path
		UNION ALL
		SELECT 'masters', union_path, COUNT(*) FROM hall_master WHERE union_path >= $5 AND union_path < $6 GROUP BY union_path`,
		from, to, from, to, from, to)
	out := make(map[string]hall.Tally)
	for _, r := range rows {
		t := out[r.path]
		switch r.thing {
		case "people":
			t.People = r.n
		case "enterprises":
			t.Enterprises = r.n
		case "masters":
			t.Masters = r.n
		}
		out[r.path] = t
	}
	return out, err
}

// Found implements hall.Store.
func (s *Store) Found(ctx context.Context, u hall.Union, p hall.NewPerson, g hall.Grant, t hall.Trace) (err error) {
	defer fault.Wrap(&err, "hallsql.Found(%s)", u.Name.ZH)
	return s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		n, err := sqldb.One(ctx, tx, count, `SELECT COUNT(*) FROM hall_union`)
		if err != nil {
			return t, err
		}
		if n > 0 {
			return t, hall.ErrFounded
		}
		if err := insert(ctx, tx, insertUnions, unionRow(u)); err != nil {
			return t, taken(err, hall.ErrFounded)
		}
		if err := s.insertPerson(ctx, tx, p); err != nil {
			return t, err
		}
		return t, insert(ctx, tx, insertGrants, grantRow(g))
	})
}
