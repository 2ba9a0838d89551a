package exchange_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/exchange/exchangetest"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/match"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

// cast adds masters who fail one condition each, and gives everybody by the message that says why not.
func cast(t *testing.T, w *exchangetest.World) map[string]exchange.Provider {
	t.Helper()
	near := func(id, name string, change func(*exchange.Provider)) exchange.Provider {
		p := exchangetest.Master(id, name, exchangetest.CityA, []string{"cnc-turning"}, 24.52, 118.15, 60_000, "车工。")
		if change != nil {
			change(&p)
		}
		w.Hall.AddProvider(p)
		if err := w.Service.SyncMaster(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		return p
	}
	week := []match.Window{{From: exchangetest.Start, To: exchangetest.Start.AddDate(0, 0, 2)}}
	out := map[string]exchange.Provider{
		"":                            near("m-fits", "周合适", nil),
		"exchange.unfit.has-named":    near("m-trade", "周织布", func(p *exchange.Provider) { p.Craft = []string{"weaving"} }),
		"exchange.unfit.reach-km":     near("m-reach", "周太远", func(p *exchange.Provider) { p.Reach = 2_000 }),
		"exchange.unfit.reach-online": near("m-online", "周在线", func(p *exchange.Provider) { p.Reach = 0 }),
		"exchange.unfit.time":         near("m-time", "周没空", func(p *exchange.Provider) { p.Free = week }),
		"exchange.unfit.full":         near("m-full", "周满了", func(p *exchange.Provider) { p.MaxLoad = 1 }),
		"exchange.unfit.own":          near("m-own", "周自家", nil),
		"exchange.offer.closed":       near("m-paused", "周暂停", func(p *exchange.Provider) { p.Master = false }),
		"exchange.unfit.no-offer":     {ID: "m-none", Name: "周没有", Master: true},
	}
	paused := w.Hall.People["m-paused"]
	paused.Master = true // in the directory still
	w.Hall.AddProvider(paused)
	w.Hall.AddProvider(out["exchange.unfit.no-offer"])
	w.Hall.Speakers["firm-a"] = append(w.Hall.Speakers["firm-a"], "m-own")
	return out
}

func TestWhyAMasterDoesNotFit(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := worldOn(t, db)
		ctx, s := t.Context(), w.Service
		everybody := cast(t, w)
		full := actor.Actor{Kind: actor.Person, ID: "m-full", Master: true, UnionPath: exchangetest.CityA}
		must[exchange.Engagement](t)(s.Accept(ctx, full, w.Post(t, exchangetest.Turning()).ID, w.OfferOf(t, full).ID))
		v := exchangetest.Turning()
		v["days"] = exchange.Value{Days: &exchange.Span{From: exchangetest.Start.AddDate(0, 0, 7), To: exchangetest.Start.AddDate(0, 0, 12)}}
		n := w.Post(t, v)

		found, total, err := s.Consider(ctx, w.ClerkA, n.ID, " 周 ", 20)
		if err != nil || total != len(everybody) || len(found) != total {
			t.Fatalf("%d of %d found: %v", len(found), total, err)
		}
		for msg, p := range everybody {
			j := found[slices.IndexFunc(found, func(j exchange.Judged) bool { return j.Owner.ID == p.ID })]
			var against []string
			for _, r := range j.Against {
				against = append(against, r.Msg)
			}
			if strings.Join(against, " ") != msg || j.Fits() != (msg == "") {
				t.Errorf("%s: %v, want %q", p.Name, against, msg)
			}
			if len(j.Owner.Free) != 0 {
				t.Errorf("%s: their calendar leaves the service", p.Name)
			}
			if j.Offer.ID == "" {
				continue
			}
			// What is said is what happens.
			if _, err := s.Invite(ctx, w.ClerkA, n.ID, j.Offer.ID); (err == nil) != j.Fits() {
				t.Errorf("%s: fits %v, inviting them: %v", p.Name, j.Fits(), err)
			}
		}
		found, total, err = s.Consider(ctx, w.ClerkA, n.ID, "合适", 20)
		if err != nil || total != 1 || found[0].Asked != exchange.Invited || len(found[0].For) != 4 {
			t.Fatalf("asked, and all that holds: %+v %v", found, err)
		}
		if found, total, err := s.Consider(ctx, w.ClerkA, n.ID, "周", 3); err != nil || len(found) != 3 || total != len(everybody) {
			t.Fatalf("no more than asked for: %d of %d %v", len(found), total, err)
		}
		if found, _, err := s.Consider(ctx, w.ClerkA, n.ID, "  ", 3); err != nil || len(found) != 0 {
			t.Fatalf("without a name nobody: %v %v", found, err)
		}
	})
}

func TestOnlyWhoMayAssignAsksWhyNot(t *testing.T) {
	w := world(t)
	n := w.Post(t, exchangetest.Turning())
	for _, c := range []struct {
		who  actor.Actor
		code fault.Code
	}{
		{w.Lead, ""}, {w.ClerkA, ""}, {actor.Hall, ""}, {w.Auditor, fault.Denied}, {w.ClerkB, fault.NotFound}, {w.Firm, fault.NotFound},
		{w.Near, fault.NotFound}, {w.Other, fault.NotFound}, {actor.Actor{}, fault.NotFound}, {actor.Actor{Kind: actor.Portal, ID: "p"}, fault.NotFound},
	} {
		found, total, err := w.Service.Consider(t.Context(), c.who, n.ID, "林", 5)
		if c.code == "" && (err != nil || total != 1) || c.code != "" && (!fault.Is(err, c.code) || found != nil) {
			t.Errorf("%s: %v %v, want %q", c.who.ID, found, err, c.code)
		}
	}
}

// Numbers are told with the field they stand in.
func TestWhyANumberDoesNotFit(t *testing.T) {
	w := world(t)
	k := must[exchange.Kind](t)(w.Service.Kind(actor.Hall, exchange.ExpertVisit))
	k.ID, k.Version = "crane", 0
	number := exchange.Field{Key: "tons", Type: exchange.Number, Unit: "t"}
	number.Label.ZH, number.Label.EN = "吨位", "Tonnage"
	k.Need.Fields, k.Offer.Fields = append(k.Need.Fields, number), append(k.Offer.Fields, number)
	k.Conditions = append(k.Conditions, exchange.Condition{Kind: exchange.AtLeast, Need: "tons", Offer: "tons"})
	k = must[exchange.Kind](t)(w.Service.SaveKind(t.Context(), actor.Hall, k))
	ten, five := 10.0, 5.0
	v := exchangetest.Turning()
	v["tons"] = exchange.Value{Number: &ten}
	n := must[exchange.Need](t)(w.Service.Post(t.Context(), w.Firm, exchange.Draft{KindID: k.ID, EnterpriseID: "firm-a", Values: v}))
	for _, c := range []struct {
		tons *float64
		says string
	}{{&ten, ""}, {&five, "exchange.unfit.range-least [field 吨位 want 10 have 5 unit t]"}, {nil, "exchange.unfit.range-none [field 吨位]"}} {
		values := exchange.Values{"title": {Text: "高级技师"}, "trades": {Choices: []string{"cnc-turning"}}}
		if c.tons != nil {
			values["tons"] = exchange.Value{Number: c.tons}
		}
		must[exchange.Offer](t)(w.Service.SaveOffer(t.Context(), w.Near, k.ID, exchange.OfferTerms{Values: values, Reach: new(60_000.0), Capacity: new(2)}))
		found, _, err := w.Service.Consider(t.Context(), w.ClerkA, n.ID, "林", 5)
		if err != nil || len(found) != 1 {
			t.Fatal(found, err)
		}
		said := ""
		for _, r := range found[0].Against {
			for i, arg := range r.Args {
				if name, ok := arg.(lang.Text); ok {
					r.Args[i] = name.ZH
				}
			}
			said += fmt.Sprint(r.Msg, " ", r.Args)
		}
		if said != c.says {
			t.Errorf("says %q, want %q", said, c.says)
		}
	}
}

func TestAProspectIsHeldAgainstTheOwnOpenNeeds(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := worldOn(t, db)
		ctx, s := t.Context(), w.Service
		turning := w.Post(t, exchangetest.Turning())
		v := exchangetest.Turning()
		v["trade"] = exchange.Value{Text: "weaving"}
		weaving := w.Post(t, v)
		if err := s.Withdraw(ctx, w.Firm, w.Post(t, exchangetest.Turning()).ID, "不用了"); err != nil {
			t.Fatal(err)
		}
		p := must[exchange.Prospect](t)(s.Prospect(ctx, w.Firm, w.Near.ID))
		if p.Name != "林国栋" || len(p.Free) != 0 || !slices.Equal(p.Kinds, []string{exchange.ExpertVisit}) || len(p.Needs) != 2 {
			t.Fatalf("%+v", p)
		}
		if a, b := p.Needs[0], p.Needs[1]; a.Need.ID != weaving.ID || a.Fits() || b.Need.ID != turning.ID || !b.Fits() {
			t.Fatalf("the latest first, and which fits: %+v", p.Needs)
		}
		if p := must[exchange.Prospect](t)(s.Prospect(ctx, w.Other, w.Near.ID)); len(p.Needs) != 0 {
			t.Fatalf("another firm's needs are not theirs: %+v", p.Needs)
		}
		if p := must[exchange.Prospect](t)(s.Prospect(ctx, w.ClerkA, w.Near.ID)); len(p.Needs) != 0 {
			t.Fatalf("an officer asks at the need, and not here: %+v", p.Needs)
		}
		want(t, second(s.Prospect(ctx, actor.Actor{}, w.Near.ID)), fault.Unauthenticated)
		want(t, second(s.Prospect(ctx, w.Firm, "nobody")), fault.NotFound)
		gone := w.Hall.People[w.Near.ID]
		gone.Left = true
		w.Hall.AddProvider(gone)
		want(t, second(s.Prospect(ctx, w.Firm, w.Near.ID)), fault.NotFound)
	})
}

func TestAClosedEnterprisePostsNothing(t *testing.T) {
	w := world(t)
	f := w.Hall.Firms["firm-a"]
	f.Closed = true
	w.Hall.Firms["firm-a"] = f
	for _, a := range []actor.Actor{w.Firm, w.ClerkA, {Kind: actor.Portal, ID: "p", UnionPath: exchangetest.CountyA}} {
		_, err := w.Service.Post(t.Context(), a, exchange.Draft{KindID: exchange.ExpertVisit, EnterpriseID: "firm-a", Values: exchangetest.Turning()})
		want(t, err, fault.Conflict)
	}
	want(t, second(w.Service.Post(t.Context(), w.Other, exchange.Draft{KindID: exchange.ExpertVisit, EnterpriseID: "firm-a"})), fault.NotFound)
	f.Closed = false
	w.Hall.Firms["firm-a"] = f
	w.Clock.Move(time.Minute)
	w.Post(t, exchangetest.Turning())
}
