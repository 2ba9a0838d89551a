package console

import (
	"net/http"
	"net/url"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/ui"
)

// pageRows is how many needs a page lists.
const pageRows = 50

// needsView is a page of needs.
type needsView struct {
	Filter filter
	Errors ui.Errors
	Rows   []row
	Total  int
	Kinds  []ui.Option
	Trades []ui.Option
	First  string // back to the first page, "" on it
	Next   string
	Sheet  string
	MayAct bool
	Now    time.Time
}

func (c *Console) needs(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := c.filterOf(r, allTime)
	b := c.book(ctx)
	v := needsView{Filter: f, Now: c.Clock.Now(), Kinds: c.kindOptions(ctx), Trades: b.tradeOptions(ctx, f.Kind)}
	if e, ok := web.FormErrors(ctx, err); ok {
		v.Errors = e
		return web.Render(w, r, http.StatusUnprocessableEntity, needsPage(v))
	}
	if err != nil {
		return err
	}
	if v.Rows, v.Total, v.Next, err = c.needsRows(r, b, f); err != nil {
		return err
	}
	if cursorOf(r.URL.Query()) != (cursor{}) {
		v.First = f.rows()
	}
	v.Sheet = href("/console/needs.xlsx", f.query())
	v.MayAct = f.Place.acts(ctx)
	return web.Render(w, r, http.StatusOK, needsPage(v))
}

// needsRows reads one page of the filter's needs, how many there are in all, and where the next page is.
func (c *Console) needsRows(r *http.Request, b book, f filter) (rows []row, total int, next string, err error) {
	ctx := r.Context()
	a, nf, at := actor.From(ctx), f.needs(), cursorOf(r.URL.Query())
	nf.Before, nf.Limit = at.id, pageRows+1 // one more tells whether there is a next page
	if f.Figure == exchange.CountWaiting {
		nf.After = at.due
	}
	needs, err := c.Exchange.List(ctx, a, nf)
	if err != nil {
		return nil, 0, "", err
	}
	if len(needs) > pageRows {
		needs = needs[:pageRows]
		next = f.next(needs[pageRows-1])
	}
	nf.Before = ""
	if total, err = c.Exchange.Count(ctx, a, nf); err != nil {
		return nil, 0, "", err
	}
	rows, err = c.rows(ctx, b, needs)
	return rows, total, next, err
}

// clear is the list of the union without any other part.
func (f filter) clear() string {
	return href("/console/needs", url.Values{"union": {f.Place.Union.ID}})
}

// narrowed reports whether the filter asks for anything beside a union.
func (f filter) narrowed() bool {
	return f.Kind != "" || f.Trade != "" || f.State != "" || f.Words != "" || f.Figure != "" || f.Alone || f.Period.From != "" || f.Period.To != ""
}
