package app_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/portal"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

// founded makes the first union and a portal of it with the scopes, and gives the portal's key.
func founded(t *testing.T, a *app.App, scopes ...string) string {
	t.Helper()
	ctx := t.Context()
	lead, err := a.Hall.Found(ctx, hall.Founding{Name: "某省总工会", NameEN: "A province", Person: "张三", Phone: "13800138000", Password: "一二三四五六七八九十"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := a.Portals.Add(ctx, actor.Hall, portal.Draft{Name: "平台", UnionID: lead.UnionID, Scopes: scopes})
	if err != nil {
		t.Fatal(err)
	}
	_, key, err := a.Portals.AddKey(ctx, actor.Hall, p.ID, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// What no text can hold, or no engine takes, is the sender's mistake on either engine and never ours.
func TestNoInputIsOurDefect(t *testing.T) {
	for engine, store := range map[string]string{"sqlite": "", "postgres": sqldbtest.PostgresDSN(t)} {
		t.Run(engine, func(t *testing.T) {
			a := open(t, app.Config{Dir: t.TempDir(), Store: store})
			key := founded(t, a, portal.AllScopes...)
			base, stop := start(t, a)
			defer stop()
			send := func(method, path, body, once string) {
				t.Helper()
				req, err := http.NewRequest(method, base+path, strings.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Authorization", "Bearer "+key)
				req.Header.Set("Content-Type", "application/json")
				if once != "" {
					req.Header.Set("Idempotency-Key", once)
				}
				res, err := http.DefaultClient.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				defer res.Body.Close()
				answer, _ := io.ReadAll(res.Body)
				if res.StatusCode >= 500 {
					t.Errorf("%s %.60s %.80s: %d %.200s", method, path, body, res.StatusCode, answer)
				}
				if kind := res.Header.Get("Content-Type"); strings.HasPrefix(path, "/v1/") && res.StatusCode >= 400 && kind != "application/problem+json" {
					t.Errorf("%s %.60s: %d as %s", method, path, res.StatusCode, kind)
				}
			}
			const none = "01900000-0000-7000-8000-000000000000"
			long := strings.Repeat("a", 60_000)
			for _, bad := range []string{"%00", "%ff", "a%00b", long} {
				for _, page := range []string{"/toolbox?q=", "/toolbox?trade=", "/toolbox?kind=", "/toolbox?before=", "/masters?q=", "/masters?trade=",
					"/masters?city=", "/masters?after=", "/signin?next=", "/me/calendar.ics?key=", "/live?topic=need:", "/live?topic=union:",
					"/v1/needs?ref=", "/v1/needs?before=", "/v1/needs/", "/v1/kinds/", "/v1/toolbox?q=", "/v1/toolbox?trade=", "/v1/toolbox?kind=",
					"/v1/toolbox/", "/v1/hooks/" + none + "/deliveries?after="} {
					send("GET", page+bad, "", "")
				}
				send("POST", "/v1/hooks/"+bad+"/resume", "", "")
				send("DELETE", "/v1/hooks/"+bad, "", "")
			}
			for _, bad := range []string{"\\u0000", "a\\u0000b", "\xff"} {
				for _, body := range []string{
					`{"kind":"expert-visit","enterprise_id":"` + bad + `","values":{}}`,
					`{"kind":"` + bad + `","values":{}}`,
					`{"kind":"expert-visit","enterprise_licence":"` + bad + `","values":{}}`,
					`{"kind":"expert-visit","ref":"` + bad + `","values":{"` + bad + `":{"text":"` + bad + `"}}}`,
				} {
					send("POST", "/v1/needs", body, "")
				}
				send("POST", "/v1/needs/"+none+"/invitations", `{"offer_id":"`+bad+`"}`, "")
				send("POST", "/v1/hooks", `{"url":"https://example.org/`+bad+`"}`, "")
			}
			send("POST", "/v1/needs", `{"kind":"expert-visit","enterprise_id":"`+none+`","values":{}}`, "k\xff")
			send("DELETE", "/v1/needs", "", "")
			send("GET", "/v1/none", "", "")
		})
	}
}
