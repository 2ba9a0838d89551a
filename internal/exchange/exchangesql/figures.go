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

// settled is how long figures may lag behind what another node has written, and behind a wait that becomes too
// long as time passes. What this node has written they never lag behind.
const settled = 2 * time.Second

// Figures implements exchange.Store.
func (s *Store) Figures(ctx context.Context, sections []exchange.Section, kindID string, now time.Time) ([]exchange.Figures, error) {
	key := fmt.Sprint(now.UnixNano()/int64(settled), kindID, sections)
	out, err := s.summed.Get(key, func() ([]exchange.Figures, error) { return s.sum(ctx, sections, kindID, now) })
	return slices.Clone(out), err
}

// sum reads the figures. One query, whatever the number of sections: it reads a few numbers of each need
// that any of them holds, once, and sums them here. That is several times faster than window functions for the
// medians are, and sections may overlap at no cost.
func (s *Store) sum(ctx context.Context, sections []exchange.Section, kindID string, now time.Time) (_ []exchange.Figures, err error) {
	defer fault.Wrap(&err, "exchangesql.Figures(%d)", len(sections))
	if len(sections) == 0 {
		return nil, nil
	}
	w := &where{}
	w.add("due_at > 0 AND due_at <= %s", sqldb.Micros(now))
	columns := "union_path, posted_at, first_answer_at - posted_at, visits, rating_sum, rating_count, " + flag(w.parts[0])
	for _, which := range flagged {
		columns += ", " + flag(counted[which])
	}
	w.parts = nil
	holding(w, sections)
	if kindID != "" {
		w.add("kind_id = %s", kindID)
	}
	sums := make([]sum, len(sections))
	_, err = sqldb.All(ctx, s.db, func(row sqldb.Scanner) (none struct{}, err error) {
		n, err := scanCounted(row)
		for i, x := range sections {
			if n.in(x) {
				sums[i].add(n)
			}
		}
		return none, err
	}, "SELECT "+columns+" FROM exchange_need"+w.String(), w.args...)
	out := make([]exchange.Figures, len(sections))
	for i, x := range sections {
		out[i] = sums[i].figures()
		out[i].Path = x.Path
	}
	return out, err
}

// holding restricts to the needs that any of the sections can hold.
func holding(w *where, sections []exchange.Section) {
	var paths []string
	var from, to time.Time
	for i, x := range sections {
		if !slices.ContainsFunc(paths, func(p string) bool { return actor.Within(x.Path, p) }) {
			paths = append(slices.DeleteFunc(paths, func(p string) bool { return actor.Within(p, x.Path) }), x.Path)
		}
		if i == 0 || x.From.Before(from) {
			from = x.From
		}
		if i == 0 || x.To.IsZero() || !to.IsZero() && x.To.After(to) {
			to = x.To
		}
	}
	w.under("union_path", paths, false)
	if !from.IsZero() {
		w.add("posted_at >= %s", sqldb.Micros(from))
	}
	if !to.IsZero() {
		w.add("posted_at < %s", sqldb.Micros(to))
	}
}

func flag(cond string) string { return "CASE WHEN " + cond + " THEN 1 ELSE 0 END" }

// flagged are the figures that a row is counted in by its condition, in the order of the columns.
var flagged = [...]exchange.Figure{exchange.CountAnswered, exchange.CountVisited, exchange.CountClosed, exchange.CountSolved, exchange.CountRated}

// countedNeed is what figures read of a need.
type countedNeed struct {
	path                           string
	posted, took                   int64
	visits, ratingSum, ratingCount int
	waiting                        int
	flags                          [len(flagged)]int
}

func scanCounted(row sqldb.Scanner) (n countedNeed, err error) {
	err = row.Scan(&n.path, &n.posted, &n.took, &n.visits, &n.ratingSum, &n.ratingCount, &n.waiting,
		&n.flags[0], &n.flags[1], &n.flags[2], &n.flags[3], &n.flags[4])
	return n, err
}

func (n countedNeed) in(x exchange.Section) bool {
	if x.Alone && n.path != x.Path || !strings.HasPrefix(n.path, x.Path) {
		return false
	}
	return n.posted >= sqldb.Micros(x.From) && (x.To.IsZero() || n.posted < sqldb.Micros(x.To))
}

// sum gathers a section's needs.
type sum struct {
	needs, visits, ratingSum, ratingCount, waiting int
	flags                                          [len(flagged)]int
	took                                           []int64 // microseconds to the first answer, of those answered
}

func (s *sum) add(n countedNeed) {
	s.needs++
	s.visits += n.visits
	s.ratingSum += n.ratingSum
	s.ratingCount += n.ratingCount
	s.waiting += n.waiting
	for i, f := range n.flags {
		s.flags[i] += f
	}
	if n.flags[0] == 1 {
		s.took = append(s.took, n.took)
	}
}

func (s *sum) figures() exchange.Figures {
	f := exchange.Figures{Needs: s.needs, Answered: s.flags[0], Visited: s.flags[1], Visits: s.visits, Closed: s.flags[2],
		Solved: s.flags[3], Rated: s.flags[4], Waiting: s.waiting, RatingSum: s.ratingSum, RatingCount: s.ratingCount}
	if n := len(s.took); n > 0 {
		slices.Sort(s.took)
		f.MedianAnswer = time.Duration(s.took[(n-1)/2]+s.took[n/2]) * time.Microsecond / 2
	}
	return f
}

// KindUse implements exchange.Store.
func (s *Store) KindUse(ctx context.Context, under []string) (_ map[string]exchange.KindUse, err error) {
	defer fault.Wrap(&err, "exchangesql.KindUse")
	out := map[string]exchange.KindUse{}
	err = s.db.View(ctx, func(q sqldb.Queryer) error {
		clear(out)
		w := &where{}
		w.under("union_path", under, false)
		_, err := sqldb.All(ctx, q, func(row sqldb.Scanner) (struct{}, error) {
			var kind string
			var u exchange.KindUse
			err := row.Scan(&kind, &u.Needs, &u.Running)
			out[kind] = u
			return struct{}{}, err
		}, `SELECT kind_id, count(*), sum(CASE WHEN state IN ('open', 'engaged') THEN 1 ELSE 0 END) FROM exchange_need`+w.String()+` GROUP BY kind_id`, w.args...)
		if err != nil {
			return err
		}
		w.parts = append(w.parts, "status = 'open'")
		_, err = sqldb.All(ctx, q, func(row sqldb.Scanner) (struct{}, error) {
			var kind string
			var n int
			err := row.Scan(&kind, &n)
			u := out[kind]
			u.Offers = n
			out[kind] = u
			return struct{}{}, err
		}, `SELECT kind_id, count(*) FROM exchange_offer`+w.String()+` GROUP BY kind_id`, w.args...)
		return err
	})
	return out, err
}
