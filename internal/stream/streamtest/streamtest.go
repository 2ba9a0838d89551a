// Package streamtest is the suite that every Stream must pass.
package streamtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/stream"
)

const patience = 10 * time.Second

// Run tests the streams that open makes. Each call must give a fresh, empty one, whose first retry comes
// after a few milliseconds; the suite closes it.
func Run(t *testing.T, open func(t *testing.T) stream.Stream) {
	for name, test := range map[string]func(*testing.T, stream.Stream){
		"EventsArriveAsTheyWere":      eventsArriveAsTheyWere,
		"ConsumersStartAtTheOldest":   consumersStartAtTheOldest,
		"SameIDIsTakenOnce":           sameIDIsTakenOnce,
		"SubjectsSelect":              subjectsSelect,
		"OneNameDividesTheEvents":     oneNameDividesTheEvents,
		"EachNameSeesAll":             eachNameSeesAll,
		"FailedEventsComeAgain":       failedEventsComeAgain,
		"ConsumersGoOnWhereTheyWere":  consumersGoOnWhereTheyWere,
		"FollowersSeeAllFromNowOn":    followersSeeAllFromNowOn,
		"FollowersEndWithTheirCtx":    followersEndWithTheirContext,
		"CloseWaitsForWhatIsRunning":  closeWaitsForWhatIsRunning,
		"NothingWorksAfterClose":      nothingWorksAfterClose,
		"OrderIsThatOfPublishing":     orderIsThatOfPublishing,
		"PublishOfNothingIsNoMistake": publishOfNothingIsNoMistake,
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			t.Cleanup(func() { _ = s.Close() })
			test(t, s)
		})
	}
}

// Box collects events from several goroutines.
type Box struct {
	mu     sync.Mutex
	events []event.Event
}

// Put adds an event; it is a consumer's function that never fails.
func (b *Box) Put(_ context.Context, e event.Event) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = append(b.events, e)
	return nil
}

// IDs are the collected events' ids, in the order they came.
func (b *Box) IDs() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return ids(b.events)
}

// Wait waits until n events are there, a little longer for one too many, and gives their ids.
func (b *Box) Wait(t *testing.T, n int) []string {
	t.Helper()
	for end := time.Now().Add(patience); len(b.IDs()) < n && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(20 * time.Millisecond)
	got := b.IDs()
	if len(got) != n {
		t.Fatalf("want %d events, have %d: %v", n, len(got), got)
	}
	return got
}

func ids(events []event.Event) []string {
	out := make([]string, len(events))
	for i, e := range events {
		out[i] = e.ID
	}
	return out
}

// Make makes n events of a subject.
func Make(subject string, n int) []event.Event {
	out := make([]event.Event, n)
	for i := range out {
		out[i] = event.New(subject, time.Now().UTC().Truncate(time.Microsecond), map[string]int{"n": i})
	}
	return out
}

func publish(t *testing.T, s stream.Stream, events ...event.Event) {
	t.Helper()
	if err := s.Publish(t.Context(), events...); err != nil {
		t.Fatal(err)
	}
}

func consume(t *testing.T, ctx context.Context, s stream.Stream, name string, subjects []string, fn func(context.Context, event.Event) error) {
	t.Helper()
	if err := s.Consume(ctx, name, subjects, fn); err != nil {
		t.Fatal(err)
	}
}

var all = []string{">"}

func eventsArriveAsTheyWere(t *testing.T, s stream.Stream) {
	want := event.New("exchange.need.posted", time.Date(2026, 5, 1, 1, 30, 0, 123456000, time.UTC), map[string]string{"need": "工"})
	var box Box
	consume(t, t.Context(), s, "c", all, box.Put)
	publish(t, s, want, event.Event{ID: "bare", Subject: "a.b.c"})
	box.Wait(t, 2)
	got := box.events[0]
	if got.ID != want.ID || got.Subject != want.Subject || !got.At.Equal(want.At) || string(got.Data) != string(want.Data) {
		t.Errorf("%+v", got)
	}
	if bare := box.events[1]; !bare.At.IsZero() || len(bare.Data) != 0 {
		t.Errorf("%+v", bare)
	}
}

func consumersStartAtTheOldest(t *testing.T, s stream.Stream) {
	var box Box
	publish(t, s, Make("a.b.c", 3)...)
	consume(t, t.Context(), s, "late", all, box.Put)
	box.Wait(t, 3)
}

func sameIDIsTakenOnce(t *testing.T, s stream.Stream) {
	var box Box
	events := Make("a.b.c", 3)
	consume(t, t.Context(), s, "c", all, box.Put)
	publish(t, s, events...)
	publish(t, s, events...)
	publish(t, s, events[1])
	box.Wait(t, 3)
}

func subjectsSelect(t *testing.T, s stream.Stream) {
	events := map[string]event.Event{}
	for _, subject := range []string{"a.need.posted", "a.need.closed", "a.offer.posted", "b.need.posted", "a.need"} {
		events[subject] = Make(subject, 1)[0]
		publish(t, s, events[subject])
	}
	for name, c := range map[string]struct{ patterns, want []string }{
		"exact": {[]string{"a.need.posted"}, []string{"a.need.posted"}},
		"star":  {[]string{"a.*.posted"}, []string{"a.need.posted", "a.offer.posted"}},
		"tail":  {[]string{"a.need.>"}, []string{"a.need.posted", "a.need.closed"}},
		"two":   {[]string{"b.>", "a.need"}, []string{"b.need.posted", "a.need"}},
	} {
		var box Box
		consume(t, t.Context(), s, name, c.patterns, box.Put)
		got := box.Wait(t, len(c.want))
		for i, subject := range c.want {
			if got[i] != events[subject].ID {
				t.Errorf("%s: %v", name, got)
			}
		}
	}
}

func oneNameDividesTheEvents(t *testing.T, s stream.Stream) {
	var box Box
	var mu sync.Mutex
	at := map[int]int{}
	for node := range 3 {
		consume(t, t.Context(), s, "shared", all, func(ctx context.Context, e event.Event) error {
			mu.Lock()
			at[node]++
			mu.Unlock()
			time.Sleep(time.Millisecond)
			return box.Put(ctx, e)
		})
	}
	events := Make("a.b.c", 60)
	publish(t, s, events...)
	got := box.Wait(t, 60)
	slices.Sort(got)
	if len(slices.Compact(got)) != 60 || len(at) < 2 {
		t.Errorf("%v", at)
	}
}

func eachNameSeesAll(t *testing.T, s stream.Stream) {
	boxes := make([]Box, 3)
	for i := range boxes {
		consume(t, t.Context(), s, fmt.Sprintf("c%d", i), all, boxes[i].Put)
	}
	publish(t, s, Make("a.b.c", 5)...)
	for i := range boxes {
		boxes[i].Wait(t, 5)
	}
}

func failedEventsComeAgain(t *testing.T, s stream.Stream) {
	var box Box
	var mu sync.Mutex
	tries := map[string]int{}
	events := Make("a.b.c", 6)
	consume(t, t.Context(), s, "c", all, func(ctx context.Context, e event.Event) error {
		mu.Lock()
		tries[e.ID]++
		n := tries[e.ID]
		mu.Unlock()
		switch {
		case e.ID == events[1].ID && n < 4:
			return errors.New("not yet")
		case e.ID == events[2].ID && n < 2:
			panic("not yet")
		}
		return box.Put(ctx, e)
	})
	publish(t, s, events...)
	got := box.Wait(t, 6)
	if got[len(got)-1] != events[1].ID { // the others did not wait for it
		t.Errorf("%v", got)
	}
	mu.Lock()
	defer mu.Unlock()
	if tries[events[1].ID] != 4 || tries[events[2].ID] != 2 || tries[events[0].ID] != 1 {
		t.Errorf("%v", tries)
	}
}

func consumersGoOnWhereTheyWere(t *testing.T, s stream.Stream) {
	var first, second Box
	ctx, cancel := context.WithCancel(t.Context())
	interrupted, ended := make(chan struct{}), make(chan struct{})
	events := Make("a.b.c", 5)
	consume(t, ctx, s, "c", all, func(ctx context.Context, e event.Event) error {
		if e.ID == events[2].ID {
			close(interrupted)
			<-ctx.Done()
			defer close(ended)
			return ctx.Err()
		}
		return first.Put(ctx, e)
	})
	publish(t, s, events...)
	<-interrupted
	cancel()
	<-ended
	consume(t, t.Context(), s, "c", all, second.Put)
	publish(t, s, Make("a.b.c", 1)...)
	got := second.Wait(t, 4) // the interrupted one, the two after it, the new one
	if !slices.Contains(got, events[2].ID) || len(first.IDs()) != 2 {
		t.Errorf("%v, then %v", first.IDs(), got)
	}
}

func orderIsThatOfPublishing(t *testing.T, s stream.Stream) {
	var consumed, followed Box
	consume(t, t.Context(), s, "c", all, consumed.Put)
	follow(t, t.Context(), s, all, &followed)
	events := Make("a.b.c", 300)
	publish(t, s, events[:200]...)
	publish(t, s, events[200:]...)
	if got := consumed.Wait(t, 300); !slices.Equal(got, ids(events)) {
		t.Error("consumed out of order")
	}
	if got := followed.Wait(t, 300); !slices.Equal(got, ids(events)) {
		t.Error("followed out of order")
	}
}

func follow(t *testing.T, ctx context.Context, s stream.Stream, subjects []string, box *Box) {
	t.Helper()
	if err := s.Follow(ctx, subjects, func(e event.Event) { _ = box.Put(ctx, e) }); err != nil {
		t.Fatal(err)
	}
}

func followersSeeAllFromNowOn(t *testing.T, s stream.Stream) {
	publish(t, s, Make("a.b.c", 3)...)
	boxes := make([]Box, 2)
	for i := range boxes {
		follow(t, t.Context(), s, []string{"a.>"}, &boxes[i])
	}
	events := Make("a.b.c", 2)
	publish(t, s, append(Make("other.b.c", 2), events...)...)
	for i := range boxes {
		if got := boxes[i].Wait(t, 2); !slices.Equal(got, ids(events)) {
			t.Errorf("%v", got)
		}
	}
	if err := s.Follow(t.Context(), all, func(event.Event) { panic("a bad follower") }); err != nil {
		t.Fatal(err)
	}
	publish(t, s, Make("a.b.c", 1)...)
	boxes[0].Wait(t, 3)
}

func followersEndWithTheirContext(t *testing.T, s stream.Stream) {
	ctx, cancel := context.WithCancel(t.Context())
	var ends, stays Box
	follow(t, ctx, s, all, &ends)
	follow(t, t.Context(), s, all, &stays)
	publish(t, s, Make("a.b.c", 1)...)
	ends.Wait(t, 1)
	cancel()
	time.Sleep(20 * time.Millisecond)
	publish(t, s, Make("a.b.c", 1)...)
	stays.Wait(t, 2)
	ends.Wait(t, 1)
}

func closeWaitsForWhatIsRunning(t *testing.T, s stream.Stream) {
	begun := make(chan struct{})
	var finished bool // read after Close: the race detector sees a Close that does not wait
	consume(t, context.Background(), s, "c", all, func(ctx context.Context, _ event.Event) error {
		close(begun)
		<-ctx.Done()
		time.Sleep(30 * time.Millisecond)
		finished = true
		return nil
	})
	publish(t, s, Make("a.b.c", 1)...)
	<-begun
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if !finished {
		t.Error("Close did not wait")
	}
}

func nothingWorksAfterClose(t *testing.T, s stream.Stream) {
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s.Publish(context.Background(), Make("a.b.c", 1)...) == nil {
		t.Error("published")
	}
	var box Box
	if s.Consume(context.Background(), "c", all, box.Put) == nil {
		t.Error("consumed")
	}
	if s.Follow(context.Background(), all, func(event.Event) {}) == nil {
		t.Error("followed")
	}
}

func publishOfNothingIsNoMistake(t *testing.T, s stream.Stream) {
	publish(t, s)
}
