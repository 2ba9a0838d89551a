package upgrade

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/intake"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/portal"
)

var keep = flag.String("keep", "", "keep a hall of this release under testdata, as NAME.tar.zst and NAME.json")

const (
	password = "correct horse staple"
	leads    = "13900000001"
	speaks   = "13900000002"
	crafts   = "13900000003"
	joined   = "13500000001" // by an import
)

var bg = context.Background()

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// facts are what a hall must go on saying.
type facts struct {
	Key         string // of the portal, which is let in
	Unions      []string
	Enterprises []string
	Masters     []string
	People      map[string]string // by telephone number
	Needs       map[string]string // state by title
	Results     map[string]string // what became of the finished ones
	Said        []string
	Tools       []string
	Notices     map[string]int // by telephone number
	Hooks       []string
}

// TestKeep makes a hall with something of everything and keeps it. It is run once for each release:
//
//	go test ./test/upgrade -run TestKeep -keep 0.2
func TestKeep(t *testing.T) {
	if *keep == "" {
		t.Skip("keeps a hall only when it is told its release")
	}
	c := app.Config{Dir: t.TempDir(), Listen: "127.0.0.1:0", Private: true, Cheap: true}
	a := must[*app.App](t)(app.Open(bg, c, quiet))
	key := fill(t, a)
	f := factsOf(t, a)
	f.Key = key
	f.check(t)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join("testdata", *keep+".tar.zst")
	if _, err := app.Backup(bg, c, out, true); err != nil {
		t.Fatal(err)
	}
	b, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("testdata", *keep+".json"), append(b, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// check sees that there is something of everything.
func (f facts) check(t *testing.T) {
	if len(f.Unions) < 2 || len(f.Enterprises) < 1 || len(f.Masters) < 1 || len(f.People) < 4 || len(f.Needs) < 4 || len(f.Results) < 1 || len(f.Said) < 2 ||
		len(f.Tools) < 1 || len(f.Hooks) < 1 || f.Notices[crafts] < 2 || f.Notices[speaks] < 1 {
		t.Fatalf("too little to keep: %+v", f)
	}
}

// as signs somebody in by their number, as an old password must still do, and gives them as services see them.
func as(t testing.TB, a *app.App, phone string) actor.Actor {
	t.Helper()
	in := must[hall.SignedIn](t)(a.Hall.SignIn(bg, hall.SignIn{Login: phone, Password: password, Address: "test"}))
	return must[actor.Actor](t)(a.Hall.Actor(bg, in.Person.ID))
}

// fill makes the hall and gives the portal's key. Whatever a release adds is added here, for the releases after it.
func fill(t *testing.T, a *app.App) (key string) {
	must[hall.Person](t)(a.Hall.Found(bg, hall.Founding{Name: "海州市总工会", NameEN: "Haizhou", Level: hall.City, Person: "林一", Phone: leads, Password: password}))
	root := must[hall.Union](t)(a.Hall.Root(bg))
	county := must[hall.Union](t)(a.Hall.CreateUnion(bg, actor.Hall, hall.NewUnion{ParentID: root.ID, Level: hall.County, Code: "01",
		Name: lang.Text{ZH: "东区总工会", EN: "East"}, Kind: hall.Region, Place: hall.Place{Lat: 24.9, Lng: 118.6}}))
	firm := must[hall.Enterprise](t)(a.Hall.CreateEnterprise(bg, actor.Hall, hall.EnterpriseInput{Name: "海州精密机械有限公司", Industry: "machinery",
		Size: hall.Small, UnionID: county.ID, Address: "创业路 8 号", Place: hall.Place{Lat: 24.91, Lng: 118.61}}))
	stop := run(t, a)
	defer stop()
	newcomer(t, a, must[hall.Newcomer](t)(a.Hall.AddContact(bg, actor.Hall, hall.ContactInput{EnterpriseID: firm.ID, Name: "陈二", Phone: speaks, Title: "厂长"})))
	own := hall.MasterOwn{Craft: []string{"cnc-turning"}, Bio: "薄壁件车削变形", City: "海州市", Place: hall.Place{Lat: 24.9, Lng: 118.6}, ReachMetre: 100_000, MaxLoad: 5}
	for d := time.Sunday; d <= time.Saturday; d++ {
		own.Calendar.Weekly = append(own.Calendar.Weekly, hall.Slot{Weekday: d, From: 0, To: 24 * 60})
	}
	newcomer(t, a, must[hall.Newcomer](t)(a.Hall.CreateMaster(bg, actor.Hall, hall.PersonInput{Name: "王三", Phone: crafts},
		hall.MasterInput{UnionID: county.ID, Title: "高级技师", Honours: []hall.Honour{{Name: "五一劳动奖章", Year: 2019}}, MasterOwn: own})))
	p := must[portal.Portal](t)(a.Portals.Add(bg, actor.Hall, portal.Draft{Name: "企业服务网", UnionID: county.ID, Scopes: portal.AllScopes}))
	_, key, err := a.Portals.AddKey(bg, actor.Hall, p.ID, time.Time{})
	must[string](t)(key, err)
	k, _, err := a.Portals.AddHook(bg, actor.Hall, p.ID, "http://127.0.0.1:1/hook", []string{exchange.SubjectPrefix + exchange.NeedPosted})
	must[portal.Hook](t)(k, err)
	imported(t, a, county.ID)
	work(t, a, firm, p)
	return key
}

// newcomer gives somebody a password of their own.
func newcomer(t *testing.T, a *app.App, n hall.Newcomer) {
	t.Helper()
	if err := a.Hall.ChangePassword(bg, must[actor.Actor](t)(a.Hall.Actor(bg, n.Person.ID)), n.Password, password, ""); err != nil {
		t.Fatal(err)
	}
}

func imported(t *testing.T, a *app.App, unionID string) {
	lead := as(t, a, leads)
	j := must[intake.Job](t)(a.Imports.Upload(bg, lead, intake.Upload{Kind: "workers", UnionID: unionID, Name: "职工.csv", Body: strings.NewReader("姓名,手机号\n张伟," + joined + "\n")}))
	must[intake.Job](t)(a.Imports.SetColumns(bg, lead, j.ID, j.Columns))
	until(t, "the list is checked", func() bool { return must[intake.Job](t)(a.Imports.Job(bg, lead, j.ID)).State == intake.Checked })
	must[intake.Job](t)(a.Imports.Start(bg, lead, j.ID, intake.GoodRows, false))
	until(t, "the list is in", func() bool { return must[intake.Job](t)(a.Imports.Job(bg, lead, j.ID)).State == intake.Done })
}

func until(t testing.TB, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain: " + what)
		}
	}
}

// work takes needs as far as each can go.
func work(t *testing.T, a *app.App, firm hall.Enterprise, p portal.Portal) {
	ex, contact, master := a.Exchange, as(t, a, speaks), as(t, a, crafts)
	until(t, "the master has an offer", func() bool { return len(must[[]exchange.Offer](t)(ex.OffersOf(bg, master.ID))) == 1 })
	offer := must[[]exchange.Offer](t)(ex.OffersOf(bg, master.ID))[0]
	post := func(by actor.Actor, title, ref string) exchange.Need {
		return must[exchange.Need](t)(ex.Post(bg, by, exchange.Draft{KindID: exchange.ExpertVisit, EnterpriseID: firm.ID, PortalRef: ref, Values: exchange.Values{
			"title": {Text: title}, "trade": {Text: "cnc-turning"}, "story": {Text: "车薄壁套总变形，圆度超差。"}, "equipment": {Text: "CK6150"},
			"place":   {Spot: &exchange.Spot{Lat: 24.91, Lng: 118.61, Address: "创业路 8 号"}},
			"measure": {Measure: &exchange.Measure{Name: "圆度", Before: 0.12, Target: 0.03, Unit: "mm"}}}}))
	}
	post(contact, "还没有人来", "")
	post(p.Actor(), "从平台来的", "ref-1")
	gone := post(contact, "不需要了", "")
	if err := ex.Withdraw(bg, contact, gone.ID, "自己解决了"); err != nil {
		t.Fatal(err)
	}
	n := post(contact, "正在做", "")
	e := must[exchange.Engagement](t)(ex.Accept(bg, master, n.ID, offer.ID))
	must[exchange.Message](t)(ex.Say(bg, contact, n.ID, e.ID, "夹具有图吗？", nil, ""))
	must[exchange.Message](t)(ex.Say(bg, master, n.ID, e.ID, "有，我带过去。", nil, ""))
	from := time.Now().Add(48 * time.Hour)
	v := must[exchange.Visit](t)(ex.ProposeVisit(bg, master, n.ID, e.ID, exchange.VisitPlan{From: from, To: from.Add(2 * time.Hour), Address: "创业路 8 号"}))
	if err := ex.AgreeVisit(bg, contact, n.ID, e.ID, v.ID); err != nil {
		t.Fatal(err)
	}
	n = post(contact, "办好了", "")
	e = must[exchange.Engagement](t)(ex.Accept(bg, master, n.ID, offer.ID))
	after := 0.02
	for _, by := range []actor.Actor{master, contact} {
		must[exchange.Case](t)(ex.Close(bg, by, n.ID, e.ID, exchange.Closing{Result: exchange.Solved, After: &after, Note: "软爪撑大再夹", Stars: 5, Comment: "好"}))
	}
	must[exchange.Tool](t)(ex.WriteTool(bg, master, n.ID, e.ID, exchange.Tool{Title: "软爪撑大再夹", Problem: "薄壁套变形", Method: "先撑后夹"}))
	until(t, "everybody has been told", func() bool { f := factsOf(t, a); return f.Notices[crafts] >= 5 && f.Notices[speaks] >= 3 })
}

// factsOf asks the services, not the tables: those may change.
func factsOf(t testing.TB, a *app.App) (f facts) {
	t.Helper()
	f.People, f.Needs, f.Results, f.Notices = map[string]string{}, map[string]string{}, map[string]string{}, map[string]int{}
	root := must[hall.Union](t)(a.Hall.Root(bg))
	for _, u := range must[[]hall.Union](t)(a.Hall.Subtree(bg, root.ID, "", 100)) {
		f.Unions = append(f.Unions, u.Path+" "+u.Name.ZH+" "+u.Name.EN)
	}
	for _, e := range must[hall.List[hall.Enterprise]](t)(a.Hall.EnterprisesIn(bg, actor.Hall, root.ID, hall.Search{Page: hall.Page{Limit: 100}})).Rows {
		f.Enterprises = append(f.Enterprises, e.Name+" "+e.Address)
	}
	for _, m := range must[hall.List[hall.Master]](t)(a.Hall.FindMasters(bg, hall.MasterSearch{Search: hall.Search{Page: hall.Page{Limit: 100}}})).Rows {
		f.Masters = append(f.Masters, m.Name+" "+m.Title+" "+strings.Join(m.Craft, ",")+" "+m.Honours[0].Name)
	}
	for _, p := range must[hall.List[hall.Person]](t)(a.Hall.Workers(bg, actor.Hall, root.ID, hall.Search{Page: hall.Page{Limit: 100}})).Rows {
		f.People[p.Phone.Whole()] = p.Name
	}
	for _, c := range must[[]exchange.Case](t)(a.Exchange.Cases(bg, actor.Hall, exchange.NeedFilter{Limit: 100})) {
		f.Needs[c.Need.Title] = string(c.Need.State)
		for _, e := range c.Engagements {
			if e.NeedEnd != nil {
				f.Results[c.Need.Title] = string(e.NeedEnd.Result) + " " + e.NeedEnd.Note
			}
			for _, m := range must[[]exchange.Message](t)(a.Exchange.Thread(bg, actor.Hall, c.Need.ID, e.ID)) {
				f.Said = append(f.Said, m.Body)
			}
		}
	}
	for _, x := range must[[]exchange.Tool](t)(a.Exchange.Tools(bg, exchange.ToolFilter{Limit: 100})) {
		f.Tools = append(f.Tools, x.Title+": "+x.Method)
	}
	for _, phone := range []string{speaks, crafts} {
		n := must[int](t)(a.Notices.Unread(bg, as(t, a, phone)))
		f.Notices[phone] = n
	}
	for _, p := range must[[]portal.Portal](t)(a.Portals.List(bg, actor.Hall)) {
		for _, h := range must[[]portal.Hook](t)(a.Portals.Hooks(bg, actor.Hall, p.ID)) {
			f.Hooks = append(f.Hooks, h.URL)
		}
	}
	for _, l := range [][]string{f.Unions, f.Enterprises, f.Masters, f.Said, f.Tools, f.Hooks} {
		slices.Sort(l)
	}
	return f
}

// goesOn works a little in the hall as it is now.
func goesOn(t *testing.T, a *app.App) {
	contact, master := as(t, a, speaks), as(t, a, crafts)
	for _, c := range must[[]exchange.Case](t)(a.Exchange.Cases(bg, actor.Hall, exchange.NeedFilter{Limit: 100})) {
		if c.Need.Title == "还没有人来" {
			m := must[exchange.Matches](t)(a.Exchange.Matches(bg, contact, c.Need.ID, 10))
			if len(m.Offers) != 1 || m.Offers[0].Offer.OwnerID != master.ID {
				t.Errorf("the master is not found: %+v", m)
			}
			must[exchange.Engagement](t)(a.Exchange.Accept(bg, master, c.Need.ID, m.Offers[0].Offer.ID))
		}
	}
	if _, err := a.Hall.CreateUnion(bg, as(t, a, leads), hall.NewUnion{ParentID: must[hall.Union](t)(a.Hall.Root(bg)).ID, Level: hall.County, Code: "02",
		Name: lang.Text{ZH: "西区总工会"}, Kind: hall.Region}); err != nil {
		t.Error(err)
	}
}
