package notice_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/notice"
	"github.com/unionhall/unionhall/internal/notice/noticesql"
	"github.com/unionhall/unionhall/internal/notice/noticetest"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

var (
	ctx = context.Background()
	li  = actor.Actor{Kind: actor.Person, ID: "li"}
	mei = actor.Actor{Kind: actor.Person, ID: "mei"}
)

func service(t *testing.T) (*notice.Service, *clock.Fake) {
	c := clock.At(noticetest.T0)
	return notice.NewService(noticesql.New(sqldbtest.SQLite(t)), c), c
}

func fits(person, event string) notice.New {
	return notice.New{PersonID: person, EventID: event, Msg: "notice.test.fits", Link: "/needs/" + event}
}

func tell(t *testing.T, s *notice.Service, news ...notice.New) {
	t.Helper()
	if err := s.Tell(ctx, news); err != nil {
		t.Fatal(err)
	}
}

func TestTellTwiceIsOnce(t *testing.T) {
	s, c := service(t)
	for range 3 {
		tell(t, s, fits("li", "e1"), fits("mei", "e1"), fits("li", "e1"))
		c.Move(time.Hour)
	}
	for _, a := range []actor.Actor{li, mei} {
		if n, err := s.Unread(ctx, a); n != 1 || err != nil {
			t.Fatal(a.ID, n, err)
		}
	}
}

func TestOpenReadsOnlyOnesOwn(t *testing.T) {
	s, c := service(t)
	tell(t, s, fits("li", "e1"), fits("li", "e2"))
	page, err := s.List(ctx, li, "")
	if err != nil || len(page.Items) != 2 || page.Next != "" {
		t.Fatal(page, err)
	}
	one := page.Items[0]
	for _, other := range []actor.Actor{mei, {Kind: actor.Person, ID: "boss", Grants: []actor.Grant{{Role: actor.Lead, Path: "/0/"}}}} {
		if _, err := s.Open(ctx, other, one.ID); !fault.Is(err, fault.NotFound) {
			t.Fatal(other.ID, err)
		}
	}
	for a, code := range map[*actor.Actor]fault.Code{
		{}: fault.Unauthenticated, {Kind: actor.Portal, ID: "li"}: fault.Denied, &actor.Hall: fault.Denied,
	} {
		if _, err := s.Open(ctx, *a, one.ID); !fault.Is(err, code) {
			t.Fatal(a, err)
		}
		if _, err := s.List(ctx, *a, ""); !fault.Is(err, code) {
			t.Fatal(a, err)
		}
		if _, err := s.Unread(ctx, *a); !fault.Is(err, code) {
			t.Fatal(a, err)
		}
		if err := s.ReadAll(ctx, *a, time.Time{}); !fault.Is(err, code) {
			t.Fatal(a, err)
		}
	}
	c.Move(time.Minute)
	for range 2 {
		got, err := s.Open(ctx, li, one.ID)
		if err != nil || got.Link != one.Link || !got.ReadAt.Equal(noticetest.T0.Add(time.Minute)) {
			t.Fatal(got, err)
		}
		c.Move(time.Minute)
	}
	if n, _ := s.Unread(ctx, li); n != 1 {
		t.Fatal(n)
	}
}

func TestReadAllLeavesWhatCameSince(t *testing.T) {
	s, c := service(t)
	tell(t, s, fits("li", "e1"))
	shown := c.Now()
	c.Move(time.Second)
	tell(t, s, fits("li", "e2"))
	if err := s.ReadAll(ctx, li, shown); err != nil {
		t.Fatal(err)
	}
	if n, _ := s.Unread(ctx, li); n != 1 {
		t.Fatal(n)
	}
	if err := s.ReadAll(ctx, li, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if n, _ := s.Unread(ctx, li); n != 0 {
		t.Fatal(n)
	}
}

func TestListWalksEveryPage(t *testing.T) {
	s, _ := service(t)
	var news []notice.New
	for i := range 2*notice.PageSize + 5 {
		news = append(news, fits("li", fmt.Sprint("e", i)))
	}
	tell(t, s, news...)
	seen := map[string]bool{}
	pages := 0
	for cursor := ""; ; pages++ {
		page, err := s.List(ctx, li, cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range page.Items {
			if seen[it.ID] {
				t.Fatal("shown twice")
			}
			seen[it.ID] = true
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if len(seen) != len(news) || pages != 2 {
		t.Fatal(len(seen), pages)
	}
	for _, bad := range []string{"x", "1.y", ".", "zz!.0190a0b0-0000-7000-8000-000000000000"} {
		if _, err := s.List(ctx, li, bad); !fault.Is(err, fault.NotFound) {
			t.Errorf("cursor %q: %v", bad, err)
		}
	}
}

func TestTellRefusesDefects(t *testing.T) {
	s, _ := service(t)
	for _, n := range []notice.New{
		{PersonID: "", EventID: "e", Msg: "m", Link: "/"},
		{PersonID: "p", EventID: "", Msg: "m", Link: "/"},
		{PersonID: "p", EventID: "e", Msg: "", Link: "/"},
		{PersonID: "p", EventID: "e", Msg: "m", Link: "/", Args: []string{"odd"}},
		{PersonID: "p", EventID: "e", Msg: "m", Link: "//evil.example"},
		{PersonID: "p", EventID: "e", Msg: "m", Link: `/\evil.example`},
		{PersonID: "p", EventID: "e", Msg: "m", Link: "https://evil.example"},
		{PersonID: "p", EventID: "e", Msg: "m", Link: ""},
	} {
		if err := s.Tell(ctx, []notice.New{n}); !fault.Is(err, fault.Internal) {
			t.Errorf("%+v: %v", n, err)
		}
	}
}

func TestTrimForgetsTheOld(t *testing.T) {
	s, c := service(t)
	tell(t, s, fits("li", "e1"))
	c.Move(notice.Keep)
	tell(t, s, fits("li", "e2"))
	if n, err := s.Trim(ctx); n != 0 || err != nil {
		t.Fatal(n, err)
	}
	c.Move(time.Microsecond)
	if n, err := s.Trim(ctx); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if n, _ := s.Unread(ctx, li); n != 1 {
		t.Fatal(n)
	}
}

func TestPeople(t *testing.T) {
	e := event.New(notice.Told, noticetest.T0, map[string][]string{"people": {"li", "mei"}})
	if got := fmt.Sprint(notice.People(e)); got != "[li mei]" {
		t.Fatal(got)
	}
}
