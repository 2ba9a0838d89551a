package noticesql_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/notice"
	"github.com/unionhall/unionhall/internal/notice/noticesql"
	"github.com/unionhall/unionhall/internal/seal/sealtest"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

// Whose an address is follows what its owners say of it, for rows from before there were marks too.
func TestOwnersOfAnAddress(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx, o := context.Background(), noticesql.NewOutgoing(db, sealtest.Box(t))
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		put := func(person, id, value string) {
			t.Helper()
			at := notice.Address{PersonID: person, ID: id, Way: notice.Mail, Value: value, State: notice.AddressNew, CreatedAt: time.Unix(1, 0)}
			must(o.PutAddress(ctx, at, notice.Delivery{PersonID: person, EventID: id, Msg: notice.MsgConfirm, Way: notice.Mail, AddressID: id, State: notice.Waiting}))
		}
		set := func(person, id string, to notice.AddressState) {
			t.Helper()
			_, err := o.SetAddress(ctx, person, id, to, "", notice.AddressNew, notice.AddressActive)
			must(err)
		}
		want := func(value string, people ...string) {
			t.Helper()
			if got, err := o.Owners(ctx, notice.Mail, value); err != nil || !slices.Equal(got, people) {
				t.Errorf("%s: %q %v, want %q", value, got, err, people)
			}
		}
		put("li", "1", "li@mail.example")
		want("li@mail.example") // not confirmed yet
		set("li", "1", notice.AddressActive)
		want("li@mail.example", "li")
		put("wu", "2", "li@mail.example")
		set("wu", "2", notice.AddressActive)
		want("li@mail.example", "li", "wu")
		want("xu@mail.example")
		if got, err := o.Owners(ctx, notice.Push, "li@mail.example"); err != nil || len(got) != 0 {
			t.Error(got, err)
		}

		must(db.Update(ctx, func(tx sqldb.Tx) error { _, err := tx.Exec(ctx, `UPDATE notice_address SET mark = ''`); return err }))
		want("li@mail.example")
		must(o.MarkOld(ctx))
		must(o.MarkOld(ctx))
		want("li@mail.example", "li", "wu")

		set("li", "1", notice.AddressOff)
		want("li@mail.example", "wu")
		put("wu", "3", "wu@mail.example") // in place of the other
		want("li@mail.example")
	})
}
