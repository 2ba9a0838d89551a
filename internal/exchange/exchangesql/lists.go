package exchangesql

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// where collects conditions and their arguments, numbered in the order in which they are added.
type where struct {
	parts []string
	args  []any
}

// add adds a condition; each %s in it stands for the next of args.
func (w *where) add(cond string, args ...any) {
	marks := make([]any, len(args))
	for i, a := range args {
		w.args = append(w.args, a)
		marks[i] = fmt.Sprintf("$%d", len(w.args))
	}
	w.parts = append(w.parts, fmt.Sprintf(cond, marks...))
}

// in adds "column IN (…)".
func in[T ~string](w *where, column string, values []T) {
	first := len(w.args) + 1
	for _, v := range values {
		w.args = append(w.args, string(v))
	}
	w.parts = append(w.parts, column+" IN ("+sqldb.In(first, len(values))+")")
}

func (w *where) String() string {
	if len(w.parts) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.parts, " AND ")
}

// under adds "within any of the subtrees", or with alone "at any of the unions": a path range for each, so that
// the index serves it.
func (w *where) under(column string, paths []string, alone bool) {
	var any []string
	for _, p := range paths {
		from, until := actor.Moved{From: p, Alone: alone}.Span()
		w.args = append(w.args, from, until)
		n := len(w.args)
		any = append(any, fmt.Sprintf("%s >= $%d AND %s < $%d", column, n-1, column, n))
	}
	w.parts = append(w.parts, "("+strings.Join(any, " OR ")+")")
}

// like makes a pattern that finds words literally, anywhere.
func like(words string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(words)) + "%"
}

func filterNeeds(f exchange.NeedFilter) *where {
	w := &where{}
	if len(f.Under) > 0 {
		w.under("union_path", f.Under, f.Alone)
	}
	if len(f.EnterpriseID) > 0 {
		in(w, "enterprise_id", f.EnterpriseID)
	}
	for column, v := range map[string]string{"poster_id": f.PosterID, "portal_id": f.PortalID, "portal_ref": f.PortalRef, "kind_id": f.KindID} {
		if v != "" {
			w.add(column+" = %s", v)
		}
	}
	if f.Trade != "" {
		w.add(`trades LIKE %s ESCAPE '\'`, "%|"+strings.Trim(like(f.Trade), "%")+"|%")
	}
	if len(f.States) > 0 {
		in(w, "state", f.States)
	}
	if f.Words != "" {
		w.add(`lower(title) LIKE %s ESCAPE '\'`, like(f.Words))
	}
	if !f.From.IsZero() {
		w.add("posted_at >= %s", sqldb.Micros(f.From))
	}
	if !f.To.IsZero() {
		w.add("posted_at < %s", sqldb.Micros(f.To))
	}
	if !f.WaitingAt.IsZero() {
		w.add("due_at > 0 AND due_at <= %s", sqldb.Micros(f.WaitingAt))
	}
	if cond := counted[f.Figure]; cond != "" {
		w.parts = append(w.parts, cond)
	}
	return w
}

// counted says in SQL what each figure counts, but for the waiting, which depend on the time: Figures and the
// rows beneath a figure read the same words.
var counted = map[exchange.Figure]string{
	exchange.CountAnswered: "first_answer_at > 0",
	exchange.CountVisited:  "visits > 0",
	exchange.CountClosed:   "state = 'closed'",
	exchange.CountSolved:   "state = 'closed' AND result = 'solved'",
	exchange.CountRated:    "rating_count > 0",
}

// Needs implements exchange.Store. Its cost is that of the rows given, where an index serves the filter; words
// and trades are looked for in the rows that the rest leaves.
func (s *Store) Needs(ctx context.Context, f exchange.NeedFilter) (_ []exchange.Need, err error) {
	defer fault.Wrap(&err, "exchangesql.Needs")
	w := filterNeeds(f)
	order := " ORDER BY id DESC"
	switch {
	case !f.WaitingAt.IsZero():
		order = " ORDER BY due_at, id"
		if !f.After.IsZero() {
			w.add("(due_at > %s OR due_at = %s AND id > %s)", sqldb.Micros(f.After), sqldb.Micros(f.After), f.Before)
		}
	case f.Before != "":
		w.add("id < %s", f.Before)
	}
	limit := f.Limit
	if limit <= 0 {
		limit = 50
	}
	w.args = append(w.args, limit)
	return sqldb.All(ctx, s.db, scanNeed, fmt.Sprintf(`SELECT %s FROM exchange_need%s%s LIMIT 0+$%d`, needColumns, w, order, len(w.args)), w.args...)
}

// CountNeeds implements exchange.Store.
func (s *Store) CountNeeds(ctx context.Context, f exchange.NeedFilter) (_ int, err error) {
	defer fault.Wrap(&err, "exchangesql.CountNeeds")
	w := filterNeeds(f)
	return sqldb.One(ctx, s.db, sqldb.Value[int], `SELECT count(*) FROM exchange_need`+w.String(), w.args...)
}

// NeedsByID implements exchange.Store.
func (s *Store) NeedsByID(ctx context.Context, ids []string) (_ []exchange.Need, err error) {
	defer fault.Wrap(&err, "exchangesql.NeedsByID(%d)", len(ids))
	if len(ids) == 0 {
		return nil, nil
	}
	return sqldb.All(ctx, s.db, scanNeed, `SELECT `+needColumns+` FROM exchange_need WHERE id IN (`+sqldb.In(1, len(ids))+`)`,
		sqldb.Args(ids)...)
}

// EngagementsOf implements exchange.Store.
func (s *Store) EngagementsOf(ctx context.Context, ownerID string, limit int) (cases []exchange.Case, err error) {
	defer fault.Wrap(&err, "exchangesql.EngagementsOf(%s)", ownerID)
	err = s.db.View(ctx, func(q sqldb.Queryer) error {
		found, err := sqldb.All(ctx, q, scanEngagement, `SELECT `+engagementColumns+` FROM exchange_engagement
			WHERE owner_id = $1 ORDER BY id DESC LIMIT 0+$2`, ownerID, limit)
		if err != nil || len(found) == 0 {
			return err
		}
		ids := make([]string, len(found))
		for i, e := range found {
			ids[i] = e.NeedID
		}
		needs, err := sqldb.All(ctx, q, scanNeed, `SELECT `+needColumns+` FROM exchange_need WHERE id IN (`+sqldb.In(1, len(ids))+`)`,
			sqldb.Args(ids)...)
		if err != nil {
			return err
		}
		byID := map[string]exchange.Need{}
		for _, n := range needs {
			byID[n.ID] = n
		}
		cases = nil
		for _, e := range found {
			cases = append(cases, exchange.Case{Need: byID[e.NeedID], Engagements: []exchange.Engagement{e}})
		}
		return nil
	})
	return cases, err
}

// visitSlack is how long after its begin a visit may at most end, and then wait to be confirmed.
const visitSlack = (14 + 2) * 24 * time.Hour

// visitMost bounds what Visits reads.
const visitMost = 500

// Visits implements exchange.Store. A case that waits for a visit is due two days after its end, so that the index
// of what is due leads to it.
func (s *Store) Visits(ctx context.Context, under []string, from, to time.Time, several []string) (cases []exchange.Case, err error) {
	defer fault.Wrap(&err, "exchangesql.Visits")
	err = s.db.View(ctx, func(q sqldb.Queryer) error {
		w := &where{}
		w.under("union_path", under, false)
		w.add("due_at > 0 AND due_at <= %s", sqldb.Micros(to.Add(visitSlack)))
		waits := "waits_for = 'visit'"
		if len(several) > 0 {
			in(w, "kind_id", several)
			last := len(w.parts) - 1
			waits, w.parts = "("+waits+" OR "+w.parts[last]+")", w.parts[:last]
		}
		w.parts = append(w.parts, waits)
		w.args = append(w.args, visitMost)
		needs, err := sqldb.All(ctx, q, scanNeed, fmt.Sprintf(`SELECT %s FROM exchange_need%s ORDER BY due_at, id LIMIT 0+$%d`,
			needColumns, w, len(w.args)), w.args...)
		if err != nil || len(needs) == 0 {
			return err
		}
		ids := make([]string, len(needs))
		for i, n := range needs {
			ids[i] = n.ID
		}
		found, err := sqldb.All(ctx, q, scanEngagement, `SELECT `+engagementColumns+` FROM exchange_engagement
			WHERE need_id IN (`+sqldb.In(1, len(ids))+`) AND state = 'accepted' ORDER BY need_id, id`, sqldb.Args(ids)...)
		cases = withVisits(needs, found, from, to)
		return err
	})
	return cases, err
}

// withVisits gives the cases with an open agreed visit that overlaps [from, to).
func withVisits(needs []exchange.Need, found []exchange.Engagement, from, to time.Time) (out []exchange.Case) {
	for _, n := range needs {
		c, meets := exchange.Case{Need: n}, false
		for _, e := range found {
			if e.NeedID != n.ID {
				continue
			}
			c.Engagements = append(c.Engagements, e)
			meets = meets || slices.ContainsFunc(e.Visits, func(v exchange.Visit) bool {
				return v.Open() && !v.Agreed.IsZero() && v.From.Before(to) && v.To.After(from)
			})
		}
		if meets {
			out = append(out, c)
		}
	}
	return out
}

// eachBatch is how many rows a walk reads at once.
const eachBatch = 1000

// EachNeed implements exchange.Store.
func (s *Store) EachNeed(ctx context.Context, states []exchange.NeedState, fn func(exchange.Need) error) (err error) {
	defer fault.Wrap(&err, "exchangesql.EachNeed")
	last := ""
	for {
		w := &where{}
		in(w, "state", states)
		w.add("id > %s", last)
		w.args = append(w.args, eachBatch)
		rows, err := sqldb.All(ctx, s.db, scanNeed, fmt.Sprintf(`SELECT %s FROM exchange_need%s ORDER BY id LIMIT 0+$%d`,
			needColumns, w, len(w.args)), w.args...)
		if err != nil {
			return err
		}
		for _, n := range rows {
			if err := fn(n); err != nil {
				return err
			}
			last = n.ID
		}
		if len(rows) < eachBatch {
			return nil
		}
	}
}

// SolvedBy implements exchange.Store.
func (s *Store) SolvedBy(ctx context.Context, needIDs []string) (_ map[string][]string, err error) {
	defer fault.Wrap(&err, "exchangesql.SolvedBy(%d)", len(needIDs))
	out := map[string][]string{}
	if len(needIDs) == 0 {
		return out, nil
	}
	rows, err := sqldb.All(ctx, s.db, scanEngagement, `SELECT `+engagementColumns+` FROM exchange_engagement
		WHERE need_id IN (`+sqldb.In(1, len(needIDs))+`) AND state = 'finished' ORDER BY need_id, id`, sqldb.Args(needIDs)...)
	for _, e := range rows {
		if e.NeedEnd != nil && e.NeedEnd.Result != exchange.Unsolved {
			out[e.NeedID] = append(out[e.NeedID], e.OwnerID)
		}
	}
	return out, err
}
