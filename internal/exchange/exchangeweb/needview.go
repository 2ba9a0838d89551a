package exchangeweb

import (
	"context"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web/ui"
)

// active is the entry of the navigation under which the reader came.
func (v needView) active() string {
	switch {
	case v.as == exchange.NeedSide:
		return "needs"
	case v.officer:
		return "console"
	}
	return "work"
}

func (v needView) crumbs(ctx context.Context) []ui.Link {
	switch v.active() {
	case "needs":
		return []ui.Link{{Href: "/needs", Label: lang.T(ctx, "exchange.nav.needs")}}
	case "work":
		return []ui.Link{{Href: "/work", Label: lang.T(ctx, "exchange.nav.work")}}
	}
	return nil
}

// mayEdit reports whether the service would let the reader edit the need as it now stands.
func (v needView) mayEdit() bool {
	return v.as == exchange.NeedSide && v.Need.State == exchange.NeedOpen && v.Working() == 0
}

func (v needView) mayWithdraw() bool {
	return (v.as == exchange.NeedSide || v.as == exchange.HallSide) && (v.Need.State == exchange.NeedOpen || v.Need.State == exchange.NeedEngaged)
}

// headline says to the need's side and its officers how it stands, where what is below does not; that it was withdrawn
// it says to everybody.
func (v needView) headline() string {
	switch {
	case v.Need.State == exchange.NeedWithdrawn:
		return "exchange.need.head.withdrawn"
	case v.as != exchange.NeedSide && !v.officer:
		return ""
	case v.Need.State == exchange.NeedOpen && len(v.answers) == 0:
		return "exchange.need.head.open"
	case v.Need.State == exchange.NeedClosed:
		return "exchange.need.head." + string(v.Need.Result)
	}
	return ""
}

func (v needView) headTone() ui.Tone {
	switch {
	case v.Need.State == exchange.NeedClosed:
		return resultTone(v.Need.Result)
	case v.Need.State == exchange.NeedOpen:
		return ui.Info
	}
	return ui.Neutral
}

// facts are what the need says, and who posted it when.
func (v needView) facts(ctx context.Context, now time.Time) []ui.Fact {
	out := facts(ctx, v.kind, v.kind.Need, v.Need.Values, exchange.Title, exchange.Gauge)
	if m := v.Need.Measure(v.kind); m != nil {
		f, _ := v.kind.Need.Of(exchange.Gauge)
		out = append(out, ui.Fact{Term: f.Label.In(ctx), Text: wish(ctx, *m)})
	}
	if v.firm != "" {
		out = append(out, ui.Fact{Term: lang.T(ctx, "exchange.need.firm"), Text: v.firm})
	}
	return append(out,
		ui.Fact{Term: lang.T(ctx, "exchange.need.union"), Text: v.union},
		ui.Fact{Term: lang.T(ctx, "exchange.need.posted"), Body: ui.When(v.Need.Posted, now)})
}

func (v needView) inviteWord() string {
	if v.as == exchange.HallSide {
		return "exchange.need.assign"
	}
	return "exchange.need.invite"
}

func answerTitle(ctx context.Context, v needView, a answer) string {
	if v.as == exchange.OfferSide {
		return lang.T(ctx, "exchange.engagement.own")
	}
	return or(a.name, lang.T(ctx, "exchange.someone"))
}

func answerTone(a answer) ui.Tone {
	if a.next.Mine {
		return ui.Accent
	}
	return ui.Neutral
}

// sinceOf is when an engagement came to stand as it does.
func sinceOf(e exchange.Engagement) time.Time {
	for _, t := range []time.Time{e.Ended, e.Accepted, e.Invited} {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}

func masterHref(m exchange.Match) string { return "/masters/" + m.Offer.OwnerID }

func mastersNote(ctx context.Context, v needView) string {
	if n := v.matches.Eligible; n > len(v.matches.Offers) {
		return lang.T(ctx, "exchange.need.masters.more", "count", n, "shown", len(v.matches.Offers))
	}
	return ""
}

func noMastersText(ctx context.Context, v needView) string {
	if v.as == exchange.NeedSide {
		return lang.T(ctx, "exchange.need.no-masters.text", "union", v.union)
	}
	return lang.T(ctx, "exchange.need.no-masters.officer")
}

// short is the beginning of a text, for cards.
func short(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 90 {
		return strings.TrimSpace(string(r[:90])) + "…"
	}
	return s
}
