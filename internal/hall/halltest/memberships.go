package halltest

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/id"
)

func entry(p hall.Person, how hall.Turn, from, to string, at time.Time) hall.Membership {
	return hall.Membership{PersonID: p.ID, ID: id.New(), At: at, How: how, FromUnion: from, ToUnion: to, By: "x"}
}

// testMemberships turns a master who is an officer and a contact: over to another union, and out.
func testMemberships(t *testing.T, s hall.Store) {
	w := loaded(t, s)
	p := w.A.Expert
	if none := must[[]hall.Membership](t)(s.MembershipsOf(bg, p.ID)); len(none) != 0 {
		t.Fatalf("%+v", none)
	}
	noErr(t, s.AddContact(bg, hall.Contact{EnterpriseID: w.A.Enterprise.ID, PersonID: p.ID, Title: "顾问", Since: Start}, nil, hall.Trace{}))
	stays := hall.Grant{ID: id.New(), PersonID: p.ID, UnionID: w.Province.ID, UnionPath: w.Province.Path, Role: "clerk", GivenBy: "x", Given: Start}
	ends := stays
	ends.ID, ends.UnionID, ends.UnionPath = id.New(), w.A.Sub.ID, w.A.Sub.Path
	noErr(t, s.UpdateGrants(bg, p.ID, func([]hall.Grant) ([]hall.Grant, hall.Trace, error) {
		return []hall.Grant{stays, ends}, hall.Trace{}, nil
	}))
	noErr(t, s.SaveSession(bg, session("turning", p.ID)))

	b := must[hall.Belonging](t)(s.Belonging(bg, p.ID))
	if b.Person.ID != p.ID || len(b.Grants) != 2 || len(b.Contacts) != 1 || b.Master != hall.Active {
		t.Fatalf("%+v", b)
	}
	_, err := s.Belonging(bg, id.New())
	wantErr(t, err, fault.NoSuch())

	stop := errors.New("no")
	if err := s.Turn(bg, p.ID, func(hall.Belonging) (hall.Turned, hall.Trace, error) { return hall.Turned{}, hall.Trace{}, stop }); !errors.Is(err, stop) {
		t.Fatal(err)
	}
	same(t, must[hall.Belonging](t)(s.Belonging(bg, p.ID)), b)

	moved := entry(p, hall.Transferred, w.A.Sub.ID, w.B.Sub.ID, Start)
	noErr(t, s.Turn(bg, p.ID, func(old hall.Belonging) (hall.Turned, hall.Trace, error) {
		same(t, old, b)
		q := old.Person
		q.UnionID, q.UnionPath = w.B.Sub.ID, w.B.Sub.Path
		return hall.Turned{Person: q, Grants: []hall.Grant{stays}, Contacts: true, Sessions: true, Master: hall.Active, Entry: moved}, hall.Trace{}, nil
	}))
	after := must[hall.Belonging](t)(s.Belonging(bg, p.ID))
	if after.Person.UnionPath != w.B.Sub.Path || len(after.Grants) != 1 || after.Grants[0].ID != stays.ID || len(after.Contacts) != 1 {
		t.Fatalf("%+v", after)
	}
	if m := must[hall.Master](t)(s.Master(bg, p.ID)); m.UnionID != w.B.Sub.ID || m.UnionPath != w.B.Sub.Path || m.Status != hall.Active {
		t.Fatalf("the entry stayed behind: %+v", m)
	}
	if _, err := s.Session(bg, "turning"); err != nil {
		t.Fatal(err)
	}

	left := entry(p, hall.Left, w.B.Sub.ID, "", Start.Add(time.Hour))
	noErr(t, s.Turn(bg, p.ID, func(old hall.Belonging) (hall.Turned, hall.Trace, error) {
		q := old.Person
		q.Status = hall.Closed
		return hall.Turned{Person: q, Master: hall.Closed, Entry: left}, hall.Trace{}, nil
	}))
	if may := must[hall.Powers](t)(s.Powers(bg, p.ID)); len(may.Grants)+len(may.Enterprises) != 0 || may.Master {
		t.Fatalf("%+v", may)
	}
	if _, err := s.Session(bg, "turning"); !fault.Is(err, fault.NotFound) {
		t.Fatal("still signed in:", err)
	}
	if c := must[hall.Credential](t)(s.Credential(bg, string(p.Phone))); c.Status != hall.Closed {
		t.Fatalf("%+v", c)
	}
	same(t, must[[]hall.Membership](t)(s.MembershipsOf(bg, p.ID)), []hall.Membership{moved, left})
	wantErr(t, s.Turn(bg, id.New(), nil), fault.NoSuch())
}

func joining(w *World, phone hall.Phone, at time.Time) hall.Request {
	return hall.Request{ID: id.New(), Kind: hall.Joining, State: hall.Unproved, UnionID: w.A.Sub.ID, UnionPath: w.A.Sub.Path, Name: "许新人", Phone: phone,
		Employer: "某快递站", Note: "想参加工会", Lang: "zh", Created: at}
}

func transfer(w *World, p hall.Person) hall.Request {
	return hall.Request{ID: id.New(), Kind: hall.Transfer, State: hall.Waiting, PersonID: p.ID, UnionID: w.A.Sub.ID, UnionPath: w.A.Sub.Path,
		FromPath: p.UnionPath, Name: p.Name, Lang: "zh", Created: Start}
}

func noTrace(hall.Request) hall.Trace { return hall.Trace{} }

func testRequests(t *testing.T, s hall.Store) {
	w := loaded(t, s)
	const phone = hall.Phone("+8613599990001")
	r := joining(w, phone, Start)
	noErr(t, s.DraftRequest(bg, r))
	same(t, must[hall.Request](t)(s.Request(bg, r.ID)), r)
	_, err := s.RequestOf(bg, phone)
	wantErr(t, err, fault.NoSuch()) // a draft is nobody's yet
	ids := func(path string, decided bool) (out []string) {
		l := must[hall.List[hall.Request]](t)(s.ListRequests(bg, path, decided, hall.Page{Limit: 10}))
		for _, r := range l.Rows {
			out = append(out, r.ID)
		}
		if l.Total != len(out) {
			t.Errorf("%d of %d", len(out), l.Total)
		}
		return out
	}
	same(t, len(ids("/0/", false)), 0)

	r.State, r.Created = hall.Waiting, Start.Add(time.Minute)
	for range 2 { // the answer to the first may have been lost
		same(t, must[hall.Request](t)(s.ProveRequest(bg, r.ID, r.Created, noTrace)), r)
	}
	same(t, must[hall.Request](t)(s.RequestOf(bg, phone)), r)
	again := joining(w, phone, Start)
	noErr(t, s.DraftRequest(bg, again))
	same(t, must[hall.Request](t)(s.ProveRequest(bg, again.ID, Start.Add(time.Hour), func(hall.Request) hall.Trace {
		t.Error("traced twice")
		return hall.Trace{}
	})), r)
	_, err = s.Request(bg, again.ID)
	wantErr(t, err, fault.NoSuch())
	_, err = s.ProveRequest(bg, id.New(), Start, noTrace)
	wantErr(t, err, fault.NoSuch())

	move := transfer(w, w.B.Worker)
	same(t, must[hall.Request](t)(s.FileRequest(bg, move, hall.Trace{})), move)
	twice := move
	twice.ID = id.New()
	same(t, must[hall.Request](t)(s.FileRequest(bg, twice, hall.Trace{})), move)
	same(t, must[hall.Request](t)(s.TransferOf(bg, w.B.Worker.ID)), move)

	// Both sides of a transfer see it, and nobody beside them.
	same(t, ids(w.A.Union.Path, false), []string{r.ID, move.ID})
	same(t, ids(w.B.Sub.Path, false), []string{move.ID})
	same(t, len(ids(hall.PathOf(w.A.Union.Path, "04"), false)), 0)
	first := must[hall.List[hall.Request]](t)(s.ListRequests(bg, "/0/", false, hall.Page{Limit: 1}))
	second := must[hall.List[hall.Request]](t)(s.ListRequests(bg, "/0/", false, hall.Page{Limit: 1, After: first.Next}))
	if first.Rows[0].ID != r.ID || second.Rows[0].ID != move.ID || second.Next != "" || first.Total != 2 {
		t.Fatalf("%+v\n%+v", first, second)
	}
	testDecisions(t, s, w, r, move)

	if n := must[int](t)(s.TrimRequests(bg, Start, Start.Add(2*time.Hour))); n != 0 {
		t.Errorf("%d forgotten too early", n)
	}
	draft := joining(w, "+8613599990009", Start)
	noErr(t, s.DraftRequest(bg, draft))
	if n := must[int](t)(s.TrimRequests(bg, Start.Add(time.Second), Start.Add(4*time.Hour))); n != 4 {
		t.Errorf("%d forgotten", n)
	}
	same(t, len(ids("/0/", true)), 0)
}

// testDecisions takes the applicant in and the member over.
func testDecisions(t *testing.T, s hall.Store, w *World, r, move hall.Request) {
	stop := errors.New("no")
	if err := s.DecideRequest(bg, r.ID, func(hall.Request, *hall.Belonging) (hall.Outcome, error) { return hall.Outcome{}, stop }); !errors.Is(err, stop) {
		t.Fatal(err)
	}
	p := hall.Person{ID: id.New(), Name: r.Name, Phone: r.Phone, UnionID: w.A.Sub.ID, UnionPath: w.A.Sub.Path, Status: hall.Active, Created: Start}
	came := entry(p, hall.Joined, "", w.A.Sub.ID, Start)
	noErr(t, s.DecideRequest(bg, r.ID, func(now hall.Request, known *hall.Belonging) (hall.Outcome, error) {
		if known != nil {
			t.Errorf("%+v", known)
		}
		same(t, now, r)
		now.State, now.PersonID, now.By, now.Decided = hall.Approved, p.ID, "x", Start.Add(3*time.Hour)
		r = now
		return hall.Outcome{Request: now, Newcomer: &hall.NewPerson{Person: p}, Entry: &came}, nil
	}))
	same(t, must[hall.Request](t)(s.Request(bg, r.ID)), r)
	same(t, must[hall.Person](t)(s.Person(bg, p.ID)), p)
	same(t, must[[]hall.Membership](t)(s.MembershipsOf(bg, p.ID)), []hall.Membership{came})
	for i := range 2 {
		if mine := must[bool](t)(s.TakeTelling(bg, r.ID, Start)); mine != (i == 0) {
			t.Errorf("told %d: %v", i, mine)
		}
	}
	noErr(t, s.DecideRequest(bg, move.ID, func(now hall.Request, known *hall.Belonging) (hall.Outcome, error) {
		same(t, known.Person, w.B.Worker)
		now.State, now.Reason, now.Decided = hall.NotTaken, "请先与原单位办好手续", Start.Add(3*time.Hour)
		return hall.Outcome{Request: now}, nil
	}))
	// Decided, the member may ask anew.
	next := move
	next.ID = id.New()
	same(t, must[hall.Request](t)(s.FileRequest(bg, next, hall.Trace{})), next)
	// A number can be somebody else's after its owner has left.
	other := joining(w, w.B.Contact.Phone, Start)
	noErr(t, s.DraftRequest(bg, other))
	must[hall.Request](t)(s.ProveRequest(bg, other.ID, Start, noTrace))
	heir := p
	heir.ID, heir.Phone = id.New(), w.B.Contact.Phone
	noErr(t, s.DecideRequest(bg, other.ID, func(now hall.Request, known *hall.Belonging) (hall.Outcome, error) {
		same(t, known.Person.ID, w.B.Contact.ID)
		now.State, now.PersonID, now.Decided = hall.Withdrawn, "", Start.Add(9*time.Hour)
		e := entry(heir, hall.Joined, "", w.A.Sub.ID, Start)
		return hall.Outcome{Request: now, Strip: true, Newcomer: &hall.NewPerson{Person: heir}, Entry: &e}, nil
	}))
	if old := must[hall.Person](t)(s.Person(bg, w.B.Contact.ID)); old.Phone != "" || old.Email != w.B.Contact.Email {
		t.Fatalf("%+v", old)
	}
	same(t, must[hall.Credential](t)(s.Credential(bg, string(heir.Phone))).PersonID, heir.ID)
	same(t, must[hall.Credential](t)(s.Credential(bg, string(w.B.Contact.Email))).PersonID, w.B.Contact.ID)
	// Whoever leaves takes their question back.
	noErr(t, s.Turn(bg, w.B.Worker.ID, func(b hall.Belonging) (hall.Turned, hall.Trace, error) {
		b.Person.Status = hall.Closed
		return hall.Turned{Person: b.Person, Entry: entry(b.Person, hall.Left, b.Person.UnionID, "", Start.Add(3*time.Hour))}, hall.Trace{}, nil
	}))
	same(t, must[hall.Request](t)(s.TransferOf(bg, w.B.Worker.ID)).State, hall.Withdrawn)
	wantErr(t, s.DecideRequest(bg, id.New(), nil), fault.NoSuch())
}

// testRequestsAtOnce presses and decides many times at the same moment.
func testRequestsAtOnce(t *testing.T, s hall.Store) {
	w := loaded(t, s)
	const many = 6
	var mu sync.Mutex
	var answers []string
	decided := 0
	all := func(do func(i int) string) {
		var wg sync.WaitGroup
		answers = nil
		for i := range many {
			wg.Go(func() {
				a := do(i)
				mu.Lock()
				answers = append(answers, a)
				mu.Unlock()
			})
		}
		wg.Wait()
		slices.Sort(answers)
		answers = slices.Compact(answers)
	}
	all(func(int) string {
		r, err := s.FileRequest(bg, transfer(w, w.B.Worker), hall.Trace{})
		if err != nil {
			t.Error(err)
		}
		return r.ID
	})
	if len(answers) != 1 {
		t.Fatalf("%d transfers wait", len(answers))
	}
	drafts := make([]hall.Request, many)
	for i := range drafts {
		drafts[i] = joining(w, "+8613599990002", Start)
		noErr(t, s.DraftRequest(bg, drafts[i]))
	}
	all(func(i int) string {
		r, err := s.ProveRequest(bg, drafts[i].ID, Start, noTrace)
		if err != nil {
			t.Error(err)
		}
		return r.ID
	})
	if len(answers) != 1 {
		t.Fatalf("%d joinings wait", len(answers))
	}
	request := answers[0]
	all(func(i int) string {
		err := s.DecideRequest(bg, request, func(r hall.Request, known *hall.Belonging) (hall.Outcome, error) {
			if r.State != hall.Waiting {
				return hall.Outcome{}, hall.RequestDecided
			}
			p := hall.Person{ID: id.New(), Name: r.Name, Phone: r.Phone, UnionID: r.UnionID, UnionPath: r.UnionPath, Status: hall.Active, Created: Start}
			e := entry(p, hall.Joined, "", r.UnionID, Start)
			r.State, r.PersonID, r.Decided = hall.Approved, p.ID, Start
			return hall.Outcome{Request: r, Newcomer: &hall.NewPerson{Person: p}, Entry: &e}, nil
		})
		switch {
		case err == nil:
			mu.Lock()
			decided++
			mu.Unlock()
		case !errors.Is(err, hall.RequestDecided):
			t.Error(err)
		}
		return ""
	})
	if decided != 1 {
		t.Errorf("decided %d times", decided)
	}
	if got := must[hall.Request](t)(s.Request(bg, request)); got.State != hall.Approved {
		t.Errorf("%+v", got)
	}
}
