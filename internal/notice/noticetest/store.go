// Package noticetest holds what every store of notices must do.
package noticetest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/notice"
)

// Harness is a fresh store, and a way to see what it has emitted since it was last asked.
type Harness struct {
	Store   notice.Store
	Emitted func(t *testing.T) []event.Event
}

// T0 is when the tests begin.
var T0 = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

// Item makes an unread notice of the event, told at that many minutes after T0.
func Item(person, event string, minute int) notice.Item {
	return notice.Item{
		ID: id.New(), PersonID: person, EventID: event, Msg: "notice.test.fits",
		Args: []string{"title", "主轴异响", "trade", "数控车工"}, Link: "/needs/" + event,
		CreatedAt: T0.Add(time.Duration(minute) * time.Minute),
	}
}

// Run runs the suite; fresh is called once for each part.
func Run(t *testing.T, fresh func(t *testing.T) Harness) {
	for name, fn := range map[string]func(*testing.T, Harness){
		"AddIsIdempotent":      addIsIdempotent,
		"AddAtOnce":            addAtOnce,
		"AddFirst":             addFirst,
		"ListPages":            listPages,
		"OnlyOwn":              onlyOwn,
		"Read":                 read,
		"ReadAll":              readAll,
		"Trim":                 trim,
		"MessagesStandBySides": messagesStandBySides,
	} {
		t.Run(name, func(t *testing.T) { fn(t, fresh(t)) })
	}
}

var ctx = context.Background()

func told(people []string) event.Event { return event.New(notice.Told, T0, people) }

func add(t *testing.T, h Harness, items ...notice.Item) {
	t.Helper()
	if err := h.Store.Add(ctx, items, told); err != nil {
		t.Fatal(err)
	}
}

func unread(t *testing.T, h Harness, person string) int {
	t.Helper()
	n, err := h.Store.Unread(ctx, person)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func subjects(es []event.Event) (out []string) {
	for _, e := range es {
		out = append(out, e.Subject+string(e.Data))
	}
	return out
}

func wantEmitted(t *testing.T, h Harness, want ...string) {
	t.Helper()
	if got := subjects(h.Emitted(t)); !slices.Equal(got, want) {
		t.Fatalf("emitted %q, want %q", got, want)
	}
}

func addIsIdempotent(t *testing.T, h Harness) {
	first := Item("p1", "e1", 0)
	add(t, h, first, Item("p2", "e1", 0))
	wantEmitted(t, h, `notice.told["p1","p2"]`)
	add(t, h, Item("p1", "e1", 5), Item("p2", "e1", 5))
	wantEmitted(t, h)
	add(t, h, Item("p1", "e1", 6), Item("p3", "e1", 6)) // the consumer died between the two, say
	wantEmitted(t, h, `notice.told["p3"]`)
	if n := unread(t, h, "p1"); n != 1 {
		t.Fatalf("%d unread, want 1", n)
	}
	got, err := h.Store.List(ctx, "p1", notice.Position{}, 10)
	if err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	if fmt.Sprint(got[0]) != fmt.Sprint(first) {
		t.Fatalf("got %v, want what was told first: %v", got[0], first)
	}
}

func addAtOnce(t *testing.T, h Harness) {
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			var items []notice.Item
			for p := range 5 {
				items = append(items, Item(fmt.Sprint("p", p), "e1", i))
			}
			if err := h.Store.Add(ctx, items, told); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for p := range 5 {
		if n := unread(t, h, fmt.Sprint("p", p)); n != 1 {
			t.Errorf("p%d has %d", p, n)
		}
	}
	wantEmitted(t, h, `notice.told["p0","p1","p2","p3","p4"]`)
}

// What is only to be told first is not, to whom anything with its link was told, under whatever event and message.
func addFirst(t *testing.T, h Harness) {
	first := func(person, event, link string) notice.Item {
		it := Item(person, event, 0)
		it.Link, it.First = link, true
		return it
	}
	again := first("p3", "e2", "/needs/n")
	again.Msg, again.First = "notice.test.again", false
	add(t, h, first("p1", "e1", "/needs/n"), again)
	wantEmitted(t, h, `notice.told["p1","p3"]`)
	add(t, h, first("p1", "e3", "/needs/n"), first("p2", "e3", "/needs/n"), first("p3", "e3", "/needs/n"))
	wantEmitted(t, h, `notice.told["p2"]`)
	add(t, h, first("p1", "e4", "/needs/other"))
	wantEmitted(t, h, `notice.told["p1"]`)
	for p, want := range map[string]int{"p1": 2, "p2": 1, "p3": 1} {
		if n := unread(t, h, p); n != want {
			t.Errorf("%s has %d, want %d", p, n, want)
		}
	}
}

func messagesStandBySides(t *testing.T, h Harness) {
	a, b := Item("p1", "e1", 0), Item("p1", "e1", 0)
	b.Msg = "notice.test.late"
	b.Args = nil
	add(t, h, a, b)
	if n := unread(t, h, "p1"); n != 2 {
		t.Fatalf("one event may be told in two messages; %d unread", n)
	}
	wantEmitted(t, h, `notice.told["p1"]`)
}

func listPages(t *testing.T, h Harness) {
	var want []string
	for i := range 7 {
		it := Item("p1", fmt.Sprint("e", i), i/2) // pairs share their time
		add(t, h, it, Item("p2", fmt.Sprint("e", i), i))
		want = append(want, it.ID)
	}
	slices.Reverse(want)
	var got []string
	for after := (notice.Position{}); ; {
		page, err := h.Store.List(ctx, "p1", after, 3)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, it := range page {
			got = append(got, it.ID)
			after = notice.Position{At: it.CreatedAt, ID: it.ID}
		}
	}
	if !slices.Equal(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
}

func onlyOwn(t *testing.T, h Harness) {
	it := Item("p1", "e1", 0)
	add(t, h, it)
	h.Emitted(t)
	if _, err := h.Store.Item(ctx, "p2", it.ID); !fault.Is(err, fault.NotFound) {
		t.Fatal("somebody else's notice was found", err)
	}
	if err := h.Store.Read(ctx, "p2", it.ID, T0, told(nil)); err != nil {
		t.Fatal(err)
	}
	if err := h.Store.ReadAll(ctx, "p2", T0.Add(time.Hour), T0, told(nil)); err != nil {
		t.Fatal(err)
	}
	if unread(t, h, "p1") != 1 {
		t.Fatal("somebody else read it")
	}
	wantEmitted(t, h)
}

func read(t *testing.T, h Harness) {
	it := Item("p1", "e1", 0)
	add(t, h, it, Item("p1", "e2", 0))
	h.Emitted(t)
	at := T0.Add(time.Hour)
	mark := event.New(notice.Read, at, "p1")
	for range 2 { // the second time nothing happens
		if err := h.Store.Read(ctx, "p1", it.ID, at, mark); err != nil {
			t.Fatal(err)
		}
		at = at.Add(time.Hour)
	}
	got, err := h.Store.Item(ctx, "p1", it.ID)
	if err != nil || !got.ReadAt.Equal(T0.Add(time.Hour)) || unread(t, h, "p1") != 1 {
		t.Fatal(got, err)
	}
	wantEmitted(t, h, `notice.read"p1"`)
}

func readAll(t *testing.T, h Harness) {
	add(t, h, Item("p1", "e1", 0), Item("p1", "e2", 1), Item("p1", "e3", 2), Item("p2", "e1", 0))
	h.Emitted(t)
	mark := event.New(notice.Read, T0, "p1")
	if err := h.Store.ReadAll(ctx, "p1", T0.Add(time.Minute), T0.Add(time.Hour), mark); err != nil {
		t.Fatal(err)
	}
	if unread(t, h, "p1") != 1 || unread(t, h, "p2") != 1 {
		t.Fatal("what came after the page was shown must stay unread, and what is another's too")
	}
	wantEmitted(t, h, `notice.read"p1"`)
	if err := h.Store.ReadAll(ctx, "p1", T0, T0.Add(time.Hour), mark); err != nil {
		t.Fatal(err)
	}
	wantEmitted(t, h)
}

func trim(t *testing.T, h Harness) {
	for i := range 5 {
		add(t, h, Item("p1", fmt.Sprint("e", i), i), Item("p2", fmt.Sprint("e", i), i))
	}
	var total int
	for {
		n, err := h.Store.Trim(ctx, T0.Add(3*time.Minute), 4)
		if err != nil {
			t.Fatal(err)
		}
		if n > 4 {
			t.Fatalf("%d at once", n)
		}
		if total += n; n < 4 {
			break
		}
	}
	if total != 6 || unread(t, h, "p1") != 2 || unread(t, h, "p2") != 2 {
		t.Fatalf("forgot %d", total)
	}
}
