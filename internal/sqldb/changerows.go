package sqldb

import "context"

// changedAtOnce is how many rows one transaction of ChangeRows takes: few enough that nobody waits long for it.
const changedAtOnce = 200

// ChangeRows calls change with every row of a query, in batches of a transaction each, and says how many rows changed. The
// query reads so many texts, of which the first keys are what it goes by: it gives those after $1, $2, … in that order,
// at most as many as its last parameter says. It may run beside a running hall, and again after it was cut short.
func (db *DB) ChangeRows(ctx context.Context, query string, keys, columns int, change func(tx Tx, row []string) (bool, error)) (n int, err error) {
	last := make([]any, keys+1)
	for i := range keys {
		last[i] = ""
	}
	last[keys] = changedAtOnce
	for {
		var rows [][]string
		changed := 0
		err := db.Update(ctx, func(tx Tx) (err error) {
			changed = 0 // it may be run again
			if rows, err = All(ctx, tx, texts(columns), query, last...); err != nil {
				return err
			}
			for _, row := range rows {
				did, err := change(tx, row)
				if err != nil {
					return err
				}
				if did {
					changed++
				}
			}
			return nil
		})
		if err != nil {
			return n, err
		}
		if n += changed; len(rows) < changedAtOnce {
			return n, nil
		}
		for i := range keys {
			last[i] = rows[len(rows)-1][i]
		}
	}
}

// texts scans rows of n texts.
func texts(n int) func(Scanner) ([]string, error) {
	return func(s Scanner) ([]string, error) {
		row, into := make([]string, n), make([]any, n)
		for i := range row {
			into[i] = &row[i]
		}
		return row, s.Scan(into...)
	}
}
