package hall_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/hall/hallsql"
	"github.com/unionhall/unionhall/internal/hall/halltest"
	"github.com/unionhall/unionhall/internal/seal/sealtest"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

func TestPressingAgainTooSoonCostsNoneOfTheHours(t *testing.T) {
	w, s, clk, phones := withPhones(t)
	who := w.A.Worker
	send := func(n int) error {
		_, err := s.SendCode(bg, hall.CodeSignIn, who.Phone.Whole(), fmt.Sprintf("198.51.100.%d", n%250))
		return err
	}
	if err := send(0); err != nil {
		t.Fatal(err)
	}
	phones.code(t, who.Phone)
	for n := range 200 {
		if err := send(n); !fault.Is(err, fault.TooMany) {
			t.Fatal(err)
		}
	}
	clk.Move(time.Minute)
	if err := send(0); err != nil {
		t.Errorf("a minute after one code: %v", err)
	}
}

func TestAFullQueueTellsNobodyWhoHasAnAccount(t *testing.T) {
	w := halltest.NewWorld(t)
	s, clk := w.Service(t, hallsql.New(sqldbtest.SQLite(t), sealtest.Box(t)))
	s.Texts(make(telephones)) // and nobody who sends
	full := false
	for range 2000 {
		clk.Move(time.Hour)
		if _, err := s.SendCode(bg, hall.CodeSignIn, w.A.Worker.Phone.Whole(), here); err != nil {
			full = fault.Is(err, fault.Unavailable)
			break
		}
	}
	if !full {
		t.Fatal("the queue was never full")
	}
	if _, err := s.SendCode(bg, hall.CodeSignIn, "13999999999", here); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a number without anybody is answered differently: %v", err)
	}
}
