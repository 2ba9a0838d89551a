package hall_test

import (
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/hall/halltest"
)

func TestPasswordsDoNotExpire(t *testing.T) {
	w, s, clk := world(t)
	clk.Move(5 * 365 * 24 * time.Hour)
	got, err := s.SignIn(bg, hall.SignIn{Login: w.A.Worker.Phone.Whole(), Password: halltest.Password, Address: "192.0.2.1"})
	if err != nil || got.First {
		t.Errorf("after five years: %+v %v", got, err)
	}
}
