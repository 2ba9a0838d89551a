package crash

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/portal"
)

// masters is how many fit every need: more than the hall tells of one.
const masters = 14

// seed is what the tests know of the hall they made.
type seed struct {
	portal, key, firm, hook string
}

// opened opens the store beside no program, and closes it when f returns.
func opened(t *testing.T, dir, store string, f func(a *app.App)) {
	t.Helper()
	a, err := app.Open(context.Background(), app.Config{Dir: dir, Store: store, Private: true, Cheap: true},
		slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	f(a)
	if err := a.Close(); err != nil {
		t.Fatal(err)
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

// plant makes a union with an enterprise, masters who fit its needs, and a portal with a key and a hook.
func plant(t *testing.T, dir, store, hookURL string) (s seed) {
	t.Helper()
	ctx := context.Background()
	opened(t, dir, store, func(a *app.App) {
		must[hall.Person](t)(a.Hall.Found(ctx, hall.Founding{Name: "海州市总工会", Level: hall.City, Person: "林一", Phone: "13900000001",
			Password: "correct-horse-battery"}))
		root := must[hall.Union](t)(a.Hall.Root(ctx))
		county := must[hall.Union](t)(a.Hall.CreateUnion(ctx, actor.Hall, hall.NewUnion{ParentID: root.ID, Level: hall.County, Code: "01",
			Name: lang.Text{ZH: "东区总工会", EN: "East"}, Kind: hall.Region, Place: hall.Place{Lat: 24.9, Lng: 118.6}}))
		firm := must[hall.Enterprise](t)(a.Hall.CreateEnterprise(ctx, actor.Hall, hall.EnterpriseInput{Name: "海州精密机械有限公司", Industry: "machinery",
			Size: hall.Small, UnionID: county.ID, Address: "创业路 8 号", Place: hall.Place{Lat: 24.91, Lng: 118.61}}))
		for i := range masters {
			own := hall.MasterOwn{Craft: []string{"cnc-turning"}, Bio: "薄壁件车削变形", City: "海州市", Place: hall.Place{Lat: 24.9, Lng: 118.6},
				ReachMetre: 100_000, MaxLoad: 5}
			for d := time.Sunday; d <= time.Saturday; d++ {
				own.Calendar.Weekly = append(own.Calendar.Weekly, hall.Slot{Weekday: d, From: 0, To: 24 * 60})
			}
			must[hall.Newcomer](t)(a.Hall.CreateMaster(ctx, actor.Hall,
				hall.PersonInput{Name: fmt.Sprintf("师傅%02d", i), Phone: fmt.Sprintf("139000001%02d", i)},
				hall.MasterInput{UnionID: county.ID, Title: "高级技师", MasterOwn: own}))
		}
		p := must[portal.Portal](t)(a.Portals.Add(ctx, actor.Hall, portal.Draft{Name: "企业服务网", UnionID: county.ID, Scopes: portal.AllScopes,
			RatePerMinute: portal.MaxRate}))
		_, key, err := a.Portals.AddKey(ctx, actor.Hall, p.ID, time.Time{})
		must[string](t)(key, err)
		h, _, err := a.Portals.AddHook(ctx, actor.Hall, p.ID, hookURL, []string{exchange.SubjectPrefix + exchange.NeedPosted})
		must[portal.Hook](t)(h, err)
		s = seed{portal: p.ID, key: key, firm: firm.ID, hook: h.ID}
	})
	return s
}

// receiver is the partner's end of the hook.
type receiver struct {
	*httptest.Server
	mu  sync.Mutex
	got map[string]int // by webhook-id
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{got: map[string]int{}}
	r.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		_, _ = io.Copy(io.Discard, q.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.got[q.Header.Get(portal.HeaderID)]++
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) has(eventID string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.got[eventID] > 0
}
