package hall_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/hall/hallsql"
	"github.com/unionhall/unionhall/internal/hall/halltest"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/seal/sealtest"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

// moved is a world in which the county of city A has gone under city B, with its rows still behind.
func moved(t *testing.T, db *sqldb.DB) (*halltest.World, *hall.Service, func(time.Duration)) {
	w := halltest.NewWorld(t)
	s, clk := w.Service(t, hallsql.New(db, sealtest.Box(t)))
	if _, err := s.MoveUnion(bg, halltest.Actor(t, s, w.Top), hall.MoveInput{UnionID: w.A.Sub.ID, IntoID: w.B.Union.ID}); err != nil {
		t.Fatal(err)
	}
	return w, s, clk.Move
}

// done has all rows follow, and lets the move come to its end.
func done(t *testing.T, s *hall.Service, wait func(time.Duration)) {
	t.Helper()
	for range 10 {
		list, err := s.MoveUnderWay(bg)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			return
		}
		n, err := s.Rehome(bg, list[0].Steps)
		if err == nil {
			err = s.Followed(bg, list[0], n > 0)
		}
		if err != nil {
			t.Fatal(err)
		}
		wait(50 * time.Second)
	}
	t.Fatal("the move does not end")
}

// Nothing can stand at the old place before the last row has left it, and nothing else moves.
func TestTheOldPlaceStaysEmpty(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w, s, wait := moved(t, db)
		top := halltest.Actor(t, s, w.Top)
		found := func() error {
			_, err := s.CreateUnion(bg, top, hall.NewUnion{ParentID: w.A.Union.ID, Level: w.A.Sub.Level, Code: w.A.Sub.Code, Name: lang.Text{ZH: "新区"}, Kind: hall.Region})
			return err
		}
		if err := found(); !errors.Is(err, hall.TakenCode) {
			t.Fatal("founded on rows of another:", err)
		}
		back := hall.MoveInput{UnionID: w.A.Sub.ID, IntoID: w.A.Union.ID}
		if _, err := s.MoveUnion(bg, top, back); !errors.Is(err, hall.MoveRunning) {
			t.Fatal("two at once:", err)
		}
		done(t, s, wait)
		if _, err := s.MoveUnion(bg, halltest.Actor(t, s, w.Top), back); err != nil {
			t.Fatal(err)
		}
		done(t, s, wait)
		if u, err := s.Union(bg, w.A.Sub.ID); err != nil || u.Path != hall.PathOf(w.A.Union.Path, w.A.Sub.Code+"a") { // its code was taken in city B
			t.Fatal("back again:", u.Path, err)
		}
	})
}

// A process that still has the old tree in mind founds nothing below a union that has gone.
func TestNothingIsFoundedBelowAnOldPath(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := halltest.NewWorld(t)
		store := hallsql.New(db, sealtest.Box(t))
		s, clk := w.Service(t, store)
		other := hall.New(store, clk, hall.NewHasher(halltest.Cheap))
		top := halltest.Actor(t, other, w.Top)
		if _, err := other.Union(bg, w.A.Sub.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := s.MoveUnion(bg, top, hall.MoveInput{UnionID: w.A.Sub.ID, IntoID: w.B.Union.ID}); err != nil {
			t.Fatal(err)
		}
		done(t, s, clk.Move)
		in := hall.NewUnion{ParentID: w.A.Sub.ID, Level: hall.Grassroots, Code: "9", Name: lang.Text{ZH: "某厂工会"}, Kind: hall.Employer}
		if _, err := other.CreateUnion(bg, top, in); code(err) != fault.Conflict {
			t.Fatal(err)
		}
	})
}

// Who moves a union leads one above both, by one grant: not each of them by two.
func TestWhoMayMove(t *testing.T) {
	w, s, _ := world(t)
	in := hall.MoveInput{UnionID: w.A.Sub.ID, IntoID: w.B.Union.ID}
	both := halltest.Actor(t, s, w.A.Lead)
	both.Grants = append(both.Grants, halltest.Actor(t, s, w.B.Lead).Grants...)
	for name, a := range map[string]actor.Actor{"anyone": {}, "clerk": halltest.Actor(t, s, w.A.Clerk), "lead": halltest.Actor(t, s, w.A.Lead),
		"sister": halltest.Actor(t, s, w.B.Lead), "lead of each": both} {
		if _, err := s.PreviewMove(bg, a, in); code(err) != fault.Denied {
			t.Error(name, "previews:", err)
		}
		if _, err := s.MoveUnion(bg, a, in); code(err) != fault.Denied {
			t.Error(name, "moves:", err)
		}
	}
	within := hall.MoveInput{UnionID: w.A.Sub.ID, IntoID: w.A.Union.ID, Merge: true}
	if _, err := s.PreviewMove(bg, halltest.Actor(t, s, w.A.Lead), within); code(err) != fault.Denied {
		t.Error("a lead takes a union below into their own:", err)
	}
}

// The preview names who loses and who gains; a merger takes officers along, each office once, and old links lead on.
func TestMerging(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := halltest.NewWorld(t)
		s, clk := w.Service(t, hallsql.New(db, sealtest.Box(t)))
		top := halltest.Actor(t, s, w.Top)
		give := func(p hall.Person, u hall.Union) {
			if _, err := s.GiveGrant(bg, top, hall.GrantInput{Phone: p.Phone.Whole(), UnionID: u.ID, Role: actor.Clerk}); err != nil {
				t.Fatal(err)
			}
		}
		give(w.A.Worker, w.A.Sub)
		give(w.B.Worker, w.A.Sub)
		give(w.B.Worker, w.B.Sub) // at both
		in := hall.MoveInput{UnionID: w.A.Sub.ID, IntoID: w.B.Sub.ID, Merge: true}
		p, err := s.PreviewMove(bg, top, in)
		if err != nil {
			t.Fatal(err)
		}
		names := func(list []hall.Officer) (out []string) {
			for _, o := range list {
				out = append(out, o.Person.ID)
			}
			return out
		}
		if l, g := names(p.Lose), names(p.Gain); !slices.Contains(l, w.A.Lead.ID) || slices.Contains(l, w.Top.ID) || slices.Contains(l, w.A.Worker.ID) ||
			!slices.Contains(g, w.B.Lead.ID) || !slices.Contains(g, w.A.Worker.ID) || slices.Contains(g, w.Top.ID) {
			t.Fatal(l, g)
		}
		if _, err := s.MoveUnion(bg, top, in); err != nil {
			t.Fatal(err)
		}
		for _, person := range []hall.Person{w.A.Worker, w.B.Worker} {
			a := halltest.Actor(t, s, person)
			if len(a.Grants) != 1 || a.Grants[0].UnionID != w.B.Sub.ID || a.Grants[0].Path != w.B.Sub.Path {
				t.Error(a.Grants)
			}
		}
		if u, err := s.Union(bg, w.A.Sub.ID); err != nil || u.ID != w.B.Sub.ID {
			t.Error("an old link leads to", u.Path, err)
		}
		done(t, s, clk.Move)
		if u, err := s.UnionAt(bg, w.A.Sub.Path); err != nil || u.ID != w.B.Sub.ID {
			t.Error("the old path leads to", u.Path, err)
		}
	})
}
