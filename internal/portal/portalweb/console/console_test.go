package console_test

import (
	"context"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/portal"
	"github.com/unionhall/unionhall/internal/portal/portalsql"
	"github.com/unionhall/unionhall/internal/portal/portalweb/console"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
	"github.com/unionhall/unionhall/internal/web"
)

var city, sister = id.New(), id.New()

// unions knows two.
type unions struct{}

func (unions) UnionPath(_ context.Context, unionID string) (string, error) {
	switch unionID {
	case city:
		return "/0/01/", nil
	case sister:
		return "/0/02/", nil
	}
	return "", fault.NoSuch()
}

func (unions) UnionNames(context.Context, []string) (map[string]lang.Text, error) {
	return map[string]lang.Text{city: {ZH: "泉州市总工会", EN: "Quanzhou"}}, nil
}

func (unions) Leads(_ context.Context, a actor.Actor) ([]console.Union, error) {
	var out []console.Union
	for _, g := range a.Grants {
		if g.Role == actor.Lead {
			out = append(out, console.Union{ID: g.UnionID, Name: lang.Text{ZH: "泉州市总工会", EN: "Quanzhou"}})
		}
	}
	return out, nil
}

// site serves the pages to whoever is set.
type site struct {
	t       *testing.T
	srv     *httptest.Server
	who     actor.Actor
	guarded int
	clock   *clock.Fake
	portals *portal.Service
	db      *sqldb.DB
}

func open(t *testing.T) *site {
	s := &site{t: t, clock: clock.At(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)), db: sqldbtest.SQLite(t)}
	topics := []portal.Topic{{Subject: "exchange.need.posted", Scope: portal.NeedsRead}, {Subject: "exchange.visit.agreed", Scope: portal.EngagementsRead}}
	s.portals = portal.NewService(portalsql.New(s.db), portal.Options{Clock: s.clock, Unions: unions{}, Topics: topics})
	rt := web.New(web.Options{Authenticate: func(*http.Request) (actor.Actor, error) { return s.who, nil }, Log: slog.New(slog.DiscardHandler)})
	console.Register(rt, console.Deps{Portals: s.portals, Unions: unions{}, Clock: s.clock, Guard: func(h web.Handler) web.Handler {
		return func(w http.ResponseWriter, r *http.Request) error { s.guarded++; return h(w, r) }
	}})
	s.srv = httptest.NewServer(rt)
	t.Cleanup(s.srv.Close)
	s.who = officer(actor.Lead, city, "/0/01/")
	return s
}

func officer(role actor.Role, unionID, path string) actor.Actor {
	return actor.Actor{Kind: actor.Person, ID: id.New(), Name: "某某", Grants: []actor.Grant{{Role: role, UnionID: unionID, Path: path}}}
}

type answer struct {
	status   int
	to, body string
}

func (s *site) ask(method, path string, pairs ...string) answer {
	s.t.Helper()
	f := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Add(pairs[i], pairs[i+1])
	}
	req, err := http.NewRequest(method, s.srv.URL+path, strings.NewReader(f.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept-Language", "zh")
	res, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header.Get("Location"), html.UnescapeString(string(b))}
}

func (a answer) want(t *testing.T, status int, words ...string) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("%d to %q, want %d\n%s", a.status, a.to, status, a.body)
	}
	for _, w := range words {
		if !strings.Contains(a.body, w) {
			t.Errorf("%q is not on the page", w)
		}
	}
	return a
}

func TestAPortalFromItsFirstDay(t *testing.T) {
	s := open(t)
	s.ask("GET", "/console/portals").want(t, 200, "还没有合作平台")
	s.ask("GET", "/console/portals/new").want(t, 200, "泉州市总工会", "提交需求")
	s.ask("POST", "/console/portals", "union", city, "name", "", "scopes", "needs:read", "rate", "many").want(t, 422)
	made := s.ask("POST", "/console/portals", "union", city, "name", "企业服务网", "scopes", "needs:read", "scopes", "needs:write", "rate", "")
	made.want(t, 303)
	page := made.to
	s.ask("GET", "/console/portals").want(t, 200, "企业服务网", "已接入")
	s.ask("GET", page).want(t, 200, "还没有密钥", "还没有推送地址", "企业提交了需求")
	if strings.Contains(s.ask("GET", page).body, "上门时间定了") {
		t.Error("an event is offered that the portal may not hear of")
	}

	s.ask("POST", page+"/keys", "days", "-1").want(t, 422, "应在 0 到 3650 之间")
	key := regexp.MustCompile(`uh_[0-9a-f]{16}_\w{43}`).FindString(s.ask("POST", page+"/keys", "days", "30").want(t, 200, "只显示这一次").body)
	if _, err := s.portals.Admit(t.Context(), key); err != nil {
		t.Fatalf("the key %q is not taken: %v", key, err)
	}
	prefix := key[:19]
	if body := s.ask("GET", page).want(t, 200, prefix).body; strings.Contains(body, key) {
		t.Error("the key is shown again")
	}
	s.ask("POST", page+"/keys/"+key[3:19]+"/revoke").want(t, 303)
	s.ask("GET", page).want(t, 200, "已撤销")
	if _, err := s.portals.Admit(t.Context(), key); err == nil {
		t.Error("a revoked key is taken")
	}

	s.ask("POST", page+"/hooks", "url", "http://10.0.0.1/").want(t, 422)
	s.ask("POST", page+"/hooks", "url", "https://partner.example/hook", "events", "exchange.visit.agreed").want(t, 422)
	s.ask("POST", page+"/hooks", "url", "https://partner.example/hook").want(t, 200, "签名密钥", "whsec_")
	hook := regexp.MustCompile(page + `/hooks/[0-9a-f-]{36}`).FindString(s.ask("GET", page).want(t, 200, "https://partner.example/hook").body)
	s.ask("GET", hook).want(t, 200, "还没有推送过")
	s.ask("POST", hook+"/resume").want(t, 303)
	s.ask("POST", hook+"/drop").want(t, 303)
	s.ask("GET", hook).want(t, 404)

	s.ask("POST", page+"/status", "status", "suspended").want(t, 303)
	s.ask("GET", page).want(t, 200, "已暂停", "恢复接入")
	s.ask("POST", page+"/status", "status", "gone").want(t, 422)
	if s.guarded != 9 {
		t.Errorf("%d acts were guarded", s.guarded)
	}
}

func TestPortalsAreTheirLeadsAlone(t *testing.T) {
	s := open(t)
	page := s.ask("POST", "/console/portals", "union", city, "name", "企业服务网", "scopes", "needs:read").to
	for name, c := range map[string]struct {
		who    actor.Actor
		list   int
		status int
	}{
		"a clerk there":        {officer(actor.Clerk, city, "/0/01/"), 403, 403},
		"an auditor there":     {officer(actor.Auditor, city, "/0/01/"), 403, 403},
		"the lead of a sister": {officer(actor.Lead, sister, "/0/02/"), 200, 404},
		"a lead below":         {officer(actor.Lead, id.New(), "/0/01/07/"), 200, 404},
	} {
		s.who = c.who
		if got := s.ask("GET", "/console/portals"); got.status != c.list || strings.Contains(got.body, "企业服务网") {
			t.Errorf("%s: the list: %d", name, got.status)
		}
		for _, path := range []string{"", "/keys", "/hooks", "/status"} {
			method := "POST"
			if path == "" {
				method = "GET"
			}
			if got := s.ask(method, page+path, "url", "https://x.example/", "status", "suspended"); got.status != c.status {
				t.Errorf("%s: %s%s: %d", name, method, path, got.status)
			}
		}
	}
	s.who = officer(actor.Lead, id.New(), "/0/")
	s.ask("GET", page).want(t, 200)
}

// A page costs the same however much there is.
func TestQueriesOfThePages(t *testing.T) {
	s := open(t)
	page := s.ask("POST", "/console/portals", "union", city, "name", "一", "scopes", "needs:read").to
	count := func() int {
		ctx, n := sqldb.CountQueries(t.Context())
		a := s.who
		portalID := page[strings.LastIndex(page, "/")+1:]
		_, err1 := s.portals.Keys(ctx, a, portalID)
		_, err2 := s.portals.Hooks(ctx, a, portalID)
		_, err3 := s.portals.List(ctx, a)
		if err1 != nil || err2 != nil || err3 != nil {
			t.Fatal(err1, err2, err3)
		}
		return n.N()
	}
	few := count()
	for range 5 {
		s.ask("POST", page+"/keys")
		s.ask("POST", page+"/hooks", "url", "https://partner.example/hook")
		s.ask("POST", "/console/portals", "union", city, "name", "又一", "scopes", "needs:read")
	}
	if many := count(); many != few {
		t.Errorf("%d statements for one, %d for many", few, many)
	}
}
