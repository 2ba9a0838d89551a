package exchangeweb

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/ui"
)

const (
	toolsPage  = 12  // entries on one page
	toolsFound = 120 // entries that a search gives at most
)

// toolRow is an entry in a list.
type toolRow struct {
	exchange.Tool
	trades []string
	owner  string
	why    []exchange.Reason // where it was found by words
}

// toolboxView is the list of entries.
type toolboxView struct {
	words, trade string
	trades       []ui.Option
	rows         []toolRow
	found        int // by words; -1 where nothing was searched
	prev, next   string
}

// toolbox lists the entries, the latest first, or searches them.
func (p *Pages) toolbox(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actor.From(r.Context())
	q := r.URL.Query()
	v := toolboxView{words: strings.TrimSpace(q.Get("q")), trade: q.Get("trade"), trades: p.tradeOptions(ctx, a), found: -1}
	if !slices.ContainsFunc(v.trades, func(o ui.Option) bool { return o.Value == v.trade }) {
		v.trade = ""
	}
	var err error
	if v.words != "" {
		err = p.searchTools(ctx, a, &v, q.Get("page"))
	} else {
		err = p.latestTools(ctx, a, &v, q.Get("before"))
	}
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, toolboxPage(v, p.Clock.Now()))
}

// foundWord says how many were found, or that it is as many as a search gives.
func (v toolboxView) foundWord() string {
	if v.found >= toolsFound {
		return "exchange.toolbox.many"
	}
	return "exchange.toolbox.found"
}

func (v toolboxView) href(set ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(set); i += 2 {
		q.Set(set[i], set[i+1])
	}
	if v.words != "" {
		q.Set("q", v.words)
	}
	if v.trade != "" {
		q.Set("trade", v.trade)
	}
	return "/toolbox?" + q.Encode()
}

// latestTools gives a page of the list.
func (p *Pages) latestTools(ctx context.Context, a actor.Actor, v *toolboxView, before string) error {
	f := exchange.ToolFilter{Trade: v.trade, Limit: toolsPage + 1}
	if before != "" {
		if !id.Valid(before) {
			return fault.NoSuch()
		}
		f.Before, v.prev = before, v.href()
	}
	tools, err := p.Exchange.Tools(ctx, f)
	if err != nil {
		return err
	}
	if len(tools) > toolsPage {
		tools = tools[:toolsPage]
		v.next = v.href("before", tools[toolsPage-1].ID)
	}
	v.rows, err = p.toolRows(ctx, a, tools)
	return err
}

// searchTools gives a page of what the words find in any kind, the best first.
func (p *Pages) searchTools(ctx context.Context, a actor.Actor, v *toolboxView, page string) error {
	var found []exchange.Match
	for _, k := range p.Exchange.Kinds(a) {
		part, err := p.Exchange.SearchTools(ctx, k.ID, v.words, toolsFound)
		if err != nil {
			return err
		}
		found = append(found, part...)
	}
	if v.trade != "" {
		found = slices.DeleteFunc(found, func(m exchange.Match) bool { return !slices.Contains(m.Tool.Trades, v.trade) })
	}
	slices.SortStableFunc(found, func(x, y exchange.Match) int { return cmp.Compare(y.Score, x.Score) })
	v.found = len(found)
	n, _ := strconv.Atoi(page) // what is no page is the first
	n = max(1, min(n, (len(found)+toolsPage-1)/toolsPage))
	if n > 1 {
		v.prev = v.href("page", strconv.Itoa(n-1))
	}
	if len(found) > n*toolsPage {
		v.next = v.href("page", strconv.Itoa(n+1))
	}
	found = found[min((n-1)*toolsPage, len(found)):min(n*toolsPage, len(found))]
	rows, err := p.matchedTools(ctx, a, found)
	v.rows = rows
	return err
}

// toolRows and matchedTools prepare entries for a list.
func (p *Pages) toolRows(ctx context.Context, a actor.Actor, tools []exchange.Tool) ([]toolRow, error) {
	var found []exchange.Match
	for i := range tools {
		found = append(found, exchange.Match{Tool: &tools[i]})
	}
	return p.matchedTools(ctx, a, found)
}

func (p *Pages) matchedTools(ctx context.Context, a actor.Actor, found []exchange.Match) ([]toolRow, error) {
	var owners []string
	for _, m := range found {
		owners = append(owners, m.Tool.OwnerID)
	}
	names, err := p.people(ctx, owners)
	if err != nil {
		return nil, err
	}
	var out []toolRow
	for _, m := range found {
		row := toolRow{Tool: *m.Tool, owner: names[m.Tool.OwnerID].Name, why: m.Reasons}
		if k, err := p.Exchange.Kind(a, m.Tool.KindID); err == nil {
			row.trades = tradeNames(ctx, k, m.Tool.Trades)
		}
		out = append(out, row)
	}
	return out, nil
}

// tradeNames gives the names of the codes by which a kind sorts.
func tradeNames(ctx context.Context, k exchange.Kind, codes []string) []string {
	f, _, _ := k.Trade()
	return namesOf(ctx, k, f.List, codes)
}

// tradeOptions gives what the kinds sort by, each code once.
func (p *Pages) tradeOptions(ctx context.Context, a actor.Actor) []ui.Option {
	var out []ui.Option
	for _, k := range p.Exchange.Kinds(a) {
		f, _, ok := k.Trade()
		if !ok || !k.Steps.Toolbox {
			continue
		}
		l, _ := k.ListOf(f.List)
		for _, t := range l.Terms {
			if !slices.ContainsFunc(out, func(o ui.Option) bool { return o.Value == t.Code }) {
				out = append(out, ui.Option{Value: t.Code, Label: t.Name.In(ctx), Group: t.Group.In(ctx)})
			}
		}
	}
	return out
}

// toolView is one entry.
type toolView struct {
	exchange.Tool
	trades []string
	owner  string
	master Master
	may    bool // the reader may change it
	own    bool // the reader has written it
}

// facts are when an entry was written and how many it has helped; not where, since a union of one employer would
// name the firm.
func (v toolView) facts(ctx context.Context) []ui.Fact {
	out := []ui.Fact{
		{Term: lang.T(ctx, "exchange.tool.published"), Text: lang.Day(ctx, v.Published)},
	}
	if v.Helped > 0 {
		out = append(out, ui.Fact{Term: lang.T(ctx, "exchange.tool.helped.term"), Text: lang.T(ctx, "exchange.tool.helped", "count", v.Helped)})
	}
	return out
}

// tool shows an entry to anybody.
func (p *Pages) tool(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actor.From(r.Context())
	t, err := p.toolOf(r)
	if err != nil {
		return err
	}
	v := toolView{Tool: t, may: t.MayEdit(a), own: a.SignedIn() && t.OwnerID == a.ID}
	if k, err := p.Exchange.Kind(a, t.KindID); err == nil {
		v.trades = tradeNames(ctx, k, t.Trades)
	}
	cards, err := p.Names.Masters(ctx, []string{t.OwnerID})
	if err != nil {
		return err
	}
	v.master = cards[t.OwnerID]
	if v.owner = v.master.Name; v.owner == "" {
		names, err := p.people(ctx, []string{t.OwnerID})
		if err != nil {
			return err
		}
		v.owner = names[t.OwnerID].Name
	}
	return web.Render(w, r, http.StatusOK, toolPage(v))
}

func (p *Pages) toolOf(r *http.Request) (exchange.Tool, error) {
	toolID, err := given(r, "tool")
	if err != nil {
		return exchange.Tool{}, err
	}
	return p.Exchange.Tool(r.Context(), toolID)
}

// helped notes that an entry helped the reader.
func (p *Pages) helped(w http.ResponseWriter, r *http.Request) error {
	t, err := p.toolOf(r)
	if err != nil {
		return err
	}
	err = p.Exchange.Helped(r.Context(), actor.From(r.Context()), t.ID)
	return done(w, r, err, "/toolbox/"+t.ID, "exchange.flash.helped")
}

// toolForm is the form of an entry that is changed.
type toolForm struct {
	exchange.Tool
	errors ui.Errors
}

func (p *Pages) editTool(w http.ResponseWriter, r *http.Request) error {
	t, err := p.toolOf(r)
	if err != nil {
		return err
	}
	if !t.MayEdit(actor.From(r.Context())) {
		return fault.Refused()
	}
	return web.Render(w, r, http.StatusOK, toolFormPage(toolForm{Tool: t}))
}

// saveTool keeps what was changed. Where somebody was faster, the form is shown with what was typed.
func (p *Pages) saveTool(w http.ResponseWriter, r *http.Request) error {
	ctx, a := r.Context(), actor.From(r.Context())
	t, err := p.toolOf(r)
	if err != nil {
		return err
	}
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	words := readTool(f)
	version, _ := strconv.Atoi(f.Get("version")) // what is no version is an old one
	_, err = p.Exchange.EditTool(ctx, a, t.ID, words, version)
	if errs, status, ok := again(ctx, err); ok {
		v := toolForm{Tool: words, errors: errs}
		v.ID, v.Version = t.ID, t.Version
		return web.Render(w, r, status, toolFormPage(v))
	}
	return done(w, r, err, "/toolbox/"+t.ID, "exchange.flash.tool-saved")
}

var numbered = regexp.MustCompile(`^\s*(?:[(（]?[0-9一二三四五六七八九十]{1,2}[)）.、．：:]\s*|[①-⑳]\s*|[-•·]\s+)`)

// paragraphs splits a text at its lines. steps reports whether they read as a list of what to do; then the
// numbers that were typed before them are taken off.
func paragraphs(s string) (lines []string, steps bool) {
	var bare []string
	for _, l := range strings.Split(s, "\n") {
		if l = strings.TrimSpace(l); l == "" {
			continue
		}
		lines = append(lines, l)
		mark := numbered.FindString(l)
		rest := l[len(mark):]
		decimal := strings.HasSuffix(mark, ".") && rest != "" && rest[0] >= '0' && rest[0] <= '9'
		if mark != "" && rest != "" && !decimal {
			bare = append(bare, rest)
		}
	}
	if len(lines) > 1 && len(bare) == len(lines) {
		return bare, true
	}
	return lines, false
}

// joinWords puts words side by side.
func joinWords(words []string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(words), func(s string) bool { return s == "" }), " · ")
}

// askHref leads to the form of a need of the entry's trade.
func askHref(t exchange.Tool) string {
	q := url.Values{"kind": {t.KindID}}
	if len(t.Trades) > 0 {
		q.Set("trade", t.Trades[0])
	}
	return "/needs/new?" + q.Encode()
}
