package exchangeweb

import (
	"context"
	"net/http"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web"
)

// How much the front page shows.
const (
	homeTools = 6
	homeRows  = 5
	homeFeed  = 4
	homeCases = 40 // looked through for what waits for somebody
)

// publicFresh is how old the figures on the front page may be.
const publicFresh = time.Minute

// publicFigures are what anybody is told of the whole exchange.
type publicFigures struct {
	exchange.Figures
	masters int
}

// figures reads the public figures, at most once a minute whoever asks. While one request reads them anew the
// others get the old ones.
func (p *Pages) figures(ctx context.Context) (publicFigures, error) {
	p.mu.Lock()
	now := p.Clock.Now()
	known := !p.read.IsZero()
	if known && now.Sub(p.read) < publicFresh {
		defer p.mu.Unlock()
		return p.public, nil
	}
	before, old := p.read, p.public
	p.read = now
	p.mu.Unlock()
	var f publicFigures
	all, err := p.Exchange.PublicFigures(ctx)
	if err == nil {
		f.Figures = all
		f.masters, err = p.Names.CountMasters(ctx)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.read = before
		if known {
			web.Spare(ctx, "public figures not read", err)
			return old, nil
		}
		return f, err
	}
	p.public = f
	return f, nil
}

// homeView is the front page: what it is to everybody, and what waits for those who are signed in.
type homeView struct {
	who     actor.Actor
	figures publicFigures
	tools   []toolRow
	own     *ownView
	work    *workView
	waiting int // for an officer: cases that wait too long
	officer bool
	console string
	kinds   []exchange.Kind // of which the reader may post a need
}

// ownView is the front page's part for those who post needs.
type ownView struct {
	todo []needRow
	rows []needRow
}

// home is the front page.
func (p *Pages) home(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actor.From(r.Context())
	v := homeView{who: a, officer: a.SignedIn() && a.Officer(), console: p.Console}
	var err error
	if len(a.Enterprises) > 0 {
		if v.own, err = p.ownHome(ctx, a); err != nil {
			return err
		}
	}
	if a.Master {
		work, err := p.workOf(ctx, a, homeFeed)
		if err != nil {
			return err
		}
		v.work = &work
	}
	if v.officer {
		if v.waiting, err = p.Exchange.Count(ctx, a, exchange.NeedFilter{Figure: exchange.CountWaiting, Under: roots(a)}); err != nil {
			return err
		}
	}
	if a.SignedIn() {
		if v.kinds, err = p.toPost(ctx, a); err != nil {
			return err
		}
	} else if v.figures, err = p.figures(ctx); err != nil {
		return err
	}
	tools, err := p.Exchange.Tools(ctx, exchange.ToolFilter{Limit: homeTools})
	if err != nil {
		return err
	}
	if v.tools, err = p.toolRows(ctx, a, tools); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, homePage(v, p.Clock.Now()))
}

func roots(a actor.Actor) []string {
	var out []string
	for _, g := range a.Roots() {
		out = append(out, g.Path)
	}
	return out
}

// ownHome gives what waits for the reader, and the latest needs beside it.
func (p *Pages) ownHome(ctx context.Context, a actor.Actor) (*ownView, error) {
	cases, err := p.ownCases(ctx, a, homeCases)
	if err != nil {
		return nil, err
	}
	rows, err := p.rows(ctx, a, cases, exchange.NeedSide)
	if err != nil {
		return nil, err
	}
	v := &ownView{}
	for _, row := range rows {
		if row.next.Mine && len(v.todo) < homeRows {
			v.todo = append(v.todo, row)
		} else if len(v.rows) < homeRows {
			v.rows = append(v.rows, row)
		}
	}
	return v, nil
}

// lead says in a line what there is to do.
func (v homeView) lead(ctx context.Context) string {
	n := 0
	if v.own != nil {
		n += len(v.own.todo)
	}
	if v.work != nil {
		n += len(v.work.invited) + len(v.work.todo)
		for _, row := range v.work.running {
			if row.next.Mine {
				n++
			}
		}
	}
	switch {
	case n > 0:
		return lang.T(ctx, "exchange.home.lead.todo", "count", n)
	case v.own != nil || v.work != nil:
		return lang.T(ctx, "exchange.home.lead.calm")
	}
	return lang.T(ctx, "exchange.home.lead")
}

// postWord is what the button says that posts a need.
func (v homeView) postWord(ctx context.Context) string {
	if len(v.kinds) == 1 {
		return lang.T(ctx, "exchange.draft.new", "what", v.kinds[0].Need.Label.In(ctx))
	}
	return lang.T(ctx, "exchange.needs.new")
}
