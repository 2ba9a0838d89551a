package noticesend_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/notice"
	"github.com/unionhall/unionhall/internal/notice/noticesend"
)

// A server that refuses the hall itself is knocked at slowly, one letter at a time, and no letter suffers for it.
func TestAWrongPasswordIsNoFaultOfTheLetters(t *testing.T) {
	stores(t, func(t *testing.T, dsn string) {
		w, log := process(t, dsn, nil), &strings.Builder{}
		w.reachable()
		w.tell(visit, "e1")
		ours := &noticesend.Refusal{Ours: true, Why: "wrong password"}
		g := &gateway{fails: []error{ours, ours, ours, ours, ours, ours, ours, ours, ours, ours, ours, ours}}
		s := w.sender(g)
		s.Workers, s.Log = 1, slog.New(slog.NewTextHandler(log, nil))
		turn := func(later time.Duration) {
			t.Helper()
			w.clock.Move(later)
			if _, err := s.Once(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		turn(0)
		w.tell(visit, "e2")
		turn(time.Minute)
		g.want(t, 1, 0)
		w.wantState("e1", "waiting wrong password")
		for range 11 { // more often than any letter is tried otherwise
			turn(10 * time.Minute)
		}
		g.want(t, 12, 0)
		if n := strings.Count(log.String(), "level=ERROR"); n != 1 {
			t.Errorf("said %d times:\n%s", n, log)
		}
		turn(10 * time.Minute)
		turn(10 * time.Minute)
		g.want(t, 14, 2)
	})
}

func TestALetterThatAsksCanBeAnsweredForAWeek(t *testing.T) {
	w, ctx := process(t, "sqlite:"+t.TempDir()+"/hall.db", nil), context.Background()
	if err := w.s.EnterMail(ctx, li, "li@mail.example"); err != nil {
		t.Fatal(err)
	}
	token := func(what string) string { return notice.Token(w.box.Mark, what, "li", w.address().ID) }
	w.clock.Move(7 * 24 * time.Hour)
	if err := w.s.Follow(ctx, notice.LinkConfirm, token(notice.LinkConfirm)); err != nil {
		t.Fatal(err)
	}
	w.clock.Move(time.Second)
	if err := w.s.Follow(ctx, notice.LinkConfirm, token(notice.LinkConfirm)); !fault.Is(err, fault.Conflict) {
		t.Error(err)
	}
	if err := w.s.Confirm(ctx, token(notice.LinkConfirm)); !fault.Is(err, fault.Conflict) || w.address().State != notice.AddressNew {
		t.Error(err, w.address().State)
	}
	w.clock.Move(1000 * 24 * time.Hour) // who wants no more need not hurry
	if err := w.s.Stop(ctx, token(notice.LinkStop)); err != nil || w.address().State != notice.AddressOff {
		t.Error(err, w.address().State)
	}
}

func TestWhoHasNoLanguageIsWrittenToInChinese(t *testing.T) {
	w, g := process(t, "sqlite:"+t.TempDir()+"/hall.db", nil), &gateway{}
	w.reachable()
	w.tell(visit, "e1")
	s := w.sender(g)
	s.Contact = func(context.Context, string) (noticesend.Contact, error) { return noticesend.Contact{}, nil }
	if _, err := s.Once(context.Background()); err != nil {
		t.Fatal(err)
	}
	if g.want(t, 1, 1); g.took[0].Lang != "zh" {
		t.Errorf("%+v", g.took[0])
	}
}

// Where only text messages are offered, the form shows nowhere for what would go by e-mail.
func TestSavingDoesNotChooseWhatWasNotOffered(t *testing.T) {
	w, ctx := process(t, "sqlite:"+t.TempDir()+"/hall.db", nil), context.Background()
	w.choose(func(c *notice.Choices) { c.Ways[notice.KindFollow] = notice.Mail })
	w.s.Leave(notice.LeavingOptions{Store: w.out, Offered: []notice.Way{notice.Text}, Mark: w.box.Mark})
	w.choose(func(c *notice.Choices) {
		for _, k := range notice.Kinds {
			c.Ways[k] = notice.Nowhere
		}
		c.Ways[notice.KindVisit] = notice.Text
	})
	w.choose(func(c *notice.Choices) {
		c.Ways[notice.KindVisit] = notice.Nowhere
		c.Ways[notice.KindFollow] = notice.Nowhere
	})
	tell, err := w.s.Telling(ctx, li)
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range map[notice.Kind]notice.Way{notice.KindUrgent: notice.Mail, notice.KindFits: notice.Digest, notice.KindFollow: notice.Mail,
		notice.KindVisit: notice.Nowhere} {
		if got := tell.Choices.Way(k); got != want {
			t.Errorf("%s: %s, want %s", k, got, want)
		}
	}
}
