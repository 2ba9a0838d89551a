package halltest

import (
	"errors"
	"slices"
	"testing"

	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/id"
)

func testAdmissions(t *testing.T, s hall.Store) {
	w := loaded(t, s)
	old, firm := w.A.Worker, w.A.Enterprise
	keys := hall.Keys{Logins: []string{string(old.Phone), string(w.B.Worker.Email), "+8613511111111"}, Names: []string{firm.Name}, Unions: []string{firm.UnionID}}
	known := must[hall.Known](t)(s.Known(bg, keys))
	if len(known.People) != 2 || len(known.Enterprises) != 1 || len(known.Contacts) != 1 || known.Enterprises[0].ID != firm.ID {
		t.Fatalf("known: %+v", known)
	}
	if none := must[hall.Known](t)(s.Known(bg, hall.Keys{})); len(none.People)+len(none.Enterprises) != 0 {
		t.Fatalf("of nothing: %+v", none)
	}

	p, e := old, firm
	p.ID, p.Phone, p.Email, e.ID, e.Licence = id.New(), "+8613511111111", "", id.New(), hall.LicenceFrom("91350100MA2XN0001")
	noErr(t, s.Admit(bg, keys, func(k hall.Known) (hall.Admission, hall.Trace, error) {
		if len(k.People) != 2 {
			t.Errorf("admit knows %+v", k)
		}
		return hall.Admission{People: []hall.NewPerson{{Person: p}}, Enterprises: []hall.Enterprise{e},
			Contacts: []hall.Contact{{EnterpriseID: e.ID, PersonID: p.ID, Since: Start}}}, hall.Trace{}, nil
	}))
	same(t, must[hall.Person](t)(s.Person(bg, p.ID)), p)
	same(t, must[hall.Enterprise](t)(s.Enterprise(bg, e.ID)), e)

	// One that is taken undoes all of its batch.
	q := p
	q.ID, q.Phone = id.New(), "+8613522222222"
	r := p
	r.ID = id.New()
	wantErr(t, s.Admit(bg, hall.Keys{}, func(hall.Known) (hall.Admission, hall.Trace, error) {
		return hall.Admission{People: []hall.NewPerson{{Person: q}, {Person: r}}}, hall.Trace{}, nil
	}), hall.TakenPhone)
	if _, err := s.Person(bg, q.ID); err == nil {
		t.Error("half a batch stays")
	}
	stop := errors.New("no")
	if err := s.Admit(bg, hall.Keys{}, func(hall.Known) (hall.Admission, hall.Trace, error) { return hall.Admission{}, hall.Trace{}, stop }); !errors.Is(err, stop) {
		t.Errorf("an error comes back as it is: %v", err)
	}

	fill, filled := p, e
	fill.Email, filled.Address, filled.Place = "fresh@example.com", "新路 1 号", hall.Place{Lat: 1, Lng: 2}
	noErr(t, s.Admit(bg, hall.Keys{}, func(hall.Known) (hall.Admission, hall.Trace, error) {
		return hall.Admission{Fill: []hall.Person{fill}, FillFirms: []hall.Enterprise{filled}}, hall.Trace{}, nil
	}))
	same(t, must[hall.Person](t)(s.Person(bg, p.ID)), fill)
	same(t, must[hall.Enterprise](t)(s.Enterprise(bg, e.ID)), filled)
	if c := must[hall.Credential](t)(s.Credential(bg, "fresh@example.com")); c.PersonID != p.ID {
		t.Errorf("the address finds %q", c.PersonID)
	}
	testExpulsions(t, s, w, p.ID, e.ID)
}

// testExpulsions removes what was admitted, and nobody who is somebody.
func testExpulsions(t *testing.T, s hall.Store, w *World, person, firm string) {
	keep := []string{w.A.Worker.ID, w.A.Contact.ID, w.A.Expert.ID, w.A.Clerk.ID}
	ids := append(slices.Clone(keep), person, id.New())
	if gone := must[[]string](t)(s.ExpelPeople(bg, ids, hall.Trace{})); len(gone) != 0 {
		t.Fatalf("a contact and people with passwords go: %v", gone)
	}
	noErr(t, s.Admit(bg, hall.Keys{}, func(hall.Known) (hall.Admission, hall.Trace, error) {
		return hall.Admission{}, hall.Trace{Audits: []hall.Audit{{ID: id.New(), At: Start, By: "x", What: hall.AuditContact, UnionPath: w.A.Enterprise.UnionPath,
			On: w.A.Enterprise.ID, Detail: []byte(`{}`)}}}, nil
	}))
	same(t, must[[]string](t)(s.ExpelEnterprises(bg, []string{firm, w.A.Enterprise.ID, id.New()}, hall.Trace{})), []string{firm})
	same(t, must[[]string](t)(s.ExpelPeople(bg, ids, hall.Trace{})), []string{person})
	known := must[hall.Known](t)(s.Known(bg, hall.Keys{Logins: []string{"+8613511111111", "fresh@example.com"}, Licences: []string{hall.LicenceFrom("91350100MA2XN0001")}}))
	if len(known.People)+len(known.Enterprises) != 0 {
		t.Errorf("their logins and licences stay: %+v", known)
	}
	if c := must[[]hall.Contact](t)(s.ContactsOf(bg, []string{firm})); len(c) != 0 {
		t.Errorf("contacts stay: %+v", c)
	}
}
