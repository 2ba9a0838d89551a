package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web/ui"
)

// filter says which needs a page is about. It is what the address says, and what every figure's link is made
// from, so that a figure and its rows are asked for in the same words.
type filter struct {
	Place  place
	Alone  bool // the union itself, without those below
	Kind   string
	Trade  string
	State  exchange.NeedState
	Words  string
	Period period
	Figure exchange.Figure
}

var states = []exchange.NeedState{exchange.NeedOpen, exchange.NeedEngaged, exchange.NeedClosed, exchange.NeedWithdrawn}

// figures that restrict a list; the first counts every need.
var figures = exchange.AllFigures[1:]

// filterOf reads a filter. An Invalid fault is about the period; the rest of the filter is read all the same.
func (c *Console) filterOf(r *http.Request, otherwise string) (filter, error) {
	q := r.URL.Query()
	p, err := c.placeOf(r)
	if err != nil {
		return filter{}, err
	}
	f := filter{Place: p, Alone: q.Get("alone") != "", Kind: q.Get("kind"), Trade: q.Get("trade"), Words: exchange.Tidy(q.Get("q"))}
	if s := exchange.NeedState(q.Get("state")); slices.Contains(states, s) {
		f.State = s
	}
	if x := exchange.Figure(q.Get("figure")); slices.Contains(figures, x) {
		f.Figure = x
	}
	f.Period, err = periodOf(q, c.Clock.Now(), otherwise)
	return f, err
}

// query is the filter as an address says it.
func (f filter) query() url.Values {
	q := url.Values{"union": {f.Place.Union.ID}, "kind": {f.Kind}, "trade": {f.Trade}, "state": {string(f.State)}, "q": {f.Words},
		"figure": {string(f.Figure)}}
	if f.Alone {
		q.Set("alone", "1")
	}
	f.Period.put(q)
	if q.Get("period") == allTime {
		q.Del("period") // what lists show anyway
	}
	return q
}

// rows is where the needs of the filter are listed.
func (f filter) rows() string { return href("/console/needs", f.query()) }

// section is the filter as figures are asked for.
func (f filter) section() exchange.Section {
	return exchange.Section{Path: f.Place.Union.Path, Alone: f.Alone, From: f.Period.since, To: f.Period.until}
}

// needs is the filter as the exchange takes it.
func (f filter) needs() exchange.NeedFilter {
	n := exchange.NeedFilter{Under: []string{f.Place.Union.Path}, Alone: f.Alone, KindID: f.Kind, Trade: f.Trade, Words: f.Words,
		From: f.Period.since, To: f.Period.until, Figure: f.Figure}
	if f.State != "" {
		n.States = []exchange.NeedState{f.State}
	}
	return n
}

// of is the filter for another union and figure.
func (f filter) of(u Union, alone bool, which exchange.Figure) filter {
	f.Place = place{Union: u}
	f.Alone, f.Figure = alone, which
	if which == exchange.CountNeeds {
		f.Figure = ""
	}
	return f
}

// cursor is where the next page of a list begins.
type cursor struct {
	id  string
	due time.Time // where rows are ordered by how long they have waited
}

func cursorOf(q url.Values) cursor {
	var c cursor
	if v := q.Get("before"); id.Valid(v) {
		c.id = v
	}
	if us, err := strconv.ParseInt(q.Get("after"), 10, 64); err == nil && us > 0 {
		c.due = time.UnixMicro(us).UTC()
	}
	return c
}

// next is the address of the page after the last of these rows.
func (f filter) next(last exchange.Need) string {
	q := f.query()
	q.Set("before", last.ID)
	if f.Figure == exchange.CountWaiting {
		q.Set("after", strconv.FormatInt(last.Wait.Due.UnixMicro(), 10))
	}
	return href("/console/needs", q)
}

func (c *Console) kindOptions(ctx context.Context) []ui.Option {
	var out []ui.Option
	for _, k := range c.Exchange.Kinds(actor.From(ctx)) {
		out = append(out, ui.Option{Value: k.ID, Label: k.Name.In(ctx)})
	}
	return out
}

// book finds names of kinds and trades for rows.
type book struct {
	kinds map[string]exchange.Kind
	lists map[string]map[string]lang.Text // kind → code → name
}

func (c *Console) book(ctx context.Context) book {
	b := book{kinds: map[string]exchange.Kind{}, lists: map[string]map[string]lang.Text{}}
	for _, k := range c.Exchange.Kinds(actor.From(ctx)) {
		b.kinds[k.ID] = k
		f, _, ok := k.Trade()
		if !ok {
			continue
		}
		l, _ := k.ListOf(f.List)
		names := make(map[string]lang.Text, len(l.Terms))
		for _, t := range l.Terms {
			names[t.Code] = t.Name
		}
		b.lists[k.ID] = names
	}
	return b
}

// trades names what a need is sorted by.
func (b book) trades(ctx context.Context, n exchange.Need) string {
	out := ""
	for i, code := range n.Trades {
		if i > 0 {
			out += lang.T(ctx, "console.and")
		}
		name, ok := b.lists[n.KindID][code]
		if !ok {
			name = lang.Text{ZH: code, EN: code}
		}
		out += name.In(ctx)
	}
	return out
}

// tradeOptions are the trades of the kind, or of every kind together.
func (b book) tradeOptions(ctx context.Context, kindID string) []ui.Option {
	var out []ui.Option
	seen := map[string]bool{}
	for _, k := range sorted(b.kinds) {
		f, _, ok := k.Trade()
		if !ok || kindID != "" && k.ID != kindID {
			continue
		}
		l, _ := k.ListOf(f.List)
		for _, t := range l.Terms {
			if !seen[t.Code] {
				seen[t.Code] = true
				out = append(out, ui.Option{Value: t.Code, Label: t.Name.In(ctx), Group: t.Group.In(ctx)})
			}
		}
	}
	return out
}

func sorted(kinds map[string]exchange.Kind) []exchange.Kind {
	var out []exchange.Kind
	for _, k := range kinds {
		out = append(out, k)
	}
	slices.SortFunc(out, func(x, y exchange.Kind) int {
		if x.ID < y.ID {
			return -1
		}
		return 1
	})
	return out
}
