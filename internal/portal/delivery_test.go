package portal

import (
	"testing"
	"time"
)

var start = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

func pending() (Delivery, Hook) {
	return Delivery{State: Pending, Lease: "mine", DueAt: start}, Hook{Status: HookActive}
}

func TestSettleFollowsTheSchedule(t *testing.T) {
	d, h := pending()
	now := start
	for i, wait := range []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, time.Hour,
		3 * time.Hour, 8 * time.Hour, 24 * time.Hour} {
		d.Lease = "mine"
		d, h = Settle(d, h, "mine", Result{At: now, Status: 500, Failure: FailStatus})
		if d.State != Pending || d.Attempts != i+1 || !d.DueAt.Equal(now.Add(wait)) || d.Lease != "" {
			t.Fatalf("after attempt %d: %+v", i+1, d)
		}
		now = d.DueAt
	}
	d.Lease = "mine"
	d, _ = Settle(d, h, "mine", Result{At: now, Failure: FailTimeout})
	if d.State != Failed || d.Attempts != 9 || d.Failure != FailTimeout || d.Status != 0 {
		t.Fatalf("%+v", d)
	}
	if now.Sub(start) > Lifetime {
		t.Fatal("the schedule must fit into a delivery's life")
	}
}

func TestSettleUsesASlotOnce(t *testing.T) {
	d, h := pending()
	d.Lease = "another's"
	failed := Result{At: start, Failure: FailTimeout}
	if got, k := Settle(d, h, "mine", failed); got.Attempts != 0 || k.Failures != 0 || got.Lease != "another's" {
		t.Fatalf("a claim that has lapsed spent the other's slot: %+v", got)
	}
	got, k := Settle(d, h, "mine", Result{At: start, Status: 204})
	if got.State != Delivered || got.Attempts != 1 {
		t.Fatalf("the receiver has it, whoever sent it: %+v", got)
	}
	if again, k := Settle(got, k, "another's", failed); again.State != Delivered || k.Failures != 0 {
		t.Fatalf("%+v", again)
	}
	got.State = Failed // expired while it was under way
	if got, _ = Settle(got, k, "mine", Result{At: start, Status: 200}); got.State != Delivered {
		t.Fatalf("%+v", got)
	}
}

func TestSettleGoneDisables(t *testing.T) {
	d, h := pending()
	d, h = Settle(d, h, "mine", Result{At: start, Status: 410, Failure: FailStatus})
	if d.State != Failed || h.Status != HookDisabled {
		t.Fatalf("%+v %+v", d, h)
	}
	d, h = pending()
	h.Status, h.Failures = HookDisabled, PauseAfter
	if _, h = Settle(d, h, "mine", Result{At: start, Failure: FailConnect}); h.Status != HookDisabled {
		t.Fatalf("an attempt that was under way has enabled it: %+v", h)
	}
}

func TestSettlePausesAndRecovers(t *testing.T) {
	d, h := pending()
	for i := range PauseAfter {
		if h.Status != HookActive {
			t.Fatalf("paused after %d", i)
		}
		d.Lease, d.State, d.Attempts = "mine", Pending, 0
		d, h = Settle(d, h, "mine", Result{At: start, Failure: FailConnect})
	}
	if h.Status != HookPaused || !h.PausedUntil.Equal(start.Add(PauseFor)) {
		t.Fatalf("%+v", h)
	}
	later := start.Add(PauseFor)
	d.Lease = "mine"
	d, h = Settle(d, h, "mine", Result{At: later, Failure: FailConnect})
	if h.Status != HookPaused || !h.PausedUntil.Equal(later.Add(PauseFor)) {
		t.Fatalf("one try is enough to see that it is still down: %+v", h)
	}
	if _, h = Settle(d, h, "mine", Result{At: later, Status: 200}); h.Status != HookActive || h.Failures != 0 || !h.PausedUntil.IsZero() {
		t.Fatalf("%+v", h)
	}
}
