package exchangetest

import (
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/match"
)

// Start is when the clock of a World stands at first: a Monday morning.
var Start = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)

// The unions of a World: a province, two sister cities, and a county in each.
const (
	Province = "/0/35/"
	CityA    = "/0/35/01/"
	CountyA  = "/0/35/01/03/"
	CityB    = "/0/35/02/"
	CountyB  = "/0/35/02/05/"
)

// World is a small exchange: a firm in county A, a master near it, one far away, officers.
type World struct {
	Service *exchange.Service
	Store   exchange.Store
	Hall    *Hall
	Clock   *clock.Fake
	Index   match.Index

	Firm    actor.Actor // a contact of the enterprise "firm-a"
	Other   actor.Actor // a contact of another enterprise, in city B
	Near    actor.Actor // a master of turning, in the firm's city
	Far     actor.Actor // a master of turning whose reach does not come so far
	Weaver  actor.Actor // a near master of another trade
	Lead    actor.Actor // of the province
	ClerkA  actor.Actor // of city A
	ClerkB  actor.Actor // of city B
	Auditor actor.Actor // of city A
}

// NewWorld makes a World on a store. The index is empty of needs; the masters' offers are open.
func NewWorld(t testing.TB, store exchange.Store, index match.Index) *World {
	t.Helper()
	w := &World{Store: store, Hall: NewHall(), Clock: clock.At(Start), Index: index}
	h := w.Hall
	w.Firm = h.AddFirm(exchange.Firm{ID: "firm-a", Name: "海沧精密机械有限公司", UnionID: CountyA, UnionPath: CountyA,
		Spot: exchange.Spot{Lat: 24.48, Lng: 118.09}}, "contact-a")
	w.Other = h.AddFirm(exchange.Firm{ID: "firm-b", Name: "安溪茶业有限公司", UnionID: CountyB, UnionPath: CountyB,
		Spot: exchange.Spot{Lat: 25.06, Lng: 118.19}}, "contact-b")
	w.Near = h.AddProvider(Master("master-near", "林国栋", CityA, []string{"cnc-turning"}, 24.52, 118.15, 60_000,
		"三十年数控车削，专治薄壁件变形、椭圆，软爪和开口套是看家本领。"))
	w.Far = h.AddProvider(Master("master-far", "陈远山", CityB, []string{"cnc-turning"}, 26.60, 118.10, 50_000,
		"数控车床大件加工，螺纹与长轴。"))
	w.Weaver = h.AddProvider(Master("master-weaver", "王秀英", CityA, []string{"weaving"}, 24.50, 118.10, 80_000,
		"喷气织机断纬、停台、布面疵点。"))
	w.Lead = Officer("lead", actor.Lead, Province)
	w.ClerkA = Officer("clerk-a", actor.Clerk, CityA)
	w.ClerkB = Officer("clerk-b", actor.Clerk, CityB)
	w.Auditor = Officer("auditor", actor.Auditor, CityA)
	h.OfficerAt[CityA] = []string{"clerk-a"}
	w.Service = exchange.New(store, h, index, w.Clock, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err := w.Service.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"master-near", "master-far", "master-weaver"} {
		if err := w.Service.SyncMaster(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// Master makes a provider who is free on weekdays for half a year.
func Master(id, name, path string, craft []string, lat, lng, reach float64, bio string) exchange.Provider {
	p := exchange.Provider{ID: id, Name: name, Master: true, UnionID: path, UnionPath: path, Title: "高级技师", Craft: craft,
		Bio: bio, Spot: exchange.Spot{Lat: lat, Lng: lng}, Reach: reach, MaxLoad: 2}
	for d := range 180 {
		day := Start.Truncate(24*time.Hour).AddDate(0, 0, d)
		if wd := day.Weekday(); wd != time.Saturday && wd != time.Sunday {
			p.Free = append(p.Free, match.Window{From: day.Add(time.Hour), To: day.Add(9 * time.Hour)})
		}
	}
	return p
}

// Turning is a need that Near can solve.
func Turning() exchange.Values {
	return exchange.Values{
		"title":   {Text: "不锈钢薄壁套车完一松卡爪就椭圆"},
		"trade":   {Text: "cnc-turning"},
		"story":   {Text: "304 不锈钢套，外径 80 壁厚 1.5，夹紧车好是圆的，松开三爪椭圆 0.12，客户要 0.03。试过降转速没用。"},
		"measure": {Measure: &exchange.Measure{Name: "圆度", Before: 0.12, Target: 0.03, Unit: "mm"}},
		"place":   {Spot: &exchange.Spot{Lat: 24.48, Lng: 118.09, Address: "海沧区新阳路 12 号"}},
		"urgency": {Text: exchange.Soon},
	}
}

// Post posts a need of the firm.
func (w *World) Post(t testing.TB, v exchange.Values) exchange.Need {
	t.Helper()
	n, err := w.Service.Post(t.Context(), w.Firm, exchange.Draft{KindID: "expert-visit", EnterpriseID: "firm-a", Values: v})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// OfferOf gives a person's only offer.
func (w *World) OfferOf(t testing.TB, a actor.Actor) exchange.Offer {
	t.Helper()
	offers, err := w.Store.OffersOf(t.Context(), a.ID)
	if err != nil || len(offers) != 1 {
		t.Fatalf("%d offers of %s: %v", len(offers), a.ID, err)
	}
	return offers[0]
}
