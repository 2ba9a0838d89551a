package hallweb

import (
	"context"

	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web/ui"
)

func requestTone(s hall.RequestState) ui.Tone {
	switch s {
	case hall.Approved:
		return ui.Good
	case hall.NotTaken:
		return ui.Warn
	}
	return ui.Info
}

func membershipCrumbs(ctx context.Context) []ui.Link {
	return append(meCrumbs(ctx), ui.Link{Href: "/me/membership", Label: lang.T(ctx, "hall.nav.membership")})
}

// some leaves out facts that say nothing.
func some(facts ...ui.Fact) (out []ui.Fact) {
	for _, f := range facts {
		if f.Text != "" {
			out = append(out, f)
		}
	}
	return out
}

func joinFacts(ctx context.Context, v joined) []ui.Fact {
	return some(
		ui.Fact{Term: lang.T(ctx, "hall.person.name"), Text: v.Name},
		ui.Fact{Term: lang.T(ctx, "hall.person.phone"), Text: v.Phone.Masked()},
		ui.Fact{Term: lang.T(ctx, "hall.request.employer"), Text: v.Employer},
		ui.Fact{Term: lang.T(ctx, "hall.join.note"), Text: v.Note},
		ui.Fact{Term: lang.T(ctx, "hall.request.since"), Text: lang.Day(ctx, v.Created)},
	)
}

func requestFacts(ctx context.Context, v requestView) []ui.Fact {
	facts := some(
		ui.Fact{Term: lang.T(ctx, "hall.request.to"), Text: v.Union},
		ui.Fact{Term: lang.T(ctx, "hall.request.from"), Text: v.From},
		ui.Fact{Term: lang.T(ctx, "hall.person.phone"), Text: v.Phone.Masked()},
		ui.Fact{Term: lang.T(ctx, "hall.request.employer"), Text: v.Employer},
		ui.Fact{Term: lang.T(ctx, "hall.join.note"), Text: v.Note},
		ui.Fact{Term: lang.T(ctx, "hall.request.since"), Text: lang.Day(ctx, v.Created)},
		ui.Fact{Term: lang.T(ctx, "hall.person.status"), Text: lang.T(ctx, "hall.request.state."+string(v.State))},
		ui.Fact{Term: lang.T(ctx, "hall.request.by"), Text: v.By},
		ui.Fact{Term: lang.T(ctx, "hall.request.reason"), Text: v.Request.Reason},
	)
	return facts
}

func requestWay(ctx context.Context, r requestRow) string {
	if r.From == "" {
		return r.Union
	}
	return lang.T(ctx, "hall.request.way", "from", r.From, "to", r.Union)
}

func requestTabs(ctx context.Context, v requestList) []ui.Tab {
	return []ui.Tab{
		{Label: lang.T(ctx, "hall.request.waiting"), Href: href("/console/joining", "union", v.Union.ID), Active: !v.Decided},
		{Label: lang.T(ctx, "hall.request.decided"), Href: href("/console/joining", "union", v.Union.ID, "state", "decided"), Active: v.Decided},
	}
}

func requestNone(v requestList) string {
	if v.Decided {
		return "hall.request.none-decided"
	}
	return "hall.request.none"
}

func requestNext(v requestList) string {
	if v.Next == "" {
		return ""
	}
	state := ""
	if v.Decided {
		state = "decided"
	}
	return href("/console/joining", "union", v.Union.ID, "state", state, "after", v.Next)
}
