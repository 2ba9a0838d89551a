package exchangesql

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// Figures implements exchange.Store. One query, whatever the number of sections; its cost is that of the needs
// they hold, each section by itself.
func (s *Store) Figures(ctx context.Context, sections []exchange.Section, kindID string, now time.Time) (_ []exchange.Figures, err error) {
	defer fault.Wrap(&err, "exchangesql.Figures(%d)", len(sections))
	var w where
	roots := make([]string, len(sections))
	for i, x := range sections {
		since, until := sqldb.Micros(x.From), int64(math.MaxInt64)
		if !x.To.IsZero() {
			until = sqldb.Micros(x.To)
		}
		w.args = append(w.args, x.Path, pathEnd(x.Path, x.Alone), since, until)
		n := 4 * i
		roots[i] = fmt.Sprintf("(%d, $%d, $%d, CAST($%d AS BIGINT), CAST($%d AS BIGINT))", i, n+1, n+2, n+3, n+4)
	}
	if kindID != "" {
		w.add("n.kind_id = %s", kindID)
	}
	filter := w.String()
	w.add("due_at > 0 AND due_at <= %s", sqldb.Micros(now))
	waiting := w.parts[len(w.parts)-1]
	count := func(cond string) string { return "sum(CASE WHEN " + cond + " THEN 1 ELSE 0 END)" }
	// The median is the mean of the middle one or two of the answered, numbered by how long they took.
	q := `WITH root (nth, path, path_end, since, until) AS (VALUES ` + strings.Join(roots, ", ") + `),
		found AS (SELECT r.nth, n.state, n.result, n.first_answer_at, n.visits, n.rating_sum, n.rating_count, n.due_at,
			n.first_answer_at - n.posted_at AS took,
			row_number() OVER (PARTITION BY r.nth, CASE WHEN n.first_answer_at > 0 THEN 1 ELSE 0 END
				ORDER BY n.first_answer_at - n.posted_at, n.id) AS place,
			count(*) OVER (PARTITION BY r.nth, CASE WHEN n.first_answer_at > 0 THEN 1 ELSE 0 END) AS among
			FROM root r JOIN exchange_need n ON n.union_path >= r.path AND n.union_path < r.path_end
				AND n.posted_at >= r.since AND n.posted_at < r.until` + filter + `)
		SELECT nth, count(*), ` + count(counted[exchange.CountAnswered]) + `, ` + count(counted[exchange.CountVisited]) + `,
			sum(visits), ` + count(counted[exchange.CountClosed]) + `, ` + count(counted[exchange.CountSolved]) + `,
			` + count(counted[exchange.CountRated]) + `, ` + count(waiting) + `,
			coalesce(avg(CASE WHEN first_answer_at > 0 AND 2 * place BETWEEN among AND among + 2 THEN took END), 0),
			sum(rating_sum), sum(rating_count)
		FROM found GROUP BY nth`
	out := make([]exchange.Figures, len(sections))
	for i, x := range sections {
		out[i].Path = x.Path
	}
	_, err = sqldb.All(ctx, s.db, func(row sqldb.Scanner) (struct{}, error) {
		var nth int
		var f exchange.Figures
		var median float64
		err := row.Scan(&nth, &f.Needs, &f.Answered, &f.Visited, &f.Visits, &f.Closed, &f.Solved, &f.Rated, &f.Waiting, &median,
			&f.RatingSum, &f.RatingCount)
		if err == nil {
			f.Path, f.MedianAnswer = sections[nth].Path, time.Duration(median)*time.Microsecond
			out[nth] = f
		}
		return struct{}{}, err
	}, q, w.args...)
	return out, err
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
