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
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

// telephones receive.
type telephones chan string

// Text implements hall.Texter.
func (p telephones) Text(_ context.Context, to hall.Phone, _, code string) error {
	p <- to.Whole() + " " + code
	return nil
}

// code waits for the one sent to a number.
func (p telephones) code(t *testing.T, phone hall.Phone) string {
	t.Helper()
	select {
	case got := <-p:
		to, code := got[:11], got[12:]
		if to != phone.Whole() || len(code) != 6 {
			t.Fatalf("sent: %s", got)
		}
		return code
	case <-time.After(10 * time.Second):
		t.Fatal("no code came")
		return ""
	}
}

func (p telephones) silent(t *testing.T) {
	t.Helper()
	select {
	case got := <-p:
		t.Errorf("sent to somebody: %s", got)
	case <-time.After(50 * time.Millisecond):
	}
}

func withPhones(t *testing.T) (*halltest.World, *hall.Service, *clock.Fake, telephones) {
	t.Helper()
	w := halltest.NewWorld(t)
	s, clk := w.Service(t, hallsql.New(sqldbtest.SQLite(t), sealtest.Box(t)))
	p := make(telephones, 100)
	s.Texts(p)
	ctx, cancel := context.WithCancel(bg)
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	return w, s, clk, p
}

const here = "192.0.2.1"

func TestACodeLetsItsOwnerInOnce(t *testing.T) {
	w, s, clk, phones := withPhones(t)
	who := w.A.Worker
	token, err := s.SendCode(bg, hall.CodeSignIn, " "+who.Phone.Whole()+" ", here)
	if err != nil {
		t.Fatal(err)
	}
	code := phones.code(t, who.Phone)
	if _, err := s.SignInByCode(bg, token, "000000", here); !errors.Is(err, hall.BadCode) && code != "000000" {
		t.Error(err)
	}
	wide := " " + code[:3] + "-" + string([]rune{rune(code[3]) + 0xFEE0, rune(code[4]) + 0xFEE0, rune(code[5]) + 0xFEE0})
	var wg sync.WaitGroup
	var mu sync.Mutex
	in := 0
	for range 8 { // pressed more than once
		wg.Go(func() {
			got, err := s.SignInByCode(bg, token, wide, here)
			mu.Lock()
			defer mu.Unlock()
			if err == nil && got.Person.ID == who.ID {
				in++
			} else if !errors.Is(err, hall.BadCode) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if in != 1 {
		t.Errorf("let in %d times", in)
	}
	clk.Move(time.Minute)
	token, err = s.SendCode(bg, hall.CodeSignIn, who.Phone.Whole(), here)
	if err != nil {
		t.Fatal(err)
	}
	code = phones.code(t, who.Phone)
	clk.Move(hall.CodeLife)
	if _, err := s.SignInByCode(bg, token, code, here); !errors.Is(err, hall.BadCode) {
		t.Errorf("a code too old: %v", err)
	}
}

func TestNobodyLearnsWhoHasAnAccount(t *testing.T) {
	_, s, _, phones := withPhones(t)
	token, err := s.SendCode(bg, hall.CodeSignIn, "13999999999", here)
	if err != nil || token == "" {
		t.Fatalf("a number without anybody: %q %v", token, err)
	}
	phones.silent(t)
	if _, err := s.SignInByCode(bg, token, "123456", here); !errors.Is(err, hall.BadCode) {
		t.Error(err)
	}
	if _, err := s.SignInByCode(bg, "no such token", "123456", here); !errors.Is(err, hall.BadCode) {
		t.Error(err)
	}
	if _, err := s.SendCode(bg, hall.CodeSignIn, "p6@example.com", here); code(err) != fault.Invalid {
		t.Error(err)
	}
}

func TestCodesAreForWhatTheyWereSentFor(t *testing.T) {
	w, s, clk, phones := withPhones(t)
	who := w.A.Worker
	token, err := s.SendCode(bg, hall.CodePassword, who.Phone.Whole(), here)
	if err != nil {
		t.Fatal(err)
	}
	code := phones.code(t, who.Phone)
	if _, err := s.SignInByCode(bg, token, code, here); !errors.Is(err, hall.BadCode) {
		t.Errorf("a code for a password signs in: %v", err)
	}
	if err := s.ProveByCode(bg, halltest.Actor(t, s, who), token, code, here); !errors.Is(err, hall.BadCode) {
		t.Errorf("a code for a password proves: %v", err)
	}
	// Somebody else's code proves nothing of oneself.
	clk.Move(time.Minute)
	if token, err = s.SendCode(bg, hall.CodeProof, who.Phone.Whole(), here); err != nil {
		t.Fatal(err)
	}
	code = phones.code(t, who.Phone)
	if err := s.ProveByCode(bg, halltest.Actor(t, s, w.A.Clerk), token, code, here); !errors.Is(err, hall.BadCode) {
		t.Error(err)
	}
}

func TestGuessingIsSlowed(t *testing.T) {
	w, s, clk, phones := withPhones(t)
	who := w.A.Worker
	token, err := s.SendCode(bg, hall.CodeSignIn, who.Phone.Whole(), here)
	if err != nil {
		t.Fatal(err)
	}
	code := phones.code(t, who.Phone)
	for range 5 {
		if _, err := s.SignInByCode(bg, token, "x"+code[1:], here); !errors.Is(err, hall.BadCode) {
			t.Fatal(err)
		}
	}
	if _, err := s.SignInByCode(bg, token, code, here); !errors.Is(err, hall.BadCode) {
		t.Errorf("after five wrong ones the right one is still good: %v", err)
	}
	if _, err := s.SendCode(bg, hall.CodeSignIn, who.Phone.Whole(), here); !fault.Is(err, fault.TooMany) {
		t.Errorf("a second code within the minute: %v", err)
	}
	n := 1
	for range 24 * 60 {
		clk.Move(time.Minute)
		if _, err := s.SendCode(bg, hall.CodeSignIn, who.Phone.Whole(), "198.51.100."+pad(n)); err == nil {
			n++
			phones.code(t, who.Phone)
		}
	}
	if n > 30 {
		t.Errorf("%d codes in a day", n)
	}
}

func TestANewPasswordByCode(t *testing.T) {
	w, s, _, phones := withPhones(t)
	who := w.A.Worker
	a := halltest.Actor(t, s, who)
	if err := s.SaveSession(bg, hall.Session{ID: "theirs", PersonID: who.ID, Expires: halltest.Start.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	token, err := s.SendCode(bg, hall.CodePassword, who.Phone.Whole(), here)
	if err != nil {
		t.Fatal(err)
	}
	next, err := s.EnterPasswordCode(bg, token, phones.code(t, who.Phone), here)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.SetNewPassword(bg, token, "a good long password"); !errors.Is(err, hall.BadCode) {
		t.Errorf("the code's token sets a password: %v", err)
	}
	if _, err := s.SetNewPassword(bg, next, "12345678"); code(err) != fault.Invalid {
		t.Errorf("a weak one: %v", err)
	}
	if p, err := s.SetNewPassword(bg, next, "a good long password"); err != nil || p.ID != who.ID {
		t.Fatal(p, err)
	}
	if _, err := s.SetNewPassword(bg, next, "another long password"); !errors.Is(err, hall.BadCode) {
		t.Errorf("twice: %v", err)
	}
	got, err := s.SignIn(bg, hall.SignIn{Login: who.Phone.Whole(), Password: "a good long password", Address: here})
	if err != nil || got.First {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := s.Session(bg, "theirs"); !fault.Is(err, fault.NotFound) {
		t.Errorf("a session of before: %v", err)
	}
	if err := s.ProveByPassword(bg, a, "a good long password"); err != nil {
		t.Error(err)
	}
	if err := s.ProveByPassword(bg, a, halltest.Password); code(err) != fault.Invalid {
		t.Errorf("the old one proves: %v", err)
	}
	if err := s.ProveByPassword(bg, actor.Actor{}, "a good long password"); code(err) == "ok" {
		t.Error("nobody has proved who they are")
	}
}
