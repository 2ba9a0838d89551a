package app_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/doctor"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/privacy"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

// breaking makes one update in so many fail, before or after the commit in turn.
type breaking struct{ every, n int }

var errBroken = errors.New("broken")

func (b *breaking) hit(after bool) error {
	if b.every == 0 {
		return nil
	}
	if b.n++; b.n%b.every == 0 && (b.n/b.every%2 == 0) == after {
		return errBroken
	}
	return nil
}

func (b *breaking) Before(context.Context) error { return b.hit(false) }
func (b *breaking) After(context.Context) error  { return b.hit(true) }

// hung are the tables whose rows hang on a union by its path, with what tells a row apart and, where there is one, the
// column with the union's id. TestEveryTableWithAPathFollows holds it to the schema.
var hung = map[string][2]string{
	"hall_person": {"id", "union_id"}, "hall_grant": {"id", "union_id"}, "hall_enterprise": {"id", "union_id"},
	"hall_master": {"person_id", "union_id"}, "hall_audit": {"id", ""},
	"exchange_need": {"id", "union_id"}, "exchange_offer": {"id", "union_id"}, "exchange_tool": {"id", ""},
	"portal_portal": {"id", "union_id"}, "intake_job": {"id", "union_id"},
	"hall_request": {"id", "union_id"}, "privacy_reading": {"id", ""}, "privacy_erasure": {"person_id", ""},
}

func TestEveryTableWithAPathFollows(t *testing.T) {
	a := open(t, app.Config{Dir: t.TempDir()})
	tables, err := a.DB.Tables(t.Context(), a.DB)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, table := range tables {
		var columns []string
		for _, c := range table.Columns {
			columns = append(columns, c.Name)
		}
		if !slices.Contains(columns, "union_path") {
			continue
		}
		found++
		if _, ok := hung[table.Name]; !ok {
			t.Errorf("%s has paths of unions and does not follow one that moves: add it to its module's housed", table.Name)
		}
	}
	if found != len(hung) {
		t.Errorf("%d tables found, %d known", found, len(hung))
	}
}

// realm is a random federation, with what is true of it kept apart from the store.
type realm struct {
	a     *app.App
	clk   *clock.Fake
	f     *breaking
	ctx   context.Context
	tree  []hall.Union
	home  map[string]map[string]string // by table and row, the union's id
	heads map[string]actor.Actor       // a lead at every union
	noted []statement
}

func newRealm(t *testing.T, dsn string) *realm {
	f, clk := &breaking{}, clock.At(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	a := open(t, app.Config{Dir: t.TempDir(), Store: dsn, Faults: f, Clock: clk})
	if err := a.Exchange.LoadKinds(t.Context()); err != nil {
		t.Fatal(err)
	}
	return &realm{a: a, clk: clk, f: f, ctx: t.Context()}
}

func (r *realm) must(t *rapid.T, err error) {
	if err != nil {
		t.Helper()
		t.Fatal(err)
	}
}

// exec notes a statement, and flush runs those noted.
func (r *realm) exec(q string, args ...any) { r.noted = append(r.noted, statement{q, args}) }

func (r *realm) flush(t *rapid.T) {
	r.must(t, r.a.DB.Update(r.ctx, func(tx sqldb.Tx) error {
		for _, s := range r.noted {
			if _, err := tx.Exec(r.ctx, s.q, s.args...); err != nil {
				return err
			}
		}
		return nil
	}))
	r.noted = nil
}

type statement struct {
	q    string
	args []any
}

func (r *realm) all(t *rapid.T, table string) map[string][2]string {
	cols := hung[table]
	unionID := cols[1]
	if unionID == "" {
		unionID = "''"
	}
	out := map[string][2]string{}
	rows, err := sqldb.All(r.ctx, r.a.DB, func(s sqldb.Scanner) (v [3]string, err error) { return v, s.Scan(&v[0], &v[1], &v[2]) },
		`SELECT `+cols[0]+`, `+unionID+`, union_path FROM `+table)
	r.must(t, err)
	for _, v := range rows {
		out[v[0]] = [2]string{v[1], v[2]}
	}
	return out
}

// people the tree with rows of every table.
func (r *realm) settle(t *rapid.T) {
	r.f.every = 0
	for table := range hung {
		r.exec(`DELETE FROM ` + table)
	}
	for _, table := range []string{"hall_union", "hall_move", "hall_login", "hall_master_craft", "hall_licence", "hall_contact"} {
		r.exec(`DELETE FROM ` + table)
	}
	r.flush(t)
	r.a.Hall.Hear(r.ctx, event.New(hall.UnionChanged, r.clk.Now(), hall.Changed{}))
	r.home, r.heads = map[string]map[string]string{}, map[string]actor.Actor{}
	for table := range hung {
		r.home[table] = map[string]string{}
	}
	r.draw(t)
	b := hall.Batch{Unions: r.tree}
	for _, u := range r.tree {
		for range rapid.IntRange(1, 2).Draw(t, "rows") {
			r.fill(&b, u)
		}
	}
	r.flush(t)
	r.must(t, r.a.Hall.Load(r.ctx, b))
	for _, g := range b.Grants {
		a, err := r.a.Hall.Actor(r.ctx, g.PersonID)
		r.must(t, err)
		r.heads[a.ID] = a
	}
}

func (r *realm) draw(t *rapid.T) {
	root := hall.Union{ID: id.New(), Level: hall.Nation, Code: "0", Path: "/0/", Name: lang.Text{ZH: "总"}, Kind: hall.Region}
	r.tree = []hall.Union{root}
	for i := range rapid.IntRange(3, 10).Draw(t, "unions") {
		p := r.tree[rapid.IntRange(0, len(r.tree)-1).Draw(t, "parent")]
		if p.Level == hall.Grassroots {
			continue
		}
		code := rapid.SampledFrom([]string{"0", "01", "1", "a", "0a"}).Draw(t, "code")
		path := hall.PathOf(p.Path, code)
		if slices.ContainsFunc(r.tree, func(u hall.Union) bool { return u.Path == path }) {
			continue
		}
		r.tree = append(r.tree, hall.Union{ID: id.New(), ParentID: p.ID, Code: code, Path: path, Kind: hall.Region, Name: lang.Text{ZH: fmt.Sprint("会", i)},
			Level: hall.Level(rapid.IntRange(int(p.Level)+1, int(hall.Grassroots)).Draw(t, "level"))})
	}
}

func (r *realm) fill(b *hall.Batch, u hall.Union) {
	p := hall.Person{ID: id.New(), Name: "人", UnionID: u.ID, UnionPath: u.Path, Status: hall.Active}
	e := hall.Enterprise{ID: id.New(), Name: "厂", Industry: "machinery", Size: hall.Small, UnionID: u.ID, UnionPath: u.Path, Status: hall.Active}
	g := hall.Grant{ID: id.New(), PersonID: p.ID, UnionID: u.ID, UnionPath: u.Path, Role: actor.Lead}
	b.People = append(b.People, hall.NewPerson{Person: p})
	b.Grants = append(b.Grants, g)
	b.Enterprises = append(b.Enterprises, e)
	b.Masters = append(b.Masters, hall.Master{PersonID: p.ID, UnionID: u.ID, UnionPath: u.Path, Craft: []string{"welding"}, Status: hall.Active})
	r.home["hall_person"][p.ID], r.home["hall_enterprise"][e.ID], r.home["hall_grant"][g.ID], r.home["hall_master"][p.ID] = u.ID, u.ID, u.ID, u.ID
	put := func(table, q string, args ...any) {
		key := id.New()
		r.home[table][key] = u.ID
		r.exec(q, append([]any{key, u.Path}, args...)...)
	}
	put("hall_audit", `INSERT INTO hall_audit (id, union_path, at, actor_id, what, subject_id, detail) VALUES ($1, $2, 1, '', 'hall.person.created', '', 'null')`)
	put("exchange_need", `INSERT INTO exchange_need (id, union_path, union_id, kind_id, enterprise_id, poster_id, portal_id, portal_ref, title, trades, state, result,
		posted_at, first_answer_at, closed_at, visits, rating_sum, rating_count, waits_for, waits_since, due_at, ask_at, doc, version, updated_at)
		VALUES ($1, $2, $3, 'expert-visit', '', '', '', '', 't', '', 'open', '', 1000000, 0, 0, 0, 0, 0, '', 0, 0, 0, '{"values":{}}', 1, 1)`, u.ID)
	put("exchange_offer", `INSERT INTO exchange_offer (id, union_path, union_id, owner_id, kind_id, title, status, capacity, load, rating_sum, rating_count, solved_count, doc, version, updated_at)
		VALUES ($1, $2, $3, $4, 'expert-visit', '', 'ended', 1, 0, 0, 0, 0, '{}', 1, 1)`, u.ID, p.ID)
	put("exchange_tool", `INSERT INTO exchange_tool (id, union_path, doc, kind_id, owner_id, need_id, title, trades, helped, version, published_at, updated_at)
		VALUES ($1, $2, $3, 'expert-visit', '', '', '', '', 0, 1, 1, 1)`, `{"union":"`+u.ID+`"}`)
	put("portal_portal", `INSERT INTO portal_portal (id, union_path, union_id, name, status, scopes, rate, created_at) VALUES ($1, $2, $3, 'p', 'active', '[]', 1, 1)`, u.ID)
	put("hall_request", `INSERT INTO hall_request (id, union_path, union_id, from_path, person_id, kind, state, name, phone, phone_mark, employer, enterprise_id, note, lang, reason,
		decided_by, created_at, decided_at, told_at) VALUES ($1, $2, $3, $4, $5, 'transfer', 'waiting', '', '', '', '', '', '', 'zh', '', '', 1, 0, 0)`, u.ID, u.Path, p.ID)
	put("privacy_reading", `INSERT INTO privacy_reading (id, union_path, once, person_id, reader_id, role, field, reason, note, source, at)
		VALUES ($1, $2, $3, $4, '', 'clerk', 'phone', 'aid', '', 'sheet', 1)`, id.New(), p.ID)
	put("privacy_erasure", `INSERT INTO privacy_erasure (person_id, union_path, state, part, asked_at, due_at, done_at) VALUES ($1, $2, 'waiting', 0, 1, 9, 0)`)
	put("intake_job", `INSERT INTO intake_job (id, union_path, union_id, kind, by_id, file, mark, state, working, worker, claimed_until, created_at, changed_at, plan, progress)
		VALUES ($1, $2, $3, 'people', '', '', '', 'done', FALSE, '', 0, 1, 1, '{}', '{}')`, u.ID)
}

// paths reads the tree from the parents and codes alone.
func (r *realm) paths(t *rapid.T) map[string]string {
	type node struct{ parent, code, path string }
	nodes := map[string]node{}
	_, err := sqldb.All(r.ctx, r.a.DB, func(s sqldb.Scanner) (v string, err error) {
		var n node
		err = s.Scan(&v, &n.parent, &n.code, &n.path)
		nodes[v] = n
		return v, err
	}, `SELECT id, parent_id, code, path FROM hall_union`)
	r.must(t, err)
	out := map[string]string{}
	for unionID := range nodes {
		path := "/"
		for at := unionID; at != ""; at = nodes[at].parent {
			path = "/" + nodes[at].code + path
		}
		if out[unionID] = path; nodes[unionID].path != path {
			t.Fatalf("union at %s says it is at %s", path, nodes[unionID].path)
		}
	}
	return out
}

// check holds every row to the tree: its path is that of its union, which is the one it always had unless that went into
// another.
func (r *realm) check(t *rapid.T, in hall.MoveInput) {
	paths := r.paths(t)
	for table, rows := range r.home {
		got := r.all(t, table)
		if len(got) < len(rows) {
			t.Fatalf("%s: %d rows of %d", table, len(got), len(rows))
		}
		for key, unionID := range rows {
			if in.Merge && unionID == in.UnionID {
				unionID = in.IntoID
			}
			row := got[key]
			if hung[table][1] != "" && row[0] != unionID || row[1] != paths[unionID] {
				t.Fatalf("%s: a row of %s is at %s of %s", table, paths[unionID], row[1], row[0])
			}
		}
	}
	// Each request was made to come from the union that it goes to, so that the two paths stay one.
	apart, err := sqldb.One(r.ctx, r.a.DB, sqldb.Value[int], `SELECT COUNT(*) FROM hall_request WHERE from_path <> union_path`)
	if r.must(t, err); apart > 0 {
		t.Fatalf("%d requests come from where no union is", apart)
	}
	broken, err := doctor.Broken(r.ctx, r.a.DB)
	r.must(t, err)
	if i := slices.IndexFunc(broken, func(s string) bool { return strings.Contains(s, "union") }); i >= 0 {
		t.Fatal(broken[i])
	}
	tools, err := sqldb.All(r.ctx, r.a.DB, sqldb.Value[string], `SELECT doc FROM exchange_tool`)
	r.must(t, err)
	for _, doc := range tools {
		if in.Merge && strings.Contains(doc, in.UnionID) {
			t.Fatal("an entry of the toolbox names the union that is gone")
		}
	}
}

// watch has every officer look at everything they can list or open, and holds that to the tree as it is now: whoever lost
// a union by the move sees no row of it any more, moved or not.
func (r *realm) watch(t *rapid.T, in hall.MoveInput) {
	paths := r.paths(t)
	now := func(table, key string) string {
		unionID := r.home[table][key]
		if in.Merge && unionID == in.UnionID {
			unionID = in.IntoID
		}
		return paths[unionID]
	}
	for personID := range r.heads {
		a, err := r.a.Hall.Actor(r.ctx, personID)
		r.must(t, err)
		may := func(what, path string) {
			if path != "" && !slices.ContainsFunc(a.Grants, func(g actor.Grant) bool { return strings.HasPrefix(path, paths[g.UnionID]) }) {
				t.Fatalf("an officer of %v sees a %s of %s", a.Grants, what, path)
			}
		}
		everything := hall.Search{Page: hall.Page{Limit: 200}}
		for _, g := range a.Grants {
			people, err := r.a.Hall.Workers(r.ctx, a, g.UnionID, everything)
			r.must(t, err)
			for _, p := range people.Rows {
				may("person", now("hall_person", p.ID))
			}
			firms, err := r.a.Hall.EnterprisesIn(r.ctx, a, g.UnionID, everything)
			r.must(t, err)
			for _, e := range firms.Rows {
				may("firm", now("hall_enterprise", e.ID))
			}
			masters, err := r.a.Hall.MastersIn(r.ctx, a, g.UnionID, everything)
			r.must(t, err)
			for _, m := range masters.Rows {
				may("master", now("hall_master", m.PersonID))
			}
			_, jobs, err := r.a.Imports.List(r.ctx, a, g.UnionID, "", 200)
			r.must(t, err)
			for _, j := range jobs {
				may("job", now("intake_job", j.ID))
			}
			audits, err := r.a.Hall.Audits(r.ctx, a, g.UnionID, everything.Page)
			r.must(t, err)
			for _, au := range audits.Rows {
				may("audit", now("hall_audit", au.ID))
			}
			requests, err := r.a.Hall.Requests(r.ctx, a, g.UnionID, false, everything.Page)
			r.must(t, err)
			for _, q := range requests.Rows {
				may("request", now("hall_request", q.ID))
			}
			_, readings, err := r.a.Privacy.Readings(r.ctx, a, g.UnionID, privacy.Query{Limit: 200})
			r.must(t, err)
			for _, read := range readings.Rows {
				may("reading", now("privacy_reading", read.ID))
			}
		}
		needs, err := r.a.Exchange.List(r.ctx, a, exchange.NeedFilter{Limit: 200})
		r.must(t, err)
		for _, n := range needs {
			may("need", now("exchange_need", n.ID))
		}
		portals, err := r.a.Portals.List(r.ctx, a)
		r.must(t, err)
		for _, p := range portals {
			may("portal", now("portal_portal", p.ID))
		}
		for key := range r.home["exchange_need"] {
			if _, _, err := r.a.Exchange.Case(r.ctx, a, key); err == nil {
				may("case", now("exchange_need", key))
			}
		}
		for key := range r.home["hall_enterprise"] {
			_, err := r.a.Hall.Enterprise(r.ctx, a, key)
			if a.MayRead(now("hall_enterprise", key)) != (err == nil) {
				t.Fatalf("%v opens a firm of %s: %v", a.Grants, now("hall_enterprise", key), err)
			}
		}
	}
}

// follow works until the move is over, whatever breaks on the way.
func (r *realm) follow(t *rapid.T, in hall.MoveInput) {
	for turn := 0; ; turn++ {
		err := r.a.FollowMoves(r.ctx)
		if err != nil && !errors.Is(err, errBroken) {
			t.Fatal(err)
		}
		every := r.f.every
		r.f.every = 0
		r.watch(t, in)
		under, err := r.a.Hall.MoveUnderWay(r.ctx)
		r.must(t, err)
		if len(under) == 0 {
			return
		}
		if r.f.every = every; turn > 20 {
			r.f.every = 0
		}
		if turn > 40 {
			t.Fatal("the move does not end")
		}
		r.clk.Move(70 * time.Second)
	}
}

// fewer keeps the test short: each draw is a whole federation.
func fewer(t *testing.T) {
	was := flag.Lookup("rapid.checks").Value.String()
	if err := flag.Set("rapid.checks", "30"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = flag.Set("rapid.checks", was) })
}

func TestUnionsMove(t *testing.T) {
	for name, dsn := range map[string]func(testing.TB) string{"sqlite": sqldbtest.SQLiteDSN, "postgres": sqldbtest.PostgresDSN} {
		t.Run(name, func(t *testing.T) {
			fewer(t)
			r := newRealm(t, dsn(t))
			moved, refused := 0, 0
			rapid.Check(t, func(t *rapid.T) {
				r.settle(t)
				in := hall.MoveInput{Merge: rapid.Bool().Draw(t, "merge"), UnionID: rapid.SampledFrom(r.tree).Draw(t, "union").ID,
					IntoID: rapid.SampledFrom(r.tree).Draw(t, "into").ID}
				before, err := r.a.Hall.Union(r.ctx, in.UnionID)
				r.must(t, err)
				held, err := r.a.Hall.PreviewMove(r.ctx, actor.Hall, in)
				if err != nil {
					refused++
					if _, err := r.a.Hall.MoveUnion(r.ctx, actor.Hall, in); !fault.Is(err, fault.Invalid) {
						t.Fatal("not previewed, and moved:", err)
					}
					return
				}
				moved++
				_, err = r.a.Hall.MoveUnion(r.ctx, actor.Hall, in)
				r.must(t, err)
				r.f.every = rapid.IntRange(0, 4).Draw(t, "breaks")
				if r.f.every == 1 {
					r.f.every = 0
				}
				r.follow(t, in)
				r.check(t, in)
				r.linked(t, in, before, held)
			})
			if moved < 5 || refused < 3 {
				t.Errorf("%d moved, %d refused: nothing much was tried", moved, refused)
			}
		})
	}
}

// linked holds that links to what moved lead there, and that the same figures stand there.
func (r *realm) linked(t *rapid.T, in hall.MoveInput, before hall.Union, held hall.Preview) {
	u, err := r.a.Hall.Union(r.ctx, in.UnionID)
	r.must(t, err)
	if want := in.UnionID; in.Merge && u.ID != in.IntoID || !in.Merge && u.ID != want {
		t.Fatal("an old link leads to", u.Path)
	}
	at, err := r.a.Hall.UnionAt(r.ctx, before.Path)
	r.must(t, err)
	if at.ID != u.ID {
		t.Fatal("the old path leads to", at.Path)
	}
	if in.Merge {
		return
	}
	h, err := r.a.Hall.Housed(r.ctx, u.Path)
	r.must(t, err)
	x, err := r.a.Exchange.Housed(r.ctx, u.Path)
	r.must(t, err)
	maps.Copy(h, x)
	for _, c := range held.Counts {
		if n, ok := h[c.What]; ok && n != c.N {
			t.Fatalf("%d %s before, %d after", c.N, c.What, n)
		}
	}
}

// A hall that runs has the rows follow by itself, and so has one that was stopped in between.
func TestRowsFollowWhileTheHallRuns(t *testing.T) {
	dir := t.TempDir()
	a, ctx := open(t, app.Config{Dir: dir}), t.Context()
	p, err := a.Hall.Found(ctx, hall.Founding{Name: "某市总工会", Level: hall.City, Person: "张三", Phone: "13800138000", Password: "一二三四五六七八九十"})
	if err != nil {
		t.Fatal(err)
	}
	lead, err := a.Hall.Actor(ctx, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	made := func(parentID, code string, level hall.Level) hall.Union {
		u, err := a.Hall.CreateUnion(ctx, lead, hall.NewUnion{ParentID: parentID, Level: level, Code: code, Name: lang.Text{ZH: code}, Kind: hall.Region})
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	east, west := made(p.UnionID, "1", hall.County), made(p.UnionID, "2", hall.County)
	town := made(east.ID, "7", hall.Township)
	firm, err := a.Hall.CreateEnterprise(ctx, lead, hall.EnterpriseInput{Name: "某厂", Industry: "machinery", Size: hall.Small, UnionID: town.ID})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Hall.MoveUnion(ctx, lead, hall.MoveInput{UnionID: town.ID, IntoID: west.ID}); err != nil {
		t.Fatal(err)
	}
	_, stop := start(t, a)
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		e, err := a.Hall.Enterprise(ctx, actor.Hall, firm.ID)
		if err != nil {
			t.Fatal(err)
		}
		if e.UnionPath == hall.PathOf(west.Path, "7") {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the enterprise stays at", e.UnionPath)
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}
