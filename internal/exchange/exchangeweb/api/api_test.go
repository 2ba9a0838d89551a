package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/humatest"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/exchange/exchangesql"
	"github.com/unionhall/unionhall/internal/exchange/exchangetest"
	"github.com/unionhall/unionhall/internal/exchange/exchangeweb/api"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/match"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

// scopes are those a portal has, by its id.
type scopes map[string][]string

func (s scopes) Require(_ context.Context, a actor.Actor, scope string) error {
	if !slices.Contains(s[a.ID], scope) {
		return fault.Refused()
	}
	return nil
}

type firms struct{}

func (firms) ByLicence(_ context.Context, _ actor.Actor, licence string) (string, error) {
	if licence != "91350200MA0000000X" {
		return "", fault.NoSuch()
	}
	return "firm-a", nil
}

func (firms) Names(_ context.Context, ids []string) (map[string]string, error) {
	out := map[string]string{}
	for _, id := range ids {
		out[id] = "姓名-" + id
	}
	return out, nil
}

type site struct {
	t   *testing.T
	w   *exchangetest.World
	api humatest.TestAPI
}

var (
	mine   = actor.Actor{Kind: actor.Portal, ID: "p1", UnionID: exchangetest.Province, UnionPath: exchangetest.Province}
	other  = actor.Actor{Kind: actor.Portal, ID: "p2", UnionID: exchangetest.Province, UnionPath: exchangetest.Province}
	reader = actor.Actor{Kind: actor.Portal, ID: "p3", UnionID: exchangetest.Province, UnionPath: exchangetest.Province}
	poster = actor.Actor{Kind: actor.Portal, ID: "p5", UnionID: exchangetest.Province, UnionPath: exchangetest.Province}
	narrow = actor.Actor{Kind: actor.Portal, ID: "p4", UnionID: exchangetest.CityB, UnionPath: exchangetest.CityB}
)

func open(t *testing.T) *site {
	store := exchangesql.New(sqldbtest.SQLite(t))
	t.Cleanup(store.Close)
	s := &site{t: t, w: exchangetest.NewWorld(t, store, match.NewPlain())}
	_, s.api = humatest.New(t, huma.DefaultConfig("test", "1"))
	all := []string{"needs:read", "needs:write", "engagements:read"}
	api.Register(s.api, s.w.Service, scopes{"p1": all, "p2": all, "p3": {"needs:read"}, "p4": all, "p5": {"needs:read", "needs:write"}}, firms{}, "https://hall.example.org")
	return s
}

// do sends a request and reads the answer into out; it fails when the status is another.
func (s *site) do(a actor.Actor, method, path string, body any, want int, out any, headers ...any) {
	s.t.Helper()
	args := headers
	if body != nil {
		args = append(args, body)
	}
	w := s.api.DoCtx(actor.With(lang.With(s.t.Context(), lang.EN), a), method, path, args...)
	if w.Code != want {
		s.t.Fatalf("%s %s: %d, want %d: %s", method, path, w.Code, want, w.Body)
	}
	if out != nil {
		if err := json.Unmarshal(w.Body.Bytes(), out); err != nil {
			s.t.Fatalf("%s: %v", w.Body, err)
		}
	}
}

func draft() map[string]any {
	return map[string]any{"kind": "expert-visit", "enterprise_licence": "91350200MA0000000X", "ref": "T-1", "values": exchangetest.Turning()}
}

func TestAPortalFollowsANeed(t *testing.T) {
	s := open(t)
	var need api.Need
	s.do(mine, "POST", "/v1/needs", draft(), http.StatusCreated, &need, "Idempotency-Key: k1")
	var again api.Need
	s.do(mine, "POST", "/v1/needs", draft(), http.StatusCreated, &again, "Idempotency-Key: k1")
	if need.ID != again.ID || need.Ref != "T-1" || need.URL != "https://hall.example.org/needs/"+need.ID || need.WaitsFor != "answer" {
		t.Fatalf("%+v\n%+v", need, again)
	}
	var m api.Matches
	s.do(mine, "GET", "/v1/needs/"+need.ID+"/matches", nil, http.StatusOK, &m)
	if len(m.Providers) != 1 || m.Providers[0].Name != "林国栋" || len(m.Providers[0].Reasons) == 0 || *m.Providers[0].Kilometres > 20 {
		t.Fatalf("%+v", m)
	}
	var e api.Engagement
	s.do(mine, "POST", "/v1/needs/"+need.ID+"/invitations", map[string]any{"offer_id": m.Providers[0].Offer}, http.StatusOK, &e)
	if _, err := s.w.Service.Accept(t.Context(), s.w.Near, need.ID, m.Providers[0].Offer); err != nil {
		t.Fatal(err)
	}
	if _, err := s.w.Service.Say(t.Context(), s.w.Near, need.ID, e.ID, "软爪有吗？", nil, ""); err != nil {
		t.Fatal(err)
	}
	path := "/v1/needs/" + need.ID + "/engagements/" + e.ID
	s.do(mine, "POST", path+"/messages", map[string]any{"text": "有。"}, http.StatusOK, nil)
	var thread struct{ Messages []api.Message }
	s.do(mine, "GET", path+"/messages", nil, http.StatusOK, &thread)
	if len(thread.Messages) != 2 || thread.Messages[0].By != "姓名-master-near" || thread.Messages[1].Side != "need" {
		t.Fatalf("%+v", thread)
	}
	s.do(mine, "GET", path, nil, http.StatusOK, &e)
	if e.State != "accepted" || e.Messages != 2 {
		t.Fatalf("%+v", e)
	}
	var list struct{ Needs []api.Need }
	s.do(mine, "GET", "/v1/needs?ref=T-1&state=engaged", nil, http.StatusOK, &list)
	if len(list.Needs) != 1 || list.Needs[0].FirstAnswer == nil {
		t.Fatalf("%+v", list)
	}
	s.do(mine, "POST", "/v1/needs/"+need.ID+"/withdrawal", map[string]any{"reason": "自己解决了"}, http.StatusNoContent, nil)
	s.do(mine, "POST", "/v1/needs/"+need.ID+"/withdrawal", map[string]any{}, http.StatusConflict, nil)
	s.do(mine, "GET", "/v1/needs/"+need.ID, nil, http.StatusOK, &need)
	s.do(mine, "GET", "/v1/needs?ref=T-1", nil, http.StatusOK, &list)
	if need.Reason != "自己解决了" || list.Needs[0].Reason != need.Reason {
		t.Errorf("withdrawn because of %q, in the list %q", need.Reason, list.Needs[0].Reason)
	}
}

func TestAPortalSeesOnlyItsOwn(t *testing.T) {
	s := open(t)
	var need api.Need
	s.do(mine, "POST", "/v1/needs", draft(), http.StatusCreated, &need)
	for _, path := range []string{"", "/matches"} {
		s.do(other, "GET", "/v1/needs/"+need.ID+path, nil, http.StatusNotFound, nil)
	}
	s.do(other, "POST", "/v1/needs/"+need.ID+"/withdrawal", map[string]any{}, http.StatusNotFound, nil)
	var list struct{ Needs []api.Need }
	s.do(other, "GET", "/v1/needs", nil, http.StatusOK, &list)
	if len(list.Needs) != 0 {
		t.Fatalf("%+v", list)
	}
	s.do(reader, "POST", "/v1/needs", draft(), http.StatusForbidden, nil)
	s.do(narrow, "POST", "/v1/needs", draft(), http.StatusUnprocessableEntity, nil) // the firm is not of its union
	s.do(actor.Actor{}, "GET", "/v1/needs", nil, http.StatusUnauthorized, nil)
	s.do(mine, "GET", "/v1/needs/not-an-id", nil, http.StatusNotFound, nil)
}

func TestWrongFieldsAreNamed(t *testing.T) {
	s := open(t)
	var p struct {
		Status int
		Errors []struct{ Field, Message string }
	}
	fields := func(who actor.Actor, body map[string]any) string {
		t.Helper()
		s.do(who, "POST", "/v1/needs", body, http.StatusUnprocessableEntity, &p)
		var got []string
		for _, e := range p.Errors {
			got = append(got, e.Field)
		}
		slices.Sort(got)
		return strings.Join(got, ",")
	}
	body := draft()
	v := exchangetest.Turning()
	delete(v, "title")
	v["trade"] = v["story"]
	body["values"] = v
	if got := fields(mine, body); got != "values.title,values.trade" {
		t.Errorf("%s: %+v", got, p)
	}
	// An enterprise that is not there is named by the field that named it, and one that is not of the union as well.
	if got := fields(narrow, draft()); got != "enterprise_licence" {
		t.Errorf("%s: %+v", got, p)
	}
	body = draft()
	body["enterprise_licence"] = "91350200MA0000000Y"
	if got := fields(mine, body); got != "enterprise_licence" {
		t.Errorf("%s: %+v", got, p)
	}
	delete(body, "enterprise_licence")
	if got := fields(mine, body); got != "enterprise_id" {
		t.Errorf("%s: %+v", got, p)
	}
	body["kind"] = "none"
	s.do(mine, "POST", "/v1/needs", body, http.StatusNotFound, nil)
}

func TestToolboxAndKinds(t *testing.T) {
	s := open(t)
	var kinds struct{ Kinds []api.Kind }
	s.do(mine, "GET", "/v1/kinds", nil, http.StatusOK, &kinds)
	if len(kinds.Kinds) != 1 || len(kinds.Kinds[0].Lists[0].Terms) != 40 {
		t.Fatalf("%+v", kinds)
	}
	s.do(mine, "GET", "/v1/kinds/none", nil, http.StatusNotFound, nil)
	var tools struct{ Entries []api.Tool }
	s.do(mine, "GET", "/v1/toolbox?q=%E8%96%84%E5%A3%81", nil, http.StatusOK, &tools)
	if tools.Entries == nil || len(tools.Entries) != 0 {
		t.Fatalf("an empty list is a list: %+v", tools)
	}
}

// A key without the scope for engagements reads none along with the need.
func TestAScopeHoldsWhereverItsRowsAre(t *testing.T) {
	s := open(t)
	var need api.Need
	s.do(poster, "POST", "/v1/needs", draft(), http.StatusCreated, &need)
	var e api.Engagement
	s.do(poster, "POST", "/v1/needs/"+need.ID+"/invitations", map[string]any{"offer_id": s.w.OfferOf(t, s.w.Near).ID}, http.StatusOK, &e)
	s.do(poster, "GET", "/v1/needs/"+need.ID+"/engagements/"+e.ID, nil, http.StatusForbidden, nil)
	s.do(poster, "GET", "/v1/needs/"+need.ID, nil, http.StatusOK, &need)
	if len(need.Engagements) != 0 {
		t.Fatalf("%+v", need.Engagements)
	}
}

func TestAKeyWithAnotherBodyIsAConflict(t *testing.T) {
	s := open(t)
	s.do(mine, "POST", "/v1/needs", draft(), http.StatusCreated, nil, "Idempotency-Key: k1")
	other := draft()
	other["ref"] = "T-2"
	s.do(mine, "POST", "/v1/needs", other, http.StatusConflict, nil, "Idempotency-Key: k1")
	s.do(mine, "POST", "/v1/needs", other, http.StatusUnprocessableEntity, nil, "Idempotency-Key: k\xff")
}

// A portal that knows no coordinates sends the address alone; the firm's own point counts then.
func TestAPlaceMayBeAnAddress(t *testing.T) {
	s := open(t)
	body, v := draft(), exchangetest.Turning()
	v["place"] = exchange.Value{Spot: &exchange.Spot{Address: "2 号车间"}}
	body["values"] = v
	var need api.Need
	s.do(mine, "POST", "/v1/needs", body, http.StatusCreated, &need)
	if at := need.Values["place"].Spot; at.Address != "2 号车间" || !at.Known() {
		t.Errorf("%+v", at)
	}
}

// A portal stands on the need's side: until that has closed, no answer shows how the master has judged it.
func TestNoAnswerShowsARatingBeforeBothHaveClosed(t *testing.T) {
	s := open(t)
	var need api.Need
	s.do(mine, "POST", "/v1/needs", draft(), http.StatusCreated, &need)
	offer := s.w.OfferOf(t, s.w.Near).ID
	e, err := s.w.Service.Accept(t.Context(), s.w.Near, need.ID, offer)
	if err != nil {
		t.Fatal(err)
	}
	after := 0.02
	end := exchange.Closing{Result: exchange.Solved, After: &after, Stars: 2, Note: "资料给得太晚"}
	if _, err := s.w.Service.Close(t.Context(), s.w.Near, need.ID, e.ID, end); err != nil {
		t.Fatal(err)
	}
	var got [3]api.Engagement
	s.do(mine, "GET", "/v1/needs/"+need.ID+"/engagements/"+e.ID, nil, http.StatusOK, &got[0])
	s.do(mine, "GET", "/v1/needs/"+need.ID, nil, http.StatusOK, &need)
	got[1] = need.Engagements[0]
	s.do(mine, "POST", "/v1/needs/"+need.ID+"/invitations", map[string]any{"offer_id": offer}, http.StatusOK, &got[2]) // once more
	for i, e := range got {
		if c := e.OfferEnd; c == nil || c.Result != "solved" || c.After == nil || c.Stars != 0 || c.Note != "" {
			t.Errorf("answer %d: %+v", i, c)
		}
	}
	if _, err := s.w.Service.Close(t.Context(), s.w.Firm, need.ID, e.ID, end); err != nil {
		t.Fatal(err)
	}
	s.do(mine, "GET", "/v1/needs/"+need.ID+"/engagements/"+e.ID, nil, http.StatusOK, &got[0])
	if c := got[0].OfferEnd; c.Stars != 2 || c.Note == "" {
		t.Errorf("both have closed: %+v", c)
	}
}
