package exchange_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/exchange/exchangetest"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

const (
	fits     = "notice.exchange.fits"
	reopened = "notice.exchange.need.reopened"
	urgent   = "notice.exchange.urgent"
)

// inbox keeps notices as an exchange.Teller must.
type inbox struct {
	known  map[[3]string]bool // person, event, message
	links  map[[2]string]bool // person, link
	latest []string           // "person message", since last asked
}

func (b *inbox) Tell(_ context.Context, eventID string, notes []exchange.Note) error {
	for _, n := range notes {
		key, link := [3]string{n.PersonID, eventID, n.Msg}, [2]string{n.PersonID, n.Link}
		if b.known[key] || n.First && b.links[link] {
			continue
		}
		b.known[key], b.links[link] = true, true
		b.latest = append(b.latest, n.PersonID+" "+n.Msg)
	}
	return nil
}

// newsroom is a world whose events are told, each of them twice.
type newsroom struct {
	*exchangetest.World
	db  *sqldb.DB
	box inbox
}

func newsroomOf(t *testing.T) *newsroom {
	db := sqldbtest.SQLite(t)
	return &newsroom{World: worldOn(t, db), db: db, box: inbox{known: map[[3]string]bool{}, links: map[[2]string]bool{}}}
}

// heard is who has been told which of the messages since it was last asked.
func (r *newsroom) heard(t *testing.T, msgs ...string) []string {
	t.Helper()
	_, err := r.db.RelayOutbox(t.Context(), 1000, func(ctx context.Context, events []event.Event) error {
		for _, e := range slices.Concat(events, events) {
			if err := r.Service.Tell(ctx, e, &r.box); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, s := range r.box.latest {
		if slices.ContainsFunc(msgs, func(m string) bool { return strings.HasSuffix(s, " "+m) }) {
			out = append(out, s)
		}
	}
	r.box.latest = nil
	slices.Sort(out)
	return out
}

func (r *newsroom) want(t *testing.T, msgs []string, want ...string) {
	t.Helper()
	if got := r.heard(t, msgs...); !slices.Equal(got, want) {
		t.Fatalf("told %q, want %q", got, want)
	}
}

// edit changes the firm's need.
func (r *newsroom) edit(t *testing.T, needID string, change func(exchange.Values)) {
	t.Helper()
	c, _, err := r.Service.Case(t.Context(), r.Firm, needID)
	if err != nil {
		t.Fatal(err)
	}
	v := exchangetest.Turning()
	change(v)
	must[exchange.Need](t)(r.Service.Edit(t.Context(), r.Firm, needID, v, nil, c.Need.Version))
}

func (r *newsroom) leave(t *testing.T, a actor.Actor, e exchange.Engagement) {
	t.Helper()
	if err := r.Service.Leave(t.Context(), a, e.NeedID, e.ID, "另有安排"); err != nil {
		t.Fatal(err)
	}
}

// An edited need is told to those it has come to fit, and to nobody twice.
func TestAnEditTellsThoseWhomTheNeedNowFits(t *testing.T) {
	r := newsroomOf(t)
	all := []string{fits, urgent}
	n := r.Post(t, exchangetest.Turning())
	r.want(t, all, "master-near "+fits)
	r.edit(t, n.ID, func(v exchange.Values) {
		v["story"] = exchange.Value{Text: "又补充了一句：换过刀也没用。"}
	})
	r.want(t, all)
	weaving := func(v exchange.Values) { v["trade"] = exchange.Value{Text: "weaving"} }
	r.edit(t, n.ID, weaving)
	r.want(t, all, "master-weaver "+fits)
	r.edit(t, n.ID, func(exchange.Values) {})
	r.want(t, all) // it fits the first one again, who was told already
	r.edit(t, n.ID, func(v exchange.Values) { v["urgency"] = exchange.Value{Text: exchange.Urgent} })
	r.want(t, all, "clerk-a "+urgent)
	r.edit(t, n.ID, func(v exchange.Values) { weaving(v); v["urgency"] = exchange.Value{Text: exchange.Urgent} })
	r.want(t, all)
}

// Who was invited knows of the need: no edit tells them that it fits.
func TestAnEditIsNoNewsToWhoWasInvited(t *testing.T) {
	r := newsroomOf(t)
	n := r.Post(t, exchangetest.Turning())
	must[exchange.Engagement](t)(r.Service.Invite(t.Context(), r.Firm, n.ID, r.OfferOf(t, r.Near).ID))
	r.want(t, []string{fits})
	r.edit(t, n.ID, func(v exchange.Values) {
		v["story"] = exchange.Value{Text: "又补充了一句：换过刀也没用。"}
	})
	r.want(t, []string{fits})
}

// A need whose master leaves is told as open again to those it fits, but not to who has left it or declined it.
func TestAReopenedNeedIsToldAgain(t *testing.T) {
	r := newsroomOf(t)
	ctx, all := t.Context(), []string{fits, reopened}
	no, yes, asked := another(t, r.World, "no"), another(t, r.World, "yes"), another(t, r.World, "asked")
	n := r.Post(t, exchangetest.Turning())
	r.want(t, all, "asked "+fits, "master-near "+fits, "no "+fits, "yes "+fits)
	refused := must[exchange.Engagement](t)(r.Service.Invite(ctx, r.Firm, n.ID, r.OfferOf(t, no).ID))
	r.leave(t, no, refused) // to leave an invitation is to decline it
	if c, _, err := r.Service.Case(ctx, r.Firm, n.ID); err != nil || c.Engagements[0].State != exchange.Declined {
		t.Fatalf("%+v %v", c.Engagements, err)
	}
	must[exchange.Engagement](t)(r.Service.Invite(ctx, r.Firm, n.ID, r.OfferOf(t, asked).ID))
	r.want(t, all)

	r.leave(t, r.Near, accept(t, r.World, r.Near, n.ID))
	r.want(t, all, "asked "+reopened, "yes "+reopened)
	r.leave(t, r.Firm, accept(t, r.World, yes, n.ID)) // once more, by the firm: told once more, of another event
	r.want(t, all, "asked "+reopened)

	another(t, r.World, "late") // was never told that it fits
	r.leave(t, asked, accept(t, r.World, asked, n.ID))
	r.want(t, all, "late "+reopened)
	r.edit(t, n.ID, func(v exchange.Values) {
		v["story"] = exchange.Value{Text: "又补充了一句：换过刀也没用。"}
	})
	r.want(t, all)
}

// A need that has been taken again by the time that the news comes is no news.
func TestAReopenedNeedThatIsTakenAgainIsToldToNobody(t *testing.T) {
	r := newsroomOf(t)
	second := another(t, r.World, "second")
	n := r.Post(t, exchangetest.Turning())
	r.heard(t)
	r.leave(t, r.Near, accept(t, r.World, r.Near, n.ID))
	accept(t, r.World, second, n.ID)
	r.want(t, []string{reopened})
}

// Of two masters one ends without success: a place is free again.
func TestAnEndWithoutSuccessReopensTheNeed(t *testing.T) {
	r := newsroomOf(t)
	change(t, r.World, func(k *exchange.Kind) { k.Steps.Masters = 2 })
	second := another(t, r.World, "second")
	another(t, r.World, "third")
	n := r.Post(t, exchangetest.Turning())
	r.heard(t)
	e := accept(t, r.World, r.Near, n.ID)
	accept(t, r.World, second, n.ID)
	want(t, r.Service.Decline(t.Context(), r.Near, n.ID, e.ID, ""), fault.Conflict)
	r.want(t, []string{reopened})
	finish(t, r.World, r.Near, e, exchange.Unsolved)
	r.want(t, []string{reopened}, "third "+reopened)
	// A withdrawn need looks for nobody.
	if err := r.Service.Withdraw(t.Context(), r.Firm, n.ID, ""); err != nil {
		t.Fatal(err)
	}
	r.want(t, []string{reopened})
}
