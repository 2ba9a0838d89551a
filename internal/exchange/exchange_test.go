package exchange_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/exchange/exchangesql"
	"github.com/unionhall/unionhall/internal/exchange/exchangetest"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/match"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

func world(t *testing.T) *exchangetest.World {
	return worldOn(t, sqldbtest.SQLite(t))
}

func worldOn(t *testing.T, db *sqldb.DB) *exchangetest.World {
	store := exchangesql.New(db)
	t.Cleanup(store.Close)
	return exchangetest.NewWorld(t, store, match.NewPlain())
}

func want(t *testing.T, err error, code fault.Code) {
	t.Helper()
	if !fault.Is(err, code) {
		t.Fatalf("want %s, got %v", code, err)
	}
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestFromNeedToFollowUp(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := worldOn(t, db)
		ctx, s := t.Context(), w.Service
		n := w.Post(t, exchangetest.Turning())
		if n.Wait.For != exchange.WaitAnswer || n.UnionPath != exchangetest.CountyA {
			t.Fatalf("a fresh need waits for an answer in its county: %+v", n)
		}

		m := must[exchange.Matches](t)(s.Matches(ctx, w.Firm, n.ID, 10))
		if len(m.Offers) != 1 || m.Offers[0].Offer.OwnerID != w.Near.ID {
			t.Fatalf("only the near master of the trade fits: %+v", m.Offers)
		}
		feed := must[[]exchange.Match](t)(s.Feed(ctx, w.Near, 10))
		if len(feed) != 1 || feed[0].Need.ID != n.ID {
			t.Fatalf("the need is in the master's feed: %+v", feed)
		}
		for _, a := range []actor.Actor{w.Far, w.Weaver} {
			if feed := must[[]exchange.Match](t)(s.Feed(ctx, a, 10)); len(feed) != 0 {
				t.Fatalf("%s must not see it", a.ID)
			}
		}

		offer := w.OfferOf(t, w.Near)
		e := must[exchange.Engagement](t)(s.Invite(ctx, w.ClerkA, n.ID, offer.ID))
		if !e.Assigned {
			t.Fatal("an officer's invitation is an assignment")
		}
		w.Clock.Move(2 * time.Hour)
		e = must[exchange.Engagement](t)(s.Accept(ctx, w.Near, n.ID, offer.ID))
		must[exchange.Message](t)(s.Say(ctx, w.Near, n.ID, e.ID, "先换软爪，镗到和工件外径一样。", nil, ""))
		must[exchange.Message](t)(s.Say(ctx, w.Firm, n.ID, e.ID, "好，下午试。", nil, ""))
		if o := w.OfferOf(t, w.Near); o.Load != 1 {
			t.Fatalf("the offer carries one: %d", o.Load)
		}

		from := w.Clock.Now().Add(48 * time.Hour)
		v := must[exchange.Visit](t)(s.ProposeVisit(ctx, w.Near, n.ID, e.ID, exchange.VisitPlan{From: from, To: from.Add(3 * time.Hour)}))
		want(t, s.AgreeVisit(ctx, w.Near, n.ID, e.ID, v.ID), fault.Denied)
		if err := s.AgreeVisit(ctx, w.Firm, n.ID, e.ID, v.ID); err != nil {
			t.Fatal(err)
		}
		want(t, s.ConfirmVisit(ctx, w.Firm, n.ID, e.ID, v.ID), fault.Conflict) // not yet begun
		w.Clock.Move(50 * time.Hour)
		if err := s.ConfirmVisit(ctx, w.Firm, n.ID, e.ID, v.ID); err != nil {
			t.Fatal(err)
		}

		after := 0.02
		end := exchange.Closing{Result: exchange.Solved, After: &after, Stars: 5, Comment: "手到病除"}
		want(t, second(s.WriteTool(ctx, w.Near, n.ID, e.ID, tool())), fault.Conflict) // not finished
		must[exchange.Case](t)(s.Close(ctx, w.Near, n.ID, e.ID, end))
		c := must[exchange.Case](t)(s.Close(ctx, w.Firm, n.ID, e.ID, end))
		if c.Need.State != exchange.NeedClosed || c.Need.Result != exchange.Solved || c.Need.Visits != 1 || c.Need.RatingSum != 5 {
			t.Fatalf("closed: %+v", c.Need)
		}
		if o := w.OfferOf(t, w.Near); o.Load != 0 || o.SolvedCount != 1 || o.RatingSum != 5 {
			t.Fatalf("the offer is free again and has a name: %+v", o)
		}
		kept := must[exchange.Tool](t)(s.WriteTool(ctx, w.Near, n.ID, e.ID, tool()))
		want(t, second(s.WriteTool(ctx, w.Near, n.ID, e.ID, tool())), fault.Conflict)

		next := w.Post(t, exchange.Values{
			"title": {Text: "铝套车后变形不圆"}, "trade": {Text: "cnc-turning"},
			"story": {Text: "薄壁铝套在卡盘上夹紧车完，松开后椭圆，圆度超差。"},
			"place": {Spot: &exchange.Spot{Lat: 24.48, Lng: 118.09}},
		})
		m = must[exchange.Matches](t)(s.Matches(ctx, w.Firm, next.ID, 10))
		if len(m.Tools) == 0 || m.Tools[0].Tool.ID != kept.ID {
			t.Fatalf("the next firm with a similar need finds the entry: %+v", m.Tools)
		}
		if !hasReason(m.Offers[0], "exchange.reason.solved") {
			t.Fatalf("the master has solved one like it: %+v", m.Offers[0].Reasons)
		}

		w.Clock.Move(31 * 24 * time.Hour)
		if n := must[int](t)(s.AskDue(ctx)); n != 1 {
			t.Fatalf("asked %d, want 1", n)
		}
		if n := must[int](t)(s.AskDue(ctx)); n != 0 {
			t.Fatalf("asked again: %d", n)
		}
		want(t, s.AnswerFollowUp(ctx, w.Near, n.ID, e.ID, 30, exchange.Holds, nil, ""), fault.Denied)
		want(t, s.AnswerFollowUp(ctx, w.Firm, n.ID, e.ID, 90, exchange.Holds, nil, ""), fault.Conflict)
		if err := s.AnswerFollowUp(ctx, w.Firm, n.ID, e.ID, 30, exchange.Holds, &after, "一直好"); err != nil {
			t.Fatal(err)
		}
		want(t, s.AnswerFollowUp(ctx, w.Firm, n.ID, e.ID, 30, exchange.Lost, nil, ""), fault.Conflict)

		f := must[[]exchange.Figures](t)(s.Figures(ctx, w.Lead, []string{exchangetest.Province, exchangetest.CityB}, "", time.Time{}, time.Time{}))
		if f[0].Needs != 2 || f[0].Answered != 1 || f[0].Visits != 1 || f[0].Solved != 1 || f[0].MedianAnswer != 2*time.Hour || f[1].Needs != 0 {
			t.Fatalf("figures: %+v", f)
		}
		for _, which := range exchange.AllFigures {
			rows := must[int](t)(s.Count(ctx, w.Lead, exchange.NeedFilter{Under: []string{exchangetest.Province}, Figure: which}))
			if rows != f[0].Count(which) {
				t.Errorf("%s: the figure says %d, its rows are %d", which, f[0].Count(which), rows)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }

func tool() exchange.Tool {
	return exchange.Tool{Title: "薄壁套用软爪车，松开不椭圆", Problem: "薄壁不锈钢套夹紧车圆，松开卡爪后椭圆。", Cause: "三爪夹紧力集中，薄壁弹性变形。",
		Method: "1. 软爪镗到与工件同径。\n2. 夹紧力减半。\n3. 精车余量 0.2 一刀走完。"}
}

func hasReason(m exchange.Match, msg string) bool {
	for _, r := range m.Reasons {
		if r.Msg == msg {
			return true
		}
	}
	return false
}

func TestWhoMayDoWhat(t *testing.T) {
	w := world(t)
	ctx, s := t.Context(), w.Service
	n := w.Post(t, exchangetest.Turning())
	offer := w.OfferOf(t, w.Near)

	for name, a := range map[string]actor.Actor{"nobody": {}, "another firm": w.Other, "far master": w.Far, "weaver": w.Weaver,
		"sister city's clerk": w.ClerkB, "another portal": {Kind: actor.Portal, ID: "p2", UnionPath: exchangetest.Province}} {
		_, _, err := s.Case(ctx, a, n.ID)
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("%s reads the need: %v", name, err)
		}
		want(t, second(s.Matches(ctx, a, n.ID, 5)), fault.NotFound)
		want(t, second(s.Invite(ctx, a, n.ID, offer.ID)), fault.NotFound)
		want(t, s.Withdraw(ctx, a, n.ID, "x"), fault.NotFound)
		want(t, second(s.Edit(ctx, a, n.ID, exchangetest.Turning(), nil, n.Version)), fault.NotFound)
	}
	want(t, second(s.Invite(ctx, w.Auditor, n.ID, offer.ID)), fault.Denied)
	want(t, s.Withdraw(ctx, w.Auditor, n.ID, "x"), fault.Denied)
	if _, _, err := s.Case(ctx, w.Auditor, n.ID); err != nil {
		t.Errorf("the auditor of the city reads: %v", err)
	}
	if _, as, err := s.Case(ctx, w.Near, n.ID); err != nil || as != exchange.NoSide {
		t.Errorf("a master whom it fits reads it: %v %q", err, as)
	}
	want(t, second(s.Accept(ctx, w.Near, n.ID, w.OfferOf(t, w.Far).ID)), fault.NotFound) // not one's own offer
	want(t, second(s.Accept(ctx, w.Far, n.ID, w.OfferOf(t, w.Far).ID)), fault.NotFound)  // does not reach, so it is not there
	want(t, second(s.Post(ctx, w.Other, exchange.Draft{KindID: "expert-visit", EnterpriseID: "firm-a", Values: exchangetest.Turning()})), fault.NotFound)
	want(t, second(s.List(ctx, w.ClerkB, exchange.NeedFilter{Under: []string{exchangetest.CityA}})), fault.Denied)
	want(t, second(s.Figures(ctx, w.ClerkB, []string{exchangetest.Province}, "", time.Time{}, time.Time{})), fault.Denied)
	if rows, err := s.List(ctx, w.ClerkB, exchange.NeedFilter{}); err != nil || len(rows) != 0 {
		t.Errorf("the sister city lists %d rows: %v", len(rows), err)
	}
	want(t, second(s.List(ctx, w.Other, exchange.NeedFilter{EnterpriseID: []string{"firm-a"}})), fault.NotFound)
	want(t, second(s.List(ctx, actor.Actor{}, exchange.NeedFilter{})), fault.Unauthenticated)
}

func TestPostingTwiceMakesOneNeed(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := worldOn(t, db)
		draft := exchange.Draft{KindID: "expert-visit", EnterpriseID: "firm-a", Values: exchangetest.Turning(), Once: "k1"}
		var ids sync.Map
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				n, err := w.Service.Post(t.Context(), w.Firm, draft)
				if err != nil {
					t.Error(err)
				}
				ids.Store(n.ID, true)
			})
		}
		wg.Wait()
		rows := must[int](t)(w.Service.Count(t.Context(), w.Firm, exchange.NeedFilter{}))
		if rows != 1 {
			t.Fatalf("%d needs", rows)
		}
	})
}

// Many masters press accept on one need, and one master on many needs: one engagement for the need, no more than
// the master can carry.
func TestAcceptingAtOnceNeverOversells(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := worldOn(t, db)
		n := w.Post(t, exchangetest.Turning())
		var masters []actor.Actor
		for i := range 8 {
			id := "m" + string(rune('a'+i))
			masters = append(masters, w.Hall.AddProvider(exchangetest.Master(id, id, exchangetest.CityA, []string{"cnc-turning"}, 24.5, 118.1, 60_000, "车削")))
			if err := w.Service.SyncMaster(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
		var wins, losses int
		var mu sync.Mutex
		var wg sync.WaitGroup
		for _, a := range masters {
			offer := w.OfferOf(t, a).ID
			wg.Go(func() {
				_, err := w.Service.Accept(t.Context(), a, n.ID, offer)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					wins++
				} else if fault.Is(err, fault.Conflict) {
					losses++
				} else {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if wins != 1 || losses != 7 {
			t.Fatalf("%d won, %d lost", wins, losses)
		}

		offer := w.OfferOf(t, w.Near) // carries two
		var needs []string
		for range 6 {
			needs = append(needs, w.Post(t, exchangetest.Turning()).ID)
		}
		wins = 0
		for _, needID := range needs {
			wg.Go(func() {
				if _, err := w.Service.Accept(t.Context(), w.Near, needID, offer.ID); err == nil {
					mu.Lock()
					wins++
					mu.Unlock()
				} else if !fault.Is(err, fault.Conflict) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if o := w.OfferOf(t, w.Near); wins != 2 || o.Load != 2 {
			t.Fatalf("%d accepted, load %d, carries %d", wins, o.Load, o.Capacity)
		}
	})
}

func TestFormsNameEveryWrongField(t *testing.T) {
	w := world(t)
	k := must[exchange.Kind](t)(w.Service.Kind(w.Firm, "expert-visit"))
	_, err := k.Check(k.Need, exchange.Values{
		"title":   {Text: strings.Repeat("长", 81)},
		"trade":   {Text: "no-such"},
		"story":   {Text: "  \u3000 "},
		"measure": {Measure: &exchange.Measure{Before: 1, Target: 1}},
		"place":   {Spot: &exchange.Spot{Lat: 200, Lng: 0}},
		"wrong":   {Text: "x"},
	})
	var f *fault.Error
	if !errors.As(err, &f) {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, x := range f.Fields {
		if got[x.Path] {
			t.Errorf("%s is named twice: %v", x.Path, f.Fields)
		}
		got[x.Path] = true
	}
	for _, path := range []string{"title", "trade", "story", "measure.name", "measure.target", "place", "wrong"} {
		if !got[path] {
			t.Errorf("%s is not named: %v", path, f.Fields)
		}
	}
	v, err := k.Check(k.Need, exchange.Values{"title": {Text: "　ＣＫ６１５０ 车床\r\n振刀 "}, "trade": {Text: "cnc-turning"}, "story": {Text: "振"},
		"place": {Spot: &exchange.Spot{Address: "厦门"}}})
	if err != nil || v["title"].Text != "CK6150 车床 振刀" {
		t.Fatalf("%q %v", v["title"].Text, err)
	}
}

func TestNumbersAsPeopleWriteThem(t *testing.T) {
	for in, out := range map[string]float64{"０．０９": 0.09, " 1,200 ": 1200, "−3": -3, "1e3": 1000, "0.12": 0.12, "0。12": 0.12, "－1，200．5": -1200.5} {
		if got, ok := exchange.ParseNumber(in); !ok || got != out {
			t.Errorf("%q: %v %v", in, got, ok)
		}
	}
	for _, in := range []string{"", "abc", "1.2.3", "0,12", "1,2,3", "NaN", "Inf", "0.1mm"} {
		if got, ok := exchange.ParseNumber(in); ok {
			t.Errorf("%q read as %v", in, got)
		}
	}
}

func FuzzTidy(f *testing.F) {
	f.Add("　ＣＫ６１５０\x00\ufeff")
	f.Fuzz(func(t *testing.T, s string) {
		once := exchange.Tidy(s)
		if again := exchange.Tidy(once); again != once {
			t.Errorf("%q, then %q", once, again)
		}
	})
}

func TestAKindIsRefusedWithThePlace(t *testing.T) {
	w := world(t)
	k := must[exchange.Kind](t)(w.Service.Kind(w.Lead, "expert-visit"))
	k.ID, k.Version = "Bad Id", 0
	k.Need.Fields[1].List = "no-such"
	k.Conditions = append(k.Conditions, exchange.Condition{Kind: exchange.AtLeast, Need: "title", Offer: "title"})
	_, err := w.Service.SaveKind(t.Context(), actor.Hall, k)
	for _, path := range []string{"id", "need.fields[1].list", "conditions[4]"} {
		if err == nil || !strings.Contains(err.Error(), path+":") {
			t.Errorf("%s is not named: %v", path, err)
		}
	}
}

func TestKindsBelongToAUnion(t *testing.T) {
	w := world(t)
	ctx, s := t.Context(), w.Service
	k := must[exchange.Kind](t)(s.Kind(w.Lead, "expert-visit"))
	want(t, second(s.SaveKind(ctx, w.Lead, k)), fault.Denied) // built in: the root's
	k.ID, k.Version, k.Status, k.UnionPath, k.UnionID = "tea-help", 0, exchange.KindDraft, exchangetest.CityB, "b"
	want(t, second(s.SaveKind(ctx, w.ClerkB, k)), fault.Denied)
	k = must[exchange.Kind](t)(s.SaveKind(ctx, w.Lead, k))
	if _, err := s.Kind(w.Firm, "tea-help"); !fault.Is(err, fault.NotFound) {
		t.Fatalf("a draft is for officers: %v", err)
	}
	stale := k
	k.Status = exchange.KindOpen
	must[exchange.Kind](t)(s.SaveKind(ctx, w.Lead, k))
	want(t, second(s.SaveKind(ctx, w.Lead, stale)), fault.Conflict)
	want(t, second(s.Post(ctx, w.Firm, exchange.Draft{KindID: "tea-help", EnterpriseID: "firm-a", Values: exchangetest.Turning()})), fault.Denied)
	must[exchange.Need](t)(s.Post(ctx, w.Other, exchange.Draft{KindID: "tea-help", EnterpriseID: "firm-b", Values: exchangetest.Turning()}))
}

// A node that starts anew, and one that only hears the events, answer as the one that made the changes.
func TestIndexRebuiltAnswersTheSame(t *testing.T) {
	w := world(t)
	n := w.Post(t, exchangetest.Turning())
	before := must[exchange.Matches](t)(w.Service.Matches(t.Context(), w.Firm, n.ID, 10))
	other := exchange.New(w.Store, w.Hall, match.NewPlain(), w.Clock, nil)
	if err := other.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	after := must[exchange.Matches](t)(other.Matches(t.Context(), w.Firm, n.ID, 10))
	if len(after.Offers) != len(before.Offers) || after.Offers[0].Score != before.Offers[0].Score {
		t.Fatalf("%+v\n%+v", before.Offers, after.Offers)
	}
	e := must[exchange.Engagement](t)(w.Service.Accept(t.Context(), w.Near, n.ID, w.OfferOf(t, w.Near).ID))
	h := exchange.Happened{What: exchange.EngagementAccepted, KindID: n.KindID, NeedID: n.ID, EngagementID: e.ID, OfferID: e.OfferID}
	for range 2 { // once more does no harm
		if err := other.Apply(t.Context(), event.New(exchange.SubjectPrefix+h.What, w.Clock.Now(), h)); err != nil {
			t.Fatal(err)
		}
	}
	if feed := must[[]exchange.Match](t)(other.Feed(t.Context(), w.Near, 10)); len(feed) != 0 {
		t.Fatalf("a need that is taken is in nobody's feed: %+v", feed)
	}
}
