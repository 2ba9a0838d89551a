package exchangeweb_test

import (
	"net/url"
	"strings"
	"testing"
)

// Pages ask a bounded number of questions, which does not grow with what there is.
func TestQueriesDoNotGrow(t *testing.T) {
	w := newWorld(t)
	toolID := w.written(t)
	n, e := w.accepted(t)
	at := "/needs/" + n + "/engagements/" + e
	fresh := w.posted(t)
	pages := []struct {
		who, path string
		most      int // statements
		names     int // questions to the hall
	}{
		{"", "/", 1, 2}, // the figures are in memory by then
		{contactA, "/", 3, 3},
		{near, "/", 8, 5},
		{clerkA, "/", 2, 2},
		{contactA, "/needs", 2, 3},
		{contactA, "/needs/new", 0, 1},
		{contactA, "/needs/" + fresh, 7, 3},
		{near, "/needs/" + fresh, 6, 2},
		{contactA, "/needs/" + fresh + "/edit", 2, 1},
		{contactA, "/needs/ask?master=" + near, 4, 1},
		{contactA, "/needs/new?master=" + near, 0, 2},
		{contactA, at, 5, 4},
		{near, at + "/thread", 5, 4},
		{near, at + "/progress", 5, 4},
		{near, at + "/visits/x/calendar.ics", 2, 0},
		{near, "/work", 7, 3},
		{near, "/offers", 1, 0},
		{near, "/offers/expert-visit", 1, 0},
		{"", "/toolbox", 1, 1},
		{"", "/toolbox?q=" + url.QueryEscape("薄壁 椭圆"), 1, 1},
		{"", "/toolbox/" + toolID, 1, 1},
	}
	w.get(t, "", "/")
	first := map[string]int{}
	for _, p := range pages {
		w.get(t, p.who, p.path)
		first[p.who+p.path] = w.seen.N()
	}
	for range 6 {
		w.written(t)
		w.posted(t)
	}
	for i := range 30 {
		w.send(t, near, at+"/messages", url.Values{"body": {strings.Repeat("说", i+1)}})
		w.send(t, contactA, at+"/messages", url.Values{"body": {strings.Repeat("答", i+1)}})
	}
	w.get(t, "", "/")
	for _, p := range pages {
		w.get(t, p.who, p.path)
		got := w.seen.N()
		if got > p.most || w.names.asked > p.names {
			t.Errorf("%s: %d statements (at most %d), %d questions to the hall (at most %d)\n%s", p.path, got, p.most, w.names.asked, p.names,
				strings.Join(w.seen.Texts(), "\n"))
		}
		if was := first[p.who+p.path]; got > was {
			t.Errorf("%s: %d statements where there is little, %d where there is much", p.path, was, got)
		}
	}
}
