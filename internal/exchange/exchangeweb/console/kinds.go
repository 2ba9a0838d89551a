package console

import (
	"net/http"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/ui"
)

// kindRow is a kind in the list.
type kindRow struct {
	exchange.Kind
	Union   string // "" for those built in
	Use     exchange.KindUse
	MayEdit bool
}

func (c *Console) kinds(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if _, err := c.placeOf(r); err != nil { // a union that is not theirs is refused here as everywhere
		return err
	}
	a := actor.From(ctx)
	use, err := c.Exchange.KindUse(ctx, a)
	if err != nil {
		return err
	}
	var rows []kindRow
	for _, k := range c.Exchange.Kinds(a) {
		row := kindRow{Kind: k, Use: use[k.ID], MayEdit: c.Exchange.MayEditKind(a, k)}
		if k.UnionPath != "" {
			row.Union = c.unionName(ctx, k.UnionPath)
		}
		rows = append(rows, row)
	}
	leads, err := c.unionsToLead(ctx)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, kindsPage(rows, len(leads) > 0))
}

func statusTone(s exchange.KindStatus) ui.Tone {
	switch s {
	case exchange.KindOpen:
		return ui.Good
	case exchange.KindDraft:
		return ui.Warn
	}
	return ui.Neutral
}
