package portal_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/portal"
)

func TestHookAddresses(t *testing.T) {
	h := open(t)
	p := h.add(t, "x", portal.NeedsRead)
	for _, bad := range []string{
		"", "partner.example", "/hook", "http://partner.example/", "ftp://partner.example/", "https://",
		"https://user:word@partner.example/", "https://partner.example/#x", "https://localhost/", "https://LOCALHOST./",
		"https://api.localhost/", "https://127.0.0.1/", "https://[::1]:8443/", "https://10.1.2.3/", "https://169.254.169.254/latest",
		"https://100.64.0.1/", "https://[fd00::1]/", "https://[::ffff:192.168.0.1]/", "https://0.0.0.0/",
		"https://partner.example/" + strings.Repeat("x", 2048), "https:opaque",
	} {
		if _, _, err := h.AddHook(ctx, p.Actor(), p.ID, bad, nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for _, good := range []string{"https://partner.example", "https://partner.example:8443/a?b=c", "https://8.8.8.8/hook", " https://企业服务.中国/回调 "} {
		if _, _, err := h.AddHook(ctx, p.Actor(), p.ID, good, nil); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
}

func TestPublicAddresses(t *testing.T) {
	for addr, public := range map[string]bool{
		"8.8.8.8": true, "223.5.5.5": true, "2400:3200::1": true, "100.63.255.255": true, "172.32.0.1": true,
		"127.0.0.1": false, "0.0.0.0": false, "10.0.0.1": false, "172.16.0.1": false, "192.168.1.1": false,
		"169.254.169.254": false, "100.64.0.1": false, "100.127.255.255": false, "224.0.0.1": false, "255.255.255.255": false,
		"240.0.0.1": false, "192.0.2.1": false, "198.18.0.1": false, "203.0.113.9": false,
		"::": false, "::1": false, "fe80::1": false, "fe80::1%eth0": false, "fc00::1": false, "fd12::1": false, "ff02::1": false,
		"::ffff:127.0.0.1": false, "::ffff:8.8.8.8": true, "64:ff9b::7f00:1": false, "2002:7f00:1::": false,
		"2001:db8::1": false, "2001::1": false, "fec0::1": false, "::127.0.0.1": false,
	} {
		if got := portal.Public(netip.MustParseAddr(addr)); got != public {
			t.Errorf("%s: public %v, want %v", addr, got, public)
		}
	}
	if portal.Public(netip.Addr{}) {
		t.Error("no address is not public")
	}
}

func TestHookEventsNeedTheirScope(t *testing.T) {
	h := open(t)
	p := h.add(t, "x", portal.NeedsRead)
	add := func(events ...string) (portal.Hook, error) {
		hook, secret, err := h.AddHook(ctx, p.Actor(), p.ID, "https://partner.example/", events)
		if err == nil && !strings.HasPrefix(secret.Reveal(), "whsec_") {
			t.Fatal("no secret")
		}
		return hook, err
	}
	_, err := add("test.engagement.done") // would go around the scope
	want(t, err, fault.Invalid)
	_, err = add("test.need.posted", "test.unheard.of")
	want(t, err, fault.Invalid)
	hook, err := add("test.need.posted", "test.need.posted")
	if err != nil || !slices.Equal(hook.Events, []string{"test.need.posted"}) {
		t.Fatal(hook, err)
	}
	hook, err = add()
	if err != nil || !slices.Equal(hook.Events, []string{portal.AllEvents}) {
		t.Fatal(hook, err)
	}
	for range portal.MaxHooks - 2 {
		if _, err := add(); err != nil {
			t.Fatal(err)
		}
	}
	_, err = add()
	want(t, err, fault.Conflict)
}

func TestOffer(t *testing.T) {
	h := open(t)
	p, other := h.add(t, "x", portal.NeedsRead), h.add(t, "y", portal.NeedsRead, portal.EngagementsRead)
	all, one := h.hook(t, p), h.hook(t, p, "test.need.posted")
	theirs := h.hook(t, other)
	posted := event.New("test.need.posted", t0.Add(time.Second), nil)
	for range 3 { // the stream delivers at least once
		if err := h.Offer(ctx, posted, p.ID, json.RawMessage(`{"need": "n1"}`)); err != nil {
			t.Fatal(err)
		}
	}
	if h.queued != 1 {
		t.Errorf("told %d times that there is something to send", h.queued)
	}
	for _, subject := range []string{"test.engagement.done", "test.unheard.of"} { // not in its scopes; no topic
		if err := h.Offer(ctx, event.New(subject, t0, nil), p.ID, json.RawMessage(`{}`)); err != nil {
			t.Fatal(err)
		}
	}
	for hook, n := range map[*portal.Hook]int{&all: 1, &one: 1, &theirs: 0} {
		ds, err := h.store.Deliveries(ctx, hook.PortalID, hook.ID, "", 10)
		if err != nil || len(ds) != n {
			t.Fatal(hook.ID, len(ds), err)
		}
		if n == 0 {
			continue
		}
		if d := ds[0]; d.EventID != posted.ID || string(d.Body) !=
			`{"type":"test.need.posted","timestamp":"2026-03-01T08:00:01Z","data":{"need":"n1"}}` {
			t.Fatalf("%+v %s", d, d.Body)
		}
	}
	want(t, h.Offer(ctx, posted, p.ID, json.RawMessage(`{broken`)), fault.Internal)
	want(t, h.Offer(ctx, posted, p.ID, json.RawMessage(`"`+strings.Repeat("x", portal.MaxBody)+`"`)), fault.Internal)
	if err := h.SetStatus(ctx, lead, p.ID, portal.Suspended); err != nil {
		t.Fatal(err)
	}
	if err := h.Offer(ctx, event.New("test.need.posted", t0, nil), p.ID, json.RawMessage(`{}`)); err != nil {
		t.Fatal(err)
	}
	if ds, err := h.store.Deliveries(ctx, p.ID, all.ID, "", 10); err != nil || len(ds) != 1 {
		t.Fatal("a suspended portal was told", err)
	}
}

func TestDeliveriesPage(t *testing.T) {
	h := open(t)
	p := h.add(t, "x", portal.NeedsRead)
	hook := h.hook(t, p)
	for range 5 {
		if err := h.Offer(ctx, event.New("test.need.posted", t0, nil), p.ID, json.RawMessage(`{}`)); err != nil {
			t.Fatal(err)
		}
	}
	var sizes []int
	for cursor := ""; ; {
		page, err := h.Deliveries(ctx, p.Actor(), p.ID, hook.ID, cursor, 2)
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, len(page.Deliveries))
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if fmt.Sprint(sizes) != "[2 2 1]" {
		t.Fatal(sizes)
	}
	_, err := h.Deliveries(ctx, p.Actor(), p.ID, "nohook", "", 2)
	want(t, err, fault.NotFound)
}

func TestRedeliver(t *testing.T) {
	h := open(t)
	p := h.add(t, "x", portal.NeedsRead)
	hook := h.hook(t, p)
	if err := h.Offer(ctx, event.New("test.need.posted", t0, nil), p.ID, json.RawMessage(`{}`)); err != nil {
		t.Fatal(err)
	}
	ds, err := h.store.Deliveries(ctx, p.ID, hook.ID, "", 1)
	if err != nil {
		t.Fatal(err)
	}
	d := ds[0]
	become := func(state portal.State, status portal.HookStatus) {
		t.Helper()
		err := h.store.UpdateDelivery(ctx, p.ID, d.ID, func(d portal.Delivery, k portal.Hook) (portal.Delivery, portal.Hook, error) {
			d.State, d.Attempts, k.Status = state, 9, status
			return d, k, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	become(portal.Failed, portal.HookDisabled)
	want(t, h.Redeliver(ctx, p.Actor(), p.ID, hook.ID, d.ID), fault.Conflict)
	if err := h.ResumeHook(ctx, p.Actor(), p.ID, hook.ID); err != nil {
		t.Fatal(err)
	}
	for _, state := range []portal.State{portal.Failed, portal.Delivered} {
		become(state, portal.HookActive)
		h.clock.Move(100 * time.Hour)
		if err := h.Redeliver(ctx, p.Actor(), p.ID, hook.ID, d.ID); err != nil {
			t.Fatal(err)
		}
		got, err := h.store.Delivery(ctx, p.ID, hook.ID, d.ID)
		now := h.clock.Now()
		if err != nil || got.State != portal.Pending || got.Attempts != 0 || got.EventID != d.EventID ||
			!got.DueAt.Equal(now) || !got.ExpiresAt.Equal(now.Add(portal.Lifetime)) {
			t.Fatalf("%+v %v", got, err)
		}
	}
	want(t, h.Redeliver(ctx, p.Actor(), p.ID, hook.ID, hook.ID), fault.NotFound)
	want(t, h.Redeliver(ctx, p.Actor(), p.ID, "other", d.ID), fault.NotFound)
}
