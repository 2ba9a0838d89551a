package portalsend_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/portal"
	"github.com/unionhall/unionhall/internal/portal/portalsend"
	"github.com/unionhall/unionhall/internal/portal/portalsql"
	"github.com/unionhall/unionhall/internal/portal/portaltest"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

var (
	ctx   = context.Background()
	local = portal.Reach{AllowHTTP: true, AllowPrivate: true}
	quiet = slog.New(slog.DiscardHandler)
)

type unions struct{}

func (unions) UnionPath(context.Context, string) (string, error) { return "/0/33/", nil }

// hall is a store with one portal.
type hall struct {
	*portal.Service
	store *portaltest.Faulty
	clock clock.Clock
	p     portal.Portal
}

func open(t *testing.T, db *sqldb.DB, c clock.Clock) *hall {
	t.Helper()
	h := &hall{store: &portaltest.Faulty{Store: portalsql.New(db)}, clock: c}
	h.Service = portal.NewService(h.store, portal.Options{
		Clock: c, Unions: unions{}, Reach: local, Topics: []portal.Topic{{Subject: "test.need.posted", Scope: portal.NeedsRead}},
	})
	var err error
	h.p, err = h.Add(ctx, actor.Hall, portal.Draft{Name: "x", UnionID: "u", Scopes: []string{portal.NeedsRead}})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *hall) hook(t *testing.T, url string) (portal.Hook, portal.Secret) {
	t.Helper()
	hook, secret, err := h.AddHook(ctx, h.p.Actor(), h.p.ID, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return hook, secret
}

func (h *hall) offer(t *testing.T) event.Event {
	t.Helper()
	e := event.New("test.need.posted", h.clock.Now(), nil)
	if err := h.Offer(ctx, e, h.p.ID, json.RawMessage(`{"title":"主轴异响"}`)); err != nil {
		t.Fatal(err)
	}
	return e
}

// log gives the hook's deliveries, newest first.
func (h *hall) log(t *testing.T, hook portal.Hook) []portal.Delivery {
	t.Helper()
	page, err := h.Deliveries(ctx, h.p.Actor(), h.p.ID, hook.ID, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	return page.Deliveries
}

func (h *hall) sender(o portalsend.Options) *portalsend.Sender {
	o.Clock, o.Log = h.clock, quiet
	if o.Resolver == nil {
		o.Reach = local
	}
	return portalsend.New(h.store, o)
}

func once(t *testing.T, s *portalsend.Sender, want int) {
	t.Helper()
	n, err := s.Once(ctx)
	if err != nil || n != want {
		t.Fatalf("%d attempts, want %d (%v)", n, want, err)
	}
}

// partner is a receiver that remembers what it was sent and answers as it is told.
type partner struct {
	*httptest.Server
	mu     sync.Mutex
	ids    []string
	status int
	last   *http.Request
	body   []byte
}

func receive(t *testing.T) *partner {
	p := &partner{status: http.StatusNoContent}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.ids, p.last, p.body = append(p.ids, r.Header.Get("webhook-id")), r, body
		w.WriteHeader(p.status)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *partner) answer(status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status = status
}

func (p *partner) got() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.ids...)
}

func TestDeliverySignedAsSpecified(t *testing.T) {
	h := open(t, sqldbtest.SQLite(t), clock.At(portaltest.T0))
	to := receive(t)
	hook, secret := h.hook(t, to.URL+"/hook?x=1")
	e := h.offer(t)
	once(t, h.sender(portalsend.Options{}), 1)
	r := to.last
	stamp := strconv.FormatInt(portaltest.T0.Unix(), 10)
	if r.Method != "POST" || r.URL.String() != "/hook?x=1" || r.Header.Get("Content-Type") != "application/json" ||
		r.Header.Get("webhook-id") != e.ID || r.Header.Get("webhook-timestamp") != stamp {
		t.Fatalf("%s %s %v", r.Method, r.URL, r.Header)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret.Reveal(), "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", e.ID, stamp, to.body)
	if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); r.Header.Get("webhook-signature") != want {
		t.Fatalf("%s, want %s", r.Header.Get("webhook-signature"), want)
	}
	if string(to.body) != `{"type":"test.need.posted","timestamp":"2026-03-01T08:00:00Z","data":{"title":"主轴异响"}}` {
		t.Fatalf("%s", to.body)
	}
	d := h.log(t, hook)[0]
	if d.State != portal.Delivered || d.Attempts != 1 || d.Status != 204 || d.Failure != "" || d.Took <= 0 {
		t.Fatalf("%+v", d)
	}
	once(t, h.sender(portalsend.Options{}), 0)
}

func TestBackoff(t *testing.T) {
	c := clock.At(portaltest.T0)
	h := open(t, sqldbtest.SQLite(t), c)
	to := receive(t)
	to.answer(503)
	hook, _ := h.hook(t, to.URL)
	e := h.offer(t)
	s := h.sender(portalsend.Options{})
	once(t, s, 1)
	for _, wait := range []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, time.Hour,
		3 * time.Hour, 8 * time.Hour, 24 * time.Hour} {
		c.Move(wait - time.Microsecond)
		once(t, s, 0)
		c.Move(time.Microsecond)
		once(t, s, 1)
	}
	c.Move(1000 * time.Hour)
	once(t, s, 0)
	ids := to.got()
	if len(ids) != 9 {
		t.Fatalf("%d attempts", len(ids))
	}
	for _, id := range ids {
		if id != e.ID {
			t.Fatal("the webhook-id changed between attempts")
		}
	}
	if d := h.log(t, hook)[0]; d.State != portal.Failed || d.Attempts != 9 || d.Status != 503 || d.Failure != portal.FailStatus {
		t.Fatalf("%+v", d)
	}
	to.answer(200)
	if err := h.Redeliver(ctx, h.p.Actor(), h.p.ID, hook.ID, h.log(t, hook)[0].ID); err != nil {
		t.Fatal(err)
	}
	once(t, s, 1)
	if d := h.log(t, hook)[0]; d.State != portal.Delivered {
		t.Fatalf("%+v", d)
	}
}

func TestDeathBetweenSendingAndNoting(t *testing.T) {
	c := clock.At(portaltest.T0)
	h := open(t, sqldbtest.SQLite(t), c)
	to := receive(t)
	hook, _ := h.hook(t, to.URL)
	e := h.offer(t)
	h.store.Lose.Store(true)
	once(t, h.sender(portalsend.Options{}), 1)
	h.store.Lose.Store(false)
	next := h.sender(portalsend.Options{}) // the process that comes after
	once(t, next, 0)
	c.Move(portal.LeaseTime)
	once(t, next, 1)
	if ids := to.got(); len(ids) != 2 || ids[0] != e.ID || ids[1] != e.ID {
		t.Fatal(ids)
	}
	if d := h.log(t, hook)[0]; d.State != portal.Delivered || d.Attempts != 1 {
		t.Fatalf("%+v", d)
	}
}

func TestDeathAfterNoting(t *testing.T) {
	c := clock.At(portaltest.T0)
	h := open(t, sqldbtest.SQLite(t), c)
	to := receive(t)
	h.hook(t, to.URL)
	h.offer(t)
	h.store.Hide.Store(true)
	once(t, h.sender(portalsend.Options{}), 1)
	c.Move(portal.LeaseTime)
	once(t, h.sender(portalsend.Options{}), 0)
	if ids := to.got(); len(ids) != 1 {
		t.Fatal(ids)
	}
}

func TestGoneDisablesTheHook(t *testing.T) {
	c := clock.At(portaltest.T0)
	h := open(t, sqldbtest.SQLite(t), c)
	to := receive(t)
	to.answer(410)
	hook, _ := h.hook(t, to.URL)
	h.offer(t)
	s := h.sender(portalsend.Options{})
	once(t, s, 1)
	h.offer(t)
	c.Move(time.Hour)
	once(t, s, 0)
	hs, err := h.Hooks(ctx, h.p.Actor(), h.p.ID)
	if err != nil || hs[0].Status != portal.HookDisabled {
		t.Fatal(hs, err)
	}
	if ds := h.log(t, hook); len(ds) != 1 || ds[0].State != portal.Failed {
		t.Fatalf("%+v", ds)
	}
}

func TestManyFailuresPauseTheHook(t *testing.T) {
	c := clock.At(portaltest.T0)
	h := open(t, sqldbtest.SQLite(t), c)
	to := receive(t)
	to.answer(500)
	hook, _ := h.hook(t, to.URL)
	for range portal.PauseAfter + 5 {
		h.offer(t)
	}
	s := h.sender(portalsend.Options{})
	for range portal.PauseAfter {
		if _, err := s.Once(ctx); err != nil {
			t.Fatal(err)
		}
	}
	tried := len(to.got())
	if tried < portal.PauseAfter || tried > portal.PauseAfter+1 { // two may be under way at once
		t.Fatalf("%d attempts before the pause", tried)
	}
	c.Move(portal.PauseFor - time.Second)
	once(t, s, 0)
	c.Move(time.Second)
	to.answer(200)
	once(t, s, 2)
	hs, err := h.Hooks(ctx, h.p.Actor(), h.p.ID)
	if err != nil || hs[0].Status != portal.HookActive || hs[0].Failures != 0 {
		t.Fatal(hs, err)
	}
	for {
		if n, err := s.Once(ctx); err != nil {
			t.Fatal(err)
		} else if n == 0 {
			break
		}
	}
	for _, d := range h.log(t, hook) {
		if d.State != portal.Delivered {
			t.Fatalf("%+v", d)
		}
	}
}
