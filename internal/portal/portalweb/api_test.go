package portalweb_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/humatest"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/portal"
	"github.com/unionhall/unionhall/internal/portal/portalsql"
	"github.com/unionhall/unionhall/internal/portal/portaltest"
	"github.com/unionhall/unionhall/internal/portal/portalweb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

var ctx = context.Background()

type unions struct{}

func (unions) UnionPath(context.Context, string) (string, error) { return "/0/33/", nil }

type site struct {
	t     *testing.T
	api   humatest.TestAPI
	s     *portal.Service
	store portal.Store
	mine  actor.Actor
	other actor.Actor
}

func open(t *testing.T) *site {
	x := &site{t: t, store: portalsql.New(sqldbtest.SQLite(t))}
	x.s = portal.NewService(x.store, portal.Options{
		Clock: clock.At(portaltest.T0), Unions: unions{},
		Topics: []portal.Topic{{Subject: "test.need.posted", Scope: portal.NeedsRead}, {Subject: "test.engagement.done", Scope: portal.EngagementsRead}},
	})
	for _, to := range []*actor.Actor{&x.mine, &x.other} {
		p, err := x.s.Add(ctx, actor.Hall, portal.Draft{Name: "x", UnionID: "u", Scopes: []string{portal.NeedsRead}})
		if err != nil {
			t.Fatal(err)
		}
		*to = p.Actor()
	}
	_, x.api = humatest.New(t)
	portalweb.Register(x.api, x.s)
	return x
}

// do sends a request as the actor and reads the answer into out.
func (x *site) do(a actor.Actor, method, path string, body any, status int, out any) {
	x.t.Helper()
	var args []any
	if body != nil {
		args = append(args, body)
	}
	w := x.api.DoCtx(actor.With(lang.With(ctx, lang.EN), a), method, path, args...)
	if w.Code != status {
		x.t.Fatalf("%s %s: %d, want %d: %s", method, path, w.Code, status, w.Body)
	}
	if status >= 400 && !strings.HasPrefix(w.Header().Get("Content-Type"), "application/problem+json") {
		x.t.Fatalf("%s %s: %s", method, path, w.Header().Get("Content-Type"))
	}
	if out != nil {
		if err := json.Unmarshal(w.Body.Bytes(), out); err != nil {
			x.t.Fatal(err)
		}
	}
}

type problem struct {
	Detail string
	Errors []struct{ Field, Message string }
}

func TestHooksFromMakingToRemoving(t *testing.T) {
	x := open(t)
	var made portalweb.NewHook
	x.do(x.mine, "POST", "/v1/hooks", map[string]any{"url": "https://partner.example/hook"}, http.StatusCreated, &made)
	if !strings.HasPrefix(made.Secret, "whsec_") || made.Status != portal.HookActive || made.Events[0] != portal.AllEvents {
		t.Fatalf("%+v", made)
	}
	var list struct{ Hooks []map[string]any }
	x.do(x.mine, "GET", "/v1/hooks", nil, http.StatusOK, &list)
	if len(list.Hooks) != 1 || list.Hooks[0]["id"] != made.ID || list.Hooks[0]["secret"] != nil || list.Hooks[0]["paused_until"] != nil {
		t.Fatal(list)
	}
	e := event.New("test.need.posted", portaltest.T0, nil)
	if err := x.s.Offer(ctx, e, x.mine.ID, json.RawMessage(`{}`)); err != nil {
		t.Fatal(err)
	}
	var log struct {
		Deliveries []portalweb.Delivery
		Next       string
	}
	hook := "/v1/hooks/" + made.ID
	x.do(x.mine, "GET", hook+"/deliveries?limit=1", nil, http.StatusOK, &log)
	if len(log.Deliveries) != 1 || log.Next != "" || log.Deliveries[0].EventID != e.ID || log.Deliveries[0].State != portal.Pending ||
		log.Deliveries[0].DueAt == nil || log.Deliveries[0].LastAt != nil {
		t.Fatalf("%+v", log)
	}
	redeliver := hook + "/deliveries/" + log.Deliveries[0].ID + "/redeliver"
	x.do(x.mine, "POST", redeliver, nil, http.StatusNoContent, nil)
	x.do(x.mine, "POST", hook+"/resume", nil, http.StatusNoContent, nil)

	// To another portal none of this exists.
	x.do(x.other, "GET", "/v1/hooks", nil, http.StatusOK, &list)
	if len(list.Hooks) != 0 {
		t.Fatal(list)
	}
	for _, try := range [][2]string{
		{"GET", hook + "/deliveries"}, {"POST", redeliver}, {"POST", hook + "/resume"}, {"DELETE", hook},
	} {
		x.do(x.other, try[0], try[1], nil, http.StatusNotFound, nil)
		x.do(actor.Actor{}, try[0], try[1], nil, http.StatusUnauthorized, nil)
		x.do(actor.Actor{Kind: actor.Person, ID: "li"}, try[0], try[1], nil, http.StatusForbidden, nil)
	}
	x.do(x.mine, "DELETE", hook, nil, http.StatusNoContent, nil)
	x.do(x.mine, "DELETE", hook, nil, http.StatusNotFound, nil)
	x.do(x.mine, "GET", hook+"/deliveries", nil, http.StatusNotFound, nil)
}

func TestWrongHooksSayWhatIsWrong(t *testing.T) {
	x := open(t)
	var p problem
	x.do(x.mine, "POST", "/v1/hooks", map[string]any{"url": "http://10.0.0.1/", "events": []string{"test.engagement.done", "nothing"}},
		http.StatusUnprocessableEntity, &p)
	said := map[string]string{}
	for _, e := range p.Errors {
		said[e.Field] += e.Message + "|"
	}
	if !strings.Contains(said["url"], "https") || !strings.Contains(said["events"], "engagements:read") || !strings.Contains(said["events"], "nothing") {
		t.Fatalf("%+v", p)
	}
	x.do(actor.Actor{}, "GET", "/v1/hooks", nil, http.StatusUnauthorized, nil)
	x.do(actor.Actor{}, "POST", "/v1/hooks", map[string]any{"url": "https://partner.example"}, http.StatusUnauthorized, nil)
	for range portal.MaxHooks {
		x.do(x.mine, "POST", "/v1/hooks", map[string]any{"url": "https://partner.example"}, http.StatusCreated, nil)
	}
	x.do(x.mine, "POST", "/v1/hooks", map[string]any{"url": "https://partner.example"}, http.StatusConflict, &p)
	if p.Detail != "A portal may have at most 10 hooks" {
		t.Fatal(p.Detail)
	}
}

func TestOperationsAreDocumented(t *testing.T) {
	x := open(t)
	n := 0
	for path, item := range x.api.OpenAPI().Paths {
		for _, o := range []*huma.Operation{item.Get, item.Post, item.Delete} {
			if o == nil {
				continue
			}
			n++
			if o.Summary == "" || o.Description == "" || o.Responses["401"] == nil || o.Responses["429"] == nil {
				t.Errorf("%s %+v", path, o)
			}
		}
	}
	if n != 6 {
		t.Errorf("%d operations", n)
	}
	if d := x.api.OpenAPI().Paths["/v1/hooks"].Post.Description; !strings.Contains(d, "`test.need.posted` (needs:read)") {
		t.Error(d)
	}
}

func TestMessagesAreComplete(t *testing.T) {
	if m := lang.Missing(); len(m) > 0 {
		t.Error(m)
	}
}
