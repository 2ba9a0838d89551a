package exchangeweb_test

import (
	"encoding/base64"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/exchange/exchangetest"
)

// says is the message that an answer leaves for the next page, "" when none.
func (a answer) says(t testing.TB) string {
	t.Helper()
	all := a.flashed(t)
	if len(all) == 0 {
		return ""
	}
	raw, err := base64.RawURLEncoding.DecodeString(all[0])
	if err != nil {
		t.Fatal(err)
	}
	_, id, _ := strings.Cut(string(raw), `"m":"`)
	id, _, _ = strings.Cut(id, `"`)
	return id
}

// leads checks where a pressed button leads to and which message it leaves for there, and gives the address.
func (a answer) leads(t testing.TB, to, msg string) string {
	t.Helper()
	if got := a.says(t); got != msg {
		t.Errorf("said %q, want %q", got, msg)
	}
	return a.to(t, to)
}

// another adds one more master whom the need fits.
func (w *world) another(t *testing.T, n byte) string {
	t.Helper()
	id := pid(n)
	a := w.hall.AddProvider(exchangetest.Master(id, "又一位", exchangetest.CityA, []string{"cnc-turning"}, 24.5, 118.1, 60_000, "车削"))
	w.who[id] = a
	if err := w.s.SyncMaster(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	return id
}

// Two masters press at once: one has it and comes to the engagement, the other to their work, and is told why.
func TestOfTwoWhoAcceptAtOnceTheOtherIsToldWhy(t *testing.T) {
	w := newWorld(t)
	second := w.another(t, 40)
	n := w.posted(t)
	who := []string{near, second}
	forms := []url.Values{{"offer": {w.offerOf(t, near)}}, {"offer": {w.offerOf(t, second)}}}
	var start, group sync.WaitGroup
	start.Add(1)
	errs := make([]error, len(who))
	for i, id := range who { // at the service, where they meet; the pages' world counts and is for one at a time
		group.Go(func() {
			start.Wait()
			_, errs[i] = w.s.Accept(t.Context(), w.who[id], n, forms[i].Get("offer"))
		})
	}
	start.Done()
	group.Wait()
	won, lost := 0, 1
	if errs[0] != nil {
		won, lost = 1, 0
	}
	if errs[won] != nil || errs[lost] == nil {
		t.Fatalf("one of two: %v", errs)
	}
	at := "/needs/" + n + "/engagements/"
	for range 2 { // pressed twice, or from the page before
		w.get(t, who[won], w.post(t, who[won], "/needs/"+n+"/accept", forms[won]).leads(t, at, "exchange.flash.accepted")).ok(t, 200)
		w.get(t, who[lost], w.post(t, who[lost], "/needs/"+n+"/accept", forms[lost]).leads(t, "/work", "exchange.need.taken")).ok(t, 200)
	}
}

// A button on a page of long ago leads to how things now stand and says so.
func TestAButtonOnAnOldPage(t *testing.T) {
	w := newWorld(t)
	n, e := w.accepted(t)
	offer := url.Values{"offer": {w.offerOf(t, near)}}
	need, at := "/needs/"+n, "/needs/"+n+"/engagements/"+e
	for _, who := range []string{contactA, clerkA} {
		w.post(t, who, need+"/invite", offer).leads(t, need, "exchange.flash.came-already")
	}
	closing := url.Values{"result": {"solved"}, "after": {"0.02"}, "stars": {"5"}}
	w.post(t, near, at+"/close", closing).to(t, at)
	w.post(t, contactA, at+"/close", closing).to(t, at)
	w.post(t, near, need+"/accept", offer).leads(t, at, "") // finished: nobody is to be greeted any more
	second := w.another(t, 41)
	late := url.Values{"offer": {w.offerOf(t, second)}}
	w.post(t, contactA, need+"/invite", late).leads(t, need, "exchange.need.over")
	w.post(t, second, need+"/accept", late).leads(t, "/work", "exchange.need.over")
	if c := w.caseOf(t, n); len(c.Engagements) != 1 || c.Need.State != exchange.NeedClosed {
		t.Errorf("%+v", c)
	}
}

// An invitation pressed twice is one invitation, and says the same again.
func TestInvitingTwice(t *testing.T) {
	w := newWorld(t)
	n := w.posted(t)
	offer := url.Values{"offer": {w.offerOf(t, near)}}
	for range 2 {
		w.post(t, contactA, "/needs/"+n+"/invite", offer).leads(t, "/needs/"+n, "exchange.flash.invited")
	}
	if c := w.caseOf(t, n); len(c.Engagements) != 1 {
		t.Errorf("%+v", c.Engagements)
	}
}
