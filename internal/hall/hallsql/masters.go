package hallsql

import (
	"context"
	"encoding/json"
	"math"
	"strings"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/sqldb"
)

const (
	insertMasters = `INSERT INTO hall_master (person_id, union_id, union_path, title, craft, bio, honours, city, lat, lng, reach,
		calendar, max_load, status, created_at, rank, words) VALUES `
	insertCrafts  = `INSERT INTO hall_master_craft (person_id, trade) VALUES `
	selectMasters = `SELECT m.person_id, p.name, m.union_id, m.union_path, m.title, m.craft, m.bio, m.honours, m.city, m.lat, m.lng,
		m.reach, m.calendar, m.max_load, m.status, m.created_at, m.rank
		FROM hall_master m JOIN hall_person p ON p.id = m.person_id `
	countMasters = `SELECT COUNT(*) FROM hall_master m JOIN hall_person p ON p.id = m.person_id `
)

func masterRow(m hall.Master) []any {
	return []any{m.PersonID, m.UnionID, m.UnionPath, m.Title, encode(m.Craft), m.Bio, encode(m.Honours), m.City, m.Place.Lat, m.Place.Lng,
		m.ReachMetre, encode(m.Calendar), m.MaxLoad, string(m.Status), m.Created, rank(m), words(m)}
}

// rank puts those with the most honours first.
func rank(m hall.Master) int { return -len(m.Honours) }

// words is what the public search looks into, beside the name.
func words(m hall.Master) string {
	parts := []string{m.Title, m.City, m.Bio}
	for _, h := range m.Honours {
		parts = append(parts, h.Name)
	}
	return strings.ToLower(strings.Join(parts, "\n"))
}

func craftRows(list []hall.Master) (out [][]any) {
	for _, m := range list {
		for _, c := range m.Craft {
			out = append(out, []any{m.PersonID, c})
		}
	}
	return out
}

func scanMaster(s sqldb.Scanner) (m hall.Master, err error) {
	var craft, honours, calendar string
	var rank int
	err = s.Scan(&m.PersonID, &m.Name, &m.UnionID, &m.UnionPath, &m.Title, &craft, &m.Bio, &honours, &m.City, &m.Place.Lat, &m.Place.Lng,
		&m.ReachMetre, &calendar, &m.MaxLoad, &m.Status, (*sqldb.Time)(&m.Created), &rank)
	for _, j := range []struct {
		text string
		into any
	}{{craft, &m.Craft}, {honours, &m.Honours}, {calendar, &m.Calendar}} {
		if err == nil {
			err = json.Unmarshal([]byte(j.text), j.into)
		}
	}
	return m, err
}

// Master implements hall.Masters.
func (s *Store) Master(ctx context.Context, personID string) (_ hall.Master, err error) {
	defer fault.Wrap(&err, "hallsql.Master(%s)", personID)
	return one(ctx, s.db, scanMaster, selectMasters+`WHERE m.person_id = $1`, personID)
}

// Masters implements hall.Masters.
func (s *Store) Masters(ctx context.Context, ids []string) (_ []hall.Master, err error) {
	defer fault.Wrap(&err, "hallsql.Masters(%d)", len(ids))
	return sqldb.All(ctx, s.db, scanMaster, selectMasters+`WHERE m.person_id IN (`+sqldb.In(1, len(ids))+`)`, sqldb.Args(ids)...)
}

// CreateMaster implements hall.Masters.
func (s *Store) CreateMaster(ctx context.Context, m hall.Master, newcomer *hall.NewPerson, t hall.Trace) (err error) {
	defer fault.Wrap(&err, "hallsql.CreateMaster(%s)", m.PersonID)
	return s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		if newcomer != nil {
			if err := s.insertPerson(ctx, tx, *newcomer); err != nil {
				return t, err
			}
		}
		if err := insert(ctx, tx, insertMasters, masterRow(m)); err != nil {
			return t, taken(err, hall.TakenMaster)
		}
		return t, insert(ctx, tx, insertCrafts, craftRows([]hall.Master{m})...)
	})
}

// UpdateMaster implements hall.Masters.
func (s *Store) UpdateMaster(ctx context.Context, personID string, fn hall.Change[hall.Master]) (out hall.Master, err error) {
	defer fault.Wrap(&err, "hallsql.UpdateMaster(%s)", personID)
	err = s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		old, err := one(ctx, tx, scanMaster, selectMasters+`WHERE m.person_id = $1`, personID)
		if err != nil {
			return hall.Trace{}, err
		}
		m, t, err := fn(old)
		if err != nil {
			return t, err
		}
		m.PersonID, m.Name, m.UnionID, m.UnionPath, m.Created = old.PersonID, old.Name, old.UnionID, old.UnionPath, old.Created
		out = m
		_, err = tx.Exec(ctx, `UPDATE hall_master SET title = $1, craft = $2, bio = $3, honours = $4, city = $5, lat = $6, lng = $7,
			reach = $8, calendar = $9, max_load = $10, status = $11, rank = $12, words = $13 WHERE person_id = $14`,
			m.Title, encode(m.Craft), m.Bio, encode(m.Honours), m.City, m.Place.Lat, m.Place.Lng,
			m.ReachMetre, encode(m.Calendar), m.MaxLoad, string(m.Status), rank(m), words(m), personID)
		if err != nil {
			return t, err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM hall_master_craft WHERE person_id = $1`, personID); err != nil {
			return t, err
		}
		return t, insert(ctx, tx, insertCrafts, craftRows([]hall.Master{m})...)
	})
	return out, err
}

// The public search. An empty trade or city does not narrow.
const findMasters = `WHERE m.status <> 'closed'
	AND ($1 = '' OR m.person_id IN (SELECT c.person_id FROM hall_master_craft c WHERE c.trade = $2))
	AND ($3 = '' OR m.city = $4)
	AND lower(p.name) || ' ' || m.words LIKE $5 ESCAPE '!'
	AND lower(p.name) LIKE $6 ESCAPE '!' `

// FindMasters implements hall.Masters.
func (s *Store) FindMasters(ctx context.Context, q hall.MasterSearch) (_ hall.List[hall.Master], err error) {
	defer fault.Wrap(&err, "hallsql.FindMasters(%s, %s)", q.Trade, q.City)
	lastRank, lastID := math.MinInt32, ""
	if err := after(q.After, &lastRank, &lastID); err != nil {
		return hall.List[hall.Master]{}, err
	}
	args := []any{q.Trade, q.Trade, q.City, q.City, like(q.Words), like(q.Name)}
	total, err := sqldb.One(ctx, s.db, count, countMasters+findMasters, args...)
	if err != nil {
		return hall.List[hall.Master]{}, err
	}
	list, err := sqldb.All(ctx, s.db, scanMaster, selectMasters+findMasters+
		`AND (m.rank, m.person_id) > ($7, $8) ORDER BY m.rank, m.person_id LIMIT 0+$9`, append(args, lastRank, lastID, q.Limit+1)...)
	return page(list, q.Limit, total, func(m hall.Master) string { return cursor(rank(m), m.PersonID) }), err
}

// MasterCities implements hall.Masters.
func (s *Store) MasterCities(ctx context.Context) (_ []string, err error) {
	defer fault.Wrap(&err, "hallsql.MasterCities")
	return sqldb.All(ctx, s.db, sqldb.Value[string], `SELECT city FROM hall_master
		WHERE status <> 'closed' AND city <> '' GROUP BY city ORDER BY COUNT(*) DESC, city LIMIT 500`)
}

// ListMasters implements hall.Masters.
func (s *Store) ListMasters(ctx context.Context, path string, q hall.Search) (_ hall.List[hall.Master], err error) {
	defer fault.Wrap(&err, "hallsql.ListMasters(%s)", path)
	var sp spot
	if err := sp.after(q.After); err != nil {
		return hall.List[hall.Master]{}, err
	}
	from, to := actor.Span(path)
	const within = `WHERE m.union_path >= $1 AND m.union_path < $2 AND lower(p.name) || ' ' || m.words LIKE $3 ESCAPE '!' `
	args := []any{from, to, like(q.Words)}
	total, err := sqldb.One(ctx, s.db, count, countMasters+within, args...)
	if err != nil {
		return hall.List[hall.Master]{}, err
	}
	list, err := sqldb.All(ctx, s.db, scanMaster, selectMasters+within+
		`AND (m.union_path, p.name, m.person_id) > ($4, $5, $6) ORDER BY m.union_path, p.name, m.person_id LIMIT 0+$7`,
		append(args, sp.path, sp.name, sp.id, q.Limit+1)...)
	return page(list, q.Limit, total, func(m hall.Master) string { return cursor(m.UnionPath, m.Name, m.PersonID) }), err
}
