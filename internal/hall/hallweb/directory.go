package hallweb

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/ui"
)

// found is one master in the public list.
type found struct {
	hall.Master
	Trades []string
	Union  string
	City   string
	Free   bool // has time within the next seven days
	Deeds  Deeds
}

// directory is one page of the public list.
type directory struct {
	Search hall.MasterSearch
	Trades []ui.Option
	Cities []ui.Option
	Rows   []found
	Total  int
	Next   string
}

const mastersApage = 24

func (h *handlers) masters(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	q := r.URL.Query()
	s := hall.MasterSearch{Trade: q.Get("trade"), City: q.Get("city"), Search: hall.Search{Words: q.Get("q"), Page: hall.Page{After: q.Get("after"), Limit: mastersApage}}}
	list, err := h.s.FindMasters(ctx, s)
	if err != nil {
		return err
	}
	cities, err := h.s.MasterCities(ctx)
	if err != nil {
		return err
	}
	v := directory{Search: s, Trades: h.tradeOptions(ctx), Total: list.Total}
	for _, c := range cities {
		v.Cities = append(v.Cities, ui.Option{Value: c, Label: h.cityName(ctx, c)})
	}
	if v.Rows, err = h.found(ctx, list.Rows); err != nil {
		return err
	}
	if list.Next != "" {
		v.Next = href("/masters", "q", s.Words, "trade", s.Trade, "city", s.City, "after", list.Next)
	}
	return web.Render(w, r, http.StatusOK, mastersPage(v))
}

// found adds what the list shows of each master, in one question to the record.
func (h *handlers) found(ctx context.Context, list []hall.Master) ([]found, error) {
	ids := make([]string, len(list))
	for i, m := range list {
		ids[i] = m.PersonID
	}
	deeds, err := h.Record.Deeds(ctx, actor.From(ctx), ids)
	if err != nil {
		return nil, err
	}
	now := h.Clock.Now().In(lang.Zone)
	out := make([]found, len(list))
	for i, m := range list {
		u, err := h.s.Union(ctx, m.UnionID)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		out[i] = found{
			Master: m, Trades: h.crafts(ctx, m), Union: u.Name.In(ctx), City: h.cityName(ctx, m.City),
			Free: m.Status == hall.Active && m.Calendar.FreeWithin(now, now.AddDate(0, 0, 7)), Deeds: deeds[m.PersonID],
		}
	}
	return out, nil
}

// cityName is the city in the reader's language, as far as the tree knows one: the union of the city
// carries its name.
func (h *handlers) cityName(ctx context.Context, city string) string {
	if city == "" || lang.Of(ctx) == lang.ZH {
		return city
	}
	root, err := h.s.Root(ctx)
	if err != nil {
		return city
	}
	named, err := h.s.Subtree(ctx, root.ID, city, 1)
	if err != nil || len(named) == 0 || named[0].Level > hall.City || !strings.HasPrefix(named[0].Name.ZH, city) || named[0].Name.EN == "" {
		return city
	}
	return placeIn(named[0].Name.EN)
}

// placeIn takes the place out of a union's English name: "Fuzhou Federation of Trade Unions".
func placeIn(name string) string {
	for _, tail := range []string{" Federation", " Trade Union", " Municipal", " City", " Union"} {
		if i := strings.Index(name, tail); i > 0 {
			name = name[:i]
		}
	}
	return name
}

// profile is one master to the public.
type profile struct {
	found
	Line  []hall.Union
	Spans []hall.Free // the next free ones
	Tools []Tool
	Ask   string
	Mine  bool
}

const (
	spansShown = 5
	spansAhead = 21 // days
	toolsShown = 6
)

func (h *handlers) master(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	personID, err := given(r, "person")
	if err != nil {
		return err
	}
	a := actor.From(ctx)
	m, err := h.s.Master(ctx, a, personID)
	if err != nil {
		return err
	}
	list, err := h.found(ctx, []hall.Master{m})
	if err != nil {
		return err
	}
	v := profile{found: list[0], Mine: a.SignedIn() && a.ID == m.PersonID}
	if v.Line, err = h.s.Line(ctx, m.UnionID); err != nil {
		return err
	}
	if v.Tools, err = h.Record.Tools(ctx, a, m.PersonID, toolsShown); err != nil {
		return err
	}
	if m.Status == hall.Active {
		now := h.Clock.Now().In(lang.Zone)
		v.Spans = m.Calendar.Between(now, now.AddDate(0, 0, spansAhead))
		v.Spans = v.Spans[:min(len(v.Spans), spansShown)]
		if h.Ask != nil && !v.Mine && len(a.Enterprises) > 0 {
			v.Ask = h.Ask(m)
		}
	}
	return web.Render(w, r, http.StatusOK, masterPage(v))
}

func (h *handlers) ownMaster(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	a := actor.From(ctx)
	if !a.Master {
		return fault.Refused()
	}
	m, err := h.s.Master(ctx, a, a.ID)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, ownMasterPage(m.PersonID, masterFormOf(m), h.tradeOptions(ctx), ui.Errors{}))
}

func (h *handlers) keepMaster(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	a := actor.From(ctx)
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	var c fault.Check
	form, own := h.readMaster(f, &c)
	if err = c.Err(); err == nil {
		_, err = h.s.KeepMaster(ctx, a, own)
	}
	if e, ok := web.FormErrors(ctx, err); ok {
		return web.Render(w, r, http.StatusUnprocessableEntity, ownMasterPage(a.ID, form, h.tradeOptions(ctx), e))
	}
	if err != nil {
		return err
	}
	web.Flash(ctx, "hall.own.kept")
	return web.Redirect(w, r, "/masters/"+a.ID)
}

// spanWords is a free span in words: 3月3日 周二 09:00–12:00.
func spanWords(ctx context.Context, s hall.Free) string {
	from, to := s.From.In(lang.Zone), s.To.In(lang.Zone)
	return lang.ShortWeekDay(ctx, from) + " " + lang.Clock(ctx, from) + "–" + endClock(to)
}

// endClock is the end of a span; midnight is the end of its day and not the beginning of the next.
func endClock(t time.Time) string {
	if t.Hour() == 0 && t.Minute() == 0 {
		return "24:00"
	}
	return t.Format("15:04")
}

func reachWords(ctx context.Context, m hall.Master) string {
	if m.ReachMetre == 0 {
		return lang.T(ctx, "hall.masters.reach.online")
	}
	return lang.T(ctx, "hall.masters.reach.km", "km", lang.Decimal(float64(m.ReachMetre)/1000, 0))
}
