package exchangeweb_test

import (
	"bytes"
	"context"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/blob"
	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/exchange/exchangesql"
	"github.com/unionhall/unionhall/internal/exchange/exchangetest"
	"github.com/unionhall/unionhall/internal/exchange/exchangeweb"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/match"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/htmlcheck"
)

// pid makes the same identifier for the same number.
func pid(n byte) string { return id.At(exchangetest.Start, [10]byte{n}) }

// Who is who in a world.
var (
	firmA, firmB    = pid(1), pid(2)
	contactA        = pid(3)
	contactB        = pid(4)
	near, far       = pid(5), pid(6)
	weaver, worker  = pid(7), pid(8)
	clerkA, clerkB  = pid(9), pid(10)
	auditorA, leadP = pid(11), pid(12)
)

// world is a small exchange behind its pages.
type world struct {
	s      *exchange.Service
	store  exchange.Store
	hall   *exchangetest.Hall
	clock  *clock.Fake
	router *web.Router
	pages  *exchangeweb.Pages
	who    map[string]actor.Actor
	names  *names
	seen   *sqldb.Counter // the statements of the last request
}

func newWorld(t testing.TB) *world {
	t.Helper()
	store := exchangesql.New(sqldbtest.SQLite(t))
	t.Cleanup(store.Close)
	h := exchangetest.NewHall()
	w := &world{store: store, hall: h, clock: clock.At(exchangetest.Start), who: map[string]actor.Actor{}}
	add := func(a actor.Actor, name string) {
		a.Name = name
		w.who[a.ID] = a
	}
	add(h.AddFirm(exchange.Firm{ID: firmA, Name: "海沧精密机械有限公司", UnionID: "u", UnionPath: exchangetest.CountyA,
		Spot: exchange.Spot{Lat: 24.48, Lng: 118.09, Address: "海沧区新阳路 12 号"}}, contactA), "周文斌")
	add(h.AddFirm(exchange.Firm{ID: firmB, Name: "安溪茶业有限公司", UnionID: "u", UnionPath: exchangetest.CountyB,
		Spot: exchange.Spot{Lat: 25.06, Lng: 118.19}}, contactB), "苏玉兰")
	master := func(id, name, path string, craft []string, lat, lng, reach float64, bio string) {
		add(h.AddProvider(exchangetest.Master(id, name, path, craft, lat, lng, reach, bio)), name)
	}
	master(near, "林国栋", exchangetest.CityA, []string{"cnc-turning"}, 24.52, 118.15, 60_000, "三十年数控车削，专治薄壁件变形、椭圆，软爪和开口套是看家本领。")
	master(far, "陈远山", exchangetest.CityB, []string{"cnc-turning"}, 26.60, 118.10, 50_000, "数控车床大件加工，螺纹与长轴。")
	master(weaver, "王秀英", exchangetest.CityA, []string{"weaving"}, 24.50, 118.10, 80_000, "喷气织机断纬、停台、布面疵点。")
	h.People[worker] = exchange.Provider{ID: worker, Name: "黄小满", UnionPath: exchangetest.CityA, MaxLoad: 1}
	add(actor.Actor{Kind: actor.Person, ID: worker, UnionPath: exchangetest.CityA}, "黄小满")
	add(exchangetest.Officer(clerkA, actor.Clerk, exchangetest.CityA), "赵干事")
	add(exchangetest.Officer(clerkB, actor.Clerk, exchangetest.CityB), "钱干事")
	add(exchangetest.Officer(auditorA, actor.Auditor, exchangetest.CityA), "孙审计")
	add(exchangetest.Officer(leadP, actor.Lead, exchangetest.Province), "李主任")
	w.s = exchange.New(store, h, match.NewPlain(), w.clock, slog.New(slog.DiscardHandler))
	if err := w.s.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, m := range []string{near, far, weaver} {
		if err := w.s.SyncMaster(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	blobs, err := blob.Folder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w.names = &names{w: w}
	w.router = web.New(web.Options{Log: slog.New(slog.DiscardHandler), Authenticate: func(r *http.Request) (actor.Actor, error) {
		return w.who[r.Header.Get("Who")], nil
	}})
	w.pages = exchangeweb.New(exchangeweb.Deps{Exchange: w.s, Names: w.names, Unions: unions{}, Blobs: blobs, Clock: w.clock, Numbers: w.numbers,
		Secret: []byte("a secret of the tests"),
		Actor: func(_ context.Context, personID string) (actor.Actor, error) {
			if a, ok := w.who[personID]; ok {
				return a, nil
			}
			return actor.Actor{}, fault.NoSuch()
		}})
	w.pages.Register(w.router)
	return w
}

// numbers are what the two sides see of each other.
func (w *world) numbers(_ context.Context, _ actor.Actor, ids []string, _ string) (map[string]string, error) {
	out := map[string]string{}
	for _, id := range ids {
		if _, ok := w.who[id]; ok {
			out[id] = "1380000" + id[len(id)-4:]
		}
	}
	return out, nil
}

// names answers from the world, and counts how often it is asked.
type names struct {
	w     *world
	asked int
}

func (n *names) People(_ context.Context, ids []string) (map[string]exchangeweb.Person, error) {
	n.asked++
	out := map[string]exchangeweb.Person{}
	for _, id := range ids {
		if a, ok := n.w.who[id]; ok {
			out[id] = exchangeweb.Person{Name: a.Name}
		}
	}
	return out, nil
}

func (n *names) Firms(_ context.Context, ids []string) (map[string]exchangeweb.Firm, error) {
	n.asked++
	out := map[string]exchangeweb.Firm{}
	for _, id := range ids {
		if f, ok := n.w.hall.Firms[id]; ok {
			out[id] = exchangeweb.Firm{Name: f.Name, UnionPath: f.UnionPath, Spot: f.Spot, Closed: f.Closed}
		}
	}
	return out, nil
}

func (n *names) Contacts(_ context.Context, ids []string) (map[string][]string, error) {
	n.asked++
	out := map[string][]string{}
	for _, id := range ids {
		out[id] = n.w.hall.Speakers[id]
	}
	return out, nil
}

func (n *names) Masters(_ context.Context, ids []string) (map[string]exchangeweb.Master, error) {
	n.asked++
	out := map[string]exchangeweb.Master{}
	for _, id := range ids {
		if p, ok := n.w.hall.People[id]; ok && p.Master {
			out[id] = exchangeweb.Master{Name: p.Name, Title: p.Title, City: "厦门市"}
		}
	}
	return out, nil
}

func (n *names) CountMasters(context.Context) (int, error) { n.asked++; return 3, nil }

// unions names the five unions of the world.
type unions struct{}

func (unions) Name(path string) lang.Text {
	return map[string]lang.Text{
		exchangetest.Province: {ZH: "福建省总工会", EN: "Fujian Federation"}, exchangetest.CityA: {ZH: "厦门市总工会", EN: "Xiamen Federation"},
		exchangetest.CountyA: {ZH: "海沧区总工会", EN: "Haicang Federation"}, exchangetest.CityB: {ZH: "泉州市总工会", EN: "Quanzhou Federation"},
		exchangetest.CountyB: {ZH: "安溪县总工会", EN: "Anxi Federation"}}[path]
}

func (unions) Places() []exchangeweb.Place {
	a, b := lang.Text{ZH: "厦门市", EN: "Xiamen"}, lang.Text{ZH: "泉州市", EN: "Quanzhou"}
	return []exchangeweb.Place{
		{Path: exchangetest.CityA, Name: a, Lat: 24.48, Lng: 118.09},
		{Path: exchangetest.CountyA, Name: lang.Text{ZH: "海沧区", EN: "Haicang"}, Group: a, Lat: 24.48, Lng: 118.03},
		{Path: exchangetest.CityB, Name: b, Lat: 24.87, Lng: 118.67},
		{Path: exchangetest.CountyB, Name: lang.Text{ZH: "安溪县", EN: "Anxi"}, Group: b, Lat: 25.06, Lng: 118.19},
	}
}

// answer is what a page answered.
type answer struct {
	*httptest.ResponseRecorder
	*htmlcheck.Doc
}

// ask sends a request as somebody ("" is nobody), in Chinese unless the path says ?lang… otherwise.
func (w *world) ask(t testing.TB, who string, r *http.Request) answer {
	t.Helper()
	if who != "" {
		r.Header.Set("Who", who)
	}
	ctx, seen := sqldb.CountQueries(r.Context())
	w.seen = seen
	w.names.asked = 0
	rec := httptest.NewRecorder()
	w.router.ServeHTTP(rec, r.WithContext(ctx))
	return answer{rec, htmlcheck.Parse(t, bytes.NewReader(rec.Body.Bytes()))}
}

func (w *world) get(t testing.TB, who, path string) answer {
	t.Helper()
	return w.ask(t, who, httptest.NewRequest("GET", path, nil))
}

func (w *world) english(t testing.TB, who, path string) answer {
	t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	r.AddCookie(&http.Cookie{Name: "lang", Value: "en"})
	return w.ask(t, who, r)
}

func (w *world) post(t testing.TB, who, path string, v url.Values) answer {
	t.Helper()
	r := httptest.NewRequest("POST", path, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return w.ask(t, who, r)
}

type upload struct {
	field, name string
	body        []byte
}

func (w *world) send(t testing.TB, who, path string, v url.Values, files ...upload) answer {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for k, vs := range v {
		for _, x := range vs {
			if err := m.WriteField(k, x); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, f := range files {
		part, err := m.CreateFormFile(f.field, f.name)
		if err == nil {
			_, err = part.Write(f.body)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", path, &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	return w.ask(t, who, r)
}

// ok fails the test unless the page is whole and has the status.
func (a answer) ok(t testing.TB, status int) answer {
	t.Helper()
	if a.Code != status {
		t.Fatalf("status %d, want %d: %s", a.Code, status, firstWords(a.Text()))
	}
	if strings.HasPrefix(a.Header().Get("Content-Type"), "text/html") && a.Body.Len() > 0 {
		a.Sound()
		if i := strings.Index(a.Body.String(), "exchange."); i >= 0 && !strings.Contains(a.Body.String()[max(0, i-20):i], "/static/") {
			t.Fatalf("a message is missing: %s", a.Body.String()[i:min(len(a.Body.String()), i+60)])
		}
	}
	return a
}

func firstWords(s string) string {
	r := []rune(s)
	return string(r[:min(len(r), 300)])
}

// to fails the test unless the answer leads to a path with the prefix, and gives the path.
func (a answer) to(t testing.TB, prefix string) string {
	t.Helper()
	loc := a.Header().Get("Location")
	if a.Code != http.StatusSeeOther || !strings.HasPrefix(loc, prefix) {
		t.Fatalf("status %d to %q, want 303 to %s…: %s", a.Code, loc, prefix, firstWords(a.Text()))
	}
	return loc
}

// flashed is what the answer leaves to be said on the next page.
func (a answer) flashed(t testing.TB) []string {
	t.Helper()
	var out []string
	for _, c := range a.Result().Cookies() {
		if c.Name == "flash" {
			out = append(out, c.Value)
		}
	}
	return out
}

// need is the form of a need that fits the near master.
func need() url.Values {
	return url.Values{
		"kind": {"expert-visit"}, "enterprise": {firmA}, "once": {id.New()},
		"title":        {"不锈钢薄壁套车完一松卡爪就椭圆"},
		"trade":        {"cnc-turning"},
		"story":        {"304 不锈钢套，外径 80 壁厚 1.5，夹紧车好是圆的，松开三爪椭圆。"},
		"equipment":    {"CK6150"},
		"measure.name": {"圆度"}, "measure.before": {"０．１２"}, "measure.target": {"0。03"}, "measure.unit": {"mm"},
		"place": {""}, "place.at": {"firm"}, "urgency": {"soon"},
	}
}

// posted posts a need through the form and gives its id.
func (w *world) posted(t testing.TB) string {
	t.Helper()
	to := w.post(t, contactA, "/needs", need()).to(t, "/needs/")
	return strings.TrimPrefix(to, "/needs/")
}

// accepted posts a need that the near master takes, and gives the ids.
func (w *world) accepted(t testing.TB) (needID, engagementID string) {
	t.Helper()
	n := w.posted(t)
	to := w.post(t, near, "/needs/"+n+"/accept", url.Values{"offer": {w.offerOf(t, near)}}).to(t, "/needs/"+n+"/engagements/")
	return n, strings.TrimPrefix(to, "/needs/"+n+"/engagements/")
}

func (w *world) offerOf(t testing.TB, who string) string {
	t.Helper()
	o, err := w.store.OffersOf(t.Context(), who)
	if err != nil || len(o) == 0 {
		t.Fatalf("%d offers: %v", len(o), err)
	}
	return o[0].ID
}

// finished is an engagement that both sides have closed.
func (w *world) finished(t testing.TB) (needID, engagementID string) {
	t.Helper()
	n, e := w.accepted(t)
	href := "/needs/" + n + "/engagements/" + e
	w.post(t, near, href+"/close", url.Values{"result": {"solved"}, "after": {"0.02"}, "stars": {"5"}, "note": {"改用开口套装夹。"}}).to(t, href)
	w.post(t, contactA, href+"/close", url.Values{"result": {"solved"}, "after": {"0.02"}, "stars": {"5"}, "comment": {"很管用"}}).to(t, href)
	return n, e
}

// written is a toolbox entry that came of one.
func (w *world) written(t testing.TB) string {
	t.Helper()
	n, e := w.finished(t)
	to := w.post(t, near, "/needs/"+n+"/engagements/"+e+"/tool", url.Values{"title": {"薄壁套松爪变椭圆：用开口套装夹"}, "problem": {"松开三爪后椭圆 0.12"},
		"method": {"1. 做一个开口套\n2. 夹开口套精车\n3. 松爪复测"}}).to(t, "/toolbox/")
	return strings.TrimPrefix(to, "/toolbox/")
}

func (w *world) days(n int) { w.clock.Move(time.Duration(n) * 24 * time.Hour) }
