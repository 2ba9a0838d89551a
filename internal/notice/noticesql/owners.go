package noticesql

import (
	"context"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/notice"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// mark is what an address is found by. Its kind is its own, so that it does not show beside hall_login who signs in with an
// address of somebody else's.
func (o *Outgoing) mark(w notice.Way, value string) string {
	return o.box.Mark("told-"+string(w), value)
}

// Owners implements notice.Outgoing.
func (o *Outgoing) Owners(ctx context.Context, w notice.Way, value string) (_ []string, err error) {
	defer fault.Wrap(&err, "noticesql.Owners(%s)", w)
	return sqldb.All(ctx, o.db, sqldb.Value[string], `SELECT DISTINCT person_id FROM notice_address WHERE mark = $1 AND state = $2 ORDER BY person_id`,
		o.mark(w, value), string(notice.AddressActive))
}

// MarkOld marks the addresses that a version before marks has kept: in small transactions, so that a start that is cut short
// goes on at the next.
func (o *Outgoing) MarkOld(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "noticesql.MarkOld")
	const query = `SELECT person_id, id, way, value FROM notice_address WHERE (person_id, id) > ($1, $2) AND mark = '' ORDER BY person_id, id LIMIT 0+$3`
	_, err = o.db.ChangeRows(ctx, query, 2, 4, func(tx sqldb.Tx, r []string) (bool, error) {
		value, err := o.box.Open(place(r[0], r[1]), r[3])
		if err != nil {
			return false, err
		}
		_, err = tx.Exec(ctx, `UPDATE notice_address SET mark = $1 WHERE person_id = $2 AND id = $3`, o.mark(notice.Way(r[2]), value), r[0], r[1])
		return err == nil, err
	})
	return err
}
