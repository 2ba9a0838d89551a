package console

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/portal"
	"github.com/unionhall/unionhall/internal/web/ui"
)

func columns(ctx context.Context, ids ...string) []ui.Col {
	out := make([]ui.Col, len(ids))
	for i, id := range ids {
		out[i] = ui.Col{Label: lang.T(ctx, id), Num: id == "console.portals.tries"}
	}
	return out
}

func back(ctx context.Context, portalID, name string) []ui.Link {
	out := []ui.Link{{Href: "/console/portals", Label: lang.T(ctx, "console.portals.title")}}
	if portalID != "" {
		out = append(out, ui.Link{Href: "/console/portals/" + portalID, Label: name})
	}
	return out
}

func scopes(ctx context.Context, of []string) []string {
	out := make([]string, len(of))
	for i, s := range of {
		out[i] = lang.T(ctx, "console.portals.scope."+s)
	}
	return out
}

func scopeOptions(ctx context.Context) []ui.Option {
	out := make([]ui.Option, len(portal.AllScopes))
	for i, s := range portal.AllScopes {
		out[i] = ui.Option{Value: s, Label: lang.T(ctx, "console.portals.scope."+s), Help: s}
	}
	return out
}

func unionOptions(ctx context.Context, us []Union) []ui.Option {
	out := make([]ui.Option, len(us))
	for i, u := range us {
		out[i] = ui.Option{Value: u.ID, Label: u.Name.In(ctx)}
	}
	return out
}

func topicOptions(ctx context.Context, ts []portal.Topic) []ui.Option {
	out := make([]ui.Option, len(ts))
	for i, t := range ts {
		out[i] = ui.Option{Value: t.Subject, Label: eventName(ctx, t.Subject)}
	}
	return out
}

func events(ctx context.Context, of []string) string {
	if len(of) == 1 && of[0] == portal.AllEvents {
		return lang.T(ctx, "console.portals.hook.all")
	}
	names := make([]string, len(of))
	for i, e := range of {
		names[i] = eventName(ctx, e)
	}
	return strings.Join(names, lang.T(ctx, "console.portals.comma"))
}

// eventName is what an event is called on pages; its subject is for the partner's engineers.
func eventName(ctx context.Context, subject string) string {
	return lang.T(ctx, "console.portals.event."+subject)
}

func portalTone(s portal.Status) ui.Tone {
	if s == portal.Active {
		return ui.Good
	}
	return ui.Warn
}

func hookTone(s portal.HookStatus) ui.Tone {
	switch s {
	case portal.HookActive:
		return ui.Good
	case portal.HookPaused:
		return ui.Warn
	}
	return ui.Bad
}

func deliveryTone(s portal.State) ui.Tone {
	switch s {
	case portal.Delivered:
		return ui.Good
	case portal.Pending:
		return ui.Info
	}
	return ui.Bad
}

// keyState is the badge of a key.
func keyState(ctx context.Context, k portal.Key, now time.Time) (ui.Tone, string) {
	switch {
	case !k.RevokedAt.IsZero():
		return ui.Bad, lang.T(ctx, "console.portals.key.is.revoked")
	case !k.Holds(now):
		return ui.Warn, lang.T(ctx, "console.portals.key.is.expired")
	}
	return ui.Good, lang.T(ctx, "console.portals.key.is.good")
}

// answer is what the receiver said last.
func answer(ctx context.Context, d portal.Delivery) string {
	switch {
	case d.LastAt.IsZero():
		return ""
	case d.Failure != "" && d.Failure != portal.FailStatus:
		return lang.T(ctx, "console.portals.failure."+string(d.Failure))
	}
	return strconv.Itoa(d.Status)
}

func hookPath(v sentOver) string { return "/console/portals/" + v.Portal.ID + "/hooks/" + v.Hook.ID }

func nextPage(v sentOver) string {
	if v.Log.Next == "" {
		return ""
	}
	return hookPath(v) + "?before=" + v.Log.Next
}
