package portalsend_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/portal"
	"github.com/unionhall/unionhall/internal/portal/portalsend"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

// run runs senders until done holds.
func run(t *testing.T, done func() bool, senders ...*portalsend.Sender) {
	t.Helper()
	ctx, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	for _, s := range senders {
		wg.Go(func() {
			if err := s.Run(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	for end := time.Now().Add(20 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Error("not done in time")
			break
		}
	}
	stop()
	wg.Wait()
}

func TestTwoSendersOnOnePostgreSQL(t *testing.T) {
	dsn := sqldbtest.PostgresDSN(t)
	var halls []*hall
	var senders []*portalsend.Sender
	for range 2 { // two processes: nothing in common but the database
		db, err := sqldb.Open(ctx, dsn)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		halls = append(halls, open(t, db, clock.System{}))
	}
	to := receive(t)
	const n = 60
	for _, h := range halls {
		h.hook(t, to.URL)
		for range n {
			h.offer(t)
		}
		senders = append(senders, h.sender(portalsend.Options{Poll: 5 * time.Millisecond, PerHook: 8}))
	}
	run(t, func() bool { return len(to.got()) >= 2*n }, senders...)
	times := map[string]int{}
	for _, id := range to.got() {
		times[id]++
	}
	if len(times) != 2*n {
		t.Fatalf("%d of %d delivered", len(times), 2*n)
	}
	for id, k := range times {
		if k != 1 {
			t.Errorf("%s delivered %d times", id, k)
		}
	}
}

func TestASlowHookHoldsNobodyBack(t *testing.T) {
	h := open(t, sqldbtest.SQLite(t), clock.System{})
	release := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { <-release }))
	t.Cleanup(slow.Close)
	to := receive(t)
	h.hook(t, slow.URL)
	quick, _ := h.hook(t, to.URL)
	const n = 30
	for range n {
		h.offer(t)
	}
	run(t, func() bool {
		if len(to.got()) < n {
			return false
		}
		close(release)
		return true
	}, h.sender(portalsend.Options{Workers: 4, Poll: 5 * time.Millisecond}))
	for _, d := range h.log(t, quick) {
		if d.State != portal.Delivered || d.Attempts != 1 {
			t.Fatalf("%+v", d)
		}
	}
}

func TestRunFinishesWhatIsUnderWay(t *testing.T) {
	h := open(t, sqldbtest.SQLite(t), clock.System{})
	began := make(chan struct{}, 1)
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		began <- struct{}{}
		time.Sleep(200 * time.Millisecond)
	}))
	t.Cleanup(slow.Close)
	hook, _ := h.hook(t, slow.URL)
	h.offer(t)
	run(t, func() bool { <-began; return true }, h.sender(portalsend.Options{}))
	if d := h.log(t, hook)[0]; d.State != portal.Delivered {
		t.Fatalf("%+v", d)
	}
}

func TestRunGivesUpWhatTakesTooLong(t *testing.T) {
	h := open(t, sqldbtest.SQLite(t), clock.System{})
	began, release := make(chan struct{}, 1), make(chan struct{})
	hung := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		began <- struct{}{}
		<-release
	}))
	t.Cleanup(func() { close(release); hung.Close() })
	hook, _ := h.hook(t, hung.URL)
	h.offer(t)
	start := time.Now()
	run(t, func() bool { <-began; return true }, h.sender(portalsend.Options{Grace: 50 * time.Millisecond}))
	if took := time.Since(start); took > 5*time.Second {
		t.Fatalf("the end took %s", took)
	}
	if d := h.log(t, hook)[0]; d.State != portal.Pending || d.Attempts != 0 {
		t.Fatalf("what the process cut off is no failure of the receiver: %+v", d)
	}
}
