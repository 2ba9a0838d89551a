package portaltest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/portal"
)

type change = func(portal.Delivery, portal.Hook) (portal.Delivery, portal.Hook, error)

func updateDelivery(t *testing.T, s portal.Store) {
	a, b := twoHooks(t, s)
	d := Delivery(a, "e1", 0)
	_, err := s.AddDeliveries(ctx, []portal.Delivery{d})
	ok(t, err)
	at := T0.Add(time.Minute)
	ok(t, s.UpdateDelivery(ctx, a.PortalID, d.ID, func(old portal.Delivery, h portal.Hook) (portal.Delivery, portal.Hook, error) {
		same(t, old, d)
		same(t, h, a)
		old.State, old.Attempts, old.DueAt, old.ExpiresAt, old.LastAt = portal.Failed, 3, at, at, at
		old.Status, old.Failure, old.Took, old.Lease = 503, portal.FailStatus, 42*time.Millisecond, "x"
		h.Status, h.Failures, h.PausedUntil = portal.HookPaused, 20, at
		return old, h, nil
	}))
	d.State, d.Attempts, d.DueAt, d.ExpiresAt, d.LastAt = portal.Failed, 3, at, at, at
	d.Status, d.Failure, d.Took, d.Lease = 503, portal.FailStatus, 42*time.Millisecond, "x"
	a.Status, a.Failures, a.PausedUntil = portal.HookPaused, 20, at
	got, err := s.Delivery(ctx, a.PortalID, a.ID, d.ID)
	ok(t, err)
	same(t, got, d)
	h, err := s.Hook(ctx, a.PortalID, a.ID)
	ok(t, err)
	same(t, h, a)

	stop := errors.New("no")
	err = s.UpdateDelivery(ctx, a.PortalID, d.ID, func(d portal.Delivery, h portal.Hook) (portal.Delivery, portal.Hook, error) {
		d.State = portal.Delivered
		return d, h, stop
	})
	if !errors.Is(err, stop) {
		t.Fatal(err)
	}
	got, err = s.Delivery(ctx, a.PortalID, a.ID, d.ID)
	ok(t, err)
	same(t, got, d)
	noSuch(t, s.UpdateDelivery(ctx, b.PortalID, d.ID, func(d portal.Delivery, h portal.Hook) (portal.Delivery, portal.Hook, error) {
		return d, h, nil
	}))
	ok(t, s.ResumeHook(ctx, a.PortalID, a.ID))
	h, err = s.Hook(ctx, a.PortalID, a.ID)
	ok(t, err)
	if h.Status != portal.HookActive || h.Failures != 0 || !h.PausedUntil.IsZero() {
		t.Fatalf("%+v", h)
	}
}

// Attempts over one hook end at the same time, and each adds its failure.
func updatesDoNotOverlap(t *testing.T, s portal.Store) {
	a, _ := twoHooks(t, s)
	const n = 8
	var ds []portal.Delivery
	for i := range n {
		ds = append(ds, Delivery(a, fmt.Sprint("e", i), 0))
	}
	_, err := s.AddDeliveries(ctx, ds)
	ok(t, err)
	var wg sync.WaitGroup
	for _, d := range ds {
		wg.Go(func() {
			err := s.UpdateDelivery(ctx, a.PortalID, d.ID, func(d portal.Delivery, h portal.Hook) (portal.Delivery, portal.Hook, error) {
				h.Failures++
				return d, h, nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	h, err := s.Hook(ctx, a.PortalID, a.ID)
	ok(t, err)
	if h.Failures != n {
		t.Fatalf("%d failures, want %d", h.Failures, n)
	}
}

// ask is a claim at that many seconds after T0 that holds for a minute.
func ask(lease string, second int) portal.Claim {
	now := T0.Add(time.Duration(second) * time.Second)
	return portal.Claim{Now: now, Until: now.Add(time.Minute), Lease: lease, Limit: 10, PerHook: 10}
}

func claim(t *testing.T, s portal.Store, c portal.Claim) (events []string) {
	t.Helper()
	jobs, err := s.Claim(ctx, c)
	ok(t, err)
	for _, j := range jobs {
		if j.Delivery.Lease != c.Lease || !j.Delivery.DueAt.Equal(c.Until) || j.URL == "" || j.Secret.Reveal() == "" {
			t.Fatalf("%+v", j)
		}
		events = append(events, j.Delivery.EventID)
	}
	return events
}

func claimOrder(t *testing.T, s portal.Store) {
	a, b := twoHooks(t, s)
	first, second, third := Delivery(a, "first", 10), Delivery(b, "second", 20), Delivery(a, "third", 30)
	_, err := s.AddDeliveries(ctx, []portal.Delivery{third, first, Delivery(b, "later", 99), second})
	ok(t, err)
	c := ask("l1", 40)
	c.Limit = 2
	same(t, claim(t, s, c), []string{"first", "second"})
	same(t, claim(t, s, ask("l2", 40)), []string{"third"})
	same(t, claim(t, s, ask("l3", 40)), []string(nil))
	// The first claim lapses, and what it held is there again.
	same(t, claim(t, s, ask("l4", 100)), []string{"later", "first", "second", "third"})
}

func claimOnce(t *testing.T, s portal.Store) {
	a, b := twoHooks(t, s)
	const n = 40
	for i := range n {
		_, err := s.AddDeliveries(ctx, []portal.Delivery{Delivery(a, fmt.Sprint("e", i), 0), Delivery(b, fmt.Sprint("e", i), 0)})
		ok(t, err)
	}
	var mu sync.Mutex
	times := map[string]int{}
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for round, idle := 0, 0; idle < 3; round++ {
				jobs, err := s.Claim(ctx, ask(fmt.Sprint(w, ".", round), 1))
				if err != nil {
					t.Error(err)
					return
				}
				if len(jobs) == 0 {
					idle++
				}
				mu.Lock()
				for _, j := range jobs {
					times[j.Delivery.ID]++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(times) != 2*n {
		t.Fatalf("%d of %d claimed", len(times), 2*n)
	}
	for d, k := range times {
		if k != 1 {
			t.Errorf("%s claimed %d times", d, k)
		}
	}
}

func claimSkipsTheStopped(t *testing.T, s portal.Store) {
	a, b := twoHooks(t, s)
	of := map[string]portal.Delivery{"a": Delivery(a, "a", 0), "b": Delivery(b, "b", 0)}
	_, err := s.AddDeliveries(ctx, []portal.Delivery{of["a"], of["b"]})
	ok(t, err)
	set := func(d portal.Delivery, status portal.HookStatus, second int) {
		t.Helper()
		ok(t, s.UpdateDelivery(ctx, d.PortalID, d.ID, change(func(d portal.Delivery, h portal.Hook) (portal.Delivery, portal.Hook, error) {
			h.Status, h.PausedUntil = status, T0.Add(time.Duration(second)*time.Second)
			return d, h, nil
		})))
	}
	set(of["a"], portal.HookPaused, 100)
	set(of["b"], portal.HookDisabled, 0)
	same(t, claim(t, s, ask("l1", 99)), []string(nil))
	same(t, claim(t, s, ask("l2", 100)), []string{"a"}) // the pause is over
	ok(t, s.ResumeHook(ctx, b.PortalID, b.ID))
	ok(t, s.SetStatus(ctx, b.PortalID, portal.Suspended))
	same(t, claim(t, s, ask("l3", 101)), []string(nil))
	ok(t, s.SetStatus(ctx, b.PortalID, portal.Active))
	same(t, claim(t, s, ask("l4", 102)), []string{"b"})
	same(t, claim(t, s, ask("l5", int(portal.Lifetime/time.Second))), []string(nil)) // expired
}

func claimSharesOut(t *testing.T, s portal.Store) {
	a, b := twoHooks(t, s)
	var ds []portal.Delivery
	for i := range 6 {
		ds = append(ds, Delivery(a, fmt.Sprint("a", i), i))
	}
	ds = append(ds, Delivery(b, "b0", 50), Delivery(b, "b1", 51))
	_, err := s.AddDeliveries(ctx, ds)
	ok(t, err)
	c := ask("l1", 60)
	c.PerHook = 2
	same(t, claim(t, s, c), []string{"a0", "a1", "b0", "b1"})
	c.Lease, c.Except = "l2", []string{a.ID}
	same(t, claim(t, s, c), []string(nil))
	c.Lease, c.Except = "l3", []string{b.ID}
	same(t, claim(t, s, c), []string{"a2", "a3"})
}

func expireAndTrim(t *testing.T, s portal.Store) {
	a, _ := twoHooks(t, s)
	old, young := Delivery(a, "old", 0), Delivery(a, "young", 0)
	young.ExpiresAt, young.CreatedAt = T0.Add(200*time.Hour), T0.Add(time.Hour)
	_, err := s.AddDeliveries(ctx, []portal.Delivery{old, young})
	ok(t, err)
	for i, want := range []int{0, 1, 0} {
		n, err := s.Expire(ctx, old.ExpiresAt.Add(time.Duration(i-1)*time.Second))
		if err != nil || n != want {
			t.Fatalf("time %d: %d %v", i, n, err)
		}
	}
	got, err := s.Delivery(ctx, a.PortalID, a.ID, old.ID)
	ok(t, err)
	if got.State != portal.Failed || got.Failure != portal.FailExpired {
		t.Fatalf("%+v", got)
	}
	// What is pending stays however old it is.
	for i, want := range []int{1, 0} {
		n, err := s.Trim(ctx, T0.Add(1000*time.Hour), 1)
		if err != nil || n != want {
			t.Fatalf("time %d: %d %v", i, n, err)
		}
	}
}
