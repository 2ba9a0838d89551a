package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/unionhall/unionhall/bench/report"
	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/portal"
)

// measured keeps the rates by engine and work, for the ratios with the ceilings.
var measured = map[string]report.Figure{}

// works is what the users do on one running hall.
type works struct {
	app    *app.App
	base   string
	engine string

	key     string // of a portal that may post as often as it likes
	contact string // a session's cookie
	officer string
	need    string // of the contact, with matches to show
	firm    string
	masters []provider

	mu    sync.Mutex
	tasks []task // for accepting
}

// provider is a signed-in master with an offer.
type provider struct {
	cookie, offer string
	trade         string
	spot          exchange.Spot
	free          int
}

// task is one need for one master to accept.
type task struct{ cookie, need, offer string }

func (w *works) prepare(ctx context.Context) error {
	var err error
	if w.contact, err = w.signIn("15400000001", app.DemoPassword); err != nil {
		return err
	}
	if w.officer, err = w.signIn("15400000004", app.DemoPassword); err != nil {
		return err
	}
	root, err := w.app.Hall.Root(ctx)
	if err != nil {
		return err
	}
	p, err := w.app.Portals.Add(ctx, actor.Hall, portal.Draft{Name: "bench", UnionID: root.ID, Scopes: portal.AllScopes, RatePerMinute: portal.MaxRate})
	if err != nil {
		return err
	}
	if _, w.key, err = w.app.Portals.AddKey(ctx, actor.Hall, p.ID, p.CreatedAt.AddDate(1, 0, 0)); err != nil {
		return err
	}
	people, err := w.app.Hall.Workers(ctx, actor.Hall, root.ID, hall.Search{Words: "15400000001", Page: hall.Page{Limit: 1}})
	if err != nil || len(people.Rows) == 0 {
		return fmt.Errorf("the demonstration's contact: %d found, %w", len(people.Rows), err)
	}
	who, err := w.app.Hall.Actor(ctx, people.Rows[0].ID)
	if err != nil {
		return err
	}
	mine, err := w.app.Exchange.List(ctx, who, exchange.NeedFilter{States: []exchange.NeedState{exchange.NeedOpen}, Limit: 1})
	if err != nil || len(mine) == 0 {
		return fmt.Errorf("the contact's open needs: %d found, %w", len(mine), err)
	}
	w.need, w.firm = mine[0].ID, mine[0].EnterpriseID
	return w.prepareMasters(ctx)
}

// signIn gives a session's cookie.
func (w *works) signIn(login, password string) (string, error) {
	res, err := client.PostForm(w.base+"/signin", url.Values{"login": {login}, "password": {password}})
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	for _, c := range res.Cookies() {
		if c.Name == "session" {
			return c.Name + "=" + c.Value, nil
		}
	}
	return "", fmt.Errorf("signing in as %s: %s", login, res.Status)
}

// prepareMasters signs in masters who have room.
func (w *works) prepareMasters(ctx context.Context) error {
	return w.app.Hall.EachMaster(ctx, func(m hall.Master) error {
		offers, err := w.app.Exchange.OffersOf(ctx, m.PersonID)
		if err != nil || len(offers) == 0 || offers[0].Full() || offers[0].Status != exchange.OfferOpen || len(w.masters) == 250 {
			return err
		}
		handed, err := w.app.Hall.HandOutPassword(ctx, actor.Hall, m.PersonID)
		if err != nil {
			return nil // a demonstration account has a password already
		}
		cookie, err := w.signIn(string(handed.Person.Phone), handed.Password)
		if err != nil {
			return err
		}
		o := offers[0]
		w.masters = append(w.masters, provider{cookie, o.ID, o.Trades[0], o.Spot, o.Capacity - o.Load})
		return nil
	})
}

// all measures the works, each driven to the limit, and those that somebody waits for also paced.
func (w *works) all(ctx context.Context) error {
	read := func(path, cookie string) work {
		return func(int, int) (bool, error) { return true, get(w.base+path, cookie, http.StatusOK) }
	}
	post := func(ask bool) work {
		return func(user, nth int) (bool, error) { return true, w.post(user, nth, ask) }
	}
	for _, x := range []struct {
		name  string
		do    work
		waits bool
	}{
		{"home", read("/", ""), true},
		{"home-signed-in", read("/", w.contact), true},
		{"need-with-matches", read("/needs/"+w.need, w.contact), true},
		{"officer-desk", read("/console", w.officer), true},
		{"post", post(false), false},
		{"post-then-matches", post(true), true},
	} {
		if err := w.one(x.name, x.do, x.waits); err != nil {
			return err
		}
	}
	if !chosen("accept") {
		return nil
	}
	return w.accepting(ctx)
}

func (w *works) one(name string, do work, waits bool) (err error) {
	if !chosen(name) {
		return nil
	}
	if measured[w.engine+"/"+name], err = measure(w.engine+"/"+name, do); err != nil || !waits {
		return err
	}
	return paced(w.engine+"/"+name, do)
}

// ceiling is what the machine answers at most with pages as long as the front page.
func (w *works) ceiling() error {
	size, err := length(w.base + "/")
	if err != nil {
		return err
	}
	bare, err := bareHandler(w.engine+"/bare-handler-same-size", size)
	if err != nil {
		return err
	}
	report.Ratio(out, w.engine+"/home-over-bare-handler", measured[w.engine+"/home"], bare)
	return nil
}

// accepting lets masters take needs made for them before; what is measured is the taking alone.
func (w *works) accepting(ctx context.Context) error {
	firm, err := w.app.Hall.Enterprise(ctx, actor.Hall, w.firm)
	if err != nil {
		return err
	}
	who := actor.Actor{Kind: actor.Person, ID: "bench", Enterprises: []string{firm.ID}, UnionID: firm.UnionID, UnionPath: firm.UnionPath}
	for _, m := range w.masters {
		for range m.free {
			v := draft(m.trade, m.spot, len(w.tasks))
			n, err := w.app.Exchange.Post(ctx, who, exchange.Draft{KindID: exchange.ExpertVisit, EnterpriseID: firm.ID, Values: v})
			if err != nil {
				return err
			}
			w.tasks = append(w.tasks, task{m.cookie, n.ID, m.offer})
		}
	}
	per := len(w.tasks) / (rounds + 1) // a share for each round and the warm-up
	left, at := 0, -1
	_, err = measure(w.engine+"/accept", func(_, nth int) (bool, error) {
		w.mu.Lock()
		if round := nth / 1_000_000; round != at {
			at, left = round, per
		}
		if left == 0 || len(w.tasks) == 0 {
			w.mu.Unlock()
			return false, nil
		}
		left--
		t := w.tasks[len(w.tasks)-1]
		w.tasks = w.tasks[:len(w.tasks)-1]
		w.mu.Unlock()
		return true, w.accept(t)
	})
	return err
}

func (w *works) accept(t task) error {
	req, err := http.NewRequest(http.MethodPost, w.base+"/needs/"+t.need+"/accept", strings.NewReader(url.Values{"offer": {t.offer}}.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Cookie", t.cookie)
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	if to := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || !strings.Contains(to, "/engagements/") {
		return fmt.Errorf("accepting: %s, leads to %q", res.Status, to)
	}
	return nil
}

func draft(trade string, spot exchange.Spot, nth int) exchange.Values {
	return exchange.Values{
		"title": {Text: fmt.Sprintf("不锈钢薄壁套车完一松卡爪就椭圆，第 %d 批", nth)},
		"trade": {Text: trade},
		"story": {Text: "304 不锈钢套，外径 80 壁厚 1.5，夹紧车好是圆的，松开三爪椭圆 0.12，客户要 0.03。试过降转速没用，停机一天损失不小。"},
		"place": {Spot: &spot},
	}
}

// post sends a need through the API, and asks whom it fits.
func (w *works) post(user, nth int, ask bool) error {
	spot := exchange.Spot{Lat: 24.5 + float64(user)/100, Lng: 118.1 + float64(nth%60)/100, Address: "泉州市"}
	body, err := json.Marshal(map[string]any{"kind": exchange.ExpertVisit, "enterprise_id": w.firm, "values": draft("cnc-turning", spot, nth)})
	if err != nil {
		return err
	}
	var need struct{ ID string }
	if err := w.api(http.MethodPost, "/v1/needs", body, http.StatusCreated, &need); err != nil || !ask {
		return err
	}
	var m struct{ Eligible int }
	return w.api(http.MethodGet, "/v1/needs/"+need.ID+"/matches", nil, http.StatusOK, &m)
}

func (w *works) api(method, path string, body []byte, want int, into any) error {
	req, err := http.NewRequest(method, w.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+w.key)
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != want {
		return fmt.Errorf("%s %s: %s: %.200s", method, path, res.Status, b)
	}
	return json.Unmarshal(b, into)
}

func get(url, cookie string, want int) error {
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	if cookie != "" {
		req.Header.Set("Cookie", cookie)
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return err
	}
	if res.StatusCode != want {
		return fmt.Errorf("GET %s: %s", url, res.Status)
	}
	return nil
}

func length(url string) (int, error) {
	res, err := client.Get(url)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	n, err := io.Copy(io.Discard, res.Body)
	return int(n), err
}
