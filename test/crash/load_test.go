package crash

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"sync"
	"testing"
	"time"
)

const clients = 16

// ledger is what the clients were told: the id of the need for each of their refs.
type ledger struct {
	t    *testing.T
	mu   sync.Mutex
	ids  map[string]string
	tail int // answers since mark
}

func newLedger(t *testing.T) *ledger { return &ledger{t: t, ids: map[string]string{}} }

// acknowledged notes an answer; a ref that is answered twice must be answered the same.
func (l *ledger) acknowledged(ref, id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if was, ok := l.ids[ref]; ok && was != id {
		l.t.Errorf("%s: was told %s, and now %s", ref, was, id)
	}
	l.ids[ref] = id
	l.tail++
}

func (l *ledger) mark() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tail = 0
}

func (l *ledger) sinceMark() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tail
}

func (l *ledger) all() map[string]string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.ids)
}

// api is a partner's client.
type api struct {
	http *http.Client
	base string
	key  string
	firm string
}

func newAPI(p *program, s seed, keepAlive bool) *api {
	return &api{base: p.base, key: s.key, firm: s.firm, http: &http.Client{Timeout: 20 * time.Second,
		Transport: &http.Transport{DisableKeepAlives: !keepAlive, MaxIdleConnsPerHost: clients}}}
}

// call asks the API; status is 0 where there was no whole answer.
func (c *api) call(ctx context.Context, method, path, once string, body, out any) (status int, err error) {
	b, err := json.Marshal(body)
	if err != nil {
		return 0, err
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(b))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+c.key)
	req.Header.Set("Content-Type", "application/json")
	if once != "" {
		req.Header.Set("Idempotency-Key", once)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err // half an answer acknowledges nothing
	}
	if res.StatusCode >= 300 {
		return res.StatusCode, fmt.Errorf("%s %s: %s", method, path, got)
	}
	return res.StatusCode, json.Unmarshal(got, out)
}

type posted struct {
	ID  string `json:"id"`
	Ref string `json:"ref"`
}

// post posts the need of a ref once.
func (c *api) post(ctx context.Context, ref string) (id string, status int, err error) {
	text := func(s string) map[string]any { return map[string]any{"text": s} }
	var out posted
	status, err = c.call(ctx, http.MethodPost, "/v1/needs", ref, map[string]any{
		"kind": "expert-visit", "enterprise_id": c.firm, "ref": ref,
		"values": map[string]any{
			"title": text("薄壁不锈钢套车完松开卡爪就变椭圆"), "trade": text("cnc-turning"),
			"story":   text("批次 " + ref + "，圆度从 0.03 跑到 0.12，换过三副软爪都不行。"),
			"place":   map[string]any{"spot": map[string]any{"lat": 24.91, "lng": 118.61, "address": "创业路 8 号"}},
			"measure": map[string]any{"measure": map[string]any{"name": "圆度", "before": 0.12, "target": 0.03, "unit": "mm"}},
		}}, &out)
	return out.ID, status, err
}

// persist posts needs under refs of its own, each until it is acknowledged, until stop is closed. A ref that was
// acknowledged is now and then posted again, as by a client that did not note the answer.
func (c *api) persist(l *ledger, name string, stop <-chan struct{}) {
	for n := 0; ; n++ {
		ref := fmt.Sprintf("%s-%d", name, n)
		for again := n%7 == 0; ; {
			id, status, err := c.post(context.Background(), ref)
			if err == nil && status == http.StatusCreated {
				l.acknowledged(ref, id)
				if !again {
					break
				}
				again = false
				continue
			}
			if status >= 400 && status < 500 {
				l.t.Errorf("%s: %d %v", ref, status, err)
				return
			}
			time.Sleep(20 * time.Millisecond) // the hall is down
		}
		select {
		case <-stop:
			return
		case <-time.After(15 * time.Millisecond): // all of it must have been handed on at the end, in bounded time
		}
	}
}

// load runs n clients until the returned function is called, which waits for all of them.
func load(n int, p *program, s seed, l *ledger) (end func()) {
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { newAPI(p, s, i%2 == 0).persist(l, fmt.Sprintf("c%02d", i), stop) })
	}
	return func() { close(stop); wg.Wait() }
}
