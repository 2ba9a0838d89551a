package console_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/exchange/exchangesql"
	"github.com/unionhall/unionhall/internal/exchange/exchangetest"
	_ "github.com/unionhall/unionhall/internal/exchange/exchangeweb" // its words
	"github.com/unionhall/unionhall/internal/exchange/exchangeweb/console"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/match"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/htmlcheck"
)

const (
	nation  = "/0/"
	prov    = exchangetest.Province
	cityA   = exchangetest.CityA
	countyA = exchangetest.CountyA
	cityB   = exchangetest.CityB
	countyB = exchangetest.CountyB
)

// tree is a hall's tree whose ids are its paths.
type tree map[string]lang.Text

func newTree() tree {
	return tree{nation: {ZH: "全国总工会", EN: "National federation"}, prov: {ZH: "福建省总工会", EN: "Fujian"},
		cityA: {ZH: "厦门市总工会", EN: "Xiamen"}, countyA: {ZH: "海沧区总工会", EN: "Haicang"},
		cityB: {ZH: "泉州市总工会", EN: "Quanzhou"}, countyB: {ZH: "安溪县总工会", EN: "Anxi"}}
}

func (t tree) Union(_ context.Context, id string) (console.Union, error) {
	name, ok := t[id]
	if !ok {
		return console.Union{}, fault.NoSuch()
	}
	return console.Union{ID: id, Path: id, Name: name}, nil
}

func (t tree) UnionAt(ctx context.Context, path string) (console.Union, error) {
	return t.Union(ctx, path)
}

func (t tree) Children(ctx context.Context, id string) (out []console.Union, err error) {
	for _, p := range slices.Sorted(maps.Keys(t)) {
		if rest, ok := strings.CutPrefix(p, id); ok && strings.Count(rest, "/") == 1 {
			u, _ := t.Union(ctx, p)
			out = append(out, u)
		}
	}
	return out, nil
}

func (t tree) Line(ctx context.Context, id string) (out []console.Union, err error) {
	for _, p := range slices.Sorted(maps.Keys(t)) {
		if strings.HasPrefix(id, p) {
			u, _ := t.Union(ctx, p)
			out = append(out, u)
		}
	}
	return out, nil
}

// names answers for the hall, and counts how often it is asked.
type names struct {
	hall  *exchangetest.Hall
	asked int
}

func (n *names) Persons(ctx context.Context, ids []string) (map[string]string, error) {
	n.asked++
	found, err := n.hall.Providers(ctx, ids)
	out := map[string]string{}
	for id, p := range found {
		out[id] = p.Name
	}
	return out, err
}

func (n *names) Enterprises(ctx context.Context, ids []string) (map[string]string, error) {
	n.asked++
	out := map[string]string{}
	for _, id := range ids {
		if f, err := n.hall.Enterprise(ctx, id); err == nil {
			out[id] = f.Name
		}
	}
	return out, nil
}

// world is an exchange with its console behind the real router.
type world struct {
	*exchangetest.World
	t     *testing.T
	names *names
	rt    *web.Router
	db    *sqldb.DB
	who   map[string]actor.Actor
	LeadA actor.Actor // leads city A
	Both  actor.Actor // a clerk of county A and an auditor of county B
}

func newWorld(t *testing.T) *world {
	db := sqldbtest.SQLite(t)
	store := exchangesql.New(db)
	t.Cleanup(store.Close)
	w := &world{World: exchangetest.NewWorld(t, store, match.NewPlain()), t: t, db: db}
	w.Lead.Grants[0].UnionID = prov
	w.LeadA = exchangetest.Officer("lead-a", actor.Lead, cityA)
	w.Both = exchangetest.Officer("both", actor.Clerk, countyA)
	w.Both.Grants = append(w.Both.Grants, actor.Grant{Role: actor.Auditor, UnionID: countyB, Path: countyB})
	w.names = &names{hall: w.Hall}
	w.who = map[string]actor.Actor{}
	for _, a := range []actor.Actor{w.Firm, w.Other, w.Near, w.Lead, w.LeadA, w.ClerkA, w.ClerkB, w.Auditor, w.Both} {
		w.who[a.ID] = a
	}
	w.rt = web.New(web.Options{Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Authenticate: func(r *http.Request) (actor.Actor, error) { return w.who[r.Header.Get("X-Actor")], nil }})
	console.New(console.Deps{Exchange: w.Service, Unions: newTree(), Names: w.names, Clock: w.Clock}).Register(w.rt)
	return w
}

// seed adds needs of every state over two years to the store, without going through the steps.
func (w *world) seed(n int) []exchange.Need {
	w.t.Helper()
	r := rand.New(rand.NewPCG(1, uint64(n)))
	firms := []exchange.Firm{w.Hall.Firms["firm-a"], w.Hall.Firms["firm-b"],
		{ID: "firm-city", Name: "=cmd|' /C calc'!A0", UnionPath: cityA}, {ID: "firm-prov", Name: "省属重机厂", UnionPath: prov}}
	for _, f := range firms[2:] {
		w.Hall.AddFirm(f, "x-"+f.ID)
	}
	titles := []string{"薄壁套松开卡爪变椭圆", "=HYPERLINK(\"http://x\")", "+喷气织机断纬", "-焊缝气孔", "@注塑件缩水", "三坐标测头漂移 <b>&"}
	trades := []string{"cnc-turning", "weaving", "welding", "tea"}
	var b exchange.Batch
	for i := range n {
		f := firms[r.IntN(len(firms))]
		posted := w.Clock.Now().Add(-time.Duration(r.IntN(730*24)) * time.Hour)
		need := exchange.Need{ID: id.At(posted, [10]byte{byte(i >> 8), byte(i), byte(r.IntN(256))}), KindID: "expert-visit", UnionID: f.UnionPath, UnionPath: f.UnionPath,
			EnterpriseID: f.ID, PosterID: "p", Title: fmt.Sprintf("%s %d", titles[r.IntN(len(titles))], i), Trades: []string{trades[r.IntN(len(trades))]},
			State: exchange.NeedOpen, Posted: posted, Version: 1, Updated: posted, Values: exchange.Values{
				"urgency": {Text: []string{"normal", "soon", "urgent"}[r.IntN(3)]},
				"measure": {Measure: &exchange.Measure{Name: "圆度", Before: 0.12, Target: 0.03, Unit: "mm"}}}}
		life(&need, r, w.Clock.Now())
		b.Needs = append(b.Needs, need)
	}
	if err := w.Store.Load(w.t.Context(), b); err != nil {
		w.t.Fatal(err)
	}
	return b.Needs
}

// life lets a need come as far as chance has it.
func life(n *exchange.Need, r *rand.Rand, now time.Time) {
	wait := func(what exchange.WaitFor) {
		n.Wait = exchange.Wait{For: what, Since: n.Posted, Due: now.Add(time.Duration(r.IntN(200)-100) * time.Hour)}
	}
	switch r.IntN(5) {
	case 0:
		wait(exchange.WaitAnswer)
	case 1:
		n.State, n.FirstAnswer = exchange.NeedEngaged, n.Posted.Add(time.Duration(1+r.IntN(200))*time.Hour)
		wait([]exchange.WaitFor{exchange.WaitAdvice, exchange.WaitVisit, exchange.WaitClosing}[r.IntN(3)])
	case 2:
		n.State = exchange.NeedWithdrawn
	default:
		n.State, n.FirstAnswer = exchange.NeedClosed, n.Posted.Add(time.Duration(1+r.IntN(100))*time.Hour)
		n.Result = []exchange.Result{exchange.Solved, exchange.Solved, exchange.Partly, exchange.Unsolved}[r.IntN(4)]
		n.Closed, n.Visits = n.FirstAnswer.Add(72*time.Hour), r.IntN(3)
		if r.IntN(3) > 0 {
			n.RatingSum, n.RatingCount = 3+r.IntN(3), 1
		}
	}
}

// do sends a request as an actor and gives the answer.
func (w *world) do(a actor.Actor, r *http.Request) *httptest.ResponseRecorder {
	r.Header.Set("X-Actor", a.ID)
	if r.Header.Get("Accept-Language") == "" {
		r.Header.Set("Accept-Language", "zh")
	}
	rec := httptest.NewRecorder()
	w.rt.ServeHTTP(rec, r)
	return rec
}

func (w *world) nextID() string { return id.New() }

func (w *world) get(a actor.Actor, path string) *httptest.ResponseRecorder {
	return w.do(a, httptest.NewRequestWithContext(w.t.Context(), "GET", path, nil))
}

func (w *world) post(a actor.Actor, path string, v url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(w.t.Context(), "POST", path, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return w.do(a, r)
}

// says checks the message that a pressed button leaves for the next page.
func (w *world) says(rec *httptest.ResponseRecorder, text string) {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.t.Context(), "GET", "/console/needs", nil)
	for _, c := range rec.Result().Cookies() {
		r.AddCookie(c)
	}
	if got := parse(w.t, w.do(w.ClerkA, r)).Text(); rec.Code != http.StatusSeeOther || !strings.Contains(got, text) {
		w.t.Errorf("%d, and the next page does not say %q", rec.Code, text)
	}
}

// page gets a page that must be there and sound.
func (w *world) page(a actor.Actor, path string) *htmlcheck.Doc {
	w.t.Helper()
	rec := w.get(a, path)
	if rec.Code != http.StatusOK {
		w.t.Fatalf("GET %s as %s: %d\n%s", path, a.ID, rec.Code, htmlcheck.Parse(w.t, rec.Body).Text())
	}
	doc := htmlcheck.Parse(w.t, rec.Body)
	doc.Sound()
	return doc
}

// query makes an address with parameters given as name, value pairs.
func query(path string, pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return path + "?" + v.Encode()
}
