package halltest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/id"
)

// Conform holds a store to what hall.Store promises. open gives a fresh, empty store.
func Conform(t *testing.T, open func(t *testing.T) hall.Store) {
	for _, c := range []struct {
		name string
		fn   func(*testing.T, hall.Store)
	}{
		{"found", testFound}, {"load", testLoad}, {"unions", testUnions}, {"people", testPeople},
		{"passwords", testPasswords}, {"grants", testGrants}, {"enterprises", testEnterprises},
		{"masters", testMasters}, {"paging", testPaging}, {"sessions", testSessions}, {"challenges", testChallenges}, {"phones", testPhones}, {"passkeys", testPasskeys}, {"identities", testIdentities}, {"documents", testDocuments}, {"audits", testAudits}, {"admissions", testAdmissions},
		{"memberships", testMemberships}, {"requests", testRequests}, {"requests at once", testRequestsAtOnce},
		{"admitted masters", testAdmittedMasters}, {"admitted unions", testAdmittedUnions}, {"firms named", testFirmsNamed},
	} {
		t.Run(c.name, func(t *testing.T) { c.fn(t, open(t)) })
	}
}

var bg = context.Background()

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func noErr(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t *testing.T, err, want error) {
	t.Helper()
	var f, w *fault.Error
	if !errors.As(err, &f) || !errors.As(want, &w) || f.Code != w.Code || f.Msg != w.Msg {
		t.Fatalf("got %v, want %v", err, want)
	}
}

func same(t *testing.T, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("got  %+v\nwant %+v", got, want)
	}
}

func loaded(t *testing.T, s hall.Store) *World {
	t.Helper()
	w := NewWorld(t)
	noErr(t, s.Load(bg, w.Batch))
	return w
}

func testFound(t *testing.T, s hall.Store) {
	w := NewWorld(t)
	p, g := w.Batch.People[0], w.Batch.Grants[0]
	var wg sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		u, p, g := w.Nation, p, g
		u.ID, p.ID, g.ID = id.New(), id.New(), id.New()
		g.PersonID = p.ID
		wg.Go(func() { errs[i] = s.Found(bg, u, p, g, hall.Trace{}) })
	}
	wg.Wait()
	ok := 0
	for _, err := range errs {
		if err == nil {
			ok++
		} else {
			wantErr(t, err, hall.ErrFounded)
		}
	}
	if all := must[[]hall.Union](t)(s.AllUnions(bg)); ok != 1 || len(all) != 1 {
		t.Fatalf("%d founded, %d unions", ok, len(all))
	}
	c := must[hall.Credential](t)(s.Credential(bg, string(p.Phone)))
	if may := must[hall.Powers](t)(s.Powers(bg, c.PersonID)); len(may.Grants) != 1 || may.Grants[0].Role != actor.Lead {
		t.Fatalf("%+v", may)
	}
}

func testLoad(t *testing.T, s hall.Store) {
	w := loaded(t, s)
	same(t, must[hall.Person](t)(s.Person(bg, w.A.Worker.ID)), w.A.Worker)
	same(t, must[hall.Enterprise](t)(s.Enterprise(bg, w.A.Enterprise.ID)), w.A.Enterprise)
	same(t, must[hall.Master](t)(s.Master(bg, w.A.Expert.ID)), w.A.Master)
	same(t, must[hall.Grant](t)(s.Grant(bg, w.A.LeadGrant.ID)), w.A.LeadGrant)
	same(t, must[hall.Union](t)(s.Union(bg, w.A.Sub.ID)), w.A.Sub)

	again := w.Batch
	again.Unions = nil
	if err := s.Load(bg, again); !fault.Is(err, fault.Conflict) {
		t.Fatalf("loaded twice: %v", err)
	}
	p := must[hall.Powers](t)(s.Powers(bg, w.A.Contact.ID))
	same(t, p.Enterprises, []string{w.A.Enterprise.ID})
	if !must[hall.Powers](t)(s.Powers(bg, w.A.Expert.ID)).Master || p.Master {
		t.Fatal("who is a master")
	}
	tallies := must[map[string]hall.Tally](t)(s.Tallies(bg, w.A.Union.Path))
	same(t, tallies, map[string]hall.Tally{w.A.Union.Path: {People: 3}, w.A.Sub.Path: {People: 3, Enterprises: 1, Masters: 1}})
}

func testUnions(t *testing.T, s hall.Store) {
	w := loaded(t, s)
	all := must[[]hall.Union](t)(s.AllUnions(bg))
	seen := map[string]bool{"": true}
	for _, u := range all {
		if !seen[u.ParentID] {
			t.Fatalf("%s before its parent", u.Path)
		}
		seen[u.ID] = true
	}
	twin := w.A.Sub
	twin.ID = id.New()
	wantErr(t, s.CreateUnion(bg, twin, hall.Trace{}), hall.TakenCode)
	twin.Code, twin.Path = "04", hall.PathOf(w.A.Union.Path, "04")
	noErr(t, s.CreateUnion(bg, twin, hall.Trace{}))

	got := must[hall.Union](t)(s.UpdateUnion(bg, twin.ID, func(u hall.Union) (hall.Union, hall.Trace, error) {
		u.Name.ZH, u.Path, u.Code = "新名", "/x/", "x"
		return u, hall.Trace{}, nil
	}))
	twin.Name.ZH = "新名"
	same(t, got, twin)
	same(t, must[hall.Union](t)(s.Union(bg, twin.ID)), twin)

	stop := errors.New("stop")
	_, err := s.UpdateUnion(bg, twin.ID, func(u hall.Union) (hall.Union, hall.Trace, error) { return u, hall.Trace{}, stop })
	if !errors.Is(err, stop) {
		t.Fatal(err)
	}
	_, err = s.Union(bg, id.New())
	wantErr(t, err, fault.NoSuch())
	_, err = s.UpdateUnion(bg, id.New(), nil)
	wantErr(t, err, fault.NoSuch())
}

func testPeople(t *testing.T, s hall.Store) {
	w := loaded(t, s)
	p := hall.NewPerson{Person: hall.Person{
		ID: id.New(), Name: "Zoë O'Neil 100%", Phone: w.A.Worker.Phone, UnionID: w.A.Sub.ID, UnionPath: w.A.Sub.Path,
		Status: hall.Active, Created: Start,
	}}
	wantErr(t, s.CreatePerson(bg, p, hall.Trace{}), hall.TakenPhone)
	p.Phone, p.Email = "+8613900000001", w.B.Worker.Email
	wantErr(t, s.CreatePerson(bg, p, hall.Trace{}), hall.TakenEmail)
	_, err := s.Credential(bg, "+8613900000001")
	wantErr(t, err, fault.NoSuch()) // all or nothing
	p.Email = "zoe@example.com"
	noErr(t, s.CreatePerson(bg, p, hall.Trace{}))
	c := must[hall.Credential](t)(s.Credential(bg, "zoe@example.com"))
	same(t, c, hall.Credential{PersonID: p.ID, Status: hall.Active})

	edit := func(fn func(*hall.Person)) (hall.Person, error) {
		return s.UpdatePerson(bg, p.ID, func(o hall.Person) (hall.Person, hall.Trace, error) {
			fn(&o)
			return o, hall.Trace{}, nil
		})
	}
	_, err = edit(func(o *hall.Person) { o.Phone = w.B.Worker.Phone })
	wantErr(t, err, hall.TakenPhone)
	got := must[hall.Person](t)(edit(func(o *hall.Person) { o.Phone, o.Email, o.Lang, o.UnionPath = "+8613900000002", "", "en", "/x/" }))
	want := p.Person
	want.Phone, want.Email, want.Lang = "+8613900000002", "", "en"
	same(t, got, want)
	for login, ok := range map[string]bool{"+8613900000001": false, "zoe@example.com": false, "+8613900000002": true} {
		if _, err := s.Credential(bg, login); (err == nil) != ok {
			t.Errorf("%s: %v", login, err)
		}
	}
	list := must[[]hall.Person](t)(s.People(bg, []string{p.ID, id.New(), w.Top.ID}))
	if len(list) != 2 {
		t.Fatalf("%v", list)
	}
	for words, n := range map[string]int{"zoë": 1, "100%": 1, "0%": 1, "%": 1, "_": 0, "'": 1, "吴晓": 1, "13900000002": 1, "+86 139 0000 0002": 1, string(w.B.Worker.Phone): 0} {
		if l := must[hall.List[hall.Person]](t)(s.ListPeople(bg, w.A.Union.Path, hall.Search{Words: words, Page: hall.Page{Limit: 10}})); len(l.Rows) != n || l.Total != n {
			t.Errorf("%q finds %d of %d, want %d", words, len(l.Rows), l.Total, n)
		}
	}
}

func testPasswords(t *testing.T, s hall.Store) {
	w := loaded(t, s)
	p := w.A.Worker
	old := must[hall.Credential](t)(s.CredentialOf(bg, p.ID)).Hash
	for _, k := range []string{"keep", "other"} {
		noErr(t, s.SaveSession(bg, session(k, p.ID)))
	}
	noErr(t, s.SaveSession(bg, session("foreign", w.B.Worker.ID)))
	noErr(t, s.SetPassword(bg, p.ID, old, "new", "keep", hall.Trace{}))
	for k, ok := range map[string]bool{"keep": true, "other": false, "foreign": true} {
		if _, err := s.Session(bg, k); (err == nil) != ok {
			t.Errorf("session %s: %v", k, err)
		}
	}
	if err := s.SetPassword(bg, p.ID, old, "newer", "", hall.Trace{}); !fault.Is(err, fault.Conflict) {
		t.Fatal(err)
	}
	noErr(t, s.Rehash(bg, p.ID, old, "stale"))
	noErr(t, s.Rehash(bg, p.ID, "new", "rehashed"))
	if c := must[hall.Credential](t)(s.Credential(bg, string(p.Phone))); c.Hash != "rehashed" {
		t.Fatalf("%+v", c)
	}
	if _, err := s.Session(bg, "keep"); err != nil {
		t.Fatal("rehashing ended a session")
	}
	noErr(t, s.HandOut(bg, p.ID, "handed", true, hall.Trace{}))
	same(t, must[hall.Credential](t)(s.CredentialOf(bg, p.ID)), hall.Credential{PersonID: p.ID, Status: hall.Active, Hash: "handed", First: true})
	if _, err := s.Session(bg, "keep"); err == nil {
		t.Fatal("handing out a password must end sessions")
	}
	n := hall.Person{ID: id.New(), Name: "无密码", UnionID: w.A.Sub.ID, UnionPath: w.A.Sub.Path, Status: hall.Active, Created: Start}
	noErr(t, s.CreatePerson(bg, hall.NewPerson{Person: n}, hall.Trace{}))
	noErr(t, s.HandOut(bg, n.ID, "first", true, hall.Trace{}))
	if c := must[hall.Credential](t)(s.CredentialOf(bg, n.ID)); c.Hash != "first" || !c.First {
		t.Fatalf("%+v", c)
	}
	wantErr(t, s.HandOut(bg, id.New(), "x", true, hall.Trace{}), fault.NoSuch())
}

func testGrants(t *testing.T, s hall.Store) {
	w := loaded(t, s)
	add := func(role actor.Role) error {
		g := hall.Grant{ID: id.New(), PersonID: w.A.Worker.ID, UnionID: w.A.Sub.ID, UnionPath: w.A.Sub.Path, Role: role, GivenBy: w.A.Lead.ID, Given: Start}
		return s.UpdateGrants(bg, w.A.Worker.ID, func(old []hall.Grant) ([]hall.Grant, hall.Trace, error) {
			if len(old) >= 1 {
				return nil, hall.Trace{}, hall.TakenGrant
			}
			return append(old, g), hall.Trace{Audits: []hall.Audit{{ID: id.New(), At: Start, By: w.A.Lead.ID, What: hall.AuditGiven, UnionPath: g.UnionPath, On: g.PersonID, Detail: []byte("{}")}}}, nil
		})
	}
	// The rule in the closure holds however many come at once.
	var wg sync.WaitGroup
	var mu sync.Mutex
	ok := 0
	for _, role := range []actor.Role{actor.Lead, actor.Clerk, actor.Auditor} {
		wg.Go(func() {
			if err := add(role); err == nil {
				mu.Lock()
				ok++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	may := must[hall.Powers](t)(s.Powers(bg, w.A.Worker.ID))
	if ok != 1 || len(may.Grants) != 1 {
		t.Fatalf("%d given, %+v", ok, may)
	}
	if l := must[hall.List[hall.Audit]](t)(s.Audits(bg, w.A.Sub.Path, hall.Page{Limit: 10})); l.Total != 1 {
		t.Fatalf("%+v", l)
	}
	noErr(t, s.UpdateGrants(bg, w.A.Worker.ID, func([]hall.Grant) ([]hall.Grant, hall.Trace, error) { return nil, hall.Trace{}, nil }))
	if may := must[hall.Powers](t)(s.Powers(bg, w.A.Worker.ID)); len(may.Grants) != 0 {
		t.Fatalf("%+v", may)
	}
	l := must[hall.List[hall.Officer]](t)(s.ListOfficers(bg, w.A.Union.Path, hall.Search{Page: hall.Page{Limit: 10}}))
	if len(l.Rows) != 3 || l.Total != 3 || l.Rows[0].Person.ID != l.Rows[0].Grant.PersonID {
		t.Fatalf("%+v", l)
	}
}

func testPaging(t *testing.T, s hall.Store) {
	w := NewWorld(t)
	for i := range 205 {
		p := w.Batch.People[i%3]
		p.ID, p.Name, p.Email = id.New(), fmt.Sprintf("职工%d", i%7), ""
		p.Phone = hall.Phone(fmt.Sprintf("+8613711%06d", i))
		p.UnionID, p.UnionPath = w.A.Sub.ID, w.A.Sub.Path
		w.Batch.People = append(w.Batch.People, p)
	}
	noErr(t, s.Load(bg, w.Batch))
	seen, last := map[string]bool{}, ""
	q := hall.Search{Page: hall.Page{Limit: 7}}
	for pages := 1; ; pages++ {
		l := must[hall.List[hall.Person]](t)(s.ListPeople(bg, w.A.Union.Path, q))
		if l.Total != 211 || len(l.Rows) > 7 {
			t.Fatalf("total %d, rows %d", l.Total, len(l.Rows))
		}
		for _, p := range l.Rows {
			key := p.UnionPath + "\x00" + p.Name + "\x00" + p.ID
			if seen[p.ID] || key < last || !actor.Within(p.UnionPath, w.A.Union.Path) {
				t.Fatalf("%q after %q", key, last)
			}
			seen[p.ID], last = true, key
		}
		if q.After = l.Next; q.After == "" {
			if pages != 31 || len(seen) != 211 {
				t.Fatalf("%d pages, %d people", pages, len(seen))
			}
			break
		}
	}
	for _, bad := range []string{"x", "eyJh", "WzFd"} {
		if _, err := s.ListPeople(bg, "/0/", hall.Search{Page: hall.Page{After: bad, Limit: 1}}); !fault.Is(err, fault.Invalid) {
			t.Errorf("cursor %q: %v", bad, err)
		}
	}
}

func testAudits(t *testing.T, s hall.Store) {
	w := loaded(t, s)
	for i := range 5 {
		u := w.A.Sub
		u.ID, u.ParentID, u.Code = id.New(), w.A.Sub.ID, fmt.Sprint("x", i)
		u.Path = hall.PathOf(w.A.Sub.Path, u.Code)
		noErr(t, s.CreateUnion(bg, u, hall.Trace{Audits: []hall.Audit{{ID: id.New(), At: Start, By: "x", What: hall.AuditUnionMade, UnionPath: u.Path, On: u.ID, Detail: []byte(`{"n":1}`)}}}))
	}
	first := must[hall.List[hall.Audit]](t)(s.Audits(bg, w.A.Union.Path, hall.Page{Limit: 3}))
	rest := must[hall.List[hall.Audit]](t)(s.Audits(bg, w.A.Union.Path, hall.Page{Limit: 3, After: first.Next}))
	if first.Total != 5 || len(first.Rows) != 3 || len(rest.Rows) != 2 || rest.Next != "" || first.Rows[2].ID < rest.Rows[0].ID || string(rest.Rows[1].Detail) != `{"n":1}` {
		t.Fatalf("%+v\n%+v", first, rest)
	}
	if l := must[hall.List[hall.Audit]](t)(s.Audits(bg, w.B.Union.Path, hall.Page{Limit: 3})); l.Total != 0 {
		t.Fatalf("%+v", l)
	}

	// What was done to one row, of the kinds asked for only, at its union and not below.
	made := func(path, on, what string, n int) {
		au := hall.Audit{ID: id.New(), At: Start, By: "x", What: what, UnionPath: path, On: on, Detail: []byte(fmt.Sprintf(`{"n":%d}`, n))}
		noErr(t, s.EndSession(bg, "none", hall.Trace{Audits: []hall.Audit{au}}))
	}
	made(w.A.Sub.Path, "row", hall.AuditContact, 1)
	made(w.A.Sub.Path, "row", hall.AuditContactRemoved, 2)
	made(w.A.Sub.Path, "row", hall.AuditEnterprise, 3)
	made(w.A.Sub.Path, "other", hall.AuditContact, 4)
	made(hall.PathOf(w.A.Sub.Path, "x9"), "row", hall.AuditContact, 5)
	both := []string{hall.AuditContact, hall.AuditContactRemoved}
	got := must[[]hall.Audit](t)(s.AuditsOn(bg, w.A.Sub.Path, "row", both, 10))
	if len(got) != 2 || string(got[0].Detail) != `{"n":2}` || string(got[1].Detail) != `{"n":1}` {
		t.Fatalf("%+v", got)
	}
	if got := must[[]hall.Audit](t)(s.AuditsOn(bg, w.A.Sub.Path, "row", both, 1)); len(got) != 1 || got[0].What != hall.AuditContactRemoved {
		t.Fatalf("%+v", got)
	}
}
