package exchangeweb

import (
	"context"
	"strconv"
	"time"

	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web/ui"
)

func (d deal) active() string {
	switch d.as {
	case exchange.NeedSide:
		return "needs"
	case exchange.OfferSide:
		return "work"
	}
	return "console"
}

func (d deal) crumbs(ctx context.Context) []ui.Link {
	switch d.as {
	case exchange.NeedSide:
		return []ui.Link{{Href: "/needs", Label: lang.T(ctx, "exchange.nav.needs")}, {Href: "/needs/" + d.need.ID, Label: d.kind.Need.Label.In(ctx)}}
	case exchange.OfferSide:
		return []ui.Link{{Href: "/work", Label: lang.T(ctx, "exchange.nav.work")}}
	}
	return []ui.Link{{Href: "/needs/" + d.need.ID, Label: d.kind.Need.Label.In(ctx)}}
}

// eyebrow names the other side, or both to an officer.
func (d deal) eyebrow(ctx context.Context) string {
	master := or(d.master.Name, d.nameOf(d.e.OwnerID))
	firm := d.firm.Name
	if firm == "" && len(d.speakers) > 0 {
		firm = d.nameOf(d.speakers[0])
	}
	switch d.as {
	case exchange.NeedSide:
		return lang.T(ctx, "exchange.engagement.with", "name", master)
	case exchange.OfferSide:
		return lang.T(ctx, "exchange.engagement.with", "name", firm)
	}
	return lang.T(ctx, "exchange.engagement.between", "firm", firm, "master", master)
}

// steps are the path with what is said of each step.
func (d deal) steps(ctx context.Context) []ui.Step {
	ids, states := d.path()
	out := make([]ui.Step, len(ids))
	for i, id := range ids {
		out[i] = ui.Step{Label: lang.T(ctx, "exchange.step."+id), State: states[i],
			Note: d.noteOf(func(t time.Time) string { return lang.ShortDay(ctx, t) }, id)}
		if id == "visit" && states[i] == ui.Done && out[i].Note == "" {
			out[i].Note = lang.T(ctx, "exchange.step.visit.none")
		}
	}
	return out
}

func (d deal) nextTone() ui.Tone {
	if d.next.Mine {
		return ui.Accent
	}
	return ui.Info
}

func (d deal) nextTitle(ctx context.Context) string {
	if d.next.Mine {
		return lang.T(ctx, "exchange.next.yours")
	}
	return lang.T(ctx, "exchange.next.title")
}

// asker is who asks for help, the enterprise where there is one.
func (d deal) asker(ctx context.Context) string {
	return or(or(d.firm.Name, d.nameOf(d.e.InvitedBy)), lang.T(ctx, "exchange.someone"))
}

func (d deal) invitedWord() string {
	if d.e.Assigned {
		return "exchange.engagement.assigned-you"
	}
	return "exchange.engagement.invited-you"
}

// mayTalk reports whether the service would take a message from the reader.
func (d deal) mayTalk() bool {
	return d.mayAct() && d.kind.Steps.Advice && d.e.State != exchange.Declined && d.e.State != exchange.Left
}

// showsTalk reports whether there is something to read or to say: an ended engagement in which nobody wrote has
// neither.
func (d deal) showsTalk() bool {
	return d.kind.Steps.Advice && (len(d.thread) > 0 || d.works() || d.e.State == exchange.Invited && d.mayTalk())
}

// mayCall reports whether the reader is shown telephone numbers: the sides, and officers who work the case.
func (d deal) mayCall() bool { return d.mayAct() }

// mayLeave reports whether the service would let the reader give the engagement up, or take the invitation back.
func (d deal) mayLeave() bool {
	closing := d.e.NeedEnd != nil || d.e.OfferEnd != nil
	return d.mayAct() && (d.works() && (!closing || d.as == exchange.HallSide) || d.e.State == exchange.Invited && d.as != exchange.OfferSide)
}

func (d deal) leaveWord() string {
	if d.works() {
		return "exchange.engagement.leave"
	}
	return "exchange.engagement.take-back"
}

func (d deal) closeWord() string {
	if d.ownEnd() != nil {
		return "exchange.close.change"
	}
	return "exchange.close.title"
}

func (d deal) rateWord() string {
	if d.as == exchange.OfferSide {
		return "exchange.close.rate-firm"
	}
	return "exchange.close.rate-master"
}

func (d deal) noteHelp() string {
	if d.as == exchange.OfferSide {
		return "exchange.close.note.master"
	}
	return "exchange.close.note.firm"
}

func (d deal) sayHelp() string {
	if d.as == exchange.HallSide {
		return "exchange.thread.help.hall"
	}
	return "exchange.thread.help"
}

// silence is what stands where nobody has written.
func (d deal) silence() string {
	switch d.as {
	case exchange.OfferSide:
		return "exchange.thread.none.master"
	case exchange.NeedSide:
		return "exchange.thread.none.firm"
	}
	return "exchange.thread.none"
}

// ended is what the reader's side has said in closing, to begin the form with.
func (d deal) ended(field string) string {
	end := d.ownEnd()
	if end == nil {
		return ""
	}
	switch field {
	case "result":
		return string(end.Result)
	case "after":
		if end.After != nil {
			return number(*end.After)
		}
		return ""
	case "stars":
		return strconv.Itoa(end.Stars)
	case "comment":
		return end.Comment
	}
	return end.Note
}

func (d deal) message(ctx context.Context, m exchange.Message) ui.MessageProps {
	return ui.MessageProps{ID: "m-" + m.ID, Who: or(d.nameOf(m.AuthorID), lang.T(ctx, "exchange.someone")), Role: lang.T(ctx, roleOf(m.Side)),
		At: m.At, Now: d.now, Mine: m.AuthorID == d.reader, Files: fileViews(d.need.ID, d.e.ID, m.Files)}
}

func visitTone(v exchange.Visit) string {
	switch {
	case !v.Open():
		return ""
	case v.Agreed.IsZero():
		return "tone-warn"
	}
	return "tone-info"
}

// visitState is how a visit stands, as a badge says it to the reader.
func visitState(d deal, v exchange.Visit) (ui.Tone, string) {
	switch {
	case !v.Done.IsZero():
		return ui.Good, "exchange.visit.state.done"
	case !v.Canceled.IsZero():
		return ui.Neutral, "exchange.visit.state.canceled"
	case !v.Agreed.IsZero():
		return ui.Info, "exchange.visit.state.agreed"
	case v.Side == d.as:
		return ui.Warn, "exchange.visit.state.asked"
	}
	return ui.Warn, "exchange.visit.state.proposed"
}

func lengthOptions(ctx context.Context) []ui.Option {
	var out []ui.Option
	for _, h := range lengths {
		label := lang.T(ctx, "lang.span.hours", "count", h)
		switch {
		case h == 8:
			label = lang.T(ctx, "exchange.visit.all-day")
		case h >= 24:
			label = lang.T(ctx, "lang.span.days", "count", h/24+1)
		}
		out = append(out, ui.Option{Value: strconv.Itoa(h), Label: label})
	}
	return out
}

func resultOptions(ctx context.Context) []ui.Option {
	var out []ui.Option
	for _, r := range []exchange.Result{exchange.Solved, exchange.Partly, exchange.Unsolved} {
		out = append(out, ui.Option{Value: string(r), Label: lang.T(ctx, "exchange.result."+string(r)), Help: lang.T(ctx, "exchange.result."+string(r)+".help")})
	}
	return out
}

func gainOptions(ctx context.Context) []ui.Option {
	var out []ui.Option
	for _, g := range []exchange.Gain{exchange.Holds, exchange.Slipped, exchange.Lost} {
		out = append(out, ui.Option{Value: string(g), Label: lang.T(ctx, "exchange.gain."+string(g))})
	}
	return out
}

func gainTone(g exchange.Gain) ui.Tone {
	switch g {
	case exchange.Holds:
		return ui.Good
	case exchange.Slipped:
		return ui.Warn
	}
	return ui.Bad
}
