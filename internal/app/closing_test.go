package app_test

import (
	"errors"
	"testing"

	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
)

// The hall closes no enterprise whose needs run on in the exchange, and the exchange takes none of one that is closed.
func TestAnEnterpriseClosesWhenItsNeedsAreOver(t *testing.T) {
	a, ctx := open(t, app.Config{Dir: t.TempDir()}), t.Context()
	p, err := a.Hall.Found(ctx, hall.Founding{Name: "某市总工会", Level: hall.City, Person: "张三", Phone: "13800138000", Password: "一二三四五六七八九十"})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Exchange.LoadKinds(ctx); err != nil {
		t.Fatal(err)
	}
	lead, err := a.Hall.Actor(ctx, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	firm, err := a.Hall.CreateEnterprise(ctx, lead, hall.EnterpriseInput{Name: "某厂", Industry: "machinery", Size: hall.Small, UnionID: p.UnionID,
		Place: hall.Place{Lat: 24.9, Lng: 118.6}})
	if err != nil {
		t.Fatal(err)
	}
	draft := exchange.Draft{KindID: exchange.ExpertVisit, EnterpriseID: firm.ID, Values: exchange.Values{"title": {Text: "薄壁套变椭圆"}, "trade": {Text: "cnc-turning"},
		"story": {Text: "松开卡爪就变。"}, "place": {Spot: &exchange.Spot{Lat: 24.9, Lng: 118.6, Address: "厂里"}}}}
	n, err := a.Exchange.Post(ctx, lead, draft)
	if err != nil {
		t.Fatal(err)
	}
	list, err := a.Hall.Ongoing(ctx, lead, firm.ID)
	if err != nil || len(list) != 1 || list[0] != (hall.Matter{Title: "薄壁套变椭圆", Href: "/needs/" + n.ID}) {
		t.Fatalf("%+v %v", list, err)
	}
	if err := a.Hall.CloseEnterprise(ctx, lead, firm.ID, "歇业"); !errors.Is(err, hall.EnterpriseBusy) {
		t.Fatal(err)
	}
	if err := a.Exchange.Withdraw(ctx, lead, n.ID, "歇业"); err != nil {
		t.Fatal(err)
	}
	if err := a.Hall.CloseEnterprise(ctx, lead, firm.ID, "歇业"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Exchange.Post(ctx, lead, draft); !fault.Is(err, fault.Conflict) {
		t.Fatal("closed, and posts:", err)
	}
	if err := a.Hall.ReopenEnterprise(ctx, lead, firm.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Exchange.Post(ctx, lead, draft); err != nil {
		t.Fatal("open again:", err)
	}
}
