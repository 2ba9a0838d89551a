package app_test

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/lang"
)

var sixDigits = regexp.MustCompile(`\b[0-9]{6}\b`)

// lastMessage waits for a message to a number that has the words.
func lastMessage(t *testing.T, dir, phone, words string) (text string) {
	t.Helper()
	until(t, "a message with "+words, func() bool {
		b, _ := os.ReadFile(filepath.Join(dir, "sms.jsonl"))
		for _, line := range strings.Split(string(b), "\n") {
			if strings.Contains(line, phone) && strings.Contains(line, words) {
				text = line
			}
		}
		return text != ""
	})
	return text
}

// What people do about their membership reaches all that keeps where they belong: a worker joins by phone and is told,
// a master's offers go over to another union with them, and end when they leave.
func TestMembershipReachesTheExchange(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	a := open(t, app.Config{Dir: dir, SMS: "file"})
	founder, err := a.Hall.Found(ctx, hall.Founding{Name: "某省总工会", Level: hall.Province, Person: "张三", Phone: "13800138000", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	base, stop := start(t, a)
	defer stop()
	lead := actorOf(t, a, founder.ID)
	cities := make([]hall.Union, 2)
	for i, code := range []string{"01", "02"} {
		cities[i], err = a.Hall.CreateUnion(ctx, lead, hall.NewUnion{ParentID: founder.UnionID, Level: hall.City, Code: code, Kind: hall.Region,
			Name: lang.Text{ZH: "第" + code + "市总工会", EN: "City " + code}, Place: hall.Place{Lat: 24.9, Lng: 118.6}})
		if err != nil {
			t.Fatal(err)
		}
	}

	const phone = "13599990001"
	worker := visit(t, base)
	worker.send(200, "/join", url.Values{"union": {cities[0].ID}, "name": {"许新人"}, "phone": {phone}})
	code := sixDigits.FindString(strings.Replace(lastMessage(t, dir, phone, "minutes"), phone, "", 1))
	if page := worker.send(200, "/join/code", url.Values{"code": {code}}); !strings.Contains(page, "Waiting for the union") {
		t.Fatalf("%.2000s", page)
	}
	list, err := a.Hall.Requests(ctx, lead, "", false, hall.Page{})
	if err != nil || list.Total != 1 {
		t.Fatalf("%+v %v", list, err)
	}
	until(t, "news for the lead", func() bool { n, err := a.Notices.Unread(ctx, lead); return err == nil && n == 1 })
	if _, err := a.Hall.Decide(ctx, lead, hall.Decision{RequestID: list.Rows[0].ID, Reason: "请向单位工会申请"}); err != nil {
		t.Fatal(err)
	}
	lastMessage(t, dir, phone, "请向单位工会申请")

	n, err := a.Hall.CreateMaster(ctx, lead, hall.PersonInput{Name: "柯启明", Phone: "13800138001"}, hall.MasterInput{Title: "高级技师", UnionID: cities[0].ID,
		MasterOwn: hall.MasterOwn{Craft: []string{"fitting"}, ReachMetre: 50_000, MaxLoad: 2}})
	if err != nil {
		t.Fatal(err)
	}
	id := n.Person.ID
	offers := func(ok func(exchange.Offer) bool) func() bool {
		return func() bool {
			list, err := a.Exchange.OffersOf(context.Background(), id)
			for _, o := range list {
				if !ok(o) {
					return false
				}
			}
			return err == nil && len(list) > 0
		}
	}
	until(t, "offers of the master", offers(func(o exchange.Offer) bool { return o.UnionPath == cities[0].Path }))
	r, err := a.Hall.AskTransfer(ctx, actorOf(t, a, id), cities[1].ID, "")
	if err == nil {
		_, err = a.Hall.Decide(ctx, lead, hall.Decision{RequestID: r.ID, Approve: true})
	}
	if err != nil {
		t.Fatal(err)
	}
	until(t, "offers in the other city", offers(func(o exchange.Offer) bool { return o.UnionPath == cities[1].Path && o.Status == exchange.OfferOpen }))
	until(t, "news for the master", func() bool { n, err := a.Notices.Unread(ctx, actorOf(t, a, id)); return err == nil && n == 1 })
	if err := a.Hall.Leave(ctx, actorOf(t, a, id)); err != nil {
		t.Fatal(err)
	}
	until(t, "the end of the offers", offers(func(o exchange.Offer) bool { return o.Status == exchange.OfferEnded }))
}

func actorOf(t *testing.T, a *app.App, personID string) actor.Actor {
	t.Helper()
	who, err := a.Hall.Actor(t.Context(), personID)
	if err != nil {
		t.Fatal(err)
	}
	return who
}
