package halltest

import (
	"fmt"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/id"
)

func licenceOf(e hall.Enterprise, by hall.Person) hall.Document {
	return hall.Document{ID: id.New(), Kind: hall.LicenceDocument, SubjectID: e.ID, State: hall.DocumentWaiting, PersonID: by.ID, Given: Start,
		Papers:  []hall.Paper{{ID: id.New(), Name: "营业执照.jpg", Type: "image/jpeg", Size: 3, Hash: fmt.Sprintf("%064d", 7)}},
		Subject: e.Name, Licence: e.Licence, UnionID: e.UnionID, UnionPath: e.UnionPath}
}

func testDocuments(t *testing.T, s hall.Store) {
	w := loaded(t, s)
	a := licenceOf(w.A.Enterprise, w.A.Contact)
	noErr(t, s.GiveLicence(bg, a, hall.Trace{}))
	same(t, must[hall.Document](t)(s.Document(bg, a.ID)), a)
	_, err := s.Document(bg, id.New())
	wantErr(t, err, fault.NoSuch())

	verify := func(f hall.Finding) (old hall.Verification, d hall.Document) {
		noErr(t, s.Verify(bg, w.A.Enterprise.ID, func(_ hall.Enterprise, o hall.Verification, given hall.Document) (hall.Verification, hall.Trace, error) {
			old, d = o, given
			v := hall.Verification{EnterpriseID: w.A.Enterprise.ID, State: f, Reason: "看不清", By: w.A.Clerk.ID, At: Start.Add(time.Hour)}
			return v, hall.Trace{Audits: []hall.Audit{{ID: id.New(), At: Start, By: v.By, What: hall.AuditEnterpriseRefused, UnionPath: w.A.Sub.Path, On: v.EnterpriseID, Detail: []byte("{}")}}}, nil
		}))
		return old, d
	}
	if _, d := verify(hall.Refused); d.ID != a.ID || d.State != hall.DocumentWaiting {
		t.Fatalf("%+v", d)
	}
	decided := must[hall.Document](t)(s.Document(bg, a.ID))
	if decided.State != hall.DocumentRefused || decided.Reason != "看不清" || decided.By != w.A.Clerk.ID || !decided.At.Equal(Start.Add(time.Hour)) {
		t.Fatalf("%+v", decided)
	}

	// A new one withdraws what was found; one that waited is replaced.
	b, c := licenceOf(w.A.Enterprise, w.A.Contact), licenceOf(w.A.Enterprise, w.A.Contact)
	noErr(t, s.GiveLicence(bg, b, hall.Trace{}))
	if found := must[[]hall.Verification](t)(s.Verifications(bg, []string{w.A.Enterprise.ID})); len(found) != 0 {
		t.Fatalf("%+v", found)
	}
	noErr(t, s.GiveLicence(bg, c, hall.Trace{}))
	list := must[[]hall.Document](t)(s.DocumentsOf(bg, hall.LicenceDocument, w.A.Enterprise.ID))
	if len(list) != 2 || list[0].ID != c.ID || list[1].ID != a.ID {
		t.Fatalf("%+v", list)
	}
	if old, d := verify(hall.Verified); old.State != "" || d.ID != c.ID {
		t.Fatalf("%+v %+v", old, d)
	}
	waitingDocuments(t, s, w)
}

// waitingDocuments looks at the list of what waits: by subtree, longest first, by the page, without the closed.
func waitingDocuments(t *testing.T, s hall.Store, w *World) {
	var firms []hall.Enterprise
	for i := range 5 {
		e := w.A.Enterprise
		e.ID, e.Licence, e.Name = id.New(), "", fmt.Sprintf("第%d厂", i)
		noErr(t, s.CreateEnterprise(bg, e, hall.Trace{}))
		noErr(t, s.GiveLicence(bg, licenceOf(e, w.A.Contact), hall.Trace{}))
		firms = append(firms, e)
	}
	noErr(t, s.GiveLicence(bg, licenceOf(w.B.Enterprise, w.B.Contact), hall.Trace{}))
	must[hall.Enterprise](t)(s.UpdateEnterprise(bg, firms[4].ID, func(e hall.Enterprise) (hall.Enterprise, hall.Trace, error) {
		e.Status = hall.Closed
		return e, hall.Trace{}, nil
	}))
	var got []string
	for p := (hall.Page{Limit: 3}); ; {
		l := must[hall.List[hall.Document]](t)(s.WaitingDocuments(bg, w.A.Union.Path, p))
		if l.Total != 4 {
			t.Fatalf("%d wait", l.Total)
		}
		for _, d := range l.Rows {
			got = append(got, d.SubjectID)
		}
		if p.After = l.Next; p.After == "" {
			break
		}
	}
	same(t, got, []string{firms[0].ID, firms[1].ID, firms[2].ID, firms[3].ID})
	if l := must[hall.List[hall.Document]](t)(s.WaitingDocuments(bg, w.Province.Path, hall.Page{Limit: 9})); l.Total != 5 {
		t.Fatalf("%+v", l)
	}
}
