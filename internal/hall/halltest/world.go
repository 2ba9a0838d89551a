// Package halltest helps tests that need a hall with people in it, and holds the suite that every
// hall.Store must pass.
package halltest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/lang"
)

// Password is what everybody in a World signs in with.
const Password = "correct horse staple"

// Cheap hashes at a cost that is right for tests only.
var Cheap = hall.Cost{Memory: 64, Time: 1, Threads: 1}

// Start is where the clock of a World stands at first.
var Start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// Branch is one city with everybody who can be in it.
type Branch struct {
	Union      hall.Union // the city
	Sub        hall.Union // a county below it
	Lead       hall.Person
	Clerk      hall.Person
	Auditor    hall.Person
	Worker     hall.Person
	Contact    hall.Person // speaks for Enterprise
	Expert     hall.Person // the person of Master
	Enterprise hall.Enterprise
	Master     hall.Master
	LeadGrant  hall.Grant
	ClerkGrant hall.Grant
}

// World is a small federation: nation, province, two cities that must not see into each other.
type World struct {
	Nation, Province hall.Union
	Top              hall.Person // leads the nation
	A, B             Branch
	Batch            hall.Batch
}

// NewWorld makes the rows of a World, all with Password.
func NewWorld(t testing.TB) *World {
	t.Helper()
	hash, err := hall.NewHasher(Cheap).Hash(context.Background(), Password)
	if err != nil {
		t.Fatal(err)
	}
	m := maker{hash: hash}
	w := new(World)
	w.Nation = m.union(hall.Union{}, hall.Nation, "0", "全国总工会", "National Federation")
	w.Province = m.union(w.Nation, hall.Province, "35", "福建省总工会", "Fujian Federation")
	w.Top = m.person(w.Nation, "郑国栋")
	m.grant(w.Top, w.Nation, actor.Lead)
	w.A = m.branch(w.Province, "01", "福州市", "Fuzhou")
	w.B = m.branch(w.Province, "02", "泉州市", "Quanzhou")
	w.Batch = m.batch
	return w
}

// Service loads the World into the store and gives a service on it, with its clock.
func (w *World) Service(t testing.TB, store hall.Store) (*hall.Service, *clock.Fake) {
	t.Helper()
	clk := clock.At(Start)
	s := hall.New(store, clk, hall.NewHasher(Cheap))
	if err := s.Load(context.Background(), w.Batch); err != nil {
		t.Fatal(err)
	}
	return s, clk
}

// Actor is the person as the service sees them.
func Actor(t testing.TB, s *hall.Service, p hall.Person) actor.Actor {
	t.Helper()
	a, err := s.Actor(context.Background(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

type maker struct {
	hash  string
	n     int
	batch hall.Batch
}

func (m *maker) union(parent hall.Union, level hall.Level, code, zh, en string) hall.Union {
	u := hall.Union{
		ID: id.New(), ParentID: parent.ID, Level: level, Code: code, Path: hall.PathOf(parent.Path, code),
		Name: lang.Text{ZH: zh, EN: en}, Kind: hall.Region, Place: hall.Place{Lat: 26.07, Lng: 119.3}, Created: Start,
	}
	m.batch.Unions = append(m.batch.Unions, u)
	return u
}

func (m *maker) person(u hall.Union, name string) hall.Person {
	m.n++
	p := hall.Person{
		ID: id.New(), Name: name, Phone: hall.Phone(fmt.Sprintf("+8613800%06d", m.n)),
		Email: hall.Email(fmt.Sprintf("p%d@example.com", m.n)), UnionID: u.ID, UnionPath: u.Path,
		Status: hall.Active, Created: Start,
	}
	m.batch.People = append(m.batch.People, hall.NewPerson{Person: p, Hash: m.hash})
	return p
}

func (m *maker) grant(p hall.Person, u hall.Union, role actor.Role) hall.Grant {
	g := hall.Grant{ID: id.New(), PersonID: p.ID, UnionID: u.ID, UnionPath: u.Path, Role: role, GivenBy: "system", Given: Start}
	m.batch.Grants = append(m.batch.Grants, g)
	return g
}

func (m *maker) branch(parent hall.Union, code, zh, en string) Branch {
	var b Branch
	b.Union = m.union(parent, hall.City, code, zh+"总工会", en+" Federation")
	b.Sub = m.union(b.Union, hall.County, "03", zh+"高新区工会", en+" Hi-tech Zone Union")
	b.Lead, b.Clerk, b.Auditor = m.person(b.Union, zh+"主席"), m.person(b.Union, zh+"干事"), m.person(b.Union, zh+"审计")
	b.LeadGrant, b.ClerkGrant = m.grant(b.Lead, b.Union, actor.Lead), m.grant(b.Clerk, b.Union, actor.Clerk)
	m.grant(b.Auditor, b.Union, actor.Auditor)
	b.Worker, b.Contact, b.Expert = m.person(b.Sub, "吴晓梅"), m.person(b.Sub, "陈志强"), m.person(b.Sub, "林文斌")
	b.Enterprise = hall.Enterprise{
		ID: id.New(), Name: zh + "精工机械有限公司", Industry: "machinery", Size: hall.Small, Specialised: true,
		UnionID: b.Sub.ID, UnionPath: b.Sub.Path, Address: zh + "高新区创业路 8 号", Place: b.Sub.Place,
		Status: hall.Active, Created: Start,
	}
	m.batch.Enterprises = append(m.batch.Enterprises, b.Enterprise)
	m.batch.Contacts = append(m.batch.Contacts, hall.Contact{EnterpriseID: b.Enterprise.ID, PersonID: b.Contact.ID, Title: "设备科长", Since: Start})
	b.Master = hall.Master{
		PersonID: b.Expert.ID, Name: b.Expert.Name, UnionID: b.Sub.ID, UnionPath: b.Sub.Path, Title: "高级技师",
		Craft: []string{"cnc-turning", "cnc-milling"}, Bio: "三十年数控车削经验，擅长薄壁件变形控制。",
		Honours: []hall.Honour{{Name: "全国五一劳动奖章", Year: 2019}}, City: zh, Place: b.Sub.Place, ReachMetre: 80_000,
		Calendar: hall.Calendar{Weekly: []hall.Slot{{Weekday: time.Tuesday, From: 540, To: 720}}, Absences: []hall.Absence{}},
		MaxLoad:  3, Status: hall.Active, Created: Start,
	}
	m.batch.Masters = append(m.batch.Masters, b.Master)
	return b
}
