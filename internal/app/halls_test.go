package app_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/privacy"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
	"github.com/unionhall/unionhall/internal/stream/streamtest"
)

// pair is two halls on one PostgreSQL, each with handles of its own.
type pair struct {
	a, b  *app.App
	clock *clock.Fake
	root  hall.Union
	lead  actor.Actor
}

// paired founds a hall and opens it twice; of what is configured the store, the keys and the clock are shared.
func paired(t *testing.T, c app.Config, faults sqldb.Faults) *pair {
	t.Helper()
	p := &pair{clock: clock.At(time.Now())}
	c.Store, c.Keys = sqldbtest.PostgresDSN(t), filepath.Join(t.TempDir(), "seal.json")
	if c.Stream == "" {
		c.Clock = p.clock
	}
	c.Dir = t.TempDir()
	p.b = open(t, c)
	c.Dir, c.Faults = t.TempDir(), faults
	p.a = open(t, c)
	if err := p.b.Exchange.LoadKinds(t.Context()); err != nil {
		t.Fatal(err)
	}
	lead := check[hall.Person](t)(p.b.Hall.Found(t.Context(), hall.Founding{Name: "某省总工会", Level: hall.Province, Person: "张三", Phone: "13800138000", Password: password}))
	p.lead = check[actor.Actor](t)(p.b.Hall.Actor(t.Context(), lead.ID))
	p.root = check[hall.Union](t)(p.b.Hall.Union(t.Context(), lead.UnionID))
	return p
}

// both runs one thing in both halls at once.
func (p *pair) both(f func(*app.App)) {
	var group sync.WaitGroup
	for _, a := range []*app.App{p.a, p.b} {
		group.Go(func() { f(a) })
	}
	group.Wait()
}

func (p *pair) count(t *testing.T, query string, args ...any) int {
	t.Helper()
	return check[int](t)(sqldb.One(context.Background(), p.b.DB, sqldb.Value[int], query, args...))
}

func (p *pair) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	if err := p.b.DB.Update(t.Context(), func(tx sqldb.Tx) error { _, err := tx.Exec(t.Context(), query, args...); return err }); err != nil {
		t.Fatal(err)
	}
}

func (p *pair) union(t *testing.T, parent hall.Union, code string, level hall.Level) hall.Union {
	t.Helper()
	return check[hall.Union](t)(p.b.Hall.CreateUnion(t.Context(), p.lead, hall.NewUnion{ParentID: parent.ID, Level: level, Code: code,
		Name: lang.Text{ZH: "会" + code}, Kind: hall.Region, Place: hall.Place{Lat: 26, Lng: 119}}))
}

// housed is how many people, and how many rows of the record of readings, stand in the union before it moves: more than a
// batch of each.
const housed = sqldb.RehomeBatch + 500

// crowd fills a union.
func (p *pair) crowd(t *testing.T, u hall.Union) {
	t.Helper()
	var b hall.Batch
	for n := range housed {
		b.People = append(b.People, hall.NewPerson{Person: hall.Person{ID: id.New(), Name: fmt.Sprint("人", n), UnionID: u.ID, UnionPath: u.Path, Status: hall.Active}})
	}
	if err := p.b.Hall.Load(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	p.exec(t, `INSERT INTO hall_audit (id, union_path, at, actor_id, what, subject_id, detail)
		SELECT 'audit ' || id, union_path, 1, '', 'hall.person.created', id, 'null' FROM hall_person WHERE union_id = $1`, u.ID)
	p.exec(t, `INSERT INTO privacy_reading (id, union_path, once, person_id, reader_id, role, field, reason, note, source, at)
		SELECT 'reading', union_path, id, id, '', 'clerk', 'phone', 'aid', '', 'sheet', 1 FROM hall_person WHERE union_id = $1`, u.ID)
}

// follow has both halls bring rows after a union at once until the move is over.
func (p *pair) follow(t *testing.T, a *app.App) {
	t.Helper()
	for turn := 0; len(check[[]hall.Move](t)(p.b.Hall.MoveUnderWay(t.Context()))) > 0; turn++ {
		if turn > 10 {
			t.Fatal("the move does not end")
		}
		run := func(a *app.App) {
			if err := a.FollowMoves(t.Context()); err != nil {
				t.Error(err)
			}
		}
		if a != nil {
			run(a)
		} else {
			p.both(run)
		}
		p.clock.Move(70 * time.Second)
	}
}

// arrived holds that every row is at the new place, and none there twice or lost.
func (p *pair) arrived(t *testing.T, path string, before map[string]int) {
	t.Helper()
	for table, these := range map[string]string{"hall_person": "", "hall_audit": " AND id LIKE 'audit %'", "privacy_reading": ""} {
		if at := p.count(t, `SELECT COUNT(*) FROM `+table+` WHERE union_path = $1`+these, path); at != housed {
			t.Errorf("%s: %d of %d rows at %s", table, at, housed, path)
		}
		if n := p.count(t, `SELECT COUNT(*) FROM `+table); n != before[table] {
			t.Errorf("%s: %d rows, %d before", table, n, before[table])
		}
	}
	if n := p.count(t, `SELECT COUNT(*) FROM hall_move WHERE done_at > 0`); n != 1 {
		t.Errorf("%d moves are over", n)
	}
	if n := p.count(t, `SELECT COUNT(*) FROM hall_audit WHERE what IN ($1, $2) AND union_path = $3`, hall.AuditUnionMoved, hall.AuditUnionMerged, p.intoPath(t)); n != 1 {
		t.Errorf("%d audits of the move", n)
	}
	// Once when it began, and once when it ended, all processes are told to read the tree anew.
	if n := p.count(t, `SELECT COUNT(*) FROM sqldb_outbox WHERE subject = $1 AND data NOT LIKE '%"id":"_%'`, hall.UnionChanged); n != 2 {
		t.Errorf("%d times all were told that the tree is another", n)
	}
}

// intoPath is where the record of a move stands.
func (p *pair) intoPath(t *testing.T) string {
	t.Helper()
	return check[string](t)(sqldb.One(t.Context(), p.b.DB, sqldb.Value[string], `SELECT u.path FROM hall_move m JOIN hall_union u ON u.id = m.into_id`))
}

func (p *pair) tables(t *testing.T) map[string]int {
	out := map[string]int{}
	for _, table := range []string{"hall_person", "hall_audit", "privacy_reading"} {
		out[table] = p.count(t, `SELECT COUNT(*) FROM `+table)
	}
	return out
}

// Two halls that follow one move at once bring each row over once: paths that were changed twice would be wrong, for the
// new place lies deeper than the old. So when a union goes into another.
func TestTwoHallsMoveAUnionOnce(t *testing.T) {
	for name, merge := range map[string]bool{"move": false, "merge": true} {
		t.Run(name, func(t *testing.T) {
			p := paired(t, app.Config{}, nil)
			deep := p.union(t, p.union(t, p.root, "1", hall.City), "2", hall.County)
			from := p.union(t, p.root, "9", hall.Township)
			want := hall.PathOf(deep.Path, "9")
			if merge {
				want = deep.Path
			}
			p.crowd(t, from)
			if _, err := p.a.Hall.MoveUnion(t.Context(), p.lead, hall.MoveInput{UnionID: from.ID, IntoID: deep.ID, Merge: merge}); err != nil {
				t.Fatal(err)
			}
			before := p.tables(t)
			p.follow(t, nil)
			p.arrived(t, want, before)
		})
	}
}

// stopping kills a hall before its update of that number is durable: from then on it can write nothing more.
type stopping struct {
	left atomic.Int64  // updates that it may still make; below zero it is dead
	hold chan struct{} // closed when it has died
	once sync.Once
}

func (s *stopping) Before(context.Context) error {
	if s.left.Add(-1) >= 0 {
		return nil
	}
	s.once.Do(func() { close(s.hold) })
	return errBroken
}

func (s *stopping) After(context.Context) error { return nil }

// A hall that dies in the middle of a move leaves it to the other, whatever it was at.
func TestAMoveOutlivesTheHallThatBeganIt(t *testing.T) {
	for _, updates := range []int64{1, 2, 4} {
		t.Run(fmt.Sprint(updates), func(t *testing.T) {
			dying := &stopping{hold: make(chan struct{})}
			dying.left.Store(1 << 40)
			p := paired(t, app.Config{}, dying)
			deep := p.union(t, p.union(t, p.root, "1", hall.City), "2", hall.County)
			from := p.union(t, p.root, "9", hall.Township)
			p.crowd(t, from)
			if _, err := p.a.Hall.MoveUnion(t.Context(), p.lead, hall.MoveInput{UnionID: from.ID, IntoID: deep.ID}); err != nil {
				t.Fatal(err)
			}
			before := p.tables(t)
			dying.left.Store(updates)
			if err := p.a.FollowMoves(t.Context()); err == nil {
				t.Fatal("it did not die")
			}
			<-dying.hold
			if n := p.count(t, `SELECT COUNT(*) FROM privacy_reading WHERE union_path = $1`, from.Path); n == 0 {
				t.Fatal("nothing was left to do")
			}
			p.follow(t, p.b)
			p.arrived(t, hall.PathOf(deep.Path, "9"), before)
		})
	}
}

// waiting holds a hall up before one of its updates is durable.
type waiting struct {
	at    atomic.Int64 // the update that waits; 0 for none
	there chan struct{}
	goOn  chan struct{}
}

func (w *waiting) Before(context.Context) error {
	if w.at.Add(-1) == 0 {
		close(w.there)
		<-w.goOn
	}
	return nil
}

func (w *waiting) After(context.Context) error { return nil }

// A hall that stood still while the other ended the move takes nobody along who has come to the old place since.
func TestAHallThatWakesUpLateMovesNobodyElse(t *testing.T) {
	held := &waiting{there: make(chan struct{}), goOn: make(chan struct{})}
	p := paired(t, app.Config{}, held)
	into, from := p.union(t, p.root, "1", hall.City), p.union(t, p.root, "9", hall.Township)
	p.crowd(t, from)
	if _, err := p.b.Hall.MoveUnion(t.Context(), p.lead, hall.MoveInput{UnionID: from.ID, IntoID: into.ID}); err != nil {
		t.Fatal(err)
	}
	held.at.Store(1) // of the grants, which moved with the tree
	done := make(chan error, 1)
	go func() { done <- p.a.FollowMoves(t.Context()) }()
	<-held.there
	p.follow(t, p.b)
	fresh := p.union(t, p.root, "9", hall.Township)
	if fresh.Path != from.Path {
		t.Fatalf("the place of old is not taken: %s", fresh.Path)
	}
	someone := hall.Person{ID: id.New(), Name: "后来人", UnionID: fresh.ID, UnionPath: fresh.Path, Status: hall.Active}
	if err := p.b.Hall.Load(t.Context(), hall.Batch{People: []hall.NewPerson{{Person: someone}}}); err != nil {
		t.Fatal(err)
	}
	p.exec(t, `INSERT INTO privacy_reading (id, union_path, once, person_id, reader_id, role, field, reason, note, source, at)
		SELECT 'reading', union_path, id, id, '', 'clerk', 'phone', 'aid', '', 'sheet', 1 FROM hall_person WHERE id = $1`, someone.ID)
	close(held.goOn)
	if err := <-done; err != nil {
		t.Log(err) // a conflict is as good
	}
	if n := p.count(t, `SELECT COUNT(*) FROM privacy_reading WHERE union_path = $1`, fresh.Path); n != 1 {
		t.Error("a row of the union that has come to the old place was moved")
	}
}

// Two halls that tidy up and erase at once forget each row once, and say of each once that it was.
func TestTwoHallsForgetOnce(t *testing.T) {
	p := paired(t, app.Config{}, nil)
	const old, gone = 2300, 12
	p.exec(t, `INSERT INTO privacy_reading (id, union_path, once, person_id, reader_id, role, field, reason, note, source, at)
		SELECT 'r' || n, '/0/', 'r' || n, 'nobody', '', 'clerk', 'phone', 'aid', '', 'sheet', 1 FROM generate_series(1, $1) AS n`, old)
	var b hall.Batch
	for n := range gone {
		b.People = append(b.People, hall.NewPerson{Person: hall.Person{ID: id.New(), Name: fmt.Sprint("人", n), UnionID: p.root.ID, UnionPath: p.root.Path, Status: hall.Active}})
	}
	if err := p.b.Hall.Load(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	for _, n := range b.People {
		who := actor.Actor{Kind: actor.Person, ID: n.Person.ID}
		check[privacy.Erasure](t)(p.b.Privacy.AskErasure(t.Context(), who, n.Person.Name))
	}
	p.clock.Move(privacy.Wait)
	var erased atomic.Int64
	p.both(func(a *app.App) {
		n, err := a.Privacy.EraseDue(t.Context())
		if err != nil {
			t.Error(err)
		}
		erased.Add(int64(n))
		if err := a.Privacy.SweepDue(t.Context()); err != nil {
			t.Error(err)
		}
	})
	if n, err := p.a.Privacy.EraseDue(t.Context()); n != 0 || err != nil {
		t.Errorf("%d more, %v", n, err)
	}
	if n := erased.Load(); n != gone {
		t.Errorf("%d people erased, %d by the halls' word", gone, n)
	}
	if n := p.count(t, `SELECT COUNT(*) FROM privacy_erasure WHERE state = 'done'`); n != gone {
		t.Errorf("%d of %d records say that it is done", n, gone)
	}
	for _, n := range b.People {
		if told := p.count(t, `SELECT COUNT(*) FROM sqldb_outbox WHERE subject = $1 AND data LIKE $2`, hall.MasterChanged, `%`+n.Person.ID+`%`); told != 1 {
			t.Errorf("%d times was told that somebody is gone", told)
		}
	}
	if n := p.count(t, `SELECT COUNT(*) FROM privacy_reading`); n != 0 {
		t.Errorf("%d old rows are left", n)
	}
	for _, k := range check[[]privacy.Kept](t)(p.a.Privacy.Kept(t.Context(), p.lead)) {
		if k.Kind == "readings" && k.Last.Total != old {
			t.Errorf("%d rows were removed, and %d are said to be", old, k.Last.Total)
		}
	}
}

// An applicant gets one text message and the officers one notice, though two halls hear of it, and hear of it again.
func TestTwoHallsTellAnApplicantOnce(t *testing.T) {
	gateway, sent := texts(t)
	p := paired(t, app.Config{SMS: gateway, Stream: streamtest.NewCluster(t, 1).Address()}, nil)
	_, stopA := start(t, p.a)
	_, stopB := start(t, p.b)
	defer stopA()
	defer stopB()
	ctx, at := t.Context(), time.Now()
	var ids []string
	asks := func(phone string) {
		token := check[string](t)(p.a.Hall.SendJoinCode(ctx, hall.JoinInput{Name: "许新人", Phone: phone, UnionID: p.root.ID}, "198.51.100."+phone[8:]))
		code := ""
		until(t, "the code", func() bool {
			for _, m := range sent() {
				if strings.HasPrefix(m, "+86"+phone) {
					code = sixDigits.FindString(strings.Replace(m, phone, "", 1))
				}
			}
			return code != ""
		})
		check[string](t)(p.a.Hall.EnterJoinCode(ctx, token, code, "198.51.100."+phone[8:]))
		list := check[hall.List[hall.Request]](t)(p.b.Hall.Requests(ctx, p.lead, "", false, hall.Page{}))
		if len(list.Rows) != 1 {
			t.Fatalf("%d requests wait", len(list.Rows))
		}
		ids = append(ids, list.Rows[0].ID)
		until(t, "news for the lead", func() bool { n, err := p.a.Notices.Unread(ctx, p.lead); return err == nil && n == len(ids) })
		check[hall.Request](t)(p.b.Hall.Decide(ctx, p.lead, hall.Decision{RequestID: list.Rows[0].ID, Reason: "材料不全"}))
	}
	told := func() (out []string) {
		for _, m := range sent() {
			if strings.Contains(m, "材料不全") {
				out = append(out, m)
			}
		}
		return out
	}
	again := func() { // the stream brings an event again when nobody has said that it was handled
		for range 3 {
			if err := p.a.DB.Update(ctx, func(tx sqldb.Tx) error {
				for _, r := range ids {
					if err := tx.Emit(ctx, event.New(hall.RequestChanged, at, hall.Changed{ID: r, UnionPath: p.root.Path})); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, phone := range []string{"13599990001", "13599990002"} {
		asks(phone)
		again()
		r := check[hall.Request](t)(p.a.Hall.Request(ctx, actor.Hall, ids[len(ids)-1]))
		p.both(func(a *app.App) { // as two that got one event
			for range 3 {
				if err := a.Hall.TellApplicant(ctx, r); err != nil {
					t.Error(err)
				}
			}
		})
	}
	until(t, "all events", func() bool { return p.count(t, `SELECT COUNT(*) FROM sqldb_outbox WHERE published_at = 0`) == 0 })
	asks("13599990003") // told of last, and so after all that came again
	until(t, "the last message", func() bool { return len(told()) >= 3 })
	time.Sleep(500 * time.Millisecond) // what would come too often has time to
	if n := len(told()); n != 3 {
		t.Errorf("%d messages to 3 applicants: %v", n, told())
	}
	if n, err := p.a.Notices.Unread(ctx, p.lead); n != 3 || err != nil {
		t.Errorf("%d notices of 3 requests, %v", n, err)
	}
}
