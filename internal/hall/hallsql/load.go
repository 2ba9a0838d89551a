package hallsql

import (
	"context"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// rowsAtOnce is how many rows one INSERT takes: enough that the round trip does not count, few enough
// that the text stays short and is one of a few.
const rowsAtOnce = 64

// insert adds rows by "INSERT INTO … VALUES ", many with each statement.
func insert(ctx context.Context, tx sqldb.Tx, head string, rows ...[]any) error {
	for len(rows) > 0 {
		n := min(len(rows), rowsAtOnce)
		var q strings.Builder
		q.WriteString(head)
		args := make([]any, 0, n*len(rows[0]))
		for i, r := range rows[:n] {
			if i > 0 {
				q.WriteByte(',')
			}
			q.WriteByte('(')
			q.WriteString(sqldb.In(len(args)+1, len(r)))
			q.WriteByte(')')
			args = append(args, r...)
		}
		if _, err := tx.Exec(ctx, q.String(), args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// rows makes the rows of many things.
func rows[T any](list []T, row func(T) []any) [][]any {
	out := make([][]any, len(list))
	for i, v := range list {
		out[i] = row(v)
	}
	return out
}

// Load implements hall.Store.
func (s *Store) Load(ctx context.Context, b hall.Batch) (err error) {
	defer fault.Wrap(&err, "hallsql.Load")
	type part struct {
		head  string
		rows  [][]any
		taken *fault.Error
	}
	people, err := s.peopleRows(b.People)
	if err != nil {
		return err
	}
	logins, passwords := s.loginRows(b.People), passwordRows(b.People)
	crafts, licences := craftRows(b.Masters), licenceRows(b.Enterprises)
	parts := []part{
		{insertUnions, rows(b.Unions, unionRow), hall.TakenCode},
		{insertPeople, people, hall.TakenPhone},
		{insertLogins, logins, hall.TakenPhone},
		{insertPasswords, passwords, hall.TakenPhone},
		{insertGrants, rows(b.Grants, grantRow), hall.TakenGrant},
		{insertEnterprises, rows(b.Enterprises, enterpriseRow), hall.TakenLicence},
		{insertLicences, licences, hall.TakenLicence},
		{insertContacts, rows(b.Contacts, contactRow), hall.TakenContact},
		{insertMasters, rows(b.Masters, masterRow), hall.TakenMaster},
		{insertCrafts, crafts, hall.TakenMaster},
	}
	return s.update(ctx, func(tx sqldb.Tx) (hall.Trace, error) {
		for _, p := range parts {
			if err := insert(ctx, tx, p.head, p.rows...); err != nil {
				return hall.Trace{}, taken(err, p.taken)
			}
		}
		return hall.Trace{Events: loaded(b)}, nil
	})
}

// loaded is one event for each kind of row in the batch.
func loaded(b hall.Batch) (out []event.Event) {
	now := time.Now().UTC()
	for _, k := range []struct {
		n       int
		subject string
	}{
		{len(b.Unions), hall.UnionChanged},
		{len(b.People) + len(b.Grants) + len(b.Contacts), hall.PersonChanged},
		{len(b.Enterprises), hall.EnterpriseChanged},
		{len(b.Masters), hall.MasterChanged},
	} {
		if k.n > 0 {
			out = append(out, event.New(k.subject, now, hall.Changed{}))
		}
	}
	return out
}
