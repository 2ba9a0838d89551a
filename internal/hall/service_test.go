package hall_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/hall/hallsql"
	"github.com/unionhall/unionhall/internal/hall/halltest"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/seal/sealtest"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

var bg = context.Background()

func world(t *testing.T) (*halltest.World, *hall.Service, *clock.Fake) {
	t.Helper()
	w := halltest.NewWorld(t)
	s, clk := w.Service(t, hallsql.New(sqldbtest.SQLite(t), sealtest.Box(t)))
	return w, s, clk
}

func code(err error) fault.Code {
	if err == nil {
		return "ok"
	}
	return fault.CodeOf(err)
}

func TestSignIn(t *testing.T) {
	w, s, clk := world(t)
	in := hall.SignIn{Login: " " + w.A.Worker.Phone.Whole() + " ", Password: halltest.Password, Address: "192.0.2.1"}
	got, err := s.SignIn(bg, in)
	if err != nil || got.Person.ID != w.A.Worker.ID || got.First {
		t.Fatal(got, err)
	}
	in.Login = "P6@Example.com"
	if got, err := s.SignIn(bg, in); err != nil || got.Person.Email != "p6@example.com" {
		t.Fatal(got, err)
	}
	for name, bad := range map[string]hall.SignIn{
		"wrong":    {Login: string(w.A.Worker.Phone), Password: "nope nope"},
		"unknown":  {Login: "13999999999", Password: halltest.Password},
		"nonsense": {Login: "'; DROP", Password: halltest.Password},
		"empty":    {},
		"huge":     {Login: string(w.A.Worker.Phone), Password: string(make([]byte, 1<<20))},
	} {
		bad.Address = "192.0.2.2"
		if _, err := s.SignIn(bg, bad); !errors.Is(err, hall.BadSignIn) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Ten wrong guesses on one account, from anywhere; then even the right one waits.
	for i := range 12 {
		_, err = s.SignIn(bg, hall.SignIn{Login: string(w.A.Clerk.Phone), Password: "guess", Address: "198.51.100." + pad(i)})
	}
	if code(err) != fault.TooMany {
		t.Fatal(err)
	}
	right := hall.SignIn{Login: w.A.Clerk.Phone.Whole(), Password: halltest.Password, Address: "192.0.2.9"}
	if _, err := s.SignIn(bg, right); code(err) != fault.TooMany {
		t.Fatal(err)
	}
	clk.Move(31 * time.Second)
	if _, err := s.SignIn(bg, right); err != nil {
		t.Fatal(err)
	}
	// A hundred failures from one address, on as many accounts.
	for i := range 101 {
		_, err = s.SignIn(bg, hall.SignIn{Login: "13911110" + pad(i), Password: "guess", Address: "203.0.113.1"})
	}
	if code(err) != fault.TooMany {
		t.Fatal(err)
	}
	right.Address = "203.0.113.1"
	if _, err := s.SignIn(bg, right); code(err) != fault.TooMany {
		t.Fatal(err)
	}
}

// When the cost of hashes is raised, people move to it as they sign in.
func TestSignInRehashes(t *testing.T) {
	db := sqldbtest.SQLite(t)
	w := halltest.NewWorld(t)
	store := hallsql.New(db, sealtest.Box(t))
	_, clk := w.Service(t, store)
	s := hall.New(store, clk, hall.NewHasher(hall.Cost{Memory: 128, Time: 2, Threads: 1}))
	before, _ := store.CredentialOf(bg, w.A.Worker.ID)
	for range 2 {
		if _, err := s.SignIn(bg, hall.SignIn{Login: string(w.A.Worker.Phone), Password: halltest.Password}); err != nil {
			t.Fatal(err)
		}
	}
	after, _ := store.CredentialOf(bg, w.A.Worker.ID)
	if after.Hash == before.Hash || after.Hash[:30] != "$argon2id$v=19$m=128,t=2,p=1$"+after.Hash[29:30] {
		t.Fatal(after.Hash)
	}
}

func TestChangePassword(t *testing.T) {
	w, s, clk := world(t)
	a := halltest.Actor(t, s, w.A.Worker)
	for _, k := range []string{"here", "there"} {
		if err := s.SaveSession(bg, hall.Session{ID: k, PersonID: a.ID, Expires: clk.Now().Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}
	for _, bad := range [][2]string{{halltest.Password, "12345678"}, {"wrong wrong", "a brand new one"}, {"", "a brand new one"}, {halltest.Password, halltest.Password}} {
		if err := s.ChangePassword(bg, a, bad[0], bad[1], "here"); code(err) != fault.Invalid {
			t.Errorf("%v: %v", bad, err)
		}
	}
	if err := s.ChangePassword(bg, a, halltest.Password, "a brand new one", "here"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Session(bg, "here"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Session(bg, "there"); code(err) != fault.NotFound {
		t.Fatal("the other session must have ended")
	}
	if _, err := s.SignIn(bg, hall.SignIn{Login: string(w.A.Worker.Phone), Password: halltest.Password}); !errors.Is(err, hall.BadSignIn) {
		t.Fatal(err)
	}
	if _, err := s.SignIn(bg, hall.SignIn{Login: string(w.A.Worker.Phone), Password: "a brand new one"}); err != nil {
		t.Fatal(err)
	}
}

func TestSessions(t *testing.T) {
	w, s, clk := world(t)
	a, b := halltest.Actor(t, s, w.A.Worker), halltest.Actor(t, s, w.B.Worker)
	for _, k := range []string{"one", "two", "three"} {
		if err := s.SaveSession(bg, hall.Session{ID: k, PersonID: a.ID, Expires: clk.Now().Add(hall.SessionLife)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.EndSession(bg, b, "one"); code(err) != fault.NotFound {
		t.Fatal("somebody else's session")
	}
	if err := s.EndSession(bg, a, "one"); err != nil {
		t.Fatal(err)
	}
	if n, err := s.EndOtherSessions(bg, a, "two"); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	list, err := s.Sessions(bg, a)
	if err != nil || len(list) != 1 || list[0].ID != "two" {
		t.Fatal(list, err)
	}
	clk.Move(hall.SessionIdle - time.Hour)
	if _, err := s.Session(bg, "two"); err != nil {
		t.Fatal(err)
	}
	clk.Move(2 * time.Hour) // seen an hour or two ago
	if _, err := s.Session(bg, "two"); err != nil {
		t.Fatal("use must keep a session alive:", err)
	}
	clk.Move(hall.SessionIdle + time.Hour)
	if _, err := s.Session(bg, "two"); code(err) != fault.NotFound {
		t.Fatal("an idle session must end")
	}
	if err := s.SaveSession(bg, hall.Session{ID: "four", PersonID: a.ID, Expires: clk.Now().Add(hall.SessionLife)}); err != nil {
		t.Fatal(err)
	}
	for used := time.Duration(0); used < hall.SessionLife; used += hall.SessionIdle / 2 {
		if _, err := s.Session(bg, "four"); err != nil {
			t.Fatal(used, err)
		}
		clk.Move(hall.SessionIdle / 2)
	}
	if _, err := s.Session(bg, "four"); code(err) != fault.NotFound {
		t.Fatal("use must not keep a session for ever")
	}
}

// A page costs three statements for its actor, and none while they are fresh.
func TestActorIsCheap(t *testing.T) {
	w, s, clk := world(t)
	if err := s.SaveSession(bg, hall.Session{ID: "s", PersonID: w.A.Contact.ID, Expires: clk.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	page := func() int {
		ctx, n := sqldb.CountQueries(bg)
		se, err := s.Session(ctx, "s")
		if err != nil {
			t.Fatal(err)
		}
		a, err := s.Actor(ctx, se.PersonID)
		if err != nil || !a.SpeaksFor(w.A.Enterprise.ID) {
			t.Fatal(a, err)
		}
		return n.N()
	}
	if n := page(); n != 3 {
		t.Fatalf("first page: %d statements", n)
	}
	if n := page(); n != 0 {
		t.Fatalf("second page: %d statements", n)
	}
	s.Hear(bg, event.New(hall.PersonChanged, clk.Now(), hall.Changed{ID: w.A.Contact.ID}))
	if n := page(); n != 3 {
		t.Fatalf("after a change: %d statements", n)
	}
	clk.Move(4 * time.Second)
	if n := page(); n != 3 {
		t.Fatalf("after four seconds: %d statements", n)
	}
}

func TestTree(t *testing.T) {
	w, store := halltest.NewWorld(t), hallsql.New(sqldbtest.SQLite(t), sealtest.Box(t))
	s, clk := w.Service(t, store)
	other := hall.New(store, clk, hall.NewHasher(halltest.Cheap)) // another process on the same store
	if _, err := other.Root(bg); err != nil {
		t.Fatal(err)
	}
	top := halltest.Actor(t, s, w.Top)
	u, err := s.CreateUnion(bg, top, hall.NewUnion{ParentID: w.A.Union.ID, Level: hall.Grassroots, Code: " ０1 ", Name: lang.Text{ZH: " 轴承厂工会 ", EN: "Bearing Works"}, Kind: hall.Employer})
	if err != nil || u.Path != "/0/35/01/01/" || u.Name.ZH != "轴承厂工会" {
		t.Fatal(u, err)
	}
	kids, _ := s.Children(bg, w.A.Union.ID)
	if len(kids) != 2 || kids[0].ID != u.ID || kids[1].ID != w.A.Sub.ID {
		t.Fatalf("by code: %v", kids)
	}
	if line, _ := s.Line(bg, u.ID); len(line) != 4 || line[0].ID != w.Nation.ID || line[3].ID != u.ID {
		t.Fatalf("%v", line)
	}
	for words, n := range map[string]int{"bearing": 1, "轴承": 1, "": 7, "fuzhou": 2, "没有": 0} {
		if found, err := s.Subtree(bg, w.Nation.ID, words, 0); err != nil || len(found) != n {
			t.Errorf("%q: %d %v", words, len(found), err)
		}
	}
	if _, err := other.Union(bg, u.ID); code(err) != fault.NotFound {
		t.Fatal("the other process cannot know yet")
	}
	other.Hear(bg, event.New(hall.UnionChanged, clk.Now(), hall.Changed{ID: u.ID}))
	if got, err := other.UnionAt(bg, u.Path); err != nil || got.ID != u.ID {
		t.Fatal(err)
	}
	for name, in := range map[string]hall.NewUnion{
		"code":  {ParentID: w.A.Union.ID, Level: hall.County, Code: "a/b", Name: lang.Text{ZH: "x"}, Kind: hall.Region},
		"level": {ParentID: w.A.Union.ID, Level: hall.Province, Code: "ab", Name: lang.Text{ZH: "x"}, Kind: hall.Region},
		"name":  {ParentID: w.A.Union.ID, Level: hall.County, Code: "ab", Kind: hall.Region},
		"kind":  {ParentID: w.A.Union.ID, Level: hall.County, Code: "ab", Name: lang.Text{ZH: "x"}},
		"place": {ParentID: w.A.Union.ID, Level: hall.County, Code: "ab", Name: lang.Text{ZH: "x"}, Kind: hall.Region, Place: hall.Place{Lat: 91}},
	} {
		if _, err := s.CreateUnion(bg, top, in); code(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.CreateUnion(bg, top, hall.NewUnion{ParentID: w.A.Union.ID, Level: hall.County, Code: "01", Name: lang.Text{ZH: "x"}, Kind: hall.Region}); !errors.Is(err, hall.TakenCode) {
		t.Fatal(err)
	}
	sum, each, err := s.Tallies(bg, top, w.Province.ID)
	if err != nil || sum != (hall.Tally{Unions: 5, People: 12, Enterprises: 2, Masters: 2}) || each[w.B.Union.ID] != (hall.Tally{Unions: 1, People: 6, Enterprises: 1, Masters: 1}) {
		t.Fatalf("%v %+v %+v", err, sum, each)
	}
}

func TestFound(t *testing.T) {
	s := hall.New(hallsql.New(sqldbtest.SQLite(t), sealtest.Box(t)), clock.At(halltest.Start), hall.NewHasher(halltest.Cheap))
	if empty, err := s.Empty(bg); !empty || err != nil {
		t.Fatal(empty, err)
	}
	f := hall.Founding{Name: "中华全国总工会", Person: "管理员", Phone: "13800001234", Password: "weak"}
	if _, err := s.Found(bg, f); code(err) != fault.Invalid {
		t.Fatal(err)
	}
	f.Password = "tide over the strait"
	p, err := s.Found(bg, f)
	if err != nil {
		t.Fatal(err)
	}
	if a, err := s.Actor(bg, p.ID); err != nil || !a.MayLead("/0/") {
		t.Fatal(a, err)
	}
	if _, err := s.SignIn(bg, hall.SignIn{Login: "13800001234", Password: f.Password}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Found(bg, f); !errors.Is(err, hall.ErrFounded) {
		t.Fatal(err)
	}
}

func TestNewcomersAndContacts(t *testing.T) {
	w, s, _ := world(t)
	clerk := halltest.Actor(t, s, w.A.Clerk)
	in := hall.ContactInput{EnterpriseID: w.A.Enterprise.ID, Title: "工程师", Phone: "139 8888 0001", Name: "赵敏"}
	n, err := s.AddContact(bg, clerk, in)
	if err != nil || n.Password == "" || n.Person.UnionPath != w.A.Sub.Path {
		t.Fatalf("%+v %v", n, err)
	}
	got, err := s.SignIn(bg, hall.SignIn{Login: "13988880001", Password: n.Password})
	if err != nil || !got.First || !halltest.Actor(t, s, got.Person).SpeaksFor(w.A.Enterprise.ID) {
		t.Fatal(got, err)
	}
	if _, err := s.AddContact(bg, clerk, in); !errors.Is(err, hall.TakenContact) {
		t.Fatal(err)
	}
	in.Phone, in.Name = w.A.Worker.Phone.Whole(), ""
	if n, err := s.AddContact(bg, clerk, in); err != nil || n.Password != "" || n.Person.ID != w.A.Worker.ID {
		t.Fatal(n, err)
	}
	if a := halltest.Actor(t, s, w.A.Worker); !a.SpeaksFor(w.A.Enterprise.ID) {
		t.Fatal("it must count at once")
	}
	in.Phone = w.B.Worker.Phone.Whole()
	if _, err := s.AddContact(bg, clerk, in); code(err) != fault.Invalid {
		t.Fatal(err)
	}
	in.Phone = "13988880002"
	if _, err := s.AddContact(bg, clerk, in); code(err) != fault.Invalid {
		t.Fatal("a new person needs a name:", err)
	}
	contacts, err := s.Contacts(bg, []string{w.A.Enterprise.ID, w.B.Enterprise.ID})
	if err != nil || len(contacts[w.A.Enterprise.ID]) != 3 || len(contacts[w.B.Enterprise.ID]) != 1 {
		t.Fatal(contacts, err)
	}
	names, err := s.Names(bg, []string{w.A.Worker.ID, n.Person.ID, id.New()})
	if err != nil || len(names) != 2 || names[n.Person.ID] != "赵敏" {
		t.Fatal(names, err)
	}
}

func TestEachMaster(t *testing.T) {
	w, s, _ := world(t)
	seen := map[string]bool{}
	if err := s.EachMaster(bg, func(m hall.Master) error { seen[m.PersonID] = true; return nil }); err != nil || len(seen) != 2 {
		t.Fatal(seen, err)
	}
	m, err := s.KeepMaster(bg, halltest.Actor(t, s, w.A.Expert), hall.MasterOwn{Craft: []string{"welding", ""}, MaxLoad: 2, Paused: true, City: " 福州市 "})
	if err != nil || m.Status != hall.Paused || m.Title != "高级技师" || len(m.Honours) != 1 || m.City != "福州市" || len(m.Craft) != 1 {
		t.Fatalf("%+v %v", m, err)
	}
}
