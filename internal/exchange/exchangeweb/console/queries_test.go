package console_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/exchange/exchangetest"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// What a page asks of the store does not grow with its rows.
func TestPagesAskAFewQuestionsWhateverTheirRows(t *testing.T) {
	w := newWorld(t)
	n := w.Post(t, exchangetest.Turning())
	cost := func(a actor.Actor, path string) (statements, asked int, texts []string) {
		t.Helper()
		ctx, count := sqldb.CountQueries(t.Context())
		w.names.asked = 0
		if rec := w.do(a, httptest.NewRequestWithContext(ctx, "GET", path, nil)); rec.Code != 200 {
			t.Fatalf("%s: %d", path, rec.Code)
		}
		return count.N(), w.names.asked, count.Texts()
	}
	pages := []struct {
		path       string
		statements int
		asked      int
	}{
		{"/console", 5, 3},                                            // waiting, how many, visits with their engagements, figures
		{"/console/needs", 2, 1},                                      // a page, how many
		{"/console/needs?figure=waiting", 2, 1},                       //
		{"/console/figures?period=all", 1, 0},                         //
		{"/console/kinds", 2, 0},                                      // use of kinds
		{"/console/kinds/expert-visit", 2, 0},                         //
		{"/console/kinds/new", 0, 0},                                  //
		{"/console/needs/" + n.ID + "/assign", 6, 2},                  // the case, and what matching reads
		{"/console/needs/" + n.ID + "/assign?master=%E5%A4%9A", 9, 2}, // and the case, offers and visits of those with the name
		{"/console/needs.xlsx", 2, 1},                                 // a thousand rows a step, how many
		{"/console/figures.xlsx", 3, 1},                               //
	}
	for _, rows := range []int{10, 400} {
		for i, x := range w.seed(rows) {
			if i > 30 || x.State != exchange.NeedOpen {
				continue
			}
			w.visitToday(x)
		}
		w.manyNamed(min(rows/4, 12))
		for _, p := range pages {
			got, asked, texts := cost(w.Lead, p.path)
			if got > p.statements || asked > p.asked {
				t.Errorf("%s with %d rows: %d statements, %d names; at most %d and %d\n%s", p.path, rows, got, asked, p.statements, p.asked, strings.Join(texts, "\n"))
			}
		}
	}
}

// visitToday gives a need an engagement with a visit today.
func (w *world) visitToday(n exchange.Need) {
	w.t.Helper()
	now := w.Clock.Now()
	n.State, n.Wait = exchange.NeedEngaged, exchange.Wait{For: exchange.WaitVisit, Since: now, Due: now.Add(50 * time.Hour)}
	n.ID = w.nextID()
	e := exchange.Engagement{ID: w.nextID(), NeedID: n.ID, OfferID: "o", OwnerID: w.Near.ID, State: exchange.Accepted,
		Visits: []exchange.Visit{{ID: w.nextID(), From: now.Add(time.Hour), To: now.Add(2 * time.Hour), Agreed: now}}}
	if err := w.Store.Load(w.t.Context(), exchange.Batch{Needs: []exchange.Need{n}, Engagements: []exchange.Engagement{e}}); err != nil {
		w.t.Fatal(err)
	}
}

// manyNamed adds masters with the same name, each with an offer.
func (w *world) manyNamed(n int) {
	w.t.Helper()
	for i := range n {
		p := exchangetest.Master(fmt.Sprint("many-", n, "-", i), "多同名", cityA, []string{"weaving"}, 24.5, 118.1, 60_000, "织布。")
		w.Hall.AddProvider(p)
		if err := w.Service.SyncMaster(w.t.Context(), p.ID); err != nil {
			w.t.Fatal(err)
		}
	}
}
