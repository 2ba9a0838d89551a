package app_test

import (
	"slices"
	"testing"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// desk is a hall with a city whose only officer is a master as well.
type desk struct {
	*app.App
	t               *testing.T
	lead, clerk     actor.Actor // of the province, of the city
	master, contact actor.Actor
	firm            string
}

func newDesk(t *testing.T) *desk {
	d, ctx := &desk{App: open(t, app.Config{Dir: t.TempDir()}), t: t}, t.Context()
	as := func(personID string) actor.Actor { return check[actor.Actor](t)(d.Hall.Actor(ctx, personID)) }
	founder := check[hall.Person](t)(d.Hall.Found(ctx, hall.Founding{Name: "某省总工会", Level: hall.Province, Person: "张三", Phone: "13800138000", Password: password}))
	d.lead = as(founder.ID)
	city := check[hall.Union](t)(d.Hall.CreateUnion(ctx, d.lead, hall.NewUnion{ParentID: founder.UnionID, Level: hall.City, Code: "01", Kind: hall.Region, Name: lang.Text{ZH: "某市总工会"}}))
	m := check[hall.Newcomer](t)(d.Hall.CreateMaster(ctx, d.lead, hall.PersonInput{Name: "柯启明", Phone: "13800138001"}, hall.MasterInput{Title: "高级技师",
		UnionID: city.ID, MasterOwn: hall.MasterOwn{Craft: []string{"fitting"}, ReachMetre: 50_000, MaxLoad: 2}}))
	c := hall.Person{ID: id.New(), Name: "林干事", UnionID: city.ID, UnionPath: city.Path, Status: hall.Active}
	both := hall.Batch{People: []hall.NewPerson{{Person: c}}}
	for _, p := range []string{m.Person.ID, c.ID} {
		both.Grants = append(both.Grants, hall.Grant{ID: id.New(), PersonID: p, UnionID: city.ID, UnionPath: city.Path, Role: actor.Clerk})
	}
	if err := d.Hall.Load(ctx, both); err != nil {
		t.Fatal(err)
	}
	e := check[hall.Enterprise](t)(d.Hall.CreateEnterprise(ctx, d.lead, hall.EnterpriseInput{Name: "八闽轴承厂", Industry: "machinery", Size: hall.Small, UnionID: city.ID}))
	n := check[hall.Newcomer](t)(d.Hall.AddContact(ctx, d.lead, hall.ContactInput{EnterpriseID: e.ID, Title: "厂长", Name: "联系人", Phone: "13800138002"}))
	d.master, d.clerk, d.contact, d.firm = as(m.Person.ID), as(c.ID), as(n.Person.ID), e.ID
	return d
}

var scanned = []hall.Paper{{ID: "p", Name: "证书.jpg", Type: "image/jpeg", Hash: "0000000000000000000000000000000000000000000000000000000000000000"}}

func (d *desk) gives(name string) hall.Document {
	d.t.Helper()
	return check[hall.Document](d.t)(d.Hall.GiveHonour(d.t.Context(), d.master, hall.HonourInput{Name: name, Level: hall.CityHonour, Year: 2021, Issuer: "某市总工会", Papers: scanned}))
}

// news are the messages of a person's news that lead to what waits.
func (d *desk) news(who actor.Actor) (out []string) {
	d.t.Helper()
	rows, err := sqldb.All(d.t.Context(), d.DB, sqldb.Value[string], `SELECT msg FROM notice_item WHERE person_id = $1 AND link = '/console/documents' ORDER BY msg`, who.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	return rows
}

// Officers who may decide are told once of each document that waits, and of none that does so no more.
func TestOfficersAreToldOfWhatWaits(t *testing.T) {
	d, ctx := newDesk(t), t.Context()
	// Nobody has told of these when the hall begins to run.
	decided, back := d.gives("工匠之星"), d.gives("岗位能手")
	if err := d.Hall.DecideHonour(ctx, d.clerk, hall.HonourDecision{DocumentID: decided.ID, State: hall.DocumentConfirmed}); err != nil {
		t.Fatal(err)
	}
	if err := d.Hall.WithdrawHonour(ctx, d.master, back.ID); err != nil {
		t.Fatal(err)
	}
	_, stop := start(t, d.App)
	defer stop()
	waits := d.gives("五一劳动奖章")
	licence := check[hall.Document](t)(d.Hall.GiveLicence(ctx, d.contact, d.firm, scanned))
	want := []string{"notice.hall.honour.waiting", "notice.hall.licence.waiting"}
	until(t, "news for the clerk", func() bool { return len(d.news(d.clerk)) >= 2 })
	if err := d.DB.Update(ctx, func(tx sqldb.Tx) error { // the stream brings it again
		for _, again := range []hall.Document{waits, licence, decided, back} {
			if err := tx.Emit(ctx, event.New(hall.DocumentChanged, again.Given, hall.Changed{ID: again.ID})); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	last := d.gives("技术能手") // told of after all of it
	until(t, "news of the last", func() bool {
		n, err := sqldb.One(ctx, d.DB, sqldb.Value[int], `SELECT COUNT(*) FROM notice_item WHERE person_id = $1 AND event_id LIKE $2`, d.clerk.ID, last.ID+"%")
		return err == nil && n == 1
	})
	if got := d.news(d.clerk); !slices.Equal(got, []string{want[0], want[0], want[1]}) {
		t.Errorf("the clerk is told %v", got)
	}
	if got := d.news(d.master); !slices.Equal(got, want[1:]) {
		t.Errorf("the master, who is a clerk and confirms none of their own, is told %v", got)
	}
	if got := d.news(d.lead); len(got) > 0 {
		t.Errorf("the lead of the union above is told %v", got)
	}

	// Without another officer of the city it is for the union above.
	if err := d.DB.Update(ctx, func(tx sqldb.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM hall_grant WHERE person_id = $1`, d.clerk.ID)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := d.Hall.WithdrawHonour(ctx, d.master, last.ID); err != nil {
		t.Fatal(err)
	}
	d.gives("技术能手")
	until(t, "news for the lead", func() bool { return len(d.news(d.lead)) == 1 })
	if got := d.news(d.master); len(got) != 1 {
		t.Errorf("the master is told %v", got)
	}
}
