package exchangeweb

import (
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/exchange"
)

func TestParagraphs(t *testing.T) {
	for _, c := range []struct {
		in    string
		lines int
		first string
		steps bool
	}{
		{"", 0, "", false},
		{"只有一句", 1, "只有一句", false},
		{"1. 只有一步", 1, "1. 只有一步", false},
		{"1. 先做套\n2. 再精车", 2, "先做套", true},
		{"1、先做套\n\n2、再精车\n", 2, "先做套", true},
		{"（1）先做套\n（2）再精车", 2, "先做套", true},
		{"①先做套\n②再精车", 2, "先做套", true},
		{"- 先做套\n- 再精车", 2, "先做套", true},
		{"先说明\n1. 再精车", 2, "先说明", false},
		{"3.5 mm 的板\n0.2 mm 的余量", 2, "3.5 mm 的板", false},
		{"一、先做套\n二、再精车", 2, "先做套", true},
	} {
		lines, steps := paragraphs(c.in)
		if len(lines) != c.lines || steps != c.steps || c.lines > 0 && lines[0] != c.first {
			t.Errorf("%q: %q %v", c.in, lines, steps)
		}
	}
}

func TestTimesAreOfTheZone(t *testing.T) {
	want := time.Date(2026, 3, 9, 1, 30, 0, 0, time.UTC)
	for _, in := range []string{"2026-03-09T09:30", "2026-03-09 09:30", "２０２６-０３-０９T０９:３０", "2026-03-09T09:30:00"} {
		if got, ok := local(in); !ok || !got.Equal(want) {
			t.Errorf("%q: %v %v", in, got, ok)
		}
	}
	for _, in := range []string{"", "2026-02-30T09:30", "09:30", "2026-03-09"} {
		if _, ok := local(in); ok {
			t.Errorf("%q is a time", in)
		}
	}
}

func TestNextSaysWhoseTurnItIs(t *testing.T) {
	k := exchange.BuiltIn()[0]
	now := time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)
	visit := exchange.Visit{From: now.Add(time.Hour), To: now.Add(2 * time.Hour), Side: exchange.OfferSide}
	agreed := visit
	agreed.Agreed = now
	past := agreed
	past.From = now.Add(-time.Hour)
	for _, c := range []struct {
		e                  exchange.Engagement
		need, offer        string
		needMine, offerHas bool
	}{
		{exchange.Engagement{State: exchange.Invited}, "await-answer", "answer", false, true},
		{exchange.Engagement{State: exchange.Accepted}, "await-word", "first-word", false, true},
		{exchange.Engagement{State: exchange.Accepted, Messages: 2}, "go-on", "go-on", false, false},
		{exchange.Engagement{State: exchange.Accepted, Visits: []exchange.Visit{visit}}, "answer-visit", "await-visit", true, false},
		{exchange.Engagement{State: exchange.Accepted, Visits: []exchange.Visit{agreed}}, "visit-ahead", "visit-ahead", false, false},
		{exchange.Engagement{State: exchange.Accepted, Visits: []exchange.Visit{past}}, "confirm-visit", "confirm-visit", true, true},
		{exchange.Engagement{State: exchange.Accepted, OfferEnd: &exchange.Closing{}}, "close-too", "await-close", true, false},
		{exchange.Engagement{State: exchange.Finished, FollowUps: []exchange.FollowUp{{Asked: now}}}, "follow-up", "write-tool", true, true},
		{exchange.Engagement{State: exchange.Finished, ToolID: "t"}, "finished", "finished", false, false},
		{exchange.Engagement{State: exchange.Declined}, "", "", false, false},
	} {
		n := nextIn(k, exchange.Need{}, c.e, exchange.NeedSide, now)
		o := nextIn(k, exchange.Need{}, c.e, exchange.OfferSide, now)
		if n.ID != c.need || n.Mine != c.needMine || o.ID != c.offer || o.Mine != c.offerHas {
			t.Errorf("%+v: %+v and %+v", c, n, o)
		}
	}
}
