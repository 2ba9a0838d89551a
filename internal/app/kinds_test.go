package app_test

import (
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/hall"
)

// A kind that takes its offers from masters' entries has one of every master as soon as it opens, without any entry
// changing.
func TestAKindThatOpensHasTheMastersOffers(t *testing.T) {
	ctx := t.Context()
	a := open(t, app.Config{Dir: t.TempDir()})
	lead, err := a.Hall.Found(ctx, hall.Founding{Name: "某省总工会", NameEN: "A province", Person: "张三", Phone: "13800138000", Password: "一二三四五六七八九十"})
	if err != nil {
		t.Fatal(err)
	}
	_, stop := start(t, a)
	defer stop()
	who, err := a.Hall.Actor(ctx, lead.ID)
	if err != nil {
		t.Fatal(err)
	}
	m, err := a.Hall.CreateMaster(ctx, who, hall.PersonInput{Name: "林国栋", Phone: "13800138001"}, hall.MasterInput{UnionID: lead.UnionID,
		Title: "高级技师", MasterOwn: hall.MasterOwn{Craft: []string{"cnc-turning"}, Place: hall.Place{Lat: 24.5, Lng: 118.1}, MaxLoad: 2}})
	if err != nil {
		t.Fatal(err)
	}
	offers := func(want int) {
		t.Helper()
		for range 300 {
			if got, err := a.Exchange.OffersOf(ctx, m.Person.ID); err != nil {
				t.Fatal(err)
			} else if len(got) == want {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
		t.Fatalf("the master has not come to have %d offers", want)
	}
	offers(1)
	k, err := a.Exchange.Kind(actor.Hall, exchange.ExpertVisit)
	if err != nil {
		t.Fatal(err)
	}
	k.ID, k.Version, k.Status = "night-help", 0, exchange.KindDraft
	if k, err = a.Exchange.SaveKind(ctx, actor.Hall, k); err != nil {
		t.Fatal(err)
	}
	k.Status = exchange.KindOpen
	if _, err = a.Exchange.SaveKind(ctx, actor.Hall, k); err != nil {
		t.Fatal(err)
	}
	offers(2)
}
