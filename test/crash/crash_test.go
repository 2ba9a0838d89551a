// Package crash kills the real program while it is being used, and looks afterwards whether anything that was
// acknowledged is missing, doubled, or was not handed on.
package crash

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/doctor"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

// onEach runs f on a hall of its own on either engine, at the same time: most of it is waiting. The cluster of
// PostgreSQL waits for the disk, as SQLite here always does.
func onEach(t *testing.T, f func(t *testing.T, dir, store string)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, t.TempDir(), "")
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, t.TempDir(), sqldbtest.DurableCluster(t))
	})
}

func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("kills the program for half a minute")
	}
	onEach(t, func(t *testing.T, dir, store string) {
		partner := newReceiver(t)
		s := plant(t, dir, store, partner.URL)
		p := newProgram(t, dir, store)
		told := newLedger(t)
		p.start()
		offered(t, dir, store)
		end := load(clients, p, s, told)
		const cycles = 5
		for range cycles {
			time.Sleep(500*time.Millisecond + rand.N(1500*time.Millisecond))
			p.kill()
			p.start()
		}
		time.Sleep(300 * time.Millisecond)
		end()

		acked := told.all()
		if len(acked) < 50*cycles {
			t.Errorf("%d needs in all: too few to say anything", len(acked))
		}
		client := newAPI(p, s, true)
		oncePerRef(t, client, acked)
		matched(t, client, acked)
		want := handedOn(t, dir, store, acked)
		// What was on its way to the partner when the process died is tried again when its claim lapses, later than
		// a test can wait: two for each death.
		delivered(t, partner, want, 2*cycles)
		if err := p.stop(); err != nil {
			t.Errorf("it was asked to stop: %v", err)
		}
		sound(t, dir, store)
		t.Logf("%d needs over %d deaths", len(acked), cycles)
	})
}

// sound asks whether the rows agree with each other.
func sound(t *testing.T, dir, store string) {
	t.Helper()
	db := beside(t, dir, store)
	defer db.Close()
	for _, broken := range must[[]string](t)(doctor.Broken(context.Background(), db)) {
		t.Errorf("no longer so: %s", broken)
	}
}

// offered waits until every master has an offer, which follows from their entry by an event: needs posted before
// would tell fewer masters.
func offered(t *testing.T, dir, store string) {
	t.Helper()
	db := beside(t, dir, store)
	defer db.Close()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		n := must[int](t)(sqldb.One(context.Background(), db, sqldb.Value[int], `SELECT count(*) FROM exchange_offer`))
		if n == masters {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d of %d masters have an offer", n, masters)
		}
	}
}

// beside opens the store while the program runs.
func beside(t *testing.T, dir, store string) *sqldb.DB {
	t.Helper()
	if store == "" {
		store = "sqlite:" + dir + "/hall.db"
	}
	return must[*sqldb.DB](t)(sqldb.Open(context.Background(), store))
}

// allNeeds reads all needs over the API, by their refs: each is there once.
func allNeeds(t *testing.T, c *api) map[string]string {
	t.Helper()
	found := map[string]string{}
	for before := ""; ; {
		var page struct {
			Needs []posted `json:"needs"`
			Next  string   `json:"next"`
		}
		if _, err := c.call(context.Background(), http.MethodGet, "/v1/needs?limit=200&before="+before, "", nil, &page); err != nil {
			t.Fatal(err)
		}
		for _, n := range page.Needs {
			if other, twice := found[n.Ref]; twice {
				t.Errorf("%s is there twice: %s and %s", n.Ref, other, n.ID)
			}
			found[n.Ref] = n.ID
		}
		if before = page.Next; before == "" {
			return found
		}
	}
}

// oncePerRef sees that there are exactly the needs that were acknowledged, each once.
func oncePerRef(t *testing.T, c *api, acked map[string]string) {
	t.Helper()
	found := allNeeds(t, c)
	for ref, id := range acked {
		if found[ref] != id {
			t.Errorf("%s was acknowledged as %s; there is %q", ref, id, found[ref])
		}
	}
	if len(found) != len(acked) {
		t.Errorf("%d needs are there, %d were acknowledged", len(found), len(acked))
	}
}

// matched reads the matches of some needs, as old as the hall and as young.
func matched(t *testing.T, c *api, acked map[string]string) {
	t.Helper()
	left := 40
	for ref, id := range acked {
		if left--; left < 0 {
			return
		}
		var out struct {
			Providers []struct{} `json:"providers"`
			Eligible  int        `json:"eligible"`
		}
		if _, err := c.call(context.Background(), http.MethodGet, "/v1/needs/"+id+"/matches", "", nil, &out); err != nil {
			t.Errorf("%s: %v", ref, err)
		} else if out.Eligible != masters || len(out.Providers) == 0 {
			t.Errorf("%s: %d masters fit, %d are shown", ref, out.Eligible, len(out.Providers))
		}
	}
}

// handedOn waits until the outbox is empty and what follows each need is there: one delivery for the portal, one
// notice for each master who is told. It gives the events that announce the needs. How long that takes depends on the
// machine; it has failed when nothing more happens.
func handedOn(t *testing.T, dir, store string, acked map[string]string) (events []string) {
	t.Helper()
	db := beside(t, dir, store)
	defer db.Close()
	const still = 40 * time.Second // longer than an event that died with its reader waits for the next
	var left backlog
	for moved := time.Now(); ; time.Sleep(250 * time.Millisecond) {
		now, found := following(t, db, acked)
		if now == (backlog{}) || t.Failed() {
			return found
		}
		if now != left {
			left, moved = now, time.Now()
		}
		if time.Since(moved) > still {
			t.Errorf("of %d needs: %s", len(acked), now)
			return found
		}
	}
}

// backlog is what has not yet followed from the needs.
type backlog struct{ outbox, undelivered, untold int }

func (b backlog) String() string {
	return fmt.Sprintf("%d events wait in the outbox, %d have no delivery, %d have not told their masters", b.outbox, b.undelivered, b.untold)
}

// toldFirst is how many masters the kind tells of a need.
const toldFirst = 10

func following(t *testing.T, db *sqldb.DB, acked map[string]string) (left backlog, events []string) {
	t.Helper()
	ctx := context.Background()
	left.outbox = must[int](t)(sqldb.One(ctx, db, sqldb.Value[int], `SELECT count(*) FROM sqldb_outbox WHERE published_at = 0`))
	type delivery struct{ event, body string }
	rows := must[[]delivery](t)(sqldb.All(ctx, db, func(r sqldb.Scanner) (d delivery, err error) {
		return d, r.Scan(&d.event, &d.body)
	}, `SELECT event_id, body FROM portal_delivery`))
	byNeed := map[string]int{}
	for _, d := range rows {
		var body struct {
			Data struct {
				Need string `json:"need_id"`
			} `json:"data"`
		}
		if err := json.Unmarshal([]byte(d.body), &body); err != nil {
			t.Fatal(err)
		}
		events = append(events, d.event)
		byNeed[body.Data.Need]++
	}
	links := must[[]string](t)(sqldb.All(ctx, db, sqldb.Value[string], `SELECT link FROM notice_item`))
	byLink := map[string]int{}
	for _, l := range links {
		byLink[strings.TrimPrefix(l, "/needs/")]++
	}
	for ref, id := range acked {
		if n := byNeed[id]; n > 1 {
			t.Errorf("%s: %d deliveries of one event over one hook", ref, n)
		} else if n == 0 {
			left.undelivered++
		}
		if n := byLink[id]; n > toldFirst {
			t.Errorf("%s: %d notices for %d masters", ref, n, toldFirst)
		} else if n < toldFirst {
			left.untold++
		}
	}
	return left, events
}

// delivered waits until the partner has received the events, all but so many.
func delivered(t *testing.T, partner *receiver, events []string, but int) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		missing := 0
		for _, e := range events {
			if !partner.has(e) {
				missing++
			}
		}
		if missing <= but {
			return
		}
		if time.Now().After(end) {
			t.Errorf("of %d events the partner did not receive %d", len(events), missing)
			return
		}
	}
}

// A hall that is asked to stop answers every request that got in: what is in the store was acknowledged, and what
// was acknowledged is in the store. What comes too late finds nobody, and leaves nothing.
func TestStopUnderLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the program for some seconds")
	}
	onEach(t, func(t *testing.T, dir, store string) {
		partner := newReceiver(t)
		s := plant(t, dir, store, partner.URL)
		p := newProgram(t, dir, store)
		for round := range 3 {
			p.start()
			told := newLedger(t)
			var wg sync.WaitGroup
			for i := range clients {
				wg.Go(func() { untilRefused(newAPI(p, s, i%2 == 0), told, fmt.Sprintf("r%d-c%02d", round, i)) })
			}
			for told.sinceMark() < 3*clients { // all of them are at it
				time.Sleep(5 * time.Millisecond)
			}
			time.Sleep(rand.N(300 * time.Millisecond))
			told.mark()
			begun := time.Now()
			if err := p.stop(); err != nil {
				t.Errorf("it was asked to stop: %v", err)
			}
			took := time.Since(begun)
			wg.Wait()
			if told.sinceMark() == 0 {
				t.Error("no request was under way when the hall was asked to stop")
			}
			acked := told.all()
			stored := refs(t, dir, store, s.portal, fmt.Sprintf("r%d-", round))
			for ref := range acked {
				if !stored[ref] {
					t.Errorf("%s was acknowledged and is not there", ref)
				}
			}
			for ref := range stored {
				if acked[ref] == "" {
					t.Errorf("%s was taken and not answered", ref)
				}
			}
			t.Logf("%d needs, %d of them answered while stopping, which took %s", len(acked), told.sinceMark(), took.Round(time.Millisecond))
		}
	})
}

// untilRefused posts one need after the other, each once, until the hall no longer answers.
func untilRefused(c *api, l *ledger, name string) {
	for n := 0; ; n++ {
		ref := fmt.Sprintf("%s-%d", name, n)
		id, status, err := c.post(context.Background(), ref)
		if err != nil {
			if status != 0 {
				l.t.Errorf("%s: %d %v", ref, status, err)
			}
			return
		}
		l.acknowledged(ref, id)
	}
}

func refs(t *testing.T, dir, store, portalID, prefix string) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	opened(t, dir, store, func(a *app.App) {
		all := must[[]string](t)(sqldb.All(context.Background(), a.DB, sqldb.Value[string],
			`SELECT portal_ref FROM exchange_need WHERE portal_id = $1`, portalID))
		for _, r := range all {
			if strings.HasPrefix(r, prefix) {
				if out[r] {
					t.Errorf("%s is there twice", r)
				}
				out[r] = true
			}
		}
	})
	return out
}
