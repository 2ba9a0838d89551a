package hallsql

import (
	"context"
	"encoding/json"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// entry is a line of the record that a row of a list left: what it is about, and what it keeps of it.
type entry struct {
	id, on string
	detail struct {
		Sum string `json:"sum"`
	}
}

func entries(ctx context.Context, q sqldb.Queryer, what string, ids []string) ([]entry, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return sqldb.All(ctx, q, func(s sqldb.Scanner) (e entry, err error) {
		var detail string
		if err := s.Scan(&e.id, &e.on, &detail); err != nil {
			return e, err
		}
		return e, json.Unmarshal([]byte(detail), &e.detail)
	}, `SELECT id, subject_id, detail FROM hall_audit WHERE what = $1 AND id IN (`+sqldb.In(2, len(ids))+`)`, append([]any{what}, sqldb.Args(ids)...)...)
}

// knownMasters adds, where lines of the record are asked for, those and who of the people are masters.
func knownMasters(ctx context.Context, q sqldb.Queryer, k hall.Keys, out *hall.Known) error {
	list, err := entries(ctx, q, hall.AuditMaster, k.Entries)
	if err != nil || len(k.Entries) == 0 || len(out.People) == 0 {
		return err
	}
	out.Entries = make(map[string]string, len(list))
	for _, e := range list {
		out.Entries[e.id] = e.on
	}
	ids := make([]string, len(out.People))
	for i, p := range out.People {
		ids[i] = p.ID
	}
	out.Masters, err = mastersOf(ctx, q, ids)
	return err
}

func mastersOf(ctx context.Context, q sqldb.Queryer, ids []string) ([]hall.Master, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return sqldb.All(ctx, q, scanMaster, selectMasters+`WHERE m.person_id IN (`+sqldb.In(1, len(ids))+`)`, sqldb.Args(ids)...)
}

// EnteredMasters implements hall.Admissions.
func (s *Store) EnteredMasters(ctx context.Context, ids []string) (_ []hall.EnteredMaster, err error) {
	defer fault.Wrap(&err, "hallsql.EnteredMasters(%d)", len(ids))
	return enteredMasters(ctx, s.db, ids)
}

func enteredMasters(ctx context.Context, q sqldb.Queryer, ids []string) (out []hall.EnteredMaster, err error) {
	lines, err := entries(ctx, q, hall.AuditMaster, ids)
	if err != nil || len(lines) == 0 {
		return nil, err
	}
	people := make([]string, len(lines))
	for i, l := range lines {
		people[i] = l.on
	}
	list, err := mastersOf(ctx, q, people)
	if err != nil {
		return nil, err
	}
	signs, err := among(ctx, q, `SELECT person_id FROM hall_password WHERE person_id`, people)
	if err != nil {
		return nil, err
	}
	papers, err := among(ctx, q, `SELECT DISTINCT subject_id FROM hall_document WHERE subject_id`, people)
	masters := make(map[string]hall.Master, len(list))
	for _, m := range list {
		masters[m.PersonID] = m
	}
	for _, l := range lines {
		out = append(out, hall.EnteredMaster{EntryID: l.id, PersonID: l.on, Sum: l.detail.Sum, Master: masters[l.on], SignsIn: signs[l.on], Papers: papers[l.on]})
	}
	return out, err
}

// among gives those of the ids that a column has.
func among(ctx context.Context, q sqldb.Queryer, column string, ids []string) (map[string]bool, error) {
	list, err := sqldb.All(ctx, q, sqldb.Value[string], column+` IN (`+sqldb.In(1, len(ids))+`)`, sqldb.Args(ids)...)
	out := make(map[string]bool, len(list))
	for _, id := range list {
		out[id] = true
	}
	return out, err
}

// ExpelMasters implements hall.Admissions.
func (s *Store) ExpelMasters(ctx context.Context, ids []string, fn func([]hall.EnteredMaster) ([]string, hall.Trace)) (err error) {
	defer fault.Wrap(&err, "hallsql.ExpelMasters(%d)", len(ids))
	return s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		there, err := enteredMasters(ctx, tx, ids)
		if err != nil {
			return hall.Trace{}, err
		}
		gone, t := fn(there)
		if len(gone) == 0 {
			return t, nil
		}
		return t, remove(ctx, tx, gone, `hall_master_craft WHERE person_id`, `hall_master WHERE person_id`)
	})
}
