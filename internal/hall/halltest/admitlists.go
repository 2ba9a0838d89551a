package halltest

import (
	"slices"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/lang"
)

func line(what, on, path, detail string) hall.Audit {
	return hall.Audit{ID: id.New(), At: Start, By: "x", What: what, UnionPath: path, On: on, Detail: []byte(detail)}
}

func testAdmittedMasters(t *testing.T, s hall.Store) {
	w := loaded(t, s)
	p, m := w.A.Worker, w.A.Master
	m.PersonID, m.Name, m.Craft = p.ID, p.Name, []string{"welding", "fitting"}
	made := line(hall.AuditMaster, p.ID, m.UnionPath, `{"sum":"abc"}`)
	other := line(hall.AuditPerson, p.ID, m.UnionPath, `null`)
	keys := hall.Keys{Logins: []string{string(p.Phone), string(w.A.Expert.Phone)}, Entries: []string{made.ID, other.ID, id.New()}}
	admit := func(k hall.Known) (hall.Admission, hall.Trace, error) {
		if len(k.Masters) != 1 || k.Masters[0].PersonID != w.A.Expert.ID || len(k.Entries) != 0 {
			t.Errorf("known before: %+v %v", k.Masters, k.Entries)
		}
		return hall.Admission{Masters: []hall.Master{m}}, hall.Trace{Audits: []hall.Audit{made, other}}, nil
	}
	noErr(t, s.Admit(bg, keys, admit))
	same(t, must[hall.Master](t)(s.Master(bg, p.ID)), m)
	known := must[hall.Known](t)(s.Known(bg, keys))
	if len(known.Masters) != 2 || len(known.Entries) != 1 || known.Entries[made.ID] != p.ID {
		t.Errorf("known after: %+v %v", known.Masters, known.Entries)
	}
	if k := must[hall.Known](t)(s.Known(bg, hall.Keys{Logins: keys.Logins})); len(k.Masters) != 0 {
		t.Errorf("masters are read where no line is asked for: %+v", k.Masters)
	}
	wantErr(t, s.Admit(bg, hall.Keys{}, func(hall.Known) (hall.Admission, hall.Trace, error) {
		return hall.Admission{Masters: []hall.Master{m}}, hall.Trace{}, nil
	}), hall.TakenMaster)
	testExpelledMasters(t, s, made.ID, m)
}

func testExpelledMasters(t *testing.T, s hall.Store, entry string, m hall.Master) {
	want := []hall.EnteredMaster{{EntryID: entry, PersonID: m.PersonID, Sum: "abc", Master: m, SignsIn: true}}
	same(t, must[[]hall.EnteredMaster](t)(s.EnteredMasters(bg, []string{entry, id.New()})), want)
	ask := func(gone ...string) (seen []hall.EnteredMaster) {
		noErr(t, s.ExpelMasters(bg, []string{entry}, func(there []hall.EnteredMaster) ([]string, hall.Trace) {
			seen = slices.Clone(there)
			return gone, hall.Trace{}
		}))
		return seen
	}
	same(t, ask(), want)
	same(t, must[hall.Master](t)(s.Master(bg, m.PersonID)), m)
	ask(m.PersonID)
	if _, err := s.Master(bg, m.PersonID); err == nil {
		t.Error("the entry stays")
	}
	if l := must[hall.List[hall.Master]](t)(s.FindMasters(bg, hall.MasterSearch{Trade: "fitting", Search: hall.Search{Page: hall.Page{Limit: 9}}})); l.Total != 0 {
		t.Errorf("found by trade: %+v", l)
	}
	if got := ask(); len(got) != 1 || got[0].Master.PersonID != "" || got[0].PersonID != m.PersonID {
		t.Errorf("gone, its line says: %+v", got)
	}
}

func testAdmittedUnions(t *testing.T, s hall.Store) {
	w := loaded(t, s)
	street := hall.Union{ID: id.New(), ParentID: w.A.Sub.ID, Level: hall.Township, Code: "01", Path: w.A.Sub.Path + "01/", Name: lang.Text{ZH: "街道工会"}, Kind: hall.Region, Created: Start}
	firm := hall.Union{ID: id.New(), ParentID: street.ID, Level: hall.Grassroots, Code: "01", Path: street.Path + "01/", Name: lang.Text{ZH: "企业工会"}, Kind: hall.Employer, Created: Start}
	lines := []hall.Audit{line(hall.AuditUnionMade, street.ID, street.Path, `{"zh":"街道工会"}`), line(hall.AuditUnionMade, firm.ID, firm.Path, `{"zh":"企业工会"}`)}
	before := len(must[[]hall.Union](t)(s.AllUnions(bg)))
	add := func(list ...hall.Union) error {
		return s.AdmitUnions(bg, func(all []hall.Union) ([]hall.Union, hall.Trace, error) {
			if len(all) < before {
				t.Errorf("%d of %d unions", len(all), before)
			}
			return list, hall.Trace{Audits: lines}, nil
		})
	}
	noErr(t, add(street, firm))
	same(t, must[hall.Union](t)(s.Union(bg, firm.ID)), firm)
	lines = append(lines, line(hall.AuditUnionMade, "x", "/x/", `null`))[2:]
	twin := firm
	twin.ID = id.New()
	wantErr(t, add(twin), hall.TakenCode)
	if all := must[[]hall.Union](t)(s.AllUnions(bg)); len(all) != before+2 {
		t.Errorf("half a batch stays: %d", len(all)-before)
	}
	audits := must[hall.List[hall.Audit]](t)(s.Audits(bg, street.Path, hall.Page{Limit: 9}))
	testExpelledUnions(t, s, w, []hall.Union{street, firm}, []string{audits.Rows[1].ID, audits.Rows[0].ID})
}

func testExpelledUnions(t *testing.T, s hall.Store, w *World, unions []hall.Union, entries []string) {
	street, firm := unions[0], unions[1]
	made := func() map[string]hall.MadeUnion {
		out := map[string]hall.MadeUnion{}
		for _, m := range must[[]hall.MadeUnion](t)(s.MadeUnions(bg, append([]string{id.New()}, entries...))) {
			out[m.Union.ID] = m
		}
		return out
	}
	got := made()
	if len(got) != 2 || got[street.ID].Used || got[firm.ID].Used || !slices.Equal(got[street.ID].Children, []string{firm.ID}) || string(got[firm.ID].Detail) != `{"zh":"企业工会"}` {
		t.Fatalf("%+v", got)
	}
	same(t, got[street.ID].Union, street)
	p := w.A.Worker
	p.ID, p.Phone, p.Email, p.UnionID, p.UnionPath = id.New(), "+8613511111111", "", firm.ID, firm.Path
	noErr(t, s.CreatePerson(bg, hall.NewPerson{Person: p}, hall.Trace{}))
	if got := made(); !got[firm.ID].Used || got[street.ID].Used {
		t.Errorf("with a person: %+v", got)
	}
	must[[]string](t)(s.ExpelPeople(bg, []string{p.ID}, hall.Trace{}))
	late := line(hall.AuditUnionNamed, firm.ID, firm.Path, `{}`)
	late.At = Start.Add(time.Second)
	noErr(t, s.Admit(bg, hall.Keys{}, func(hall.Known) (hall.Admission, hall.Trace, error) {
		return hall.Admission{}, hall.Trace{Audits: []hall.Audit{late}}, nil
	}))
	if got := made(); !got[firm.ID].Used {
		t.Errorf("with a line of the record: %+v", got)
	}
	noErr(t, s.ExpelUnions(bg, entries, func([]hall.MadeUnion) ([]string, hall.Trace) { return []string{firm.ID, street.ID}, hall.Trace{} }))
	if got := made(); len(got) != 0 {
		t.Errorf("they stay: %+v", got)
	}
}

func testFirmsNamed(t *testing.T, s hall.Store) {
	w := loaded(t, s)
	e := w.A.Enterprise
	e.ID, e.Licence, e.Name = id.New(), hall.LicenceFrom("91350100MA2XN0001"), "另一家"
	noErr(t, s.CreateEnterprise(bg, e, hall.Trace{}))
	ids := func(path string, licences, names []string) (out []string) {
		for _, f := range must[[]hall.Enterprise](t)(s.FirmsNamed(bg, path, licences, names)) {
			out = append(out, f.ID)
		}
		slices.Sort(out)
		return out
	}
	both := []string{w.A.Enterprise.ID, e.ID}
	slices.Sort(both)
	same(t, ids(w.A.Union.Path, []string{e.Licence}, []string{w.A.Enterprise.Name, w.B.Enterprise.Name}), both)
	same(t, ids(w.B.Union.Path, []string{e.Licence}, nil), []string{e.ID})
	same(t, ids(w.B.Union.Path, nil, []string{w.A.Enterprise.Name}), []string(nil))
	same(t, ids(w.B.Union.Path, nil, nil), []string(nil))
}
