package routes

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/blob"
	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/limit"
	"github.com/unionhall/unionhall/internal/portal"
)

const password = "correct horse staple"

// city is one of two sisters: a city union with two counties below it, and who is there.
type city struct {
	name           string // "a", "b"
	union          hall.Union
	county, beside hall.Union // what happens, happens in county
	firm, other    hall.Enterprise
	portal, second portal.Portal // bound to county and to beside
	key, secondKey string
	people         map[string]hall.Person // by part
}

// world is the hall that is walked. What is to stay within city A's county carries a mark.
type world struct {
	t     *testing.T
	app   *app.App
	clock *clock.Fake
	base  string
	blobs blob.Store
	a, b  *city
	top   hall.Person
	marks map[string]bool // what only those entitled may read
	batch hall.Batch
	hash  string
	phone int
	disk  *disk
}

// secret is a text that only those entitled may read. It is a word of its own, so that pages that show words of
// a text show it whole.
func (w *world) secret(what string) string {
	m := fmt.Sprintf("qz%02dsecret%s", len(w.marks), what)
	w.marks[m] = true
	return m
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func must[T any](w *world) func(T, error) T {
	return func(v T, err error) T {
		w.t.Helper()
		w.must(err)
		return v
	}
}

// newWorld boots the App with a world in it and serves it. more plants what the others need not.
func newWorld(t *testing.T, more ...func(*world)) *world {
	// Weeks ago, so that they can pass: cookies live by the machine's clock, and none may come from the future.
	w := &world{t: t, clock: clock.At(time.Now().AddDate(0, 0, -33)), marks: map[string]bool{}, disk: &disk{}}
	ctx, dir := context.Background(), t.TempDir()
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	a, err := app.Open(ctx, app.Config{Dir: dir, Listen: "127.0.0.1:0", Private: true, Cheap: true, Clock: w.clock, BaseURL: "http://hall.example.org", Faults: w.disk,
		Writes: limit.Rate{Burst: 1 << 20, Every: time.Microsecond}}, log)
	w.must(err)
	w.app = a
	w.blobs = must[blob.Store](w)(blob.Folder(filepath.Join(dir, "files")))
	w.hash = must[string](w)(hall.NewHasher(hall.Cost{Memory: 64, Time: 1, Threads: 1}).Hash(ctx, password))
	nation := w.union(hall.Union{}, hall.Nation, "0", "全国总工会", hall.Place{})
	province := w.union(nation, hall.Province, "35", "闽海省总工会", hall.Place{Lat: 26, Lng: 119})
	w.top = w.person(nation, "郑国栋")
	w.grant(w.top, nation, actor.Lead)
	w.a = w.city(province, "a", "01", hall.Place{Lat: 24.9, Lng: 118.6})
	w.b = w.city(province, "b", "02", hall.Place{Lat: 26.1, Lng: 119.3})
	for _, plant := range more {
		plant(w)
	}
	w.must(a.Hall.Load(ctx, w.batch))
	w.serve(ctx)
	for _, m := range w.batch.Masters {
		w.must(a.Exchange.SyncMaster(ctx, m.PersonID))
	}
	for _, c := range []*city{w.a, w.b} {
		w.portals(c)
	}
	return w
}

// serve runs the App until the test ends.
func (w *world) serve(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- w.app.Run(ctx, func(a net.Addr) { ready <- "http://" + a.String() }) }()
	w.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			w.t.Error(err)
		}
		if err := w.app.Close(); err != nil {
			w.t.Error(err)
		}
	})
	select {
	case w.base = <-ready:
	case err := <-ended:
		ended <- err
		w.t.Fatal(err)
	}
}

func (w *world) union(parent hall.Union, level hall.Level, code, name string, at hall.Place) hall.Union {
	u := hall.Union{ID: id.New(), ParentID: parent.ID, Level: level, Code: code, Path: hall.PathOf(parent.Path, code),
		Name: lang.Text{ZH: name, EN: name}, Kind: hall.Region, Place: at, Created: w.clock.Now()}
	w.batch.Unions = append(w.batch.Unions, u)
	return u
}

func (w *world) person(u hall.Union, name string) hall.Person {
	w.phone++
	p := hall.Person{ID: id.New(), Name: name, Phone: hall.Phone(fmt.Sprintf("+861390777%04d", w.phone)), UnionID: u.ID, UnionPath: u.Path,
		Status: hall.Active, Created: w.clock.Now()}
	w.batch.People = append(w.batch.People, hall.NewPerson{Person: p, Hash: w.hash})
	return p
}

func (w *world) grant(p hall.Person, u hall.Union, role actor.Role) {
	w.batch.Grants = append(w.batch.Grants, hall.Grant{ID: id.New(), PersonID: p.ID, UnionID: u.ID, UnionPath: u.Path, Role: role,
		GivenBy: actor.Hall.ID, Given: w.clock.Now()})
}

// city plants a city. What belongs to city A's county and is nobody else's to read is marked; city B has the same
// without marks. The masters of the two have no trade in common, so that none fits the other's needs: whoever fits
// an open need may see it.
func (w *world) city(province hall.Union, name, code string, at hall.Place) *city {
	c := &city{name: name, people: map[string]hall.Person{}}
	c.union = w.union(province, hall.City, code, name+"市总工会", at)
	c.county = w.union(c.union, hall.County, "01", name+"东区总工会", at)
	c.beside = w.union(c.union, hall.County, "02", name+"西区总工会", at)
	private := func(what string) string {
		if name == "a" {
			return w.secret(what)
		}
		return "b" + what
	}
	person := func(part string, u hall.Union, name string) hall.Person {
		c.people[part] = w.person(u, name)
		return c.people[part]
	}
	for _, role := range []actor.Role{actor.Lead, actor.Clerk, actor.Auditor} {
		w.grant(person(string(role), c.union, name+"市"+string(role)), c.union, role)
	}
	w.grant(person("county-clerk", c.county, private("countyclerk")), c.county, actor.Clerk)
	w.grant(person("sister-clerk", c.beside, name+"西区干事"), c.beside, actor.Clerk)
	person("worker", c.county, name+"东区职工")
	person("colleague", c.county, private("colleague")) // walks nowhere, and is in officers' lists
	c.firm = w.firm(c.county, at, private("firmname"), private("firmaddress"), person("contact", c.county, private("contactname")), private("contacttitle"))
	if name == "a" {
		w.marks[c.people["contact"].Phone.Whole()] = true
	}
	// A second contact, who can be removed without anybody missing them.
	w.batch.Contacts = append(w.batch.Contacts, hall.Contact{EnterpriseID: c.firm.ID, PersonID: c.people["colleague"].ID, Title: "副手", Since: w.clock.Now()})
	c.other = w.firm(c.beside, at, name+"西区工厂", "西区 1 号", person("other-contact", c.beside, name+"西区联系人"), "厂长")
	craft := map[string]string{"a": "cnc-turning", "b": "welding"}[name]
	m := person("master", c.county, name+"市工匠")
	w.batch.Masters = append(w.batch.Masters, hall.Master{PersonID: m.ID, Name: m.Name, UnionID: c.county.ID, UnionPath: c.county.Path,
		Title: "高级技师", Craft: []string{craft}, Bio: "三十年经验", Honours: []hall.Honour{{Name: "五一劳动奖章", Year: 2019}},
		City: name + "市", Place: at, ReachMetre: 40_000, MaxLoad: 9, Status: hall.Active, Created: w.clock.Now(), Calendar: hall.Calendar{
			Weekly:   []hall.Slot{{Weekday: time.Monday, To: 1440}, {Weekday: time.Tuesday, To: 1440}, {Weekday: time.Wednesday, To: 1440}},
			Absences: []hall.Absence{{From: "2031-01-01", To: "2031-01-02", Reason: private("absence")}}}})
	return c
}

func (w *world) firm(u hall.Union, at hall.Place, name, address string, contact hall.Person, title string) hall.Enterprise {
	e := hall.Enterprise{ID: id.New(), Name: name, Industry: "machinery", Size: hall.Small, UnionID: u.ID, UnionPath: u.Path, Address: address,
		Place: at, Status: hall.Active, Created: w.clock.Now()}
	w.batch.Enterprises = append(w.batch.Enterprises, e)
	w.batch.Contacts = append(w.batch.Contacts, hall.Contact{EnterpriseID: e.ID, PersonID: contact.ID, Title: title, Since: w.clock.Now()})
	return e
}

// portals gives the city's counties a portal each.
func (w *world) portals(c *city) {
	ctx := context.Background()
	for _, u := range []hall.Union{c.county, c.beside} {
		p := must[portal.Portal](w)(w.app.Portals.Add(ctx, actor.Hall, portal.Draft{Name: u.Name.ZH + "服务网", UnionID: u.ID,
			Scopes: portal.AllScopes, RatePerMinute: portal.MaxRate}))
		_, key, err := w.app.Portals.AddKey(ctx, actor.Hall, p.ID, time.Time{})
		w.must(err)
		if u.ID == c.county.ID {
			c.portal, c.key = p, key
		} else {
			c.second, c.secondKey = p, key
		}
	}
}

// as is the person as the services see them.
func (w *world) as(p hall.Person) actor.Actor {
	return must[actor.Actor](w)(w.app.Hall.Actor(context.Background(), p.ID))
}

// file keeps bytes that say the text.
func (w *world) file(by actor.Actor, text string) exchange.File {
	ref := must[blob.Ref](w)(w.blobs.Put(context.Background(), strings.NewReader("content: "+text+"\n")))
	return exchange.File{ID: id.New(), Name: w.secret("filename") + ".txt", Type: "text/plain", Size: ref.Size, Hash: ref.Hash, By: by.ID, At: w.clock.Now()}
}
