package halltest

import (
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
)

func session(key, personID string) hall.Session {
	return hall.Session{
		ID: key, PersonID: personID, Created: Start, Seen: Start, Expires: Start.Add(time.Hour),
		Address: "192.0.2.1", Agent: "test", Data: []byte(`{"k":"值"}`),
	}
}

func testSessions(t *testing.T, s hall.Store) {
	w := loaded(t, s)
	p := w.A.Worker
	se := session("s1", p.ID)
	noErr(t, s.SaveSession(bg, se))
	same(t, must[hall.Session](t)(s.Session(bg, "s1")), se)

	again := se
	again.Created, again.Data, again.Expires = Start.Add(time.Minute), []byte("{}"), Start.Add(2*time.Hour)
	noErr(t, s.SaveSession(bg, again))
	again.Created = se.Created // the first one stays
	same(t, must[hall.Session](t)(s.Session(bg, "s1")), again)

	noErr(t, s.SeeSession(bg, "s1", Start.Add(10*time.Minute)))
	noErr(t, s.SeeSession(bg, "s1", Start.Add(5*time.Minute)))
	if got := must[hall.Session](t)(s.Session(bg, "s1")); !got.Seen.Equal(Start.Add(10 * time.Minute)) {
		t.Fatalf("seen %v", got.Seen)
	}
	for _, k := range []string{"s2", "s3"} {
		noErr(t, s.SaveSession(bg, session(k, p.ID)))
	}
	noErr(t, s.SaveSession(bg, session("other", w.B.Worker.ID)))
	list := must[[]hall.Session](t)(s.SessionsOf(bg, p.ID, Start))
	if len(list) != 3 || list[0].ID != "s1" {
		t.Fatalf("%+v", list)
	}
	same(t, must[int](t)(s.EndSessionsOf(bg, p.ID, "s2", hall.Trace{})), 2)
	if list := must[[]hall.Session](t)(s.SessionsOf(bg, p.ID, Start)); len(list) != 1 || list[0].ID != "s2" {
		t.Fatalf("%+v", list)
	}
	noErr(t, s.EndSession(bg, "s2", hall.Trace{}))
	noErr(t, s.EndSession(bg, "s2", hall.Trace{}))
	_, err := s.Session(bg, "s2")
	wantErr(t, err, fault.NoSuch())

	late := session("late", p.ID)
	late.Expires = Start.Add(24 * time.Hour)
	noErr(t, s.SaveSession(bg, late))
	now := Start.Add(time.Hour)
	same(t, len(must[[]hall.Session](t)(s.SessionsOf(bg, w.B.Worker.ID, now))), 0)
	same(t, must[int](t)(s.TrimSessions(bg, now, Start.Add(-time.Hour))), 1)
	same(t, must[int](t)(s.TrimSessions(bg, now, Start.Add(time.Minute))), 1)
}
