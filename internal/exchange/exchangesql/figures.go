package exchangesql

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// Figures implements exchange.Store. One query, whatever the number of subtrees; its cost is that of the needs
// they hold in the period.
func (s *Store) Figures(ctx context.Context, paths []string, kindID string, from, to, now time.Time) (_ []exchange.Figures, err error) {
	defer fault.Wrap(&err, "exchangesql.Figures(%d)", len(paths))
	var w where
	roots := make([]string, len(paths))
	for i, p := range paths {
		w.args = append(w.args, p, pathEnd(p))
		roots[i] = fmt.Sprintf("(%d, $%d, $%d)", i, 2*i+1, 2*i+2)
	}
	if kindID != "" {
		w.add("n.kind_id = %s", kindID)
	}
	if !from.IsZero() {
		w.add("n.posted_at >= %s", sqldb.Micros(from))
	}
	if !to.IsZero() {
		w.add("n.posted_at < %s", sqldb.Micros(to))
	}
	filter := w.String()
	w.add("due_at > 0 AND due_at <= %s", sqldb.Micros(now))
	waiting := w.parts[len(w.parts)-1]
	count := func(cond string) string { return "sum(CASE WHEN " + cond + " THEN 1 ELSE 0 END)" }
	// The median is the mean of the middle one or two of the answered, numbered by how long they took.
	q := `WITH root (nth, path, path_end) AS (VALUES ` + strings.Join(roots, ", ") + `),
		found AS (SELECT r.nth, n.state, n.result, n.first_answer_at, n.visits, n.rating_sum, n.rating_count, n.due_at,
			n.first_answer_at - n.posted_at AS took,
			row_number() OVER (PARTITION BY r.nth, CASE WHEN n.first_answer_at > 0 THEN 1 ELSE 0 END
				ORDER BY n.first_answer_at - n.posted_at, n.id) AS place,
			count(*) OVER (PARTITION BY r.nth, CASE WHEN n.first_answer_at > 0 THEN 1 ELSE 0 END) AS among
			FROM root r JOIN exchange_need n ON n.union_path >= r.path AND n.union_path < r.path_end` + filter + `)
		SELECT nth, count(*), ` + count(counted[exchange.CountAnswered]) + `, ` + count(counted[exchange.CountVisited]) + `,
			sum(visits), ` + count(counted[exchange.CountClosed]) + `, ` + count(counted[exchange.CountSolved]) + `,
			` + count(counted[exchange.CountRated]) + `, ` + count(waiting) + `,
			coalesce(avg(CASE WHEN first_answer_at > 0 AND 2 * place BETWEEN among AND among + 2 THEN took END), 0),
			sum(rating_sum), sum(rating_count)
		FROM found GROUP BY nth`
	out := make([]exchange.Figures, len(paths))
	for i, p := range paths {
		out[i].Path = p
	}
	_, err = sqldb.All(ctx, s.db, func(row sqldb.Scanner) (struct{}, error) {
		var nth int
		var f exchange.Figures
		var median float64
		err := row.Scan(&nth, &f.Needs, &f.Answered, &f.Visited, &f.Visits, &f.Closed, &f.Solved, &f.Rated, &f.Waiting, &median,
			&f.RatingSum, &f.RatingCount)
		if err == nil {
			f.Path, f.MedianAnswer = paths[nth], time.Duration(median)*time.Microsecond
			out[nth] = f
		}
		return struct{}{}, err
	}, q, w.args...)
	return out, err
}
