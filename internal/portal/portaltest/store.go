// Package portaltest holds what every store of portals must do, and what tests of portals are built from.
package portaltest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/portal"
)

// T0 is when the tests begin.
var T0 = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

// Portal makes an active portal of the union at path, with every scope.
func Portal(name, path string) portal.Portal {
	return portal.Portal{
		ID: id.New(), Name: name, UnionID: "union" + path, UnionPath: path, Status: portal.Active,
		Scopes: slices.Clone(portal.AllScopes), RatePerMinute: 60, CreatedAt: T0,
	}
}

// Key makes a key row of the portal. Nobody knows a secret to it.
func Key(portalID, keyID string) portal.Key {
	return portal.Key{ID: keyID, PortalID: portalID, Hash: portal.Hash{1, 2, 3}, CreatedAt: T0, ExpiresAt: T0.Add(time.Hour)}
}

// Hook makes an active hook of the portal that wants everything.
func Hook(portalID string) portal.Hook {
	return portal.Hook{
		ID: id.New(), PortalID: portalID, URL: "https://partner.example/hook", Events: []string{portal.AllEvents},
		Status: portal.HookActive, CreatedAt: T0,
	}
}

// Delivery makes a pending delivery of the event over the hook, due at that many seconds after T0.
func Delivery(h portal.Hook, eventID string, second int) portal.Delivery {
	return portal.Delivery{
		ID: id.New(), PortalID: h.PortalID, HookID: h.ID, EventID: eventID, Subject: "test.need.posted",
		Body: []byte(`{"type":"test.need.posted","data":{"标题":"主轴异响"}}`), State: portal.Pending,
		DueAt: T0.Add(time.Duration(second) * time.Second), ExpiresAt: T0.Add(portal.Lifetime), CreatedAt: T0,
	}
}

// Run runs the suite; fresh is called once for each part.
func Run(t *testing.T, fresh func(t *testing.T) portal.Store) {
	for name, fn := range map[string]func(*testing.T, portal.Store){
		"Portals":              portals,
		"Keys":                 keys,
		"Hooks":                hooks,
		"HookLimit":            hookLimit,
		"OfferTwice":           offerTwice,
		"DeliveryLog":          deliveryLog,
		"UpdateDelivery":       updateDelivery,
		"UpdatesDoNotOverlap":  updatesDoNotOverlap,
		"ClaimOrder":           claimOrder,
		"ClaimOnce":            claimOnce,
		"ClaimSkipsTheStopped": claimSkipsTheStopped,
		"ClaimSharesOut":       claimSharesOut,
		"ExpireAndTrim":        expireAndTrim,
	} {
		t.Run(name, func(t *testing.T) { fn(t, fresh(t)) })
	}
}

var ctx = context.Background()

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func noSuch(t *testing.T, err error) {
	t.Helper()
	if !fault.Is(err, fault.NotFound) {
		t.Fatalf("want not found, have %v", err)
	}
}

func same(t *testing.T, got, want any) {
	t.Helper()
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Fatalf("\ngot  %+v\nwant %+v", got, want)
	}
}

func portals(t *testing.T, s portal.Store) {
	a, b, c := Portal("乙", "/0/33/"), Portal("甲", "/0/33/01/"), Portal("丙", "/0/331/")
	for _, p := range []portal.Portal{a, b, c} {
		ok(t, s.AddPortal(ctx, p))
	}
	got, err := s.Portal(ctx, a.ID)
	ok(t, err)
	same(t, got, a)
	_, err = s.Portal(ctx, id.New())
	noSuch(t, err)
	for root, want := range map[string][]portal.Portal{
		"/": {c, a, b}, "/0/33/": {a, b}, "/0/33/01/": {b}, "/0/34/": nil, "": nil, // 丙 < 乙 < 甲 by code point
	} {
		got, err := s.Portals(ctx, root)
		ok(t, err)
		same(t, got, want)
	}
	ok(t, s.SetStatus(ctx, a.ID, portal.Suspended))
	got, err = s.Portal(ctx, a.ID)
	ok(t, err)
	if got.Status != portal.Suspended {
		t.Fatal(got.Status)
	}
	noSuch(t, s.SetStatus(ctx, id.New(), portal.Active))
}

func keys(t *testing.T, s portal.Store) {
	p := Portal("甲", "/0/")
	ok(t, s.AddPortal(ctx, p))
	first, second := Key(p.ID, "k1"), Key(p.ID, "k2")
	second.CreatedAt = T0.Add(time.Minute)
	ok(t, s.AddKey(ctx, second))
	ok(t, s.AddKey(ctx, first))
	ks, err := s.Keys(ctx, p.ID)
	ok(t, err)
	same(t, ks, []portal.Key{first, second})
	k, holder, err := s.Key(ctx, "k1")
	ok(t, err)
	same(t, k, first)
	same(t, holder, p)
	_, _, err = s.Key(ctx, "k3")
	noSuch(t, err)

	ok(t, s.TouchKey(ctx, "k1", T0.Add(2*time.Minute)))
	ok(t, s.TouchKey(ctx, "k1", T0.Add(time.Minute))) // another node, a little late
	ok(t, s.RevokeKey(ctx, "k1", T0.Add(3*time.Minute)))
	ok(t, s.RevokeKey(ctx, "k1", T0.Add(4*time.Minute)))
	noSuch(t, s.RevokeKey(ctx, "k3", T0))
	k, _, err = s.Key(ctx, "k1")
	ok(t, err)
	first.LastUsedAt, first.RevokedAt = T0.Add(2*time.Minute), T0.Add(3*time.Minute)
	same(t, k, first)
}

// twoHooks adds two portals with a hook each.
func twoHooks(t *testing.T, s portal.Store) (portal.Hook, portal.Hook) {
	t.Helper()
	var hs [2]portal.Hook
	for i := range hs {
		p := Portal(fmt.Sprint("portal ", i), "/0/")
		ok(t, s.AddPortal(ctx, p))
		hs[i] = Hook(p.ID)
		ok(t, s.AddHook(ctx, hs[i], portal.NewSecret(), portal.MaxHooks))
	}
	return hs[0], hs[1]
}

func hooks(t *testing.T, s portal.Store) {
	a, b := twoHooks(t, s)
	got, err := s.Hook(ctx, a.PortalID, a.ID)
	ok(t, err)
	same(t, got, a)
	_, err = s.Hook(ctx, b.PortalID, a.ID)
	noSuch(t, err)
	hs, err := s.Hooks(ctx, a.PortalID)
	ok(t, err)
	same(t, hs, []portal.Hook{a})
	noSuch(t, s.ResumeHook(ctx, b.PortalID, a.ID))
	noSuch(t, s.DropHook(ctx, b.PortalID, a.ID))

	d := Delivery(a, "e1", 0)
	_, err = s.AddDeliveries(ctx, []portal.Delivery{d, Delivery(b, "e1", 0)})
	ok(t, err)
	ok(t, s.DropHook(ctx, a.PortalID, a.ID))
	noSuch(t, s.DropHook(ctx, a.PortalID, a.ID))
	_, err = s.Hook(ctx, a.PortalID, a.ID)
	noSuch(t, err)
	_, err = s.Delivery(ctx, a.PortalID, a.ID, d.ID)
	noSuch(t, err)
	if ds, err := s.Deliveries(ctx, b.PortalID, b.ID, "", 10); err != nil || len(ds) != 1 {
		t.Fatal("the other portal's delivery went too", err)
	}
}

func hookLimit(t *testing.T, s portal.Store) {
	p := Portal("甲", "/0/")
	ok(t, s.AddPortal(ctx, p))
	for range 2 {
		ok(t, s.AddHook(ctx, Hook(p.ID), portal.NewSecret(), 2))
	}
	if err := s.AddHook(ctx, Hook(p.ID), portal.NewSecret(), 2); !fault.Is(err, fault.Conflict) {
		t.Fatal(err)
	}
}

func offerTwice(t *testing.T, s portal.Store) {
	a, b := twoHooks(t, s)
	for i, want := range []int{2, 0} {
		n, err := s.AddDeliveries(ctx, []portal.Delivery{Delivery(a, "e1", 0), Delivery(b, "e1", 0)})
		if err != nil || n != want {
			t.Fatalf("time %d: %d, %v", i, n, err)
		}
	}
	n, err := s.AddDeliveries(ctx, []portal.Delivery{Delivery(a, "e1", 0), Delivery(a, "e2", 0)})
	if err != nil || n != 1 {
		t.Fatal(n, err)
	}
}

func deliveryLog(t *testing.T, s portal.Store) {
	a, b := twoHooks(t, s)
	var want []portal.Delivery
	for i := range 5 {
		d := Delivery(a, fmt.Sprint("e", i), i)
		want = append(want, d)
		_, err := s.AddDeliveries(ctx, []portal.Delivery{d, Delivery(b, fmt.Sprint("e", i), i)})
		ok(t, err)
	}
	slices.Reverse(want)
	var got []portal.Delivery
	for after := ""; ; {
		page, err := s.Deliveries(ctx, a.PortalID, a.ID, after, 2)
		ok(t, err)
		if len(page) == 0 {
			break
		}
		got = append(got, page...)
		after = page[len(page)-1].ID
	}
	same(t, got, want)
	one, err := s.Delivery(ctx, a.PortalID, a.ID, want[0].ID)
	ok(t, err)
	same(t, one, want[0])
	_, err = s.Delivery(ctx, b.PortalID, a.ID, want[0].ID)
	noSuch(t, err)
	_, err = s.Delivery(ctx, b.PortalID, b.ID, want[0].ID)
	noSuch(t, err)
}
