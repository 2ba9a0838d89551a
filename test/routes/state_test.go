package routes

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/unionhall/unionhall/internal/sqldb"
)

// state is every row of the store that belongs to city A's county or names one of the targets, as text.
type state map[string]int

// besides are columns that a row may change in without anybody having changed anything: when it was handed on.
var besides = map[string][]string{"sqldb_outbox": {"published_at"}}

// state reads the store. names are the rows by which city A's are known.
func (w *world) state(names *regexp.Regexp) state {
	w.t.Helper()
	ctx := context.Background()
	out := state{}
	tables := must[[]string](w)(sqldb.All(ctx, w.app.DB, sqldb.Value[string],
		`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'goose%' AND name NOT LIKE 'sqlite%'`))
	if len(tables) < 20 {
		w.t.Fatalf("only %d tables: %v", len(tables), tables)
	}
	for _, table := range tables {
		rows, err := w.app.DB.Query(ctx, "SELECT * FROM "+table)
		w.must(err)
		columns, err := rows.Columns()
		w.must(err)
		for rows.Next() {
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new(any)
			}
			w.must(rows.Scan(values...))
			var line strings.Builder
			line.WriteString(table)
			for i, v := range values {
				if !slices.Contains(besides[table], columns[i]) {
					fmt.Fprintf(&line, " %s=%v", columns[i], *v.(*any))
				}
			}
			if names.MatchString(line.String()) {
				out[line.String()]++
			}
		}
		w.must(rows.Err())
		w.must(rows.Close())
	}
	return out
}

// changes says what became different.
func (s state) changes(now state) []string {
	var out []string
	for _, line := range slices.Sorted(maps.Keys(s)) {
		if now[line] < s[line] {
			out = append(out, "gone: "+line)
		}
	}
	for _, line := range slices.Sorted(maps.Keys(now)) {
		if s[line] < now[line] {
			out = append(out, "new: "+line)
		}
	}
	return out
}

// known makes the expression that finds the rows of city A: its county's path, and the targets.
func (w *world) known(targets []target) *regexp.Regexp {
	ids := map[string]bool{regexp.QuoteMeta(w.a.county.Path): true, w.a.union.ID: true, w.a.firm.ID: true, w.a.portal.ID: true}
	for _, t := range targets {
		for name, id := range t {
			if name != "days" && name != "schema" {
				ids[regexp.QuoteMeta(id)] = true
			}
		}
	}
	for _, part := range []string{"contact", "master", "county-clerk", "lead", "clerk", "auditor"} {
		ids[w.a.people[part].ID] = true
	}
	return regexp.MustCompile(strings.Join(slices.Sorted(maps.Keys(ids)), "|"))
}

// offers are the identifiers of a person's offers.
func (w *world) offers(personID string) ([]string, error) {
	return sqldb.All(context.Background(), w.app.DB, sqldb.Value[string], `SELECT id FROM exchange_offer WHERE owner_id = $1`, personID)
}
