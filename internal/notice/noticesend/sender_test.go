package noticesend_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/notice"
	"github.com/unionhall/unionhall/internal/notice/noticesend"
)

func TestOnceForEachEvent(t *testing.T) {
	stores(t, func(t *testing.T, dsn string) {
		w, g := process(t, dsn, nil), &gateway{}
		w.reachable()
		for range 3 { // the event comes again before, between and after
			w.tell(visit, "e1")
			w.once(g)
		}
		g.want(t, 1, 1)
		w.wantState("e1", "sent ")
		l := g.took[0]
		if l.To != "li@mail.example" || l.Lines[0].Link != "https://hall.example/needs/e1" || !strings.Contains(l.Stop, "/notices/letters/stop?letter=") {
			t.Fatalf("%+v", l)
		}
	})
}

func TestFailedIsTriedAgainAndNoLongerThanItIsNews(t *testing.T) {
	stores(t, func(t *testing.T, dsn string) {
		w := process(t, dsn, nil)
		w.reachable()
		busy := &noticesend.Refusal{Again: true, Why: "busy"}
		g := &gateway{fails: []error{busy, busy}}
		w.tell(visit, "e1")
		w.once(g)
		w.wantState("e1", "waiting busy")
		w.once(g) // not before its time
		g.want(t, 1, 0)
		w.clock.Move(time.Minute)
		w.once(g)
		w.clock.Move(5 * time.Minute)
		w.once(g)
		g.want(t, 3, 1)
		w.wantState("e1", "sent ")

		g = &gateway{fails: []error{busy}}
		w.tell(visit, "e2")
		w.once(g)
		w.clock.Move(4 * 24 * time.Hour)
		w.once(g)
		g.want(t, 1, 0)
		w.wantState("e2", "expired busy")
	})
}

func TestFailedButTakenIsNotSentAgain(t *testing.T) {
	stores(t, func(t *testing.T, dsn string) {
		w := process(t, dsn, nil)
		w.reachable()
		g := &gateway{fails: []error{errSilent}, takes: true}
		w.tell(visit, "e1")
		for range 5 {
			w.once(g)
			w.clock.Move(time.Hour)
			w.tell(visit, "e1")
		}
		g.want(t, 1, 1)
		w.wantState("e1", "unknown no answer")
	})
}

func TestBadAddressesAreSwitchedOff(t *testing.T) {
	w := process(t, "sqlite:"+t.TempDir()+"/hall.db", nil)
	w.reachable()
	g := &gateway{fails: []error{&noticesend.Refusal{Gone: true, Why: "550"}}}
	w.tell(visit, "e1")
	w.once(g)
	if a := w.address(); a.State != notice.AddressOff || a.Why != notice.OffBad {
		t.Fatalf("%+v", a)
	}
	w.tell(visit, "e2")
	w.once(g)
	g.want(t, 1, 0)
	// A letter that is still in the box must not switch on again what its owner would have to enter anew.
	if err := w.s.Confirm(context.Background(), notice.Token(w.box.Mark, notice.LinkConfirm, "li", w.address().ID)); err == nil {
		t.Fatal("switched on by an old letter")
	}
}

func TestTwoSendersAtOnce(t *testing.T) {
	stores(t, func(t *testing.T, dsn string) {
		one := process(t, dsn, nil)
		two := process(t, dsn, one.box)
		one.reachable()
		const n = 60
		one.tell(visit, events(n)...)
		g := &gateway{}
		var wg sync.WaitGroup
		for range 2 {
			for _, w := range []*world{one, two} {
				s := w.sender(g)
				wg.Go(func() {
					for {
						k, err := s.Once(context.Background())
						if err != nil {
							t.Error(err)
						}
						if k == 0 {
							return
						}
					}
				})
			}
		}
		wg.Wait()
		g.want(t, n, n)
	})
}

func TestQuietHours(t *testing.T) {
	w, g := process(t, "sqlite:"+t.TempDir()+"/hall.db", nil), &gateway{}
	w.reachable()
	w.clock.Move(11 * time.Hour) // 23:00
	w.tell(visit, "e1")
	w.tell("notice.exchange.urgent", "u1")
	w.once(g)
	g.want(t, 0, 0)
	w.choose(func(c *notice.Choices) { c.Break = true })
	w.tell("notice.exchange.urgent", "u2")
	w.once(g)
	g.want(t, 1, 1)
	w.clock.Move(8 * time.Hour) // 7:00
	w.once(g)
	g.want(t, 3, 3)

	// What is tried again may come due at night, too.
	busy := &gateway{fails: []error{&noticesend.Refusal{Again: true, Why: "busy"}}}
	w.clock.Move(15*time.Hour - 30*time.Second) // 21:59:30
	w.tell(visit, "e2")
	w.once(busy)
	w.clock.Move(time.Minute)
	w.once(busy)
	busy.want(t, 1, 0)
}

func TestDigest(t *testing.T) {
	stores(t, func(t *testing.T, dsn string) {
		w, g := process(t, dsn, nil), &gateway{}
		w.reachable()
		w.tell("notice.exchange.fits", "e1", "e2", "e3")
		w.once(g)
		g.want(t, 0, 0)
		items, err := w.s.List(context.Background(), li, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.s.Open(context.Background(), li, items.Items[0].ID); err != nil { // what was read needs no letter
			t.Fatal(err)
		}
		w.clock.Move(20 * time.Hour) // 8:00
		for range 2 {
			w.once(g)
		}
		g.want(t, 1, 1)
		if len(g.took[0].Lines) != 2 {
			t.Fatalf("%+v", g.took[0])
		}
	})
}

func TestWhatIsNoLongerWanted(t *testing.T) {
	w, g := process(t, "sqlite:"+t.TempDir()+"/hall.db", nil), &gateway{}
	w.reachable()
	w.tell(visit, "e1")
	w.choose(func(c *notice.Choices) { c.Ways[notice.KindVisit] = notice.Nowhere })
	w.tell(visit, "e2")
	w.once(g)
	g.want(t, 0, 0)
	w.wantState("e1", "dropped no longer wanted")
}

func TestWhoObjectsIsToldOnThePagesOnly(t *testing.T) {
	w, g := process(t, "sqlite:"+t.TempDir()+"/hall.db", nil), &gateway{}
	w.reachable()
	w.tell(visit, "e1")
	w.objects = true
	w.once(g)
	g.want(t, 0, 0)
	w.wantState("e1", "dropped objected")
	w.objects = false
	w.tell(visit, "e2")
	w.once(g)
	g.want(t, 1, 1)
}

func TestAnAddressIsUsedOnceItsOwnerSaysSo(t *testing.T) {
	w, g := process(t, "sqlite:"+t.TempDir()+"/hall.db", nil), &gateway{}
	ctx := context.Background()
	if err := w.s.EnterMail(ctx, li, "li@mail.example"); err != nil {
		t.Fatal(err)
	}
	w.tell(visit, "e1")
	w.once(g)
	g.want(t, 1, 1) // the letter that asks, and no news
	if l := g.took[0]; !l.Asks || l.Stop != "" || !strings.Contains(l.Lines[0].Link, "/notices/letters/confirm?letter=li.") {
		t.Fatalf("%+v", l)
	}
	at := w.address()
	for _, forged := range []string{"", "a.b.c", "li." + at.ID + ".x", notice.Token(w.box.Mark, notice.LinkStop, "li", at.ID)} {
		if err := w.s.Confirm(ctx, forged); err == nil {
			t.Fatal("confirmed by", forged)
		}
	}
	_, token, _ := strings.Cut(g.took[0].Lines[0].Link, "?letter=")
	if err := w.s.Confirm(ctx, token); err != nil {
		t.Fatal(err)
	}
	w.tell(visit, "e2")
	w.once(g)
	g.want(t, 2, 2)
	_, token, _ = strings.Cut(g.took[1].Stop, "?letter=")
	for range 2 {
		if err := w.s.Stop(ctx, token); err != nil {
			t.Fatal(err)
		}
	}
	w.tell(visit, "e3")
	w.once(g)
	g.want(t, 2, 2)
	if err := w.s.EnterMail(ctx, li, "other@mail.example"); err != nil { // the old letter is for the old address
		t.Fatal(err)
	}
	if w.s.Confirm(ctx, strings.Replace(token, "stop", "confirm", 1)) == nil || w.address().State != notice.AddressNew {
		t.Fatal("an old letter speaks for a new address")
	}
	for range 5 {
		_ = w.s.EnterMail(ctx, li, "third@mail.example")
	}
	if w.s.EnterMail(ctx, li, "fourth@mail.example") == nil {
		t.Fatal("letters to anybody without end")
	}
}

func TestTextMessagesHaveADailyMost(t *testing.T) {
	w, g := process(t, "sqlite:"+t.TempDir()+"/hall.db", nil), &gateway{}
	w.choose(func(c *notice.Choices) { c.Ways[notice.KindVisit] = notice.Text })
	for _, e := range events(7) {
		w.tell(visit, e)
		w.once(g)
	}
	g.want(t, 5, 5)
	if g.took[0].To != "+8613900000001" {
		t.Fatal(g.took[0].To)
	}
	w.clock.Move(24*time.Hour + time.Second)
	w.tell(visit, "next")
	w.once(g)
	g.want(t, 6, 6)
}

// After a new key has come, addresses are sealed with it, once, and open as before.
func TestAddressesAreSealedAnew(t *testing.T) {
	stores(t, func(t *testing.T, dsn string) {
		w := process(t, dsn, nil)
		was := w.reachable().Value
		if err := w.box.Rotate(""); err != nil {
			t.Fatal(err)
		}
		for _, want := range []int{1, 0} {
			if n, err := w.out.Reseal(t.Context()); n != want || err != nil {
				t.Fatalf("%d rows, want %d: %v", n, want, err)
			}
		}
		if got := w.address().Value; got != was {
			t.Errorf("%q opens as %q", was, got)
		}
	})
}
