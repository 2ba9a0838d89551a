package portal_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/portal"
	"github.com/unionhall/unionhall/internal/portal/portalsql"
	"github.com/unionhall/unionhall/internal/portal/portaltest"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

var ctx = context.Background()

// unions is a tree of two provinces; a union's id is its path.
type unions struct{}

func (unions) UnionPath(_ context.Context, unionID string) (string, error) {
	if !slices.Contains([]string{"/0/", "/0/33/", "/0/33/01/", "/0/34/"}, unionID) {
		return "", fault.NoSuch()
	}
	return unionID, nil
}

func officer(role actor.Role, path string) actor.Actor {
	return actor.Actor{Kind: actor.Person, ID: "officer" + path, Grants: []actor.Grant{{Role: role, UnionID: path, Path: path}}}
}

var (
	lead     = officer(actor.Lead, "/0/33/")
	clerk    = officer(actor.Clerk, "/0/33/")
	sister   = officer(actor.Lead, "/0/34/")
	below    = officer(actor.Lead, "/0/33/01/")
	worker   = actor.Actor{Kind: actor.Person, ID: "worker", UnionPath: "/0/33/"}
	nobody   = actor.Actor{}
	topics   = []portal.Topic{{Subject: "test.need.posted", Scope: portal.NeedsRead}, {Subject: "test.engagement.done", Scope: portal.EngagementsRead}}
	t0       = portaltest.T0
	needOnly = []string{portal.NeedsRead}
)

type hall struct {
	*portal.Service
	clock  *clock.Fake
	store  portal.Store
	queued int
}

func open(t *testing.T) *hall {
	h := &hall{clock: clock.At(t0), store: portalsql.New(sqldbtest.SQLite(t))}
	h.Service = h.node()
	return h
}

// node is another process on the same store.
func (h *hall) node() *portal.Service {
	return portal.NewService(h.store, portal.Options{
		Clock: h.clock, Unions: unions{}, Topics: topics, Queued: func() { h.queued++ },
	})
}

func (h *hall) add(t *testing.T, name string, scopes ...string) portal.Portal {
	t.Helper()
	p, err := h.Add(ctx, lead, portal.Draft{Name: name, UnionID: "/0/33/", Scopes: scopes})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (h *hall) hook(t *testing.T, p portal.Portal, events ...string) portal.Hook {
	t.Helper()
	hook, _, err := h.AddHook(ctx, p.Actor(), p.ID, "https://partner.example/hook", events)
	if err != nil {
		t.Fatal(err)
	}
	return hook
}

func want(t *testing.T, err error, code fault.Code) {
	t.Helper()
	if !fault.Is(err, code) {
		t.Fatalf("want %s, have %v", code, err)
	}
}

func TestWhoManagesAPortal(t *testing.T) {
	h := open(t)
	mine, other := h.add(t, "工信部中小企业服务平台", portal.NeedsRead), h.add(t, "other", portal.NeedsRead)
	hook := h.hook(t, mine)
	key, _, err := h.AddKey(ctx, lead, mine.ID, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Offer(ctx, event.New("test.need.posted", t0, 1), mine.ID, json.RawMessage(`{}`)); err != nil {
		t.Fatal(err)
	}
	page, err := h.Deliveries(ctx, lead, mine.ID, hook.ID, "", 1)
	if err != nil || len(page.Deliveries) != 1 {
		t.Fatal(page, err)
	}
	manage := map[string]func(a actor.Actor) error{
		"add": func(a actor.Actor) error {
			_, err := h.Add(ctx, a, portal.Draft{Name: "x", UnionID: "/0/33/", Scopes: needOnly})
			return err
		},
		"key":    func(a actor.Actor) error { _, _, err := h.AddKey(ctx, a, mine.ID, time.Time{}); return err },
		"keys":   func(a actor.Actor) error { _, err := h.Keys(ctx, a, mine.ID); return err },
		"revoke": func(a actor.Actor) error { return h.Revoke(ctx, a, key.Prefix()) },
		"status": func(a actor.Actor) error { return h.SetStatus(ctx, a, mine.ID, portal.Active) },
	}
	enter := map[string]func(a actor.Actor) error{
		"portal":     func(a actor.Actor) error { _, err := h.Portal(ctx, a, mine.ID); return err },
		"hooks":      func(a actor.Actor) error { _, err := h.Hooks(ctx, a, mine.ID); return err },
		"deliveries": func(a actor.Actor) error { _, err := h.Deliveries(ctx, a, mine.ID, hook.ID, "", 10); return err },
		"redeliver":  func(a actor.Actor) error { return h.Redeliver(ctx, a, mine.ID, hook.ID, page.Deliveries[0].ID) },
		"resume":     func(a actor.Actor) error { return h.ResumeHook(ctx, a, mine.ID, hook.ID) },
		"hook": func(a actor.Actor) error {
			_, _, err := h.AddHook(ctx, a, mine.ID, "https://partner.example/2", nil)
			return err
		},
		"drop": func(a actor.Actor) error { return h.DropHook(ctx, a, mine.ID, hook.ID) },
	}
	for _, c := range []struct {
		who           actor.Actor
		manage, enter fault.Code
	}{
		{nobody, fault.NotFound, fault.NotFound},
		{worker, fault.NotFound, fault.NotFound},
		{sister, fault.NotFound, fault.NotFound},
		{below, fault.NotFound, fault.NotFound},
		{other.Actor(), fault.NotFound, fault.NotFound},
		{clerk, fault.Denied, fault.Denied},
		{mine.Actor(), fault.Denied, ""},
		{actor.Hall, "", ""},
	} {
		for name, try := range manage {
			if name == "add" && c.who.ID == mine.ID {
				continue // not this portal's row but a new one: below
			}
			if err := try(c.who); (err == nil) != (c.manage == "") || err != nil && !fault.Is(err, c.manage) {
				t.Errorf("%s as %q: want %q, have %v", name, c.who.ID, c.manage, err)
			}
		}
		for name, try := range enter {
			if c.enter == "" && name == "drop" {
				continue
			}
			if err := try(c.who); (err == nil) != (c.enter == "") || err != nil && !fault.Is(err, c.enter) {
				t.Errorf("%s as %q: want %q, have %v", name, c.who.ID, c.enter, err)
			}
		}
	}
	if manage["add"](mine.Actor()) == nil {
		t.Error("a portal made a portal")
	}
	if err := enter["drop"](mine.Actor()); err != nil {
		t.Error(err)
	}
	for who, n := range map[*actor.Actor]int{&lead: 3, &clerk: 0, &sister: 0, &below: 0, &nobody: 0, &actor.Hall: 3} {
		ps, err := h.List(ctx, *who)
		if err != nil || len(ps) != n {
			t.Errorf("%q lists %d, want %d (%v)", who.ID, len(ps), n, err)
		}
	}
}

func TestAddChecksItsDraft(t *testing.T) {
	h := open(t)
	_, err := h.Add(ctx, lead, portal.Draft{Name: " ", Scopes: []string{"all"}, RatePerMinute: -1})
	want(t, err, fault.Invalid)
	for _, field := range []string{"name:", "union:", "rate:", "scopes:"} {
		if !strings.Contains(err.Error(), field) {
			t.Errorf("%s is missing in %v", field, err)
		}
	}
	_, err = h.Add(ctx, lead, portal.Draft{Name: "x", UnionID: "/9/", Scopes: needOnly})
	want(t, err, fault.NotFound)
	p := h.add(t, " x ", portal.NeedsWrite, portal.NeedsRead, portal.NeedsWrite)
	if p.Name != "x" || len(p.Scopes) != 2 || p.RatePerMinute != portal.DefaultRate {
		t.Fatalf("%+v", p)
	}
}

func TestKeys(t *testing.T) {
	h := open(t)
	p := h.add(t, "x", portal.NeedsRead)
	k, text, err := h.AddKey(ctx, lead, p.ID, t0.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(text, k.Prefix()+"_") || len(text) != len("uh_")+16+1+43 {
		t.Fatal(text)
	}
	a, scopes, err := h.Authenticate(ctx, text)
	if err != nil || a.Kind != actor.Portal || a.ID != p.ID || a.UnionID != "/0/33/" || a.UnionPath != "/0/33/" ||
		!slices.Equal(scopes, needOnly) {
		t.Fatalf("%+v %v %v", a, scopes, err)
	}
	if a.Officer() || a.SignedIn() {
		t.Fatal("a portal is neither a person nor an officer")
	}
	last := text[len(text)-1:]
	swapped := map[bool]string{true: "b", false: "a"}[last == "a"]
	for _, bad := range []string{
		"", "uh_", text[:len(text)-1], text + "a", text[:len(text)-1] + swapped, "UH" + text[2:], "Bearer " + text,
		"uh_0000000000000000_" + text[len(text)-43:], strings.Replace(text, "_", "-", 2),
	} {
		_, _, err := h.Authenticate(ctx, bad)
		want(t, err, fault.Unauthenticated)
	}
	h.clock.Move(time.Hour)
	_, _, err = h.Authenticate(ctx, text)
	want(t, err, fault.Unauthenticated) // expired
	if _, _, err := h.AddKey(ctx, lead, p.ID, h.clock.Now()); !fault.Is(err, fault.Invalid) {
		t.Fatal(err)
	}
}

func TestKeysDiffer(t *testing.T) {
	h := open(t)
	p := h.add(t, "x", portal.NeedsRead)
	seen := map[string]bool{}
	for range 200 {
		k, text, err := h.AddKey(ctx, lead, p.ID, time.Time{})
		if err != nil || seen[k.ID] || seen[text] {
			t.Fatal(k, err)
		}
		seen[k.ID], seen[text] = true, true
		if strings.Contains(fmt.Sprintf("%+v", k), text[len(text)-43:]) {
			t.Fatal("the row holds the secret")
		}
	}
}

func TestRevocationAndSuspensionReachEveryNode(t *testing.T) {
	h := open(t)
	other := h.node()
	p := h.add(t, "x", portal.NeedsRead)
	k, text, err := h.AddKey(ctx, lead, p.ID, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	both := func() (here, there error) {
		_, _, here = h.Authenticate(ctx, text)
		_, _, there = other.Authenticate(ctx, text)
		return here, there
	}
	if here, there := both(); here != nil || there != nil {
		t.Fatal(here, there)
	}
	if err := h.SetStatus(ctx, lead, p.ID, portal.Suspended); err != nil {
		t.Fatal(err)
	}
	_, _, err = h.Authenticate(ctx, text)
	want(t, err, fault.Unauthenticated)
	h.clock.Move(portal.CacheTime)
	_, there := both()
	want(t, there, fault.Unauthenticated)
	want(t, other.Require(ctx, p.Actor(), portal.NeedsRead), fault.Denied)
	if err := h.SetStatus(ctx, lead, p.ID, portal.Active); err != nil {
		t.Fatal(err)
	}
	h.clock.Move(portal.CacheTime)
	if here, there := both(); here != nil || there != nil {
		t.Fatal(here, there)
	}
	if err := h.Revoke(ctx, lead, k.Prefix()); err != nil {
		t.Fatal(err)
	}
	h.clock.Move(portal.CacheTime)
	here, there := both()
	want(t, here, fault.Unauthenticated)
	want(t, there, fault.Unauthenticated)
	want(t, h.Revoke(ctx, lead, "uh_ffffffffffffffff"), fault.NotFound)
}

func TestLastUseIsNotedByTheMinute(t *testing.T) {
	h := open(t)
	p := h.add(t, "x", portal.NeedsRead)
	_, text, err := h.AddKey(ctx, lead, p.ID, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	for range 13 {
		if _, _, err := h.Authenticate(ctx, text); err != nil {
			t.Fatal(err)
		}
		h.clock.Move(10 * time.Second)
	}
	ks, err := h.Keys(ctx, lead, p.ID)
	if err != nil || !ks[0].LastUsedAt.Equal(t0.Add(2*time.Minute)) {
		t.Fatal(ks, err)
	}
}

func TestAdmitCountsAgainstTheRate(t *testing.T) {
	h := open(t)
	p, err := h.Add(ctx, lead, portal.Draft{Name: "x", UnionID: "/0/33/", Scopes: needOnly, RatePerMinute: 3})
	if err != nil {
		t.Fatal(err)
	}
	_, one, _ := h.AddKey(ctx, lead, p.ID, time.Time{})
	_, two, _ := h.AddKey(ctx, lead, p.ID, time.Time{})
	for _, k := range []string{one, two, one} {
		if _, err := h.Admit(ctx, k); err != nil {
			t.Fatal(err)
		}
	}
	_, err = h.Admit(ctx, two)
	want(t, err, fault.TooMany)
	h.clock.Move(20 * time.Second)
	if _, err := h.Admit(ctx, two); err != nil {
		t.Fatal(err)
	}
	_, err = h.Admit(ctx, one)
	want(t, err, fault.TooMany)
}

func TestRequire(t *testing.T) {
	h := open(t)
	p := h.add(t, "x", portal.NeedsRead)
	if err := h.Require(ctx, p.Actor(), portal.NeedsRead); err != nil {
		t.Fatal(err)
	}
	want(t, h.Require(ctx, p.Actor(), portal.NeedsWrite), fault.Denied)
	want(t, h.Require(ctx, lead, portal.NeedsRead), fault.Denied)
	want(t, h.Require(ctx, nobody, portal.NeedsRead), fault.Denied)
	want(t, h.Require(ctx, actor.Actor{Kind: actor.Portal, ID: id.New()}, portal.NeedsRead), fault.NotFound)
}
