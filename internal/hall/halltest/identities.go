package halltest

import (
	"testing"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
)

func testIdentities(t *testing.T, s hall.Store) {
	w := loaded(t, s)
	i := hall.Identity{Issuer: "https://id.example.org", Subject: "u1", Login: "whatever"}
	if _, err := s.IdentityOf(bg, i); !fault.Is(err, fault.NotFound) {
		t.Fatal(err)
	}
	noErr(t, s.AddIdentity(bg, i, w.A.Worker.ID, Start, hall.Trace{}))
	noErr(t, s.AddIdentity(bg, i, w.B.Worker.ID, Start, hall.Trace{})) // the first one stays
	i.Login = ""
	same(t, must[string](t)(s.IdentityOf(bg, i)), w.A.Worker.ID)
	for _, other := range []hall.Identity{{Issuer: i.Issuer, Subject: "u2"}, {Issuer: "https://other.example.org", Subject: "u1"}} {
		if _, err := s.IdentityOf(bg, other); !fault.Is(err, fault.NotFound) {
			t.Errorf("%+v: %v", other, err)
		}
	}
}
