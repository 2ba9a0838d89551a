// Package dossier is the words in which every module says what it knows of a person: what they may take with them, and
// what is taken out when they leave.
package dossier

import (
	"context"
	"iter"
)

// Part is one module's knowledge of people. All methods are safe for concurrent use.
type Part interface {
	// Mine gives the person's own data as sections. Their rows are read only when they are asked for.
	Mine(ctx context.Context, personID string) ([]Section, error)
	// Hinders gives message ids of what must come to its end before the person can be erased; none when nothing does.
	Hinders(ctx context.Context, personID string) ([]string, error)
	// Erase takes the person out of what the module keeps, a batch at each call, and says whether there is more. It may be
	// called again after it was cut short, and on a person who was erased before.
	Erase(ctx context.Context, personID string) (more bool, err error)
}

// Section is one table of a person's data. Key names it ("privacy.section.KEY" is its title), and Columns its columns
// ("privacy.column.NAME").
type Section struct {
	Key     string
	Columns []string
	// Rows gives the rows, from the beginning each time: values are texts, numbers, truths and times.
	Rows func(ctx context.Context) iter.Seq2[[]any, error]
}

// Erased is the name of somebody who had themself erased.
const Erased = "已注销用户"

// Gone stands where an erased person's words were.
const Gone = "（内容已随账户注销删除）"

// Few is a section whose rows are at hand.
func Few(key string, columns []string, rows [][]any) Section {
	return Section{Key: key, Columns: columns, Rows: func(context.Context) iter.Seq2[[]any, error] {
		return func(yield func([]any, error) bool) {
			for _, row := range rows {
				if !yield(row, nil) {
					return
				}
			}
		}
	}}
}

// Paged is a section whose rows are read a page at a time: next gives the rows after the cursor ("" is the beginning) and
// the cursor of what follows, "" at the end.
func Paged(key string, columns []string, next func(ctx context.Context, cursor string) ([][]any, string, error)) Section {
	return Section{Key: key, Columns: columns, Rows: func(ctx context.Context) iter.Seq2[[]any, error] {
		return func(yield func([]any, error) bool) {
			for cursor := ""; ; {
				rows, following, err := next(ctx, cursor)
				if err != nil {
					yield(nil, err)
					return
				}
				for _, row := range rows {
					if !yield(row, nil) {
						return
					}
				}
				if cursor = following; cursor == "" {
					return
				}
			}
		}
	}}
}
