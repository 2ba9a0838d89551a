package halltest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
)

func testPhones(t *testing.T, s hall.Store) {
	w := loaded(t, s)
	who, now := w.A.Worker, Start
	for _, id := range []string{"here", "elsewhere"} {
		noErr(t, s.SaveSession(bg, hall.Session{ID: id, PersonID: who.ID, Created: now, Seen: now, Expires: now.Add(time.Hour)}))
	}
	for _, c := range []hall.Challenge{{ID: "asked", PersonID: who.ID}, {ID: "another", PersonID: who.ID}, {ID: "theirs", PersonID: w.B.Worker.ID}} {
		c.Created, c.Expires = now, now.Add(time.Hour)
		noErr(t, s.AddChallenge(bg, c))
	}
	left := hall.Challenge{ID: "left", Purpose: "p", Phone: who.Phone, Created: now, Expires: now.Add(time.Hour)}
	move := func(to hall.Phone) (asked int, err error) {
		var mu sync.Mutex
		return asked, s.MovePhone(bg, who.ID, to, "here", "asked", func(old hall.Person) (hall.Challenge, hall.Trace, error) {
			mu.Lock()
			defer mu.Unlock()
			asked++
			if old.ID != who.ID {
				t.Errorf("asked of %s", old.ID)
			}
			au := hall.Audit{ID: "au" + string(to), At: now, By: who.ID, What: hall.AuditPhone, UnionPath: who.UnionPath, On: who.ID, Detail: []byte("null")}
			return left, hall.Trace{Audits: []hall.Audit{au}, Events: []event.Event{event.New(hall.PhoneChanged, now, nil)}}, nil
		})
	}
	// A number that is taken changes nothing at all.
	if _, err := move(w.B.Worker.Phone); !errors.Is(err, hall.TakenPhone) {
		t.Fatal(err)
	}
	same(t, must[hall.Person](t)(s.Person(bg, who.ID)), who)
	if _, err := s.Session(bg, "elsewhere"); err != nil {
		t.Fatal(err)
	}

	const to = hall.Phone("+8613900000009")
	if n := must[int](t)(move(to)); n == 0 {
		t.Fatal("not asked")
	}
	want := who
	want.Phone = to
	same(t, must[hall.Person](t)(s.Person(bg, who.ID)), want)
	same(t, must[hall.Credential](t)(s.Credential(bg, string(to))).PersonID, who.ID)
	_, err := s.Credential(bg, string(who.Phone))
	wantErr(t, err, fault.NoSuch())
	if _, err := s.Session(bg, "here"); err != nil {
		t.Error(err)
	}
	_, err = s.Session(bg, "elsewhere")
	wantErr(t, err, fault.NoSuch())
	see := func(id string) (seen hall.Challenge, err error) {
		return seen, s.TryChallenge(bg, id, func(c hall.Challenge) (hall.Challenge, bool) { seen = c; return c, false })
	}
	same(t, must[hall.Challenge](t)(see("left")), left)
	must[hall.Challenge](t)(see("asked"))
	must[hall.Challenge](t)(see("theirs"))
	_, err = see("another")
	wantErr(t, err, fault.NoSuch())
	if n := must[int](t)(move(to)); n != 0 {
		t.Error("asked for a number that they have")
	}
	if got := must[[]hall.Audit](t)(s.AuditsOn(bg, who.UnionPath, who.ID, []string{hall.AuditPhone}, 10)); len(got) != 1 {
		t.Errorf("%d audits", len(got))
	}

	// What somebody left behind with their account is to be had.
	gone := w.A.Contact
	must[hall.Person](t)(s.UpdatePerson(bg, gone.ID, func(p hall.Person) (hall.Person, hall.Trace, error) {
		p.Status = hall.Closed
		return p, hall.Trace{}, nil
	}))
	left.ID = "left again"
	must[int](t)(move(gone.Phone))
	same(t, must[hall.Credential](t)(s.Credential(bg, string(gone.Phone))).PersonID, who.ID)
	if p := must[hall.Person](t)(s.Person(bg, gone.ID)); p.Phone != "" || p.Email != gone.Email {
		t.Errorf("%+v", p)
	}
	wantErr(t, s.MovePhone(bg, "nobody", to, "", "", nil), fault.NoSuch())
	testOnePhoneAtOnce(t, s, w)
}

// Of many who want one number at once, one gets it.
func testOnePhoneAtOnce(t *testing.T, s hall.Store, w *World) {
	const to = hall.Phone("+8613900000010")
	people := []hall.Person{w.A.Clerk, w.A.Expert, w.B.Worker, w.B.Contact}
	errs := make([]error, len(people))
	var wg sync.WaitGroup
	for i, p := range people {
		wg.Go(func() {
			errs[i] = s.MovePhone(bg, p.ID, to, "", "", func(hall.Person) (hall.Challenge, hall.Trace, error) {
				return hall.Challenge{ID: "left by " + p.ID, Created: Start, Expires: Start}, hall.Trace{}, nil
			})
		})
	}
	wg.Wait()
	got := 0
	for _, err := range errs {
		if err == nil {
			got++
		} else if !errors.Is(err, hall.TakenPhone) {
			t.Error(err)
		}
	}
	if got != 1 {
		t.Errorf("%d have it", got)
	}
}
