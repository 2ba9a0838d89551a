package halltest

import (
	"errors"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
)

func testPasskeys(t *testing.T, s hall.Store) {
	w := loaded(t, s)
	k := hall.Passkey{ID: "k1", PersonID: w.A.Worker.ID, Name: "手机", Data: `{"n":1}`, Created: Start}
	noErr(t, s.AddPasskey(bg, k, 2, hall.Trace{}))
	wantErr(t, s.AddPasskey(bg, k, 2, hall.Trace{}), hall.TakenPasskey)
	same(t, must[hall.Passkey](t)(s.Passkey(bg, "k1")), k)

	noErr(t, s.UsePasskey(bg, "k1", k.Data, `{"n":2}`, Start.Add(time.Hour)))
	if err := s.UsePasskey(bg, "k1", k.Data, `{"n":2}`, Start.Add(time.Hour)); !fault.Is(err, fault.Conflict) {
		t.Errorf("used twice from the same count: %v", err)
	}
	k.Data, k.Used = `{"n":2}`, Start.Add(time.Hour)
	second := hall.Passkey{ID: "k2", PersonID: w.A.Worker.ID, Name: "电脑", Data: "{}", Created: Start.Add(time.Minute)}
	noErr(t, s.AddPasskey(bg, second, 2, hall.Trace{}))
	third := second
	third.ID = "k3"
	if err := s.AddPasskey(bg, third, 2, hall.Trace{}); !errors.Is(err, hall.TooManyPasskeys) {
		t.Errorf("a third of two: %v", err)
	}
	same(t, must[[]hall.Passkey](t)(s.PasskeysOf(bg, w.A.Worker.ID)), []hall.Passkey{k, second})

	wantErr(t, s.DropPasskey(bg, w.B.Worker.ID, "k1", hall.Trace{}), fault.NoSuch())
	noErr(t, s.DropPasskey(bg, w.A.Worker.ID, "k1", hall.Trace{}))
	if _, err := s.Passkey(bg, "k1"); !fault.Is(err, fault.NotFound) {
		t.Errorf("it is still there: %v", err)
	}
}
