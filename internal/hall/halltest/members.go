package halltest

import (
	"errors"
	"slices"
	"testing"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/id"
)

func testEnterprises(t *testing.T, s hall.Store) {
	w := loaded(t, s)
	e := w.A.Enterprise
	e.ID, e.Name, e.Licence = id.New(), "海峡智造", hall.LicenceFrom("91350100M000100Y4")
	noErr(t, s.CreateEnterprise(bg, e, hall.Trace{}))
	twin := e
	twin.ID = id.New()
	wantErr(t, s.CreateEnterprise(bg, twin, hall.Trace{}), hall.TakenLicence)
	_, err := s.Enterprise(bg, twin.ID)
	wantErr(t, err, fault.NoSuch())

	c := hall.Contact{EnterpriseID: e.ID, PersonID: w.A.Worker.ID, Title: "厂长", Since: Start}
	noErr(t, s.AddContact(bg, c, nil, hall.Trace{}))
	wantErr(t, s.AddContact(bg, c, nil, hall.Trace{}), hall.TakenContact)
	n := hall.NewPerson{Person: hall.Person{ID: id.New(), Name: "新人", Phone: w.B.Worker.Phone, Status: hall.Active, UnionPath: w.A.Sub.Path, UnionID: w.A.Sub.ID, Created: Start}, Hash: "h", First: true}
	wantErr(t, s.AddContact(bg, hall.Contact{EnterpriseID: e.ID, PersonID: n.ID, Since: Start}, &n, hall.Trace{}), hall.TakenPhone)
	n.Phone = "+8613911112222"
	noErr(t, s.AddContact(bg, hall.Contact{EnterpriseID: e.ID, PersonID: n.ID, Since: Start.Add(1e9)}, &n, hall.Trace{}))
	if cr := must[hall.Credential](t)(s.Credential(bg, string(n.Phone))); !cr.First || cr.Hash != "h" {
		t.Fatalf("%+v", cr)
	}
	list := must[[]hall.Contact](t)(s.ContactsOf(bg, []string{e.ID, w.B.Enterprise.ID}))
	same(t, list[0].PersonID, w.A.Worker.ID)
	if len(list) != 3 {
		t.Fatalf("%+v", list)
	}
	// Removing takes one contact of one enterprise, and the person stays.
	noErr(t, s.AddContact(bg, hall.Contact{EnterpriseID: w.A.Enterprise.ID, PersonID: w.A.Worker.ID, Since: Start}, nil, hall.Trace{}))
	noErr(t, s.RemoveContact(bg, e.ID, w.A.Worker.ID, hall.Trace{}))
	wantErr(t, s.RemoveContact(bg, e.ID, w.A.Worker.ID, hall.Trace{}), fault.NoSuch())
	wantErr(t, s.RemoveContact(bg, id.New(), w.A.Worker.ID, hall.Trace{}), fault.NoSuch())
	same(t, must[hall.Powers](t)(s.Powers(bg, w.A.Worker.ID)).Enterprises, []string{w.A.Enterprise.ID})
	same(t, must[hall.Person](t)(s.Person(bg, w.A.Worker.ID)), w.A.Worker)
	if list := must[[]hall.Contact](t)(s.ContactsOf(bg, []string{e.ID})); len(list) != 1 || list[0].PersonID != n.ID {
		t.Fatalf("%+v", list)
	}
	noErr(t, s.AddContact(bg, c, nil, hall.Trace{})) // and comes back

	closed := must[hall.Enterprise](t)(s.UpdateEnterprise(bg, e.ID, func(o hall.Enterprise) (hall.Enterprise, hall.Trace, error) {
		o.Status, o.Name, o.Size, o.UnionPath, o.Licence = hall.Closed, "海峡智造二厂", hall.Large, "/x/", "x"
		return o, hall.Trace{}, nil
	}))
	want := e
	want.Status, want.Name, want.Size = hall.Closed, "海峡智造二厂", hall.Large
	same(t, closed, want)
	same(t, must[hall.Enterprise](t)(s.Enterprise(bg, e.ID)), want)
	stop := errors.New("stop")
	_, err = s.UpdateEnterprise(bg, e.ID, func(o hall.Enterprise) (hall.Enterprise, hall.Trace, error) {
		o.Status = hall.Active
		return o, hall.Trace{}, stop
	})
	if now := must[hall.Enterprise](t)(s.Enterprise(bg, e.ID)); !errors.Is(err, stop) || now.Status != hall.Closed {
		t.Fatalf("%v %+v", err, now)
	}
	_, err = s.UpdateEnterprise(bg, id.New(), nil)
	wantErr(t, err, fault.NoSuch())
	for words, n := range map[string]int{"": 2, "海峡": 1, e.Licence: 1, "泉州": 0} {
		if l := must[hall.List[hall.Enterprise]](t)(s.ListEnterprises(bg, w.A.Union.Path, hall.Search{Words: words, Page: hall.Page{Limit: 10}})); l.Total != n || len(l.Rows) != n {
			t.Errorf("%q finds %d, want %d", words, l.Total, n)
		}
	}
	if l := must[[]hall.Enterprise](t)(s.Enterprises(bg, []string{e.ID, w.B.Enterprise.ID, id.New()})); len(l) != 2 {
		t.Fatalf("%+v", l)
	}
}

func testMasters(t *testing.T, s hall.Store) {
	w := loaded(t, s)
	m := w.A.Master
	m.PersonID, m.Name, m.Craft, m.City = w.A.Worker.ID, w.A.Worker.Name, []string{"welding"}, "福州市"
	m.Honours = append(slices.Clone(m.Honours), hall.Honour{Name: "福建工匠", Year: 2024})
	noErr(t, s.CreateMaster(bg, m, nil, hall.Trace{}))
	wantErr(t, s.CreateMaster(bg, m, nil, hall.Trace{}), hall.TakenMaster)

	find := func(q hall.MasterSearch) []string {
		q.Limit = 10
		l := must[hall.List[hall.Master]](t)(s.FindMasters(bg, q))
		var ids []string
		for _, m := range l.Rows {
			ids = append(ids, m.PersonID)
		}
		if l.Total != len(ids) {
			t.Fatalf("%+v: total %d of %d", q, l.Total, len(ids))
		}
		return ids
	}
	word := func(s string) hall.MasterSearch { return hall.MasterSearch{Search: hall.Search{Words: s}} }
	if all := find(hall.MasterSearch{}); len(all) != 3 || all[0] != m.PersonID {
		t.Fatalf("the most honoured first: %v", all)
	}
	same(t, find(hall.MasterSearch{Trade: "welding"}), []string{m.PersonID})
	same(t, len(find(hall.MasterSearch{City: "福州市"})), 2)
	same(t, len(find(hall.MasterSearch{City: "福州市", Trade: "cnc-turning"})), 1)
	same(t, find(word("福建工匠")), []string{m.PersonID})
	same(t, len(find(word("薄壁"))), 3)
	same(t, find(hall.MasterSearch{Name: "吴晓"}), []string{m.PersonID})
	same(t, len(find(hall.MasterSearch{Name: "薄壁"})), 0) // is in their words, and nobody's name
	same(t, len(find(word("没有这样的"))), 0)
	same(t, must[[]string](t)(s.MasterCities(bg)), []string{"福州市", "泉州市"})

	got := must[hall.Master](t)(s.UpdateMaster(bg, m.PersonID, func(o hall.Master) (hall.Master, hall.Trace, error) {
		o.Craft, o.Bio, o.MaxLoad, o.Name = []string{"mould", "welding"}, "新的介绍", 5, "别名"
		return o, hall.Trace{}, nil
	}))
	m.Craft, m.Bio, m.MaxLoad = []string{"mould", "welding"}, "新的介绍", 5
	same(t, got, m)
	same(t, must[hall.Master](t)(s.Master(bg, m.PersonID)), m)
	same(t, find(hall.MasterSearch{Trade: "mould"}), []string{m.PersonID})
	must[hall.Master](t)(s.UpdateMaster(bg, m.PersonID, func(o hall.Master) (hall.Master, hall.Trace, error) {
		o.Status = hall.Closed
		return o, hall.Trace{}, nil
	}))
	same(t, len(find(hall.MasterSearch{})), 2)
	if must[hall.Powers](t)(s.Powers(bg, m.PersonID)).Master {
		t.Fatal("a closed entry makes no master")
	}
	if l := must[hall.List[hall.Master]](t)(s.ListMasters(bg, w.A.Union.Path, hall.Search{Page: hall.Page{Limit: 10}})); l.Total != 2 {
		t.Fatalf("%+v", l)
	}
	if l := must[[]hall.Master](t)(s.Masters(bg, []string{m.PersonID, id.New()})); len(l) != 1 {
		t.Fatalf("%+v", l)
	}
}
