package hall_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/hall/hallsql"
	"github.com/unionhall/unionhall/internal/hall/halltest"
	"github.com/unionhall/unionhall/internal/seal/sealtest"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

// message is one that came to a telephone.
type message struct {
	to         hall.Phone
	text, code string
}

type inbox chan message

func (b inbox) Text(_ context.Context, to hall.Phone, text, code string) error {
	b <- message{to, text, code}
	return nil
}

func (b inbox) next(t *testing.T) message {
	t.Helper()
	select {
	case m := <-b:
		return m
	case <-time.After(10 * time.Second):
		t.Fatal("no message came")
		return message{}
	}
}

// desk is a hall whose messages are read.
type desk struct {
	*halltest.World
	t   *testing.T
	s   *hall.Service
	clk *clock.Fake
	sms inbox
}

func deskOn(t *testing.T, db *sqldb.DB) desk {
	w := halltest.NewWorld(t)
	s, clk := w.Service(t, hallsql.New(db, sealtest.Box(t)))
	d := desk{w, t, s, clk, make(inbox, 100)}
	s.Texts(d.sms)
	ctx, stop := context.WithCancel(bg)
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() { stop(); <-ended })
	return d
}

func (d desk) as(p hall.Person) actor.Actor { d.t.Helper(); return halltest.Actor(d.t, d.s, p) }

func (d desk) input(name, phone string) hall.JoinInput {
	return hall.JoinInput{Name: name, Phone: phone, UnionID: d.A.Sub.ID, Employer: "某快递站", Note: "想参加工会"}
}

// join files a request and gives it with the token of the browser.
func (d desk) join(name, phone string) (hall.Request, string) {
	d.t.Helper()
	d.clk.Move(2 * time.Minute)
	token, err := d.s.SendJoinCode(bg, d.input(name, phone), "192.0.2.7")
	if err != nil {
		d.t.Fatal(err)
	}
	state, err := d.s.EnterJoinCode(bg, token, d.sms.next(d.t).code, "192.0.2.7")
	if err != nil {
		d.t.Fatal(err)
	}
	r, err := d.s.JoinState(bg, state)
	if err != nil {
		d.t.Fatal(err)
	}
	return r, state
}

func (d desk) decide(a actor.Actor, r hall.Request, reason string) (hall.Request, error) {
	return d.s.Decide(bg, a, hall.Decision{RequestID: r.ID, Approve: reason == "", Reason: reason})
}

func (d desk) must(r hall.Request, err error) hall.Request {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
	return r
}

func (d desk) history(p hall.Person) []hall.Stretch {
	d.t.Helper()
	h, err := d.s.History(bg, d.as(d.Top), p.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	return h
}

func TestJoining(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		d := deskOn(t, db)
		const phone = "13599990001"
		for _, bad := range []hall.JoinInput{{}, d.input("", phone), d.input("许新人", "12"), {Name: "许新人", Phone: phone, UnionID: "nowhere"}} {
			if _, err := d.s.SendJoinCode(bg, bad, "a"); code(err) != fault.Invalid {
				t.Errorf("%+v: %v", bad, err)
			}
		}
		r, state := d.join("许新人", phone)
		if r.State != hall.Waiting || r.Phone.Whole() != phone || r.UnionID != d.A.Sub.ID {
			t.Fatalf("%+v", r)
		}
		if again, _ := d.join("许新人", phone); again.ID != r.ID {
			t.Error("pressed twice, filed twice")
		}
		clerk := d.as(d.A.Clerk)
		if _, err := d.decide(clerk, r, " "); code(err) != fault.Invalid {
			t.Error("refused without a reason")
		}
		got := d.must(d.decide(clerk, r, ""))
		if got.State != hall.Approved || got.PersonID == "" {
			t.Fatalf("%+v", got)
		}
		if _, err := d.decide(clerk, r, "太晚"); !errors.Is(err, hall.RequestDecided) {
			t.Error(err)
		}
		for range 2 { // the event may come twice
			if err := d.s.TellApplicant(bg, d.must(d.s.Request(bg, actor.Hall, r.ID))); err != nil {
				t.Fatal(err)
			}
		}
		if m := d.sms.next(t); m.to.Whole() != phone || m.code != "" || len(d.sms) != 0 {
			t.Errorf("%+v and %d more", m, len(d.sms))
		}
		if now, err := d.s.JoinState(bg, state); err != nil || now.State != hall.Approved {
			t.Errorf("%+v %v", now, err)
		}
		// The new member signs in by code, and sets a password by another.
		d.clk.Move(2 * time.Minute)
		token, err := d.s.SendCode(bg, hall.CodeSignIn, phone, "a")
		if err != nil {
			t.Fatal(err)
		}
		in, err := d.s.SignInByCode(bg, token, d.sms.next(t).code, "a")
		if err != nil || in.Person.ID != got.PersonID || in.Person.UnionPath != d.A.Sub.Path {
			t.Fatalf("%+v %v", in, err)
		}
		if h := d.history(in.Person); len(h) != 1 || h[0].How != hall.Joined || h[0].By != d.A.Clerk.ID || !h[0].To.IsZero() {
			t.Errorf("%+v", h)
		}
	})
}

// Whoever asks with another's number learns nothing from the pages; only the owner's telephone says that there is an
// account.
func TestJoiningTellsNobodyWhoIsAMember(t *testing.T) {
	d := deskOn(t, sqldbtest.SQLite(t))
	token, err := d.s.SendJoinCode(bg, d.input("许新人", d.A.Worker.Phone.Whole()), "a")
	if err != nil || token == "" {
		t.Fatal(err)
	}
	if m := d.sms.next(t); m.to != d.A.Worker.Phone || m.code != "" {
		t.Errorf("%+v", m)
	}
	if _, err := d.s.EnterJoinCode(bg, token, "123456", "a"); !errors.Is(err, hall.BadCode) {
		t.Error(err)
	}
	if l, err := d.s.Requests(bg, d.as(d.A.Lead), "", false, hall.Page{}); err != nil || l.Total != 0 {
		t.Errorf("%+v %v", l, err)
	}
	// Where a request stands is asked the same way for a number that has none.
	if token, err := d.s.SendStateCode(bg, "13599990002", "a"); err != nil || token == "" || len(d.sms) != 0 {
		t.Error(err)
	}
	if _, err := d.s.SendStateCode(bg, "13599990002", "a"); code(err) != fault.TooMany {
		t.Error("asked as often as one likes:", err)
	}
	r, _ := d.join("许新人", "13599990003")
	d.clk.Move(2 * time.Minute)
	token, err = d.s.SendStateCode(bg, "135 9999 0003", "a")
	if err != nil {
		t.Fatal(err)
	}
	state, err := d.s.EnterStateCode(bg, token, d.sms.next(t).code, "a")
	if now, err2 := d.s.JoinState(bg, state); err != nil || err2 != nil || now.ID != r.ID {
		t.Errorf("%v %v %+v", err, err2, now)
	}
	if err := d.s.WithdrawJoin(bg, state); err != nil {
		t.Error(err)
	}
	if _, err := d.decide(d.as(d.A.Clerk), r, ""); !errors.Is(err, hall.RequestDecided) {
		t.Error("approved what was taken back:", err)
	}
	// What was decided is forgotten, with the number in it.
	d.clk.Move(31 * 24 * time.Hour)
	ctx, stop := context.WithCancel(bg)
	ended := make(chan error, 1)
	go func() { ended <- d.s.Run(ctx) }()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if _, err := d.s.Request(bg, actor.Hall, r.ID); code(err) == fault.NotFound {
			break
		}
		if time.Now().After(end) {
			t.Fatal("what was decided a month ago is still there")
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// Two officers decide at the same moment: one of them does.
func TestTwoOfficersDecideAtOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		d := deskOn(t, db)
		r, _ := d.join("许新人", "13599990004")
		var wg sync.WaitGroup
		errs := make([]error, 4)
		for i, p := range []hall.Person{d.A.Clerk, d.A.Lead, d.Top, d.A.Clerk} {
			a := d.as(p)
			wg.Go(func() { _, errs[i] = d.decide(a, r, []string{"", "不在本区"}[i%2]) })
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else if !errors.Is(err, hall.RequestDecided) {
				t.Error(err)
			}
		}
		if won != 1 {
			t.Errorf("%d decided", won)
		}
	})
}

// Who comes again is who they were; a number that the network gave to another is not.
func TestComingAgain(t *testing.T) {
	d := deskOn(t, sqldbtest.SQLite(t))
	who := d.A.Contact
	if err := d.s.Leave(bg, d.as(who)); err != nil {
		t.Fatal(err)
	}
	if _, err := d.s.Actor(bg, who.ID); code(err) != fault.NotFound {
		t.Fatal("who left still acts:", err)
	}
	r, _ := d.join(who.Name, who.Phone.Whole())
	if b, err := d.s.Behind(bg, d.as(d.A.Clerk), r); err != nil || b == nil || b.Person.ID != who.ID {
		t.Errorf("the officer is not told who that was: %+v %v", b, err)
	}
	got := d.must(d.decide(d.as(d.A.Clerk), r, ""))
	if got.PersonID != who.ID {
		t.Error("somebody else came back")
	}
	if a := d.as(who); len(a.Enterprises) != 0 {
		t.Errorf("they speak for enterprises again: %+v", a)
	}
	if h := d.history(who); len(h) != 2 || h[0].How != hall.Rejoined || h[1].Ended != hall.Left || h[1].How != hall.Entered {
		t.Errorf("%+v", h)
	}
	// An officer puts them back where they spoke.
	if err := d.s.RestoreContact(bg, d.as(d.A.Clerk), d.A.Enterprise.ID, who.ID); err != nil {
		t.Error(err)
	}

	old := d.A.Worker
	if err := d.s.Leave(bg, d.as(old)); err != nil {
		t.Fatal(err)
	}
	r, _ = d.join("完全另一个人", old.Phone.Whole())
	got = d.must(d.decide(d.as(d.A.Clerk), r, ""))
	if got.PersonID == old.ID || got.PersonID == "" {
		t.Fatalf("%+v", got)
	}
	if p, err := d.s.Person(bg, actor.Hall, old.ID); err != nil || p.Phone != "" || p.Status != hall.Closed {
		t.Errorf("%+v %v", p, err)
	}
}

// faulty fails as it is told.
type faulty struct {
	mu            sync.Mutex
	before, after error
}

func (f *faulty) Before(context.Context) error { f.mu.Lock(); defer f.mu.Unlock(); return f.before }
func (f *faulty) After(context.Context) error  { f.mu.Lock(); defer f.mu.Unlock(); return f.after }
func (f *faulty) set(before, after error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.before, f.after = before, after
}

// What failed left nothing, what failed but was kept is found when it is tried again, and nothing is there twice.
func TestJoiningWhileTheStoreFails(t *testing.T) {
	f := &faulty{}
	d := deskOn(t, sqldbtest.SQLite(t, sqldb.WithFaults(f)))
	full, cut := errors.New("full"), errors.New("cut")
	const phone = "13599990005"
	for _, c := range []struct{ before, after error }{{full, nil}, {nil, cut}} {
		d.clk.Move(2 * time.Minute)
		token, err := d.s.SendJoinCode(bg, d.input("许新人", phone), "a")
		if err != nil {
			t.Fatal(err)
		}
		typed := d.sms.next(t).code
		f.set(c.before, c.after)
		if _, err := d.s.EnterJoinCode(bg, token, typed, "a"); code(err) != fault.Unavailable {
			t.Errorf("%+v: %v", c, err)
		}
		f.set(nil, nil)
	}
	r, _ := d.join("许新人", phone)
	clerk := d.as(d.A.Clerk)
	f.set(full, nil)
	if _, err := d.decide(clerk, r, ""); code(err) != fault.Unavailable {
		t.Error(err)
	}
	f.set(nil, nil)
	if now := d.must(d.s.Request(bg, clerk, r.ID)); now.State != hall.Waiting {
		t.Fatalf("%+v", now)
	}
	f.set(nil, cut)
	if _, err := d.decide(clerk, r, ""); code(err) != fault.Unavailable {
		t.Error(err)
	}
	f.set(nil, nil)
	if _, err := d.decide(clerk, r, ""); !errors.Is(err, hall.RequestDecided) {
		t.Error(err)
	}
	l, err := d.s.Workers(bg, clerk, d.A.Sub.ID, hall.Search{Words: phone})
	if err != nil || l.Total != 1 {
		t.Errorf("%d members with the number, %v", l.Total, err)
	}
}

func TestLookingForAUnion(t *testing.T) {
	d := deskOn(t, sqldbtest.SQLite(t))
	look := func(l hall.Look) hall.Looked {
		t.Helper()
		out, err := d.s.Look(bg, l, "a")
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if got := look(hall.Look{Words: "福州市高新区"}); len(got.Named) == 0 || got.Named[0].Union.ID != d.A.Sub.ID || len(got.Near) == 0 {
		t.Errorf("%+v", got)
	}
	if got := look(hall.Look{Place: d.A.Sub.Place}); len(got.Near) != 4 || got.Near[0].Union.Level != hall.County {
		t.Errorf("%+v", got.Near)
	}
	if got := look(hall.Look{Employer: "福州市精工"}); len(got.Workplaces) != 1 || got.Workplaces[0].Union.ID != d.A.Sub.ID {
		t.Errorf("%+v", got)
	}
	if got := look(hall.Look{Words: "福", Employer: "精"}); len(got.Named)+len(got.Workplaces) != 0 {
		t.Errorf("one character finds %+v", got)
	}
	if err := d.s.CloseEnterprise(bg, d.as(d.A.Clerk), d.A.Enterprise.ID, "歇业"); err != nil {
		t.Fatal(err)
	}
	if got := look(hall.Look{Employer: "福州市精工"}); len(got.Workplaces) != 0 {
		t.Error("a closed one is found")
	}
	var err error
	for range 70 {
		_, err = d.s.Look(bg, hall.Look{Words: "福州"}, "a")
	}
	if code(err) != fault.TooMany {
		t.Error("looked as often as one likes:", err)
	}
	if km := d.A.Sub.Place.Metres(hall.Place{Lat: 26.07, Lng: 120.3}) / 1000; km < 99 || km > 101 {
		t.Errorf("%f km", km)
	}
}
