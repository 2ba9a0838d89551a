package app

import (
	"testing"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/notice"
	"github.com/unionhall/unionhall/internal/notice/noticesql"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

// What the exchange tells somebody first of a need reaches the notices as such: another event does not tell it again.
func TestNewsThatIsToBeTheFirstIsToldOnce(t *testing.T) {
	notices := notice.NewService(noticesql.New(sqldbtest.SQLite(t)), clock.System{})
	for _, event := range []string{"posted", "edited", "edited"} {
		note := exchange.Note{PersonID: "li", Msg: "notice.exchange.fits", Link: "/needs/n", First: true}
		if err := (teller{notices}).Tell(t.Context(), event, []exchange.Note{note}); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := notices.Unread(t.Context(), actor.Actor{Kind: actor.Person, ID: "li"}); n != 1 || err != nil {
		t.Errorf("told %d times, %v", n, err)
	}
}
