package console

import (
	"context"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web/ui"
)

// row is a need with the names that its identifiers stand for.
type row struct {
	exchange.Need
	Firm    string
	Union   string
	Kind    exchange.Kind
	Trade   string
	MayAct  bool
	Overdue time.Duration // how long it has waited too long; negative while it has not
}

// rows names what needs refer to: one question for the enterprises, whatever the number of rows.
func (c *Console) rows(ctx context.Context, b book, needs []exchange.Need) ([]row, error) {
	var ids []string
	seen := map[string]bool{"": true}
	for _, n := range needs {
		if !seen[n.EnterpriseID] {
			seen[n.EnterpriseID] = true
			ids = append(ids, n.EnterpriseID)
		}
	}
	firms := map[string]string{}
	if len(ids) > 0 {
		var err error
		if firms, err = c.Names.Enterprises(ctx, ids); err != nil {
			return nil, err
		}
	}
	a, now := actor.From(ctx), c.Clock.Now()
	out := make([]row, len(needs))
	for i, n := range needs {
		out[i] = row{Need: n, Firm: firms[n.EnterpriseID], Union: c.unionName(ctx, n.UnionPath), Kind: b.kinds[n.KindID],
			Trade: b.trades(ctx, n), MayAct: a.MayAct(n.UnionPath), Overdue: -1}
		if n.Wait.For != exchange.WaitNothing {
			out[i].Overdue = now.Sub(n.Wait.Due)
		}
	}
	return out, nil
}

// href is the need's own page.
func (r row) href() string { return "/needs/" + r.ID }

// assign is where a master is assigned, "" where that is over or not the officer's to do.
func (r row) assign() string {
	if !r.MayAct || r.State != exchange.NeedOpen {
		return ""
	}
	return "/console/needs/" + r.ID + "/assign"
}

// tooLong reports whether the need has waited too long.
func (r row) tooLong() bool { return r.Wait.For != exchange.WaitNothing && r.Overdue >= 0 }

func stateTone(s exchange.NeedState) ui.Tone {
	switch s {
	case exchange.NeedOpen:
		return ui.Accent
	case exchange.NeedEngaged:
		return ui.Info
	case exchange.NeedClosed:
		return ui.Good
	}
	return ui.Neutral
}

func resultTone(r exchange.Result) ui.Tone {
	switch r {
	case exchange.Solved:
		return ui.Good
	case exchange.Partly:
		return ui.Warn
	}
	return ui.Neutral
}

// stateWord says where a need stands, and how it ended.
func stateWord(ctx context.Context, n exchange.Need) string {
	if n.State == exchange.NeedClosed && n.Result != "" {
		return domain(ctx, "result."+string(n.Result))
	}
	return domain(ctx, "state."+string(n.State))
}

func rowTone(n exchange.Need) ui.Tone {
	if n.State == exchange.NeedClosed {
		return resultTone(n.Result)
	}
	return stateTone(n.State)
}

// stars says what the need's side gave.
func stars(n exchange.Need) string {
	if n.RatingCount == 0 {
		return ""
	}
	return lang.Decimal(float64(n.RatingSum)/float64(n.RatingCount), 1)
}
